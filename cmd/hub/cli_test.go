package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/plot"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/google/go-cmp/cmp"
)

func TestWithoutAHubTheCommandLineSaysHowToStartIt(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "address"), []byte(closed.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	// The default address may be somebody's real hub: ask for the closed one.
	r := runCLI(t, map[string]string{"CONCORD_DATA": dir, "CONCORD_HUB": closed.URL}, "", "devices")
	if r.code != exitUnreachable || !strings.Contains(r.err, "no hub answers at "+closed.URL) {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	var said bytes.Buffer
	c := &cli{lang: "en", err: &said}
	c.complain(&unreachableError{url: closed.URL, local: true})
	if !strings.Contains(said.String(), "the hub is not running: start it with `hub run`") {
		t.Error(said.String())
	}
}

func TestWrongUsageIsToldApartFromFailure(t *testing.T) {
	env := map[string]string{"CONCORD_DATA": t.TempDir(), "CONCORD_HUB": "http://127.0.0.1:1"}
	for _, args := range []string{
		"nosuch", "devices --nosuch", "device", "set lamp", "rooms nosuch", "history lamp temperature --since yesterday",
		"place 12", "place north 5", "pair zigbee --seconds 0", "translate hue x", "translate zigbee2mqtt no/such/file",
		"scene apply -", "devices --hub nonsense",
	} {
		if r := runCLI(t, env, "then: []", strings.Fields(args)...); r.code != exitUsage || r.err == "" {
			t.Errorf("hub %s: exit %d, want %d: %s", args, r.code, exitUsage, r.err)
		}
	}
	if r := runCLI(t, env, "", "capabilities", "no_such_capability"); r.code != exitNotFound {
		t.Errorf("an unknown capability: exit %d: %s", r.code, r.err)
	}
}

func TestTheTokenOfThisMachineIsSentToNoOther(t *testing.T) {
	var got string
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
	}))
	defer stranger.Close()
	dir := t.TempDir()
	c := &cli{data: dir, lang: "en", env: func(string) string { return "" }}
	for _, tt := range []struct {
		url  string
		sent bool
	}{{stranger.URL, true}, {"http://hub.example:8377", false}, {"http://192.0.2.9:8377", false}} {
		c.hubURL = tt.url
		cl, err := c.client()
		if err != nil {
			t.Fatal(err)
		}
		if (cl.token != "") != tt.sent {
			t.Errorf("%s: token sent: %v, want %v", tt.url, cl.token != "", tt.sent)
		}
	}
	c.hubURL = stranger.URL
	cl, err := c.client()
	if err != nil {
		t.Fatal(err)
	}
	if err := cl.get(t.Context(), "info", nil, nil); err == nil || got != "Bearer "+cl.token {
		t.Errorf("a redirect was followed: %v, %q", err, got)
	}
}

func TestTheDemoHouseIsFoundWhenNoOtherHubRuns(t *testing.T) {
	live := httptest.NewServer(http.NotFoundHandler())
	defer live.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	dir := t.TempDir()
	demo := filepath.Join(dir, demoDir)
	if err := os.MkdirAll(demo, 0o700); err != nil {
		t.Fatal(err)
	}
	for in, address := range map[string]string{dir: closed.URL, demo: live.URL} {
		if err := os.WriteFile(filepath.Join(in, "address"), []byte(address+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if base, from := (&cli{data: dir}).running(); base != live.URL || from != demo {
		t.Errorf("got %s of %s", base, from)
	}
}

func TestAProblemIsToldFieldByField(t *testing.T) {
	e := &apiError{api.Problem{Title: "some fields do not fit", Errors: []api.Problem{{Field: "body.name", Title: "expected length >= 1"}}}}
	if got, want := e.Error(), "some fields do not fit – body.name: expected length >= 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e = &apiError{api.Problem{Title: "invalid", Field: "expires", Value: "x", Expected: "a time"}}
	if got, want := e.Error(), `invalid – expires "x": a time`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDefinitionsAreTranslatedZippedOrNot(t *testing.T) {
	const definition = `{"model":"X1","vendor":"Acme","description":"Plug","exposes":[{"type":"switch","features":[{"type":"binary","name":"state","property":"state","access":7,"value_on":"ON","value_off":"OFF"}]}]}` + "\n"
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(definition)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CONCORD_DATA": t.TempDir()}
	plain := runCLI(t, env, definition, "translate", "zigbee2mqtt", "-")
	if plain.code != exitOK || !strings.Contains(plain.out, `"on_off.on"`) {
		t.Errorf("exit %d: %s%s", plain.code, plain.out, plain.err)
	}
	if r := runCLI(t, env, zipped.String(), "translate", "zigbee2mqtt", "-"); r.out != plain.out {
		t.Errorf("zipped: %s%s", r.out, r.err)
	}
	if r := runCLI(t, env, definition, "translate", "zigbee2mqtt", "-", "--summary"); !strings.HasPrefix(r.out, "definitions 1\n") {
		t.Errorf("summary: %s%s", r.out, r.err)
	}
	if r := runCLI(t, env, "{", "translate", "zigbee2mqtt", "-"); r.code != exitFailed {
		t.Errorf("half a document: exit %d", r.code)
	}
}

func TestNegativeNumbersAreNoFlags(t *testing.T) {
	got := shieldNegative([]string{"set", "-5", "-.5", "-18.5C", "--json", "-v", "a-5"})
	if diff := cmp.Diff([]string{"set", "−5", "−.5", "−18.5C", "--json", "-v", "a-5"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestASpanOfTimeIsReadInDaysAndWeeks(t *testing.T) {
	for s, want := range map[string]time.Duration{"90m": 90 * time.Minute, "7d": 168 * time.Hour, "0.5d": 12 * time.Hour, "2w": 336 * time.Hour, "1e99d": 0, "-1d": 0, "0h": 0, "d": 0, "NaNd": 0} {
		if got, err := parseSpan(s); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
}

func TestAPulseShorterThanABucketIsNotLost(t *testing.T) {
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	h := api.History{From: at(0), To: at(60), Points: []api.Point{
		{At: at(0), Min: 0, Mean: 0, Max: 0, Count: 1}, // off
		{At: at(10), Min: 0, Mean: 0.5, Max: 1, Count: 2},
		{At: at(30), Min: 0, Mean: 0.5, Max: 1, Count: 3},
		{At: at(50), Min: 0, Mean: 0, Max: 0, Count: 1},
	}}
	got := truthSpans(h, time.Minute, func(b bool) string { return map[bool]string{true: "on", false: "off"}[b] })
	want := []plot.Span{{From: at(0), To: at(10), Label: "off"}, {From: at(10), To: at(11), Label: "on"}, {From: at(11), To: at(30), Label: "off"},
		{From: at(30), To: at(50), Label: "on"}, {From: at(50), To: at(60), Label: "off"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	for key, text := range texts {
		if text.En == "" || text.Zh == "" {
			t.Errorf("%s lacks a language", key)
		}
		if strings.Count(text.En, "{") == 0 && strings.Contains(text.Zh, "{") {
			t.Errorf("%s: the languages take different arguments", key)
		}
		if messages.Has(key) {
			t.Errorf("%s is in package messages, too", key)
		}
	}
}

func TestTellingAttributesAreInTheCatalogue(t *testing.T) {
	for _, x := range telling {
		if model.LookupAttribute(x.attribute) == nil {
			t.Errorf("%s is not in the catalogue", x.attribute)
		}
	}
}

func TestWatchPrintsWhatHappensToTheDevicesNamed(t *testing.T) {
	l := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cl, err := (&cli{data: l.dir, lang: "en", env: func(string) string { return "" }}).client()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := &cli{lang: "en", out: &out, err: &out, now: func() time.Time { return noon }}
	only := map[model.DeviceID]bool{l.id("desk lamp"): true}
	finished, opened := make(chan error, 1), make(chan struct{})
	go func() {
		finished <- cl.follow(ctx, func() error { close(opened); return nil }, func(e event) bool {
			if only[e.device()] && e.Type == "changed" {
				return !c.printEvent(e)
			}
			return true
		}, nil)
	}()
	<-opened
	l.must("set", "wall/switch@right", "on")
	l.must("set", "desk", "level", "55")
	if err := <-finished; err != nil || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
	if got, want := out.String(), "12:00:00  Desk lamp: Brightness is 55 %\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNamesAreCompletedFromTheRunningHub(t *testing.T) {
	l := start(t)
	for _, tt := range []struct{ args, want string }{
		{"device De", "Desk lamp\n"},
		{"device wall", "Wall/switch\nWall/switch@left\nWall/switch@right\n"},
		{"set desk le", "level.level\nlevel.set_level\nlevel.step\n"},
		{"set desk on_off.startup p", "previous\n"},
		{"rooms put desk S", "Study\n"},
		{"history desk lev", "level.level\n"},
		{"pair z", "zigbee\n"},
	} {
		got := l.hubCmd(append([]string{"__complete"}, strings.Fields(tt.args)...)...).out
		if names, _, _ := strings.Cut(got, ":4"); names != tt.want {
			t.Errorf("%s: got %q, want %q", tt.args, names, tt.want)
		}
	}
}

func TestPeopleAreShownWithTheirPresence(t *testing.T) {
	var out bytes.Buffer
	c := &cli{lang: "en", out: &out, now: func() time.Time { return noon }}
	p := api.Person{Person: home.Person{Name: "Li", Role: "adult"}, Presence: home.Presence{State: "arriving", ETA: noon.Add(12 * time.Minute)}}
	if err := c.printPeople([]api.Person{p}); err != nil || !strings.Contains(out.String(), "Li is on the way home, in 12 min") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: changed\ndata: {\"type\":\"changed\",\"data\":{\"device\":\"d\"}}\n\n: still here\n\ndata: {\ndata: }\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		_ = readEvents(strings.NewReader(stream), func(e event) bool { e.device(); e.what(); return true })
	})
}
