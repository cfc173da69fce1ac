package httpapi

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/rehearsal"
	"github.com/concord-home/hub/scenefile"
)

// then is a record of a past in which everything was as it is now.
type then struct{ r *rig }

func (p then) At(context.Context, time.Time) (*home.View, error) { return p.r.hub.View(), nil }

func (then) Try(_ context.Context, id string, _ json.RawMessage, from, to time.Time) (*rehearsal.Result, error) {
	return &rehearsal.Result{Scene: id, From: from, To: to, Facts: 3, Came: map[home.Outcome]int{home.OutcomeRan: 2, home.OutcomeQuiet: 1},
		Commands: []rehearsal.Would{{At: from, Device: "gone", Because: "motion"}}}, nil
}

func (then) Replay(_ *home.View, id string, _ json.RawMessage, timeline []json.RawMessage) (*rehearsal.Result, error) {
	return &rehearsal.Result{Scene: id, Facts: len(timeline), Came: map[home.Outcome]int{}}, nil
}

func (then) Search(_ *home.View, id string, _ json.RawMessage) ([]rehearsal.Finding, error) {
	return []rehearsal.Finding{{Kind: "loop", Scenes: []string{id, "other"}, Happens: []string{"a", "b"}}}, nil
}

// shelf keeps texts in memory.
type shelf struct {
	r     *rig
	texts map[string]string
}

func (s *shelf) Text(id string) ([]byte, error) {
	if t, ok := s.texts[id]; ok {
		return []byte(t), nil
	}
	return nil, fs.ErrNotExist
}

func (s *shelf) SetText(ctx context.Context, id string, text []byte) error {
	f, err := scenefile.Parse(text, scenefile.NamesOf(s.r.hub.View()))
	if err != nil {
		return err
	}
	if err := s.r.hub.Do(ctx, home.SceneSet{ID: id, Document: f.Document}); err != nil {
		return f.Locate(err)
	}
	s.texts[id] = string(text)
	return nil
}

func (s *shelf) SetDocument(ctx context.Context, id string, doc json.RawMessage) error {
	return s.r.hub.Do(ctx, home.SceneSet{ID: id, Document: doc})
}
func (s *shelf) Remove(ctx context.Context, id string) error {
	return s.r.hub.Do(ctx, home.SceneRemoved{ID: id})
}
func (s *shelf) Problems() map[string]error { return nil }

func newSceneRig(t *testing.T) *rig {
	var r *rig
	shelf := &shelf{texts: map[string]string{}}
	past := &then{}
	r = newRig(t, func(o *Options) {
		o.Scenes, o.Past = shelf, past
		o.Situation = func(rec home.SceneRecord, _ *home.View, at time.Time) home.Situation {
			return home.Situation{Scene: rec.ID, At: at, ByHand: true, Enabled: true}
		}
		o.Zone = func(name string) error {
			_, err := time.LoadLocation(name)
			return err
		}
	})
	shelf.r, past.r = r, r
	return r
}

func TestAScenesTextIsTakenOrRefusedWithLineAndColumn(t *testing.T) {
	r := newSceneRig(t)
	var saved api.SceneSaved
	r.call("PUT", "/api/scenes/evening/text?lang=zh", api.SceneText{Text: "# ours\nnames: {\"\": Evening, zh: 傍晚}\n"}, &saved)
	if saved.Name != "傍晚" || len(saved.Findings) != 1 || saved.Findings[0].Text != "“傍晚”与“other”互相触发" {
		t.Errorf("saved %+v", saved)
	}
	var text api.SceneText
	r.get("/api/scenes/evening/text", &text)
	if !strings.HasPrefix(text.Text, "# ours\n") {
		t.Errorf("the text is %q", text.Text)
	}
	res := r.send(request{method: "PUT", path: "/api/scenes/evening/text", token: r.local, body: api.SceneText{Text: "then:\n  - device: lampp\n"}})
	var p api.Problem
	if err := json.Unmarshal([]byte(res.body), &p); err != nil || res.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 ||
		p.Errors[0].Line != 2 || p.Errors[0].Column != 13 || p.Errors[0].Expected != "lamp" {
		t.Errorf("%d %s", res.status, res.body)
	}
}

func TestWhyTriesModesAndWebhooksAreReached(t *testing.T) {
	r := newSceneRig(t)
	r.call("PUT", "/api/scenes/evening", sceneDoc{Names: map[string]string{"": "Evening"}, On: []model.DeviceID{}}, nil)
	var why api.SceneWhy
	r.get("/api/scenes/evening/why?at=2026-01-05T08:00:00Z&lang=zh", &why)
	if len(why.Text) != 1 || why.Text[0] != "“Evening”只能手动运行" {
		t.Errorf("why %+v", why)
	}
	var tried api.SceneTried
	r.call("POST", "/api/scenes/try", api.SceneTrial{ID: "x", Text: "names: {\"\": x}\n", Since: time.Now().Add(-time.Hour)}, &tried)
	if tried.Facts != 3 || len(tried.Text) != 3 || tried.Text[1] != "2 times it ran" {
		t.Errorf("tried %+v", tried)
	}
	r.call("POST", "/api/scenes/try", api.SceneTrial{ID: "x", Text: "names: {\"\": x}\n", Timeline: []json.RawMessage{json.RawMessage(`{}`)}}, &tried)
	if tried.Facts != 1 {
		t.Errorf("replayed %+v", tried)
	}
	var mode api.Mode
	r.call("PUT", "/api/mode?lang=zh", api.ModeRequest{Mode: "night"}, &mode)
	if mode.Mode != "night" || mode.Name != "夜间" {
		t.Errorf("mode %+v", mode)
	}
	if res := r.send(request{method: "PUT", path: "/api/mode", token: r.local, body: api.ModeRequest{Mode: "party"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown mode: %d %s", res.status, res.body)
	}
	if res := r.send(request{method: "PUT", path: "/api/zone", token: r.local, body: api.Zone{Zone: "Mars/Base"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown zone: %d %s", res.status, res.body)
	}
	var zone api.Zone
	r.call("PUT", "/api/zone", api.Zone{Zone: "Asia/Shanghai"}, &zone)
	if zone.Zone != "Asia/Shanghai" {
		t.Errorf("zone %+v", zone)
	}
	r.call("POST", "/api/webhooks/bell", nil, nil)
}

func TestWhatAPersonSetIsHeldAndCanBeGivenFree(t *testing.T) {
	r := newSceneRig(t)
	r.call("POST", r.path("lamp", "/commands"), map[string]any{"set": map[string]any{"on_off.on": true}, "wait": true}, nil)
	var held []api.Held
	r.get("/api/holds?lang=en", &held)
	if len(held) != 1 || held[0].Name != "lamp" || !strings.Contains(held[0].Text, "is held at on") {
		t.Fatalf("held %+v", held)
	}
	var e api.Explanation
	r.get(r.path("lamp", "/explain?attribute=on_off.on"), &e)
	if e.Attributes[0].Hold == "" {
		t.Errorf("explained %+v", e)
	}
	r.call("DELETE", r.path("lamp", "/hold"), nil, nil)
	if r.get("/api/holds", &held); len(held) != 0 {
		t.Errorf("still held %+v", held)
	}
}
