package home

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// lateness is how long a slower source of a merged device may still tell of the value before
// the present one without being believed.
const lateness = 5 * time.Second

// report takes readings of a source: checks each, merges it into the device, confirms commands.
func (h *Home) report(b Reported) error {
	if _, ok := h.sourceN[b.Source]; !ok {
		return fmt.Errorf("a report of %s, which no adapter has described", b.Source)
	}
	src := h.ownSource(b.Source)
	src.Heard = h.at
	dev := h.own(src.Device)
	if !src.Reachable && heard(b.Readings) {
		src.Reachable, src.Why, src.Gone = true, "", false
		h.emit(DeviceMoved{h.seq, dev.ID, "reachability"})
	}
	for _, r := range b.Readings {
		h.read(src, dev, r)
	}
	return nil
}

// heard reports whether the device itself spoke: an echo or a memory is no sign of life.
func heard(rs []model.Reading) bool {
	return slices.ContainsFunc(rs, func(r model.Reading) bool { return r.Quality == "" || r.Quality == model.Good })
}

func (h *Home) read(src *Source, dev *Device, r model.Reading) {
	n, ok := src.shape.index[Slot{r.Endpoint, r.Attribute}]
	if !ok {
		h.refuse(src, fmt.Sprintf("%s %s is not in the device's description", r.Endpoint, r.Attribute))
		return
	}
	v, err := src.shape.props[n].Check(r.Value)
	if err != nil {
		h.refuse(src, err.Error())
		return
	}
	if src.shape.props[n].Counter && !h.countsUp(src, n, v) {
		return
	}
	was := src.reports[n].Value
	src.reports[n].Value = v
	i := src.slot[n]
	if i < 0 {
		return
	}
	quality := r.Quality
	if quality == "" {
		quality = model.Good
	}
	if off := dev.Offsets[dev.shape.slots[i]]; off != 0 {
		if f, isNumber := v.Number(); isNumber {
			v = model.Number(f + off)
		}
	}
	if h.isLate(src, dev, i, was, v) {
		return
	}
	r.Value, r.Quality = v, quality
	h.become(dev, i, r, src)
}

// countsUp refuses a counter that runs backwards, until the source insists: three lower
// reports in a row are a reset, not a glitch.
func (h *Home) countsUp(src *Source, n int, v model.Value) bool {
	now, ok := v.Number()
	before, known := src.reports[n].Value.Number()
	if !ok || !known || now >= before {
		src.reports[n].Lower = 0
		return true
	}
	if src.reports[n].Lower++; src.reports[n].Lower >= 3 {
		src.reports[n].Lower = 0
		dev, i := h.own(src.Device), src.slot[n]
		if i >= 0 { // the household's total goes on
			h.shift(dev, dev.shape.slots[i], before)
		}
		return true
	}
	h.refuse(src, fmt.Sprintf("%s: the counter ran backwards from %v to %v", src.shape.slots[n].Attribute, before, now))
	return false
}

// shift adds to the offset of a device's counter.
func (h *Home) shift(dev *Device, slot Slot, by float64) {
	offsets := map[Slot]float64{slot: by}
	for k, v := range dev.Offsets {
		offsets[k] += v
	}
	dev.Offsets = offsets
}

// isLate tells whether a report of one of several sources is no news: the source repeats
// itself, or tells of the value that the device has just left.
func (h *Home) isLate(src *Source, dev *Device, i int, was, v model.Value) bool {
	st := &dev.states[i]
	if len(dev.Sources) < 2 || st.Source == src.Description.Source || st.Value == v || st.Value.IsUnknown() {
		return false
	}
	leader := h.source(st.Source)
	if leader == nil || !leader.Reachable || leader.Gone {
		return false
	}
	return was == v || (st.Before == v && h.at.Sub(st.Changed) < lateness)
}

// become makes a checked reading the state of one slot: effects, commands, scenes.
func (h *Home) become(dev *Device, i int, r model.Reading, src *Source) {
	v, quality := r.Value, r.Quality
	st := &dev.states[i]
	slot := dev.shape.slots[i]
	from, fromQuality := st.Value, st.Quality
	prop := dev.shape.props[i]
	if quality == model.Restored && fromQuality == model.Good {
		return // what was heard is better than what was remembered
	}
	st.Heard, st.Source, st.Quality = h.at, src.Description.Source, quality
	changed := from != v
	if changed {
		st.Before, st.Value, st.Changed, st.Cause = from, v, h.at, h.causeOf(dev, slot, prop, v, src)
	}
	if quality != model.Restored {
		h.confirm(dev, slot, prop, v, quality)
	}
	if changed || fromQuality != quality {
		h.emit(Changed{Seq: h.seq, Device: dev.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute, From: from, State: *st, Property: prop})
	}
	if changed && !from.IsUnknown() && quality != model.Restored && !r.CaughtUp {
		h.occur(Occurrence{Kind: OccurredChange, Device: dev.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute,
			From: from, To: v, At: h.at, Cause: st.Cause})
		h.senseDevice(dev, slot.Attribute, v)
	}
}

// causeOf says why a value is what it is: the command that asked for it, else the thing itself.
func (h *Home) causeOf(dev *Device, slot Slot, prop *model.Property, v model.Value, src *Source) *model.Cause {
	for _, id := range h.pending[dev.ID] {
		c := h.st.Commands[id]
		for j := range c.Writes {
			w := c.Writes[j]
			if c.Endpoint == slot.Endpoint && (w.Attribute == slot.Attribute || reportedBy[w.Attribute] == slot.Attribute) && matches(prop, w.Value, v) {
				return c.Cause
			}
		}
	}
	return &model.Cause{Kind: model.CausePhysical, Via: src.adapter(), Fact: h.seq}
}

func (s *Source) adapter() string {
	for i := 0; i < len(s.Description.Source); i++ {
		if s.Description.Source[i] == '/' {
			return string(s.Description.Source[:i])
		}
	}
	return string(s.Description.Source)
}

func (h *Home) refuse(src *Source, why string) {
	src.Refusals++
	h.emit(Refused{Source: src.Description.Source, Why: why})
}

// tolerances are how far a report may lie from what was asked for and still confirm it: what is
// lost when a value passes through a device's own units (mired, 0..254, xy) and back.
var tolerances = map[model.Attribute]struct{ abs, rel float64 }{
	"level.level":              {abs: 1},
	"color.hue":                {abs: 8},
	"color.saturation":         {abs: 8},
	"color.x":                  {abs: 0.02},
	"color.y":                  {abs: 0.02},
	"color_temperature.kelvin": {rel: 0.02},
	"fan.speed_pct":            {abs: 5},
	"window_covering.open_pct": {abs: 3},
	"window_covering.tilt_pct": {abs: 5},
}

// reportedBy names, for what is set as a target, the attribute that says what really is.
var reportedBy = map[model.Attribute]model.Attribute{
	"door_lock.target":      "door_lock.lock",
	"closure.target":        "closure.state",
	"valve.target":          "valve.state",
	"security_panel.target": "security_panel.state",
}

// matches reports whether a reported value fulfils a desired one.
func matches(prop *model.Property, want, got model.Value) bool {
	if want == got {
		return true
	}
	w, ok1 := want.Number()
	g, ok2 := got.Number()
	if !ok1 || !ok2 {
		return false
	}
	t := tolerances[prop.Attribute]
	limit := max(t.abs, t.rel*math.Abs(w), prop.Step/2, 1e-6*math.Abs(w))
	return math.Abs(w-g) <= limit+1e-9
}
