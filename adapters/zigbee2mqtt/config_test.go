package zigbee2mqtt

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

// enumExpose is a definition with one enum, beside whatever else it needs.
func enumExpose(name, values, others string) string {
	return `{"vendor":"v","model":"m","exposes":[` + others + `{"type":"enum","name":"` + name + `","property":"` + name + `","access":7,"values":[` + values + `]}]}`
}

func plain(typ, name, rest string) string {
	return `{"type":"` + typ + `","name":"` + name + `","property":"` + name + `","access":7` + rest + `}`
}

func defined(exposes string) string { return `{"vendor":"v","model":"m","exposes":[` + exposes + `]}` }

const (
	climateExp = `{"type":"climate","features":[{"type":"numeric","name":"occupied_heating_setpoint","property":"occupied_heating_setpoint","access":7,"unit":"°C"}]},`
	dimmerExp  = `{"type":"light","features":[{"type":"binary","name":"state","property":"state","access":7,"value_on":"ON","value_off":"OFF"},{"type":"numeric","name":"brightness","property":"brightness","access":7,"value_min":0,"value_max":254}]},`
	motionExp  = `{"type":"binary","name":"occupancy","property":"occupancy","access":1,"value_on":true,"value_off":false},`
	lockExp    = `{"type":"lock","features":[{"type":"binary","name":"state","property":"state","access":7,"value_on":"LOCK","value_off":"UNLOCK"}]},`
	planText   = `,"description":"Schedule for monday, example: \"HH:MM/C HH:MM/C\""`
)

// TestConfigurationReadsAndWrites holds, for one expose of each kind of conversion, that the device's value is read
// as the model's and that writing the model's sends the device's own spelling.
func TestConfigurationReadsAndWrites(t *testing.T) {
	for _, tt := range []struct {
		name, definition, attribute string
		device, model               string // JSON
	}{
		{"a push button is momentary", enumExpose("external_switch_type", `"push_button","normal_on_off","three_way"`, ""), "switch_input.type", `"push_button"`, `"momentary"`},
		{"a scene button leaves its relay alone", enumExpose("switch_mode", `"switch","scene"`, ""), "switch_input.mode", `"scene"`, `"decoupled"`},
		{"off/on is lit while on", enumExpose("indicator_mode", `"off","off/on","on/off","on"`, ""), "indicator.mode", `"off/on"`, `"when_on"`},
		{"fast clicks are single ones", enumExpose("click_mode", `"fast","multi"`, ""), "switch_input.multi_click", `"fast"`, `false`},
		{"a reversed motor", enumExpose("motor_direction", `"normal","reversed"`, coverExposes), "window_covering.reversed", `"reversed"`, `true`},
		{"an inner sensor", enumExpose("sensor", `"Inner (IN)","All (AL)","Outer (OU)"`, climateExp), "thermostat.sensor", `"Outer (OU)"`, `"external"`},
		{"a choice of seconds", `{"vendor":"v","model":"m","exposes":[` + motionExp + `{"type":"enum","name":"keep_time","property":"keep_time","access":7,"values":["30","60"],"description":"PIR keep time in seconds"}]}`, "occupancy.hold_time", `"60"`, `60`},
		{"a choice of dBm", enumExpose("tx_radio_power", `"4dbm","19dbm"`, ""), "health.transmit_power", `"19dbm"`, `19`},
		{"a limit of 254", defined(dimmerExp + plain("numeric", "min_brightness", `,"value_min":1,"value_max":254`)), "level.min_level", `127`, `50`},
		{"a limit in percent", defined(dimmerExp + plain("numeric", "min_brightness", `,"unit":"%","value_min":1,"value_max":50`)), "level.min_level", `20`, `20`},
		{"do not disturb keeps the state", defined(dimmerExp + plain("binary", "do_not_disturb", `,"value_on":true,"value_off":false`)), "on_off.startup", `true`, `"previous"`},
		{"LOCK is locked", defined(plain("binary", "child_lock", `,"value_on":"LOCK","value_off":"UNLOCK"`)), "child_lock.locked", `"LOCK"`, `true`},
		{"LOCK is locked on the other side too", defined(plain("binary", "child_lock", `,"value_on":"UNLOCK","value_off":"LOCK"`)), "child_lock.locked", `"LOCK"`, `true`},
		{"a plan for a day", defined(climateExp + plain("text", "schedule_monday", planText)), "thermostat.schedule_mon", `"06:00/21 22:00/16.5"`, `[{"at":"06:00","heat":21},{"at":"22:00","heat":16.5}]`},
		{"a trip is a breaker that is on", defined(plain("binary", "over_voltage_breaker", `,"value_on":"ON","value_off":"OFF"`)), "protection.max_voltage_action", `"ON"`, `"trip"`},
		{"a siren with sound and light", `{"vendor":"v","model":"m","description":"siren","exposes":[` + plain("enum", "alarm", `,"values":["sound","light","sound_light","off"]`) + `]}`, "siren.active", `"sound_light"`, `true`},
		{"the colour of an effect", defined(dimmerExp + plain("enum", "effect", `,"values":["candle"]`) + "," + plain("text", "effect_color", "")), "light_effect.color", `"#FF4400"`, `"#FF4400"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bound(t, tt.definition, model.Attribute(tt.attribute))
			device, want := parsed(t, tt.device), parsed(t, tt.model)
			if got := b.read(func(string) model.Value { return device }); got != want {
				t.Errorf("%s is read as %s, want %s", device, got, want)
			}
			props, err := b.encode(want)
			if err != nil {
				t.Fatal(err)
			}
			if got := props[0].value; got != device {
				t.Errorf("%s is sent as %s, want %s", want, got, device)
			}
		})
	}
}

const coverExposes = `{"type":"cover","features":[{"type":"numeric","name":"position","property":"position","access":7,"value_min":0,"value_max":100}]},`

func bound(t *testing.T, definition string, a model.Attribute) *binding {
	t.Helper()
	d, err := parseDefinition([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	b := translate(d, "").codec.byAttribute[attributeKey{model.MainEndpoint, a}]
	if b == nil {
		t.Fatalf("no %s in %s", a, definition)
	}
	return b
}

func parsed(t *testing.T, text string) model.Value {
	t.Helper()
	var v model.Value
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConfigurationThatWouldLoseSomethingStaysASetting(t *testing.T) {
	for name, tt := range map[string]struct{ definition, want string }{
		"a member without a name":    {enumExpose("switch_type", `"toggle","momentary","rotary"`, ""), "setting.switch_type"},
		"two members of one meaning": {enumExpose("indicator_mode", `"off","relay","consistent_with_load"`, ""), "setting.indicator_mode"},
		"left and right":             {enumExpose("motor_direction", `"left","right"`, coverExposes), "setting.motor_direction"},
		"a limit beside no light":    {defined(plain("numeric", "min_level", `,"value_min":1,"value_max":255`)), "setting.min_level"},
		"a plan by its ends":         {defined(climateExp + plain("text", "schedule_monday", `,"description":"06:00/21 24:00/18"`)), "setting.schedule_monday"},
		"minutes or seconds":         {defined(plain("numeric", "reading_interval", "")), "setting.reading_interval"},
	} {
		t.Run(name, func(t *testing.T) { bound(t, tt.definition, model.Attribute(tt.want)) })
	}
}

func TestConfigurationRefusesWhatTheDeviceCannotTake(t *testing.T) {
	plan := defined(climateExp + plain("text", "schedule_monday", planText))
	for name, tt := range map[string]struct{ definition, attribute, value string }{
		"too few entries": {plan, "thermostat.schedule_mon", `[{"at":"06:00","heat":21}]`},
		"no time":         {plan, "thermostat.schedule_mon", `[{"at":"6","heat":21},{"at":"22:00","heat":16}]`},
		"no plan":         {plan, "thermostat.schedule_mon", `"warm"`},
		"no colour":       {defined(dimmerExp + plain("enum", "effect", `,"values":["candle"]`) + "," + plain("text", "effect_color", "")), "light_effect.color", `"red"`},
	} {
		t.Run(name, func(t *testing.T) {
			if props, err := bound(t, tt.definition, model.Attribute(tt.attribute)).encode(parsed(t, tt.value)); err == nil {
				t.Errorf("sends %v", props)
			}
		})
	}
}

func TestLevelConfigIsReadInPartsAndStaysWhole(t *testing.T) {
	config := `{"type":"composite","name":"level_config","property":"level_config","access":7,"features":[
		{"type":"numeric","name":"on_off_transition_time","property":"on_off_transition_time","access":7},
		{"type":"numeric","name":"current_level_startup","property":"current_level_startup","access":7,"value_min":1,"value_max":254}]}`
	h := home(t, deviceJSON("0x6", "lamp", "Router", "Mains (single phase)",
		`{"type":"light","features":[{"type":"numeric","name":"brightness","property":"brightness","access":7,"value_max":254},`+config+`]}`))
	h.say("lamp", `{"level_config":{"on_off_transition_time":1.5,"current_level_startup":127}}`)
	h.want("0x6", "main", "level.transition_s", "1.5 good")
	h.want("0x6", "main", "level.startup_level", "50 good")
	h.want("0x6", "main", "setting.level_config", `{"current_level_startup":127,"on_off_transition_time":1.5} good`)
	h.execute(model.Command{ID: "c", Source: sourceID("0x6"), Endpoint: "main", Writes: []model.Write{{Attribute: "level.transition_s", Value: model.Number(2)}}})
	if got := h.broker.PublishedTo("zigbee2mqtt/lamp/set"); !cmp.Equal(got, []string{`{"level_config":{"on_off_transition_time":2}}`}) {
		t.Errorf("sent %q", got)
	}
}

func TestPINIsSetAndRemovedAndNeverASetting(t *testing.T) {
	h := home(t, deviceJSON("0x6", "door", "EndDevice", "Battery", lockExp+`{"type":"composite","name":"pin_code","property":"pin_code","access":7,"features":[]}`))
	act := func(id model.CommandID, action model.Attribute, args map[string]model.Value) {
		h.execute(model.Command{ID: id, Source: sourceID("0x6"), Endpoint: "main", Action: action, Args: args})
	}
	act("a", "lock_access.set_credential", map[string]model.Value{"id": model.String("3"), "kind": model.String("pin"), "secret": model.String("0412")})
	act("b", "lock_access.clear_credential", map[string]model.Value{"id": model.String("3")})
	act("c", "lock_access.set_credential", map[string]model.Value{"id": model.String("3"), "kind": model.String("face")})
	want := []string{`{"pin_code":{"pin_code":"0412","user":3}}`, `{"pin_code":{"pin_code":null,"user":3}}`}
	if got := h.broker.PublishedTo("zigbee2mqtt/door/set"); !cmp.Equal(got, want) {
		t.Errorf("sent %q", got)
	}
	h.say("door", `{"pin_code":{"user":3,"pin_code":"0412"}}`)
	for _, r := range h.hub.described[sourceID("0x6")].Endpoints[0].Properties {
		if r.Attribute == "setting.pin_code" {
			t.Error("the PIN can be read as a setting")
		}
	}
}

func FuzzDayPlan(f *testing.F) {
	f.Add("06:00/21 22:00/16.5")
	f.Add("6:00/-3 24:00/1 x")
	f.Fuzz(func(t *testing.T, text string) {
		b := &binding{attribute: model.AttrThermostatScheduleMon, most: 10}
		plan := readDayPlan(b, model.String(text))
		if plan.IsUnknown() {
			return
		}
		sent, err := writeDayPlan(b, plan)
		if err != nil {
			return // more entries than there is room for
		}
		if again := readDayPlan(b, sent); again != plan {
			t.Errorf("%q comes back as %s, went as %s", text, again, plan)
		}
	})
}
