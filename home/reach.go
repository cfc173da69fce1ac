package home

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/concord-home/hub/model"
)

// notHeard is why nothing can be reached at first after a restart.
const notHeard = "not heard since the hub started"

func (h *Home) reach(b Reached) error {
	src := h.ownSource(b.Source)
	if src == nil {
		return fmt.Errorf("%s, which no adapter has described, is said to be reachable: %v", b.Source, b.Reachable)
	}
	if b.Reachable {
		h.alive(src)
		return nil
	}
	if !src.Reachable && src.Why == b.Why {
		return nil
	}
	src.Reachable, src.Why = false, b.Why
	h.stale(src)
	h.emit(DeviceMoved{h.seq, src.Device, "reachability"})
	h.handOver(src)
	return nil
}

// alive takes a sign of life of a source.
func (h *Home) alive(src *Source) {
	if src.Reachable {
		return
	}
	src.Reachable, src.Why, src.Gone = true, "", false
	h.emit(DeviceMoved{h.seq, src.Device, "reachability"})
}

// stale marks what only this source vouched for: the value stays, with its age. What another
// source that can be reached says as well is that one's from now on.
func (h *Home) stale(src *Source) {
	for n := range src.reports {
		if src.reports[n].Quality == model.Good {
			src.reports[n].Quality = model.Stale
		}
	}
	dev := h.own(src.Device)
	for _, id := range dev.Sources {
		if other := h.source(id); other.Reachable {
			h.vouch(dev, src, other)
		}
	}
	for i := range dev.states {
		st := &dev.states[i]
		if st.Source == src.Description.Source && st.Quality == model.Good && dev.shape.props[i].Access != model.AccessConst {
			from := st.Value
			st.Quality = model.Stale
			h.changed(dev, i, from)
		}
	}
}

func (h *Home) vouch(dev *Device, gone, other *Source) {
	for n, i := range other.slot {
		if i < 0 {
			continue
		}
		st, said := &dev.states[i], &other.reports[n]
		if st.Source == gone.Description.Source && st.Quality == model.Good && said.Quality == model.Good && said.total() == st.Value {
			st.Source, st.Heard = other.Description.Source, unixNano(said.Heard)
		}
	}
}

// handOver sends over another path what a source that can no longer be reached was to carry out.
// Of a source that is gone nothing more will be heard.
func (h *Home) handOver(src *Source) {
	for _, id := range slices.Clone(h.pending[src.Device]) {
		c := h.st.Commands[id]
		if c.Status != model.Sent || c.path() != src.Description.Source {
			continue
		}
		c = h.change(id)
		if next := h.rest(c); len(next) > 0 && (src.Gone || h.source(next[0]).Reachable) {
			h.sendNext(c)
			continue
		}
		if src.Gone {
			h.end(c, model.Rejected, model.Reason{Code: model.ReasonUnreachable, Detail: cmp.Or(src.Why, "the device left its network")})
		}
	}
}

func (h *Home) leave(b Left) error {
	src := h.ownSource(b.Source)
	if src == nil {
		return fmt.Errorf("%s, which no adapter has described, is said to be gone", b.Source)
	}
	if src.Gone {
		return nil
	}
	src.Gone, src.Reachable, src.Why = true, false, b.Why
	h.stale(src)
	h.emit(DeviceMoved{h.seq, src.Device, "gone"})
	h.handOver(src)
	return nil
}

// start is the first fact after a restart: nothing remembered is taken for heard.
func (h *Home) start() {
	for i := range h.devices {
		dev := h.ownAt(i)
		for j := range dev.states {
			if st := &dev.states[j]; !st.Value.IsUnknown() && dev.shape.props[j].Access != model.AccessConst {
				st.Quality = model.Restored
			}
		}
	}
	for i := range h.sources {
		s := h.ownSource(h.sources[i].Description.Source)
		for n := range s.reports {
			if s.reports[n].Quality != "" {
				s.reports[n].Quality = model.Restored
			}
		}
		if s.Reachable {
			s.Reachable, s.Why = false, notHeard
		}
	}
	h.resend()
	h.renewTimers()
	h.occur(Occurrence{Kind: OccurredPlanned, At: h.at})
}
