package httpapi

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
)

// received is an event as a client of the stream reads it.
type received struct {
	Type, Name, Text string
	Data             json.RawMessage
}

// listen opens the stream and hands on its events until the test ends; the channel closes when the stream does.
func (r *rig) listen(token, query string) <-chan received {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.base+"/api/events"+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Last-Event-ID", "7")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatalf("got %d %v", res.StatusCode, res.Header)
	}
	out := make(chan received, 1000)
	go func() {
		defer close(out)
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			var e received
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &e) == nil {
				out <- e
			}
		}
	}()
	return out
}

// next is the next event that matches.
func (r *rig) next(c <-chan received, what string, match func(received) bool) received {
	r.t.Helper()
	late := time.After(deadline)
	for {
		select {
		case e, open := <-c:
			if !open {
				r.t.Fatalf("the stream ended before %s", what)
			}
			if match(e) {
				return e
			}
		case <-late:
			r.t.Fatalf("%s did not come", what)
		}
	}
}

func ofType(typ string) func(received) bool { return func(e received) bool { return e.Type == typ } }

func TestTheStreamBeginsWithASnapshotAndTellsOfChanges(t *testing.T) {
	r := newRig(t)
	c := r.listen(r.local, "?lang=zh")
	if first := <-c; first.Type != "snapshot" {
		t.Fatalf("the first event is %+v", first)
	}
	r.call("POST", r.path("lamp", "/commands"), api.CommandRequest{Command: "on_off.on", Wait: true}, nil)
	var changed received
	confirmed := false
	r.next(c, "the change and the confirmation", func(e received) bool { // in the order of the house
		if e.Type == "changed" {
			changed = e
		}
		confirmed = confirmed || e.Type == "command" && e.Text == "lamp：已完成"
		return confirmed && changed.Type != ""
	})
	if changed.Name != "lamp" || changed.Text != "lamp：开关为开" {
		t.Errorf("got %+v", changed)
	}
	var x home.Changed
	if err := json.Unmarshal(changed.Data, &x); err != nil || x.Device != r.id("lamp") || x.State.Value != model.Bool(true) {
		t.Errorf("got %s, %v", changed.Data, err)
	}
	r.do(home.Named{Device: r.id("lamp"), Name: "Desk lamp"})
	r.next(c, "the new name", func(e received) bool { return e.Type == "device" && e.Name == "Desk lamp" })
	r.adapter.hub.Happened(model.Happening{Source: "test/lamp", Endpoint: "main", Event: "button.press", Args: map[string]model.Value{"button": model.String("1"), "action": model.String("single")}})
	if e := r.next(c, "the press", ofType("occurred")); e.Text != "Desk lamp：按键按下、1、单击" {
		t.Errorf("got %q", e.Text)
	}
}

func TestAScopedTokensStreamShowsItsPartOnlyAndEndsWhenItIsRevoked(t *testing.T) {
	r := newRig(t)
	c := r.listen(r.token(api.TokenRequest{Name: "hall", Rooms: []home.RoomID{"hall"}}), "")
	<-c
	r.adapter.say("test/sensor", "temperature.celsius", model.Number(30))
	r.do(home.RoomSet{Room: home.Room{ID: "bath", Names: map[string]string{"": "Bath"}}})
	r.call("POST", r.path("stubborn", "/commands"), api.CommandRequest{Command: "on_off.on", Wait: true}, nil)
	r.call("POST", r.path("lamp", "/commands"), api.CommandRequest{Command: "on_off.on", Wait: true}, nil)
	e := r.next(c, "a change", func(e received) bool {
		if e.Name != "lamp" {
			t.Errorf("the hall's token hears %+v", e)
		}
		return e.Type == "changed"
	})
	if strings.Contains(string(e.Data), "cli") {
		t.Errorf("it hears who asked: %s", e.Data)
	}
	var all []api.Token
	r.get("/api/tokens", &all)
	r.call("DELETE", "/api/tokens/"+all[0].ID, nil, nil)
	r.adapter.say("test/lamp", model.AttrOnOffOn, model.Bool(false))
	for late := time.After(deadline); ; {
		select {
		case e, open := <-c:
			if !open {
				return
			}
			if e.Type == "changed" && strings.Contains(string(e.Data), `"value":false`) {
				t.Fatal("a revoked token still hears")
			}
		case <-late:
			t.Fatal("the stream goes on")
		}
	}
}

func TestManyChangesOfOneAttributeAreOneEventOfAFrame(t *testing.T) {
	f := frame{slots: map[slotKey]int{}}
	for n := range 100 {
		f.take(home.Changed{Device: "d", Endpoint: "main", Attribute: "a.b", From: model.Number(float64(n)), State: home.State{Value: model.Number(float64(n + 1))}})
	}
	f.take(home.Occurred{Device: "d"})
	f.take(home.Occurred{Device: "d"})
	f.take(home.Refused{})
	if len(f.events) != 3 || f.missed {
		t.Fatalf("got %d events, missed %v", len(f.events), f.missed)
	}
	if c := f.events[0].(home.Changed); c.From != model.Number(0) || c.State.Value != model.Number(100) {
		t.Errorf("got %+v", c)
	}
}

func TestAClientThatMissedSomethingIsToldSo(t *testing.T) {
	f := frame{slots: map[slotKey]int{}}
	if f.take(hub.Lagged{Missed: 3}); !f.missed {
		t.Error("the hub's word is not passed on")
	}
	f = frame{slots: map[slotKey]int{}}
	for range frameEvents + 1 {
		f.take(home.Occurred{})
	}
	if !f.missed || len(f.events) != frameEvents {
		t.Errorf("%d events are kept, missed %v", len(f.events), f.missed)
	}
}
