package mqttdiscovery

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

type homieMaker struct {
	base   string
	t      *thing
	labels map[model.EndpointID]string
	doc    homieDescription
}

// homieRule says what a property means that only its id, datatype and unit describe. The first that holds wins.
type homieRule struct {
	ids      string // words of the property's id, one of which it has; "" is any
	datatype string // separated by spaces
	unit     string // "" is any
	settable bool
	to       model.Attribute
	factor   float64
}

var homieRules = []homieRule{
	{ids: "on power state switch relay light lamp onoff outlet", datatype: "boolean", settable: true, to: "on_off.on"},
	{ids: "dim dimmer brightness level intensity", datatype: "integer float", unit: "%", settable: true, to: "level.level"},
	{ids: "kelvin temperature ct", datatype: "integer", unit: "K", settable: true, to: "color_temperature.kelvin"},
	{ids: "position shutter blind opening", datatype: "integer float", unit: "%", settable: true, to: "window_covering.open_pct"},
	{ids: "setpoint target heat", datatype: "integer float", unit: "°C", settable: true, to: "thermostat.heat_setpoint"},
	{ids: "fan speed", datatype: "integer float", unit: "%", settable: true, to: "fan.speed_pct"},
	{datatype: "float integer", unit: "°C", to: "temperature.celsius"},
	{ids: "humidity moisture", datatype: "float integer", unit: "%", to: "humidity.percent"},
	{ids: "battery", datatype: "float integer", unit: "%", to: "power_source.battery_pct"},
	{datatype: "float integer", unit: "W", to: "power_meter.watts"}, {datatype: "float integer", unit: "kW", to: "power_meter.watts", factor: 1000},
	{datatype: "float integer", unit: "V", to: "power_meter.volts"}, {datatype: "float integer", unit: "A", to: "power_meter.amps"},
	{datatype: "float integer", unit: "Hz", to: "power_meter.hz"},
	{datatype: "float integer", unit: "kWh", to: "energy_meter.imported_kwh"}, {datatype: "float integer", unit: "Wh", to: "energy_meter.imported_kwh", factor: 0.001},
	{datatype: "float integer", unit: "lx", to: "illuminance.lux"}, {datatype: "float integer", unit: "lux", to: "illuminance.lux"},
	{datatype: "float integer", unit: "hPa", to: "pressure.hpa"}, {datatype: "float integer", unit: "Pa", to: "pressure.hpa", factor: 0.01}, {datatype: "float integer", unit: "kPa", to: "pressure.hpa", factor: 10},
	{ids: "co2", datatype: "float integer", unit: "ppm", to: "concentration.co2_ppm"},
	{ids: "contact door window open", datatype: "boolean", to: "contact.open"}, {ids: "motion occupancy presence occupied", datatype: "boolean", to: "occupancy.occupied"},
	{ids: "leak water flood", datatype: "boolean", to: "water_leak.leak"}, {ids: "tamper", datatype: "boolean", to: "tamper.tampered"}, {ids: "vibration", datatype: "boolean", to: "vibration.vibrating"},
}

func (r *homieRule) holds(id string, p homieProperty) bool {
	words := strings.FieldsFunc(strings.ToLower(id), func(c rune) bool { return c == '-' || c == '_' })
	return contains(r.datatype, p.Datatype) && (r.unit == "" || r.unit == p.Unit) && r.settable == p.Settable &&
		(r.ids == "" || slices.ContainsFunc(words, func(w string) bool { return contains(r.ids, w) }))
}

func (mk *homieMaker) property(node, id string) {
	n := mk.doc.Nodes[node]
	p := n.Properties[id]
	topic := mk.base + "/" + node + "/" + id
	at := model.MainEndpoint
	if len(mk.doc.Nodes) > 1 {
		at = model.EndpointID(node)
		mk.labels[at] = n.Name
	}
	if p.Datatype == "color" {
		mk.color(at, topic, p)
		return
	}
	a, conv := model.Attribute(""), conversion{}
	// Another hub of this kind says in the node's type and the property's id which attribute it is.
	if named := model.Attribute(strings.ReplaceAll(n.Type, "-", "_") + "." + strings.ReplaceAll(id, "-", "_")); model.LookupAttribute(named) != nil {
		a = named
		if part, _, ok := strings.Cut(node, "--"); ok {
			at = model.EndpointID(part)
		}
		conv = homieConversion(model.LookupAttribute(a).Type, 1)
	} else {
		for _, r := range homieRules {
			if r.holds(id, p) {
				a, conv = r.to, homieConversion(model.LookupAttribute(r.to).Type, cmp.Or(r.factor, 1))
				break
			}
		}
	}
	shape := func(*model.Property) {}
	if a == "" {
		a, conv, shape = mk.longTail(node, id, p)
	}
	mk.put(at, node, a, conv, shape, topic, p)
}

// homieTypes are the datatypes of what no rule knows.
var homieTypes = map[string]model.Type{"boolean": model.TypeBool, "integer": model.TypeInt, "float": model.TypeFloat, "enum": model.TypeEnum, "datetime": model.TypeTime}

func (mk *homieMaker) longTail(node, id string, p homieProperty) (model.Attribute, conversion, func(*model.Property)) {
	kind := model.Measurement
	if p.Settable {
		kind = model.Setting
	}
	key := slug(id)
	if len(mk.doc.Nodes) > 1 {
		key = slug(node + " " + id)
	}
	typ := cmp.Or(homieTypes[p.Datatype], model.TypeString)
	return model.Attribute(string(kind) + "." + key), homieConversion(typ, 1), func(q *model.Property) {
		q.Type, q.Unit, q.Label = typ, p.Unit, model.Text{En: cmp.Or(p.Name, id)}
		if typ == model.TypeEnum {
			q.Options = strings.Split(p.Format, ",")
		}
	}
}

func homieConversion(t model.Type, factor float64) conversion {
	switch t {
	case model.TypeBool:
		return truth("true", "false")
	case model.TypeInt, model.TypeFloat:
		return scaled(factor, 0)
	case model.TypeTime:
		return moment()
	case model.TypeSet, model.TypeList, model.TypeObject:
		return conversion{func(text string) model.Value {
			var v model.Value
			if v.UnmarshalJSON([]byte(text)) != nil {
				return model.Value{}
			}
			return v
		}, func(v model.Value) (string, error) { return v.String(), nil }}
	}
	return plain()
}

func (mk *homieMaker) put(at model.EndpointID, node string, a model.Attribute, conv conversion, shape func(*model.Property), topic string, p homieProperty) {
	access := model.AccessRead
	if p.Settable && conv.write != nil {
		access = model.AccessWrite
	}
	x := &point{endpoint: at, property: property(a, access), topic: topic}
	shape(&x.property)
	homieRange(&x.property, p)
	x.read = func(m *message) model.Value {
		if len(m.payload) == 0 {
			return model.Value{}
		}
		return conv.read(m.text())
	}
	if x.property.Access.CanWrite() && p.Settable { // below the base on which the device itself publishes
		x.write = func(v model.Value, _ *writing) ([]outgoing, error) {
			text, err := conv.write(v)
			return []outgoing{{topic: topic + "/set", payload: text, qos: 2}}, err
		}
	}
	if !mk.t.add(x) {
		x.endpoint = model.EndpointID(node)
		if !mk.t.add(x) {
			mk.t.omit(topic, fmt.Errorf("%s is there twice", a))
		}
	}
}

// homieRange takes the range of a number ("0:100" or "0:100:5") and the members of an enum from the format.
func homieRange(p *model.Property, h homieProperty) {
	switch {
	case p.Type == model.TypeEnum && h.Format != "" && len(p.Options) > 0:
		p.Options = slices.DeleteFunc(slices.Clone(p.Options), func(o string) bool { return !slices.Contains(strings.Split(h.Format, ","), o) })
	case p.Type == model.TypeEnum && h.Format != "":
		p.Options = strings.Split(h.Format, ",")
	case p.Type == model.TypeInt || p.Type == model.TypeFloat:
		parts := strings.Split(h.Format, ":")
		for i, to := range []**float64{&p.Min, &p.Max} {
			if i < len(parts) {
				if f, err := strconv.ParseFloat(parts[i], 64); err == nil {
					*to = ptr(f)
				}
			}
		}
	}
}

// color reads and writes rgb and hsv; version 5 puts the form before the numbers.
func (mk *homieMaker) color(at model.EndpointID, topic string, p homieProperty) {
	form := "rgb"
	if strings.HasPrefix(p.Format, "hsv") {
		form = "hsv"
	}
	prefixed := strings.Contains(mk.base, "/5/")
	for i, a := range []model.Attribute{"color.hue", "color.saturation"} {
		access := model.AccessRead
		if p.Settable {
			access = model.AccessWrite
		}
		x := &point{endpoint: at, property: property(a, access), topic: topic}
		x.read = func(m *message) model.Value {
			text, kind := m.text(), form
			if k, rest, ok := strings.Cut(text, ","); ok && (k == "rgb" || k == "hsv" || k == "xyz") {
				kind, text = k, rest
			}
			parts := numbersIn(text)
			if len(parts) < 3 || kind == "xyz" {
				return model.Value{}
			}
			h, s := parts[0], parts[1]
			if kind == "rgb" {
				h, s = hueOf(parts[0], parts[1], parts[2])
			}
			return model.Number([]float64{h, s}[i])
		}
		if p.Settable {
			x.write = func(_ model.Value, w *writing) ([]outgoing, error) {
				h, _ := w.other("color.hue").Number()
				s, known := w.other("color.saturation").Number()
				if !known {
					s = 100
				}
				text := fmt.Sprintf("%.0f,%.0f,100", h, s)
				if form == "rgb" {
					r, g, b := rgbOf(h, s)
					text = fmt.Sprintf("%.0f,%.0f,%.0f", r, g, b)
				}
				if prefixed {
					text = form + "," + text
				}
				return []outgoing{{topic: topic + "/set", payload: text, qos: 2}}, nil
			}
		}
		mk.t.add(x)
	}
}
