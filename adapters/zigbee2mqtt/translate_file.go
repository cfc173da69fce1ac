package zigbee2mqtt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// TranslateDefinition turns one Zigbee2MQTT definition (an element of the converters'
// list, or of bridge/devices with its definition inside) into what the hub would know of such a
// device, and says where each expose landed. It fails when the JSON does not parse.
func TranslateDefinition(def json.RawMessage) (model.Description, Coverage, error) {
	var entry deviceEntry
	if err := json.Unmarshal(def, &entry); err != nil {
		if d, derr := parseDefinition(def); derr == nil && d != nil { // description or the like may clash with bridge/devices' type
			t := translate(d, "")
			return describe(&deviceEntry{}, d, t), t.coverage, nil
		}
		return model.Description{}, nil, fmt.Errorf("a Zigbee2MQTT definition that does not parse: %w", err)
	}
	raw := []byte(def)
	if len(entry.Definition) > 0 {
		raw = entry.Definition
	}
	d, err := parseDefinition(raw)
	if err != nil {
		return model.Description{}, nil, err
	}
	if d == nil {
		d = &definition{}
	}
	t := translate(d, entry.PowerSource)
	return describe(&entry, d, t), t.coverage, nil
}

// Translated is one line that TranslateFile writes.
type Translated struct {
	Description model.Description `json:"description"`
	Coverage    Coverage          `json:"coverage"`
}

// Summary counts what TranslateFile translated.
type Summary struct {
	Definitions int            // devices or definitions read
	Typed       int            // that got a device type and what that type requires
	Pairs       int            // (definition, expose) without linkquality
	OnCapa      int            // of these, landed on a capability
	Present     int            // of these, present in the description as capability, setting or measurement
	Unmapped    map[string]int // expose name -> times it became a setting or measurement
	Vendors     map[string]VendorSummary
}

// VendorSummary counts one vendor's pairs.
type VendorSummary struct{ Definitions, Pairs, OnCapability int }

// TranslateFile reads definitions, one JSON object a line or a bridge/devices array, from r, and
// writes one JSON line a device to w. It stops at the first that does not parse.
func TranslateFile(r io.Reader, w io.Writer) (Summary, error) {
	s := Summary{Unmapped: map[string]int{}, Vendors: map[string]VendorSummary{}}
	out := json.NewEncoder(w)
	err := eachDefinition(bufio.NewReaderSize(r, 1<<20), func(raw json.RawMessage) error {
		if textOf(parseValue(member(raw, "type"))) == "Coordinator" {
			return nil
		}
		d, c, err := TranslateDefinition(raw)
		if err != nil {
			return err
		}
		s.add(&d, c)
		return out.Encode(Translated{d, c})
	})
	return s, err
}

func eachDefinition(r *bufio.Reader, do func(json.RawMessage) error) error {
	dec := json.NewDecoder(r)
	for n := 1; ; n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("document %d is not JSON: %w", n, err)
		}
		if !bytes.HasPrefix(raw, []byte("[")) {
			if err := do(raw); err != nil {
				return fmt.Errorf("document %d: %w", n, err)
			}
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return fmt.Errorf("document %d is not a list of devices: %w", n, err)
		}
		for i, raw := range list {
			if err := do(raw); err != nil {
				return fmt.Errorf("document %d, device %d: %w", n, i+1, err)
			}
		}
	}
}

func (s *Summary) add(d *model.Description, c Coverage) {
	s.Definitions++
	if Complete(d) {
		s.Typed++
	}
	v := s.Vendors[d.Vendor]
	v.Definitions++
	for _, l := range c {
		if l.Expose == "linkquality" {
			continue
		}
		s.Pairs++
		v.Pairs++
		if l.Attribute != "" {
			s.Present++
		}
		if l.Attribute.IsLongTail() {
			s.Unmapped[l.Expose]++
		} else {
			s.OnCapa++
			v.OnCapability++
		}
	}
	s.Vendors[d.Vendor] = v
}

// Complete reports whether a description has a device type and the capabilities that the catalogue requires of it, on any of its endpoints.
func Complete(d *model.Description) bool {
	spec := model.LookupDeviceType(d.Type)
	if spec == nil {
		return false
	}
	for _, need := range spec.Required {
		if !slices.ContainsFunc(d.Endpoints, func(e model.EndpointDescription) bool { return hasCapability(&e, need) }) {
			return false
		}
	}
	return true
}

func hasCapability(e *model.EndpointDescription, c model.Capability) bool {
	return slices.ContainsFunc(e.Properties, func(p model.Property) bool { return p.Attribute.Capability() == c }) ||
		slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event.Capability() == c }) ||
		slices.ContainsFunc(e.Actions, func(a model.Attribute) bool { return a.Capability() == c })
}

// String renders the summary for a terminal.
func (s Summary) String() string {
	var b strings.Builder
	percent := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	fmt.Fprintf(&b, "definitions %d\ntype and its required capabilities %d (%.1f %%)\n", s.Definitions, s.Typed, percent(s.Typed, s.Definitions))
	fmt.Fprintf(&b, "exposes without linkquality %d: on a capability %d (%.1f %%), present %d (%.1f %%)\n",
		s.Pairs, s.OnCapa, percent(s.OnCapa, s.Pairs), s.Present, percent(s.Present, s.Pairs))
	fmt.Fprintf(&b, "most frequent settings and measurements:\n")
	for _, n := range top(s.Unmapped, 25) {
		fmt.Fprintf(&b, "  %5d %s\n", s.Unmapped[n], n)
	}
	sizes := map[string]int{}
	for n, v := range s.Vendors {
		sizes[n] = v.Definitions
	}
	fmt.Fprintf(&b, "largest vendors (definitions, share of exposes on a capability):\n")
	for _, n := range top(sizes, 20) {
		v := s.Vendors[n]
		fmt.Fprintf(&b, "  %5d %5.1f %% %s\n", v.Definitions, percent(v.OnCapability, v.Pairs), n)
	}
	return b.String()
}

// top returns the n keys with the highest counts, the alphabet breaking ties.
func top(counts map[string]int, n int) []string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return keys[:min(n, len(keys))]
}
