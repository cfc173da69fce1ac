package model_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

func TestEveryCapabilityIsFoundOnceAndSpeaksBothLanguages(t *testing.T) {
	seen := map[model.Capability]bool{}
	for i := range model.Capabilities {
		c := &model.Capabilities[i]
		if seen[c.ID] {
			t.Errorf("%s: is there twice", c.ID)
		}
		seen[c.ID] = true
		if got := model.LookupCapability(c.ID); got != c {
			t.Errorf("LookupCapability(%q) finds another one", c.ID)
		}
		if c.Tier < 1 || c.Tier > 3 || c.Version < 1 {
			t.Errorf("%s: tier %d, version %d", c.ID, c.Tier, c.Version)
		}
		wantText(t, string(c.ID), c.Label)
		wantText(t, string(c.ID)+" about", c.About)
	}
}

// wantText holds that a text is there in both languages, and the Chinese one is not English
// (names such as "PM2.5" and "USB" are the same in both).
func wantText(t *testing.T, what string, text model.Text) {
	t.Helper()
	chinese := strings.ContainsFunc(text.Zh, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	shared := []string{"PM1.0", "PM2.5", "PM10"}
	if text.En == "" || !chinese && !slices.Contains(shared, text.Zh) {
		t.Errorf("%s: labels %q and %q", what, text.En, text.Zh)
	}
	if strings.ContainsFunc(text.En, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		t.Errorf("%s: the English label %q is Chinese", what, text.En)
	}
}

func TestEveryPropertyIsWellFormed(t *testing.T) {
	seen := map[model.Attribute]bool{}
	eachProperty(func(full model.Attribute, p *model.Property) {
		if seen[full] {
			t.Errorf("%s: is there twice", full)
		}
		seen[full] = true
		wantText(t, string(full), p.Label)
		if p.Min != nil && p.Max != nil && *p.Min >= *p.Max {
			t.Errorf("%s: range from %v to %v", full, *p.Min, *p.Max)
		}
		if p.Counter && p.Type != model.TypeFloat && p.Type != model.TypeInt {
			t.Errorf("%s: a counter of type %s", full, p.Type)
		}
		if len(p.Options) > 0 && p.Type != model.TypeEnum && p.Type != model.TypeSet {
			t.Errorf("%s: options on a %s", full, p.Type)
		}
		if len(p.Options) != len(model.OptionLabels[full]) {
			t.Errorf("%s: %d options, %d labels", full, len(p.Options), len(model.OptionLabels[full]))
		}
		for _, o := range p.Options {
			wantText(t, string(full)+" "+o, model.OptionLabels[full][o])
		}
	})
	for a := range model.OptionLabels {
		if !seen[a] {
			t.Errorf("OptionLabels has %q, the catalogue does not", a)
		}
	}
}

// eachProperty calls f for every attribute and every argument, named as in OptionLabels.
func eachProperty(f func(full model.Attribute, p *model.Property)) {
	for i := range model.Capabilities {
		c := &model.Capabilities[i]
		for j := range c.Attributes {
			f(c.Attributes[j].Attribute, &c.Attributes[j])
		}
		each := func(name string, args []model.Property) {
			for j := range args {
				f(model.Attribute(string(c.ID)+"."+name+".")+args[j].Attribute, &args[j])
			}
		}
		for _, k := range c.Commands {
			each(k.Name, k.Args)
		}
		for _, e := range c.Events {
			each(e.Name, e.Args)
		}
	}
}

func TestEveryAttributeIsFoundUnderItsCapability(t *testing.T) {
	for i := range model.Capabilities {
		c := &model.Capabilities[i]
		for j := range c.Attributes {
			a := &c.Attributes[j]
			if a.Attribute.Capability() != c.ID || model.LookupAttribute(a.Attribute) != a {
				t.Errorf("%s: not found under %s", a.Attribute, c.ID)
			}
		}
	}
}

func TestCommandsSetWhatExistsAndFits(t *testing.T) {
	for _, c := range model.Capabilities {
		for _, k := range c.Commands {
			name := string(c.ID) + "." + k.Name
			if got := model.LookupCommand(c.ID, k.Name); got == nil || got.Name != k.Name {
				t.Errorf("%s: LookupCommand does not find it", name)
			}
			wantText(t, name, k.Label)
			for attribute, text := range k.Sets {
				p := writable(t, name, c.ID, attribute)
				if p != nil {
					wantSettable(t, name, k, p, text)
				}
			}
			for attribute, ref := range k.Adds {
				if p := writable(t, name, c.ID, attribute); p != nil && p.Type != model.TypeFloat && p.Type != model.TypeInt {
					t.Errorf("%s: adds to %s, a %s", name, attribute, p.Type)
				}
				argument(t, name, k, ref)
			}
			if k.Toggles == "" {
				continue
			}
			if p := writable(t, name, c.ID, k.Toggles); p != nil && p.Type != model.TypeBool {
				t.Errorf("%s: toggles %s, a %s", name, k.Toggles, p.Type)
			}
		}
	}
}

func writable(t *testing.T, command string, c model.Capability, name string) *model.Property {
	t.Helper()
	p := model.LookupAttribute(model.Attribute(string(c) + "." + name))
	if p == nil || !p.Access.CanWrite() {
		t.Errorf("%s: %s does not exist or cannot be written", command, name)
		return nil
	}
	return p
}

func argument(t *testing.T, command string, k model.CommandSpec, ref string) *model.Property {
	t.Helper()
	i := slices.IndexFunc(k.Args, func(p model.Property) bool { return "$"+string(p.Attribute) == ref })
	if i < 0 {
		t.Errorf("%s: %s is none of its arguments", command, ref)
		return nil
	}
	return &k.Args[i]
}

// wantSettable holds that what the command sets passes the attribute's own check.
func wantSettable(t *testing.T, command string, k model.CommandSpec, p *model.Property, text string) {
	t.Helper()
	if strings.HasPrefix(text, "$") {
		if a := argument(t, command, k, text); a != nil && (a.Type != p.Type || !slices.Equal(a.Options, p.Options)) {
			t.Errorf("%s: %s is not of the type of %s", command, text, p.Attribute)
		}
		return
	}
	var v model.Value
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%s: %s: %v", command, p.Attribute, err)
		return
	}
	if _, err := p.Check(v); err != nil {
		t.Errorf("%s: %v", command, err)
	}
}

func TestEventsAreFoundAndLabelled(t *testing.T) {
	for _, c := range model.Capabilities {
		for _, e := range c.Events {
			if got := model.LookupEvent(c.ID, e.Name); got == nil || got.Name != e.Name {
				t.Errorf("%s.%s: LookupEvent does not find it", c.ID, e.Name)
			}
			wantText(t, string(c.ID)+"."+e.Name, e.Label)
		}
	}
}

func TestDeviceTypesRequireCapabilitiesThatExist(t *testing.T) {
	seen := map[model.DeviceType]bool{}
	for i := range model.DeviceTypes {
		d := &model.DeviceTypes[i]
		if seen[d.ID] || model.LookupDeviceType(d.ID) != d {
			t.Errorf("%s: is there twice", d.ID)
		}
		seen[d.ID] = true
		wantText(t, string(d.ID), d.Label)
		if len(d.Required) == 0 {
			t.Errorf("%s: requires nothing", d.ID)
		}
		for _, c := range slices.Concat(d.Required, d.Optional) {
			if model.LookupCapability(c) == nil {
				t.Errorf("%s: there is no capability %q", d.ID, c)
			}
		}
	}
}

// The names that other parts and stored logs rely on. Renaming one is a breaking change.
func TestNamesThatOthersRelyOn(t *testing.T) {
	for capability, names := range map[model.Capability]string{
		"on_off":            "on startup on_time_left",
		"level":             "level",
		"switch_input":      "type mode action multi_click",
		"indicator":         "enabled mode inverted night_off backlight brightness_pct brightness color on_color off_color beep",
		"display":           "enabled temperature_unit time_format brightness_pct brightness orientation",
		"protection":        "max_power max_current max_voltage min_voltage max_temperature max_power_action max_current_action max_voltage_action min_voltage_action max_temperature_action",
		"light_gradient":    "colors style scene",
		"color":             "hue saturation x y mode",
		"color_temperature": "kelvin startup_kelvin",
		"light_effect":      "effect speed",
		"power_source":      "kind battery_pct battery_level battery_voltage charge_state replace_needed",
		"health":            "reachable last_seen rssi lqi",
		"firmware":          "current available progress state",
		"fault":             "active codes",
		"occupancy":         "occupied kind hold_time targets distance",
		"contact":           "open opening",
		"water_leak":        "leak",
		"rain":              "raining",
		"freeze":            "freezing",
		"smoke_co_alarm":    "smoke co expressed muted end_of_service",
		"gas_leak":          "gas concentration",
		"tamper":            "tampered",
		"vibration":         "vibrating angle_x angle_y angle_z",
		"siren":             "active tone volume duration",
		"temperature":       "celsius",
		"humidity":          "percent",
		"illuminance":       "lux",
		"pressure":          "hpa",
		"soil_moisture":     "percent",
		"flow":              "m3h total",
		"concentration":     "co2_ppm co_ppm pm1_ugm3 pm25_ugm3 pm10_ugm3 tvoc_ppb tvoc_ugm3 ch2o_mgm3 o3_ppb no2_ppb radon_bqm3",
		"air_quality":       "index aqi voc_index",
		"thermostat":        "local_temperature outdoor_temperature heat_setpoint cool_setpoint unoccupied_heat_setpoint unoccupied_cool_setpoint min_heat max_heat min_cool max_cool deadband step mode running demand_pct cool_demand_pct preset hold setpoint_source calibration window_open swing",
		"fan":               "speed_pct mode speed swing wind direction",
		"humidity_control":  "target_pct mode running water_level",
		"filter":            "kind life_pct change last_changed",
		"window_covering":   "open_pct tilt_pct moving kind calibrated obstructed",
		"closure":           "state target latched secure obstructed",
		"door_lock":         "lock target door auto_relock mode",
		"child_lock":        "locked",
		"valve":             "state target level_pct remaining default_duration",
		"power_meter":       "watts volts amps hz power_factor va var",
		"energy_meter":      "imported_kwh exported_kwh reset_at",
	} {
		for name := range strings.FieldsSeq(names) {
			if a := model.Attribute(string(capability) + "." + name); model.LookupAttribute(a) == nil {
				t.Errorf("no attribute %s", a)
			}
		}
	}
}

func TestEnumsThatOthersRelyOn(t *testing.T) {
	for a, want := range map[model.Attribute]string{
		model.AttrOnOffStartup:       "off on toggle previous",
		model.AttrThermostatMode:     "off auto cool heat emergency_heat precooling fan_only dry sleep",
		model.AttrFanMode:            "off low medium high on auto smart turbo quiet",
		model.AttrValveTarget:        "open closed",
		model.AttrThermostatPreset:   "manual schedule comfort eco away boost sleep frost_protection holiday off occupied unoccupied wake vacation going_to_sleep other",
		model.AttrSmokeCOAlarmSmoke:  "normal warning critical",
		model.AttrWindowCoveringKind: "roller curtain shutter blind awning airer",
	} {
		if diff := cmp.Diff(strings.Fields(want), model.LookupAttribute(a).Options); diff != "" {
			t.Errorf("%s (-want +got):\n%s", a, diff)
		}
	}
	press := model.LookupEvent(model.CapButton, "press")
	want := strings.Fields("single double triple quadruple many hold release long_press rotate_left rotate_right other")
	if diff := cmp.Diff(want, press.Args[1].Options); diff != "" {
		t.Errorf("button.press action (-want +got):\n%s", diff)
	}
}

func TestOpenIsAHundredPercentAndTrue(t *testing.T) {
	for _, tt := range []struct {
		capability    model.Capability
		command, want string
	}{
		{model.CapWindowCovering, "open", `{"open_pct":"100"}`},
		{model.CapWindowCovering, "close", `{"open_pct":"0"}`},
		{model.CapClosure, "open", `{"target":"\"open\""}`},
		{model.CapDoorLock, "lock", `{"target":"\"locked\""}`},
	} {
		got, _ := json.Marshal(model.LookupCommand(tt.capability, tt.command).Sets)
		if string(got) != tt.want {
			t.Errorf("%s.%s sets %s, want %s", tt.capability, tt.command, got, tt.want)
		}
	}
}

func TestTransitionIsSecondsEverywhere(t *testing.T) {
	eachProperty(func(full model.Attribute, p *model.Property) {
		if p.Attribute == "transition" && (p.Unit != "s" || p.Type != model.TypeFloat || !p.Optional) {
			t.Errorf("%s: %s in %q, optional %t", full, p.Type, p.Unit, p.Optional)
		}
	})
}

func TestLongTailIsNotListed(t *testing.T) {
	for _, c := range []model.Capability{model.Setting, model.Measurement} {
		spec := model.LookupCapability(c)
		if spec == nil || len(spec.Attributes) != 0 {
			t.Errorf("%s: want a capability without listed attributes, got %v", c, spec)
		}
		if a := model.Attribute(string(c) + ".anything"); !a.IsLongTail() || model.LookupAttribute(a) != nil {
			t.Errorf("%s: want an attribute of the long tail, not of the catalogue", a)
		}
	}
}

func TestLookupsOfWhatIsNotThereFindNothing(t *testing.T) {
	if model.LookupCapability("x") != nil || model.LookupAttribute("on_off.x") != nil || model.LookupDeviceType("x") != nil ||
		model.LookupCommand("x", "on") != nil || model.LookupCommand("on_off", "x") != nil ||
		model.LookupEvent("x", "press") != nil || model.LookupEvent("button", "x") != nil {
		t.Error("a look-up of what is not in the catalogue found something")
	}
}

func TestOptionLabelFallsBackToTheWordItself(t *testing.T) {
	for _, tt := range []struct {
		attribute model.Attribute
		option    string
		want      model.Text
	}{
		{model.AttrThermostatMode, "heat", model.Text{En: "Heat", Zh: "制热"}},
		{model.AttrThermostatRunning, "heat", model.Text{En: "Heating", Zh: "制热中"}},
		{"button.press.action", "double", model.Text{En: "Double press", Zh: "双击"}},
		{model.AttrLightEffectEffect, "candle", model.Text{En: "candle", Zh: "candle"}},
		{"setting.sensitivity", "high", model.Text{En: "high", Zh: "high"}},
	} {
		if got := model.OptionLabel(tt.attribute, tt.option); got != tt.want {
			t.Errorf("OptionLabel(%q, %q) = %v, want %v", tt.attribute, tt.option, got, tt.want)
		}
	}
}
