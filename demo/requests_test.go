package demo_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const spare = "0x00124b0029d20014" // the motion sensor that is still in its box

func (s *stage) listed(ieee string) map[string]any {
	s.t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte(s.retainedText("bridge/devices")), &list); err != nil {
		s.t.Fatal(err)
	}
	for _, d := range list {
		if d["ieee_address"] == ieee {
			return d
		}
	}
	return nil
}

func TestRequestsAreAnsweredWithTheirTransaction(t *testing.T) {
	for _, tc := range []struct{ request, payload, want string }{
		{"permit_join", `{"time":60,"transaction":"t1"}`, `{"data":{"time":60},"status":"ok","transaction":"t1"}`},
		{"permit_join", `{"time":900,"transaction":"t1"}`, `{"data":{},"error":"Cannot permit join for more than 254 seconds.","status":"error","transaction":"t1"}`},
		{"permit_join", `{"transaction":"t1"}`, `{"data":{},"error":"Invalid payload","status":"error","transaction":"t1"}`},
		{"device/rename", `{"from":"remote","to":"沙发/遥控器","transaction":7}`, `{"data":{"from":"remote","homeassistant_rename":false,"to":"沙发/遥控器"},"status":"ok","transaction":7}`},
		{"device/rename", `{"from":"no such thing","to":"x","transaction":"t1"}`, `{"data":{},"error":"Device 'no such thing' does not exist","status":"error","transaction":"t1"}`},
		{"device/rename", `{"from":"remote","to":"siren","transaction":"t1"}`, `{"data":{},"error":"friendly_name 'siren' is already in use","status":"error","transaction":"t1"}`},
		{"device/rename", `{"from":"remote","to":"a+b","transaction":"t1"}`, `{"data":{},"error":"MQTT wildcard (+ and #) not allowed in friendly_name ('a+b')","status":"error","transaction":"t1"}`},
		{"device/remove", `{"id":"remote","transaction":"t1"}`, `{"data":{"block":false,"clear_cache":false,"force":false,"id":"remote","keep_config":false},"status":"ok","transaction":"t1"}`},
		{"device/remove", `nobody`, `{"data":{},"error":"Device 'nobody' does not exist","status":"error"}`},
		{"device/interview", `{"id":"siren","transaction":"t1"}`, `{"data":{"id":"siren"},"status":"ok","transaction":"t1"}`},
		{"health_check", ``, `{"data":{"healthy":true},"status":"ok"}`},
		{"coordinator_check", `{}`, `{"data":{"missing_routers":[]},"status":"ok"}`},
	} {
		t.Run(tc.request+" "+tc.payload, func(t *testing.T) {
			play(t, still, func(t *testing.T, s *stage) {
				if diff := cmp.Diff(s.object(tc.want), s.answer(tc.request, tc.payload)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestARenamedDeviceLivesOnUnderItsNewName(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.answer("device/rename", `{"from":"living/lamp","to":"客厅/落地灯"}`)
		if s.listed("0x0017880110d20001")["friendly_name"] != "客厅/落地灯" || s.retainedText("living/lamp/availability") != "" || s.retainedText("客厅/落地灯/availability") == "" {
			t.Error("the old name is still about, or the new one is not")
		}
		s.say("客厅/落地灯/set", `{"state":"ON"}`)
		s.pass(time.Second)
		if got := s.values("客厅/落地灯", "state"); len(got) != 2 || got[1] != "ON" {
			t.Errorf("under its new name it says %v", got)
		}
	})
}

func TestARemovedDeviceIsGoneAndJoinsAgainAsNew(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.answer("permit_join", `{"time":30}`) // so that the spare device is no longer in the way
		s.pass(time.Minute)
		s.answer("device/remove", `{"id":"hall lamp"}`)
		if s.listed("0x842e14fffed2000f") != nil {
			t.Error("the lamp is still listed")
		}
		s.say("hall lamp/set", `{"state":"ON"}`)
		s.pass(time.Second)
		if len(s.heard("hall lamp")) != 0 {
			t.Error("the lamp still answers")
		}
		s.answer("permit_join", `{"time":30}`)
		s.pass(time.Minute)
		if d := s.listed("0x842e14fffed2000f"); d["friendly_name"] != "0x842e14fffed2000f" || d["interview_state"] != "SUCCESSFUL" {
			t.Errorf("it joined as %v, %v", d["friendly_name"], d["interview_state"])
		}
	})
}

func TestTheSpareDeviceJoinsWhileTheNetworkIsOpen(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		if s.listed(spare) != nil {
			t.Fatal("it has joined already")
		}
		s.answer("permit_join", `{"time":30}`)
		if s.object(s.retainedText("bridge/info"))["permit_join"] != true {
			t.Error("bridge/info does not say that the network is open")
		}
		s.pass(time.Minute)
		if diff := cmp.Diff([]any{"device_joined", "device_interview", "device_interview"}, s.values("bridge/event", "type")); diff != "" {
			t.Errorf("events:\n%s", diff)
		}
		if s.listed(spare)["interview_state"] != "SUCCESSFUL" || s.object(s.retainedText("bridge/info"))["permit_join"] != false {
			t.Error("it has not joined, or the network is still open")
		}
	})
}

func TestNothingJoinsAClosedNetwork(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.answer("permit_join", `{"time":30}`)
		s.answer("permit_join", `{"time":0}`)
		s.pass(time.Minute)
		if s.listed(spare) != nil {
			t.Error("it joined")
		}
	})
}

func TestADeviceWithoutPowerIsRemovedOnlyByForce(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.try(s.house.Unplug("hall lamp", true))
		s.say("bridge/request/device/remove", `{"id":"hall lamp"}`)
		s.pass(time.Minute)
		got := s.heard("bridge/response/device/remove")
		if len(got) != 1 || !strings.Contains(got[0].payload, `"status":"error"`) || s.listed("0x842e14fffed2000f") == nil {
			t.Errorf("without force: %v", got)
		}
		if a := s.answer("device/remove", `{"id":"hall lamp","force":true}`); a["status"] != "ok" {
			t.Errorf("by force: %v", a)
		}
	})
}

func TestARestartSaysOfflineAndThenEverythingAnew(t *testing.T) {
	play(t, still, func(t *testing.T, s *stage) {
		s.say("bridge/request/restart", ``)
		s.pass(10 * time.Second)
		if diff := cmp.Diff([]any{"offline", "online"}, s.values("bridge/state", "state")); diff != "" {
			t.Error(diff)
		}
		if len(s.heard("siren")) != 1 {
			t.Errorf("%d states of the siren, want 1", len(s.heard("siren")))
		}
	})
}
