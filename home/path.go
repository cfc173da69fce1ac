package home

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// patience is how long one of several paths may take to acknowledge before the next is tried.
const patience = 3 * time.Second

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
			return reachableFirst(a, b)
		}
		return cmp.Compare(a.Description.Rank, b.Description.Rank)
	})
	ids := make([]model.SourceID, len(out))
	for i, s := range out {
		ids[i] = s.Description.Source
	}
	return ids
}

func reachableFirst(a, b *Source) int {
	switch {
	case a.Reachable && !b.Reachable:
		return -1
	case b.Reachable && !a.Reachable:
		return 1
	}
	return 0
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
		if _, err := check(s.shape.props[i], s.raw(i, w.Value)); err != nil { // its range may be narrower than the device's
			return false
		}
	}
	return true
}

// raw takes a counter's offset out of a value again.
func (s *Source) raw(n int, v model.Value) model.Value {
	return s.reports[n].shifted(v, -s.reports[n].Offset)
}

// path is the source that a command was last sent over; "" before it was sent.
func (c *Command) path() model.SourceID {
	if c.Tried == 0 {
		return ""
	}
	return c.Paths[c.Tried-1]
}

// rest are the paths that are still to be tried, best first by what is known now.
func (h *Home) rest(c *Command) []model.SourceID {
	rest := slices.DeleteFunc(slices.Clone(c.Paths[c.Tried:]), func(id model.SourceID) bool {
		s := h.source(id)
		return s == nil || s.Gone || !s.can(c)
	})
	slices.SortStableFunc(rest, func(a, b model.SourceID) int { return reachableFirst(h.source(a), h.source(b)) })
	return rest
}

// sendNext sends a command over the next path; ok is false when none is left.
func (h *Home) sendNext(c *Command) (ok bool) {
	c.Paths = slices.Concat(c.Paths[:c.Tried], h.rest(c))
	if c.Tried == len(c.Paths) {
		return false
	}
	src := h.source(c.Paths[c.Tried])
	c.Tried++
	c.Status = model.Sent
	h.emit(Send{src.words(c)})
	h.emit(CommandMoved{*c})
	if c.Tried < len(c.Paths) {
		h.setTimer(attemptTimer+string(c.ID), h.at.Add(min(patience, c.Deadline.Sub(h.at)/2)))
	} else {
		h.clearTimer(attemptTimer + string(c.ID))
	}
	return true
}

// words are a command as the source takes it.
func (s *Source) words(c *Command) model.Command {
	ep := s.ownEndpoint(c.Endpoint)
	cmd := model.Command{ID: c.ID, Source: s.Description.Source, Endpoint: ep,
		Action: c.Action, Args: c.Args, Transition: c.Transition, Deadline: c.Deadline}
	for _, w := range c.Writes {
		cmd.Writes = append(cmd.Writes, model.Write{Attribute: w.Attribute, Value: s.raw(s.shape.index[Slot{ep, w.Attribute}], w.Value)})
	}
	return cmd
}

// asked reports whether a command was sent over a path of the adapter; "" is any.
func (c *Command) asked(adapter string) bool {
	return adapter == "" || slices.ContainsFunc(c.Paths[:c.Tried], func(s model.SourceID) bool { return adapterOf(s) == adapter })
}

func adapterOf(s model.SourceID) string {
	adapter, _, _ := strings.Cut(string(s), "/")
	return adapter
}

// answer takes what a path made of a command. A refusal sends it over the next path. What an
// adapter says that was not asked, or whose turn is over, changes nothing but that an
// earlier path may still have taken it.
func (h *Home) answer(b Answered) {
	now := h.st.Commands[b.Command]
	if now == nil || !now.asked(b.Adapter) {
		return
	}
	if !now.Ended.IsZero() {
		h.lateReason(b)
		return
	}
	c := h.change(b.Command)
	switch b.Outcome.Status {
	case model.Acked:
		c.AckedBy = cmp.Or(b.Adapter, adapterOf(c.path()))
		h.acked(c)
	case model.Rejected, model.TimedOut:
		adapter := cmp.Or(b.Adapter, adapterOf(c.path()))
		if adapter != adapterOf(c.path()) || (c.AckedBy != "" && c.AckedBy != adapter) {
			return
		}
		if !h.sendNext(c) {
			h.end(c, b.Outcome.Status, b.Outcome.Reason)
		}
	}
}

// lateReason adds the words of a path that answered after the deadline: they say why.
func (h *Home) lateReason(b Answered) {
	c := h.st.Commands[b.Command]
	if c.Status != model.TimedOut || b.Outcome.Status == model.Acked || b.Outcome.Reason.Detail == "" {
		return
	}
	c = h.change(b.Command)
	c.Reason = b.Outcome.Reason
	h.emit(CommandMoved{*c})
}
