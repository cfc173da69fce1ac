package presence

import (
	"math"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

var (
	place = home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}
	start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
)

// step is one fix of a track and the state expected after it.
type step struct {
	at    time.Duration // since start
	m     float64       // metres north of home
	acc   float64
	cross string
	want  string
	late  time.Duration // how much later than taken it is heard
}

// north is a fix that many metres north of home.
func north(s step) model.Fix {
	return model.Fix{At: start.Add(s.at), Latitude: place.Latitude + s.m/earthRadius*180/math.Pi, Longitude: place.Longitude,
		AccuracyM: s.acc, Transition: s.cross, Region: "Home"}
}

func follow(t *testing.T, steps []step) home.Presence {
	t.Helper()
	var p home.Presence
	for i, s := range steps {
		p = New().Locate("li", "owntracks/li/phone", north(s), place, p, start.Add(s.at+s.late))
		if p.State != s.want {
			t.Fatalf("step %d (%v, %v m ± %v m %s): %s, want %s\n%+v", i, s.at, s.m, s.acc, s.cross, p.State, s.want, p)
		}
	}
	return p
}

const minute = time.Minute

func TestTracks(t *testing.T) {
	tests := []struct {
		name  string
		steps []step
	}{
		{"a commute there and back", []step{
			{at: 0, m: 10, acc: 15, want: Home},
			{at: 5 * minute, m: 400, acc: 20, want: JustLeft},
			{at: 7 * minute, m: 900, acc: 20, want: JustLeft},
			{at: 9 * minute, m: 2500, acc: 20, want: Away},
			{at: 30 * minute, m: 9000, acc: 20, want: Away},
			{at: 31 * minute, m: 9030, acc: 30, want: Away},
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
			{at: 150 * minute, m: 1080, acc: 950, want: Away}, // the circle holds home, and the office
			{at: 180 * minute, m: 2010, acc: 15, want: Away},
			{at: 480 * minute, m: 1200, acc: 20, want: Arriving},
		}},
		{"jitter at home is home", []step{
			{at: 0, m: 20, acc: 20, want: Home},
			{at: 1 * minute, m: 160, acc: 40, want: Home},
			{at: 2 * minute, m: 240, acc: 100, want: Home},
			{at: 3 * minute, m: 900, acc: 800, want: Home},
		}},
		{"one wild fix makes no absence", []step{
			{at: 0, m: 20, acc: 20, want: Home},
			{at: 10 * minute, m: 6000, acc: 10, want: JustLeft},
			{at: 11 * minute, m: 20, acc: 20, want: Home},
		}},
		{"a fix of a distant cell tower is ignored", []step{
			{at: 0, m: 20, acc: 20, want: Home},
			{at: 10 * minute, m: 6000, acc: 1500, want: Home},
		}},
		{"nothing usable heard yet is unknown", []step{{at: 0, m: 6000, acc: 2500, want: Unknown}}},
		{"the first that is heard may be away", []step{{at: 0, m: 6000, acc: 25, want: Away}}},
		{"late and repeated fixes change nothing", []step{
			{at: 20 * minute, m: 5000, acc: 20, want: Away},
			{at: 1 * minute, m: 10, acc: 20, late: 20 * minute, want: Away},
			{at: 20 * minute, m: 5000, acc: 20, late: 5 * minute, want: Away},
		}},
		{"a repeated first fix outside is no second one", []step{
			{at: 0, m: 20, acc: 20, want: Home},
			{at: 10 * minute, m: 6000, acc: 10, want: JustLeft},
			{at: 10 * minute, m: 6000, acc: 10, late: 30 * minute, want: JustLeft},
		}},
		{"round the block for more than ten minutes is away", []step{
			{at: 0, m: 20, acc: 20, want: Home},
			{at: 10 * minute, m: 400, acc: 10, want: JustLeft},
			{at: 19 * minute, m: 500, acc: 10, want: JustLeft},
			{at: 20 * minute, m: 500, acc: 10, want: Away},
		}},
		{"slow walking in frequent fixes is noticed", []step{
			{at: 0, m: 1500, acc: 10, want: Away},
			{at: 20 * time.Second, m: 1475, acc: 10, want: Away},
			{at: 40 * time.Second, m: 1450, acc: 10, want: Away},
			{at: 60 * time.Second, m: 1425, acc: 10, want: Away},
			{at: 90 * time.Second, m: 1380, acc: 10, want: Arriving},
		}},
		{"coming nearer from afar begins within 15 km", []step{
			{at: 0, m: 40_000, acc: 20, want: Away},
			{at: 15 * minute, m: 20_000, acc: 20, want: Away},
			{at: 20 * minute, m: 14_000, acc: 20, want: Arriving},
		}},
		{"turning away again ends arriving", []step{
			{at: 0, m: 8000, acc: 20, want: Away},
			{at: 10 * minute, m: 5000, acc: 20, want: Arriving},
			{at: 12 * minute, m: 5050, acc: 20, want: Arriving},
			{at: 15 * minute, m: 5600, acc: 20, want: Away},
		}},
		{"stopping on the way ends arriving", []step{
			{at: 0, m: 8000, acc: 20, want: Away},
			{at: 10 * minute, m: 5000, acc: 20, want: Arriving},
			{at: 39 * minute, m: 5010, acc: 20, want: Arriving},
			{at: 41 * minute, m: 4990, acc: 20, want: Away},
		}},
		{"a day away is a long absence, and its end an arrival", []step{
			{at: 0, m: 300_000, acc: 20, want: Away},
			{at: 23 * time.Hour, m: 300_000, acc: 20, want: Away},
			{at: 24 * time.Hour, m: 300_000, acc: 20, want: ExtendedAway},
			{at: 30 * time.Hour, m: 12_000, acc: 20, want: Arriving},
		}},
		{"enter is believed a little outside the radius", []step{
			{at: 0, m: 2000, acc: 20, want: Away},
			{at: 5 * minute, m: 350, acc: 20, cross: "enter", want: Home},
		}},
		{"enter is not believed far away", []step{
			{at: 0, m: 9000, acc: 20, want: Away},
			{at: 5 * minute, m: 9000, acc: 50, cross: "enter", want: Away},
		}},
		{"leave is believed at the border", []step{
			{at: 0, m: 10, acc: 20, want: Home},
			{at: 5 * minute, m: 140, acc: 60, cross: "leave", want: JustLeft},
		}},
		{"leave is not believed in the living room", []step{
			{at: 0, m: 10, acc: 20, want: Home},
			{at: 5 * minute, m: 15, acc: 20, cross: "leave", want: Home},
		}},
		{"a clock that runs ahead does not silence later fixes", []step{
			{at: 48 * time.Hour, late: -48 * time.Hour, m: 10, acc: 20, want: Home},
			{at: 5 * minute, m: 3000, acc: 20, want: JustLeft},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { follow(t, tt.steps) })
	}
}

func TestETAFollowsTheApproach(t *testing.T) {
	p := follow(t, []step{
		{at: 0, m: 12_000, acc: 20, want: Away},
		{at: 10 * minute, m: 6000, acc: 20, want: Arriving}, // 10 m/s, 5,850 m left
	})
	if got, want := p.ETA.Sub(start.Add(10*minute)), 585*time.Second; (got - want).Abs() > 5*time.Second {
		t.Errorf("the ETA is in %v, want %v", got, want)
	}
	later := New().Locate("li", "t", north(step{at: 12 * minute, m: 5950, acc: 60}), place, p, start.Add(12*minute))
	if !later.ETA.Equal(p.ETA) {
		t.Errorf("without movement the ETA went from %v to %v", p.ETA, later.ETA)
	}
	in := New().Locate("li", "t", north(step{at: 20 * minute, m: 10, acc: 20}), place, later, start.Add(20*minute))
	if !in.ETA.IsZero() {
		t.Errorf("home with an ETA: %+v", in)
	}
}

func TestETAAfterALongSilenceTakesThePhonesOwnSpeed(t *testing.T) {
	p := follow(t, []step{{at: 0, m: 9000, acc: 20, want: Away}})
	f := north(step{at: 8 * time.Hour, m: 8250, acc: 20})
	f.SpeedMS = 13.5
	p = New().Locate("li", "t", f, place, p, f.At)
	if got, want := p.ETA.Sub(f.At), 810*time.Second; p.State != Arriving || (got-want).Abs() > 5*time.Second {
		t.Errorf("%s, ETA in %v; want arriving in %v", p.State, got, want)
	}
}

func TestTheWalkToTheTrainIsNotTheSpeedOfTheWayHome(t *testing.T) {
	p := follow(t, []step{
		{at: 0, m: 11_000, acc: 20, want: Away},
		{at: 3 * minute, m: 10_800, acc: 20, want: Arriving}, // 1.1 m/s
	})
	if in := p.ETA.Sub(start.Add(3 * minute)); in > time.Hour {
		t.Errorf("the ETA is in %v", in)
	}
}

func TestOtherRegionsAreNotHome(t *testing.T) {
	p := follow(t, []step{{at: 0, m: 9000, acc: 20, want: Away}})
	f := north(step{at: minute, m: 350, acc: 20, cross: "enter"})
	f.Region = "Gym"
	if p = New().Locate("li", "t", f, place, p, f.At); p.State != Arriving {
		t.Errorf("entering the gym 350 m off: %s, want arriving", p.State)
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

func TestWhatAPresenceRestsOnIsKeptAndReadBack(t *testing.T) {
	m := memory{metres: 4210, accuracy: 30, at: start, heard: start.Add(90*minute + 250*time.Millisecond)}
	var p home.Presence
	m.keep(&p, "owntracks/li/my phone")
	if want := "4210 m ± 30 m since 2026-01-05T08:00:00Z, heard 2026-01-05T09:30:00Z by owntracks/li/my phone"; p.Evidence != want {
		t.Errorf("%s, want %s", p.Evidence, want)
	}
	if got := recall(p.Seen); got != m {
		t.Errorf("%+v, want %+v", got, m)
	}
	for _, bad := range []home.Sighting{{}, {DistanceM: math.NaN(), Heard: start}, {DistanceM: -1, Heard: start}, {AccuracyM: 1e9, Heard: start}} {
		if recall(bad).known() {
			t.Errorf("%+v was read", bad)
		}
	}
}
