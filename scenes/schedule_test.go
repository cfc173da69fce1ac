package scenes_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// in makes a house in a time zone, at a moment of its clocks.
func in(t testing.TB, zone, at string) *line {
	x := newLine(t)
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if x.h, err = home.Restore(b, scenes.New(scenes.Zones(time.LoadLocation)), presence.New()); err != nil {
		t.Fatal(err)
	}
	clear(x.timers)
	if x.now, err = time.ParseInLocation("2006-01-02 15:04:05", at, loc); err != nil {
		t.Fatal(err)
	}
	x.now, x.loc = x.now.UTC(), loc
	x.do(home.ZoneSet{Zone: zone})
	return x
}

const ping = `"then":[{"notify":"ping"}]`

func TestSchedules(t *testing.T) {
	const layout = "01-02 15:04:05 MST"
	tests := []struct {
		name, zone, from, when string
		days                   int
		want                   []string
	}{
		{"each morning", "Asia/Shanghai", "2026-03-01 12:00:00", `{"at":"07:30"}`, 2, []string{"03-02 07:30:00 CST", "03-03 07:30:00 CST"}},
		{"on weekdays", "Asia/Shanghai", "2026-03-06 12:00:00", `{"at":"07:30","days":"weekdays"}`, 4, []string{"03-09 07:30:00 CST", "03-10 07:30:00 CST"}},
		{"over the spring change", "Europe/Berlin", "2026-03-28 12:00:00", `{"at":"07:30"}`, 2, []string{"03-29 07:30:00 CEST", "03-30 07:30:00 CEST"}},
		{"at a time that the clocks leave out", "Europe/Berlin", "2026-03-28 12:00:00", `{"at":"02:30"}`, 2, []string{"03-29 03:00:00 CEST", "03-30 02:30:00 CEST"}},
		{"at a time that the clocks show twice", "Europe/Berlin", "2026-10-24 12:00:00", `{"at":"02:30"}`, 2, []string{"10-25 02:30:00 CEST", "10-26 02:30:00 CET"}},
		{"at three, when they change back", "Europe/Berlin", "2026-10-24 12:00:00", `{"at":"03:00"}`, 1, []string{"10-25 03:00:00 CET"}},
		{"no change in a zone without one", "Asia/Shanghai", "2026-10-24 12:00:00", `{"at":"02:30"}`, 2, []string{"10-25 02:30:00 CST", "10-26 02:30:00 CST"}},
		{"a leap day", "Europe/Berlin", "2028-02-28 12:00:00", `{"at":"06:00"}`, 2, []string{"02-29 06:00:00 CET", "03-01 06:00:00 CET"}},
		{"no leap day", "Europe/Berlin", "2027-02-28 12:00:00", `{"at":"06:00"}`, 1, []string{"03-01 06:00:00 CET"}},
		{"midnight", "Europe/Berlin", "2026-06-01 12:00:00", `{"at":"00:00"}`, 1, []string{"06-02 00:00:00 CEST"}},
		{"every six hours, from midnight", "Europe/Berlin", "2026-06-01 12:00:00", `{"every":"6h"}`, 1, []string{"06-01 18:00:00 CEST", "06-02 00:00:00 CEST", "06-02 06:00:00 CEST", "06-02 12:00:00 CEST"}},
		{"every five hours begins anew at midnight", "Europe/Berlin", "2026-06-01 19:00:00", `{"every":"5h"}`, 1, []string{"06-01 20:00:00 CEST", "06-02 00:00:00 CEST", "06-02 05:00:00 CEST", "06-02 10:00:00 CEST", "06-02 15:00:00 CEST"}},
		{"sunset half an hour early", "Europe/Berlin", "2026-06-20 12:00:00", `{"sun":"sunset","offset":"-30m"}`, 1, []string{"06-20 21:02:00 CEST"}},
		{"sunrise", "Europe/Berlin", "2026-06-20 12:00:00", `{"sun":"sunrise"}`, 1, []string{"06-21 04:43:00 CEST"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := in(t, tt.zone, tt.from)
			x.put("s", `{"when":[`+tt.when+`],`+ping+`}`)
			end := x.now.AddDate(0, 0, tt.days)
			var got []string
			for x.now.Before(end) {
				next := end
				for _, at := range x.timers {
					if at.Before(next) {
						next = at
					}
				}
				x.until(next)
				for range x.took() {
					at := x.now.In(x.loc)
					if at.Second() != 0 { // the sun keeps no minutes
						at = at.Truncate(time.Minute)
					}
					got = append(got, at.Format(layout))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// almanacUT is sunrise or sunset in hours of universal time by other equations than the engine's: the algorithm of
// the Almanac for Computers (Nautical Almanac Office, U.S. Naval Observatory, 1990), good to some two minutes.
func almanacUT(t time.Time, lat, long float64, rising bool) float64 {
	sin, cos := func(d float64) float64 { return math.Sin(d * math.Pi / 180) }, func(d float64) float64 { return math.Cos(d * math.Pi / 180) }
	turn := func(x, full float64) float64 { return math.Mod(math.Mod(x, full)+full, full) }
	approx := float64(t.YearDay()) + (18-long/15)/24
	if rising {
		approx = float64(t.YearDay()) + (6-long/15)/24
	}
	anomaly := 0.9856*approx - 3.289
	longitude := turn(anomaly+1.916*sin(anomaly)+0.020*sin(2*anomaly)+282.634, 360)
	ascension := turn(math.Atan(0.91764*math.Tan(longitude*math.Pi/180))*180/math.Pi, 360)
	ascension = (ascension + math.Floor(longitude/90)*90 - math.Floor(ascension/90)*90) / 15
	sinDec := 0.39782 * sin(longitude)
	hour := math.Acos((cos(90.833)-sinDec*sin(lat))/(math.Cos(math.Asin(sinDec))*cos(lat))) * 180 / math.Pi
	if rising {
		hour = 360 - hour
	}
	return turn(hour/15+ascension-0.06571*approx-6.622-long/15, 24)
}

func TestTheSunAgreesWithAnAlmanac(t *testing.T) {
	worst := 0.0
	for _, place := range [][2]float64{{52.5, 13.4}, {39.9, 116.4}, {-33.9, 151.2}, {0, 0}, {60, -150}} {
		for d := range 365 {
			on := time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC)
			for _, event := range []string{"sunrise", "sunset"} {
				at, ok := scenes.SunAt(event, on, place[0], place[1])
				want := almanacUT(on, place[0], place[1], event == "sunrise")
				off := math.Abs(float64(at.Hour())*60 + float64(at.Minute()) + float64(at.Second())/60 - want*60)
				worst = max(worst, min(off, 1440-off))
				if !ok {
					t.Fatalf("no %s at %v on %s", event, place, on)
				}
			}
		}
	}
	if worst > 3 {
		t.Errorf("they differ by %.1f minutes", worst)
	}
	for _, tt := range []struct{ event, on string }{{"sunset", "2026-06-21"}, {"sunrise", "2026-12-21"}} {
		on, _ := time.Parse(time.DateOnly, tt.on)
		if at, ok := scenes.SunAt(tt.event, on, 69.65, 18.96); ok {
			t.Errorf("beyond the polar circle there is no %s on %s, yet it is at %s", tt.event, tt.on, at)
		}
	}
}

func TestTheClockIsSet(t *testing.T) {
	tests := []struct {
		name string
		do   func(*line)
		want []string
	}{
		{"back an hour, after the moment: it is not had again", func(x *line) {
			x.until(x.now.Add(35 * time.Minute)) // 07:05
			x.step(-time.Hour)
			x.pass(2 * time.Hour)
		}, []string{"07:00:00 notice ping"}},
		{"back an hour, before the moment", func(x *line) { x.step(-time.Hour); x.pass(2 * time.Hour) }, []string{"07:00:00 notice ping"}},
		{"forward over the moment by little: it is made up for", func(x *line) { x.pass(25 * time.Minute); x.step(10 * time.Minute); x.pass(time.Hour) }, []string{"07:05:00 notice ping"}},
		{"forward over the moment by much: it is let pass", func(x *line) { x.step(2 * time.Hour); x.pass(time.Hour) }, nil},
		{"a year back, since the clock was wrong", func(x *line) {
			x.pass(time.Hour)
			x.took()
			x.step(-365 * 24 * time.Hour)
			x.pass(24 * time.Hour)
		}, []string{"07:00:00 notice ping"}},
		{"a wait stays as long as it is", func(x *line) {
			x.put("w", `{`+moved+`,"then":[{"wait":"10m"},{"notify":"waited"}]}`)
			x.flash()
			x.pass(5 * time.Minute)
			x.step(-time.Hour)
			x.pass(5 * time.Minute)
		}, []string{"05:40:00 notice waited"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := in(t, "Europe/Berlin", "2026-06-01 06:30:00")
			x.put("s", `{"when":[{"at":"07:00"}],`+ping+`}`)
			tt.do(x)
			if diff := cmp.Diff(tt.want, x.took()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func (x *line) step(by time.Duration) {
	x.now = x.now.Add(by)
	x.do(home.ClockStepped{By: by})
}

func TestASchedulePastWhileTheHubWasDown(t *testing.T) {
	for _, tt := range []struct {
		away    time.Duration
		want    []string
		outcome string
	}{
		{35 * time.Minute, []string{"07:05:00 notice ping"}, "ran"},
		{2 * time.Hour, nil, "missed"},
	} {
		x := in(t, "Europe/Berlin", "2026-06-01 06:30:00")
		x.put("s", `{"when":[{"at":"07:00"}],`+ping+`}`)
		x.reboot(tt.away)
		x.pass(time.Minute)
		if diff := cmp.Diff(tt.want, x.took()); diff != "" || x.outcome("s") != tt.outcome {
			t.Errorf("away %s: %s, %s", tt.away, diff, x.outcome("s"))
		}
		x.pass(24 * time.Hour)
		if got := x.took(); len(got) != 1 {
			t.Errorf("away %s, the next day: %q", tt.away, got)
		}
	}
}

func TestStartsAndReturnsTriggerNothing(t *testing.T) {
	x := newLine(t)
	x.put("s", `{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true},{"device":"$motion","attribute":"occupancy.occupied","to":false}],`+ping+`}`)
	x.reboot(time.Hour)
	x.motion(false)                                                                                                                                                     // as before
	x.do(home.Reported{Source: "test/motion", Readings: []model.Reading{{Endpoint: "main", Attribute: "occupancy.occupied", Value: model.Bool(true), CaughtUp: true}}}) // what the network remembers
	x.do(home.Reached{Source: "test/motion", Why: "silent"})
	x.do(home.Reached{Source: "test/motion", Reachable: true})
	x.pass(time.Hour)
	if got := x.took(); got != nil {
		t.Errorf("sent %q", got)
	}
}
