package hub

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/store"
)

// A step of the system's clock is noticed within lookAtClock, when it is longer than a slow correction makes.
const (
	lookAtClock = 2 * time.Second
	clockStep   = 1500 * time.Millisecond
)

// watchClock tells the house when the system's clock is set: timers go by another clock that never is.
func (h *Hub) watchClock(ctx context.Context) {
	tick := time.NewTicker(lookAtClock)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			now := time.Now()
			by := now.Round(0).Sub(last.Round(0)) - now.Sub(last) // by the wall less by the monotonic clock
			if by.Abs() >= clockStep {
				h.log.Warn("the system's clock was set", "by", by)
				h.queue.push(item{body: home.ClockStepped{By: by}})
			}
			last = now
		}
	}
}

// maxPayload bounds what a scene sees of a message, and what the history takes as one text; bytes.
const maxPayload = 4096

// Heard passes on a message of a topic that a scene waits for.
func (h *Hub) Heard(topic string, payload []byte) {
	if len(payload) <= maxPayload {
		h.queue.push(item{body: home.TopicHeard{Topic: topic, Payload: strings.ToValidUTF8(string(payload), "\ufffd")}})
	}
}

// SceneSeries is the name under which a scene's evaluations are kept in the history, as JSON texts.
func SceneSeries(scene string) string { return "scene/" + scene }

// remember keeps why a scene ran or did not, within the history's disk budget.
func (h *Hub) remember(e home.Evaluation) {
	b, err := json.Marshal(e)
	if err == nil && len(b) > maxPayload { // the outcome and the checks are what counts
		e.Cause, e.Refused, e.Held, e.Checks = nil, nil, nil, e.Checks[:min(len(e.Checks), 4)]
		b, err = json.Marshal(e)
	}
	if err != nil {
		h.log.Error("an evaluation is not kept", "scene", e.Scene, "err", err)
		return
	}
	h.o.Store.Record(store.Sample{Series: SceneSeries(e.Scene), At: e.At, Text: string(b), IsText: true})
}
