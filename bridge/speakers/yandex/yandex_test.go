package yandex

import (
	"encoding/json"
	"flag"
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers/speakertest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

var auth = []string{"Authorization", "Bearer T", "X-Request-Id", "r1"}

func action(device, kind, state string) speakertest.Pair {
	return speakertest.Pair{Name: state + " " + device, Path: Prefix + "/v1.0/user/devices/action", Header: auth,
		Request: `{"payload":{"devices":[{"id":"` + device + `","capabilities":[{"type":"devices.capabilities.` + kind + `","state":` + state + `}]}]}}`}
}

func TestAnswersAreTheGoldenOnes(t *testing.T) {
	h := speakertest.New(t)
	h.Golden(New(h.Core, nil), *update, []speakertest.Pair{
		{Name: "whether it lives", Method: http.MethodHead, Path: Prefix + "/v1.0"},
		{Name: "devices", Method: http.MethodGet, Path: Prefix + "/v1.0/user/devices", Header: auth},
		action("$lamp", "on_off", `{"instance":"on","value":true}`), action("$lamp", "range", `{"instance":"brightness","value":70}`), action("$lamp", "range", `{"instance":"brightness","value":-20,"relative":true}`),
		action("$lamp", "color_setting", `{"instance":"hsv","value":{"h":125,"s":50,"v":100}}`), action("$lamp", "color_setting", `{"instance":"temperature_k","value":4500}`),
		action("$ac", "on_off", `{"instance":"on","value":true}`), action("$ac", "range", `{"instance":"temperature","value":2,"relative":true}`), action("$ac", "range", `{"instance":"temperature","value":90}`),
		action("$ac", "mode", `{"instance":"thermostat","value":"heat"}`), action("$ac", "mode", `{"instance":"fan_speed","value":"high"}`), action("$ac", "mode", `{"instance":"fan_speed","value":"loud"}`),
		action("$curtain", "range", `{"instance":"open","value":40}`), action("$vacuum", "on_off", `{"instance":"on","value":true}`), action("$vacuum", "toggle", `{"instance":"pause","value":true}`),
		action("$speaker", "toggle", `{"instance":"mute","value":true}`), action("$dead", "on_off", `{"instance":"on","value":true}`), action("nobody", "on_off", `{"instance":"on","value":true}`),
		action("scene-home", "on_off", `{"instance":"on","value":true}`), action("$lamp", "dance", `{"instance":"on","value":true}`),
		{Name: "query", Path: Prefix + "/v1.0/user/devices/query", Header: auth, Request: `{"devices":[{"id":"$lamp"},{"id":"$ac"},{"id":"$climate"},{"id":"$dead"},{"id":"gone"}]}`},
		{Name: "wrong token", Method: http.MethodGet, Path: Prefix + "/v1.0/user/devices", Header: []string{"Authorization", "Bearer X"}},
		{Name: "unlink", Path: Prefix + "/v1.0/user/unlink", Header: auth},
	})
	if !h.Unlinked() {
		t.Error("the account is still linked")
	}
}

func TestNamesThatYandexCannotTakeAreRefused(t *testing.T) {
	for name, part := range map[string]string{"Лампа 2": "", "Lamp": "Cyrillic", "Лампа_кухня!": "Cyrillic", "Очень длинное имя лампы на кухне": "25", "": "no name"} {
		if got := named(name); part == "" && got != "" || !strings.Contains(got, part) {
			t.Errorf("%q: %q, expected %q", name, got, part)
		}
	}
}

func TestChangesAreCalledBack(t *testing.T) {
	dialogs := speakertest.Listen(t, "Authorization")
	h := speakertest.New(t)
	y := New(h.Core, &Skill{ID: "s1", Token: "key", Address: dialogs.URL})
	h.Core.AddReporter(y)
	h.Send(y, http.MethodGet, Prefix+"/v1.0/user/devices", "", auth...)
	p := action("$lamp", "on_off", `{"instance":"on","value":true}`)
	h.Send(y, http.MethodPost, p.Path, p.Request, auth...)
	dialogs.Wait("/api/v1/skills/s1/callback/state OAuth key", `"user_id":"u1"`, h.ID["lamp"], `{"instance":"on","value":true}`)
	if err := y.Resync(t.Context(), "u1"); err != nil {
		t.Error(err)
	}
	dialogs.Wait("/callback/discovery")
}

func TestADeviceThatNeverAnswersHoldsUpNoAnswer(t *testing.T) {
	h := speakertest.New(t)
	h.AnswersForTheSlow(New(h.Core, nil), action("$lamp", "on_off", `{"instance":"on","value":true}`))
}

func FuzzWish(f *testing.F) {
	f.Add(action("$lamp", "color_setting", `{"instance":"hsv","value":{"h":125,"s":50}}`).Request)
	f.Add(action("$ac", "range", `{"instance":"temperature","value":2,"relative":true}`).Request)
	c, in := speakertest.Still()
	f.Fuzz(func(t *testing.T, text string) {
		var q request
		if json.Unmarshal([]byte(in(text)), &q) != nil {
			return
		}
		y := New(c, nil)
		link, _ := c.Links().ByToken(t.Context(), Platform, speakertest.Token)
		if _, err := json.Marshal(append(y.act(t.Context(), link, q.Payload.Devices), y.query(q.Devices)...)); err != nil {
			t.Error(err)
		}
	})
}
