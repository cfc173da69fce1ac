package hub

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/google/go-cmp/cmp"
)

// quietHub is a hub of which only the queue counts.
func quietHub() *Hub { return &Hub{queue: newQueue(), log: slog.New(slog.DiscardHandler)} }

func (h *Hub) bodies() []home.Body {
	h.queue.mu.Lock()
	defer h.queue.mu.Unlock()
	var out []home.Body
	for _, it := range h.queue.items {
		out = append(out, it.body)
	}
	return out
}

func TestTheHouseIsToldWhenTheClockIsSet(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []time.Duration // of the wall's clock against the even one, each between two looks
		want  []home.Body
	}{
		{"never", []time.Duration{0, 0}, nil},
		{"corrected slowly", []time.Duration{time.Second, -time.Second}, nil},
		{"an hour back", []time.Duration{0, -time.Hour, 0}, []home.Body{home.ClockStepped{By: -time.Hour}}},
		{"from the epoch to now, and once more", []time.Duration{50 * 365 * 24 * time.Hour, 2 * time.Second}, []home.Body{home.ClockStepped{By: 50 * 365 * 24 * time.Hour}, home.ClockStepped{By: 2 * time.Second}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, even := quietHub(), systemClock()
				var off atomic.Int64 // nanoseconds
				ctx, stop := context.WithCancel(t.Context())
				go h.watchClock(ctx, func() (time.Time, time.Duration) {
					wall, run := even()
					return wall.Add(time.Duration(off.Load())), run
				})
				<-time.After(lookAtClock / 2) // between two looks
				for _, by := range tt.steps {
					off.Add(int64(by))
					<-time.After(lookAtClock)
					synctest.Wait()
				}
				stop()
				synctest.Wait()
				if diff := cmp.Diff(tt.want, h.bodies()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestOnlyMessagesOfAReasonableSizeReachScenes(t *testing.T) {
	h := quietHub()
	h.Heard("bell", []byte("ding\xff"))
	h.Heard("film", []byte(strings.Repeat("x", maxPayload+1)))
	if diff := cmp.Diff([]home.Body{home.TopicHeard{Topic: "bell", Payload: "ding\ufffd"}}, h.bodies()); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyTheScenesTimersAtTheBeginningOfABatchShareACommit(t *testing.T) {
	timer := func(id string) item { return item{body: home.Fired{Timer: id}} }
	for _, tt := range []struct {
		name  string
		batch []item
		want  int
	}{
		{"none", []item{timer("deadline/c")}, 0},
		{"two, then a command's", []item{timer("scene/a/1/0"), timer("scene/b/1/0"), timer("deadline/c"), timer("scene/c/1/0")}, 2},
		{"a command that waited", []item{{late: &model.Command{}}}, 0},
		{"an empty batch", nil, 0},
	} {
		if got := sceneTimers(tt.batch); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}
