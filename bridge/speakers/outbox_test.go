package speakers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// cloud is a platform that hears reports, and takes none with a device in bad.
type cloud struct {
	mu      sync.Mutex
	bad     string
	told    []string
	resyncs int
}

func (*cloud) Platform() string { return "test" }

func (c *cloud) Report(_ context.Context, _ string, devices []*home.Device) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range devices {
		if string(d.ID) == c.bad {
			return fmt.Errorf("400: %w", speakers.ErrRejected)
		}
	}
	for _, d := range devices {
		c.told = append(c.told, string(d.ID))
	}
	return nil
}

func (c *cloud) Resync(context.Context, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resyncs++
	return nil
}

func (c *cloud) heard(f func() bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f()
}

// rig is a house with an account of a platform that was told of lamp and plug.
type rig struct {
	*speakertest.House
	cloud *cloud
	now   atomic.Int64
	t     *testing.T
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, cloud: &cloud{}}
	r.now.Store(speakertest.Now().Unix())
	on := map[model.Attribute]model.Value{speakers.On: model.Bool(false)}
	r.House = speakertest.With(t, speakers.Options{Now: func() time.Time { return time.Unix(r.now.Load(), 0) }}, speakertest.Ware{ID: "lamp", Kind: "light_on_off", Values: on}, speakertest.Ware{ID: "plug", Kind: "plug", Values: on})
	r.Core.AddReporter(r.cloud)
	if err := r.Core.Synced(t.Context(), speakers.Link{ID: "u1", Platform: "test"}, []model.DeviceID{model.DeviceID(r.ID["lamp"]), model.DeviceID(r.ID["plug"])}); err != nil {
		t.Fatal(err)
	}
	return r
}

// until sends what is due until something is so.
func (r *rig) until(what string, so func() bool) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); !r.cloud.heard(so); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("not %s", what)
		}
		r.Core.Flush(r.t.Context())
	}
}

func (r *rig) tell(b home.Body) {
	r.t.Helper()
	if err := r.Hub.Do(r.t.Context(), b); err != nil {
		r.t.Fatal(err)
	}
}

func TestWhatChangesWhileAPlatformWasJustAskedToDiscoverIsAskedForLater(t *testing.T) {
	r := newRig(t)
	asked := func(n int) func() bool { return func() bool { return r.cloud.resyncs >= n } }
	lamp := model.DeviceID(r.ID["lamp"])
	r.tell(home.Named{Device: lamp, Name: "one"})
	r.until("asked after a rename", asked(1))
	r.tell(home.Named{Device: lamp, Name: "two"})
	r.Ready()
	r.Core.Flush(t.Context())
	before := 0
	r.cloud.heard(func() bool { before = r.cloud.resyncs; return true })
	r.now.Add(120)
	r.until("asked for the second name a minute later", asked(before+1))
	r.now.Add(7200)
	r.cloud.heard(func() bool { before = r.cloud.resyncs; return true })
	r.tell(home.SceneSet{ID: "s", Document: json.RawMessage(`{"then":[{"device":"` + r.ID["lamp"] + `","set":{"on_off.on":true}}]}`)})
	r.until("asked after a scene", asked(before+1))
	r.now.Add(7200)
	r.cloud.heard(func() bool { before = r.cloud.resyncs; return true })
	if err := r.Core.Expose(t.Context(), "test", lamp, false); err != nil {
		t.Fatal(err)
	}
	r.until("asked after a device was hidden", asked(before+1))
}

func TestOneReportThatAPlatformDoesNotTakeHoldsUpNoOther(t *testing.T) {
	r := newRig(t)
	r.cloud.bad = r.ID["lamp"]
	r.House.Report("lamp", speakers.On, model.Bool(true))
	r.House.Report("plug", speakers.On, model.Bool(true))
	r.until("told of the plug", func() bool { return slices.Contains(r.cloud.told, r.ID["plug"]) })
	r.until("rid of the lamp's", func() bool { return r.Core.Waiting() == 0 && r.Core.LastFailure("test") != "" })
}

func TestALinkThatTheHouseEndedIsToldNothing(t *testing.T) {
	r := newRig(t)
	if err := r.Core.Links().Unlink(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	r.House.Report("lamp", speakers.On, model.Bool(true))
	r.Ready()
	r.until("forgotten", func() bool {
		return len(r.Core.Gone(speakers.Link{ID: "u1", Platform: "test"}, nil)) == 0 && r.Core.Waiting() == 0
	})
	if r.cloud.heard(func() bool { return len(r.cloud.told) > 0 }) {
		t.Errorf("told of %v", r.cloud.told)
	}
}
