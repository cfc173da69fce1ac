package demo

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var monday = time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC)

// cold is a grey winter's day.
var cold = conditions{outdoor: 2, water: 3}

// regulate lets a valve hold a room for some hours.
func regulate(s *space, v *valve, k knob, hours int) {
	for range hours * 120 {
		s.step(step.Seconds(), cold, gains{valve: v.step(step.Seconds(), k, s.air), next: 16})
	}
}

func TestARadiatorValveReachesItsSetpointAndTheRoomCoolsWhenItIsOff(t *testing.T) {
	s := &space{volume: 50, air: 16, mass: 16, water: 5}
	v := &valve{}
	regulate(s, v, knob{setpoint: 21, mode: "heat"}, 8)
	if math.Abs(s.air-21) > 0.4 {
		t.Errorf("after eight hours it is %.2f °C, want 21 °C", s.air)
	}
	warm := s.air
	regulate(s, v, knob{setpoint: 21, mode: "off"}, 3)
	if s.air > warm-1.5 || s.air < cold.outdoor {
		t.Errorf("three hours after it was %.1f °C, it is %.1f °C", warm, s.air)
	}
}

func TestAValveThatIsOffProtectsFromFrost(t *testing.T) {
	s := &space{volume: 50, air: 8, mass: 8, water: 4}
	freezing := conditions{outdoor: -15, water: 1}
	v := &valve{}
	for range 48 * 120 {
		s.step(step.Seconds(), freezing, gains{valve: v.step(step.Seconds(), knob{mode: "off"}, s.air), next: 2})
	}
	if s.air < 5 {
		t.Errorf("it is %.1f °C, want about 7 °C", s.air)
	}
}

func TestHeatMeansFullyOpenAtATuyaValve(t *testing.T) {
	if got := (&valve{}).step(30, knob{setpoint: 20, mode: "heat", boost: true}, 26); got != 100 {
		t.Errorf("opened by %v percent, want 100", got)
	}
	if got := (&valve{}).step(30, knob{setpoint: 20, mode: "auto", boost: true}, 26); got != 0 {
		t.Errorf("regulating, opened by %v percent, want 0", got)
	}
}

func TestAnAirConditionerHoldsItsTargetEitherWay(t *testing.T) {
	for _, tc := range []struct {
		name    string
		c       cooler
		outside conditions
		from    float64
		want    float64
	}{
		{"cools", cooler{true, "cool", 23}, conditions{outdoor: 34, sun: 0.6, water: 14}, 30, 23},
		{"heats", cooler{true, "heat", 22}, cold, 15, 22},
		{"does both by itself", cooler{true, "auto", 24}, conditions{outdoor: 34, water: 14}, 30, 24},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &space{volume: 36, window: 450, air: tc.from, mass: tc.from, water: 8}
			for range 10 * 120 {
				s.step(step.Seconds(), tc.outside, gains{direct: tc.c.power(s.air), next: s.air})
			}
			if math.Abs(s.air-tc.want) > 0.7 {
				t.Errorf("it is %.2f °C, want %v °C", s.air, tc.want)
			}
		})
	}
	if p := (cooler{false, "cool", 16}).power(30); p != 0 {
		t.Errorf("switched off it brings %v W", p)
	}
}

func TestAnOpenWindowCoolsFasterThanAClosedOne(t *testing.T) {
	after := func(open bool) float64 {
		s := &space{volume: 36, air: 20, mass: 20, water: 7}
		s.step(1800, cold, gains{open: open, next: 18})
		return s.air
	}
	if open, closed := after(true), after(false); open > closed-1 {
		t.Errorf("open %.2f °C, closed %.2f °C", open, closed)
	}
}

func TestHumidityRisesWithPeopleAndStaysARelativeHumidity(t *testing.T) {
	s := &space{volume: 20, people: 4, air: 18, mass: 18, water: 6}
	before := s.humidity()
	s.step(3*3600, cold, gains{steam: 800, next: 18})
	if after := s.humidity(); after <= before || after > 99 {
		t.Errorf("from %.0f %% to %.0f %%", before, after)
	}
}

func TestTheSunRisesInTheMorningAndSummersAreWarmerThanWinters(t *testing.T) {
	at := func(month time.Month, hour int) time.Time { return time.Date(2026, month, 21, hour, 0, 0, 0, time.UTC) }
	if sunHeight(at(6, 12)) < 0.9 || sunHeight(at(12, 0)) > 0 || sunHeight(at(12, 12)) < 0.4 {
		t.Errorf("the sun's heights: %v %v %v", sunHeight(at(6, 12)), sunHeight(at(12, 0)), sunHeight(at(12, 12)))
	}
	if s, w := usualOutdoor(at(7, 15)), usualOutdoor(at(1, 15)); s < w+15 {
		t.Errorf("July %.1f °C, January %.1f °C", s, w)
	}
	if day, night := usualOutdoor(at(3, 15)), usualOutdoor(at(3, 3)); day <= night {
		t.Errorf("afternoon %.1f °C, night %.1f °C", day, night)
	}
}

// course is a week's summary of a world that nobody commands.
func course(seed uint64) []float64 {
	w := newWorld(monday, seed)
	var out []float64
	for i := range 7 * 24 * 120 {
		w.advance(controls{valves: map[string]knob{living: {setpoint: 21, mode: "heat"}, kitchen: {setpoint: 19, mode: "auto", boost: true}}, plugOn: true})
		if i%240 == 0 {
			out = append(out, w.rooms[living].air, w.rooms[hall].humidity(), w.outside.outdoor, w.energy, w.soot)
		}
	}
	return out
}

func TestTheSameSeedGivesTheSameWeekAndAnotherSeedAnother(t *testing.T) {
	if diff := cmp.Diff(course(7), course(7)); diff != "" {
		t.Errorf("one seed, two weeks:\n%s", diff)
	}
	if cmp.Equal(course(7), course(8)) {
		t.Error("two seeds, one week")
	}
	for i, v := range course(7) {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < -40 || v > 200 {
			t.Fatalf("value %d of the week is %v", i, v)
		}
	}
}

func TestAWeekdayHasADepartureAnArrivalAndANightAtHome(t *testing.T) {
	l := &life{seed: 3}
	l.begin(monday)
	var rooms []string
	locks := map[any]int{}
	for now := monday; now.Before(monday.Add(24 * time.Hour)); now = now.Add(step) {
		for _, a := range l.step(now, now.Add(step)) {
			if a.ieee == frontLock {
				locks[a.to]++
			}
		}
		if len(rooms) == 0 || rooms[len(rooms)-1] != l.room {
			rooms = append(rooms, l.room)
		}
	}
	away := 0
	for i, r := range rooms {
		if r == "" {
			away++
			if rooms[i-1] != hall || rooms[i+1] != hall {
				t.Errorf("away from %q to %q, want through the hall", rooms[i-1], rooms[i+1])
			}
		}
	}
	if away != 1 || rooms[len(rooms)-1] != bedroom {
		t.Errorf("the day was %q", rooms)
	}
	if diff := cmp.Diff(map[any]int{"LOCK": 2, "UNLOCK": 2}, locks); diff != "" {
		t.Errorf("the lock:\n%s", diff)
	}
}

func TestThePhoneGoesOutStaysAndComesBack(t *testing.T) {
	l := &life{seed: 3}
	at := func(hour, minute int) (float64, int) {
		return l.distance(monday.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute))
	}
	if km, _ := at(3, 0); km != 0 {
		t.Errorf("at night %v km away", km)
	}
	if km, way := at(8, 45); km <= 0 || km >= 12 || way != 1 {
		t.Errorf("in the morning %v km, way %d", km, way)
	}
	if km, way := at(13, 0); km != 12 || way != 0 {
		t.Errorf("at noon %v km, way %d", km, way)
	}
	if km, way := at(18, 5); km <= 0 || km >= 12 || way != -1 {
		t.Errorf("in the evening %v km, way %d", km, way)
	}
}

func TestColoursAreThoseOfTheRealLamp(t *testing.T) {
	for _, tc := range []struct {
		ask  map[string]any
		want map[string]any
	}{ // as captured from Zigbee2MQTT 2.14.1
		{map[string]any{"hex": "#00ff00"}, map[string]any{"color": map[string]any{"x": 0.1724, "y": 0.7468}, "color_mode": "xy"}},
		{map[string]any{"hue": 240.0, "saturation": 100.0}, map[string]any{"color": map[string]any{"hue": 240.0, "saturation": 100.0, "x": 0.1355, "y": 0.0399}, "color_mode": "hs"}},
		{map[string]any{"rgb": "0,255,0"}, map[string]any{"color": map[string]any{"x": 0.1724, "y": 0.7468}, "color_mode": "xy"}},
		{map[string]any{"x": 0.3, "y": 0.4}, map[string]any{"color": map[string]any{"x": 0.3, "y": 0.4}, "color_mode": "xy"}},
	} {
		got, err := colorState(tc.ask)
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%v: %v\n%s", tc.ask, err, diff)
		}
	}
	if x, y := xyOfMired(250); math.Abs(x-0.3804) > 0.002 || math.Abs(y-0.3767) > 0.002 {
		t.Errorf("250 mired is %v, %v", x, y)
	}
	if _, err := colorState("banana"); err == nil {
		t.Error("a banana is a colour")
	}
}
