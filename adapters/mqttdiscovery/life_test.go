package mqttdiscovery

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

// way is one way in which relays make themselves known. A relay has a number and is at a topic, which another configuration changes.
type way struct {
	name     string
	source   string // with the relay's number, below "mqttdiscovery/"
	endpoint string
	announce func(n int, at string) [][2]string
	state    func(n int, at, on string) [2]string
	reach    func(n int, at string, yes bool) [2]string
}

var asText = map[string]string{"true": "ON", "false": "OFF"}

var ways = []way{
	{"Home Assistant", "ha-relay%d", "main",
		func(n int, at string) [][2]string {
			return [][2]string{{fmt.Sprintf("homeassistant/switch/relay%d/config", n), fmt.Sprintf(`{"~":%q,"uniq_id":"relay%d","stat_t":"~/state","cmd_t":"~/set","avty_t":"~/up"}`, at, n)}}
		},
		func(_ int, at, on string) [2]string { return [2]string{at + "/state", asText[on]} },
		func(_ int, at string, yes bool) [2]string {
			return [2]string{at + "/up", map[bool]string{true: "online", false: "offline"}[yes]}
		}},
	{"Tasmota", "tasmota-a1b2c300%04d", "main",
		func(n int, at string) [][2]string {
			return [][2]string{{fmt.Sprintf("tasmota/discovery/A1B2C300%04d/config", n), strings.NewReplacer("A1B2C3123456", fmt.Sprintf("A1B2C300%04d", n), `"t":"washer"`, fmt.Sprintf(`"t":%q`, at),
				"192.168.1.30", "192.168.1."+fmt.Sprint(len(at))).Replace(tasmotaPlug)}}
		},
		func(_ int, at, on string) [2]string {
			return [2]string{"stat/" + at + "/RESULT", `{"POWER":"` + asText[on] + `"}`}
		},
		func(_ int, at string, yes bool) [2]string {
			return [2]string{"tele/" + at + "/LWT", map[bool]string{true: "Online", false: "Offline"}[yes]}
		}},
	{"Homie", "homie-homie_relay%d", "main", // its topic is who it is
		func(n int, at string) [][2]string {
			base := fmt.Sprintf("homie/5/relay%d/", n)
			return [][2]string{{base + "$description", fmt.Sprintf(`{"homie":"5.0","version":%d,"nodes":{"relay":{"properties":{"on":{"datatype":"boolean","settable":true}}}}}`, len(at))}, {base + "$state", "ready"}}
		},
		func(n int, _, on string) [2]string { return [2]string{fmt.Sprintf("homie/5/relay%d/relay/on", n), on} },
		func(n int, _ string, yes bool) [2]string {
			return [2]string{fmt.Sprintf("homie/5/relay%d/$state", n), map[bool]string{true: "ready", false: "lost"}[yes]}
		}},
}

func TestEachWayThroughAPowerCutAnotherAddressAndGarbage(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			inHouse(t, Options{}, func(h *house) {
				name := fmt.Sprintf(w.source, 1)
				source := model.SourceID("mqttdiscovery/" + name)
				say := func(m [2]string) { h.broker.Deliver(m[0], m[1], true) }
				announce := func(at string) {
					for _, m := range w.announce(1, at) {
						say(m)
					}
					h.settle()
					say(w.reach(1, at, true))
				}
				is := func(what, want string) {
					t.Helper()
					if got := h.hub.value(name, w.endpoint, "on_off.on"); got != want || h.hub.reachable[source] != "" {
						t.Errorf("%s it is %s and %q, want %s", what, got, h.hub.reachable[source], want)
					}
				}
				announce("shelf")
				say(w.state(1, "shelf", "true"))
				is("at first", "true")

				say(w.reach(1, "shelf", false))
				if h.hub.reachable[source] == "" {
					t.Error("without power it can be reached")
				}
				say(w.reach(1, "shelf", true))
				say(w.state(1, "shelf", "false")) // as it is after a power cut
				is("with power again", "false")

				announce("garage")
				say(w.state(1, "garage", "true"))
				is("elsewhere", "true")
				if o := h.write(name, w.endpoint, set("on_off.on", model.Bool(false))); o.Status != model.Acked && o.Status != "" {
					t.Errorf("a command elsewhere: %+v", o)
				}
				if sent := h.broker.Published(); len(sent) != 1 || w.name != "Homie" && !strings.Contains(sent[0], "garage") {
					t.Errorf("the command went to %q", sent)
				}
				say(w.state(1, "garage", "false"))
				is("commanded", "false")

				topics := append(w.announce(1, "garage"), w.state(1, "garage", "true"), w.reach(1, "garage", true))
				for _, m := range topics {
					for _, garbage := range []string{"{", "null", "[]", `"x"`, strings.Repeat("[", 10_000), "\xff\xfe", "\x00", m[1][:len(m[1])/2], m[1] + m[1]} {
						h.broker.Deliver(m[0], garbage, false)
					}
				}
				announce("garage")
				say(w.state(1, "garage", "true"))
				is("after garbage", "true")
				if len(h.hub.described) != 1 || len(h.hub.gone) != 0 {
					t.Errorf("%d devices are described, gone are %v", len(h.hub.described), h.hub.gone)
				}
			})
		})
	}
}

func TestAHundredAtOnceEachWay(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			inHouse(t, Options{}, func(h *house) {
				for n := range 100 {
					for _, m := range w.announce(n, fmt.Sprint("at", n)) {
						h.broker.Deliver(m[0], m[1], true)
					}
				}
				h.settle()
				for n := range 100 {
					for _, m := range [][2]string{w.reach(n, fmt.Sprint("at", n), true), w.state(n, fmt.Sprint("at", n), "true")} {
						h.broker.Deliver(m[0], m[1], false)
					}
				}
				for n := range 100 {
					if got := h.hub.value(fmt.Sprintf(w.source, n), w.endpoint, "on_off.on"); got != "true" {
						t.Errorf("relay %d is %s", n, got)
					}
				}
			})
		})
	}
}

func TestTheContractOfEveryAdapter(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := adaptertest.NewBroker()
				for _, m := range append(w.announce(1, "shelf"), w.reach(1, "shelf", true), w.state(1, "shelf", "true")) {
					b.Deliver(m[0], m[1], true)
				}
				adaptertest.Run(t, adaptertest.Subject{New: func() adapters.Adapter { return New(Options{MQTT: b}) }, Sources: 1, Command: model.Command{
					Source: model.SourceID("mqttdiscovery/" + fmt.Sprintf(w.source, 1)), Endpoint: model.EndpointID(w.endpoint), Writes: []model.Write{set("on_off.on", model.Bool(true))}}})
			})
		})
	}
}
