package demo

import (
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
)

// silent is an MQTT connection that leads nowhere.
type silent struct{}

func (silent) Subscribe(string, func(adapters.Message)) (func(), error) { return func() {}, nil }
func (silent) Publish(string, []byte, bool, byte) error                 { return nil }

// FuzzReceive: whatever is published below the base topic, the house goes on.
func FuzzReceive(f *testing.F) {
	for topic, payload := range map[string]string{
		"living/lamp/set": `{"state":"ON","brightness":1e9,"color":{"hex":"#zz"},"color_temp":0}`, "living/lamp/get": `{"state":""}`, "living/lamp/set/brightness": "x",
		"kitchen_switch/left/set": "TOGGLE", "bedroom_ac/set": `{"system_mode":"cool","mode":"dry"}`, "bedroom_blind/set": `{"position":-1}`, "front_lock/set": `{"state":"LOCK","pin_code":{}}`,
		"siren/set": `{"warning":{"mode":"emergency","duration":10}}`, "bridge/request/permit_join": `{"time":1}`, "bridge/request/device/rename": `{"from":"remote","to":"/set"}`,
		"bridge/request/device/remove": `"remote"`, "living_trv/set": `{"occupied_heating_setpoint":null}`, "bridge/request/restart": "", "set": "", "/set": "[]",
	} {
		f.Add(topic, []byte(payload))
	}
	now := time.Date(2026, 1, 12, 13, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		clock := now
		h := New(Options{MQTT: silent{}, Now: func() time.Time { return clock }})
		h.receive(message{"zigbee2mqtt/" + topic, payload})
		for range 40 { // what came of it
			clock = clock.Add(time.Second)
			h.runErrands()
			h.tick()
		}
	})
}
