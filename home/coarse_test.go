package home

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

func TestCoarseLeavesNeitherPositionNorNames(t *testing.T) {
	fix := model.Fix{Latitude: 52.123456, Longitude: 13.654321, AccuracyM: 10, SpeedMS: 3, BatteryPct: 50, Transition: "enter", Region: "Clinic", AtHome: true,
		Within: []string{"Clinic"}, Network: "n", AccessPoint: "p"}
	f, changed := Fact{Body: Located{Tracker: "owntracks/li/phone", Fix: fix}}.Coarse()
	if want := (Located{Tracker: "owntracks/li/phone", Fix: model.Fix{Latitude: 52.1, Longitude: 13.700000000000001, AccuracyM: coarseAccuracyM}}); !changed || !cmp.Equal(f.Body, want) {
		t.Errorf("%v %+v", changed, f.Body)
	}
	told := RegionsTold{Tracker: "owntracks/li/phone", Regions: model.Regions{Complete: true, Known: []model.Region{{Name: "Clinic", Latitude: 52.1, Longitude: 13.6, RadiusM: 100}}}}
	f, changed = Fact{Body: told}.Coarse()
	if want := (RegionsTold{Tracker: "owntracks/li/phone", Regions: model.Regions{Complete: true}}); !changed || !cmp.Equal(f.Body, want) {
		t.Errorf("%v %+v", changed, f.Body)
	}
	if _, again := f.Coarse(); again {
		t.Error("coarse twice")
	}
}
