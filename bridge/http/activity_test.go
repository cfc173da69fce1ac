package httpapi

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/store"
)

func (r *rig) logbook(query string) []api.Activity {
	r.t.Helper()
	var out []api.Activity
	r.get("/api/activity"+query, &out)
	return out
}

func TestTheLogbookTellsWhatWasDoneByWhomInTheReadersLanguage(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "POST", path: r.path("lamp", "/commands"), token: r.local, body: map[string]any{"set": map[string]any{"on_off.on": true}, "wait": true}})
	if res.status != 200 {
		t.Fatalf("%d %s", res.status, res.body)
	}
	told := func(x api.Activity) bool {
		return x.Kind == "changed" && x.Device == r.id("lamp") && strings.Contains(x.Text, "turned on")
	}
	r.eventually("the line", func() bool { return len(r.logbook("")) > 0 && anyLine(r.logbook("?limit=500"), told) })
	for _, x := range r.logbook("?lang=zh&kind=changed") {
		if x.Device == r.id("lamp") && !strings.Contains(x.Text, "打开") {
			t.Errorf("in Chinese: %q", x.Text)
		}
	}
	if all := r.logbook("?device=" + string(r.id("sensor"))); anyLine(all, told) {
		t.Error("a line of another device is told")
	}
	hall := r.token(api.TokenRequest{Rooms: []home.RoomID{"attic"}})
	if res := r.send(request{method: "GET", path: "/api/activity", token: hall}); strings.Contains(res.body, string(r.id("lamp"))) {
		t.Errorf("a token for the attic reads of the hall: %s", res.body)
	}
}

func anyLine(all []api.Activity, fits func(api.Activity) bool) bool {
	for _, x := range all {
		if fits(x) {
			return true
		}
	}
	return false
}

func TestTheLogbookSurvivesARestartAndKeepsItsBounds(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	d, err := openDiary(t.Context(), s, log)
	if err != nil {
		t.Fatal(err)
	}
	view := home.New(nil, nil).View
	const lines = diaryPage*diaryPages + 3*diaryPage + 5
	for i := range lines {
		d.note(view, home.SceneRan{At: time.Unix(int64(i), 0).UTC(), Scene: fmt.Sprint(i)})
		if i%diaryPage == 7 {
			d.save(t.Context())
		}
	}
	d.save(t.Context())
	again, err := openDiary(t.Context(), s, log)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	again.before(0, func(l diaryLine) bool {
		if want := fmt.Sprint(lines - 1 - n); l.Who != want {
			t.Fatalf("line %d is of scene %s, want %s", n, l.Who, want)
		}
		n++
		return false
	})
	if n < diaryPage*(diaryPages-1) || n > diaryPage*(diaryPages+1) {
		t.Errorf("%d lines are kept", n)
	}
}

func TestEnergyIsWhatCountersRoseBy(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(h int, min, max float64) api.Point {
		return api.Point{At: from.Add(time.Duration(h) * time.Hour), Min: min, Max: max}
	}
	for name, c := range map[string]struct {
		points []api.Point
		want   []float64
	}{
		"rises":            {[]api.Point{at(-1, 9, 10), at(0, 10, 12), at(2, 12, 12.5)}, []float64{2, 0, 0.5}},
		"begins in it":     {[]api.Point{at(1, 10, 12)}, []float64{0, 2, 0}},
		"starts anew":      {[]api.Point{at(0, 10, 12), at(1, 0, 1)}, []float64{2, 1, 0}},
		"nothing recorded": {nil, []float64{0, 0, 0}},
	} {
		got := make([]float64, 3)
		spread(c.points, from, time.Hour, got)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMeSaysWhoCalls(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		token, kind, level string
	}{
		{r.local, "local", "admin"}, {r.token(api.TokenRequest{ReadOnly: true}), "token", "read"}, {r.token(api.TokenRequest{Rooms: []home.RoomID{"hall"}}), "token", "control"},
	} {
		var me api.Me
		res := r.send(request{method: "GET", path: "/api/me", token: c.token})
		res.decode(t, &me)
		if me.Kind != c.kind || me.Level != c.level || me.Time.IsZero() {
			t.Errorf("%+v, want %s %s", me, c.kind, c.level)
		}
	}
}
