package scenefile_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenefile"
	"github.com/concord-home/hub/scenes"
)

// house is a house of one lamp, with its folder.
type house struct {
	t   *testing.T
	h   *home.Home
	dir string
	f   *scenefile.Folder
	now time.Time
}

func (x *house) View() *home.View { return x.h.View() }

func (x *house) Do(_ context.Context, b home.Body) error {
	_, err := x.h.Apply(home.Fact{Seq: x.h.Seq() + 1, At: x.now, Body: b})
	return err
}

func newHouse(t *testing.T) *house {
	x := &house{t: t, h: home.New(scenes.New(), nil), dir: t.TempDir(), now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)}
	_ = x.Do(t.Context(), home.Described{Description: model.Description{Source: "test/lamp", Name: "Lamp",
		Endpoints: []model.EndpointDescription{{ID: "main", Properties: []model.Property{*model.LookupAttribute("on_off.on")}}}}})
	x.reopen()
	return x
}

// reopen is a new start of the hub.
func (x *house) reopen() {
	var err error
	if x.f, err = scenefile.NewFolder(x.dir, x, slog.New(slog.DiscardHandler)); err != nil {
		x.t.Fatal(err)
	}
	x.sync()
}

func (x *house) sync() {
	x.t.Helper()
	if err := x.f.Sync(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
}

func (x *house) path(id string) string { return filepath.Join(x.dir, id+".yaml") }

// edit writes a file as an editor does.
func (x *house) edit(id, text string) {
	x.t.Helper()
	x.now = x.now.Add(time.Minute)
	if err := os.WriteFile(x.path(id), []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
	if err := os.Chtimes(x.path(id), x.now, x.now); err != nil {
		x.t.Fatal(err)
	}
	x.sync()
}

func (x *house) file(id string) string {
	b, err := os.ReadFile(x.path(id))
	if err != nil {
		return ""
	}
	return string(b)
}

func (x *house) doc(id string) string {
	for _, s := range x.h.View().Scenes() {
		if s.ID == id {
			return string(s.Document)
		}
	}
	return ""
}

const on = "# ours\nthen:\n  - {device: Lamp, set: {on_off.on: on}} # bright\n"

func TestAFileIsTakenAndABadEditLosesNothing(t *testing.T) {
	x := newHouse(t)
	x.edit("a", on)
	first := x.doc("a")
	if !strings.Contains(first, `"on_off.on":true`) {
		t.Fatalf("the house has %q", first)
	}
	x.edit("a", strings.Replace(on, "on_off.on: on", "on_off.on: 7", 1))
	if x.doc("a") != first {
		t.Error("a bad edit changed the scene")
	}
	if err := x.f.Problems()["a"]; err == nil || !strings.Contains(err.Error(), "line 3, column 26") {
		t.Errorf("the problem is %v", err)
	}
	x.edit("a", strings.Replace(on, "on_off.on: on", "on_off.on: off", 1))
	if !strings.Contains(x.doc("a"), `"on_off.on":false`) || len(x.f.Problems()) > 0 {
		t.Errorf("the house has %s, problems %v", x.doc("a"), x.f.Problems())
	}
}

func TestBothSidesStayTheSame(t *testing.T) {
	lamp := func(x *house) string { return string(x.h.View().Devices()[0].ID) }
	tests := []struct {
		name      string
		do        func(*house)
		doc, file string
	}{
		{"changed in the house", func(x *house) {
			_ = x.Do(t.Context(), home.SceneSet{ID: "a", Document: json.RawMessage(`{"enabled":false,"then":[{"device":"` + lamp(x) + `","set":{"on_off.on":true}}]}`)})
			x.sync()
		}, `"enabled":false`, on + "enabled: false\n"},
		{"changed in the house through the folder", func(x *house) {
			_ = x.f.SetDocument(t.Context(), "a", json.RawMessage(`{"enabled":false,"then":[{"device":"`+lamp(x)+`","set":{"on_off.on":true}}]}`))
		}, `"enabled":false`, on + "enabled: false\n"},
		{"changed by text", func(x *house) { _ = x.f.SetText(t.Context(), "a", []byte("enabled: true\n"+on)) }, `"enabled":true`, "enabled: true\n" + on},
		{"refused by text", func(x *house) {
			if x.f.SetText(t.Context(), "a", []byte("then: []")) == nil {
				t.Error("taken")
			}
		}, `"on_off.on":true`, on},
		{"removed in the house", func(x *house) { _ = x.Do(t.Context(), home.SceneRemoved{ID: "a"}); x.sync() }, "", ""},
		{"removed through the folder", func(x *house) { _ = x.f.Remove(t.Context(), "a") }, "", ""},
		{"file deleted", func(x *house) { _ = os.Remove(x.path("a")); x.sync() }, "", ""},
		{"file deleted while the hub was down", func(x *house) { _ = os.Remove(x.path("a")); x.reopen() }, "", ""},
		{"edited while the hub was down", func(x *house) {
			_ = os.WriteFile(x.path("a"), []byte("enabled: false\n"+on), 0o600)
			x.reopen()
		}, `"enabled":false`, "enabled: false\n" + on},
		{"a new start changes nothing", func(x *house) { x.reopen() }, `"on_off.on":true`, on},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newHouse(t)
			x.edit("a", on)
			tt.do(x)
			x.sync()
			if got := x.doc("a"); tt.doc == "" && got != "" || !strings.Contains(got, tt.doc) {
				t.Errorf("the house has %q", got)
			}
			if got := x.file("a"); got != tt.file {
				t.Errorf("the file is %q", got)
			}
		})
	}
}

func TestASceneWithoutAFileGetsOne(t *testing.T) {
	x := newHouse(t)
	if err := x.Do(t.Context(), home.SceneSet{ID: "b", Document: json.RawMessage(`{"then":[{"device":"` + string(x.h.View().Devices()[0].ID) + `","set":{"on_off.on":true}}]}`)}); err != nil {
		t.Fatal(err)
	}
	x.sync()
	if got := x.file("b"); got != "then:\n  - device: Lamp\n    set:\n      on_off.on: true\n" {
		t.Errorf("the file is %q", got)
	}
}
