package zigbee2mqtt

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

const (
	lampIEEE  = "0x001788010aaa0001"
	lampOther = "0x001788010aaa0002"
	lampExp   = `{"type":"light","features":[{"type":"binary","name":"state","property":"state","access":7,"value_on":"ON","value_off":"OFF"},
	{"type":"numeric","name":"brightness","property":"brightness","access":7,"value_min":0,"value_max":254},
	{"type":"numeric","name":"color_temp","property":"color_temp","access":7,"value_min":153,"value_max":500,"unit":"mired"},
	{"type":"composite","name":"color_hs","property":"color","access":7}]},
	{"type":"numeric","name":"linkquality","property":"linkquality","access":1,"unit":"lqi"}`
)

func deviceJSON(ieee, name, kind, power, exposes string) string {
	return fmt.Sprintf(`{"ieee_address":%q,"friendly_name":%q,"type":%q,"power_source":%q,"interview_completed":true,"interview_state":"SUCCESSFUL",
	"definition":{"vendor":"V","model":"M","description":"A thing","exposes":[%s]}}`, ieee, name, kind, power, exposes)
}

func lamp(ieee, name string) string {
	return deviceJSON(ieee, name, "Router", "Mains (single phase)", lampExp)
}

// home starts a house with devices.
func home(t testing.TB, devices ...string) *house {
	h := newHouse(t)
	h.start()
	h.keep("bridge/state", `{"state":"online"}`)
	h.keep("bridge/devices", `[{"type":"Coordinator","ieee_address":"0x1","friendly_name":"Coordinator"},`+strings.Join(devices, ",")+`]`)
	return h
}

func (h *house) devices(devices ...string) {
	h.keep("bridge/devices", "["+strings.Join(devices, ",")+"]")
	h.pass(coalesce)
}

func order(id, source string, writes ...model.Write) model.Command {
	return model.Command{ID: model.CommandID(id), Source: sourceID(source), Endpoint: model.MainEndpoint, Writes: writes}
}

func (h *house) execute(c model.Command) {
	h.a.Execute(c)
	h.settle()
}

func (h *house) outcome(id string) string {
	h.hub.mu.Lock()
	defer h.hub.mu.Unlock()
	var s []string
	for _, o := range h.hub.outcomes[model.CommandID(id)] {
		s = append(s, strings.TrimSpace(string(o.Status)+" "+string(o.Reason.Code)))
	}
	return strings.Join(s, ", ")
}

func on(b bool) model.Write { return model.Write{Attribute: model.AttrOnOffOn, Value: model.Bool(b)} }

func TestFact1LateSubscriberAsksMainsDevicesForTheirState(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"), deviceJSON("0x2", "asleep", "EndDevice", "Battery", `{"type":"numeric","name":"battery","property":"battery","access":5,"unit":"%"}`))
	h.pass(5 * time.Second)
	if got := h.broker.PublishedTo("zigbee2mqtt/lamp/get"); len(got) != 1 || !strings.Contains(got[0], `"brightness":""`) {
		t.Errorf("asked the lamp %q", got)
	}
	if got := h.broker.PublishedTo("zigbee2mqtt/asleep/get"); len(got) != 0 {
		t.Errorf("asked a device that sleeps: %q", got)
	}
}

func TestFact2FailureIsReadFromTheLog(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`z2m: Publish 'set' 'state' to 'living/lamp' failed: 'Error: ZCL command 0x001788010aaa0001/11 genOnOff.on({}, {\"timeout\":10000}) failed (Data request failed with error: 'MAC_NO_ACK' (0xe9))'`, "timed_out no_answer"},
		{`z2m: Publish 'set' 'state' to 'living/lamp' failed: 'Error: Value is not a number, got number (NaN)'`, "rejected device_error"},
		{`z2m: No converter available for 'state' on 'living/lamp': (1)`, "rejected device_error"},
		{`z2m: Entity 'living/lamp' is unknown`, "rejected device_error"},
		{`z2m: Invalid message 'undefined', skipping...`, "rejected device_error"},
		{`z2m: Publish 'set' 'state' to 'other' failed: 'Error: Timeout'`, ""},
		{`z2m: Publish 'get' 'state' to 'living/lamp' failed: 'Error: Timeout'`, ""},
		{`z2m: Publish 'set' 'color' to 'living/lamp' failed: 'Error: Timeout'`, ""},
	} {
		h := home(t, lamp(lampIEEE, "living/lamp"), lamp(lampOther, "other"))
		h.execute(order("c", lampIEEE, on(true)))
		h.say("bridge/logging", `{"level":"error","message":"`+c.line+`"}`)
		if got := h.outcome("c"); got != c.want {
			t.Errorf("after %q the outcome is %q, want %q", c.line, got, c.want)
		}
	}
}

func TestFact3EchoIsAssumedAndTheDevicesOwnReportGood(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.say("lamp", `{"last_seen":"2026-01-01T00:00:00Z","state":"OFF"}`)
	h.execute(order("c", lampIEEE, on(true)))
	if got := h.broker.PublishedTo("zigbee2mqtt/lamp/set"); !cmp.Equal(got, []string{`{"state":"ON"}`}) {
		t.Fatalf("sent %q", got)
	}
	h.say("lamp", `{"last_seen":"2026-01-01T00:00:01Z","state":"OFF"}`) // the radio's acknowledgement: still the old state
	h.want(lampIEEE, "main", "on_off.on", "false good")
	h.say("lamp", `{"last_seen":"2026-01-01T00:00:01Z","state":"ON"}`)
	h.want(lampIEEE, "main", "on_off.on", "true assumed")
	if got := h.outcome("c"); got != "acked" {
		t.Errorf("outcome %q", got)
	}
	h.say("lamp", `{"last_seen":"2026-01-01T00:00:01Z","brightness":3,"state":"ON"}`) // a repetition proves nothing
	h.want(lampIEEE, "main", "on_off.on", "true assumed")
	h.say("lamp", `{"last_seen":"2026-01-01T00:00:02Z","brightness":3,"state":"ON"}`)
	h.want(lampIEEE, "main", "on_off.on", "true good")
}

func TestFact3DeviceThatDoesNotReportIsAsked(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.pass(time.Second)
	asked := len(h.broker.PublishedTo("zigbee2mqtt/lamp/get"))
	h.execute(order("c", lampIEEE, on(true)))
	h.say("lamp", `{"state":"ON"}`)
	h.pass(confirmAfter)
	if got := h.broker.PublishedTo("zigbee2mqtt/lamp/get"); len(got) != asked+1 || got[asked] != `{"state":""}` {
		t.Fatalf("asked %q", got)
	}
	h.want(lampIEEE, "main", "on_off.on", "true assumed")
	h.say("lamp", `{"state":"ON"}`)
	h.want(lampIEEE, "main", "on_off.on", "true good")
}

func TestFact3ABlindIsOnlyThereWhenItSaysSo(t *testing.T) {
	h := home(t, deviceJSON("0x3", "blind", "EndDevice", "Battery",
		`{"type":"cover","features":[{"type":"enum","name":"state","property":"state","access":3,"values":["OPEN","CLOSE","STOP"]},{"type":"numeric","name":"position","property":"position","access":7,"value_min":0,"value_max":100,"unit":"%"}]}`))
	h.say("blind", `{"last_seen":1000,"position":100}`)
	h.execute(order("c", "0x3", model.Write{Attribute: model.AttrWindowCoveringOpenPct, Value: model.Number(40)}))
	var got []string
	for _, m := range []string{`{"last_seen":2000,"position":40}`, `{"last_seen":3000,"position":90}`, `{"last_seen":4000,"position":60}`, `{"last_seen":5000,"position":40}`} {
		h.say("blind", m)
		got = append(got, h.hub.value("0x3", "main", "window_covering.open_pct"))
	}
	if diff := cmp.Diff([]string{"40 assumed", "90 good", "60 good", "40 good"}, got); diff != "" {
		t.Error(diff)
	}
	h.execute(model.Command{ID: "s", Source: sourceID("0x3"), Endpoint: "main", Action: "window_covering.stop"})
	if got := h.broker.PublishedTo("zigbee2mqtt/blind/set"); got[len(got)-1] != `{"state":"STOP"}` {
		t.Errorf("sent %q", got)
	}
}

const airConditioner = `{"type":"switch","features":[{"type":"binary","name":"state","property":"state","access":7,"value_on":"ON","value_off":"OFF"}]},
	{"type":"numeric","name":"current_temperature","property":"current_temperature","access":1,"unit":"°C"},
	{"type":"numeric","name":"target_temperature","property":"target_temperature","access":7,"unit":"°C","value_min":16,"value_max":30,"value_step":1},
	{"type":"enum","name":"system_mode","property":"system_mode","access":7,"values":["off","auto","cool","heat","fan_only","dry"]}`

func TestFact4AirConditionerThatIsOffIsOffWhateverItsModeSays(t *testing.T) {
	h := home(t, deviceJSON("0x4", "ac", "Router", "Mains (single phase)", airConditioner))
	if got := h.hub.described[sourceID("0x4")].Type; got != "air_conditioner" {
		t.Errorf("it is a %q", got)
	}
	h.say("ac", `{"state":"ON","system_mode":"heat","target_temperature":21}`)
	h.want("0x4", "main", "thermostat.mode", "heat good")
	h.want("0x4", "main", "thermostat.heat_setpoint", "21 good")
	h.want("0x4", "main", "thermostat.cool_setpoint", "21 good")
	h.say("ac", `{"state":"OFF","system_mode":"heat","target_temperature":21}`)
	h.want("0x4", "main", "thermostat.mode", "off good")
	h.execute(order("c", "0x4", model.Write{Attribute: model.AttrThermostatMode, Value: model.String("cool")}, model.Write{Attribute: model.AttrThermostatCoolSetpoint, Value: model.Number(24)}))
	h.execute(order("d", "0x4", model.Write{Attribute: model.AttrThermostatMode, Value: model.String("off")}))
	want := []string{`{"state":"ON","system_mode":"cool","target_temperature":24}`, `{"state":"OFF"}`}
	if diff := cmp.Diff(want, h.broker.PublishedTo("zigbee2mqtt/ac/set")); diff != "" {
		t.Error(diff)
	}
}

func TestFact5NullIsNoReport(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.say("lamp", `{"state":null,"brightness":null,"color":null,"linkquality":null,"update":{"installed_version":-1,"latest_version":-1,"state":null}}`)
	h.want(lampIEEE, "main", "on_off.on", "never")
	h.want(lampIEEE, "main", "firmware.current", "never")
	h.say("lamp", `{"state":"ON"}`)
	h.say("lamp", `{"state":null}`)
	h.want(lampIEEE, "main", "on_off.on", "true good")
}

func TestFact6RepetitionReportsNothingButFreshnessOnceAMinute(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.say("lamp", `{"state":"ON","linkquality":100}`)
	n := len(h.hub.reports)
	for range 5 {
		h.pass(time.Second)
		h.say("lamp", `{"state":"ON","linkquality":101}`)
	}
	if len(h.hub.reports) != n {
		t.Errorf("%d reports of a repetition", len(h.hub.reports)-n)
	}
	h.pass(time.Minute)
	h.say("lamp", `{"state":"ON","linkquality":102,"last_seen":"2026-01-02T03:05:00+00:00"}`)
	h.want(lampIEEE, "main", "health.lqi", "102 good")
	h.want(lampIEEE, "main", "health.last_seen", "2026-01-02T03:05:00Z good")
	if len(h.hub.reports) != n+2 {
		t.Errorf("%d reports after a minute, want last_seen and lqi", len(h.hub.reports)-n)
	}
}

func TestFact7DeviceListsAreCoalescedAndOnlyChangesDescribed(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	for i := range 20 {
		h.keep("bridge/devices", "["+lamp(lampIEEE, "lamp")+","+lamp(lampOther, fmt.Sprintf("lamp %d", i))+"]")
	}
	h.pass(coalesce)
	if h.hub.descriptons != 2 {
		t.Errorf("%d descriptions for two devices", h.hub.descriptons)
	}
	if got := h.hub.described[sourceID(lampOther)].Name; got != "lamp 19" {
		t.Errorf("the last name is %q", got)
	}
}

func TestFact8IdentityIsTheAddressAndNamesMayBeAnything(t *testing.T) {
	h := home(t, lamp(lampIEEE, "客厅/灯"))
	h.say("客厅/灯", `{"state":"ON"}`)
	h.want(lampIEEE, "main", "on_off.on", "true good")
	h.keep("客厅/灯", "")
	h.say("lamp", `{"state":"OFF"}`) // under a name that nobody has yet
	h.devices(lamp(lampIEEE, "lamp"))
	h.want(lampIEEE, "main", "on_off.on", "false good")
	d := h.hub.described[sourceID(lampIEEE)]
	if d.Name != "lamp" || !cmp.Equal(d.Identities, []model.Identity{{Kind: model.IdentityIEEE, Value: lampIEEE}}) || len(h.hub.gone) != 0 {
		t.Errorf("after the rename: %q %v, gone %v", d.Name, d.Identities, h.hub.gone)
	}
}

func TestFact8ANameThatEndsLikeATopicIsStillThatDevice(t *testing.T) {
	h := home(t, lamp(lampIEEE, "a"), lamp(lampOther, "a/left"))
	h.say("a/left", `{"state":"ON"}`)
	h.want(lampOther, "main", "on_off.on", "true good")
	h.want(lampIEEE, "main", "on_off.on", "never")
}

func TestFact9PresenceComesFromTheDeviceListAlone(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"), lamp(lampOther, "other"))
	h.keep("lamp/availability", `{"state":"online"}`)
	h.say("bridge/event", `{"type":"device_leave","data":{"ieee_address":"`+lampIEEE+`","friendly_name":"lamp"}}`)
	h.keep("lamp/availability", `{"state":"online"}`)
	h.devices()
	if _, gone := h.hub.gone[sourceID(lampIEEE)]; !gone || len(h.hub.gone) != 2 {
		t.Errorf("gone: %v", h.hub.gone)
	}
}

func TestFact10OfflineIsNotBelievedWhileTheBridgeSettles(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"), lamp(lampOther, "other"))
	h.keep("bridge/state", `{"state":"offline"}`)
	if why := h.hub.reachable[sourceID(lampIEEE)]; why != "Zigbee2MQTT is offline" {
		t.Errorf("while Zigbee2MQTT is away: %q", why)
	}
	h.keep("bridge/state", `{"state":"online"}`)
	h.keep("lamp/availability", `{"state":"offline"}`)
	h.keep("other/availability", `offline`)
	if why := h.hub.reachable[sourceID(lampIEEE)]; why != "" {
		t.Errorf("just after Zigbee2MQTT's start: %q", why)
	}
	h.keep("lamp/availability", `{"state":"online"}`)
	h.pass(settleTime)
	if why := h.hub.reachable[sourceID(lampIEEE)]; why != "" {
		t.Errorf("the device that answered: %q", why)
	}
	if why := h.hub.reachable[sourceID(lampOther)]; why == "" {
		t.Error("the device that never answered counts as reachable")
	}
}

const remoteExp = `{"type":"enum","name":"action","property":"action","access":1,"values":["single","double","brightness_step_up"]}`

func TestFact11ActionsAreEventsOnce(t *testing.T) {
	h := home(t, deviceJSON("0x5", "remote", "EndDevice", "Battery", remoteExp))
	h.say("remote", `{"action":"single","linkquality":1}`)
	h.say("remote", `{"action":"single","linkquality":2}`) // retransmitted
	h.say("remote", `{"action":""}`)                       // 1.x's reset
	h.say("remote", `{"battery":3}`)
	h.say("remote/action", "single") // with Home Assistant on
	h.pass(sameActionWithin)
	h.say("remote", `{"action":"single","linkquality":1}`)
	h.say("remote", `{"action":"brightness_step_up","last_seen":1}`)
	h.say("remote", `{"action":"brightness_step_up","last_seen":2}`) // a dial turned on
	if len(h.hub.events) != 4 {
		t.Errorf("%d events: %v", len(h.hub.events), h.hub.events)
	}
}
