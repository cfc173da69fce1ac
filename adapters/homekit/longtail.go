package homekit

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// longTail keeps what no rule covers as measurements and settings: numbers, truths and texts of everybody, and what
// vendors pack into bytes. Apple's own TLV8 and data characteristics stay out: they are steps of protocols (setting up
// a stream, reading a log), and their value says nothing that holds.
func (t *translation) longTail(e *model.EndpointDescription, p *part) {
	for _, c := range p.service.Characteristics {
		name := spec.CharacteristicName(c.Type)
		if t.bound(c) || quiet[name] || c.Can(spec.Hidden) || packed(c) && !spec.Vendor(c.Type) || t.d.events[c.IID] != nil || t.isAction(c) {
			continue
		}
		prop := model.Property{Type: longTailType(c), Unit: unit(c.Unit), Access: model.AccessRead, Category: "diagnostic"}
		kind := model.Measurement
		if c.Can(spec.Write) {
			kind, prop.Category, prop.Access = model.Setting, "config", model.AccessWrite
			if !c.Can(spec.Read) {
				prop.Access = model.AccessWriteOnly
			}
		}
		if spec.ServiceName(p.service.Type) == "Microphone" && name != "" { // a loudspeaker's have a capability of their own
			name = "Microphone" + name
		}
		label := cmp.Or(strings.TrimSpace(c.Description), words(name))
		prop.Label = model.Text{En: label, Zh: label}
		prop.Attribute = model.Attribute(string(kind) + "." + cmp.Or(slug(cmp.Or(name, c.Description)), "c"+strings.ToLower(c.Type[:min(8, len(c.Type))])))
		if t.has(e, prop.Attribute) {
			prop.Attribute += model.Attribute(fmt.Sprintf("_%d", c.IID))
		}
		b := &binding{part: p, rule: rule{attr: prop.Attribute, conv: asIs}, reads: c}
		if packed(c) {
			b.rule.conv = bytes64
		}
		if c.Can(spec.Write) {
			b.writes = c
		}
		if spec.Numeric(c.Format) {
			ranges(&prop, c, same)
			if c.Step != nil {
				prop.Step = *c.Step
			}
		}
		e.Properties = append(e.Properties, prop)
		t.tie(e, b)
	}
}

// packed reports whether a characteristic holds bytes.
func packed(c *spec.Characteristic) bool { return c.Format == "tlv8" || c.Format == "data" }

// maxPacked is how long bytes may be that count as a value, in base64.
const maxPacked = 1024

// bytes64 is bytes, as base64 as HAP itself has them. Longer ones than maxPacked are a file, not a value.
var bytes64 = conversion{
	read: func(v any, _ *part) model.Value {
		if s, ok := v.(string); ok && len(s) <= maxPacked {
			return model.String(s)
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		s, ok := v.Text()
		if _, err := base64.StdEncoding.DecodeString(s); !ok || err != nil || len(s) > maxPacked {
			return nil, fmt.Errorf("%s is no base64 of at most %d characters", v, maxPacked)
		}
		return s, nil
	},
}

func (t *translation) isAction(c *spec.Characteristic) bool {
	for _, a := range t.d.actions {
		if a == c {
			return true
		}
	}
	return false
}

func longTailType(c *spec.Characteristic) model.Type {
	switch {
	case c.Format == "bool":
		return model.TypeBool
	case c.Format == "float":
		return model.TypeFloat
	case spec.Numeric(c.Format):
		return model.TypeInt
	}
	return model.TypeString
}

// asIs is a value of the long tail.
var asIs = conversion{
	read: func(v any, _ *part) model.Value {
		switch x := v.(type) {
		case bool:
			return model.Bool(x)
		case float64:
			return model.Number(x)
		case string:
			return model.String(x)
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		if b, ok := v.Bool(); ok {
			return b, nil
		}
		if f, ok := v.Number(); ok {
			return f, nil
		}
		if s, ok := v.Text(); ok {
			return s, nil
		}
		return nil, fmt.Errorf("%s cannot be sent to an accessory", v)
	},
}

// unit is a HAP unit in the model's spelling.
func unit(u string) string {
	switch strings.ToLower(u) {
	case "celsius":
		return "°C"
	case "percentage":
		return "%"
	case "arcdegrees":
		return "°"
	case "lux":
		return "lx"
	case "seconds":
		return "s"
	}
	return u
}

// slug makes a key of a name: "OutletInUse" and "Outlet in use" become outlet_in_use.
func slug(name string) string { return strings.ReplaceAll(strings.ToLower(words(name)), " ", "_") }

// words parts a name in camel case.
func words(name string) string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case unicode.IsUpper(r) && (unicode.IsLower(before) || unicode.IsDigit(before)):
			b.WriteRune(' ')
		}
		if r != ' ' || before != ' ' {
			b.WriteRune(r)
		}
		before = r
	}
	return strings.TrimSpace(b.String())
}
