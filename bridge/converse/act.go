package converse

import (
	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// action is how a clause is done: to what kind of thing, by which writes or command, and what is said of it.
type action struct {
	kind  string // where no thing is named
	ask   func(d *home.Device) (home.Ask, bool)
	reply string // of success, with {1} the device and {2} the value
	value string // key of a word: mode.cool, color.red; what is a number is read off the command
	// cannot is what is said of a device that does not take it; default cannot.
	cannot string
	// toggles: which of the two it became is told by what it is then.
	toggles bool
	risky   func(d *home.Device) bool
}

// Attributes that speech sets.
const (
	attrOn       = model.AttrOnOffOn
	attrLevel    = model.Attribute("level.level")
	attrHue      = model.Attribute("color.hue")
	attrSat      = model.Attribute("color.saturation")
	attrX        = model.Attribute("color.x")
	attrY        = model.Attribute("color.y")
	attrKelvin   = model.Attribute("color_temperature.kelvin")
	attrOpen     = model.Attribute("window_covering.open_pct")
	attrClosure  = model.Attribute("closure.target")
	attrValve    = model.AttrValveTarget
	attrLock     = model.Attribute("door_lock.target")
	attrLocked   = model.Attribute("door_lock.lock")
	attrHeat     = model.Attribute("thermostat.heat_setpoint")
	attrCool     = model.Attribute("thermostat.cool_setpoint")
	attrMode     = model.Attribute("thermostat.mode")
	attrRoomTemp = model.Attribute("thermostat.local_temperature")
	attrSwing    = model.Attribute("thermostat.swing")
	attrFanPct   = model.Attribute("fan.speed_pct")
	attrFanMode  = model.Attribute("fan.mode")
	attrFanSwing = model.Attribute("fan.swing")
	attrVolume   = model.Attribute("audio_volume.volume")
	attrMuted    = model.Attribute("audio_volume.muted")
	attrCelsius  = model.Attribute("temperature.celsius")
	attrHumidity = model.Attribute("humidity.percent")
	attrContact  = model.Attribute("contact.open")
	attrWaterTo  = model.Attribute("water_heater.target")
)

// hues of the colours that have a name: hue in degrees, saturation in percent, CIE x and y.
var hues = map[string][4]float64{
	"red": {0, 100, 0.692, 0.308}, "orange": {30, 100, 0.57, 0.40}, "yellow": {55, 100, 0.46, 0.49}, "green": {120, 100, 0.17, 0.70},
	"turquoise": {175, 80, 0.17, 0.35}, "blue": {240, 100, 0.153, 0.048}, "purple": {280, 90, 0.25, 0.10}, "pink": {340, 60, 0.42, 0.25},
	"white": {0, 0, 0.3227, 0.329}, "brown": {25, 75, 0.52, 0.39},
}

// actionOf is how a clause is done; ok is false for what is no command to a device.
func actionOf(c *grammar.Clause) (action, bool) {
	switch c.Intent {
	case "TurnOn", "TurnOff", "Toggle":
		return switching(c), true
	case "Open", "Close", "StopCover", "SetPosition", "Lock", "Unlock":
		return opening(c)
	case "LightSet", "LightAdjust":
		return lighting(c), true
	case "FanSetSpeed", "FanAdjust":
		return blowing(c), true
	case "ClimateSetTemperature", "ClimateAdjust", "ClimateSetMode", "ClimateSwing":
		return heating(c), true
	case "SetVolume", "SetVolumeRelative", "MediaPlayerMute", "MediaPlayerUnmute", "MediaNext", "MediaPrevious", "MediaPause", "MediaUnpause":
		return playing(c), true
	case "VacuumStart", "VacuumCleanArea", "VacuumReturnToBase", "LawnMowerStartMowing", "LawnMowerDock":
		return cleaning(c), true
	}
	return action{}, false
}

func switching(c *grammar.Clause) action {
	kind := c.Kind()
	if kind == "whole" {
		kind = ""
	} else if kind == "" {
		kind = "light"
	}
	on := c.Intent == "TurnOn"
	a := action{kind: kind, reply: "off"}
	if on {
		a.reply = "on"
	}
	if c.Intent == "Toggle" {
		a.reply, a.toggles = "done", true
		a.ask = func(d *home.Device) (home.Ask, bool) {
			_, ok := can(d, attrOn)
			return home.Ask{Device: d.ID, Command: "on_off.toggle"}, ok
		}
		return a
	}
	a.ask = func(d *home.Device) (home.Ask, bool) {
		switch {
		case kindOf(d) == "lock" || kindOf(d) == "cover":
			return home.Ask{}, false
		case c.Kind() == "whole" && kindOf(d) != "light" && kindOf(d) != "switch" && kindOf(d) != "fan" && kindOf(d) != "media" && kindOf(d) != "climate":
			return home.Ask{}, false
		}
		if _, ok := can(d, attrOn); ok {
			return everyGang(d, on)
		}
		if p := modes(d); len(p) > 0 {
			mode := "off"
			if on {
				mode = firstOf(p, "auto", "heat", "cool")
			}
			return write(d, attrMode, model.String(mode))
		}
		if _, ok := can(d, model.AttrSirenActive); ok {
			return write(d, model.AttrSirenActive, model.Bool(on))
		}
		if on {
			return command(d, "media_playback.play")
		}
		return command(d, "media_playback.stop")
	}
	a.risky = func(d *home.Device) bool { return on && d.Type() == model.DeviceSiren } // it wakes the street
	return a
}

func opening(c *grammar.Clause) (action, bool) {
	switch c.Intent {
	case "Lock", "Unlock":
		to := map[grammar.Intent]string{"Lock": "locked", "Unlock": "unlocked"}[c.Intent]
		return action{kind: "lock", reply: to, risky: func(*home.Device) bool { return to == "unlocked" },
			ask: func(d *home.Device) (home.Ask, bool) { return write(d, attrLock, model.String(to)) }}, true
	case "StopCover":
		return action{kind: "cover", reply: "stopped", ask: func(d *home.Device) (home.Ask, bool) {
			if a, ok := command(d, "window_covering.stop"); ok {
				return a, true
			}
			return command(d, "closure.stop")
		}}, true
	}
	kind := c.Kind()
	if kind != "valve" {
		kind = "cover"
	}
	a := action{kind: kind, risky: func(d *home.Device) bool { return opens(d) && c.Intent != "Close" }}
	target, closure := 100.0, "open"
	a.reply = "open"
	switch c.Intent {
	case "Close":
		target, closure, a.reply = 0, "closed", "closed"
	case "SetPosition":
		if c.Words["step"] != "" {
			a.reply, a.cannot, a.ask = "set", "cannot.level", func(d *home.Device) (home.Ask, bool) { return shifted(c, d) }
			return a, true
		}
		p, ok := percent(c)
		if !ok {
			return a, false
		}
		target, a.reply = p, "set"
	}
	a.ask = func(d *home.Device) (home.Ask, bool) {
		if _, ok := can(d, attrOpen); ok {
			return write(d, attrOpen, model.Number(target))
		}
		if _, ok := can(d, attrClosure); ok {
			return write(d, attrClosure, model.String(closure))
		}
		if _, ok := can(d, attrValve); ok {
			if target > 0 {
				closure = "open"
			}
			return write(d, attrValve, model.String(closure))
		}
		if kindOf(d) == "valve" {
			return write(d, attrOn, model.Bool(target > 0))
		}
		return home.Ask{}, false
	}
	return a, true
}

const (
	brightStep = 20.0 // percent, when nobody says how much
	coverStep  = 20.0 // percent open
	kelvinStep = 500.0
	warmStep   = 1.0 // °C
	soundStep  = 10.0
	fanStep    = 25.0
)

// percent is a share that was said. One beyond what there is, is taken as said: what the device takes is told in the answer.
func percent(c *grammar.Clause) (float64, bool) {
	if p, ok := c.Percent(); ok {
		return p, true
	}
	return c.Value, c.HasValue
}

func lighting(c *grammar.Clause) action {
	a := action{kind: "light", reply: "set"}
	if c.Intent == "LightAdjust" {
		return dimming(c)
	}
	switch {
	case c.Words["unit"] == "color_temp":
		k := c.Kelvin()
		a.cannot = "cannot.kelvin"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if _, ok := can(d, attrKelvin); !ok {
				return home.Ask{}, false
			}
			return write(d, attrKelvin, model.Number(within(d, attrKelvin, k)), attrOn, model.Bool(true))
		}
	case c.Words["color"] != "":
		h := hues[c.Words["color"]]
		a.value, a.cannot = "color."+c.Words["color"], "cannot.color"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if _, ok := can(d, attrHue); ok {
				return write(d, attrHue, model.Number(h[0]), attrSat, model.Number(h[1]), attrOn, model.Bool(true))
			}
			if _, ok := can(d, attrX); ok {
				return write(d, attrX, model.Number(h[2]), attrY, model.Number(h[3]), attrOn, model.Bool(true))
			}
			return home.Ask{}, false
		}
	default:
		p, ok := percent(c)
		a.cannot = "cannot.level"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if _, has := can(d, attrLevel); !has || !ok {
				return home.Ask{}, false
			}
			return write(d, attrLevel, model.Number(p), attrOn, model.Bool(p > 0))
		}
	}
	return a
}

// shifted opens or closes a covering a little; one that does not tell how far it is open is not moved.
func shifted(c *grammar.Clause, d *home.Device) (home.Ask, bool) {
	now, known := number(d, attrOpen)
	if _, has := can(d, attrOpen); !has || !known {
		return home.Ask{}, false
	}
	return write(d, attrOpen, model.Number(min(100, max(0, now+by(c, coverStep)))))
}

// by is how much to change something, with its sign.
func by(c *grammar.Clause, step float64) float64 {
	if c.HasValue {
		step = c.Value
	}
	if s := c.Words["step"]; s == "down" || s == "warmer" {
		return -step
	}
	return step
}

func dimming(c *grammar.Clause) action {
	a := action{kind: "light", reply: "done", cannot: "cannot.level"}
	step := c.Words["step"]
	if step == "warmer" || step == "cooler" {
		a.cannot = "cannot.kelvin"
	}
	a.ask = func(d *home.Device) (home.Ask, bool) {
		if step == "warmer" || step == "cooler" {
			now, ok := number(d, attrKelvin)
			if _, has := can(d, attrKelvin); !has || !ok {
				return home.Ask{}, false
			}
			return write(d, attrKelvin, model.Number(within(d, attrKelvin, now+by(c, kelvinStep))))
		}
		if _, has := can(d, attrLevel); !has {
			return home.Ask{}, false
		}
		now, known := number(d, attrLevel)
		if on, ok := truth(d, attrOn); ok && !on {
			now, known = 0, true
		}
		if !known {
			now = 50
		}
		level := min(100, max(1, now+by(c, brightStep)))
		return write(d, attrLevel, model.Number(level), attrOn, model.Bool(true))
	}
	return a
}
