package converse

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestTimersAreSeenAndEndedByProgramsToo(t *testing.T) {
	e := talkAt(t, func() time.Time { return time.Date(2026, 5, 4, 18, 0, 0, 0, time.UTC) })
	for _, text := range []string{"turn on the ceiling light every weekday at 7 am", "set a timer for 10 minutes called eggs", "remind me to water the plants in 20 minutes"} {
		if r := e.Say(t.Context(), Request{Text: text}, everyone{}); r.Kind != KindDone {
			t.Fatalf("%s: %+v", text, r)
		}
	}
	mux := func(c Caller) http.Handler {
		m := http.NewServeMux()
		for pattern, f := range e.Routes() {
			m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { f(w, r, c) })
		}
		return m
	}
	ask := func(c Caller, method, path string) (int, []TimerView) {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
		r.Header.Set("Accept-Language", "zh")
		mux(c).ServeHTTP(w, r)
		var all []TimerView
		_ = json.Unmarshal(w.Body.Bytes(), &all)
		return w.Code, all
	}
	_, all := ask(everyone{}, "GET", "/v1/timers")
	if len(all) != 3 || all[0].What != "eggs" || all[0].Kind != "timer" || all[1].Kind != "reminder" || all[2].Kind != "command" || all[2].Again != "周一到周五" || all[2].Due == nil {
		t.Fatalf("listed %+v", all)
	}
	if _, of := ask(guest{}, "GET", "/v1/timers"); len(of) != 0 {
		t.Errorf("a guest sees %+v", of)
	}
	if code, _ := ask(guest{}, "DELETE", "/v1/timers/"+all[0].ID); code != http.StatusNotFound {
		t.Errorf("a guest ends another's timer: %d", code)
	}
	if code, _ := ask(everyone{}, "DELETE", "/v1/timers/"+all[2].ID); code != http.StatusNoContent {
		t.Errorf("ending answers %d", code)
	}
	if _, left := ask(everyone{}, "GET", "/v1/timers"); len(left) != 2 {
		t.Errorf("left %+v", left)
	}
}
