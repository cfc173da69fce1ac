package demo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/demo"
)

// fullDay is a Monday in January from midnight on, which takes 24 minutes.
var fullDay = demo.Options{Speed: 60, Start: time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC), Seed: 5}

func TestADayHasMotionDoorsLightWarmthAndAnArrival(t *testing.T) {
	play(t, fullDay, func(t *testing.T, s *stage) {
		s.pass(24 * time.Minute)
		if got := s.house.Time(); got.Sub(fullDay.Start) != 24*time.Hour {
			t.Errorf("simulated time is %v", got)
		}
		for _, tc := range []struct {
			device, key string
			want        []any // each is published at least once
		}{
			{"hall_motion", "occupancy", []any{true, false}},
			{"front_door", "contact", []any{true, false}},
			{"bedroom_window", "contact", []any{true, false}},
			{"front_lock", "action", []any{"manual_lock", "manual_unlock"}},
			{"living/lamp", "state", []any{"ON", "OFF"}},
			{"bedroom lamp", "state", []any{"ON", "OFF"}},
			{"bedroom_blind", "position", []any{0.0, 100.0}},
			{"living_trv", "running_state", []any{"heat"}},
		} {
			got := s.values(tc.device, tc.key)
			for _, w := range tc.want {
				if !slices.Contains(got, w) {
					t.Errorf("%s of %s was never %v", tc.key, tc.device, w)
				}
			}
		}
		for device, key := range map[string]string{"卧室温湿度": "temperature", "living_air": "pm25", "tv_plug": "energy", "kitchen_trv": "local_temperature"} {
			got := s.values(device, key)
			if distinct := slices.Compact(got); len(distinct) < 3 {
				t.Errorf("%s of %s was only %v", key, device, distinct)
			}
		}
	})
}

func TestThePhoneLeavesAndComesHomeAsARealOneInMoveMode(t *testing.T) {
	play(t, fullDay, func(t *testing.T, s *stage) {
		s.pass(24 * time.Minute)
		var far, away bool
		var last float64
		for _, m := range s.heard(demo.Tracker) {
			fix := s.object(m.payload)
			tst := fix["tst"].(float64)
			if fix["_type"] != "location" || tst <= last && last != 0 || fix["acc"].(float64) <= 0 || int64(tst) != m.at.Unix() {
				t.Fatalf("a fix after %v: %s", last, m.payload)
			}
			last = tst
			north := (fix["lat"].(float64) - demo.HomeLatitude) * 111_320
			far = far || north > 5000
			away = north > 1000
		}
		if !far || away {
			t.Errorf("it was far away: %v; it still is: %v", far, away)
		}
		var events []string
		for _, m := range s.heard(demo.Tracker + "/event") {
			events = append(events, s.object(m.payload)["event"].(string))
		}
		if !slices.Equal(events, []string{"leave", "enter"}) {
			t.Errorf("transitions: %v", events)
		}
	})
}

func TestAtSpeedSixtyTheHouseSaysAtMostTwentyThingsAMinute(t *testing.T) {
	play(t, fullDay, func(t *testing.T, s *stage) {
		s.pass(time.Second) // what is said at the start is not unasked
		s.from()
		s.pass(48 * time.Minute)
		var times []time.Time
		for _, m := range s.seen[s.mark:] {
			if !strings.HasPrefix(m.topic, "owntracks/") && !strings.HasPrefix(m.topic, "zigbee2mqtt/bridge/") {
				times = append(times, m.at)
			}
		}
		if len(times) < 48*5 {
			t.Errorf("only %d messages in 48 minutes", len(times))
		}
		for i := range times {
			if j := i + 20; j < len(times) && times[j].Sub(times[i]) < time.Minute {
				t.Fatalf("21 messages within %v", times[j].Sub(times[i]))
			}
		}
	})
}

func TestHeatingFollowsTheSetpointThatTheHubSends(t *testing.T) {
	o := fullDay
	o.Start = o.Start.Add(9 * time.Hour)
	play(t, o, func(t *testing.T, s *stage) {
		s.say("living_trv/set", `{"occupied_heating_setpoint":21}`)
		s.pass(6 * time.Minute) // six hours
		warm := s.values("living_trv", "local_temperature")
		if got := warm[len(warm)-1].(float64); got < 20.4 || got > 21.6 {
			t.Errorf("it is %v °C, want 21", got)
		}
		s.say("living_trv/set", `{"system_mode":"off"}`)
		s.pass(4 * time.Minute)
		cool := s.values("living_trv", "local_temperature")
		if got := cool[len(cool)-1].(float64); got > 20 {
			t.Errorf("four hours later it is still %v °C", got)
		}
	})
}

func TestTimeCanBeSpedUpAndStopped(t *testing.T) {
	play(t, fullDay, func(t *testing.T, s *stage) {
		s.house.SetSpeed(3600)
		s.pass(2 * time.Second)
		if got := s.house.Time().Sub(fullDay.Start); got != 2*time.Hour {
			t.Errorf("%v passed, want two hours", got)
		}
		s.house.SetSpeed(0)
		s.pass(time.Minute)
		if got := s.house.Time().Sub(fullDay.Start); got != 2*time.Hour {
			t.Errorf("%v passed, want two hours still", got)
		}
	})
}

func TestTheSameSeedGivesTheSameDay(t *testing.T) {
	day := func(seed uint64) []string {
		var out []string
		o := fullDay
		o.Seed = seed
		play(t, o, func(t *testing.T, s *stage) {
			s.pass(12 * time.Minute)
			for _, m := range s.seen {
				out = append(out, m.topic+" "+m.payload)
			}
		})
		return out
	}
	if !slices.Equal(day(1), day(1)) {
		t.Error("one seed, two days")
	}
	if slices.Equal(day(1), day(2)) {
		t.Error("two seeds, one day")
	}
}
