package homeassistant_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/imports/homeassistant"
	"github.com/concord-home/hub/model"
)

var update = flag.Bool("update", false, "accept what is made as golden")

// known is a device of the house with one IEEE address and the attributes of its parts.
func known(id, name, ieee string, parts map[model.EndpointID][]model.Attribute) homeassistant.Known {
	k := homeassistant.Known{Named: homeassistant.Named{ID: id, Names: []string{name}}, Identities: []model.Identity{{Kind: model.IdentityIEEE, Value: ieee}}}
	for _, ep := range []model.EndpointID{"main", "left", "right"} {
		e := model.EndpointDescription{ID: ep}
		for _, a := range parts[ep] {
			p := *model.LookupAttribute(a)
			e.Properties = append(e.Properties, p)
		}
		if len(e.Properties) > 0 {
			k.Endpoints = append(k.Endpoints, e)
		}
	}
	return k
}

func house() homeassistant.House {
	main := func(a ...model.Attribute) map[model.EndpointID][]model.Attribute {
		return map[model.EndpointID][]model.Attribute{"main": a}
	}
	return homeassistant.House{
		Rooms:  []homeassistant.Named{{ID: "r1", Names: []string{"living room", "客厅"}}},
		People: []homeassistant.Named{{ID: "p1", Names: []string{"Li"}}},
		Devices: []homeassistant.Known{
			known("d-desk", "desk", "0017880110d20001", main("on_off.on", "level.level", "color_temperature.kelvin", "color.hue", "color.saturation")),
			known("d-motion", "Hall motion", "00124b0000000002", main("occupancy.occupied")),
			known("d-wall", "Wall", "00124b0000000003", map[model.EndpointID][]model.Attribute{"left": {"on_off.on"}, "right": {"on_off.on"}}),
			known("d-temp", "Thermometer", "00124b0000000004", main("temperature.celsius", "humidity.percent")),
			known("d-trv", "Radiator", "00124b0000000005", main("thermostat.mode", "thermostat.heat_setpoint", "thermostat.local_temperature")),
			known("d-remote", "Remote", "00124b0000000006", main("power_source.battery_pct")),
			known("d-smoke", "Smoke", "00124b0000000007", main("smoke_co_alarm.smoke")),
			known("d-door", "Front door", "00124b0000000008", main("contact.open")),
		},
	}
}

func TestAConfigurationIsTakenOverWithAReport(t *testing.T) {
	c, err := homeassistant.Read(os.DirFS("testdata/config"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(c.Translate(house()), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("testdata/plan.golden", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/plan.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(run with -update to accept) %s", diff)
	}
	again, _ := json.MarshalIndent(c.Translate(house()), "", " ")
	if !bytes.Equal(append(again, '\n'), got) {
		t.Error("the same configuration gives another plan the second time")
	}
}

func TestAFolderThatIsNoConfigurationIsRefused(t *testing.T) {
	if _, err := homeassistant.Read(fstest.MapFS{"notes.txt": {Data: []byte("x")}}); err == nil {
		t.Error("taken")
	}
}

func TestIncludesCannotLeaveTheFolderNorGoRoundForEver(t *testing.T) {
	c, err := homeassistant.Read(fstest.MapFS{
		"configuration.yaml": {Data: []byte("automation: !include ../../etc/passwd\nscene: !include loop.yaml\n")},
		"loop.yaml":          {Data: []byte("- !include loop.yaml\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Problems) < 2 {
		t.Errorf("problems %+v", c.Problems)
	}
}

func FuzzReadAndTranslate(f *testing.F) {
	for _, name := range []string{"automations.yaml", "scenes.yaml", "more/a.yaml"} {
		b, err := fs.ReadFile(os.DirFS("testdata/config"), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	entities, err := os.ReadFile("testdata/config/.storage/core.entity_registry")
	if err != nil {
		f.Fatal(err)
	}
	devices, err := os.ReadFile("testdata/config/.storage/core.device_registry")
	if err != nil {
		f.Fatal(err)
	}
	h := house()
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := homeassistant.Read(fstest.MapFS{"automations.yaml": {Data: b}, "scenes.yaml": {Data: b},
			".storage/core.entity_registry": {Data: entities}, ".storage/core.device_registry": {Data: devices}})
		if err != nil {
			return
		}
		if _, err := json.Marshal(c.Translate(h)); err != nil {
			t.Error(err)
		}
	})
}
