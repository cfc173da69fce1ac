package presence

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// circle is a region so many metres north of home.
func circle(name string, metres, radius float64) model.Region {
	return model.Region{Name: name, ID: "id " + name, Latitude: place.Latitude + metres/111_195, Longitude: place.Longitude, RadiusM: radius}
}

func (w *world) regions(complete bool, known ...model.Region) {
	w.take(home.Signal{Kind: home.SignalRegions, Tracker: phone, Regions: model.Regions{Complete: complete, Known: known}})
}

func crossed(what, name string) func(*model.Fix) {
	return func(f *model.Fix) { f.Transition, f.Region = what, name }
}

func within(names ...string) func(*model.Fix) { return func(f *model.Fix) { f.Within = names } }

// wayOut makes the person be five kilometres off, an hour ago.
func (w *world) wayOut() {
	for i := range 3 {
		w.at(time.Duration(i) * 20 * minute)
		w.fix(5000, 15, on(""))
	}
	w.at(2 * time.Hour)
}

func TestARegionThatTheAppPublishedCountsByWhereItLies(t *testing.T) {
	for name, tt := range map[string]struct {
		told     []model.Region
		metres   float64 // of a vague fix
		accuracy float64
		more     func(*model.Fix)
		want     string
	}{
		"any name around home, entered":                {[]model.Region{circle("Chez nous", 40, 120)}, 700, 600, crossed("enter", "chez nous "), Home},
		"any name around home, in it":                  {[]model.Region{circle("家里", 40, 120)}, 700, 600, within("家里"), Home},
		"not published":                                {nil, 700, 600, crossed("enter", "chez nous"), Away},
		"Home, but another's":                          {[]model.Region{circle("Home", 4000, 150)}, 380, 390, within("Home"), Away},
		"Home, but another's, entered":                 {[]model.Region{circle("Home", 4000, 150)}, 380, 390, crossed("enter", "Home"), Away},
		"a ring around home is no home":                {[]model.Region{circle("3 km", 0, 3000)}, 2900, 50, crossed("enter", "3 km"), Arriving},
		"a ring sharpens a cell tower's fix":           {[]model.Region{circle("3 km", 0, 3000)}, 1500, 2500, crossed("enter", "3 km"), Arriving},
		"a list that is old does not move a sharp fix": {[]model.Region{circle("Work", 5000, 300)}, 20, 15, within("Work"), Home},
		"named anew":                                   {[]model.Region{circle("Old", 40, 120), {Name: "New", ID: "id Old", Latitude: place.Latitude, Longitude: place.Longitude, RadiusM: 120}}, 700, 600, crossed("enter", "old"), Away},
		"taken away":                                   {[]model.Region{circle("Flat", 40, 120), {Name: "Flat", Gone: true}}, 700, 600, crossed("enter", "flat"), Away},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.regions(false, tt.told...)
			w.wayOut()
			again := New() // it survives a restart
			if err := again.SetState(json.RawMessage(w.tr.State())); err != nil {
				t.Fatal(err)
			}
			w.tr = again
			if got := w.fix(tt.metres, tt.accuracy, tt.more); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhereSomebodyIsByNameIsShown(t *testing.T) {
	w := newWorld(t)
	w.regions(true, circle("Home", 0, 150), circle("办公室", 5000, 300), circle("10 km", 0, 10_000))
	w.wayOut()
	shown := func() string {
		i := slices.IndexFunc(w.is["li"].Evidence, func(l home.Line) bool { return l.Key == "presence.sign.place" })
		if i < 0 {
			return ""
		}
		return w.is["li"].Evidence[i].Args[0].Text
	}
	w.fix(5000, 1500, within("10 km", "办公室"))
	if shown() != "办公室" {
		t.Errorf("%+v", w.is["li"].Evidence)
	}
	w.at(3 * time.Hour)
	w.fix(4600, 30, crossed("leave", "办公室"))
	if shown() != "" {
		t.Errorf("left, yet %+v", w.is["li"].Evidence)
	}
}

func TestAHomeThatMovesForgetsWhereRegionsLay(t *testing.T) {
	r := regions{}
	r.told(model.Regions{Known: []model.Region{circle("Flat", 0, 120)}}, place)
	moved := place
	moved.Latitude += 0.1
	if f, _ := r.read(model.Fix{Transition: "enter", Region: "Flat"}, sighting{}, moved); f.Region != "Flat" || len(r.Known) != 0 {
		t.Errorf("%+v, %+v", f, r)
	}
}

func TestRegionsAreBounded(t *testing.T) {
	r := regions{}
	for i := range 500 {
		r.told(model.Regions{Known: []model.Region{circle(fmt.Sprint(i), float64(500-i)*100, 120), {Name: "nowhere", Latitude: math.NaN(), RadiusM: 1}}}, place)
	}
	if len(r.Known) != maxRegions {
		t.Errorf("%d regions", len(r.Known))
	}
	if _, ok := r.of("499"); !ok {
		t.Error("the nearest was forgotten")
	}
}

func TestTheAccessPointOfHomeCountsMoreThanAVagueFix(t *testing.T) {
	point := func(f *model.Fix) { f.AccessPoint, f.Network = "point", "nest" }
	for name, tt := range map[string]struct {
		met           []float64
		far, accuracy float64
		want          string
	}{
		"met at home twice, a wild fix":         {[]float64{10, 20}, 6500, 1500, Home},
		"met once":                              {[]float64{10}, 6500, 1500, Away},
		"a sharp fix elsewhere is believed":     {[]float64{10, 20}, 6000, 20, Away},
		"it travels along: met at work as well": {[]float64{10, 6000, 20, 6000}, 6500, 1500, Away},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			at := time.Duration(0)
			next := func() { at += 20 * minute; w.at(at) }
			for _, m := range tt.met {
				next()
				w.fix(m, 15, point)
			}
			for range 3 {
				next()
				w.fix(6000, 15, on(""))
			}
			next()
			if got := w.fix(tt.far, tt.accuracy, point); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
