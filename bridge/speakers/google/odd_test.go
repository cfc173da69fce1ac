package google

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// shop is a small house, linked to Google. PIN 2580 is right.
func shop(t *testing.T) (*speakertest.House, func(commands string) []result) {
	t.Helper()
	value := map[model.Attribute]model.Value{speakers.On: model.Bool(false), speakers.Level: model.Number(40)}
	h := speakertest.With(t, speakers.Options{CheckPIN: func(p string) speakers.Verdict {
		if p == "2580" {
			return speakers.PINRight
		}
		return speakers.PINWrong
	}}, speakertest.Ware{ID: "lamp", Kind: "light_dimmable", Values: value}, speakertest.Ware{ID: "other", Kind: "light_dimmable", Values: value},
		speakertest.Ware{ID: "door", Kind: "door_lock", Values: map[model.Attribute]model.Value{speakers.LockTo: model.String("locked"), speakers.LockIs: model.String("locked")}},
		speakertest.Ware{ID: "motion", Kind: "motion_sensor", Values: map[model.Attribute]model.Value{speakers.Occupied: model.Bool(true)}},
		speakertest.Ware{ID: "ac", Kind: "air_conditioner", Values: map[model.Attribute]model.Value{speakers.On: model.Bool(true), speakers.Mode: model.String("cool"), speakers.Cool: model.Number(26)}})
	g := New(h.Core, nil)
	return h, func(commands string) []result {
		t.Helper()
		status, body := h.Send(g, "POST", "/", `{"requestId":"6894439706274654512","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":`+strings.ReplaceAll(commands, "~", "action.devices.commands.")+`}}]}`, "Authorization", "Bearer T")
		var a struct {
			Payload struct{ Commands []result }
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		return a.Payload.Commands
	}
}

func TestOddButLegalCommandsAreAnsweredOncePerDevice(t *testing.T) {
	_, execute := shop(t)
	for _, c := range []struct {
		name, commands string
		want           string // of the last result
		results        int
		state          string
		is             any
	}{
		{"several by several", `[{"devices":[{"id":"$lamp","customData":{"a":1}},{"id":"$other"}],"execution":[{"command":"~OnOff","params":{"on":true}},{"command":"~BrightnessAbsolute","params":{"brightness":30}}]}]`, "SUCCESS", 2, "brightness", 30.0},
		{"in their order", `[{"devices":[{"id":"$lamp"}],"execution":[{"command":"~OnOff","params":{"on":true}},{"command":"~OnOff","params":{"on":false}}]}]`, "SUCCESS", 1, "on", false},
		{"the same device in two groups", `[{"devices":[{"id":"$lamp"}],"execution":[{"command":"~OnOff","params":{"on":true}}]},{"devices":[{"id":"$lamp"}],"execution":[{"command":"~BrightnessAbsolute","params":{"brightness":55}}]}]`, "SUCCESS", 1, "brightness", 55.0},
		{"one of two fails", `[{"devices":[{"id":"$lamp"}],"execution":[{"command":"~BrightnessAbsolute","params":{"brightness":140}},{"command":"~OnOff","params":{"on":true}}]}]`, "ERROR valueOutOfRange", 1, "", nil},
		{"a little brighter", `[{"devices":[{"id":"$lamp"}],"execution":[{"command":"~BrightnessRelative","params":{"brightnessRelativeWeight":2}}]}]`, "SUCCESS", 1, "brightness", 75.0},
		{"a PIN that is a number", `[{"devices":[{"id":"$door"}],"execution":[{"command":"~LockUnlock","params":{"lock":false},"challenge":{"pin":2580}}]}]`, "SUCCESS", 1, "isLocked", false},
		{"only a yes where a PIN is wanted", `[{"devices":[{"id":"$door"}],"execution":[{"command":"~LockUnlock","params":{"lock":false},"challenge":{"ack":true}}]}]`, "ERROR challengeNeeded", 1, "", nil},
		{"a scene that there is not", `[{"devices":[{"id":"scene-x"}],"execution":[{"command":"~ActivateScene","params":{"deactivate":false}}]}]`, "ERROR deviceNotFound", 1, "", nil},
		{"a scene taken back", `[{"devices":[{"id":"scene-x"}],"execution":[{"command":"~ActivateScene","params":{"deactivate":true}}]}]`, "ERROR functionNotSupported", 1, "", nil},
		{"the same device twice", `[{"devices":[{"id":"$lamp"},{"id":"$lamp"}],"execution":[{"command":"~OnOff","params":{"on":true}}]}]`, "SUCCESS", 1, "on", true},
		{"followed up", `[{"devices":[{"id":"$lamp"}],"execution":[{"command":"~OnOff","params":{"on":true,"followUpToken":"x"}}]}]`, "SUCCESS", 1, "on", true},
	} {
		got := execute(c.commands)
		if len(got) != c.results {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		last := got[len(got)-1]
		if strings.TrimSpace(last.Status+" "+last.ErrorCode) != c.want || c.state != "" && last.States[c.state] != c.is {
			t.Errorf("%s: %+v", c.name, last)
		}
	}
}

// In Japan the law wants a yes before an air conditioner is set from afar.
func TestInJapanAnAirConditionerWantsAYes(t *testing.T) {
	h, execute := shop(t)
	set := func(challenge string) result {
		return execute(`[{"devices":[{"id":"$ac"}],"execution":[{"command":"~ThermostatTemperatureSetpoint","params":{"thermostatTemperatureSetpoint":24}` + challenge + `}]}]`)[0]
	}
	if r := set(""); r.Status != "SUCCESS" {
		t.Errorf("elsewhere: %+v", r)
	}
	if err := h.Hub.Do(t.Context(), home.ZoneSet{Zone: "Asia/Tokyo"}); err != nil {
		t.Fatal(err)
	}
	if r := set(""); r.Challenge["type"] != "ackNeeded" || r.ErrorCode != "challengeNeeded" {
		t.Errorf("%+v", r)
	}
	if r := set(`,"challenge":{"ack":true}`); r.Status != "SUCCESS" {
		t.Errorf("with a yes: %+v", r)
	}
	if r := set(`,"challenge":{"ack":false}`); r.ErrorCode != "userCancelled" {
		t.Errorf("with a no: %+v", r)
	}
	if r := execute(`[{"devices":[{"id":"$ac"}],"execution":[{"command":"~OnOff","params":{"on":false}}]}]`)[0]; r.Status != "SUCCESS" {
		t.Errorf("off wants none: %+v", r)
	}
}

func TestAMotionSensorTellsWhetherSomebodyIsThere(t *testing.T) {
	h, _ := shop(t)
	d, _ := h.Core.Device(Platform, model.DeviceID(h.ID["motion"]))
	g := New(h.Core, nil)
	if told, why := g.Describe(d); why != "" || told.Type != typePrefix+"SENSOR" || told.Attributes["occupancySensorConfiguration"] == nil || g.States(d)["occupancy"] != "OCCUPIED" {
		t.Errorf("%q %+v %v", why, told, g.States(d))
	}
}
