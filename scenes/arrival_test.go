package scenes_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const climate = `{"arrival":{"rooms":["living"],"comfort_c":21,"away_c":17}}`

// away is a house that everybody has left, at the away setpoint.
func away(t *testing.T, doc string) *house {
	x := newHouse(t)
	x.put("climate", doc)
	for _, metres := range []float64{0, 500, 6000} {
		for _, who := range []home.PersonID{"ann", "li"} {
			x.now = x.now.Add(5 * time.Minute)
			x.obey(x.locate(who, metres))
		}
	}
	if x.state("ann") != "away" || x.state("li") != "away" {
		t.Fatal("somebody is still there")
	}
	return x
}

func TestArrivalClimate(t *testing.T) {
	x := newHouse(t)
	x.put("climate", climate)
	x.report("trv", "main", "thermostat.heat_setpoint", model.Number(21))
	steps := []struct {
		who    home.PersonID
		metres float64
		state  string
		want   []string
	}{
		{"ann", 0, "home", nil}, {"li", 0, "home", nil},
		{"ann", 500, "just_left", nil}, {"ann", 6000, "away", nil},
		{"li", 500, "just_left", nil}, {"li", 6000, "away", []string{"trv main thermostat.heat_setpoint=17"}},
		{"li", 6020, "away", nil},
		{"ann", 4000, "arriving", []string{"trv main thermostat.heat_setpoint=21"}},
		{"ann", 3000, "arriving", nil},
		{"ann", 0, "home", nil}, {"li", 3000, "arriving", nil},
	}
	for i, s := range steps {
		x.now = x.now.Add(5 * time.Minute)
		effects := x.locate(s.who, s.metres)
		if diff := cmp.Diff(s.want, sent(effects)); diff != "" || x.state(s.who) != s.state {
			t.Fatalf("step %d, %s at %v m is %s: %s", i, s.who, s.metres, x.state(s.who), diff)
		}
		x.obey(effects)
	}
}

func TestTurningAwayEndsThePreheating(t *testing.T) {
	x := away(t, climate)
	x.now = x.now.Add(5 * time.Minute)
	x.obey(x.locate("li", 4000))
	x.now = x.now.Add(5 * time.Minute)
	if diff := cmp.Diff([]string{"trv main thermostat.heat_setpoint=17"}, sent(x.locate("li", 6000))); diff != "" {
		t.Error(diff)
	}
}

func TestAPhoneThatFallsSilentAfterLeavingSetsBack(t *testing.T) {
	x := newHouse(t)
	x.put("climate", `{"arrival":{"rooms":["living"],"people":["li"],"comfort_c":21,"away_c":17}}`)
	x.locate("li", 0)
	x.now = x.now.Add(5 * time.Minute)
	var timer home.SetTimer
	for _, e := range x.locate("li", 400) {
		if s, ok := e.(home.SetTimer); ok {
			timer = s
		}
	}
	if timer.Timer != "scene/climate/left" || !timer.At.Equal(x.now.Add(10*time.Minute)) {
		t.Fatalf("timer %+v", timer)
	}
	x.now = timer.At
	if diff := cmp.Diff([]string{"trv main thermostat.heat_setpoint=17"}, sent(x.must(home.Fired{Timer: timer.Timer}))); diff != "" {
		t.Error(diff)
	}
}

func TestComingBackAtOnceClearsTheTimer(t *testing.T) {
	x := newHouse(t)
	x.put("climate", climate)
	x.report("trv", "main", "thermostat.heat_setpoint", model.Number(21))
	x.locate("li", 0)
	x.locate("ann", 9000)
	x.now = x.now.Add(time.Minute)
	x.locate("li", 400)
	x.now = x.now.Add(time.Minute)
	for _, e := range x.locate("li", 0) {
		if c, ok := e.(home.ClearTimer); ok && c.Timer == "scene/climate/left" {
			return
		}
	}
	t.Error("the timer still runs")
}

func TestSomebodyNeverHeardOfKeepsTheHouseWarm(t *testing.T) {
	x := newHouse(t)
	x.put("climate", climate)
	for _, metres := range []float64{0, 500, 6000} {
		x.now = x.now.Add(5 * time.Minute)
		if got := sent(x.locate("li", metres)); got != nil {
			t.Errorf("at %v m, with ann unknown: sent %q", metres, got)
		}
	}
}

func TestASetpointChosenByHandStaysUntilTheNextDeparture(t *testing.T) {
	x := away(t, climate)
	x.now = x.now.Add(5 * time.Minute)
	x.obey(x.locate("li", 4000))
	x.now = x.now.Add(time.Hour)
	x.report("trv", "main", "thermostat.heat_setpoint", model.Number(19)) // somebody turns the knob
	x.now = x.now.Add(time.Minute)
	if got := sent(x.locate("li", 0)); got != nil {
		t.Errorf("coming in overwrote the knob: %q", got)
	}
	for _, metres := range []float64{500, 6000} {
		x.now = x.now.Add(5 * time.Minute)
		x.obey(x.locate("li", metres))
	}
	x.now = x.now.Add(5 * time.Minute)
	if diff := cmp.Diff([]string{"trv main thermostat.heat_setpoint=21"}, sent(x.locate("li", 3000))); diff != "" {
		t.Error(diff)
	}
}

func TestASecondPersonWhoComesLeavesTheKnobAlone(t *testing.T) {
	x := away(t, climate)
	x.now = x.now.Add(5 * time.Minute)
	x.obey(x.locate("li", 0))
	x.report("trv", "main", "thermostat.heat_setpoint", model.Number(19))
	x.now = x.now.Add(5 * time.Minute)
	if got := sent(x.locate("ann", 3000)); got != nil || x.state("ann") != "arriving" {
		t.Errorf("ann is %s, sent %q", x.state("ann"), got)
	}
}

func TestSetpointsStayInTheDevicesRange(t *testing.T) {
	tests := []struct {
		name, arrival string
		home, gone    []string
	}{
		{"heating is clamped", `{"rooms":["living"],"comfort_c":34,"away_c":5}`, []string{"trv main thermostat.heat_setpoint=30"}, []string{"trv main thermostat.heat_setpoint=5"}},
		{"cooling only is set back upwards", `{"rooms":["hall"],"comfort_c":24,"away_c":20}`, []string{"cooler main thermostat.cool_setpoint=24"}, []string{"cooler main thermostat.cool_setpoint=28"}},
		{"cooling only is clamped", `{"rooms":["hall"],"comfort_c":17,"away_c":34}`, []string{"cooler main thermostat.cool_setpoint=18"}, []string{"cooler main thermostat.cool_setpoint=30"}},
		{"named devices", `{"devices":["$cooler"],"comfort_c":24,"away_c":28}`, []string{"cooler main thermostat.cool_setpoint=24"}, []string{"cooler main thermostat.cool_setpoint=28"}},
		{"the whole house", `{"comfort_c":21,"away_c":18}`,
			[]string{"trv main thermostat.heat_setpoint=21", "cooler main thermostat.cool_setpoint=21"},
			[]string{"trv main thermostat.heat_setpoint=18", "cooler main thermostat.cool_setpoint=24"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := away(t, `{"arrival":`+tt.arrival+`}`)
			x.now = x.now.Add(5 * time.Minute)
			effects := x.locate("li", 3000)
			if diff := cmp.Diff(tt.home, sent(effects)); diff != "" {
				t.Errorf("arriving: %s", diff)
			}
			x.obey(effects)
			x.now = x.now.Add(5 * time.Minute)
			if diff := cmp.Diff(tt.gone, sent(x.locate("li", 9000))); diff != "" {
				t.Errorf("turning away: %s", diff)
			}
		})
	}
}

func TestArrivalByHandAppliesWhatHoldsNow(t *testing.T) {
	x := away(t, strings.Replace(climate, "{", `{"enabled":false,`, 1))
	if diff := cmp.Diff([]string{"trv main thermostat.heat_setpoint=17"}, sent(x.must(home.SceneAsked{ID: "climate"}))); diff != "" {
		t.Error(diff)
	}
}

func TestARememberedSetpointIsAskedForAgain(t *testing.T) {
	x := away(t, climate)
	x.must(home.Started{})
	x.now = x.now.Add(5 * time.Minute)
	x.obey(x.locate("li", 4000)) // back to comfort
	x.must(home.Started{})
	x.now = x.now.Add(5 * time.Minute)
	if diff := cmp.Diff([]string{"trv main thermostat.heat_setpoint=21"}, sent(x.locate("li", 0))); diff != "" {
		t.Error(diff)
	}
}
