package template

import (
	"errors"
	"strings"
	"testing"
)

// TestRender holds texts that real devices publish (Zigbee2MQTT, Tasmota, ESPHome, Shelly, OpenMQTTGateway, Valetudo, evcc, EMS-ESP) against what Home Assistant makes of them.
func TestRender(t *testing.T) {
	for _, c := range []struct{ text, message, want string }{
		{`{{ value_json["battery"] }}`, `{"battery":87}`, "87"},
		{`{{ value_json.temperature }}`, `{"temperature":21.0}`, "21.0"},
		{`{{ value }}`, `ON`, "ON"},
		{`{{ value_json.state | lower }}`, `{"state":"ON"}`, "on"},
		{`{% if value_json["smart_temperature_control"] %}true{% else %}false{% endif %}`, `{"smart_temperature_control":null}`, "false"},
		{`{% set values = {None:None,'idle':'idle','heat':'heating','cool':'cooling','fan_only':'fan'} %}{{ values[value_json["running_state"]] }}`, `{"running_state":"heat"}`, "heating"},
		{`{"latest_version":"{{ value_json['update']['latest_version'] }}","installed_version":"{{ value_json['update']['installed_version'] }}","update_percentage":{{ value_json['update'].get('progress', 'null') }},"in_progress":{{ (value_json['update']['state'] == 'updating')|lower }}}`,
			`{"update":{"latest_version":587,"installed_version":500,"state":"updating"}}`, `{"latest_version":"587","installed_version":"500","update_percentage":null,"in_progress":true}`},
		{`{{ value_json["pin_code"] | default('',True) | string | truncate(254, True, '', 0) }}`, `{"pin_code":"1234"}`, "1234"},
		{`{{ 'ON' if value_json.occupied else 'OFF' }}`, `{"occupied":true}`, "ON"},
		{`{{ (value_json.power | float) * 0.1 | round(2) }}`, `{"power":"120"}`, "12.0"},
		{`{{ value_json['ENERGY'].Power[0] }}`, `{"ENERGY":{"Power":[3,4]}}`, "3"},
		{`{{ value|float|round(1) }}`, `21.4567`, "21.5"},
		{`{{ value_json.rssi | int(0) }}`, `{}`, "0"},
		{`{{ value_json.wifi.rssi if value_json.wifi is defined else '' }}`, `{"wifi":{"rssi":-60}}`, "-60"},
		{`{% if value_json.mode == 'auto' %}auto{% elif value_json.mode in ['h','heat'] %}heat{% else %}off{% endif %}`, `{"mode":"h"}`, "heat"},
		{`{%- set t = value_json.t // 60 -%}  {{ '%' ~ t }}`, `{"t":125}`, "%2"},
		{`{{ value_json.hs.split(',')[0] }}`, `{"hs":"120,100"}`, "120"},
		{`{% for k, v in value_json.items() %}{{ k }}={{ v }};{% endfor %}`, `{"a":1,"b":2}`, "a=1;b=2;"},
		{`{{ value_json.list | join(", ") }}`, `{"list":["x","y"]}`, "x, y"},
		{`{{ iif(value_json.on, "yes", "no") }}`, `{"on":false}`, "no"},
		{`{{ value_json.brightness / 255 * 100 }}`, `{"brightness":255}`, "100.0"},
		{`{# nothing #}{{ not value_json.closed }}`, `{"closed":true}`, "False"},
		{`{{ value.split("-")[1:] | join }}`, `a-b-c`, "bc"},
		{`{{ value_json | tojson }}`, `{"b":1.5,"a":[true,null]}`, `{"a":[true,null],"b":1.5}`},
		{`{{ {'0':'off','1':'on'}[value] }}`, `1`, "on"},
		{`{{ -value_json.x + 2 ** 3 }}`, `{"x":3}`, "5"},
	} {
		tmpl, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got, err := tmpl.Render(Vars{"value": c.message, "value_json": FromJSON([]byte(c.message))})
		if err != nil || got != c.want {
			t.Errorf("%s with %s: %q, %v; want %q", c.text, c.message, got, err, c.want)
		}
	}
}

func TestWhatIsNotInTheMessageIsMissingAndNoError(t *testing.T) {
	for _, text := range []string{`{{ value_json.humidity }}`, `{{ value_json.a.b | float | round(1) }}`, `{{ value_json["x"] | lower }}`} {
		tmpl, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tmpl.Render(Vars{"value_json": map[string]any{}}); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestParseRefusesWhatItCannotDo(t *testing.T) {
	for _, text := range []string{
		`{{ now().strftime('%Y') }}`, `{{ states('sensor.x') }}`, `{% include "x" %}`, `{{ value | nothing }}`, `{{ value`, `{% if value %}x`, `{% endif %}`, `{{ "open }}`,
		`{{ value.__class__() }}`, "{{" + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200) + "}}", "{{" + strings.Repeat("not ", 400) + "1}}", "{{" + strings.Repeat("-", 4000) + "1}}", strings.Repeat("x", maxSource+1),
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%.60s was accepted", text)
		}
	}
}

func TestRenderIsBounded(t *testing.T) {
	for _, text := range []string{
		`{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}`,
		`{% set s = "xxxxxxxxxxxxxxxx" %}{% for a in range(1000) %}{% set s = s ~ s %}{% endfor %}`,
		`{{ range(999999999) }}`, `{{ 10 ** 999 }}`, `{{ 1 / 0 }}`,
	} {
		tmpl, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := tmpl.Render(nil); err == nil {
			t.Errorf("%s gave %d bytes and no error", text, len(out))
		}
	}
}

func TestPath(t *testing.T) {
	for text, want := range map[string]string{
		`{{ value_json["battery_low"] }}`: "battery_low", `{{ value_json.update['state'] | lower }}`: "update/state", `{{ value }}`: "", `x{{ value_json.a }}`: "",
	} {
		tmpl, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(tmpl.Path(), "/"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{{ value_json.a | default(1) }}{% if value %}x{% endif %}`, `{"a":[1,2,{"b":"c"}]}`)
	f.Add(`{% for k, v in value_json.items() %}{{ k[1:] ~ v }}{% endfor %}`, `{"abc":1e300}`)
	f.Fuzz(func(t *testing.T, text, message string) {
		tmpl, err := Parse(text)
		if err != nil {
			return
		}
		tmpl.Path()
		out, _ := tmpl.Render(Vars{"value": message, "value_json": FromJSON([]byte(message))})
		if len(out) > maxOutput {
			t.Errorf("%d bytes", len(out))
		}
	})
}

func BenchmarkRender(b *testing.B) {
	tmpl, err := Parse(`{{ value_json["temperature"] }}`)
	if err != nil {
		b.Fatal(err)
	}
	message := []byte(`{"battery":87,"temperature":21.4,"linkquality":120}`)
	for b.Loop() {
		if _, err := tmpl.Render(Vars{"value_json": FromJSON(message)}); err != nil {
			b.Fatal(err)
		}
	}
}
