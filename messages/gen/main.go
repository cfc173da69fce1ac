// Command gen makes the web app's words out of the one catalogue of messages and the catalogue of capabilities: a JSON
// file a language in web/src/generated, and in web/tests the values that prove that the app writes a value as the
// hub does. Run it with `go generate ./messages`.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
)

// wanted are the beginnings of the keys that the app uses: its own, and those with which it puts values,
// ages, outcomes and the doctor's findings in words while they change.
var wanted = []string{"web.", "reach.", "value.", "span.", "ago.", "quality.", "presence.", "reason.", "doctor.", "phrase.", "via.", "unknown", "none", "list.comma", "colon", "expected.", "cause.somebody"}

// bundle is what the app loads for one language.
type bundle struct {
	Lang         string                       `json:"lang"`
	Texts        map[string]string            `json:"texts"`
	Capabilities map[string]string            `json:"capabilities"`
	Attributes   map[string]string            `json:"attributes"`
	Options      map[string]map[string]string `json:"options"` // by attribute or argument, then by member
	Commands     map[string]string            `json:"commands"`
	Events       map[string]string            `json:"events"`
	Types        map[string]string            `json:"types"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "messages/gen:", err)
		os.Exit(1)
	}
}

func run() error {
	for _, lang := range messages.Languages {
		if err := write("../web/src/generated/"+lang+".json", makeBundle(lang)); err != nil {
			return err
		}
	}
	return write("../web/tests/generated/values.json", vectors())
}

func write(path string, what any) error {
	b, err := json.MarshalIndent(what, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

func makeBundle(lang string) bundle {
	b := bundle{Lang: lang, Texts: map[string]string{}, Capabilities: map[string]string{}, Attributes: map[string]string{},
		Options: map[string]map[string]string{}, Commands: map[string]string{}, Events: map[string]string{}, Types: map[string]string{}}
	for _, key := range messages.Keys() {
		for _, w := range wanted {
			if key == w || strings.HasSuffix(w, ".") && strings.HasPrefix(key, w) {
				b.Texts[key] = messages.Text(lang, key)
			}
		}
	}
	for i := range model.Capabilities {
		c := &model.Capabilities[i]
		b.Capabilities[string(c.ID)] = c.Label.In(lang)
		for j := range c.Attributes {
			b.Attributes[string(c.Attributes[j].Attribute)] = messages.Label(lang, &c.Attributes[j])
		}
		for _, x := range c.Commands {
			b.Commands[string(c.ID)+"."+x.Name] = x.Label.In(lang)
		}
		for _, x := range c.Events {
			b.Events[string(c.ID)+"."+x.Name] = x.Label.In(lang)
		}
	}
	for attr, members := range model.OptionLabels {
		labels := map[string]string{}
		for member, label := range members {
			if text := label.In(lang); text != member {
				labels[member] = text
			}
		}
		b.Options[string(attr)] = labels
	}
	for _, t := range model.DeviceTypes {
		b.Types[string(t.ID)] = t.Label.In(lang)
	}
	return b
}

// vector is one value and how it reads.
type vector struct {
	Property model.Property    `json:"property"`
	Value    json.RawMessage   `json:"value"`
	Text     map[string]string `json:"text"`
}

// vectors are values of every type, unit and size that are written in their own way.
func vectors() []vector {
	half, tenth := 0.5, 0.1
	cases := []struct {
		property model.Property
		values   []model.Value
	}{
		{model.Property{Attribute: "on_off.on", Type: model.TypeBool}, []model.Value{{}, model.Bool(true), model.Bool(false)}},
		{model.Property{Attribute: "contact.open", Type: model.TypeBool}, []model.Value{model.Bool(true)}},
		{model.Property{Attribute: "setting.led", Type: model.TypeBool}, []model.Value{model.Bool(true), model.Bool(false)}},
		{model.Property{Attribute: "temperature.celsius", Type: model.TypeFloat, Unit: "°C"}, numbers(21.456, -0.001, 0.04, 0.98765, 100.04, 12345.678, -7)},
		{model.Property{Attribute: "thermostat.heat_setpoint", Type: model.TypeFloat, Unit: "°C", Step: half}, numbers(21.5, 21, -0.04)},
		{model.Property{Attribute: "setting.calibration", Type: model.TypeFloat, Unit: "K", Step: tenth}, numbers(-1.25, 3)},
		{model.Property{Attribute: "level.level", Type: model.TypeFloat, Unit: "%"}, numbers(40, 12.345)},
		{model.Property{Attribute: "color.hue", Type: model.TypeFloat, Unit: "°"}, numbers(29.4)},
		{model.Property{Attribute: "color_temperature.kelvin", Type: model.TypeInt, Unit: "K"}, numbers(2732, 2732.4)},
		{model.Property{Attribute: "window_covering.open_pct", Type: model.TypeFloat, Unit: "%"}, numbers(0, 50, 100)},
		{model.Property{Attribute: "setting.timeout", Type: model.TypeInt, Unit: "s"}, numbers(0, 59, 60, 3599, 3600, 3660, 90061, 200000)},
		{model.Property{Attribute: "thermostat.mode", Type: model.TypeEnum}, []model.Value{model.String("heat"), model.String("warp drive")}},
		{model.Property{Attribute: "setting.word", Type: model.TypeString}, []model.Value{model.String("heat <b>&amp;</b>")}},
		{model.Property{Attribute: "thermostat.running", Type: model.TypeSet}, []model.Value{model.Set(), model.Set("heat"), model.Set("fan", "heat")}},
	}
	var out []vector
	for _, c := range cases {
		for _, v := range c.values {
			x := vector{Property: c.property, Value: v.AppendJSON(nil), Text: map[string]string{}}
			for _, lang := range messages.Languages {
				x.Text[lang] = messages.Value(lang, &c.property, v)
			}
			out = append(out, x)
		}
	}
	return out
}

func numbers(all ...float64) []model.Value {
	var out []model.Value
	for _, f := range all {
		out = append(out, model.Number(f))
	}
	return out
}
