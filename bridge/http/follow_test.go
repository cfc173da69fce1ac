package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// sseEvent is one message of a stream.
type sseEvent struct{ typ, data, id string }

// resume opens a stream of events and hands over what comes; last is the id of the event that was had last.
func (r *rig) resume(ctx context.Context, last string) <-chan sseEvent {
	r.t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", r.base+"/api/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.local)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	out := make(chan sseEvent, 256)
	go func() {
		defer close(out)
		defer res.Body.Close()
		var e sseEvent
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "event":
				e.typ = value
			case "data":
				e.data = value
			case "id":
				e.id = value
			case "":
				out <- e
				e = sseEvent{}
			}
		}
	}()
	return out
}

// next waits for a message that fits.
func next(t *testing.T, c <-chan sseEvent, fits func(sseEvent) bool) sseEvent {
	t.Helper()
	for e := range c {
		if fits(e) {
			return e
		}
	}
	t.Fatal("the stream ended")
	return sseEvent{}
}

func resumed(t *testing.T, e sseEvent) bool {
	t.Helper()
	var body struct{ Data struct{ Resumed bool } }
	if err := json.Unmarshal([]byte(e.data), &body); err != nil {
		t.Fatal(err)
	}
	return body.Data.Resumed
}

func TestAStreamGoesOnWhereItWasCut(t *testing.T) {
	r := newRig(t)
	ctx, cut := context.WithCancel(t.Context())
	first := r.resume(ctx, "")
	if resumed(t, next(t, first, func(e sseEvent) bool { return e.typ == "snapshot" })) {
		t.Error("a first stream says that it resumes")
	}
	r.do(home.Named{Device: r.id("lamp"), Lang: "zh", Name: "灯"})
	id := next(t, first, func(e sseEvent) bool { return e.id != "" && strings.Contains(e.id, "-") }).id
	next(t, first, func(e sseEvent) bool { return e.typ == "device" || e.id != "" })
	cut()
	missed := home.Named{Device: r.id("sensor"), Lang: "zh", Name: "传感器"}
	r.do(missed)

	ctx, cut = context.WithCancel(t.Context())
	defer cut()
	again := r.resume(ctx, id)
	if !resumed(t, next(t, again, func(e sseEvent) bool { return e.typ == "snapshot" })) {
		t.Error("the stream does not resume")
	}
	next(t, again, func(e sseEvent) bool { return e.typ == "device" && strings.Contains(e.data, string(missed.Device)) })
}

func TestAStreamOfAnotherRunOrFromLongAgoBeginsAnew(t *testing.T) {
	r := newRig(t)
	for _, id := range []string{"r0-1", r.server.run + "-0", r.server.run + "-x", "-", "nonsense"} {
		ctx, cut := context.WithCancel(t.Context())
		if resumed(t, next(t, r.resume(ctx, id), func(e sseEvent) bool { return e.typ == "snapshot" })) {
			t.Errorf("%q is resumed", id)
		}
		cut()
	}
}

func TestTheBacklogForgetsTheOldestAndSaysSo(t *testing.T) {
	var r recent
	if _, ok := r.since(0); ok {
		t.Error("what was never followed is known")
	}
	r.begin(10)
	for seq := uint64(11); seq <= 10+2*backlog; seq++ {
		r.keep(home.HouseMoved{Seq: seq, What: "rooms"})
		if seq%3 == 0 {
			r.keep(home.CommandMoved{}) // has no number of its own
		}
	}
	if _, ok := r.since(10); ok {
		t.Error("the forgotten beginning is known")
	}
	last := uint64(10 + 2*backlog)
	got, ok := r.since(last - 5)
	if !ok || len(got) < 5 {
		t.Errorf("the last five: %d, %v", len(got), ok)
	}
	r.begin(last + 7)
	if _, ok := r.since(last); ok {
		t.Error("what was missed is known")
	}
}

func TestWhatIsOfNoTypeOfTheHouseTellsOfAGap(t *testing.T) {
	type lagged struct{ home.Refused }
	if !missedSome(lagged{}) || missedSome(home.Refused{}) || missedSome(home.Changed{State: home.State{Value: model.Bool(true)}}) {
		t.Error("a gap is not told from effects")
	}
}
