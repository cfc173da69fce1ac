package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// words is a label in English and Simplified Chinese, written [English, 中文] in the spec.
type words [2]string

// property is an attribute or an argument as the spec has it.
type property struct {
	Name     string           `yaml:"name"`
	Type     string           `yaml:"type"`
	Unit     string           `yaml:"unit"`
	Range    []*float64       `yaml:"range"` // [min, max]; null for an open end
	Step     float64          `yaml:"step"`
	Options  []string         `yaml:"options"`
	Words    map[string]words `yaml:"words"`  // option labels that differ from words.yaml
	Fields   yaml.Node        `yaml:"fields"` // of an object, or of a list's items: name -> type, in order
	Open     bool             `yaml:"open"`   // an enum or set whose members each device has of its own
	Access   string           `yaml:"access"`
	Optional bool             `yaml:"optional"`
	Counter  bool             `yaml:"counter"`
	Category string           `yaml:"category"`
	Label    words            `yaml:"label"`
}

type command struct {
	Name    string            `yaml:"name"`
	Args    []property        `yaml:"args"`
	Sets    map[string]any    `yaml:"sets"`
	Toggles string            `yaml:"toggles"`
	Adds    map[string]string `yaml:"adds"`
	Label   words             `yaml:"label"`
}

type event struct {
	Name  string     `yaml:"name"`
	Args  []property `yaml:"args"`
	Label words      `yaml:"label"`
}

type capability struct {
	ID         string            `yaml:"id"`
	Version    int               `yaml:"version"`
	Tier       int               `yaml:"tier"`
	Safety     bool              `yaml:"safety"`
	Label      words             `yaml:"label"`
	About      words             `yaml:"about"`
	Attributes []property        `yaml:"attributes"`
	Commands   []command         `yaml:"commands"`
	Events     []event           `yaml:"events"`
	Names      map[string]string `yaml:"names"`
	Traps      string            `yaml:"traps"`

	group words
	at    place // where the spec says it
}

type deviceType struct {
	ID       string            `yaml:"id"`
	Label    words             `yaml:"label"`
	Required []string          `yaml:"required"`
	Optional []string          `yaml:"optional"`
	Names    map[string]string `yaml:"names"`

	at place
}

// file is one file of the spec. Each part may be absent.
type file struct {
	Group        words            `yaml:"group"` // heading of the file's capabilities
	Words        map[string]words `yaml:"words"`
	Capabilities []capability     `yaml:"capabilities"`
	DeviceTypes  []deviceType     `yaml:"device_types"`
}

// spec is all files together, in the order of their names.
type spec struct {
	words        map[string]words
	capabilities []capability
	deviceTypes  []deviceType
}

// place is a node of a spec file, for errors that say where.
type place struct {
	file string
	node *yaml.Node
}

// field descends to a mapping's value, or a sequence's item, as far as it exists.
func (p place) field(keys ...any) place {
	for _, k := range keys {
		if next := child(p.node, k); next != nil {
			p.node = next
		}
	}
	return p
}

func (p place) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, p.node.Line, fmt.Sprintf(format, args...))
}

func child(n *yaml.Node, key any) *yaml.Node {
	switch k := key.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && k < len(n.Content) {
			return n.Content[k]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == k {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// load reads all YAML files of a folder, strictly: an unknown field is an error.
func load(dir fs.FS) (*spec, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("no *.yaml in the spec folder; run through go generate ./model"), err)
	}
	s := &spec{words: map[string]words{}}
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read the spec: %w", err)
		}
		if err := s.add(path.Base(name), b); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *spec) add(name string, b []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	var f file
	if err := dec.Decode(&f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	root := place{name, doc.Content[0]}
	for w, t := range f.Words {
		if _, twice := s.words[w]; twice {
			return root.field("words", w).errorf("words: %q is in two files", w)
		}
		s.words[w] = t
	}
	for i, c := range f.Capabilities {
		c.group, c.at = f.Group, root.field("capabilities", i)
		c.complete()
		s.capabilities = append(s.capabilities, c)
	}
	for i, d := range f.DeviceTypes {
		d.at = root.field("device_types", i)
		s.deviceTypes = append(s.deviceTypes, d)
	}
	return nil
}

// complete fills in what the spec leaves out because it can only be one thing.
func (c *capability) complete() {
	if c.Version == 0 {
		c.Version = 1
	}
	for _, k := range c.Commands {
		for i := range k.Args {
			k.Args[i].Access = "write"
		}
	}
	for _, e := range c.Events {
		for i := range e.Args {
			e.Args[i].Access = "read"
		}
	}
}

// optionLabel is the label of an option: its own, or the shared one.
func (s *spec) optionLabel(p property, option string) (words, bool) {
	if w, ok := p.Words[option]; ok {
		return w, true
	}
	w, ok := s.words[option]
	return w, ok
}

// isAction reports that the command is more than attribute writes.
func (c command) isAction() bool { return len(c.Sets) == 0 && c.Toggles == "" && len(c.Adds) == 0 }

// fieldPairs are the fields of a structured property in the spec's order.
func (p property) fieldPairs() [][2]string {
	var out [][2]string
	for i := 0; i+1 < len(p.Fields.Content); i += 2 {
		out = append(out, [2]string{p.Fields.Content[i].Value, p.Fields.Content[i+1].Value})
	}
	return out
}

// limits returns the range's ends; nil where open.
func (p property) limits() (low, high *float64) {
	if len(p.Range) != 2 {
		return nil, nil
	}
	return p.Range[0], p.Range[1]
}

// initialisms are the words that Go writes in its own way.
var initialisms = map[string]string{
	"aqi": "AQI", "bqm3": "BqM3", "ch2o": "CH2O", "co": "CO", "co2": "CO2", "dba": "DBA", "ev": "EV", "eta": "ETA",
	"hpa": "HPa", "hz": "Hz", "id": "ID", "ir": "IR", "kwh": "KWh", "lqi": "LQI", "m3h": "M3h", "mgm3": "MgM3",
	"no2": "NO2", "o3": "O3", "pm1": "PM1", "pm10": "PM10", "pm25": "PM25", "ppb": "PPB", "ppm": "PPM", "ptz": "PTZ",
	"rpm": "RPM", "rssi": "RSSI", "soc": "SoC", "trv": "TRV", "tv": "TV", "tvoc": "TVOC", "ugm3": "UgM3", "va": "VA",
	"voc": "VOC", "webrtc": "WebRTC",
}

// goName turns "battery_pct" or "on_off.on" into a Go identifier.
func goName(name string) string {
	var b strings.Builder
	for w := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '_' || r == '.' }) {
		if s, ok := initialisms[w]; ok {
			b.WriteString(s)
			continue
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}
