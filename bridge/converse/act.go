package converse

import (
	"strconv"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// action is how a clause is done: to what kind of thing, by which writes or command, and what is said of it.
type action struct {
	kind  string // where no thing is named
	ask   func(d *home.Device) (home.Ask, bool)
	reply string // of success, with {1} the device and {2} the value
	value string
	risky func(d *home.Device) bool
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

func can(d *home.Device, attrs ...model.Attribute) (model.Attribute, bool) {
	for _, a := range attrs {
		if s, ok := d.Find(a); ok && d.Property(s).Access.CanWrite() {
			return a, true
		}
	}
	return "", false
}

func write(d *home.Device, pairs ...any) (home.Ask, bool) {
	a := home.Ask{Device: d.ID}
	for i := 0; i+1 < len(pairs); i += 2 {
		name := pairs[i].(model.Attribute)
		if _, ok := can(d, name); ok {
			a.Writes = append(a.Writes, model.Write{Attribute: name, Value: pairs[i+1].(model.Value)})
		}
	}
	return a, len(a.Writes) > 0
}

func command(d *home.Device, name model.Attribute) (home.Ask, bool) {
	for _, e := range d.Endpoints() {
		if d.HasAction(e.ID, name) {
			return home.Ask{Device: d.ID, Endpoint: e.ID, Command: name}, true
		}
	}
	return home.Ask{}, false
}

func number(d *home.Device, a model.Attribute) (float64, bool) {
	s, ok := d.Find(a)
	if !ok {
		return 0, false
	}
	st, _ := d.State(s)
	if !st.Desired.IsUnknown() {
		return st.Desired.Number()
	}
	return st.Value.Number()
}

func text(d *home.Device, a model.Attribute) string {
	s, ok := d.Find(a)
	if !ok {
		return ""
	}
	st, _ := d.State(s)
	v, _ := st.Value.Text()
	return v
}

func truth(d *home.Device, a model.Attribute) (value, known bool) {
	s, ok := d.Find(a)
	if !ok {
		return false, false
	}
	st, _ := d.State(s)
	return st.Value.Bool()
}

// opens reports whether opening it lets somebody in.
func opens(d *home.Device) bool {
	switch classOf(d) {
	case "garage", "gate", "door":
		return true
	}
	return d.Type() == "door_lock"
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

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
		a.reply = "done"
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
		if on {
			return command(d, "media_playback.play")
		}
		return command(d, "media_playback.stop")
	}
	return a
}

// everyGang switches a device; one with several gangs is switched at its main one, else the first.
func everyGang(d *home.Device, on bool) (home.Ask, bool) { return write(d, attrOn, model.Bool(on)) }

func modes(d *home.Device) []string {
	s, ok := d.Find(attrMode)
	if !ok || !d.Property(s).Access.CanWrite() {
		return nil
	}
	return d.Property(s).Options
}

func firstOf(options []string, wanted ...string) string {
	for _, w := range wanted {
		for _, o := range options {
			if o == w {
				return w
			}
		}
	}
	return options[0]
}

func opening(c *grammar.Clause) (action, bool) {
	switch c.Intent {
	case "Lock", "Unlock":
		to := map[grammar.Intent]string{"Lock": "locked", "Unlock": "unlocked"}[c.Intent]
		return action{kind: "lock", reply: to, risky: func(*home.Device) bool { return to == "unlocked" },
			ask: func(d *home.Device) (home.Ask, bool) { return write(d, attrLock, model.String(to)) }}, true
	case "StopCover":
		return action{kind: "cover", reply: "done", ask: func(d *home.Device) (home.Ask, bool) {
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
		p, ok := c.Percent()
		if !ok {
			return a, false
		}
		target, a.reply, a.value = p, "set", plain(p)+" %"
	}
	a.ask = func(d *home.Device) (home.Ask, bool) {
		if _, ok := can(d, attrOpen); ok {
			return write(d, attrOpen, model.Number(target))
		}
		if _, ok := can(d, attrClosure); ok {
			return write(d, attrClosure, model.String(closure))
		}
		if _, ok := can(d, "valve.open"); ok {
			return write(d, model.Attribute("valve.open"), model.Bool(target > 0))
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
	kelvinStep = 500.0
	warmStep   = 1.0 // °C
	soundStep  = 10.0
	fanStep    = 25.0
)

func lighting(c *grammar.Clause) action {
	a := action{kind: "light", reply: "set"}
	if c.Intent == "LightAdjust" {
		return dimming(c)
	}
	switch {
	case c.Words["unit"] == "color_temp":
		k := c.Kelvin()
		a.value = plain(k) + " K"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if _, ok := can(d, attrKelvin); !ok {
				return home.Ask{}, false
			}
			return write(d, attrKelvin, model.Number(within(d, attrKelvin, k)), attrOn, model.Bool(true))
		}
	case c.Words["color"] != "":
		h := hues[c.Words["color"]]
		a.value = "color." + c.Words["color"]
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
		p, ok := c.Percent()
		a.value = plain(p) + " %"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if _, has := can(d, attrLevel); !has || !ok {
				return home.Ask{}, false
			}
			return write(d, attrLevel, model.Number(p), attrOn, model.Bool(p > 0))
		}
	}
	return a
}

// within keeps a value in what the device can do: "warm white" is as warm as it gets.
func within(d *home.Device, a model.Attribute, v float64) float64 {
	s, _ := d.Find(a)
	p := d.Property(s)
	if p.Min != nil {
		v = max(v, *p.Min)
	}
	if p.Max != nil {
		v = min(v, *p.Max)
	}
	return v
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
	a := action{kind: "light", reply: "done"}
	step := c.Words["step"]
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

func blowing(c *grammar.Clause) action {
	kind := "fan"
	if c.Is("climate") {
		kind = "climate"
	}
	a := action{kind: kind, reply: "done"}
	if len(c.Names) == 0 && !c.Is("fan") && !c.Is("climate") {
		a.kind = "" // 风速调到高: whatever blows
	}
	if c.Intent == "FanAdjust" {
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if now, ok := number(d, attrFanPct); ok {
				return write(d, attrFanPct, model.Number(min(100, max(1, now+by(c, fanStep)))))
			}
			order := []string{"quiet", "low", "medium", "high", "turbo"}
			return stepMode(d, attrFanMode, order, by(c, 1))
		}
		return a
	}
	level := c.Words["level"]
	p, ok := c.Percent()
	a.reply, a.value = "set", plain(p)+" %"
	if level != "" {
		a.value = "level." + level
	}
	a.ask = func(d *home.Device) (home.Ask, bool) {
		if s, has := d.Find(attrFanMode); has && (level != "" || d.Property(mustFind(d, attrFanPct)) == nil) {
			want := level
			if want == "" {
				want = []string{"low", "medium", "high"}[min(2, int(p/34))]
			}
			for _, o := range d.Property(s).Options {
				if o == want {
					return write(d, attrFanMode, model.String(want))
				}
			}
		}
		if !ok || level == "auto" {
			return home.Ask{}, false
		}
		return write(d, attrFanPct, model.Number(p))
	}
	return a
}

func mustFind(d *home.Device, a model.Attribute) home.Slot { s, _ := d.Find(a); return s }

func stepMode(d *home.Device, a model.Attribute, order []string, by float64) (home.Ask, bool) {
	s, ok := d.Find(a)
	if !ok {
		return home.Ask{}, false
	}
	var have []string
	for _, o := range order {
		for _, p := range d.Property(s).Options {
			if p == o {
				have = append(have, o)
			}
		}
	}
	now := text(d, a)
	at := len(have) / 2
	for i, o := range have {
		if o == now {
			at = i
		}
	}
	if len(have) == 0 {
		return home.Ask{}, false
	}
	if by > 0 {
		at = min(at+1, len(have)-1)
	} else {
		at = max(at-1, 0)
	}
	return write(d, a, model.String(have[at]))
}

func heating(c *grammar.Clause) action {
	a := action{kind: "climate", reply: "set"}
	switch c.Intent {
	case "ClimateSetTemperature":
		a.value = plain(c.Value) + " °C"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if s := setpoint(d); s != "" {
				return write(d, s, model.Number(c.Value))
			}
			return home.Ask{}, false
		}
	case "ClimateAdjust":
		a.reply = "done"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			s := setpoint(d)
			now, ok := number(d, s)
			if s == "" || !ok {
				return home.Ask{}, false
			}
			return write(d, s, model.Number(within(d, s, now+by(c, warmStep))))
		}
	case "ClimateSetMode":
		mode := c.Words["mode"]
		a.value = "mode." + mode
		a.ask = func(d *home.Device) (home.Ask, bool) {
			switch mode {
			case "eco":
				return write(d, model.Attribute("thermostat.eco"), model.Bool(true))
			case "heat_cool":
				mode = "auto"
			}
			for _, o := range modes(d) {
				if o == mode {
					return write(d, attrOn, model.Bool(true), attrMode, model.String(mode))
				}
			}
			return home.Ask{}, false
		}
	case "ClimateSwing":
		a.reply = "done"
		on := c.Words["swing"] == "on"
		a.ask = func(d *home.Device) (home.Ask, bool) {
			if s, ok := d.Find(attrSwing); ok && len(d.Property(s).Options) > 1 {
				o := d.Property(s).Options
				if on {
					return write(d, attrSwing, model.String(firstOf(o, "on", "both", "vertical", "up_down")))
				}
				return write(d, attrSwing, model.String(firstOf(o, "off", "stop", "fixed")))
			}
			if s, ok := d.Find(attrFanSwing); ok {
				if !on {
					return write(d, attrFanSwing, model.Set())
				}
				return write(d, attrFanSwing, model.Set(firstOf(append(d.Property(s).Options, "up_down"), "up_down", "left_right")))
			}
			return home.Ask{}, false
		}
	}
	return a
}

// setpoint is the temperature that the device works to now: what it cools to when it cools, else what it heats to.
func setpoint(d *home.Device) model.Attribute {
	first, second := attrHeat, attrCool
	if m := text(d, attrMode); m == "cool" || m == "dry" {
		first, second = attrCool, attrHeat
	}
	if a, ok := can(d, first, second, attrWaterTo); ok {
		return a
	}
	return ""
}

func playing(c *grammar.Clause) action {
	a := action{kind: "media", reply: "done"}
	action := map[grammar.Intent]model.Attribute{"MediaNext": "media_playback.next", "MediaPrevious": "media_playback.previous",
		"MediaPause": "media_playback.pause", "MediaUnpause": "media_playback.play"}[c.Intent]
	a.ask = func(d *home.Device) (home.Ask, bool) {
		switch c.Intent {
		case "MediaPlayerMute", "MediaPlayerUnmute":
			return write(d, attrMuted, model.Bool(c.Intent == "MediaPlayerMute"))
		case "SetVolume":
			p, ok := c.Percent()
			if !ok {
				return home.Ask{}, false
			}
			return write(d, attrVolume, model.Number(p))
		case "SetVolumeRelative":
			now, ok := number(d, attrVolume)
			if !ok {
				return home.Ask{}, false
			}
			return write(d, attrVolume, model.Number(min(100, max(0, now+by(c, soundStep)))))
		}
		return command(d, action)
	}
	if c.Intent == "SetVolume" {
		p, _ := c.Percent()
		a.reply, a.value = "set", plain(p)+" %"
	}
	return a
}

func cleaning(c *grammar.Clause) action {
	a := action{kind: "vacuum", reply: "done"}
	name := model.Attribute("robot_vacuum.start")
	if c.Intent == "VacuumReturnToBase" || c.Intent == "LawnMowerDock" {
		name = "robot_vacuum.dock"
	}
	if c.Intent == "LawnMowerDock" || c.Intent == "LawnMowerStartMowing" {
		a.kind = "mower"
	}
	a.ask = func(d *home.Device) (home.Ask, bool) { return command(d, name) }
	return a
}
