package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// The folders as seen from the test.
const (
	specDir = "../spec"
	root    = "../.."
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate(os.DirFS(specDir))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the spec gives: run go generate ./model", name)
		}
	}
	schemas, err := fs.Glob(os.DirFS(root), schemaDir+"/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range schemas {
		if files[name] == nil {
			t.Errorf("%s has no capability: run go generate ./model", name)
		}
	}
}

func TestRunWritesEveryFileAndRemovesStaleSchemas(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"docs", schemaDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	stale := filepath.Join(dir, schemaDir, "gone.json")
	if err := os.WriteFile(stale, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(specWith("", ""), dir); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, path)
		}
		return err
	})
	want := []string{"docs/capabilities.md", "model/catalogue_gen.go", "model/schemas/lamp.json"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, files (-want +got):\n%s", err, diff)
	}
}

func TestGeneratingTwiceGivesTheSameBytes(t *testing.T) {
	first, err := generate(os.DirFS(specDir))
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate(os.DirFS(specDir))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

// goodSpec is a small spec without a fault; each case below spoils one line of it.
const goodSpec = `group: [Light, 灯光]
words: {"off": ["Off", 关], "on": ["On", 开]}
capabilities:
  - id: lamp
    tier: 1
    label: [Lamp, 灯]
    about: [Gives light., 照明。]
    names: {hap: Lightbulb}
    attributes:
      - {name: lit, type: bool, access: write, label: [Lit, 点亮]}
      - {name: level, type: float, unit: "%", range: [0, 100], access: write, label: [Level, 亮度]}
      - {name: startup, type: enum, options: ["off", "on"], access: read, label: [Startup, 上电]}
    commands:
      - {name: toggle, toggles: lit, label: [Toggle, 切换]}
      - {name: blink, label: [Blink, 闪烁]}
      - name: set_level
        label: [Set, 设置]
        sets: {level: $level}
        args: [{name: level, type: float, label: [Level, 亮度]}]
    events:
      - {name: broken, label: [Broken, 损坏]}
device_types:
  - {id: torch, label: [Torch, 手电], required: [lamp]}
`

func specWith(old, changed string) fs.FS {
	return fstest.MapFS{"lamp.yaml": {Data: []byte(strings.Replace(goodSpec, old, changed, 1))}}
}

func TestFaultsInTheSpecAreReportedWithFileAndLine(t *testing.T) {
	for _, tt := range []struct {
		name, old, changed, want string
	}{
		{"unknown field", "tier: 1", "teir: 1", "lamp.yaml: yaml: unmarshal errors:\n  line 5: field teir not found"},
		{"field of the wrong type", "tier: 1", "tier: high", "line 5: cannot unmarshal"},
		{"tier out of range", "tier: 1", "tier: 4", "lamp.yaml:5: tier 4: want 1, 2 or 3"},
		{"id that is no name", "id: lamp", "id: Lamp", `lamp.yaml:4: id "Lamp": want lower case`},
		{"label in one language", "[Lamp, 灯]", `[Lamp, ""]`, "lamp.yaml:6: label: want [English, 中文]"},
		{"unknown ecosystem", "hap: Lightbulb", "hup: Lightbulb", `lamp.yaml:8: names: "hup": want one of matter`},
		{"unknown type", "type: bool", "type: boolean", `lamp.yaml:10: type "boolean": want one of bool`},
		{"unknown access", "access: read", "access: r", `lamp.yaml:12: access "r": want one of const`},
		{"attribute twice", "name: startup", "name: lit", `lamp.yaml:12: name "lit": is there twice`},
		{"unit on a truth value", "type: bool,", "type: bool, unit: s,", "lamp.yaml:10: lit: a bool has no unit"},
		{"range upside down", "range: [0, 100]", "range: [100, 0]", "lamp.yaml:11: range: the minimum is not below"},
		{"range with one end", "range: [0, 100]", "range: [100]", "lamp.yaml:11: range: want [min, max]"},
		{"enum without members", `options: ["off", "on"], `, "", "lamp.yaml:12: startup: want options, or open: true"},
		{"member without a label", `options: ["off", "on"]`, "options: [dim]", `lamp.yaml:12: options: "dim" has no label: add it to words.yaml`},
		{"label of no member", `options: ["off", "on"]`, `options: ["off"], words: {dim: [Dim, 暗]}`, `lamp.yaml:12: words: "dim" is not among the options`},
		{"options on a number", "type: float, unit", `type: float, options: ["on"], unit`, "lamp.yaml:11: level: a float has no options"},
		{"fields on a truth value", "type: bool,", "type: bool, fields: {a: string},", "lamp.yaml:10: fields: a: string: want a type, on a list or object"},
		{"toggle of a number", "toggles: lit", "toggles: level", `lamp.yaml:14: command toggle: attribute "level" is of type float`},
		{"write of what is read only", "sets: {level: $level}", "sets: {startup: $level}", `lamp.yaml:18: command set_level: attribute "startup" cannot be written`},
		{"write of what does not exist", "sets: {level: $level}", "sets: {height: $level}", `lamp.yaml:18: command set_level: lamp has no attribute "height"`},
		{"argument that does not exist", "level: $level", "level: $pct", `lamp.yaml:18: command set_level: "$pct" is none of its arguments`},
		{"argument of another type", "name: level, type: float, label", "name: level, type: bool, label", "lamp.yaml:18: sets: level: the argument's type"},
		{"argument that would be lost", "level: $level", "level: 50", `lamp.yaml:19: argument "level": nothing is set from it`},
		{"action named like an attribute", "name: blink", "name: lit", `lamp.yaml:15: name "lit": an attribute, action or event`},
		{"event named like an action", "name: broken", "name: blink", `lamp.yaml:21: name "blink": an attribute, action or event`},
		{"unknown capability", "required: [lamp]", "required: [lamps]", `lamp.yaml:23: torch: there is no capability "lamps"`},
		{"capability twice", "required: [lamp]", "required: [lamp], optional: [lamp]", `lamp.yaml:23: torch: capability "lamp" is there twice`},
		{"type that requires nothing", "required: [lamp]", "required: []", "lamp.yaml:23: torch: requires no capability"},
		{"no file", goodSpec, "", "lamp.yaml: EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(goodSpec, tt.old) {
				t.Fatalf("the good spec has no %q to spoil", tt.old)
			}
			_, err := generate(specWith(tt.old, tt.changed))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error\n%v\nwant one that says\n%s", err, tt.want)
			}
		})
	}
}

func TestTheGoodSpecIsGood(t *testing.T) {
	if _, err := generate(specWith("", "")); err != nil {
		t.Error(err)
	}
}

func TestNoSpecIsAnError(t *testing.T) {
	if _, err := generate(fstest.MapFS{}); err == nil {
		t.Error("generated something out of nothing")
	}
}

func TestGoNamesWriteInitialismsAsGoDoes(t *testing.T) {
	for in, want := range map[string]string{
		"on_off.on":                 "OnOffOn",
		"trv":                       "TRV",
		"power_source.battery_pct":  "PowerSourceBatteryPct",
		"concentration.co2_ppm":     "ConcentrationCO2PPM",
		"energy_meter.imported_kwh": "EnergyMeterImportedKWh",
		"smoke_co_alarm.co":         "SmokeCOAlarmCO",
		"ir_air_conditioner":        "IRAirConditioner",
		"health.lqi":                "HealthLQI",
	} {
		if got := goName(in); got != want {
			t.Errorf("goName(%q) = %q, want %q", in, got, want)
		}
	}
}
