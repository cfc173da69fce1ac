package presence

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

var (
	place = home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}
	start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC) // a Monday
)

const (
	phone  = "owntracks/li/phone"
	router = "router/li"
	minute = time.Minute
)

var household = home.Household{Place: &place, People: []home.Person{
	{ID: "li", Name: "Li", Trackers: []string{phone, router}}, {ID: "gran", Name: "Gran"}}}

// world hands signals to a tracker and lets it wake when it asked to.
type world struct {
	t    *testing.T
	tr   *Tracker
	now  time.Time
	wake time.Time
	is   map[home.PersonID]home.Presence
}

func newWorld(t *testing.T) *world {
	return &world{t: t, tr: New(), now: start, is: map[home.PersonID]home.Presence{}}
}

func (w *world) take(s home.Signal) {
	s.At = w.now
	n := w.tr.Take(s, household)
	for _, m := range n.Moved {
		w.is[m.Person] = m.Presence
	}
	w.wake = n.Wake
}

// at lets time pass until so long after the start.
func (w *world) at(d time.Duration) {
	for to := start.Add(d); ; {
		if w.wake.IsZero() || w.wake.After(to) {
			w.now = to
			return
		}
		w.now = w.wake
		w.take(home.Signal{Kind: home.SignalTick})
	}
}

// step is something that is heard and the state expected after it.
type step struct {
	at    time.Duration // since start
	m     float64       // metres north of home
	acc   float64
	cross string
	net   string // "on" or "off" instead of a fix
	tick  bool   // nothing but time
	late  time.Duration
	want  string
}

func (w *world) step(s step) {
	w.at(s.at + s.late)
	switch {
	case s.tick:
		w.take(home.Signal{Kind: home.SignalTick})
	case s.net != "":
		w.take(home.Signal{Kind: home.SignalNetwork, Tracker: router, On: s.net == "on"})
	default:
		w.take(home.Signal{Kind: home.SignalFix, Tracker: phone, Fix: north(s)})
	}
}

func north(s step) model.Fix {
	return model.Fix{At: start.Add(s.at), Latitude: place.Latitude + s.m/earthRadius*180/math.Pi, Longitude: place.Longitude,
		AccuracyM: s.acc, Transition: s.cross, Region: "Home"}
}

func TestTracks(t *testing.T) {
	tests := []struct {
		name  string
		steps []step
	}{
		{"a commute there and back", []step{
			{at: 0, m: 10, acc: 15, want: Home},
			{at: 5 * minute, m: 400, acc: 20, want: JustLeft},
			{at: 7 * minute, m: 900, acc: 20, want: Away},
			{at: 30 * minute, m: 9000, acc: 20, want: Away},
			{at: 540 * minute, m: 9010, acc: 30, want: Away},
			{at: 550 * minute, m: 7000, acc: 20, want: Arriving},
			{at: 555 * minute, m: 3000, acc: 20, want: Arriving},
			{at: 560 * minute, m: 60, acc: 20, want: Home},
		}},
		{"who works near by and sits still is never arriving", []step{
			{at: 0, m: 0, acc: 10, want: Home},
			{at: 5 * minute, m: 700, acc: 20, want: JustLeft},
			{at: 15 * minute, m: 2000, acc: 20, want: Away},
			{at: 30 * minute, m: 1950, acc: 60, want: Away},
			{at: 60 * minute, m: 2060, acc: 60, want: Away},
			{at: 90 * minute, m: 1930, acc: 80, want: Away},
			{at: 120 * minute, m: 1300, acc: 900, want: Away},
			{at: 180 * minute, m: 2010, acc: 15, want: Away},
			{at: 480 * minute, m: 1200, acc: 20, want: Arriving},
		}},
		{"jitter at home is home", []step{
			{at: 0, m: 20, acc: 20, want: Home}, {at: 1 * minute, m: 160, acc: 40, want: Home},
			{at: 2 * minute, m: 240, acc: 100, want: Home}, {at: 3 * minute, m: 900, acc: 800, want: Home},
		}},
		{"one wild fix makes no absence", []step{
			{at: 0, m: 20, acc: 20, want: Home}, {at: 10 * minute, m: 6000, acc: 10, want: JustLeft}, {at: 11 * minute, m: 20, acc: 20, want: Home},
		}},
		{"two wild fixes in a minute make none either", []step{
			{at: 0, net: "on", want: Home}, {at: 10 * minute, m: 900, acc: 48, want: JustLeft}, {at: 10*minute + 40*time.Second, m: 900, acc: 48, want: JustLeft},
			{at: 30 * minute, tick: true, want: Home},
		}},
		{"a fix of a distant cell tower is ignored", []step{
			{at: 0, m: 20, acc: 20, want: Home}, {at: 10 * minute, m: 2000, acc: 1500, want: Home},
		}},
		{"nothing usable heard yet is unknown", []step{{at: 0, m: 6000, acc: 2500, want: Unknown}}},
		{"the first that is heard may be away", []step{{at: 0, m: 6000, acc: 25, want: Away}}},
		{"late and repeated fixes change nothing", []step{
			{at: 20 * minute, m: 5000, acc: 20, want: Away}, {at: 1 * minute, m: 10, acc: 20, late: 20 * minute, want: Away},
			{at: 20 * minute, m: 5000, acc: 20, late: 5 * minute, want: Away},
		}},
		{"slow walking in frequent fixes is noticed", []step{
			{at: 0, m: 1500, acc: 10, want: Away}, {at: 20 * time.Second, m: 1475, acc: 10, want: Away}, {at: 40 * time.Second, m: 1450, acc: 10, want: Away},
			{at: 60 * time.Second, m: 1425, acc: 10, want: Away}, {at: 90 * time.Second, m: 1380, acc: 10, want: Arriving},
		}},
		{"turning away again ends arriving", []step{
			{at: 0, m: 8000, acc: 20, want: Away}, {at: 10 * minute, m: 5000, acc: 20, want: Arriving},
			{at: 12 * minute, m: 5050, acc: 20, want: Arriving}, {at: 15 * minute, m: 5600, acc: 20, want: Away},
		}},
		{"stopping on the way ends arriving", []step{
			{at: 0, m: 8000, acc: 20, want: Away}, {at: 10 * minute, m: 5000, acc: 20, want: Arriving},
			{at: 90 * minute, m: 4990, acc: 20, want: Away},
		}},
		{"a day away is a long absence, and its end an arrival", []step{
			{at: 0, m: 300_000, acc: 20, want: Away}, {at: 23 * time.Hour, m: 300_000, acc: 20, want: Away},
			{at: 25 * time.Hour, m: 300_000, acc: 20, want: ExtendedAway}, {at: 30 * time.Hour, m: 12_000, acc: 20, want: Arriving},
		}},
		{"enter is believed a little outside the radius", []step{
			{at: 0, m: 2000, acc: 20, want: Away}, {at: 5 * minute, m: 350, acc: 20, cross: "enter", want: Home},
		}},
		{"enter is not believed far away", []step{
			{at: 0, m: 9000, acc: 20, want: Away}, {at: 5 * minute, m: 9000, acc: 50, cross: "enter", want: Away},
		}},
		{"leave is not believed in the living room", []step{
			{at: 0, m: 10, acc: 20, want: Home}, {at: 5 * minute, m: 15, acc: 20, cross: "leave", want: Home},
		}},
		{"a phone that tells of regions alone is away after ten minutes", []step{
			{at: 0, m: 10, acc: 20, want: Home}, {at: 5 * minute, m: 300, acc: 20, cross: "leave", want: JustLeft},
			{at: 14 * minute, tick: true, want: JustLeft}, {at: 16 * minute, tick: true, want: Away},
		}},
		{"leave and off the network is away at once", []step{
			{at: 0, net: "on", want: Home}, {at: 5 * minute, m: 300, acc: 20, cross: "leave", want: JustLeft}, {at: 7 * minute, net: "off", want: Away},
			{at: 600 * minute, net: "on", want: Home},
		}},
		{"a phone asleep is not away", []step{
			{at: 0, net: "on", want: Home}, {at: 60 * minute, net: "off", want: Home}, {at: 80 * minute, tick: true, want: Home}, {at: 81 * minute, net: "on", want: Home},
		}},
		{"off the network for half an hour without any other word is away", []step{
			{at: 0, net: "on", want: Home}, {at: 60 * minute, net: "off", want: Home}, {at: 86 * minute, tick: true, want: Away},
		}},
		{"off the network, but seen at home, is home", []step{
			{at: 0, net: "on", want: Home}, {at: 60 * minute, net: "off", want: Home}, {at: 70 * minute, m: 20, acc: 30, want: Home}, {at: 120 * minute, tick: true, want: Home},
		}},
		{"a spurious exit is forgotten while the network holds", []step{
			{at: 0, net: "on", want: Home}, {at: 5 * minute, m: 300, acc: 20, cross: "leave", want: JustLeft}, {at: 21 * minute, tick: true, want: Home},
		}},
		{"a clock that runs ahead does not silence later fixes", []step{
			{at: 48 * time.Hour, late: -48 * time.Hour, m: 10, acc: 20, want: Home}, {at: 5 * minute, m: 3000, acc: 20, want: JustLeft},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			for i, s := range tt.steps {
				w.step(s)
				if got := w.is["li"].State; got != s.want {
					t.Fatalf("step %d (%v): %s, want %s\n%+v", i, s.at, got, s.want, w.is["li"])
				}
			}
		})
	}
}

// live plays so many days of a commuter: out at eight, home at six.
func (w *world) live(days int) {
	for d := range days {
		base := time.Duration(d)*24*time.Hour - 8*time.Hour // midnight
		out := base + 8*time.Hour + time.Duration(d%3)*5*minute
		back := base + 18*time.Hour + time.Duration(d%4)*5*minute
		for _, s := range []step{{at: out - 15*minute, net: "on"}, {at: out, m: 300, acc: 20, cross: "leave"}, {at: out + 5*minute, net: "off"},
			{at: out + 10*minute, m: 4000, acc: 20}, {at: out + 20*minute, m: 9000, acc: 20},
			{at: back - 20*minute, m: 7000, acc: 20}, {at: back - 10*minute, m: 3000, acc: 20}, {at: back, net: "on"}} {
			if s.at >= 0 {
				w.step(s)
			}
		}
	}
}

func TestTheReturnIsForetoldByHabitAndByApproach(t *testing.T) {
	w := newWorld(t)
	w.live(14)
	w.step(step{at: 14*24*time.Hour + 5*minute, m: 300, acc: 20, cross: "leave"})
	w.step(step{at: 14*24*time.Hour + 10*minute, net: "off"})
	w.step(step{at: 14*24*time.Hour + 30*minute, m: 9000, acc: 20})
	w.at(14*24*time.Hour + 4*time.Hour)
	w.take(home.Signal{Kind: home.SignalTick})
	p := w.is["li"]
	six := start.Add(14*24*time.Hour + 10*time.Hour)
	if p.ETA.Sub(six).Abs() > 30*minute || !p.Early.Before(p.ETA) || !p.ETA.Before(p.Late) {
		t.Errorf("expected at %v (%v to %v), want about six", p.ETA, p.Early, p.Late)
	}
	var usual bool
	for _, l := range p.Evidence {
		usual = usual || l.Key == "presence.sign.usual"
	}
	if !usual {
		t.Errorf("the habit is not among the evidence: %+v", p.Evidence)
	}
	w.step(step{at: 14*24*time.Hour + 6*time.Hour, m: 7000, acc: 20}) // two hours early
	w.step(step{at: 14*24*time.Hour + 6*time.Hour + 10*minute, m: 3000, acc: 20})
	if in := w.is["li"].ETA.Sub(w.now); w.is["li"].State != Arriving || in > 20*minute {
		t.Errorf("%s, in %v; past approaches took ten minutes", w.is["li"].State, in)
	}
}

func TestAPauseForgetsWhereSomebodyIsAndTakesNothingMore(t *testing.T) {
	w := newWorld(t)
	w.live(3)
	paused := household
	paused.People = []home.Person{{ID: "li", Name: "Li", Trackers: []string{phone, router}, Paused: true}}
	for range 2 {
		n := w.tr.Take(home.Signal{Kind: home.SignalFix, At: w.now, Tracker: phone, Fix: model.Fix{At: w.now, Latitude: 52.6, Longitude: 13.4}}, paused)
		for _, m := range n.Moved {
			w.is[m.Person] = m.Presence
		}
	}
	if p := w.is["li"]; p.State != Unknown || p.DistanceM != 0 || len(w.tr.people["li"].Habits.Absences) == 0 {
		t.Errorf("%+v, %d absences kept", p, len(w.tr.people["li"].Habits.Absences))
	}
}

func TestWaspInABox(t *testing.T) {
	w := newWorld(t)
	door := func(at time.Duration) {
		w.at(at)
		w.take(home.Signal{Kind: home.SignalDoor, On: true})
		w.take(home.Signal{Kind: home.SignalDoor})
	}
	motion := func(at time.Duration, want string) {
		t.Helper()
		w.at(at)
		w.take(home.Signal{Kind: home.SignalMotion, On: true})
		if got := w.is[home.Somebody].State; got != want {
			t.Fatalf("motion at %v: somebody is %q, want %q", at, got, want)
		}
	}
	w.step(step{at: 0, net: "on"})
	motion(2*minute, "") // Li is in: motion says nothing
	door(5 * minute)
	w.step(step{at: 6 * minute, m: 300, acc: 20, cross: "leave"})
	w.step(step{at: 9 * minute, net: "off"})
	motion(15*minute, "") // too soon after the door
	motion(30*minute, "")
	motion(50*minute, Home) // the second
	w.at(8 * time.Hour)     // asleep: no motion, no door
	w.take(home.Signal{Kind: home.SignalTick})
	if w.is[home.Somebody].State != Home {
		t.Error("somebody has gone through a closed door")
	}
	door(9 * time.Hour)
	w.at(9*time.Hour + 50*minute)
	w.take(home.Signal{Kind: home.SignalTick})
	if w.is[home.Somebody].State != Away {
		t.Errorf("no motion since the door: %q, want away", w.is[home.Somebody].State)
	}
	door(11 * time.Hour)
	motion(11*time.Hour+2*minute, Home) // whoever opens the door of an empty house is in
}

func TestWhatWasLearnedIsKeptAndReadBack(t *testing.T) {
	w := newWorld(t)
	w.live(6)
	again := New()
	if err := again.SetState(w.tr.State()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(w.tr.State()), string(again.State())); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"version":99}`, `[]`} {
		if New().SetState(json.RawMessage(bad)) == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// TestAPhoneThatHoldsItIsHomeIsBelieved: a vague fix says nothing by itself; from a phone that is within its region Home it does, but not from afar.
func TestAPhoneThatHoldsItIsHomeIsBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		fix  model.Fix
		want string
	}{
		"a vague fix":                     {model.Fix{Latitude: 52.503, Longitude: 13.4, AccuracyM: 900}, ""},
		"within the region":               {model.Fix{Latitude: 52.503, Longitude: 13.4, AccuracyM: 900, AtHome: true}, Home},
		"within a region of another home": {model.Fix{Latitude: 52.6, Longitude: 13.4, AccuracyM: 20, AtHome: true}, Away},
	} {
		w := newWorld(t)
		c.fix.At = w.now
		w.take(home.Signal{Kind: home.SignalFix, Tracker: phone, Fix: c.fix})
		if got := w.is["li"].State; got != c.want && !(c.want == "" && got == Unknown) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOtherRegionsAreNotHome(t *testing.T) {
	w := newWorld(t)
	w.step(step{at: 0, m: 9000, acc: 20})
	f := north(step{at: minute, m: 350, acc: 20, cross: "enter"})
	f.Region = "Gym"
	w.at(minute)
	w.take(home.Signal{Kind: home.SignalFix, Tracker: phone, Fix: f})
	if w.is["li"].State == Home {
		t.Error("entering the gym is home")
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		lat1, lon1, lat2, lon2 float64
		want                   float64
	}{
		{"nowhere", 10, 10, 10, 10, 0},
		{"a degree of the equator", 0, 0, 0, 1, 111_195},
		{"over the date line", 0, 179.5, 0, -179.5, 111_195},
		{"half way round", 0, 0, 0, 180, 20_015_115},
		{"pole to pole", 90, 0, -90, 77, 20_015_115},
		{"Berlin to Shanghai", 52.52, 13.405, 31.2304, 121.4737, 8_404_000},
	} {
		if got := distance(tt.lat1, tt.lon1, tt.lat2, tt.lon2); math.Abs(got-tt.want) > 1+tt.want/1000 {
			t.Errorf("%s: %.0f m, want %.0f m", tt.name, got, tt.want)
		}
	}
	if d := distance(91, 0, 0, 0); !math.IsNaN(d) {
		t.Errorf("a latitude of 91° is %v m away", d)
	}
}
