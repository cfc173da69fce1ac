package converse

import (
	"slices"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

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
	p, ok := percent(c)
	a.reply = "set"
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
		mode := c.Words["mode"]
		a.ask = func(d *home.Device) (home.Ask, bool) {
			now := text(d, attrMode)
			if mode != "" {
				now = mode
			}
			s := setpointIn(d, now)
			switch {
			case s == "":
				return home.Ask{}, false
			case mode != "" && slices.Contains(modes(d), mode): // 26度制冷
				return write(d, attrOn, model.Bool(true), attrMode, model.String(mode), s, model.Number(c.Value))
			}
			return write(d, s, model.Number(c.Value))
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
		a.value, a.cannot = "mode."+mode, "cannot.mode"
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
		on := c.Words["swing"] == "on"
		switch { // a fan is no air conditioner; where neither is said, whatever swings
		case c.Is("fan") && !c.Is("climate"):
			a.kind = "fan"
		case !c.Is("climate"):
			a.kind = ""
		}
		a.reply = "swing.off"
		if on {
			a.reply = "swing.on"
		}
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
				o := d.Property(s).Options
				if len(o) == 0 {
					return home.Ask{}, false
				}
				return write(d, attrFanSwing, model.Set(firstOf(o, "up_down", "left_right")))
			}
			return home.Ask{}, false
		}
	}
	return a
}

// setpoint is the temperature that the device works to now: what it cools to when it cools, else what it heats to.
func setpoint(d *home.Device) model.Attribute { return setpointIn(d, text(d, attrMode)) }

// setpointIn is the temperature that a device is set to in a mode.
func setpointIn(d *home.Device, mode string) model.Attribute {
	first, second := attrHeat, attrCool
	if mode == "cool" || mode == "dry" {
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
			p, ok := percent(c)
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
		if robot := map[grammar.Intent]model.Attribute{"MediaPause": model.ActionRobotVacuumPause, "MediaUnpause": model.ActionRobotVacuumResume}[c.Intent]; robot != "" && kindOf(d) == "vacuum" {
			return command(d, robot)
		}
		return command(d, action)
	}
	a.reply = map[grammar.Intent]string{"MediaPlayerMute": "muted", "MediaPlayerUnmute": "unmuted", "MediaPause": "paused", "MediaUnpause": "playing"}[c.Intent]
	if a.reply == "" {
		a.reply = "done"
	}
	return a
}

func cleaning(c *grammar.Clause) action {
	a := action{kind: "vacuum", reply: "started"}
	name := model.Attribute("robot_vacuum.start")
	if c.Intent == "VacuumReturnToBase" || c.Intent == "LawnMowerDock" {
		name, a.reply = "robot_vacuum.dock", "docking"
	}
	if c.Intent == "LawnMowerDock" || c.Intent == "LawnMowerStartMowing" {
		a.kind = "mower"
	}
	a.ask = func(d *home.Device) (home.Ask, bool) { return command(d, name) }
	return a
}
