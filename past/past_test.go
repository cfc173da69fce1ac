package past_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/past"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

var began = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// recorded is a house whose facts and snapshots go to a store, as a hub's do.
type recorded struct {
	t     *testing.T
	h     *home.Home
	s     *store.Store
	now   time.Time
	lamp  model.DeviceID
	views map[time.Time]string // what the lamp's brightness was
}

func newRecorded(t *testing.T) *recorded {
	x := &recorded{t: t, h: home.New(scenes.New(), presence.New()), now: began, views: map[time.Time]string{}}
	var err error
	if x.s, err = store.Open(t.TempDir(), store.Options{Now: func() time.Time { return x.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.s.Close() })
	x.do(home.Described{Description: model.Description{Source: "test/lamp", Name: "lamp", Endpoints: []model.EndpointDescription{{ID: "main",
		Properties: []model.Property{*model.LookupAttribute("level.level"), *model.LookupAttribute("on_off.on")}}}}})
	x.lamp = x.h.View().Devices()[0].ID
	return x
}

func (x *recorded) do(b home.Body) {
	x.t.Helper()
	f := home.Fact{Seq: x.h.Seq() + 1, At: x.now, Body: b}
	if _, err := x.h.Apply(f); err != nil {
		x.t.Fatal(err)
	}
	data, err := f.Encode()
	if err != nil {
		x.t.Fatal(err)
	}
	x.s.Append(store.Entry{Seq: f.Seq, At: f.At, Data: data})
}

// days lets the lamp be reported every hour, with a snapshot each noon.
func (x *recorded) days(n int) {
	for h := range n * 24 {
		x.now = began.Add(time.Duration(h)*time.Hour + time.Minute)
		x.do(home.Reported{Source: "test/lamp", Readings: []model.Reading{{Endpoint: "main", Attribute: "level.level", Value: model.Number(float64(h % 100))}}})
		x.views[x.now] = fmt.Sprint(h % 100)
		if h%24 == 12 {
			b, err := x.h.View().Encode()
			if err == nil {
				err = x.s.SaveSnapshot(x.t.Context(), x.h.Seq(), b)
			}
			if err != nil {
				x.t.Fatal(err)
			}
		}
	}
}

func TestTheHouseAsItWas(t *testing.T) {
	x := newRecorded(t)
	x.days(7)
	r := past.Record{Store: x.s, Zones: time.LoadLocation}
	for _, hour := range []int{0, 1, 11, 12, 13, 40, 100, 167} {
		at := began.Add(time.Duration(hour)*time.Hour + time.Minute)
		v, err := r.At(t.Context(), at.Add(30*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		st, _ := v.Device(x.lamp).State(home.Slot{Endpoint: "main", Attribute: "level.level"})
		if st.Value.String() != x.views[at] {
			t.Errorf("hour %d: the lamp was at %s, want %s", hour, st.Value, x.views[at])
		}
	}
	var old *past.TooOldError
	if _, err := r.At(t.Context(), began.Add(-time.Hour)); !errors.As(err, &old) {
		t.Errorf("before the beginning: %v", err)
	}
}

func TestASceneOverTheRecord(t *testing.T) {
	x := newRecorded(t)
	x.days(7)
	r := past.Record{Store: x.s, Zones: time.LoadLocation}
	doc := json.RawMessage(`{"when":[{"device":"` + string(x.lamp) + `","attribute":"level.level","above":50}],"then":[{"device":"` + string(x.lamp) + `","set":{"on_off.on":true}}]}`)
	for _, since := range []int{1, 3, 7, 30} {
		got, err := r.Try(t.Context(), "s", doc, x.now.AddDate(0, 0, -since), x.now)
		if err != nil {
			t.Fatalf("since %d days: %v", since, err)
		}
		if want := map[int]int{1: 1, 3: 1, 7: 2, 30: 2}[since]; len(got.Commands) != want {
			t.Errorf("since %d days: %d commands, want %d, from %s", since, len(got.Commands), want, got.From)
		}
	}
	if _, err := r.Try(t.Context(), "s", json.RawMessage(`{"then":[]}`), x.now.AddDate(0, 0, -1), x.now); err == nil || !strings.Contains(err.Error(), "does nothing") {
		t.Errorf("a wrong scene: %v", err)
	}
}
