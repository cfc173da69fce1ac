package zigbee2mqtt

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/concord-home/hub/model"
)

// The corpus is every definition of zigbee-herdsman-converters 26.112.0; it lies outside the repository.
const corpusFile = "../../../shared/corpus/z2m-exposes.jsonl.gz"

func openCorpus(t testing.TB, name string) io.Reader {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Skipf("the corpus is not here, and this test is about all of it: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// climateTypes are what a device that regulates a temperature may be.
var climateTypes = []model.DeviceType{"thermostat", "trv", "air_conditioner", "ir_air_conditioner", "floor_heating", "heater", "boiler", "water_heater", "heat_pump"}

// evidence says what a device may be when it exposes something: an own, simpler judgement than the rules', by the
// expose alone. A device's type is right when something it exposes speaks for it.
var evidence = map[string][]model.DeviceType{
	"lock:": {"door_lock"}, "climate:": climateTypes, "cover:": {"window_covering", "airer", "garage_door", "gate"},
	"fan:": {"fan", "air_purifier", "fresh_air"}, "light:": {"light_on_off", "light_dimmable", "light_color_temperature", "light_color", "plug_dimmable"},
	"switch:": {"plug", "wall_switch", "valve", "irrigation", "pump", "fresh_air"}, "valve_state": {"valve", "irrigation"},
	"system_mode": climateTypes, "occupied_heating_setpoint": climateTypes, "current_heating_setpoint": climateTypes, "pilot_wire_mode": {"heater"},
	"state":   {"plug", "wall_switch", "valve", "irrigation", "siren", "door_lock", "garage_door", "presence_sensor", "fresh_air"},
	"contact": {"contact_sensor"}, "contact_alarm_1": {"contact_sensor"}, "opening_state": {"contact_sensor"}, "garage_door_contact": {"garage_door"},
	"occupancy": {"motion_sensor", "presence_sensor"}, "occupancy_alarm_1": {"motion_sensor"}, "motion": {"motion_sensor"}, "presence": {"presence_sensor"}, "presence_state": {"presence_sensor"}, "motion_state": {"presence_sensor"},
	"water_leak": {"leak_sensor"}, "water_leak_alarm_1": {"leak_sensor"}, "rain": {"rain_sensor"}, "rain_intensity": {"rain_sensor"},
	"smoke": {"smoke_co_alarm"}, "smoke_alarm_1": {"smoke_co_alarm"}, "smoke_state": {"smoke_co_alarm"}, "carbon_monoxide": {"smoke_co_alarm"}, "carbon_monoxide_alarm_1": {"smoke_co_alarm"},
	"gas": {"gas_alarm"}, "gas_alarm_1": {"gas_alarm"}, "gas_value": {"gas_alarm"}, "soil_moisture": {"soil_sensor"}, "moisture": {"soil_sensor"},
	"co2": {"air_monitor"}, "voc": {"air_monitor"}, "pm25": {"air_monitor"}, "hcho": {"air_monitor"}, "formaldehyd": {"air_monitor"}, "air_quality": {"air_monitor"}, "radon": {"air_monitor"}, "voc_index": {"air_monitor"}, "pm10": {"air_monitor"},
	"temperature": {"climate_sensor"}, "humidity": {"climate_sensor"}, "local_temperature": {"climate_sensor"}, "pressure": {"climate_sensor"}, "temperature_1": {"climate_sensor"}, "temperature_l1": {"climate_sensor"}, "temperature_probe": {"climate_sensor"},
	"illuminance": {"light_sensor"}, "warning": {"siren"}, "alarm": {"siren"}, "alarm_state": {"siren"}, "action": {"remote", "doorbell"}, "melody": {"siren"}, "feed": {"pet_feeder"},
	"power": {"power_meter", "solar"}, "energy": {"power_meter", "solar"}, "power_a": {"power_meter"}, "power_phase_b": {"power_meter"}, "voltage": {"power_meter"}, "current": {"power_meter"}, "produced_energy": {"power_meter", "solar"}, "power_apparent": {"power_meter"}, "vibration": {"vibration_sensor"},
	"ir_code_to_send": {"bridge"}, "noise": {"climate_sensor"},
}

// speaks collects what a definition's exposes speak for.
func speaks(t *testing.T, raw []byte) (types []model.DeviceType, bare bool) {
	var d struct {
		Exposes []struct{ Type, Name string } `json:"exposes"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	bare = true
	for _, e := range d.Exposes {
		types = append(types, evidence[e.Name]...)
		if e.Name == "" {
			types = append(types, evidence[e.Type+":"]...)
		}
		bare = bare && slices.Contains([]string{"linkquality", "identify", "battery", "voltage", "device_temperature", "transmit_power"}, e.Name)
	}
	return types, bare
}

// incidental capabilities are what nearly everything has and nothing is bought for.
var incidental = []model.Capability{"health", "power_source", "identify", "firmware", "tamper", "fault", "indicator", "display", "switch_input", "protection", "setting", "measurement"}

func primary(c Coverage) bool {
	return slices.ContainsFunc(c, func(l Landing) bool { return !slices.Contains(incidental, l.Attribute.Capability()) })
}

func TestCorpusTypesAndCoverage(t *testing.T) {
	var file bytes.Buffer
	s, err := TranslateFile(io.TeeReader(openCorpus(t, corpusFile), &file), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	right, withPrimary := 0, 0
	wrong := map[string]int{}
	err = eachDefinition(bufio.NewReader(&file), func(raw json.RawMessage) error {
		d, c, err := TranslateDefinition(raw)
		if err != nil {
			return err
		}
		may, bare := speaks(t, raw)
		isRight := slices.Contains(may, d.Type) || bare && (d.Type == "bridge" || d.Type == "remote")
		if primary(c) {
			withPrimary++
		}
		if isRight && (primary(c) || bare) {
			right++
		} else {
			wrong[string(d.Type)+": "+d.Vendor+" "+d.Model+" "+d.Product]++
		}
		for _, e := range d.Endpoints {
			checkEndpoint(t, &d, &e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	percent := func(n, of int) float64 { return 100 * float64(n) / float64(of) }
	t.Logf("a primary capability %.1f %%, of the right type %.1f %%\n%s", percent(withPrimary, s.Definitions), percent(right, s.Definitions), s)
	for _, w := range top(wrong, 200) {
		t.Log("judged wrong: " + w)
	}
	if p := percent(right, s.Definitions); p < 97 {
		t.Errorf("%.1f %% of the definitions have a primary capability and the right type, want 97", p)
	}
	if p := percent(s.Typed, s.Definitions); p < 97 {
		t.Errorf("%.1f %% of the definitions have a type and what the catalogue requires of it, want 97", p)
	}
	if p := percent(s.OnCapa, s.Pairs); p < coverageFloor {
		t.Errorf("%.2f %% of the exposes land on a capability, want %v", p, coverageFloor)
	}
	if s.Present != s.Pairs {
		t.Errorf("%d of %d exposes are lost", s.Pairs-s.Present, s.Pairs)
	}
}

// coverageFloor is the share of exposes that must land on a capability, percent. What remains are settings in
// earnest: thresholds of a vendor's own logic, radar tuning, text plans of no known form. No capability says
// what they mean, and none should pretend to.
const coverageFloor = 75

func checkEndpoint(t *testing.T, d *model.Description, e *model.EndpointDescription) {
	t.Helper()
	seen := map[model.Attribute]bool{}
	for _, p := range e.Properties {
		if seen[p.Attribute] {
			t.Errorf("%s %s: %s twice on %s", d.Vendor, d.Model, p.Attribute, e.ID)
		}
		seen[p.Attribute] = true
		if p.Type == model.TypeEnum && len(p.Options) == 0 && p.Value.IsUnknown() && !p.Attribute.IsLongTail() {
			t.Errorf("%s %s: %s has no options", d.Vendor, d.Model, p.Attribute)
		}
		if !p.Value.IsUnknown() {
			if _, err := p.Check(p.Value); err != nil {
				t.Errorf("%s %s: %v", d.Vendor, d.Model, err)
			}
		}
	}
	for _, a := range append(slices.Clone(e.Actions), "on_off.on") {
		if c, n := a.Split(); n != "on" && model.LookupCommand(c, n) == nil {
			t.Errorf("%s %s: no command %s in the catalogue", d.Vendor, d.Model, a)
		}
	}
	for _, i := range e.Events {
		if c, n := i.Event.Split(); model.LookupEvent(c, n) == nil {
			t.Errorf("%s %s: no event %s in the catalogue", d.Vendor, d.Model, i.Event)
		}
	}
}

func TestRulesReferToTheCatalogue(t *testing.T) {
	for _, r := range slices.Concat(rules, configRules) {
		for _, to := range r.to {
			c, n := model.Attribute(to.what).Split()
			switch {
			case to.how == "action" && model.LookupCommand(c, n) == nil:
				t.Errorf("%s: no command %s", r.names, to.what)
			case (to.how == "event" || to.how == "detail") && model.LookupEvent(c, n) == nil:
				t.Errorf("%s: no event %s", r.names, to.what)
			case to.how != "action" && to.how != "event" && to.how != "detail" && model.LookupAttribute(model.Attribute(to.what)) == nil:
				t.Errorf("%s: no attribute %s", r.names, to.what)
			case to.how != "action" && to.how != "event" && to.how != "detail" && conversions[to.how] == nil:
				t.Errorf("%s: no conversion %s", r.names, to.how)
			}
		}
	}
	for _, r := range typeRules {
		for _, a := range r.has {
			c, n := a.Split()
			if model.LookupAttribute(a) == nil && model.LookupEvent(c, n) == nil {
				t.Errorf("type %s: no %s", r.kind, a)
			}
		}
	}
}

// TestCorpusPolarity holds for every definition: the device's own word for locked, open and on is what is read and written.
func TestCorpusPolarity(t *testing.T) {
	counts := map[string]int{}
	err := eachDefinition(bufio.NewReader(openCorpus(t, corpusFile)), func(raw json.RawMessage) error {
		d, err := parseDefinition(raw)
		if err != nil {
			return err
		}
		c := translate(d, "").codec
		for _, l := range d.leaves() {
			for _, b := range c.byKey[l.Property] {
				if b.endpoint == l.endpoint && l.Type == "binary" {
					checkPolarity(t, d, l, b, counts)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, least := range map[string]int{"child_lock.locked LOCK": 150, "child_lock.locked ON": 25, "child_lock.locked lock": 4, "contact.open true": 125, "door_lock.target LOCK": 50} {
		if counts[what] < least {
			t.Errorf("%d times %s, want at least %d", counts[what], what, least)
		}
	}
}

func checkPolarity(t *testing.T, d *definition, l leaf, b *binding, counts map[string]int) {
	t.Helper()
	write := func(v model.Value) string {
		p, err := b.encode(v)
		if err != nil {
			return "?" + err.Error()
		}
		return p[len(p)-1].value.String()
	}
	read := func(v model.Value) model.Value { return b.read(func(string) model.Value { return v }) }
	switch b.attribute {
	case "child_lock.locked":
		if !settable(nil, l) {
			return
		}
		counts["child_lock.locked "+l.ValueOn.String()]++
		want := l.ValueOn
		if l.ValueOn == model.String("UNLOCK") { // LOCK is locked whatever side it is on
			want = l.ValueOff
		}
		if got := write(model.Bool(true)); got != want.String() {
			t.Errorf("%s %s: locking sends %s", d.Vendor, d.Model, got)
		}
	case "door_lock.target":
		counts["door_lock.target "+write(model.String("locked"))]++
	case "contact.open":
		closed := model.Bool(true)
		if l.ValueOn.Kind() == model.KindString {
			closed = model.String("ON")
		}
		if l.Name == "contact" {
			counts["contact.open "+closed.String()]++
			if read(closed) != model.Bool(false) {
				t.Errorf("%s %s: contact %s reads as open = %s", d.Vendor, d.Model, closed, read(closed))
			}
		}
	case "on_off.on":
		if read(l.ValueOn) != model.Bool(true) || write(model.Bool(false)) != l.ValueOff.String() {
			t.Errorf("%s %s: on_off is inverted", d.Vendor, d.Model)
		}
	}
}
