package demo_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/demo"
)

// still is a house in which time stands still, so that only what is asked for happens.
var still = demo.Options{Speed: 1e-9, Start: time.Date(2026, 1, 12, 13, 0, 0, 0, time.UTC), Seed: 1}

func TestTheDeviceListIsWhatZigbee2MQTTPublishes(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		var list []map[string]any
		if err := json.Unmarshal([]byte(s.retainedText("bridge/devices")), &list); err != nil {
			t.Fatal(err)
		}
		if len(list) != 20 || list[0]["type"] != "Coordinator" {
			t.Fatalf("%d entries, the first a %v; want the coordinator and 19 devices", len(list), list[0]["type"])
		}
		for _, d := range list[1:] {
			for _, key := range []string{"ieee_address", "friendly_name", "network_address", "type", "supported", "disabled", "definition", "power_source",
				"interviewing", "interview_completed", "interview_state", "manufacturer", "model_id", "endpoints"} {
				if d[key] == nil {
					t.Errorf("%v has no %s", d["friendly_name"], key)
				}
			}
			if def, _ := d["definition"].(map[string]any); def["vendor"] == nil || len(def["exposes"].([]any)) == 0 {
				t.Errorf("%v has no full definition", d["friendly_name"])
			}
			if name := d["friendly_name"].(string); s.retainedText(name+"/availability") != `{"state":"online"}` || len(s.heard(name)) == 0 {
				t.Errorf("%s has no availability, or no state", name)
			}
		}
		if s.retainedText("bridge/state") != `{"state":"online"}` {
			t.Errorf("bridge/state is %s", s.retainedText("bridge/state"))
		}
		if v := s.object(s.retainedText("bridge/info"))["version"]; v != "2.14.1" {
			t.Errorf("bridge/info says version %v", v)
		}
	})
}

func TestTheBridgeIsOfflineAfterwards(t *testing.T) {
	var after *stage
	play(t, still, func(_ *testing.T, s *stage) { after = s })
	if got := after.retainedText("bridge/state"); got != `{"state":"offline"}` {
		t.Errorf("bridge/state is %s", got)
	}
}

func TestASetIsEchoedThenReportedByTheDeviceItself(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.say("hall lamp/set", `{"state":"ON","brightness":120,"transition":1}`)
		s.pass(100 * time.Millisecond)
		if diff := cmp.Diff([]any{"OFF", "ON"}, s.values("hall lamp", "state")); diff != "" {
			t.Errorf("before the report (heard, echo):\n%s", diff)
		}
		s.pass(time.Second)
		if diff := cmp.Diff([]any{200.0, 120.0}, s.values("hall lamp", "brightness")); diff != "" {
			t.Errorf("brightness, which the lamp does not report by itself:\n%s", diff)
		}
		s.say("hall lamp/set", `{"state":"OFF"}`)
		s.pass(time.Second)
		if diff := cmp.Diff([]any{"ON", "OFF", "OFF"}, s.values("hall lamp", "state")); diff != "" {
			t.Errorf("heard, echo, report:\n%s", diff)
		}
	})
}

func TestWhatPeopleAndHubsSendToDevices(t *testing.T) {
	for _, tc := range []struct {
		name, topic, payload, device, key string
		want                              any
	}{
		{"a bare word", "living/lamp/set", "ON", "living/lamp", "state", "ON"},
		{"toggle", "living/lamp/set", `{"state":"TOGGLE"}`, "living/lamp", "state", "ON"},
		{"an attribute in the topic", "living/lamp/set/state", "ON", "living/lamp", "state", "ON"},
		{"brightness switches on", "living/lamp/set", `{"brightness":10}`, "living/lamp", "state", "ON"},
		{"brightness 0 switches off", "living/lamp/set", `{"brightness":0}`, "living/lamp", "state", "OFF"},
		{"brightness is brought into range", "living/lamp/set", `{"brightness":999}`, "living/lamp", "brightness", 254.0},
		{"a step of brightness", "bedroom lamp/set", `{"brightness_step":30}`, "bedroom lamp", "brightness", 150.0},
		{"colour temperature", "living/lamp/set", `{"color_temp":250}`, "living/lamp", "color_mode", "color_temp"},
		{"colour", "living/lamp/set", `{"color":{"hue":240,"saturation":100}}`, "living/lamp", "color_mode", "hs"},
		{"a part in the topic", "kitchen_switch/right/set", `{"state":"ON"}`, "kitchen_switch", "state_right", "ON"},
		{"a part in the key", "kitchen_switch/set", `{"state_left":"ON"}`, "kitchen_switch", "state_left", "ON"},
		{"by address", "0x00158d0008d20006/set", `{"state":"ON"}`, "bedroom lamp", "state", "ON"},
		{"a setpoint", "living_trv/set", `{"occupied_heating_setpoint":22.5}`, "living_trv", "occupied_heating_setpoint", 22.5},
		{"a setpoint starts the heating", "kitchen_trv/set", `{"current_heating_setpoint":25}`, "kitchen_trv", "running_state", "heat"},
		{"a mode switches the air conditioner on", "bedroom_ac/set", `{"system_mode":"cool"}`, "bedroom_ac", "state", "ON"},
		{"mode off switches it off", "bedroom_ac/set", `{"system_mode":"off"}`, "bedroom_ac", "state", "OFF"},
		{"a plug without load", "tv_plug/set", `{"state":"OFF"}`, "tv_plug", "power", 0.0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			play(t, still, func(t *testing.T, s *stage) {
				s.say(tc.topic, tc.payload)
				s.pass(time.Second)
				if got := s.values(tc.device, tc.key); len(got) == 0 || got[len(got)-1] != tc.want {
					t.Errorf("%s was published as %v, want %v at last", tc.key, got, tc.want)
				}
			})
		})
	}
}

func TestErrorsAreInTheLogInZigbee2MQTTsWords(t *testing.T) {
	for _, tc := range []struct{ name, topic, payload, want string }{
		{"unknown key", "living/lamp/set", `{"does_not_exist":1}`, "z2m: No converter available for 'does_not_exist' on 'living/lamp': (1)"},
		{"unknown device", "nobody/set", `{"state":"ON"}`, "z2m: Entity 'nobody' is unknown"},
		{"no JSON", "living/lamp/set", `{not json`, "z2m: Invalid message 'undefined', skipping..."},
		{"no number", "living/lamp/set", `{"color_temp":"banana"}`, "z2m: Publish 'set' 'color_temp' to 'living/lamp' failed: 'Error: Value is not a number, got number (NaN)'"},
		{"no member", "bedroom_ac/set", `{"system_mode":"party"}`, "z2m: Publish 'set' 'system_mode' to 'bedroom_ac' failed: 'Error: Value: 'party' not found in: [off, auto, cool, heat, fan_only, dry]'"},
		{"out of range", "living_trv/set", `{"occupied_heating_setpoint":99}`, "z2m: Publish 'set' 'occupied_heating_setpoint' to 'living_trv' failed: 'Error: Status 'INVALID_VALUE''"},
		{"cannot be set", "living_trv/set", `{"local_temperature":20}`, "z2m: No converter available for 'local_temperature' on 'living_trv': (20)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			play(t, still, func(t *testing.T, s *stage) {
				s.say(tc.topic, tc.payload)
				s.pass(time.Second)
				if got := s.values("bridge/logging", "message"); !slices.Contains(got, any(tc.want)) {
					t.Errorf("the log says %q, want %q", got, tc.want)
				}
			})
		})
	}
}

func TestAnUnpluggedLampIsMissedOnlyAfterAWhile(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.try(s.house.Unplug("living/lamp", true))
		s.say("living/lamp/set", `{"state":"ON"}`)
		s.pass(17 * time.Second)
		if got := len(s.heard("living/lamp")) + len(s.heard("bridge/logging")); got != 0 {
			t.Errorf("%d messages after 17 s, want none", got)
		}
		s.pass(3 * time.Second)
		if got := s.values("bridge/logging", "message"); len(got) != 1 || !strings.HasPrefix(got[0].(string), "z2m: Publish 'set' 'state' to 'living/lamp' failed: 'Error: ZCL command 0x0017880110d20001/11 genOnOff.on({}, {\"timeout\":10000,") || !strings.Contains(got[0].(string), "MAC_NO_ACK") {
			t.Errorf("after 20 s the log says %q", got)
		}
		s.pass(time.Minute)
		if got := s.retainedText("living/lamp/availability"); got != `{"state":"offline"}` {
			t.Errorf("availability after 80 s: %s", got)
		}
		s.from()
		s.try(s.house.Unplug("living/lamp", false))
		if got := s.values("bridge/event", "type"); len(got) != 1 || got[0] != "device_announce" {
			t.Errorf("events with power again: %v", got)
		}
		if got := s.values("living/lamp", "state"); len(got) != 1 || got[0] != "ON" || s.retainedText("living/lamp/availability") != `{"state":"online"}` {
			t.Errorf("with power again: %v, %s", got, s.retainedText("living/lamp/availability"))
		}
	})
}

func (s *stage) try(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestAGetIsAnsweredByWhatListensAndFailsForWhatSleeps(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.say("living/lamp/get", `{"state":""}`)
		s.pass(time.Second)
		if got := s.values("living/lamp", "state"); len(got) != 1 || got[0] != "OFF" {
			t.Errorf("the lamp answered %v", got)
		}
		s.say("hall_motion/get", `{"battery":""}`)
		s.pass(30 * time.Second)
		if got := s.values("bridge/logging", "message"); len(got) != 1 || !strings.Contains(got[0].(string), "Publish 'get' 'battery' to 'hall_motion' failed") {
			t.Errorf("the log says %q", got)
		}
	})
}

func TestABlindTakesItsTimeAndStops(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.say("bedroom_blind/set", `{"position":40}`)
		s.pass(20 * time.Second)
		if diff := cmp.Diff([]any{100.0, 40.0, 90.0, 80.0, 70.0, 60.0, 50.0, 40.0}, s.values("bedroom_blind", "position")); diff != "" {
			t.Errorf("heard, echo, then the way:\n%s", diff)
		}
		s.say("bedroom_blind/set", `{"state":"CLOSE"}`)
		s.pass(2500 * time.Millisecond)
		s.say("bedroom_blind/set", `{"state":"STOP"}`)
		s.pass(20 * time.Second)
		if got := s.values("bedroom_blind", "position"); got[len(got)-1] != 20.0 {
			t.Errorf("stopped at %v, want 20", got)
		}
	})
}

func TestALockReportsOnlyWhenTheBoltHasMovedAndWhoDidIt(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.say("front_lock/set", `{"state":"UNLOCK"}`)
		s.pass(2 * time.Second)
		if diff := cmp.Diff([]any{"LOCK", "UNLOCK", "UNLOCK"}, s.values("front_lock", "state")); diff != "" {
			t.Errorf("states:\n%s", diff)
		}
		if diff := cmp.Diff([]any{nil, nil, "unlock"}, s.values("front_lock", "action")); diff != "" {
			t.Errorf("actions:\n%s", diff)
		}
		s.from()
		s.try(s.house.Touch("front_lock", "state", "LOCK"))
		if got := s.values("front_lock", "action"); len(got) != 2 || got[1] != "manual_lock" {
			t.Errorf("by hand: %v", got)
		}
	})
}

func TestPressAndTouch(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.from()
		s.try(s.house.Press("remote", "brightness_move_up"))
		s.try(s.house.Touch("kitchen_leak", "water_leak", true))
		s.try(s.house.Touch("living_trv", "occupied_heating_setpoint", 23))
		s.try(s.house.Touch("bedroom_blind", "position", 30))
		for _, tc := range []struct {
			device, key string
			want        any
		}{
			{"remote", "action", "brightness_move_up"}, {"kitchen_leak", "water_leak", true},
			{"living_trv", "occupied_heating_setpoint", 23.0}, {"bedroom_blind", "position", 30.0},
		} {
			if diff := cmp.Diff([]any{tc.want}, s.values(tc.device, tc.key)); diff != "" {
				t.Errorf("%s:\n%s", tc.device, diff)
			}
		}
		for name, err := range map[string]error{
			"no such device": s.house.Press("nobody", "on"), "no such action": s.house.Press("remote", "sing"), "no button": s.house.Press("siren", "on"),
			"no such property": s.house.Touch("siren", "mood", 1), "wrong value": s.house.Touch("living_trv", "occupied_heating_setpoint", "warm"),
			"no such lamp": s.house.Unplug("nobody", true),
		} {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

func TestAHouseRunsOnceAndNeedsAConnection(t *testing.T) {
	if err := demo.New(demo.Options{}).Run(t.Context()); err == nil {
		t.Error("it runs without a connection")
	}
	play(t, still, func(t *testing.T, s *stage) {
		if err := s.house.Run(t.Context()); err == nil {
			t.Error("it runs twice")
		}
	})
	if err := demo.New(demo.Options{MQTT: newBroker()}).Press("remote", "on"); err == nil {
		t.Error("a button works in a house that does not run")
	}
}

func TestALostConnectionIsSatOut(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.setDown(true)
		s.try(s.house.Press("remote", "on"))
		s.pass(5 * time.Second)
		s.from()
		s.setDown(false)
		s.pass(5 * time.Second)
		if len(s.heard("bridge/devices")) != 1 {
			t.Errorf("%d device lists once the connection is back, want 1", len(s.heard("bridge/devices")))
		}
	})
}

func (s *stage) setDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	s.Cut(down)
}
