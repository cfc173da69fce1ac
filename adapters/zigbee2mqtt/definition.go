package zigbee2mqtt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// Access bits of an expose.
const (
	accessPublished = 1 // the property appears in the state
	accessSet       = 2 // it can be written with /set
	accessGet       = 4 // it can be asked for with /get
)

// expose is one node of a definition's exposes: a property, or (light, switch,
// cover, lock, fan, climate) a bundle of them in Features.
type expose struct {
	Type        string      `json:"type"`
	Name        string      `json:"name"`
	Label       string      `json:"label"`
	Property    string      `json:"property"`
	Endpoint    string      `json:"endpoint"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Unit        string      `json:"unit"`
	Access      int         `json:"access"`
	ValueOn     model.Value `json:"value_on"`
	ValueOff    model.Value `json:"value_off"`
	Min         *float64    `json:"value_min"`
	Max         *float64    `json:"value_max"`
	Step        float64     `json:"value_step"`
	Values      []scalar    `json:"values"`
	Features    []expose    `json:"features"`
}

// scalar is a member of an enum: text, though some definitions list numbers.
type scalar string

// UnmarshalJSON takes strings as they are and numbers and booleans by their spelling.
func (s *scalar) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*s = scalar(text)
		return nil
	}
	*s = scalar(bytes.TrimSpace(b))
	return nil
}

// definition is what Zigbee2MQTT knows of a model of device.
type definition struct {
	Vendor      string   `json:"vendor"`
	Model       string   `json:"model"`
	Description string   `json:"description"`
	SupportsOTA bool     `json:"supports_ota"`
	Source      string   `json:"source"` // native, generated or external; newer 2.x only
	Exposes     []expose `json:"exposes"`

	group bool // stands for a group: nothing is heard from it itself
}

// deviceEntry is one element of bridge/devices.
type deviceEntry struct {
	IEEE               string          `json:"ieee_address"`
	Name               string          `json:"friendly_name"`
	Type               string          `json:"type"` // Coordinator, Router, EndDevice
	Description        string          `json:"description"`
	Manufacturer       string          `json:"manufacturer"`
	ModelID            string          `json:"model_id"`
	PowerSource        string          `json:"power_source"`
	Firmware           string          `json:"software_build_id"`
	Disabled           bool            `json:"disabled"`
	Supported          bool            `json:"supported"`
	Interviewing       bool            `json:"interviewing"`
	InterviewCompleted bool            `json:"interview_completed"`
	InterviewState     string          `json:"interview_state"` // 2.14; earlier versions have the two booleans only
	Definition         json.RawMessage `json:"definition"`
}

// interviewed reports whether Zigbee2MQTT has finished learning what the device is.
func (d *deviceEntry) interviewed() bool {
	switch d.InterviewState {
	case "SUCCESSFUL", "FAILED":
		return true
	case "":
		return d.InterviewCompleted
	}
	return false
}

// sleepy reports whether the device listens only now and then.
func (d *deviceEntry) sleepy() bool {
	return d.Type == "EndDevice" && (d.PowerSource == "" || strings.HasPrefix(d.PowerSource, "Battery"))
}

func parseDefinition(raw []byte) (*definition, error) {
	if len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil, nil
	}
	var d definition
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("a Zigbee2MQTT definition that does not parse: %w", err)
	}
	return &d, nil
}

// leaf is one property as Zigbee2MQTT exposes it, with the bundle it sits in: the unit of translation.
type leaf struct {
	context  string // light, switch, cover, lock, fan, climate, or "" for a bare expose
	endpoint model.EndpointID
	path     string // the member of a composite property that this is; "" is the property itself
	*expose
}

// member returns one feature of a composite, or the leaf itself for "". The feature takes the composite's
// access: definitions often give the parts of a readable composite as write-only.
func (l leaf) member(name string) leaf {
	if name == "" {
		return l
	}
	i := slices.IndexFunc(l.Features, func(e expose) bool { return e.Name == name })
	if i < 0 {
		return leaf{}
	}
	e := l.Features[i]
	out := leaf{context: l.context, endpoint: l.endpoint, path: cmp.Or(e.Property, e.Name), expose: &e}
	e.Property, e.Access = l.Property, l.Access
	return out
}

// bundles are the expose types whose features stand for themselves.
var bundles = map[string]bool{"light": true, "switch": true, "cover": true, "lock": true, "fan": true, "climate": true}

// leaves lists the properties of a definition in its own order. A composite or list counts as one.
func (d *definition) leaves() []leaf {
	var out []leaf
	for i := range d.Exposes {
		e := &d.Exposes[i]
		if !bundles[e.Type] {
			out = appendLeaf(out, "", e, e.Endpoint)
			continue
		}
		for j := range e.Features {
			f := &e.Features[j]
			endpoint := f.Endpoint
			if endpoint == "" {
				endpoint = e.Endpoint
			}
			out = appendLeaf(out, e.Type, f, endpoint)
		}
	}
	return out
}

func appendLeaf(out []leaf, context string, e *expose, endpoint string) []leaf {
	if e.Property == "" {
		e.Property = e.Name
	}
	if e.Property == "" {
		return out // nothing would ever carry it
	}
	id := model.EndpointID(endpoint)
	if id == "" {
		id = model.MainEndpoint
	}
	return append(out, leaf{context: context, endpoint: id, expose: e})
}

// key is the property's name within its endpoint: without the endpoint's suffix.
func (l leaf) key() string {
	if l.endpoint != model.MainEndpoint {
		if k, ok := strings.CutSuffix(l.Property, "_"+string(l.endpoint)); ok && k != "" {
			return k
		}
	}
	return l.Property
}

// values returns the members of an enum as strings.
func (l leaf) values() []string {
	out := make([]string, len(l.Values))
	for i, v := range l.Values {
		out[i] = string(v)
	}
	return out
}
