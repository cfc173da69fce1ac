package home

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// lateness is how long a slower source of a merged device may still tell of the value before
// the present one without being believed.
const lateness = 5 * time.Second

// report takes readings of a source: checks each, merges it into the device, confirms commands.
func (h *Home) report(b Reported) error {
	src := h.ownSource(b.Source)
	if src == nil {
		return fmt.Errorf("a report of %s, which no adapter has described", b.Source)
	}
	src.Heard = h.at
	if !src.Reachable && heard(b.Readings) {
		h.alive(src)
	}
	dev := h.own(src.Device)
	for i := range b.Readings {
		h.read(src, dev, &b.Readings[i])
	}
	return nil
}

// heard reports whether the device itself spoke: an echo or a memory is no sign of life.
func heard(rs []model.Reading) bool {
	return slices.ContainsFunc(rs, func(r model.Reading) bool { return r.Quality == "" || r.Quality == model.Good })
}

func (h *Home) read(src *Source, dev *Device, r *model.Reading) {
	n, ok := src.shape.index[Slot{r.Endpoint, r.Attribute}]
	if !ok {
		h.refuse(src, fmt.Sprintf("%s %s is not in the device's description", r.Endpoint, r.Attribute))
		return
	}
	v, err := check(src.shape.props[n], r.Value)
	if err != nil {
		h.refuse(src, err.Error())
		return
	}
	quality := cmp.Or(r.Quality, model.Good)
	switch quality {
	case model.Good, model.Stale, model.Assumed, model.Restored, model.Suspect:
	default:
		h.refuse(src, fmt.Sprintf("%s: got the quality %q, expected good, stale, assumed, restored or suspect", r.Attribute, string(quality)))
		return
	}
	counter := src.shape.props[n].Counter
	if counter && !h.countsUp(src, n, v) {
		return
	}
	said := &src.reports[n]
	was := said.total()
	v = h.say(said, counter, v, quality)
	i := src.slot[n]
	if i < 0 || h.isLate(src, dev, i, was, v) {
		return
	}
	h.become(dev, i, v, quality, r.CaughtUp, src)
}

// say keeps what a source says of itself and returns it with a counter's offset.
func (h *Home) say(said *sourceValue, counter bool, v model.Value, quality model.Quality) model.Value {
	total := said.shifted(v, said.Offset)
	switch {
	case quality == model.Assumed, counter && v.IsUnknown(): // an echo; a counter goes on where it stood
	case quality == model.Restored && said.Quality == model.Good: // what was heard is better than what was remembered
	default:
		said.Value, said.Quality, said.Heard = v, quality, h.at.UnixNano()
	}
	return total
}

// countsUp refuses a counter that runs backwards, until the source insists: three lower
// reports in a row are a reset, not a glitch.
func (h *Home) countsUp(src *Source, n int, v model.Value) bool {
	said := &src.reports[n]
	now, ok := v.Number()
	before, known := said.Value.Number()
	if !ok || !known || now >= before {
		said.Lower = 0
		return true
	}
	if said.Lower++; said.Lower >= 3 {
		said.Lower = 0
		said.Offset += before // the household's total goes on
		return true
	}
	h.refuse(src, fmt.Sprintf("%s: the counter ran backwards from %v to %v", src.shape.slots[n].Attribute, before, now))
	return false
}

// isLate tells whether a report of one of several sources is no news: the source repeats
// itself, or tells of the value that the device has just left, or of a count that has been passed.
func (h *Home) isLate(src *Source, dev *Device, i int, was, v model.Value) bool {
	st := &dev.states[i]
	if len(dev.Sources) < 2 || st.Source == src.Description.Source || st.Value == v || st.Value.IsUnknown() {
		return false
	}
	leader := h.source(st.Source)
	if leader == nil || !leader.Reachable || st.Quality == model.Restored || st.Quality == model.Stale {
		return false
	}
	if dev.shape.props[i].Counter {
		now, ok := v.Number()
		counted, known := st.Value.Number()
		return ok && known && now < counted
	}
	return was == v || (st.Before == v && h.at.Sub(st.Changed) < lateness)
}

// become makes a checked reading the state of one slot: effects, commands, scenes.
func (h *Home) become(dev *Device, i int, v model.Value, quality model.Quality, caughtUp bool, src *Source) {
	st := &dev.states[i]
	slot, prop := dev.shape.slots[i], dev.shape.props[i]
	from, fromQuality := st.Value, st.Quality
	changed := from != v
	switch {
	case fromQuality != model.Good:
	case quality == model.Restored:
		return // what was heard is better than what was remembered
	case quality == model.Assumed && !changed:
		h.confirm(dev, slot, prop, v, quality)
		return // an echo takes nothing from what was heard
	}
	st.Heard, st.Source, st.Quality = h.at, src.Description.Source, quality
	if changed {
		st.Before, st.Value, st.Changed, st.Cause = from, v, h.at, h.causeOf(dev, slot, prop, v, src)
	}
	if quality != model.Restored && quality != model.Stale {
		h.confirm(dev, slot, prop, v, quality)
	}
	if changed || fromQuality != quality {
		h.changed(dev, i, from)
	}
	if changed && quality != model.Restored && quality != model.Stale {
		quiet := from.IsUnknown() || caughtUp
		if !quiet && prop.Access.CanWrite() && quality == model.Good && fromQuality == model.Good && st.Cause.Kind == model.CausePhysical {
			h.touched(dev, slot, v, st.Cause)
		}
		h.occur(Occurrence{Quiet: quiet, Kind: OccurredChange, Device: dev.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute,
			From: from, To: v, At: h.at, Cause: st.Cause})
		h.senseDevice(dev, slot.Attribute, v)
	}
}

// changed tells of a slot's present state.
func (h *Home) changed(dev *Device, i int, from model.Value) {
	slot := dev.shape.slots[i]
	h.emit(Changed{Seq: h.seq, Device: dev.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute, From: from, State: dev.states[i], Property: dev.shape.props[i]})
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

func (s *Source) adapter() string { return adapterOf(s.Description.Source) }

// mostWhy is how many bytes of a refusal's words are kept: they quote what a stranger sent.
const mostWhy = 400

func (h *Home) refuse(src *Source, why string) {
	why = asLogged(why)
	if len(why) > mostWhy {
		why = strings.ToValidUTF8(why[:mostWhy], "") + "…"
	}
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
