package home

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// keepCommands is how many ended commands stay for questions.
const keepCommands = 200

// mostPending is how many commands one device may have under way: more are no longer the household's.
const mostPending = 64

// takeOn begins a command's life.
func (h *Home) takeOn(dev *Device, c *Command, timeout time.Duration) {
	c.Deadline = h.at.Add(h.patience(c, timeout))
	h.supersede(dev.ID, c)
	own := h.own(dev.ID)
	for _, w := range c.Writes {
		if i, ok := own.shape.index[Slot{c.Endpoint, w.Attribute}]; ok {
			own.states[i].Desired = w.Value
		}
	}
	h.st.Commands[c.ID] = c
	h.st.Order = append(h.st.Order, c.ID)
	h.await(c)
	h.emit(CommandMoved{*c})
	h.setTimer(deadlineTimer+string(c.ID), c.Deadline)
	h.sendNext(c)
	h.trimCommands()
}

// patience is how long a command may take; without a wish, as long as the slowest of its paths.
func (h *Home) patience(c *Command, wish time.Duration) time.Duration {
	if wish <= 0 {
		for _, id := range c.Paths {
			if src := h.source(id); src != nil {
				wish = max(wish, src.Description.CommandTimeout)
			}
		}
		wish = cmp.Or(wish, defaultTimeout)
	}
	return min(wish, maxTimeout) + time.Duration(c.Transition*float64(time.Second))
}

// supersede ends commands under way that ask for the same attributes, or that an action of their
// capability interrupts: who stops a blind no longer waits for it to be open.
func (h *Home) supersede(dev model.DeviceID, by *Command) {
	for _, id := range slices.Clone(h.pending[dev]) {
		if c := h.st.Commands[id]; c.Endpoint == by.Endpoint && by.overrides(c) {
			h.end(h.change(id), model.Superseded, model.Reason{Code: model.ReasonNewer, Detail: "a newer command came: " + string(by.ID)})
		}
	}
	if under := h.pending[dev]; len(under) >= mostPending {
		h.end(h.change(under[0]), model.Superseded, model.Reason{Code: model.ReasonNewer, Detail: "a newer command came: " + string(by.ID)})
	}
}

func (c *Command) overrides(old *Command) bool {
	return slices.ContainsFunc(old.Writes, func(w WriteState) bool {
		if c.Action != "" {
			return w.Attribute.Capability() == c.Action.Capability()
		}
		return slices.ContainsFunc(c.Writes, func(x WriteState) bool { return x.Attribute == w.Attribute })
	})
}

// change returns a command under way for changing: a copy, since effects and views hold the old.
func (h *Home) change(id model.CommandID) *Command {
	c := *h.st.Commands[id]
	c.Writes = slices.Clone(c.Writes)
	h.st.Commands[id] = &c
	return &c
}

func (h *Home) acked(c *Command) {
	h.clearTimer(attemptTimer + string(c.ID))
	if c.Action != "" {
		h.end(c, model.Acked, model.Reason{})
		return
	}
	if c.Status != model.Acked {
		c.Status = model.Acked
		h.emit(CommandMoved{*c})
	}
}

// confirm compares what was just reported with the commands under way.
func (h *Home) confirm(dev *Device, slot Slot, prop *model.Property, v model.Value, quality model.Quality) {
	for _, id := range slices.Clone(h.pending[dev.ID]) {
		now := h.st.Commands[id]
		j := slices.IndexFunc(now.Writes, func(w WriteState) bool {
			return w.Attribute == slot.Attribute || reportedBy[w.Attribute] == slot.Attribute
		})
		if j < 0 || now.Endpoint != slot.Endpoint {
			continue
		}
		c := h.change(id)
		switch fits := matches(prop, c.Writes[j].Value, v); {
		case quality == model.Assumed:
			if fits { // an echo of another command says nothing of this one
				h.acked(c)
			}
		case !fits:
			c.Writes[j].Reported, c.Writes[j].Confirmed = v, false
		default:
			c.Writes[j].Confirmed, c.Writes[j].Reported = true, model.Value{}
			if !slices.ContainsFunc(c.Writes, func(w WriteState) bool { return !w.Confirmed }) {
				h.end(c, model.Confirmed, model.Reason{})
			}
		}
	}
}

// expire ends a command whose deadline has come, by what is known then.
func (h *Home) expire(c *Command) {
	var missing []string
	for _, w := range c.Writes {
		if !w.Reported.IsUnknown() {
			h.end(c, model.Contradicted, model.Reason{Code: model.ReasonMismatch,
				Detail: fmt.Sprintf("%s: asked for %q, but the device reports %q", w.Attribute, w.Value, w.Reported)})
			return
		}
		if !w.Confirmed {
			missing = append(missing, string(w.Attribute))
		}
	}
	partly := 0 < len(missing) && len(missing) < len(c.Writes)
	about := fmt.Sprintf(" %q", strings.Join(missing, ", "))
	if c.Status == model.Acked {
		detail := "taken; the device does not report back"
		if partly {
			detail += about
		}
		h.end(c, model.Acked, model.Reason{Detail: detail})
		return
	}
	src := h.source(c.path())
	if src != nil && !src.Reachable {
		h.end(c, model.TimedOut, model.Reason{Code: model.ReasonUnreachable, Detail: cmp.Or(src.Why, "the device cannot be reached")})
		return
	}
	detail := "no answer"
	if partly {
		detail += " about" + about
	}
	h.end(c, model.TimedOut, model.Reason{Code: model.ReasonNoAnswer, Detail: fmt.Sprintf("%s within %s", detail, c.Deadline.Sub(c.Asked).Round(time.Millisecond))})
}

// end is the end of a command's life: nothing stays optimistic.
func (h *Home) end(c *Command, s model.Status, r model.Reason) {
	c.Status, c.Reason, c.Ended = s, r, h.at
	under := h.pending[c.Device]
	h.pending[c.Device] = slices.DeleteFunc(slices.Clone(under), func(id model.CommandID) bool { return id == c.ID })
	h.underWay -= len(under) - len(h.pending[c.Device])
	if len(h.pending[c.Device]) == 0 {
		delete(h.pending, c.Device)
	}
	h.settleWrites(c)
	h.clearTimer(attemptTimer + string(c.ID))
	h.clearTimer(deadlineTimer + string(c.ID))
	h.emit(CommandMoved{*c})
	h.retryLater(c)
}

// settleWrites takes back what a command that has ended desired, and, where it failed, what was
// only assumed because of it: the device is what it last said itself.
func (h *Home) settleWrites(c *Command) {
	if h.device(c.Device) == nil {
		return
	}
	failed := c.Status == model.TimedOut || c.Status == model.Rejected || c.Status == model.Contradicted
	dev := h.own(c.Device)
	for _, w := range c.Writes {
		i, ok := dev.shape.index[Slot{c.Endpoint, w.Attribute}]
		if !ok {
			continue
		}
		st := &dev.states[i]
		if st.Desired == w.Value {
			st.Desired = model.Value{}
		}
		if failed && st.Quality == model.Assumed && matches(dev.shape.props[i], w.Value, st.Value) {
			from, before, desired, source := st.Value, st.Before, st.Desired, st.Source
			*st = h.lastSaid(dev, i)
			if st.Value.IsUnknown() && !before.IsUnknown() { // a thing that never says itself what it is
				*st = State{Value: before, Quality: model.Assumed, Changed: h.at, Source: source}
			}
			st.Desired = desired
			h.changed(dev, i, from)
		}
	}
}

// endCommands ends what is under way for a device whose structure changes.
func (h *Home) endCommands(dev model.DeviceID, why string) {
	for _, id := range slices.Clone(h.pending[dev]) {
		h.end(h.change(id), model.Superseded, model.Reason{Code: model.ReasonNewer, Detail: why})
	}
}

// endImpossible ends what is under way for parts that a device no longer says it has.
func (h *Home) endImpossible(id model.DeviceID) {
	dev := h.device(id)
	for _, id := range slices.Clone(h.pending[id]) {
		c := h.st.Commands[id]
		lost := c.Action != "" && !dev.HasAction(c.Endpoint, c.Action) || slices.ContainsFunc(c.Writes, func(w WriteState) bool {
			p := dev.Property(Slot{c.Endpoint, w.Attribute})
			return p == nil || !p.Access.CanWrite()
		})
		if lost {
			h.end(h.change(id), model.Rejected, model.Reason{Code: model.ReasonUnsupported, Detail: "the device no longer has this"})
		}
	}
}

// await counts a command among those under way.
func (h *Home) await(c *Command) {
	h.pending[c.Device] = append(h.pending[c.Device], c.ID)
	h.underWay++
}

// trimCommands forgets the oldest commands that have ended; those under way stay. They are near the front, so it looks
// no further than it must.
func (h *Home) trimCommands() {
	over := len(h.st.Order) - max(h.underWay, keepCommands)
	if over <= 0 {
		return
	}
	old := 0 // under way, though older than some that are forgotten
	for i, id := range h.st.Order {
		if h.st.Commands[id].Ended.IsZero() {
			h.st.Order[old] = id
			old++
			continue
		}
		delete(h.st.Commands, id)
		if over--; over == 0 {
			copy(h.st.Order[i+1-old:], h.st.Order[:old])
			h.st.Order = h.st.Order[i+1-old:]
			return
		}
	}
}
