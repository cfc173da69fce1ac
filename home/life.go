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

// patience is how long one of several paths may take to acknowledge before the next is tried.
const patience = 3 * time.Second

const (
	attemptTimer  = "attempt/"
	deadlineTimer = "deadline/"
)

// paths orders the sources that can carry a command: reachable first, then by rank.
func (h *Home) paths(dev *Device, c *Command) []model.SourceID {
	var out []*Source
	for _, id := range dev.Sources {
		if s := h.source(id); !s.Gone && s.can(c) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b *Source) int {
		if a.Reachable != b.Reachable {
			return map[bool]int{true: -1, false: 1}[a.Reachable]
		}
		return cmp.Compare(a.Description.Rank, b.Description.Rank)
	})
	ids := make([]model.SourceID, len(out))
	for i, s := range out {
		ids[i] = s.Description.Source
	}
	return ids
}

// can reports whether the source takes all of a command.
func (s *Source) can(c *Command) bool {
	ep := s.ownEndpoint(c.Endpoint)
	if c.Action != "" {
		return slices.ContainsFunc(s.shape.endpoints, func(e model.EndpointDescription) bool {
			return e.ID == ep && slices.Contains(e.Actions, c.Action)
		})
	}
	for _, w := range c.Writes {
		i, ok := s.shape.index[Slot{ep, w.Attribute}]
		if !ok || !s.shape.props[i].Access.CanWrite() {
			return false
		}
	}
	return true
}

// takeOn begins a command's life.
func (h *Home) takeOn(dev *Device, c *Command, timeout time.Duration) {
	if timeout <= 0 {
		for _, id := range c.Paths {
			timeout = max(timeout, h.source(id).Description.CommandTimeout)
		}
		timeout = cmp.Or(timeout, defaultTimeout)
	}
	c.Deadline = h.at.Add(min(timeout, maxTimeout))
	h.supersede(dev.ID, c)
	own := h.own(dev.ID)
	for _, w := range c.Writes {
		if i, ok := own.shape.index[Slot{c.Endpoint, w.Attribute}]; ok {
			own.states[i].Desired = w.Value
		}
	}
	h.st.Commands[c.ID] = c
	h.st.Order = append(h.st.Order, c.ID)
	h.pending[dev.ID] = append(h.pending[dev.ID], c.ID)
	h.trimCommands()
	h.emit(CommandMoved{*c})
	h.setTimer(deadlineTimer+string(c.ID), c.Deadline)
	h.sendNext(c)
}

// supersede ends commands under way that ask for the same attributes.
func (h *Home) supersede(dev model.DeviceID, by *Command) {
	for _, id := range slices.Clone(h.pending[dev]) {
		c := h.change(id)
		if c.Endpoint != by.Endpoint {
			continue
		}
		overlap := slices.ContainsFunc(c.Writes, func(w WriteState) bool {
			return slices.ContainsFunc(by.Writes, func(x WriteState) bool { return x.Attribute == w.Attribute })
		})
		if overlap {
			h.end(c, model.Superseded, model.Reason{Code: model.ReasonNewer, Detail: "a newer command came: " + string(by.ID)})
		}
	}
}

// change returns a command under way for changing: a copy, since effects and views hold the old.
func (h *Home) change(id model.CommandID) *Command {
	c := *h.st.Commands[id]
	c.Writes = slices.Clone(c.Writes)
	h.st.Commands[id] = &c
	return &c
}

// sendNext sends a command over the next path; ok is false when none is left.
func (h *Home) sendNext(c *Command) (ok bool) {
	if c.Tried >= len(c.Paths) {
		return false
	}
	src := h.source(c.Paths[c.Tried])
	if src == nil {
		c.Tried++
		return h.sendNext(c)
	}
	c.Tried++
	c.Status = model.Sent
	cmd := model.Command{ID: c.ID, Source: src.Description.Source, Endpoint: src.ownEndpoint(c.Endpoint),
		Action: c.Action, Args: c.Args, Transition: c.Transition, Deadline: c.Deadline}
	for _, w := range c.Writes {
		cmd.Writes = append(cmd.Writes, model.Write{Attribute: w.Attribute, Value: h.raw(c, w)})
	}
	h.emit(Send{cmd})
	h.emit(CommandMoved{*c})
	if c.Tried < len(c.Paths) {
		h.setTimer(attemptTimer+string(c.ID), h.at.Add(min(patience, c.Deadline.Sub(h.at)/2)))
	}
	return true
}

// raw takes a device's counter offset out of a value again.
func (h *Home) raw(c *Command, w WriteState) model.Value {
	off := h.device(c.Device).Offsets[Slot{c.Endpoint, w.Attribute}]
	if f, ok := w.Value.Number(); ok && off != 0 {
		return model.Number(f - off)
	}
	return w.Value
}

// answer takes what a path made of a command. A refusal sends it over the next path.
func (h *Home) answer(b Answered) {
	if c := h.st.Commands[b.Command]; c == nil || !c.Ended.IsZero() {
		h.lateReason(b)
		return
	}
	c := h.change(b.Command)
	switch b.Outcome.Status {
	case model.Acked:
		h.acked(c)
	case model.Rejected, model.TimedOut:
		if c.Status == model.Acked || !h.sendNext(c) {
			h.end(c, b.Outcome.Status, b.Outcome.Reason)
		}
	}
}

// lateReason adds the words of a path that answered after the deadline: they say why.
func (h *Home) lateReason(b Answered) {
	c := h.st.Commands[b.Command]
	if c == nil || c.Status != model.TimedOut || b.Outcome.Status == model.Acked || b.Outcome.Reason.Detail == "" {
		return
	}
	c = h.change(b.Command)
	c.Reason = b.Outcome.Reason
	h.emit(CommandMoved{*c})
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
		switch {
		case !matches(prop, c.Writes[j].Value, v):
			c.Writes[j].Reported, c.Writes[j].Confirmed = v, false
		case quality == model.Assumed:
			h.acked(c)
		default:
			c.Writes[j].Confirmed, c.Writes[j].Reported = true, model.Value{}
			if !slices.ContainsFunc(c.Writes, func(w WriteState) bool { return !w.Confirmed }) {
				h.end(c, model.Confirmed, model.Reason{})
			}
		}
	}
}

// fire takes a timer: a path's patience, a command's deadline, or one of the scenes'.
func (h *Home) fire(timer string) {
	delete(h.st.Timers, timer)
	if id, ok := strings.CutPrefix(timer, attemptTimer); ok {
		if c := h.st.Commands[model.CommandID(id)]; c != nil && c.Status == model.Sent {
			h.sendNext(h.change(c.ID))
		}
		return
	}
	if id, ok := strings.CutPrefix(timer, deadlineTimer); ok {
		if c := h.st.Commands[model.CommandID(id)]; c != nil && c.Ended.IsZero() {
			h.expire(h.change(c.ID))
		}
		return
	}
	if timer == presenceTimer {
		h.sense(Signal{Kind: SignalTick}, "clock")
		return
	}
	h.occur(Occurrence{Kind: OccurredTimer, Timer: timer, At: h.at, Cause: &model.Cause{Kind: model.CauseHub, Fact: h.seq, Text: "timer"}})
}

// expire ends a command whose deadline has come, by what is known then.
func (h *Home) expire(c *Command) {
	for _, w := range c.Writes {
		if !w.Reported.IsUnknown() {
			h.end(c, model.Contradicted, model.Reason{Code: model.ReasonMismatch,
				Detail: fmt.Sprintf("asked for %s %s, but the device reports %s", w.Attribute, w.Value, w.Reported)})
			return
		}
	}
	if c.Status == model.Acked {
		h.end(c, model.Acked, model.Reason{Detail: "taken; the device does not report back"})
		return
	}
	src := h.source(c.Paths[max(c.Tried, 1)-1])
	if src != nil && !src.Reachable {
		h.end(c, model.TimedOut, model.Reason{Code: model.ReasonUnreachable, Detail: cmp.Or(src.Why, "the device cannot be reached")})
		return
	}
	h.end(c, model.TimedOut, model.Reason{Code: model.ReasonNoAnswer,
		Detail: fmt.Sprintf("no answer within %s", c.Deadline.Sub(c.Asked).Round(time.Second))})
}

// end is the end of a command's life: nothing stays optimistic.
func (h *Home) end(c *Command, s model.Status, r model.Reason) {
	c.Status, c.Reason, c.Ended = s, r, h.at
	h.pending[c.Device] = slices.DeleteFunc(slices.Clone(h.pending[c.Device]), func(id model.CommandID) bool { return id == c.ID })
	if len(h.pending[c.Device]) == 0 {
		delete(h.pending, c.Device)
	}
	if h.device(c.Device) != nil {
		dev := h.own(c.Device)
		for _, w := range c.Writes {
			if i, ok := dev.shape.index[Slot{c.Endpoint, w.Attribute}]; ok && dev.states[i].Desired == w.Value {
				dev.states[i].Desired = model.Value{}
			}
		}
	}
	h.clearTimer(attemptTimer + string(c.ID))
	h.clearTimer(deadlineTimer + string(c.ID))
	h.emit(CommandMoved{*c})
}

// endCommands ends what is under way for a device whose structure changes.
func (h *Home) endCommands(dev model.DeviceID, why string) {
	for _, id := range slices.Clone(h.pending[dev]) {
		h.end(h.change(id), model.Superseded, model.Reason{Code: model.ReasonNewer, Detail: why})
	}
}

func (h *Home) trimCommands() {
	for len(h.st.Order) > keepCommands {
		oldest := h.st.Commands[h.st.Order[0]]
		if oldest.Ended.IsZero() {
			return
		}
		delete(h.st.Commands, oldest.ID)
		h.st.Order = h.st.Order[1:]
	}
}

func (h *Home) setTimer(id string, at time.Time) {
	h.st.Timers[id] = at.UnixNano()
	h.emit(SetTimer{Timer: id, At: at})
}

func (h *Home) clearTimer(id string) {
	if _, set := h.st.Timers[id]; set {
		delete(h.st.Timers, id)
		h.emit(ClearTimer{Timer: id})
	}
}

func unixNano(n int64) time.Time { return time.Unix(0, n).UTC() }
