package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/google/go-cmp/cmp"
)

func attribute(t *testing.T, d api.Device, a model.Attribute) api.Attribute {
	t.Helper()
	for _, e := range d.Endpoints {
		for _, x := range e.Attributes {
			if x.Attribute == a {
				return x
			}
		}
	}
	t.Fatalf("%s has no %s", d.Name, a)
	return api.Attribute{}
}

func TestDevicesAreShownInTheLanguageAskedFor(t *testing.T) {
	r := newRig(t)
	var all []api.Device
	r.get("/api/devices?room=attic&lang=zh", &all)
	if len(all) != 1 || all[0].Name != "sensor" || all[0].RoomName != "房间attic" || !all[0].Reachable {
		t.Fatalf("got %+v", all)
	}
	if got := attribute(t, all[0], "temperature.celsius"); got.Text != "21.5 °C" || string(got.Value) != "21.5" || got.Quality != model.Good {
		t.Errorf("got %+v", got)
	}
	var mute api.Device
	r.get(r.path("mute", "?lang=zh-CN"), &mute)
	if got := attribute(t, mute, model.AttrOnOffOn); got.Text != "未知" || string(got.Value) != "null" {
		t.Errorf("what nobody has said reads %q, %s", got.Text, got.Value)
	}
}

func TestADeviceThatIsNotThereSuggestsWhatIsNear(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "GET", path: "/api/devices/lanp?lang=zh", token: r.local})
	p := res.problem(t)
	if res.status != http.StatusNotFound || len(p.Near) != 1 || !strings.HasPrefix(p.Near[0], "lamp (") || !strings.Contains(p.Title, "没有设备") {
		t.Errorf("got %+v", p)
	}
}

func TestPatchChangesNameRoomAndRoles(t *testing.T) {
	r := newRig(t)
	room, roles := home.RoomID("attic"), []string{"ceiling light"}
	var d api.Device
	r.call("PATCH", r.path("lamp", "?lang=zh"), api.DevicePatch{Names: map[string]string{"zh": "台灯"}, Room: &room, Roles: &roles}, &d)
	if d.Name != "台灯" || d.Room != room || !cmp.Equal(d.Roles, roles) {
		t.Errorf("got %+v", d)
	}
	nowhere := home.RoomID("cellar")
	res := r.send(request{method: "PATCH", path: r.path("lamp", "?lang=zh"), body: api.DevicePatch{Room: &nowhere}, token: r.local})
	if p := res.problem(t); res.status != 422 || p.Field != "room" || p.Value != "cellar" || p.Expected != "家中的房间" {
		t.Errorf("got %+v", p)
	}
}

func TestCommandsEndAsTheDeviceSays(t *testing.T) {
	r := newRig(t)
	on := api.CommandRequest{Command: "on_off.on", Wait: true}
	for name, want := range map[string]struct {
		status model.Status
		text   string
	}{
		"lamp":     {model.Confirmed, "lamp: done"},
		"stubborn": {model.Rejected, "stubborn: refused – the device or its bridge refused – MAC no ack"},
		"mute":     {model.TimedOut, "mute: no answer in time – nothing came back – no answer within 300ms"},
	} {
		t.Run(name, func(t *testing.T) {
			var c api.Command
			r.call("POST", r.path(name, "/commands"), on, &c)
			if c.Status != want.status || c.Text != want.text {
				t.Errorf("got %s, %q, want %s, %q", c.Status, c.Text, want.status, want.text)
			}
		})
	}
	var all []api.Command
	r.get("/api/commands", &all)
	if len(all) != 3 {
		t.Errorf("got %d commands, want 3", len(all))
	}
}

func TestACommandWithoutWaitAnswersAtOnceAndCanBeFollowed(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "POST", path: r.path("lamp", "/commands"), token: r.local,
		body: map[string]any{"set": map[string]any{"on_off.on": true}}})
	if res.status != http.StatusAccepted {
		t.Fatalf("got %d %s", res.status, res.body)
	}
	var c api.Command
	res.decode(t, &c)
	r.eventually("the confirmation", func() bool {
		r.get("/api/commands/"+string(c.ID), &c)
		return c.Status == model.Confirmed
	})
}

func TestACommandThatDoesNotFitSaysWhy(t *testing.T) {
	r := newRig(t)
	tests := []struct {
		name, device string
		body         any
		status       int
		code, field  string
		expected     string
	}{
		{"wrong type", "lamp", map[string]any{"set": map[string]any{"on_off.on": "yes"}}, 422, "invalid_value", "on_off.on", "true 或 false"},
		{"nothing asked", "lamp", map[string]any{}, 422, "invalid", "body", "set 或 command 其中之一"},
		{"unknown attribute", "lamp", map[string]any{"set": map[string]any{"level.level": 3}}, 422, "unsupported", "", ""},
		{"read only", "sensor", map[string]any{"set": map[string]any{"temperature.celsius": 3}}, 422, "read_only", "", ""},
		{"unknown command", "lamp", map[string]any{"command": "on_off.explode"}, 422, "unsupported", "", ""},
		{"unknown state", "mute", map[string]any{"command": "on_off.toggle"}, 409, "unknown_state", "", ""},
		{"unknown member", "sensor2", map[string]any{"set": map[string]any{"setting.mode": "warp"}}, 422, "invalid_value", "setting.mode", "eco、boost之一"},
		{"unknown field", "lamp", map[string]any{"sett": 1}, 422, "invalid", "body.sett", "多余的字段"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := r.send(request{method: "POST", path: r.path(tt.device, "/commands?lang=zh"), body: tt.body, token: r.local})
			p := res.problem(t)
			got := []any{res.status, p.Code, p.Field, p.Expected}
			if diff := cmp.Diff([]any{tt.status, tt.code, tt.field, tt.expected}, got); diff != "" {
				t.Errorf("(-want +got):\n%s%+v", diff, p)
			}
		})
	}
}

func TestExplainNamesWhoAsked(t *testing.T) {
	r := newRig(t)
	cookie := r.owner()
	res := r.send(request{method: "POST", path: r.path("lamp", "/commands"), cookie: cookie, header: map[string]string{csrfHeader: "1"},
		body: api.CommandRequest{Command: "on_off.on", Wait: true}})
	if res.status != http.StatusOK {
		t.Fatalf("got %d %s", res.status, res.body)
	}
	for lang, want := range map[string]string{"en": "turned on by Li through the app", "zh": "打开：由Li通过应用操作"} {
		var e api.Explanation
		r.get(r.path("lamp", "/explain?attribute=on_off.on&lang="+lang), &e)
		if len(e.Attributes) != 1 || e.Attributes[0].Text != want {
			t.Errorf("got %+v, want %q", e.Attributes, want)
		}
	}
}

func TestHistoryOfNumbersTruthsAndEnums(t *testing.T) {
	r := newRig(t)
	for _, v := range []float64{20, 22} {
		r.adapter.say("test/sensor", "temperature.celsius", model.Number(v))
	}
	r.call("POST", r.path("lamp", "/commands"), api.CommandRequest{Command: "on_off.on", Wait: true}, nil)
	far := url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339))
	var h api.History
	r.eventually("the samples", func() bool {
		h = api.History{}
		r.get(r.path("sensor", "/history?attribute=temperature.celsius&since=7d&buckets=1&to="+far), &h)
		return len(h.Points) == 1 && h.Points[0].Max == 22
	})
	if h.Unit != "°C" || h.Endpoint != "main" || h.Points[0].Min < 20 {
		t.Errorf("got %+v", h)
	}
	r.get(r.path("lamp", "/history?attribute=on_off.on&since=2h&to="+far), &h)
	if len(h.Points) == 0 {
		t.Error("a truth has no points")
	}
	h = api.History{}
	later := url.QueryEscape(time.Now().Add(time.Minute).Format(time.RFC3339))
	r.get(r.path("sensor", "/history?attribute=temperature.celsius&from="+later+"&to="+far), &h)
	if len(h.Points) != 0 || h.Before == nil || string(h.Before.Value) != "22" {
		t.Errorf("in a span without a sample: %+v, before it %v", h.Points, h.Before)
	}
	if got, want := seriesName("d", home.Slot{Endpoint: "main", Attribute: "a.b"}), hub.SeriesName("d", "main", "a.b"); got != want {
		t.Errorf("the hub keeps history under %q, the server looks under %q", want, got)
	}
}

func TestHistoryRefusesWhatMakesNoSense(t *testing.T) {
	r := newRig(t)
	for query, status := range map[string]int{
		"": 422, "?attribute=nope.nope": 404, "?attribute=on_off.on&since=-1d": 422, "?attribute=on_off.on&since=NaNd": 422,
		"?attribute=on_off.on&buckets=2001": 422, "?attribute=on_off.on&from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z": 422,
		"?attribute=on_off.on&endpoint=left": 404,
	} {
		if res := r.send(request{method: "GET", path: r.path("lamp", "/history"+query), token: r.local}); res.status != status {
			t.Errorf("%q: got %d %s, want %d", query, res.status, res.body, status)
		}
	}
}

func FuzzParseSpanIsNeverNegativeNorEndless(f *testing.F) {
	for _, s := range []string{"7d", "2w", "90m", "-3h", "1e300d", "Infd", "0x1p-2d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseSpan(s); ok && (d < 0 || d > longestSpan) {
			t.Fatalf("%q is %v", s, d)
		}
	})
}

func TestASceneByHandReportsEachCommand(t *testing.T) {
	r := newRig(t)
	doc := sceneDoc{Names: map[string]string{"": "回家"}, On: []model.DeviceID{r.id("lamp"), r.id("stubborn"), "nowhere"}}
	r.call("PUT", "/api/scenes/arrive", doc, nil)
	var out api.SceneResult
	r.call("POST", "/api/scenes/arrive/run", nil, &out)
	var got []model.Status
	for _, c := range out.Commands {
		got = append(got, c.Status)
	}
	if diff := cmp.Diff([]model.Status{model.Confirmed, model.Rejected}, got); diff != "" || len(out.Problems) != 1 {
		t.Errorf("(-want +got):\n%sproblems %q", diff, out.Problems)
	}
	var e api.Explanation
	r.get(r.path("lamp", "/explain?lang=zh&attribute=on_off.on"), &e)
	if want := "打开：由场景“回家”触发，由某人通过命令行操作"; e.Attributes[0].Text != want {
		t.Errorf("got %q, want %q", e.Attributes[0].Text, want)
	}
	if res := r.send(request{method: "PUT", path: "/api/scenes/bad", body: map[string]any{"zzz": 1}, token: r.local}); res.status != 422 {
		t.Errorf("a scene that makes no sense: %d", res.status)
	}
	r.call("DELETE", "/api/scenes/arrive", nil, nil)
}

func TestRoomsPeopleAndPlaceCanBeChanged(t *testing.T) {
	r := newRig(t)
	var room api.Room
	r.call("PUT", "/api/rooms/%E5%8E%A8%E6%88%BF", map[string]any{"names": map[string]string{"zh": "厨房"}}, &room)
	if room.ID != "厨房" {
		t.Errorf("got %+v", room)
	}
	r.call("DELETE", "/api/rooms/%E5%8E%A8%E6%88%BF", nil, nil)
	var rooms []api.Room
	r.get("/api/rooms", &rooms)
	if len(rooms) != 2 || rooms[1].Devices != 1 {
		t.Errorf("got %+v", rooms)
	}
	r.call("PUT", "/api/people/li", map[string]any{"name": "Li", "role": "adult"}, nil)
	r.call("PUT", "/api/place", home.Place{Latitude: 31, Longitude: 121, RadiusM: 100}, nil)
	if res := r.send(request{method: "PUT", path: "/api/place", body: home.Place{RadiusM: 1}, token: r.local}); res.problem(t).Field != "radius" {
		t.Errorf("got %s", res.body)
	}
	r.call("DELETE", "/api/people/li", nil, nil)
}

func TestMergeAndSplitGiveTheDevicesBack(t *testing.T) {
	r := newRig(t)
	into, from := r.id("sensor"), r.id("sensor2")
	r.call("POST", "/api/merge", api.MergeRequest{Into: into, From: from}, nil)
	var d api.Device
	r.get("/api/devices/"+string(into), &d)
	if len(d.Sources) != 2 {
		t.Fatalf("got %+v", d.Sources)
	}
	r.call("POST", "/api/split", api.SplitRequest{Source: "test/sensor2"}, nil)
	r.get("/api/devices/"+string(from), &d)
	if d.Name != "sensor2" {
		t.Errorf("got %+v", d)
	}
}

func TestADeviceThatAnswersIsNotForgottenUnlessItsAdapterRemovesIt(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "DELETE", path: r.path("mute", ""), token: r.local})
	if res.status != http.StatusConflict {
		t.Errorf("got %d %s", res.status, res.body)
	}
	r.adapter.hub.Gone("test/mute", "left")
	r.eventually("the device's leaving", func() bool { ok, _ := r.hub.View().Reachable(r.find("mute")); return !ok })
	r.call("DELETE", r.path("mute", ""), nil, nil)
	if r.find("mute") != nil {
		t.Error("the device is still there")
	}
}

func TestMetricsTellOfHubAndStore(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "GET", path: "/metrics", token: r.local})
	for _, want := range []string{"concord_facts_total 7", `concord_commands_total{adapter="test",outcome="confirmed"} 3`, "concord_store_ok 1", `concord_devices{reachable="true"} 5`} {
		if !strings.Contains(res.body, want) {
			t.Errorf("%q is missing in\n%s", want, res.body)
		}
	}
}
