package home

import (
	"fmt"
	"strings"

	"github.com/concord-home/hub/model"
)

// Proposal is a guess that two devices are one, for a person to accept or dismiss.
type Proposal struct {
	ID        string         `json:"id"`
	A         model.DeviceID `json:"a"`
	B         model.DeviceID `json:"b"`
	Evidence  []string       `json:"evidence"`
	Dismissed bool           `json:"dismissed,omitempty"`
}

// What is proposed at most: twenty equal lamps of two adapters are four hundred pairs that nobody reads.
const (
	mostProposals    = 200
	mostPerNewDevice = 3
)

// propose reports whether it was worth proposing.
func (h *Home) propose(a, b model.DeviceID, evidence []string) bool {
	p := proposal(a, b, evidence)
	if _, known := h.st.Proposals[p.ID]; known || a == b || h.apart(h.device(a).Sources, h.device(b).Sources) {
		return false
	}
	open := 0
	for _, p := range h.st.Proposals {
		if !p.Dismissed {
			open++
		}
	}
	if open >= mostProposals {
		return false
	}
	h.st.Proposals[p.ID] = p
	h.emit(HouseMoved{Seq: h.seq, What: "proposals"})
	return true
}

func proposal(a, b model.DeviceID, evidence []string) Proposal {
	if b < a {
		a, b = b, a
	}
	return Proposal{ID: string(a) + "-" + string(b), A: a, B: b, Evidence: evidence}
}

// proposeLikely looks for devices of other adapters that are probably the same thing. No weak
// sign merges by itself: two equal lamps in one room are two lamps.
func (h *Home) proposeLikely(dev *Device) {
	mine := h.source(dev.Sources[0])
	made := 0
	for _, other := range h.devices {
		theirs := h.source(other.Sources[0])
		if other.ID == dev.ID || theirs.adapter() == mine.adapter() {
			continue
		}
		if ev := evidence(mine.Description, theirs.Description); len(ev) >= 2 && h.propose(dev.ID, other.ID, ev) {
			if made++; made == mostPerNewDevice {
				return
			}
		}
	}
}

func evidence(a, b model.Description) []string {
	if a.Type != b.Type {
		return nil
	}
	var out []string
	same := func(what, x, y string) {
		if x != "" && strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(y)) {
			out = append(out, fmt.Sprintf("the same %s %q", what, x))
		}
	}
	same("name", a.Name, b.Name)
	same("vendor", a.Vendor, b.Vendor)
	same("model", a.Model, b.Model)
	return out
}

func (h *Home) settle(b Settled) error {
	p, ok := h.st.Proposals[b.Proposal]
	if !ok {
		return refuse("proposal", b.Proposal, "the id of an open proposal")
	}
	if b.Accept {
		into, from := p.A, p.B
		if h.deviceN[from] < h.deviceN[into] { // the one that has been here longer stays
			into, from = from, into
		}
		return h.merge(Merged{Into: into, From: from})
	}
	p.Dismissed = true
	h.st.Proposals[b.Proposal] = p
	h.emit(HouseMoved{Seq: h.seq, What: "proposals"})
	return nil
}

// moveProposals makes what was proposed of one device a proposal of another; of "" it is dropped.
func (h *Home) moveProposals(from, to model.DeviceID) {
	moved := false
	for _, id := range sortedKeys(h.st.Proposals) {
		p := h.st.Proposals[id]
		if p.A != from && p.B != from {
			continue
		}
		moved = true
		delete(h.st.Proposals, id)
		other := p.A
		if other == from {
			other = p.B
		}
		again := proposal(to, other, p.Evidence)
		again.Dismissed = p.Dismissed
		if _, known := h.st.Proposals[again.ID]; !known && to != "" && to != other {
			h.st.Proposals[again.ID] = again
		}
	}
	if moved {
		h.emit(HouseMoved{Seq: h.seq, What: "proposals"})
	}
}
