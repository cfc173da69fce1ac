package zigbee2mqtt

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
)

// replay plays a capture of a real Zigbee2MQTT 2.14.1 with 15 simulated devices to the adapter.
func replay(t *testing.T, lines []captured) *house {
	h := newHouse(t)
	h.start()
	ms := 0
	for _, c := range lines {
		if c.MS > ms {
			h.pass(time.Duration(c.MS-ms) * time.Millisecond)
			ms = c.MS
		}
		if strings.HasPrefix(c.Topic, "zigbee2mqtt/") && !strings.Contains(c.Topic, "/set") && !strings.HasSuffix(c.Topic, "/get") {
			h.broker.Deliver(c.Topic, c.Payload, c.Retain)
		}
		if strings.HasSuffix(c.Topic, "bridge/devices") || strings.HasSuffix(c.Topic, "bridge/groups") {
			h.settle()
		}
	}
	h.pass(time.Second)
	return h
}

func TestReplayOfARealSession(t *testing.T) {
	for _, c := range []struct{ name, file string }{
		{"trimmed", "testdata/capture.jsonl.gz"},
		{"home assistant off", "../../../shared/corpus/z2m-capture-noha-slim.jsonl.gz"},
		{"home assistant on", "../../../shared/corpus/z2m-capture-slim.jsonl.gz"},
	} {
		t.Run(c.name, func(t *testing.T) { checkSession(t, replay(t, readCapture(t, c.file))) })
	}
}

// types15 is what the fifteen devices are.
var types15 = map[string]model.DeviceType{
	"0x001788010aaa0001": "light_color", "0x842e14fffebb0002": "light_color_temperature", "0x00124b0022cc0003": "climate_sensor",
	"0x0c4314fffedd0004": "trv", "0x54ef44fffeee0005": "air_conditioner", "0x00124b0022ff0006": "contact_sensor", "0x00124b0022ff0007": "motion_sensor",
	"0x00124b0023aa0008": "wall_switch", "0x00158d0005bb0009": "plug", "0x842e14fffecc000a": "window_covering", "0x000d6f0010dd000b": "door_lock",
	"0x842e14fffeaa000c": "remote", "0xa4c138fffe11000d": "trv", "0x50325ffffe22000e": "leak_sensor",
}

func checkSession(t *testing.T, h *house) {
	for ieee, want := range types15 {
		d := h.hub.described[sourceID(ieee)]
		if d.Type != want {
			t.Errorf("%s (%s) is a %q, want %q", ieee, d.Product, d.Type, want)
		}
	}
	if d := h.hub.described["zigbee2mqtt/0x00124b0022cc0003"]; d.Name != "客厅/温湿度" || d.Room != "客厅" {
		t.Errorf("the sensor is named %q in %q", d.Name, d.Room)
	}
	h.want("0x00124b0022ff0006", "main", "contact.open", "false good")
	h.want("0x00124b0022ff0007", "main", "occupancy.occupied", "false good")
	h.want("0x50325ffffe22000e", "main", "water_leak.leak", "false good")
	h.want("0x00124b0022ff0006", "main", "power_source.battery_voltage", "3 good")
	h.want("0x00158d0005bb0009", "main", "power_meter.volts", "230.1 good")
	h.want("0x00158d0005bb0009", "main", "energy_meter.imported_kwh", "1.23 good")
	h.want("0x000d6f0010dd000b", "main", "door_lock.lock", "locked good")
	h.want("0x842e14fffecc000a", "main", "window_covering.open_pct", "40 good")
	h.want("0x54ef44fffeee0005", "main", "on_off.on", "false good")
	h.want("0x54ef44fffeee0005", "main", "thermostat.mode", "off good") // its system_mode still says heat
	h.want("0x00124b0023aa0008", "left", "on_off.on", "true good")
	h.want("0x00124b0023aa0008", "right", "on_off.on", "false good")
	checkButtons(t, h)
}

func checkButtons(t *testing.T, h *house) {
	var raws, kinds []string
	for _, e := range h.hub.events {
		switch e.Event {
		case "button.press":
			raws = append(raws, textOf(e.Args["raw"]))
		case "door_lock.operation":
			kinds = append(kinds, textOf(e.Args["kind"])+" "+textOf(e.Args["source"]))
		}
	}
	if want := []string{"on", "brightness_move_up", "brightness_stop", "arrow_right_click"}; !slices.Equal(raws, want) {
		t.Errorf("buttons: %q, want %q", raws, want)
	}
	if want := []string{"unlock remote", "lock remote"}; !slices.Equal(kinds, want) {
		t.Errorf("lock operations: %q, want %q", kinds, want)
	}
}
