package hub_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/store"
)

// wire is a lamp behind an adapter of its own kind: what it is told, it does and reports.
type wire struct {
	hub  atomic.Pointer[adapters.Hub]
	runs atomic.Int32
	fail chan error // what Run returns when told to
	deaf atomic.Bool
}

func newWire() *wire { return &wire{fail: make(chan error)} }

func (w *wire) Name() string { return "wire" }

func (w *wire) Run(ctx context.Context, h adapters.Hub) error {
	w.runs.Add(1)
	w.hub.Store(&h)
	on := *model.LookupAttribute("on_off.on")
	h.Describe(model.Description{Source: "wire/1", Name: "lamp", Type: "light_on_off", CommandTimeout: 200 * time.Millisecond,
		Endpoints: []model.EndpointDescription{{ID: "main", Type: "light_on_off", Properties: []model.Property{on}}}})
	w.say(false)
	select {
	case err := <-w.fail:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (w *wire) say(on bool) {
	(*w.hub.Load()).Report("wire/1", []model.Reading{{Endpoint: "main", Attribute: "on_off.on", Value: model.Bool(on)}})
}

func (w *wire) Execute(c model.Command) {
	if w.deaf.Load() {
		return
	}
	(*w.hub.Load()).Outcome(c.ID, model.Outcome{Status: model.Acked})
	on, _ := c.Writes[0].Value.Bool()
	w.say(on)
}

// running starts a hub over a data directory; stop ends it as a shutdown does.
func running(t *testing.T, dir string, as ...adapters.Adapter) (h *hub.Hub, stop func()) {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err = hub.New(t.Context(), hub.Options{Store: s, Adapters: as})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return h, stop
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("never: " + what)
		}
	}
}

func lampID(t *testing.T, h *hub.Hub) model.DeviceID {
	t.Helper()
	eventually(t, "the lamp is known and its state heard", func() bool {
		ds := h.View().Devices()
		if len(ds) != 1 {
			return false
		}
		st, _ := ds[0].State(home.Slot{Endpoint: "main", Attribute: "on_off.on"})
		return st.Quality == model.Good
	})
	return h.View().Devices()[0].ID
}

func turn(id model.DeviceID, on bool) home.Ask {
	return home.Ask{Device: id, Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(on)}}}
}

func TestACommandIsCarriedOutAndConfirmed(t *testing.T) {
	h, _ := running(t, t.TempDir(), newWire())
	var stages []model.Status
	c, err := h.Command(t.Context(), turn(lampID(t, h), true), func(c home.Command) { stages = append(stages, c.Status) })
	if err != nil || c.Status != model.Confirmed {
		t.Fatalf("%v %+v", err, c)
	}
	if stages[0] != model.Accepted || stages[1] != model.Sent {
		t.Errorf("stages %v", stages)
	}
}

func TestACommandThatNobodyAnswersTimesOut(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	id := lampID(t, h)
	w.deaf.Store(true)
	c, err := h.Command(t.Context(), turn(id, true), nil)
	if err != nil || c.Status != model.TimedOut || c.Reason.Code != model.ReasonNoAnswer {
		t.Fatalf("%v %+v", err, c)
	}
}

func TestARefusalReachesTheAsker(t *testing.T) {
	h, _ := running(t, t.TempDir(), newWire())
	_, err := h.Command(t.Context(), turn("nobody", true), nil)
	var refused *home.CommandError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if err := h.Do(t.Context(), home.Named{Device: "nobody", Name: "x"}); err == nil {
		t.Error("naming nobody must be refused")
	}
}

func TestTheHouseIsTheSameAfterARestart(t *testing.T) {
	dir := t.TempDir()
	h, stop := running(t, dir, newWire())
	id := lampID(t, h)
	for _, b := range []home.Body{home.RoomSet{Room: home.Room{ID: "r1", Names: map[string]string{"": "客厅"}}}, home.Placed{Device: id, Room: "r1"}, home.Named{Device: id, Name: "灯"}} {
		if err := h.Do(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Command(t.Context(), turn(id, true), nil); err != nil {
		t.Fatal(err)
	}
	stop()

	again, _ := running(t, dir) // without its adapter
	eventually(t, "the restart is noticed", func() bool {
		st, _ := again.View().Devices()[0].State(home.Slot{Endpoint: "main", Attribute: "on_off.on"})
		return st.Quality == model.Restored
	})
	d := again.View().Device(id)
	st, _ := d.State(home.Slot{Endpoint: "main", Attribute: "on_off.on"})
	if d.Name("") != "灯" || d.Room != "r1" || st.Value != model.Bool(true) {
		t.Errorf("after the restart: %s in %s, %v", d.Name(""), d.Room, st.Value)
	}
	c, err := again.Command(t.Context(), turn(id, false), nil)
	if err != nil || c.Status != model.Rejected {
		t.Errorf("without its adapter a command must be rejected: %v %v", err, c.Status)
	}
}

func TestAnAdapterThatFailsIsStartedAgainAndItsDevicesAreUnreachableMeanwhile(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	lampID(t, h)
	w.fail <- errors.New("the cable is out")
	eventually(t, "the lamp is unreachable", func() bool {
		ok, why := h.View().Reachable(h.View().Devices()[0])
		return !ok && why == "its adapter failed: the cable is out"
	})
	eventually(t, "the adapter runs again", func() bool { return w.runs.Load() == 2 })
	if s := h.Adapters()[0]; s.Restarts != 1 || s.Problem == "" {
		t.Errorf("status %+v", s)
	}
}

func TestASlowSubscriberIsToldWhatItMissedAndHoldsNobodyUp(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	lampID(t, h)
	sub := h.Subscribe(16)
	defer sub.Close()
	before := h.Metrics().Facts.Load()
	for i := range 100 {
		w.say(i%2 == 0)
	}
	w.say(true)
	eventually(t, "all facts are applied", func() bool { return h.Metrics().Facts.Load() >= before+101 })
	for range 16 {
		<-sub.C
	}
	w.say(false)
	eventually(t, "the gap is told", func() bool {
		_, lagged := (<-sub.C).(hub.Lagged)
		return lagged
	})
}

func TestHistoryKeepsWhatChanged(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	id := lampID(t, h)
	if _, err := h.Command(t.Context(), turn(id, true), nil); err != nil {
		t.Fatal(err)
	}
	got, err := h.Store().Samples(t.Context(), hub.SeriesName(id, "main", "on_off.on"), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), 10)
	if err != nil || len(got) == 0 || got[len(got)-1].Num != 1 {
		t.Errorf("%v %v", got, err)
	}
}

func TestABurstThenSilenceLeavesNoSubscriberInTheDark(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	lampID(t, h)
	sub := h.Subscribe(16)
	defer sub.Close()
	before := h.Metrics().Facts.Load()
	for i := range 100 {
		w.say(i%2 == 0)
	}
	eventually(t, "all facts are applied", func() bool { return h.Metrics().Facts.Load() >= before+100 })
	for n := 0; ; n++ {
		select {
		case e := <-sub.C:
			if _, lagged := e.(hub.Lagged); lagged {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("after %d effects nothing says that there were more", n)
		}
	}
}

func TestOneCommandIDIsOneCommand(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	a := turn(lampID(t, h), true)
	a.ID = "mine"
	w.deaf.Store(true)
	ended := make(chan home.Command, 1)
	sent := make(chan struct{})
	go func() {
		c, _ := h.Command(context.Background(), a, func(c home.Command) {
			if c.Status == model.Sent {
				close(sent)
			}
		})
		ended <- c
	}()
	<-sent
	var refused *home.CommandError
	if _, err := h.Command(t.Context(), a, nil); !errors.As(err, &refused) {
		t.Errorf("the same id again: %v", err)
	}
	if c := <-ended; c.Status != model.TimedOut {
		t.Errorf("the first was not told its end: %+v", c)
	}
}

// stranger is an adapter with nothing of its own that answers for others.
type stranger struct{ hub chan adapters.Hub }

func (s stranger) Name() string { return "stranger" }
func (s stranger) Run(ctx context.Context, h adapters.Hub) error {
	s.hub <- h
	<-ctx.Done()
	return nil
}
func (s stranger) Execute(model.Command) {}

func TestAnAdapterDoesNotAnswerForAnother(t *testing.T) {
	w, s := newWire(), stranger{make(chan adapters.Hub, 1)}
	h, _ := running(t, t.TempDir(), w, s)
	a := turn(lampID(t, h), true)
	w.deaf.Store(true)
	other := <-s.hub
	c, err := h.Command(t.Context(), a, func(c home.Command) {
		if c.Status == model.Sent {
			other.Outcome(c.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonDeviceError}})
		}
	})
	if err != nil || c.Status != model.TimedOut {
		t.Errorf("%v %s: another adapter's word ended it", err, c.Status)
	}
}

func TestAReasonThatComesAfterTheEndIsNoSecondCommand(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	id := lampID(t, h)
	w.deaf.Store(true)
	c, err := h.Command(t.Context(), turn(id, true), nil)
	if err != nil {
		t.Fatal(err)
	}
	(*w.hub.Load()).Outcome(c.ID, model.Outcome{Status: model.TimedOut, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: "no route"}})
	eventually(t, "the reason is known", func() bool {
		c, _ := h.View().Command(c.ID)
		return c.Reason.Detail == "no route"
	})
	if s := h.Adapters()[0]; s.Commands != 1 || s.Failed != 1 {
		t.Errorf("%d commands, %d failed", s.Commands, s.Failed)
	}
}

func TestTwoAdaptersOfOneNameAreRefused(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := hub.New(t.Context(), hub.Options{Store: s, Adapters: []adapters.Adapter{newWire(), newWire()}}); err == nil {
		t.Error("one of them would be silently lost")
	}
}
