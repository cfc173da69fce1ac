package mqttdiscovery

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

// A client that may announce must not make the hub publish where the client itself may not: the household would press a lamp's
// switch and open a door.
func TestWhatIsAnnouncedLeadsNowhereElse(t *testing.T) {
	topics := map[string][]string{"lamps": {"lamp/#", "homeassistant/#"}, "plugs": {"cmnd/plug/#", "tasmota/#"}}
	may := func(account, topic string) bool {
		return slices.ContainsFunc(topics[account], func(f string) bool { return adaptertest.Matches(f, topic) })
	}
	for _, c := range []struct {
		name, account, topic, payload, source, write string
		sent                                         string // "" it cannot be set
	}{
		{"its own topic", "lamps", "homeassistant/switch/a/config", `{"uniq_id":"a","stat_t":"lamp/a","cmd_t":"lamp/a/set"}`, "ha-a", "on_off.on", "lamp/a/set ON"},
		{"somebody else's", "lamps", "homeassistant/switch/a/config", `{"uniq_id":"a","stat_t":"lamp/a","cmd_t":"door/open"}`, "ha-a", "on_off.on", ""},
		{"a JSON lamp, somebody else's", "lamps", "homeassistant/light/a/config", `{"uniq_id":"a","schema":"json","stat_t":"lamp/a","cmd_t":"door/open"}`, "ha-a", "on_off.on", ""},
		{"another adapter's", "", "homeassistant/cover/a/config", `{"uniq_id":"a","pos_t":"lamp/a","set_pos_t":"zigbee2mqtt/bridge/request/restart"}`, "ha-a", "window_covering.open_pct", ""},
		{"the hub's own", "", "homeassistant/cover/a/config", `{"uniq_id":"a","pos_t":"lamp/a","set_pos_t":"homie/5/concord-ab12-door/main/lock/set"}`, "ha-a", "window_covering.open_pct", ""},
		{"an announcement", "", "homeassistant/switch/a/config", `{"uniq_id":"a","stat_t":"lamp/a","cmd_t":"homeassistant/switch/b/config"}`, "ha-a", "on_off.on", ""},
		{"whom nobody knows any more", ":", "homeassistant/switch/a/config", `{"uniq_id":"a","stat_t":"lamp/a","cmd_t":"lamp/a/set"}`, "ha-a", "on_off.on", ""},
		{"without accounts", "", "homeassistant/switch/a/config", `{"uniq_id":"a","stat_t":"lamp/a","cmd_t":"lamp/a/set"}`, "ha-a", "on_off.on", "lamp/a/set ON"},
		{"Tasmota's own", "plugs", "tasmota/discovery/AABBCCDDEEFF/config", `{"mac":"AABBCCDDEEFF","t":"plug","tp":["cmnd","stat","tele"],"ft":"%prefix%/%topic%/","rl":[1],"state":["OFF","ON"]}`, "tasmota-aabbccddeeff", "on_off.on", "cmnd/plug/POWER ON"},
		{"Tasmota, somebody else's", "plugs", "tasmota/discovery/AABBCCDDEEFF/config", `{"mac":"AABBCCDDEEFF","t":"door","tp":["cmnd","stat","tele"],"ft":"%prefix%/%topic%/","rl":[1],"state":["OFF","ON"]}`, "tasmota-aabbccddeeff", "on_off.on", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !json.Valid([]byte(c.payload)) {
				t.Fatal("the payload is no JSON")
			}
			o := Options{Own: "concord-ab12", Native: []string{"zigbee2mqtt"}, May: func(account, topic string) bool { return account == "" || may(account, topic) }}
			inHouse(t, o, func(h *house) {
				h.broker.Say(adapters.Message{Topic: c.topic, Payload: []byte(c.payload), From: c.account}, true)
				h.settle()
				value := model.Bool(true)
				if strings.HasSuffix(c.write, "pct") {
					value = model.Number(40)
				}
				sent := h.broker.Published() // what it was asked for its state
				got := h.write(c.source, "main", set(model.Attribute(c.write), value))
				sent = append(sent, h.broker.Published()...)
				switch {
				case c.sent == "" && (got.Status != model.Rejected || slices.ContainsFunc(sent, func(s string) bool { return !strings.HasPrefix(s, "homeassistant/status") })):
					t.Errorf("%+v; published %q", got, sent)
				case c.sent != "" && (got.Status != model.Acked || !slices.Contains(sent, c.sent)):
					t.Errorf("%+v; published %q, expected %q", got, sent, c.sent)
				}
				if told := slices.ContainsFunc(h.adapter.Checks(), func(x adapters.Check) bool { return strings.Contains(x.Detail, "may not publish") }); told != (c.sent == "") {
					t.Errorf("the doctor is told: %v: %+v", told, h.adapter.Checks())
				}
			})
		})
	}
}
