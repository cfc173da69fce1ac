package climate

import (
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// A preset is a program of the device's own, which moves the setpoint by itself or holds it against whoever writes it: "schedule",
// "away", "eco". Before a setpoint can hold, such a device must be in "manual" (Zigbee2MQTT's valves say so, or "none"). What
// somebody chose at the device is kept as any other change by hand; what the device was found in is not anybody's wish.
//
// A device that takes suggestions (Matter's AddThermostatSuggestion) decides by itself, in the household's setpoints for
// "occupied" and "unoccupied", what to do when: it is told which of the two will be right, and its setpoint is left alone.

// program is what is remembered of a zone's presets.
type program struct {
	Seen  string    `json:"seen,omitempty"`  // the preset last told
	Asked time.Time `json:"asked,omitzero"`  // when it was last asked to be manual, or suggested
	Hint  string    `json:"hint,omitempty"`  // the preset that is suggested
	Chose bool      `json:"chose,omitempty"` // somebody chose the present one at the device
}

const (
	presetManual  = "manual"
	presetIn      = "occupied"
	presetOut     = "unoccupied"
	suggestionFor = 12 * time.Hour // Matter takes up to 24 h
)

// shutPresets are the programs with which somebody takes a device out of use: they last until somebody ends them.
var shutPresets = []string{modeOff, "frost_protection", "holiday", "vacation"}

// options are the presets that a device can be put in.
func (x *site) options() []string {
	p := x.device.Property(home.Slot{Endpoint: x.slot.Endpoint, Attribute: model.AttrThermostatPreset})
	if p == nil || !p.Access.CanWrite() {
		return nil
	}
	return p.Options
}

// suggestible tells whether the device takes suggestions of being occupied or not.
func (x *site) suggestible() bool {
	if !x.device.HasAction(x.slot.Endpoint, model.ActionThermostatSuggestPreset) {
		return false
	}
	options := x.options()
	return slices.Contains(options, presetIn) && slices.Contains(options, presetOut)
}

// ruled tells whether a program of the device's own stands above its setpoint, and can be ended.
func (x *site) ruled() bool {
	return x.Program.Seen != "" && x.Program.Seen != presetManual && slices.Contains(x.options(), presetManual)
}

// noticePreset follows which program the device is in.
func (sc *scene) noticePreset(x *site) {
	st := state(x.device, x.slot.Endpoint, model.AttrThermostatPreset)
	name, known := st.Value.Text()
	if !known || name == x.Program.Seen || st.Quality == model.Restored {
		return
	}
	changed := sc.pace.In(st.Changed)
	x.Program.Chose = x.Program.Seen != "" && name != presetManual && byHand(st)
	x.Program.Seen = name
	if x.Program.Chose && !x.suggestible() {
		x.Hold = hold{Since: changed, Until: changed.Add(sc.set.Hold), Celsius: x.comfort}
		x.Thermal.abort()
	}
}

// programWant is what a program that somebody chose asks for: to be left alone.
func (x *site) programWant(now time.Time) (w want, done bool) {
	switch {
	case !x.ruled():
	case slices.Contains(shutPresets, x.Program.Seen):
		return want{keep: true, line: line("climate.program_off")}, true
	case x.Program.Chose && x.Hold.holds(now):
		return want{keep: true, line: line("climate.program", clock(x.Hold.Until))}, true
	}
	return want{}, false
}

// unrule asks a device to leave its program before a setpoint is written. One that does not is asked seldom.
func (x *site) unrule(re *home.Reaction, now time.Time) {
	if !x.rules(now) {
		return
	}
	x.Program.Asked = now
	re.Asks = append(re.Asks, home.Ask{Device: x.device.ID, Endpoint: x.slot.Endpoint, Writes: []model.Write{{Attribute: model.AttrThermostatPreset, Value: model.String(presetManual)}}})
}

// rules tells whether a program is to be ended now.
func (x *site) rules(now time.Time) bool {
	return x.ruled() && (x.Program.Asked.IsZero() || now.Before(x.Program.Asked) || now.Sub(x.Program.Asked) >= askAgain)
}

// suggest tells a device that decides by itself whether somebody is in, or is to find it warm.
func (sc *scene) suggest(re *home.Reaction, v *scenery, x *site, w want, a air) {
	hint := presetIn
	if w.depth > slack {
		hint = presetOut
	}
	since := v.now.Sub(x.Program.Asked)
	renew := since < 0 || since >= suggestionFor-time.Hour
	if hint == x.Program.Hint && !renew || hint != x.Program.Hint && !w.urgent && !v.moved && !v.forced && since >= 0 && since < between {
		x.note(sc, v.now, w.line, nil)
		return
	}
	re.Asks = append(re.Asks, home.Ask{Device: x.device.ID, Endpoint: x.slot.Endpoint, Command: model.ActionThermostatSuggestPreset, Args: map[string]model.Value{
		"preset": model.String(hint), "at": model.Time(sc.pace.Out(v.now)), "expires": model.Time(sc.pace.Out(v.now.Add(suggestionFor)))}})
	re.Because = because(w.line.Key)
	if hint != x.Program.Hint {
		x.preheat(sc, v, w)
		now, known := x.present()
		x.begin(v.now, now, known, x.comfort-x.sign*w.depth, a)
		x.Program.Hint = hint
	}
	x.Program.Asked, x.SetAt, x.Depth = v.now, v.now, w.depth
	x.note(sc, v.now, w.line, &w.celsius)
}
