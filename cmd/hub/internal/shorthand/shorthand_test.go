package shorthand

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
	"github.com/google/go-cmp/cmp"
)

func attribute(name model.Attribute) api.Attribute {
	p := model.LookupAttribute(name)
	if p == nil {
		panic("not in the catalogue: " + name)
	}
	return api.Attribute{Attribute: name, Label: p.Label.En, Type: p.Type, Unit: p.Unit, Min: p.Min, Max: p.Max, Options: p.Options, Access: p.Access, Category: p.Category}
}

func device(name string, endpoints ...api.Endpoint) api.Device {
	return api.Device{ID: "d", Name: name, Endpoints: endpoints}
}

func part(id model.EndpointID, names ...model.Attribute) api.Endpoint {
	e := api.Endpoint{ID: id}
	for _, n := range names {
		e.Attributes = append(e.Attributes, attribute(n))
	}
	return e
}

var (
	lamp = device("Lamp", part("main", "on_off.on", "on_off.startup", "level.level", "color_temperature.kelvin", "power_meter.watts"))
	gang = device("Switch", part("left", "on_off.on"), part("right", "on_off.on"))
	trv  = device("TRV", part("main", "thermostat.heat_setpoint", "thermostat.local_temperature"))
	ac   = device("AC", part("main", "on_off.on", "thermostat.cool_setpoint", "thermostat.mode"))
	lock = device("Lock", api.Endpoint{ID: "main", Attributes: []api.Attribute{attribute("door_lock.lock")}, Actions: []model.Attribute{"door_lock.lock", "door_lock.unlock", "door_lock.unlock_with_pin"}})
)

func TestWordsBecomeARequest(t *testing.T) {
	for _, tt := range []struct {
		name  string
		d     api.Device
		part  model.EndpointID
		words string
		want  string
	}{
		{"attribute in full", lamp, "", "on_off.on true", `{"endpoint":"main","set":{"on_off.on":true}}`},
		{"command in full", lamp, "", "on_off.toggle", `{"endpoint":"main","command":"on_off.toggle"}`},
		{"command that has an attribute's name", lamp, "", "on_off.on", `{"endpoint":"main","command":"on_off.on"}`},
		{"command with named arguments", lamp, "", "level.set_level level=40 transition=2", `{"endpoint":"main","command":"level.set_level","args":{"level":40,"transition":2}}`},
		{"command with its argument alone", lamp, "", "level.step -10", `{"endpoint":"main","command":"level.step","args":{"delta":-10}}`},
		{"short command", lamp, "", "on", `{"endpoint":"main","command":"on_off.on"}`},
		{"Chinese command", lamp, "", "打开", `{"endpoint":"main","command":"on_off.on"}`},
		{"short attribute", lamp, "", "level 40", `{"endpoint":"main","set":{"level.level":40}}`},
		{"label", lamp, "", "brightness 40%", `{"endpoint":"main","set":{"level.level":40}}`},
		{"Chinese label", lamp, "", "亮度 40", `{"endpoint":"main","set":{"level.level":40}}`},
		{"number with a unit", lamp, "", "40%", `{"endpoint":"main","set":{"level.level":40}}`},
		{"colour temperature by unit", lamp, "", "2700K", `{"endpoint":"main","set":{"color_temperature.kelvin":2700}}`},
		{"setting by its own name", lamp, "", "startup previous", `{"endpoint":"main","set":{"on_off.startup":"previous"}}`},
		{"number alone where one can be set", trv, "", "21.5", `{"endpoint":"main","set":{"thermostat.heat_setpoint":21.5}}`},
		{"temperature with a unit in capitals", trv, "", "21.5C", `{"endpoint":"main","set":{"thermostat.heat_setpoint":21.5}}`},
		{"typographic minus", trv, "", "heat_setpoint −5", `{"endpoint":"main","set":{"thermostat.heat_setpoint":-5}}`},
		{"enum member alone", ac, "", "cool", `{"endpoint":"main","set":{"thermostat.mode":"cool"}}`},
		{"part of a device", gang, "right", "off", `{"endpoint":"right","command":"on_off.off"}`},
		{"action", lock, "", "unlock", `{"endpoint":"main","command":"door_lock.unlock"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Request(tt.d, tt.part, strings.Fields(tt.words))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNotClearIsNotGuessed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		d     api.Device
		words string
		want  string
	}{
		{"number that several attributes take", lamp, "40", `"40" may mean level.level, color_temperature.kelvin; say which`},
		{"command that several parts take", gang, "on", `Switch has several parts that take "on"; say which: Switch@left, Switch@right`},
		{"attribute that is only read", lamp, "watts 5", `power_meter.watts of Lamp can be read, not set`},
		{"what the device lacks", trv, "on", `TRV has nothing to which "on" can be set; it has thermostat.heat_setpoint, `},
		{"value of another type", lamp, "level bright", `level.level: "bright" is not a number from 0 to 100 %`},
		{"value of another unit", lamp, "level 40K", `level.level: "40K" is not a number`},
		{"missing value", lamp, "level.level", `level.level needs a value: a number from 0 to 100 %`},
		{"missing argument", lamp, "level.step", `level.step needs delta=(a number`},
		{"argument that the command lacks", lamp, "on_off.toggle x=1", `on_off.toggle takes no argument, not "x=1"`},
		{"nothing", trv, "", `say what to set: thermostat.heat_setpoint`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Request(tt.d, "", strings.Fields(tt.words))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestAnAttributeIsFoundByAnyOfItsNames(t *testing.T) {
	for _, word := range []string{"level.level", "level", "Brightness", "亮度"} {
		r, err := Attribute(lamp, "", word)
		if err != nil || r.Attribute.Attribute != "level.level" {
			t.Errorf("%q: got %v, %v", word, r.Attribute.Attribute, err)
		}
	}
	if _, err := Attribute(gang, "", "on"); err == nil || !strings.Contains(err.Error(), "on_off.on@left, on_off.on@right") {
		t.Errorf("two parts: %v", err)
	}
	if _, err := Attribute(lamp, "", "levle"); err == nil || !strings.Contains(err.Error(), "did you mean level.level") {
		t.Errorf("a slip: %v", err)
	}
}

func FuzzRequestNeverPanicsAndSendsJSON(f *testing.F) {
	f.Add("level 40")
	f.Add("level.set_level level=1e999 transition=")
	f.Fuzz(func(t *testing.T, words string) {
		for _, d := range []api.Device{lamp, gang, trv, ac, lock} {
			r, err := Request(d, "", strings.Fields(words))
			if err != nil {
				continue
			}
			if _, err := json.Marshal(r); err != nil {
				t.Fatalf("%q: %v", words, err)
			}
		}
	})
}
