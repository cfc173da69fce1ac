package zigbee2mqtt

import (
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// follow holds a state against the commands under way. The first state with the target is
// Zigbee2MQTT's echo of it, after the radio's acknowledgement: assumed. A later one, once the
// device was heard again or asked, is the device's own word.
func (a *Adapter) follow(d *device, lastSeen []byte, snapshot bool) {
	if snapshot || len(d.commands) == 0 {
		return
	}
	for _, c := range slices.Clone(d.commands) {
		if len(c.writes) == 0 {
			a.ack(c) // anything from the device after it is the radio's acknowledgement
			continue
		}
		allEchoed := !slices.ContainsFunc(c.writes, func(w *write) bool { return !w.echoed && !w.done })
		left := 0
		for _, w := range c.writes {
			if !w.done {
				a.followWrite(d, c, w, string(lastSeen), allEchoed)
			}
			if !w.done {
				left++
			}
		}
		if !slices.ContainsFunc(c.writes, func(w *write) bool { return !w.echoed && !w.done }) {
			a.ack(c)
		}
		if left == 0 {
			a.drop(c)
		}
	}
}

func (a *Adapter) followWrite(d *device, c *command, w *write, lastSeen string, allEchoed bool) {
	if !sameValue(d.field(w.prop.key, w.prop.path), w.prop.value) {
		return
	}
	switch {
	case !w.echoed:
		w.echoed, w.echoSeen = true, lastSeen
		a.settle(d, w, model.Assumed)
		c.timers = append(c.timers, a.after(confirmAfter+a.gradual(c, w), func() { a.ask(d, w) }))
	case w.asked, allEchoed && (lastSeen == "" || lastSeen != w.echoSeen):
		w.done = true
		a.settle(d, w, model.Good)
	}
}

func (a *Adapter) gradual(c *command, w *write) time.Duration {
	if !w.b.gradual {
		return 0
	}
	return time.Duration(c.cmd.Transition * float64(time.Second))
}

// settle reports what was asked for, in the words it was asked in, and what else hangs on the same property.
func (a *Adapter) settle(d *device, w *write, q model.Quality) {
	for _, b := range d.codec.byKey[w.b.key] {
		v := d.read(b)
		if b == w.b {
			v = w.want
		}
		if b.path != w.b.path || v.IsUnknown() {
			continue
		}
		d.values[b] = v
		a.add(b, v, q)
	}
}

// ask asks the device for what it was only assumed to have become. What moves is left to report by itself.
func (a *Adapter) ask(d *device, w *write) {
	if w.done || d.group || w.b.moving || w.b.access&accessGet == 0 {
		return
	}
	if err := a.get(d, []string{w.b.key}); err != nil {
		a.log.Debug("asking a device for its state", "device", d.name, "error", err)
		return
	}
	w.asked = true
}
