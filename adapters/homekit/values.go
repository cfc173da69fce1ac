package homekit

import (
	"slices"

	"github.com/concord-home/hub/model"
)

// iids are the characteristics that count, in order.
func (d *device) iids() []uint64 {
	out := make([]uint64, 0, len(d.chars))
	for iid := range d.chars {
		out = append(out, iid)
	}
	slices.Sort(out)
	return out
}

// readings are the values of what depends on some characteristics; nil is all.
func (d *device) readings(changed []uint64) []model.Reading {
	var out []model.Reading
	done := map[*binding]bool{}
	if changed == nil {
		changed = d.iids()
	}
	for _, iid := range changed {
		for _, b := range d.byIID[iid] {
			if v := b.current(); !done[b] && !v.IsUnknown() {
				out = append(out, model.Reading{Endpoint: b.endpoint, Attribute: b.rule.attr, Value: v})
			}
			done[b] = true
		}
	}
	return out
}

// event takes the body of an EVENT; it is called by the connection's reader.
func (l *link) event(body []byte) {
	got, err := parseEntries(body)
	if err != nil {
		l.log.Warn("an event of a HomeKit accessory cannot be read", "err", err)
		return
	}
	for _, e := range got {
		l.press(e)
	}
	l.take(got, false)
}

// press passes on a button's event.
func (l *link) press(e entry) {
	l.mu.Lock()
	d := l.devices[e.AID]
	l.mu.Unlock()
	if d == nil || d.events[e.IID] == nil {
		return
	}
	p := d.events[e.IID]
	v, ok := d.chars[e.IID].Decode(e.Value)
	n, isNumber := num(v)
	if !ok || !isNumber || n < 0 || int(n) >= len(presses) {
		return
	}
	h := model.Happening{Source: d.source, Endpoint: p.endpoint, Event: p.rule.event, Args: map[string]model.Value{}}
	if h.Event == "button.press" {
		h.Args["button"], h.Args["action"] = model.String(p.button), model.String(presses[int(n)])
	}
	l.a.hub.Happened(h)
}

// take takes values as they were read or told of, and reports what they mean.
func (l *link) take(got []entry, caughtUp bool) {
	type batch struct {
		changed []uint64
		answers bool
		fails   bool
	}
	l.mu.Lock()
	devices := l.devices
	by := map[uint64]*batch{}
	var order []uint64
	for _, e := range got {
		d := devices[e.AID]
		if d == nil || d.chars[e.IID] == nil || d.events[e.IID] != nil {
			continue
		}
		b := by[e.AID]
		if b == nil {
			b = &batch{}
			by[e.AID], order = b, append(order, e.AID)
		}
		if e.Status != nil && *e.Status != 0 {
			b.fails = b.fails || statusError(*e.Status) == statusUnreachable || statusError(*e.Status) == statusTimedOut
			continue
		}
		if v, ok := d.chars[e.IID].Decode(e.Value); ok {
			d.values[e.IID], b.answers = v, true
			b.changed = append(b.changed, e.IID)
		}
	}
	var tell []func()
	for _, aid := range order {
		d, b := devices[aid], by[aid]
		if now := b.answers || !b.fails; now != d.reachable {
			d.reachable, d.why = now, ""
			if !now {
				d.why = statusUnreachable.Error()
			}
			why := d.why
			tell = append(tell, func() { l.a.hub.Reachable(d.source, now, why) })
		}
		if len(b.changed) > 0 {
			r := d.readings(b.changed)
			for i := range r {
				r[i].CaughtUp = caughtUp
			}
			if len(r) > 0 {
				tell = append(tell, func() { l.a.hub.Report(d.source, r) })
			}
		}
	}
	l.mu.Unlock()
	for _, f := range tell {
		f()
	}
}
