package mqttdiscovery

import (
	"slices"
	"testing"
)

// homie5Description is that of a device as the specification shows it, with a child's root.
const homie5Description = `{"homie":"5.0","version":7,"name":"Supercar","root":"garage-hub","parent":"garage-hub","nodes":{
	"light":{"name":"Head light","type":"lamp","properties":{"power":{"name":"Power","datatype":"boolean","settable":true},"dim":{"datatype":"integer","format":"0:100","unit":"%","settable":true},"colour":{"datatype":"color","format":"rgb,hsv","settable":true}}},
	"engine":{"properties":{"temperature":{"name":"Engine temperature","datatype":"float","unit":"°C","format":"-20:120"},"mode":{"datatype":"enum","format":"eco,sport","settable":true},"gear":{"datatype":"string"}}}}}`

func TestHomie5(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		base := "homie/5/supercar/"
		h.broker.Deliver(base+"$state", "init", true)
		h.broker.Deliver(base+"$description", homie5Description, true)
		h.broker.Deliver(base+"light/power", "true", true)
		h.broker.Deliver(base+"$state", "ready", true)
		h.broker.Deliver("homie/5/garage-hub/$state", "ready", true)
		h.settle()
		for topic, v := range map[string]string{"light/dim": "40", "light/colour": "rgb,0,255,0", "engine/temperature": "21.5", "engine/mode": "sport", "engine/gear": "R"} {
			h.broker.Deliver(base+topic, v, false)
		}
		for what, want := range map[[2]string]string{
			{"light", "on_off.on"}: "true", {"light", "level.level"}: "40", {"light", "color.hue"}: "120", {"engine", "temperature.celsius"}: "21.5",
			{"engine", "setting.engine_mode"}: "sport", {"engine", "measurement.engine_gear"}: "R",
		} {
			if got := h.hub.value("homie-homie_supercar", what[0], what[1]); got != want {
				t.Errorf("%v = %s, want %s", what, got, want)
			}
		}
		for what, want := range map[string]string{
			"light on_off.on false": base + "light/power/set false", "light color.hue 240": base + "light/colour/set rgb,0,0,255", "engine setting.engine_mode eco": base + "engine/mode/set eco",
		} {
			h.command("homie-homie_supercar", what)
			if got := h.broker.Published(); !slices.Equal(got, []string{want}) {
				t.Errorf("%v sends %q, want %q", what, got, want)
			}
		}
		h.broker.Deliver("homie/5/garage-hub/$state", "lost", true)
		if h.hub.reachable["mqttdiscovery/homie-homie_supercar"] == "" {
			t.Error("its root is lost, yet the child can be reached")
		}
		h.broker.Deliver(base+"$state", "", true)
		h.settle()
		if !h.hub.gone["mqttdiscovery/homie-homie_supercar"] {
			t.Error("it was removed, yet it is there")
		}
	})
}

func TestHomie4(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		base := "homie/a1b2c3d4e5f6/"
		for _, m := range [][2]string{
			{"$homie", "4.0.0"}, {"$name", "Plug 插座"}, {"$state", "ready"}, {"$nodes", "relay,meter"}, {"relay/$name", "Relay"}, {"relay/$properties", "on"},
			{"relay/on/$name", "On"}, {"relay/on/$datatype", "boolean"}, {"relay/on/$settable", "true"}, {"relay/on", "false"},
			{"meter/$properties", "power,energy"}, {"meter/power/$datatype", "float"}, {"meter/power/$unit", "W"}, {"meter/energy/$datatype", "float"}, {"meter/energy/$unit", "kWh"},
		} {
			h.broker.Deliver(base+m[0], m[1], true)
		}
		h.settle()
		h.settle()
		h.broker.Deliver(base+"meter/power", "12.5", false)
		d := h.hub.described["mqttdiscovery/homie-homie_a1b2c3d4e5f6"]
		if d.Name != "Plug 插座" || len(d.Identities) != 1 {
			t.Errorf("described as %+v", d)
		}
		if got := h.hub.value("homie-homie_a1b2c3d4e5f6", "meter", "power_meter.watts"); got != "12.5" {
			t.Errorf("power = %s", got)
		}
		if got := h.hub.value("homie-homie_a1b2c3d4e5f6", "relay", "on_off.on"); got != "false" {
			t.Errorf("relay = %s", got)
		}
		h.command("homie-homie_a1b2c3d4e5f6", "relay on_off.on true")
		if got := h.broker.Published(); !slices.Equal(got, []string{base + "relay/on/set true"}) {
			t.Errorf("sent %q", got)
		}
	})
}

func FuzzHomie(f *testing.F) {
	f.Add(homie5Description, "21")
	f.Add(`{"nodes":{"a":{"properties":{"b":{"datatype":"color","format":"hsv","settable":true}}}}}`, "rgb,1,2,3")
	f.Fuzz(func(t *testing.T, document, say string) {
		th, err := (&homieDevice{base: "homie/5/x", version: 5, document: []byte(document)}).thing()
		if err != nil || th == nil {
			return
		}
		for _, p := range th.points {
			p.read(&message{topic: p.topic, payload: []byte(say)})
		}
	})
}
