package home

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

const (
	attemptTimer  = "attempt/"
	deadlineTimer = "deadline/"
	// retryTimer is that of a scene's command to be sent anew.
	retryTimer = "retry/"
)

// SceneTimer begins the names of the scenes' timers; the scene's id, "/" and what the engine likes follow.
const SceneTimer = "scene/"

func (h *Home) setTimer(id string, at time.Time) {
	h.st.Timers[id] = at.UnixNano()
	h.emit(SetTimer{Timer: id, At: unixNano(at.UnixNano())})
}

func (h *Home) clearTimer(id string) {
	if _, set := h.st.Timers[id]; set {
		delete(h.st.Timers, id)
		h.emit(ClearTimer{Timer: id})
	}
}

// clearTimers takes back all wishes whose names begin so.
func (h *Home) clearTimers(prefix string) {
	for _, id := range sortedKeys(h.st.Timers) {
		if strings.HasPrefix(id, prefix) {
			h.clearTimer(id)
		}
	}
}

// renewTimers asks for all timers anew, in the order in which they are due: whoever fires what is
// overdue at once fires it in that order too.
func (h *Home) renewTimers() {
	ids := sortedKeys(h.st.Timers)
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(h.st.Timers[a], h.st.Timers[b]) })
	for _, id := range ids {
		h.emit(SetTimer{Timer: id, At: unixNano(h.st.Timers[id])})
	}
}

// fire takes a timer: a path's patience, a command's deadline, or one of the scenes'. One that
// was taken back or moved while it fired is nothing.
func (h *Home) fire(b Fired) {
	due, set := h.st.Timers[b.Timer]
	if !set || (!b.Due.IsZero() && b.Due.UnixNano() != due) {
		return
	}
	delete(h.st.Timers, b.Timer)
	if id, ok := strings.CutPrefix(b.Timer, attemptTimer); ok {
		if c := h.st.Commands[model.CommandID(id)]; c != nil && c.Status == model.Sent {
			h.sendNext(h.change(c.ID))
		}
		return
	}
	if id, ok := strings.CutPrefix(b.Timer, deadlineTimer); ok {
		if c := h.st.Commands[model.CommandID(id)]; c != nil && c.Ended.IsZero() {
			h.expire(h.change(c.ID))
		}
		return
	}
	if id, ok := strings.CutPrefix(b.Timer, retryTimer); ok {
		h.retry(model.CommandID(id))
		return
	}
	if b.Timer == presenceTimer {
		h.sense(Signal{Kind: SignalTick}, "clock")
		return
	}
	h.occur(Occurrence{Kind: OccurredTimer, Timer: b.Timer, At: h.at, Cause: &model.Cause{Kind: model.CauseHub, Fact: h.seq, Text: "timer"}})
}

func unixNano(n int64) time.Time { return time.Unix(0, n).UTC() }
