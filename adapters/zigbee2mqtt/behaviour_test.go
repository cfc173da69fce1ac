package zigbee2mqtt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

func TestFact11WhatTheBrokerKeptIsNoEventAndOnlyRestored(t *testing.T) {
	h := newHouse(t)
	h.broker.Keep("zigbee2mqtt/bridge/devices", "["+deviceJSON("0x5", "remote", "EndDevice", "Battery", remoteExp)+","+lamp(lampIEEE, "lamp")+"]")
	h.broker.Keep("zigbee2mqtt/remote", `{"action":"single"}`)
	h.broker.Keep("zigbee2mqtt/lamp", `{"state":"ON"}`)
	h.start()
	h.settle()
	if len(h.hub.events) != 0 {
		t.Errorf("events: %v", h.hub.events)
	}
	h.want(lampIEEE, "main", "on_off.on", "true restored")
	h.say("lamp", `{"state":"ON"}`)
	h.want(lampIEEE, "main", "on_off.on", "true good")
}

func TestFact12EndpointsComeFromTheExposes(t *testing.T) {
	gang := func(n string) string {
		return `{"type":"switch","endpoint":"` + n + `","features":[{"type":"binary","name":"state","endpoint":"` + n + `","property":"state_` + n + `","access":7,"value_on":"ON","value_off":"OFF"}]}`
	}
	h := home(t, deviceJSON("0x6", "gangs", "Router", "Mains (single phase)", gang("top_left")+","+gang("l1")+`,{"type":"binary","name":"led_left","property":"led_left","access":7,"value_on":"ON","value_off":"OFF"}`))
	h.say("gangs", `{"state_top_left":"ON","state_l1":"OFF","led_left":"ON"}`)
	h.want("0x6", "top_left", "on_off.on", "true good")
	h.want("0x6", "l1", "on_off.on", "false good")
	h.want("0x6", "main", "setting.led_left", "true good")
	c := order("c", "0x6", on(true))
	c.Endpoint = "l1"
	h.execute(c)
	if got := h.broker.PublishedTo("zigbee2mqtt/gangs/set"); !cmp.Equal(got, []string{`{"state_l1":"ON"}`}) {
		t.Errorf("sent %q", got)
	}
}

func TestFact13DevicesStillInterviewedWait(t *testing.T) {
	h := home(t, `{"ieee_address":"0x7","friendly_name":"new","type":"Router","interview_state":"IN_PROGRESS","definition":null}`,
		`{"ieee_address":"0x8","friendly_name":"old","type":"Router","interviewing":false,"interview_completed":true,"definition":null}`,
		`{"ieee_address":"0x9","friendly_name":"generated","type":"Router","supported":false,"interview_completed":true,"definition":{"source":"generated","model":"m","vendor":"v","exposes":[`+lampExp+`]}}`)
	if _, ok := h.hub.described[sourceID("0x7")]; ok {
		t.Error("described before its interview ended")
	}
	if d, ok := h.hub.described[sourceID("0x8")]; !ok || len(d.Endpoints) != 1 {
		t.Errorf("a device without a definition is described as %v", d)
	}
	if d := h.hub.described[sourceID("0x9")]; d.Type == "" {
		t.Error("an unsupported device with a generated definition lost its switch")
	}
}

func TestFact14BrokenLinkMakesAllUnreachable(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.keep("bridge/state", "offline") // 1.x's plain text
	h.execute(order("c", lampIEEE, on(true)))
	if got := h.outcome("c"); got != "rejected unreachable" {
		t.Errorf("outcome %q", got)
	}
	if len(h.broker.PublishedTo("zigbee2mqtt/lamp/set")) != 0 {
		t.Error("sent into the void")
	}
}

func TestFact15FirmwareComesFromTheUpdateKey(t *testing.T) {
	d := strings.Replace(lamp(lampIEEE, "lamp"), `"exposes"`, `"supports_ota":true,"exposes"`, 1)
	h := home(t, d)
	h.say("lamp", `{"update":{"installed_version":16777,"latest_version":16999,"state":"available"}}`)
	h.want(lampIEEE, "main", "firmware.current", "16777 good")
	h.want(lampIEEE, "main", "firmware.available", "16999 good")
	h.want(lampIEEE, "main", "firmware.state", "available good")
	h.execute(model.Command{ID: "u", Source: sourceID(lampIEEE), Endpoint: "main", Action: "firmware.update"})
	if got := h.broker.PublishedTo("zigbee2mqtt/bridge/request/device/ota_update/update"); len(got) != 1 || !strings.Contains(got[0], `"id":"lamp"`) {
		t.Errorf("requested %q", got)
	}
}

func TestFact17GroupActsAsWhatItsMembersHaveInCommon(t *testing.T) {
	plain := `{"type":"light","features":[{"type":"binary","name":"state","property":"state","access":7,"value_on":"ON","value_off":"OFF"},{"type":"numeric","name":"brightness","property":"brightness","access":7,"value_max":254}]}`
	h := home(t, lamp(lampIEEE, "lamp"), deviceJSON(lampOther, "hall", "Router", "Mains (single phase)", plain))
	h.keep("bridge/groups", `[{"id":7,"friendly_name":"all/lights","members":[{"ieee_address":"`+lampIEEE+`","endpoint":11},{"ieee_address":"`+lampOther+`","endpoint":1}]},{"id":8,"friendly_name":"empty","members":[]}]`)
	if got := h.hub.described["zigbee2mqtt/group-7"].Type; got != "light_dimmable" {
		t.Errorf("the group is a %q", got)
	}
	if _, ok := h.hub.described["zigbee2mqtt/group-8"]; ok {
		t.Error("an empty group was described")
	}
	h.execute(order("c", "group-7", on(true), model.Write{Attribute: model.AttrLevelLevel, Value: model.Number(50)}))
	if got := h.broker.PublishedTo("zigbee2mqtt/all/lights/set"); !cmp.Equal(got, []string{`{"brightness":127,"state":"ON"}`}) {
		t.Errorf("sent %q", got)
	}
	h.say("all/lights", `{"state":"ON","brightness":127}`)
	h.want("group-7", "main", "level.level", "50 assumed")
	h.keep("bridge/groups", `[]`)
	h.pass(coalesce)
	if _, gone := h.hub.gone["zigbee2mqtt/group-7"]; !gone {
		t.Error("the group is still there")
	}
}

func TestFact18SettingsThatBlindTheHubAreFound(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.keep("bridge/info", `{"version":"2.14.1","config":{"advanced":{"output":"attribute","cache_state":false}}}`)
	var bad []string
	for _, c := range h.a.Checks() {
		if !c.OK {
			bad = append(bad, c.Name)
		}
	}
	if !cmp.Equal(bad, []string{"zigbee2mqtt/output", "zigbee2mqtt/cache"}) {
		t.Errorf("problems: %q", bad)
	}
}

func TestFact19HeatIsWrittenAsAutoWhereHeatForcesTheValveOpen(t *testing.T) {
	h := home(t, deviceJSON("0xa", "trv", "EndDevice", "Battery", `{"type":"climate","features":[
	{"type":"enum","name":"system_mode","property":"system_mode","access":3,"values":["heat","auto","off"],"description":"in the heat mode the TS0601 will remain continuously heating, i.e. it does not regulate"},
	{"type":"numeric","name":"current_heating_setpoint","property":"current_heating_setpoint","access":3,"unit":"°C","value_min":5,"value_max":35}]}`))
	h.execute(order("c", "0xa", model.Write{Attribute: model.AttrThermostatMode, Value: model.String("heat")}))
	if got := h.broker.PublishedTo("zigbee2mqtt/trv/set"); !cmp.Equal(got, []string{`{"system_mode":"auto"}`}) {
		t.Errorf("sent %q", got)
	}
	h.say("trv", `{"system_mode":"heat"}`)
	h.want("0xa", "main", "thermostat.mode", "emergency_heat good")
}

func TestFact20SleepyDeviceGetsItsCommandAgainWhenHeard(t *testing.T) {
	h := home(t, deviceJSON("0xb", "trv", "EndDevice", "Battery", `{"type":"climate","features":[{"type":"numeric","name":"occupied_heating_setpoint","property":"occupied_heating_setpoint","access":7,"unit":"°C"}]}`))
	h.execute(order("c", "0xb", model.Write{Attribute: model.AttrThermostatHeatSetpoint, Value: model.Number(21)}))
	fail := `{"level":"error","message":"z2m: Publish 'set' 'occupied_heating_setpoint' to 'trv' failed: 'Error: Delivery failed'"}`
	h.say("bridge/logging", fail)
	if got := h.outcome("c"); got != "" {
		t.Errorf("given up at once: %q", got)
	}
	h.say("trv", `{"local_temperature":20}`)
	if got := h.broker.PublishedTo("zigbee2mqtt/trv/set"); len(got) != 2 {
		t.Errorf("sent %q", got)
	}
	h.say("bridge/logging", fail)
	if got := h.outcome("c"); got != "timed_out no_answer" {
		t.Errorf("outcome %q", got)
	}
}

func TestColoursAndTransitionGoTogether(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	c := order("c", lampIEEE, on(true), model.Write{Attribute: model.AttrColorHue, Value: model.Number(240)}, model.Write{Attribute: model.AttrColorSaturation, Value: model.Number(100)})
	c.Transition = 2
	h.execute(c)
	if got := h.broker.PublishedTo("zigbee2mqtt/lamp/set"); !cmp.Equal(got, []string{`{"color":{"hue":240,"saturation":100},"state":"ON","transition":2}`}) {
		t.Errorf("sent %q", got)
	}
	h.say("lamp", `{"state":"ON","color":{"hue":240,"saturation":100,"x":0.1355,"y":0.0399},"color_mode":"hs"}`)
	h.want(lampIEEE, "main", "color.hue", "240 assumed")
	h.want(lampIEEE, "main", "color.mode", "hs good")
}

func TestValuesAreConfirmedInTheWordsTheyWereAskedIn(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.execute(order("c", lampIEEE, model.Write{Attribute: model.AttrColorTemperatureKelvin, Value: model.Number(2700)}))
	h.say("lamp", `{"color_temp":370}`)
	h.want(lampIEEE, "main", "color_temperature.kelvin", "2700 assumed")
}

func TestCommandsThatCannotBeAreRejectedWithTheReason(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	for id, c := range map[string]model.Command{
		"rejected unknown_device": order("rejected unknown_device", "0xffff", on(true)),
		"rejected unsupported":    order("rejected unsupported", lampIEEE, model.Write{Attribute: "door_lock.target", Value: model.String("locked")}),
		"rejected invalid_value":  order("rejected invalid_value", lampIEEE, model.Write{Attribute: model.AttrOnOffOn, Value: model.String("maybe")}),
		"rejected read_only":      order("rejected read_only", lampIEEE, model.Write{Attribute: model.AttrHealthLQI, Value: model.Number(1)}),
	} {
		h.execute(c)
		if got := h.outcome(id); got != id {
			t.Errorf("outcome %q, want %q", got, id)
		}
	}
	h.broker.Cut(true)
	h.execute(order("down", lampIEEE, on(true)))
	if got := h.outcome("down"); got != "rejected unreachable" {
		t.Errorf("without a broker: %q", got)
	}
}

func TestPermitAndRemoveWaitForTheAnswer(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.broker.Answer(func(m adapters.Message) {
		rest, ok := strings.CutPrefix(m.Topic, "zigbee2mqtt/bridge/request/")
		if !ok {
			return
		}
		var q struct {
			Transaction string `json:"transaction"`
			Time        int    `json:"time"`
			ID          string `json:"id"`
		}
		if err := json.Unmarshal(m.Payload, &q); err != nil {
			t.Error(err)
		}
		status := `"status":"ok"`
		if q.ID == "0xdead" {
			status = `"status":"error","error":"Device '0xdead' does not exist"`
		}
		go h.broker.Deliver("zigbee2mqtt/bridge/response/"+rest, fmt.Sprintf(`{"data":{},%s,"transaction":%q}`, status, q.Transaction), false)
	})
	if err := h.a.Permit(t.Context(), 600); err != nil {
		t.Error(err)
	}
	if err := h.a.Remove(t.Context(), sourceID(lampIEEE)); err != nil {
		t.Error(err)
	}
	if err := h.a.Remove(t.Context(), sourceID("0xdead")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("removing nobody: %v", err)
	}
	if got := h.broker.PublishedTo("zigbee2mqtt/bridge/request/permit_join"); len(got) != 1 || !strings.Contains(got[0], `"time":254`) {
		t.Errorf("requested %q", got)
	}
}
