package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// property is what an expose says of one member of a device's state.
type property struct {
	name     string // "state"; its place in the state is key, "state_left"
	key      string
	kind     string // "binary", "numeric", "enum", "text", "composite", "list"
	access   int    // 1 published, 2 can be set, 4 can be asked for
	values   []any  // of an enum
	on, off  any    // of a binary
	toggle   any
	min, max *float64
	endpoint string
}

const (
	canSet = 2
	canGet = 4
)

// device is one simulated Zigbee device, and what Zigbee2MQTT knows of it.
type device struct {
	record
	entry   map[string]json.RawMessage // of bridge/devices
	name    string                     // friendly name
	props   map[string]property        // by key
	cache   map[string]any             // the state as Zigbee2MQTT has it
	real    map[string]any             // the state as the device has it
	joined  bool
	powered bool
	online  bool
	heard   time.Time
	last    []byte // the state last published, without the time it was heard
	dirty   bool   // there is something to report
	urgent  bool   // and it is no mere measurement
	stop    func() // ends a movement under way
}

// entries reads data/devices.json: the coordinator and the products.
func entries() []map[string]json.RawMessage {
	var out []map[string]json.RawMessage
	if err := json.Unmarshal(devicesJSON, &out); err != nil {
		panic(fmt.Sprintf("demo: data/devices.json: %v", err))
	}
	return out
}

func (d *device) text(key string) string {
	var s string
	_ = json.Unmarshal(d.entry[key], &s) // a member that is no text is "" here
	return s
}

func newDevice(r record, entry map[string]json.RawMessage) *device {
	d := &device{record: r, entry: maps.Clone(entry), powered: true, online: true, joined: !r.Boxed, props: map[string]property{}}
	d.name = d.text("friendly_name")
	d.cache, d.real = maps.Clone(r.State), maps.Clone(r.State)
	var definition struct {
		Exposes []expose `json:"exposes"`
	}
	if err := json.Unmarshal(entry["definition"], &definition); err != nil {
		panic(fmt.Sprintf("demo: data/devices.json: the definition of %s: %v", r.IEEE, err))
	}
	for _, e := range definition.Exposes {
		e.collect(d.props)
	}
	return d
}

// expose is an expose of Zigbee2MQTT, as far as the simulation needs it.
type expose struct {
	Type     string   `json:"type"`
	Name     string   `json:"name"`
	Property string   `json:"property"`
	Access   int      `json:"access"`
	Values   []any    `json:"values"`
	On       any      `json:"value_on"`
	Off      any      `json:"value_off"`
	Toggle   any      `json:"value_toggle"`
	Min      *float64 `json:"value_min"`
	Max      *float64 `json:"value_max"`
	Endpoint string   `json:"endpoint"`
	Features []expose `json:"features"`
}

// collect adds the properties of an expose; light, switch, climate and the like are only brackets around theirs.
func (e expose) collect(into map[string]property) {
	if e.Property == "" {
		for _, f := range e.Features {
			f.collect(into)
		}
		return
	}
	into[e.Property] = property{
		name: e.Name, key: e.Property, kind: e.Type, access: e.Access, values: e.Values, on: e.On, off: e.Off, toggle: e.Toggle,
		min: e.Min, max: e.Max, endpoint: e.Endpoint,
	}
}

// asleep is true of what runs on a battery and listens only when it has something to say.
func (d *device) asleep() bool {
	return d.Kind == "motion" || d.Kind == "contact" || d.Kind == "climate" || d.Kind == "alarm" || d.Kind == "remote"
}

func (d *device) mains() bool { return d.text("type") == "Router" }

// radioEndpoint is the Zigbee endpoint that commands go to: the lowest.
func (d *device) radioEndpoint() int {
	var all map[int]json.RawMessage
	_ = json.Unmarshal(d.entry["endpoints"], &all) // none is endpoint 1
	if len(all) == 0 {
		return 1
	}
	return slices.Min(slices.Collect(maps.Keys(all)))
}

// endpoints lists the names of the parts that a device has, such as left and right.
func (d *device) endpoints() []string {
	var out []string
	for _, p := range d.props {
		if p.endpoint != "" && !slices.Contains(out, p.endpoint) {
			out = append(out, p.endpoint)
		}
	}
	return out
}

// property finds what a message calls key, for a part of the device or the whole.
func (d *device) property(key, endpoint string) (property, bool) {
	if endpoint != "" {
		if p, ok := d.props[key+"_"+endpoint]; ok {
			return p, true
		}
	}
	p, ok := d.props[key]
	return p, ok
}

// complaint is an error in the words of Zigbee2MQTT, which a hub reads in its log.
type complaint string

func (c complaint) Error() string { return string(c) }

// check says what is wrong with a value for a property, in the words of zigbee-herdsman-converters, and
// brings what is right to the spelling of the state.
func (p property) check(v any) (any, error) {
	switch p.kind {
	case "numeric":
		return p.number(v)
	case "enum":
		return oneOf(v, p.values)
	case "binary":
		choices := []any{p.on, p.off}
		if p.toggle != nil {
			choices = append(choices, p.toggle)
		}
		return oneOf(v, choices)
	}
	return v, nil
}

func (p property) number(v any) (any, error) {
	n, ok := v.(float64)
	if text, is := v.(string); is {
		var err error
		if n, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(n) {
			return nil, complaint("Value is not a number, got number (NaN)")
		}
		ok = true
	}
	if !ok {
		return nil, complaint(fmt.Sprintf("Value is not a number, got %s (%v)", kindOf(v), v))
	}
	if p.name == "brightness" || p.name == "color_temp" || p.name == "position" { // these are brought into their range
		n = bring(n, p.min, p.max)
	}
	if p.min != nil && n < *p.min || p.max != nil && n > *p.max {
		return nil, complaint("Status 'INVALID_VALUE'")
	}
	return n, nil
}

func bring(n float64, low, high *float64) float64 {
	if low != nil {
		n = max(n, *low)
	}
	if high != nil {
		n = min(n, *high)
	}
	return n
}

func oneOf(v any, choices []any) (any, error) {
	said := make([]string, len(choices))
	for i, c := range choices {
		said[i] = fmt.Sprint(c)
		if strings.EqualFold(fmt.Sprint(v), said[i]) {
			return c, nil
		}
	}
	return nil, complaint(fmt.Sprintf("Value: '%v' not found in: [%s]", v, strings.Join(said, ", ")))
}

func kindOf(v any) string {
	switch v.(type) {
	case bool:
		return "boolean"
	}
	return "object"
}

// equal compares two members of a state as JSON does.
func equal(a, b any) bool {
	switch a.(type) {
	case map[string]any, []any:
		return bytes.Equal(mustJSON(a), mustJSON(b))
	}
	return a == b
}

// learn takes over into the cache what the device has, and tells whether that was news.
func (d *device) learn() bool {
	news := false
	for k, v := range d.real {
		if !equal(d.cache[k], v) {
			d.cache[k], news = v, true
		}
	}
	return news
}
