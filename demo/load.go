package demo

import (
	"encoding/json"
	"fmt"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Load is a house for measurements: N motion sensors and N lamps that exist only as Zigbee2MQTT's retained
// list of devices. Whoever publishes zigbee2mqtt/motion_K is answered on zigbee2mqtt/light_K/set, K from 1.
type Load struct {
	N    int
	Base string // "zigbee2mqtt"
}

// Announce publishes what Zigbee2MQTT would: that it is online, and its devices.
func (l Load) Announce(m adapters.MQTT) error {
	devices := make([]map[string]any, 0, 2*l.N)
	for k := 1; k <= l.N; k++ {
		devices = append(devices,
			loadDevice(l.address("motion", k), fmt.Sprintf("motion_%d", k), "Battery", motionExposes),
			loadDevice(l.address("light", k), fmt.Sprintf("light_%d", k), "Mains (single phase)", lightExposes))
	}
	list, err := json.Marshal(devices)
	if err != nil {
		return fmt.Errorf("the list of %d devices: %w", len(devices), err)
	}
	if err := m.Publish(l.Base+"/bridge/state", []byte(`{"state":"online"}`), true, 1); err != nil {
		return err
	}
	return m.Publish(l.Base+"/bridge/devices", list, true, 0)
}

func (l Load) address(kind string, k int) string {
	return fmt.Sprintf("0x%s%08x", map[string]string{"motion": "00aa0000", "light": "00bb0000"}[kind], k)
}

// Settle publishes a first state of each motion sensor: what is heard first of a device triggers no scene.
func (l Load) Settle(m adapters.MQTT) error {
	for k := 1; k <= l.N; k++ {
		if err := m.Publish(fmt.Sprintf("%s/motion_%d", l.Base, k), []byte(`{"occupancy":false}`), false, 0); err != nil {
			return err
		}
	}
	return nil
}

// Scenes are two for each pair: motion lights the lamp, its end darkens it. The resolver turns an
// IEEE address into the hub's device.
func (l Load) Scenes(device func(ieee string) model.DeviceID) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for k := 1; k <= l.N; k++ {
		for _, on := range []bool{true, false} {
			out[fmt.Sprintf("load-%d-%v", k, on)] = json.RawMessage(fmt.Sprintf(
				`{"names":{"":"Load %d %v"},"when":[{"device":%q,"attribute":"occupancy.occupied","to":%v}],"then":[{"device":%q,"set":{"on_off.on":%v}}]}`,
				k, on, device(l.address("motion", k)), on, device(l.address("light", k)), on))
		}
	}
	return out
}

// Last is the address of the device that is announced last.
func (l Load) Last() string { return l.address("light", l.N) }

func loadDevice(address, name, power string, exposes []map[string]any) map[string]any {
	return map[string]any{
		"ieee_address": address, "friendly_name": name, "type": "EndDevice", "network_address": 1, "supported": true, "disabled": false,
		"interview_state": "SUCCESSFUL", "interview_completed": true, "power_source": power, "model_id": "load", "manufacturer": "Concord",
		"definition": map[string]any{"model": "load", "vendor": "Concord", "description": "Simulated device for measurements", "exposes": exposes, "options": []any{}, "supports_ota": false},
	}
}

var motionExposes = []map[string]any{
	{"type": "binary", "name": "occupancy", "property": "occupancy", "access": 1, "value_on": true, "value_off": false},
	{"type": "numeric", "name": "battery", "property": "battery", "access": 1, "unit": "%", "value_min": 0, "value_max": 100, "category": "diagnostic"},
	{"type": "numeric", "name": "linkquality", "property": "linkquality", "access": 1, "unit": "lqi", "value_min": 0, "value_max": 255, "category": "diagnostic"},
}

var lightExposes = []map[string]any{
	{"type": "light", "features": []map[string]any{
		{"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF", "value_toggle": "TOGGLE"},
		{"type": "numeric", "name": "brightness", "property": "brightness", "access": 7, "value_min": 0, "value_max": 254},
	}},
	{"type": "numeric", "name": "linkquality", "property": "linkquality", "access": 1, "unit": "lqi", "value_min": 0, "value_max": 255, "category": "diagnostic"},
}
