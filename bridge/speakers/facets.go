package speakers

import (
	"slices"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// powerOf is the attribute that a device's power is read from.
func powerOf(d *home.Device) model.Attribute {
	if a := attribute(On, OpenPct, Closure, ValveTo, Vacuum)(d); a != "" {
		return a
	}
	for _, a := range []model.Attribute{Mode, FanMode} {
		if p := Property(d, a); p != nil && slices.Contains(p.Options, "off") {
			return a
		}
	}
	for _, a := range []model.Attribute{model.AttrOperationalStateState, Playback} {
		if w := workers[a]; Has(d, a) && w.does(d, true) != "" && w.does(d, false) != "" {
			return a
		}
	}
	return ""
}

// worker is a device without a switch that is on while it works or plays.
type worker struct{ on, off []model.Attribute }

var workers = map[model.Attribute]worker{
	model.AttrOperationalStateState: {[]model.Attribute{model.ActionOperationalStateStart}, []model.Attribute{model.ActionOperationalStateStop}},
	Playback:                        {[]model.Attribute{"media_playback.play"}, []model.Attribute{"media_playback.stop", "media_playback.pause"}},
}

// does is the command that starts or stops it; empty when the device takes none.
func (w worker) does(d *home.Device, on bool) model.Attribute {
	for _, name := range map[bool][]model.Attribute{true: w.on, false: w.off}[on] {
		if _, ok := Takes(d, name); ok {
			return name
		}
	}
	return ""
}

func readPower(d *home.Device) model.Value {
	switch powerOf(d) {
	case On:
		return valueOf(d, On)
	case OpenPct, Closure, ValveTo:
		if n, ok := IsOpen(d); ok {
			return model.Bool(n > 0)
		}
	case Vacuum:
		if state := Text(d, Vacuum); state != "" {
			return model.Bool(state == "cleaning" || state == "mopping")
		}
	case Mode, FanMode:
		if m := Text(d, powerOf(d)); m != "" {
			return model.Bool(m != "off")
		}
	case model.AttrOperationalStateState, Playback:
		if s := Text(d, powerOf(d)); s != "" {
			return model.Bool(s == "running" || s == "playing" || s == "buffering")
		}
	}
	return model.Value{}
}

func setPower(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
	on, ok := v.Bool()
	if !ok {
		return home.Ask{}, model.ReasonInvalidValue
	}
	switch powerOf(d) {
	case On:
		if Can(d, On) {
			return put(d, On, v)
		}
	case OpenPct:
		if Can(d, OpenPct) {
			return put(d, OpenPct, model.Number(map[bool]float64{true: 100}[on]))
		}
		return Act(d, map[bool]model.Attribute{true: "window_covering.open", false: "window_covering.close"}[on])
	case Closure, ValveTo:
		if a := powerOf(d); Can(d, a) {
			return put(d, a, model.String(map[bool]string{true: "open", false: "closed"}[on]))
		}
	case Vacuum:
		return Act(d, map[bool]model.Attribute{true: "robot_vacuum.start", false: "robot_vacuum.dock"}[on])
	case model.AttrOperationalStateState, Playback:
		return Act(d, workers[powerOf(d)].does(d, on))
	case Mode, FanMode:
		for _, m := range map[bool][]string{true: {"on", "auto", "heat", "cool", "medium", "low"}, false: {"off"}}[on] {
			if ask, why := put(d, powerOf(d), model.String(m)); why == "" {
				return ask, ""
			}
		}
	}
	return home.Ask{}, model.ReasonUnsupported
}

// setClimate sets the mode, and switches the device on with it: "set it to cool" means that it shall cool.
func setClimate(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
	mode, _ := v.Text()
	if mode == "off" && Can(d, On) {
		return put(d, On, model.Bool(false))
	}
	ask, why := put(d, Mode, v)
	if why == "" && Can(d, On) {
		ask.Writes = append(ask.Writes, Write(On, model.Bool(mode != "off")))
	}
	return ask, why
}

// steps are the words for how fast a fan turns, slowest first, with what they mean in percent.
var steps = []struct {
	word string
	pct  float64
}{{"quiet", 15}, {"low", 33}, {"medium", 66}, {"high", 100}, {"turbo", 100}}

func fanWords(d *home.Device) []string {
	if p := Property(d, FanMode); p != nil && p.Access.CanWrite() {
		return slices.DeleteFunc(slices.Clone(p.Options), func(o string) bool { return o == "off" || o == "on" })
	}
	return []string{"low", "medium", "high"}
}

func readFanWord(d *home.Device) model.Value {
	if m := Text(d, FanMode); m != "" {
		return model.String(m)
	}
	n, ok := Number(d, FanPct)
	if !ok {
		return model.Value{}
	}
	for _, s := range steps[1:] {
		if n <= s.pct+1 {
			return model.String(s.word)
		}
	}
	return model.String("high")
}

func setFanWord(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
	word, _ := v.Text()
	if Can(d, FanMode) {
		return put(d, FanMode, v)
	}
	for _, s := range steps {
		if s.word == word {
			return put(d, FanPct, model.Number(s.pct))
		}
	}
	return home.Ask{}, model.ReasonInvalidValue
}

func readFanSpeed(d *home.Device) model.Value {
	if Has(d, FanPct) {
		return valueOf(d, FanPct)
	}
	for _, s := range steps {
		if s.word == Text(d, FanMode) {
			return model.Number(s.pct)
		}
	}
	return model.Value{}
}

// setFanSpeed sets percent; a fan that knows words only gets the nearest that it takes.
func setFanSpeed(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
	n, ok := v.Number()
	if Can(d, FanPct) || !ok {
		return put(d, FanPct, v)
	}
	best, word := 1000.0, ""
	for _, s := range steps {
		if gap := max(s.pct-n, n-s.pct); gap < best && slices.Contains(fanWords(d), s.word) {
			best, word = gap, s.word
		}
	}
	return put(d, FanMode, model.String(word))
}

func readLocked(d *home.Device) model.Value {
	switch Text(d, LockIs) {
	case "locked":
		return model.Bool(true)
	case "unlocked", "unlatched", "not_fully_locked":
		return model.Bool(false)
	}
	return model.Value{}
}

func setLocked(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
	locked, ok := v.Bool()
	if !ok {
		return home.Ask{}, model.ReasonInvalidValue
	}
	return put(d, LockTo, model.String(map[bool]string{true: "locked", false: "unlocked"}[locked]))
}

// HueOf is the hue in degrees and saturation in percent of 0xRRGGBB.
func HueOf(rgb int) (float64, float64) {
	return model.HueSaturation(float64(rgb>>16&255), float64(rgb>>8&255), float64(rgb&255))
}
