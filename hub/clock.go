package hub

import (
	"context"
	"encoding/json"
	"slices"
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

// systemClock reads the wall's clock and, since it was made, one that runs on evenly whatever the first is set to.
func systemClock() func() (wall time.Time, run time.Duration) {
	began := time.Now()
	return func() (time.Time, time.Duration) {
		now := time.Now()
		return now.Round(0), now.Sub(began)
	}
}

// watchClock tells the house when the system's clock is set: timers go by another clock that never is.
func (h *Hub) watchClock(ctx context.Context, read func() (wall time.Time, run time.Duration)) {
	tick := time.NewTicker(lookAtClock)
	defer tick.Stop()
	wall, run := read()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			nowWall, nowRun := read()
			by := nowWall.Sub(wall) - (nowRun - run)
			if by.Abs() >= clockStep {
				h.log.Warn("the system's clock was set", "by", by)
				h.queue.push(item{body: home.ClockStepped{By: by}})
			}
			wall, run = nowWall, nowRun
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

// sceneTimers is how many facts at the beginning of a batch say that a scene's timer is due.
func sceneTimers(batch []item) int {
	n := 0
	for n < len(batch) {
		fired, ok := batch[n].body.(home.Fired)
		if !ok || !strings.HasPrefix(fired.Timer, home.SceneTimer) {
			break
		}
		n++
	}
	return n
}

// applyDurably takes timers of scenes: what they lead to is carried out only when it is on disk that they fired. Else a
// kill in between would have a timer fire, and a device act, twice. Many at once share one commit.
func (h *Hub) applyDurably(batch []item) {
	var effects []home.Effect
	sends := false
	at := h.o.Now().UTC().Round(0)
	for _, it := range batch {
		h.mu.Lock()
		f := home.Fact{Seq: h.home.Seq() + 1, At: at, Body: it.body}
		more, err := h.home.Apply(f)
		h.mu.Unlock()
		h.metrics.Facts.Add(1)
		if err != nil { // a timer is never refused
			continue
		}
		effects = append(effects, more...)
		sends = sends || slices.ContainsFunc(more, func(e home.Effect) bool { _, ok := e.(home.Send); return ok })
		h.keep(f)
	}
	if sends {
		ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
		if err := h.o.Store.Sync(ctx); err != nil { // a full disk must not stop the house
			h.log.Warn("scenes' timers are not on disk", "err", err)
		}
		cancel()
	}
	h.carryOut(effects, at)
	h.tellWaiters(effects)
}

// commitPatience is how long a scene's timer waits for the disk.
const commitPatience = 2 * time.Second

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
