package mqttdiscovery

import (
	"math"
	"slices"
	"strconv"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// light reads the three schemas of a light.
func light(b *builder, e *entity) {
	switch e.c.text("schema") {
	case "json":
		jsonLight(b, e)
	case "template":
		templateLight(b, e)
	default:
		plainLight(b, e)
	}
}

// kelvinRange narrows a colour temperature to what the light can.
func kelvinRange(e *entity) func(*model.Property) {
	return func(p *model.Property) {
		lo, hi := 1e6/e.c.number("max_mireds", 500), 1e6/e.c.number("min_mireds", 153)
		if e.c.has("max_kelvin") {
			hi = e.c.number("max_kelvin", hi)
		}
		if e.c.has("min_kelvin") {
			lo = e.c.number("min_kelvin", lo)
		}
		p.Min, p.Max = ptr(math.Floor(lo)), ptr(math.Ceil(hi))
	}
}

func within(p *model.Property, v model.Value) model.Value {
	f, ok := v.Number()
	if !ok {
		return v
	}
	if p.Min != nil {
		f = math.Max(f, *p.Min)
	}
	if p.Max != nil {
		f = math.Min(f, *p.Max)
	}
	return model.Number(f)
}

// jsonLight is the schema of Zigbee2MQTT, ESPHome and many more: one object for state and command.
func jsonLight(b *builder, e *entity) {
	topic, to := e.c.text("state_topic"), e.c.text("command_topic")
	out := outgoing{topic: to, retain: e.c.truth("retain"), qos: byte(max(0, min(2, e.c.number("qos", 0))))}
	put := func(a model.Attribute, shape func(*model.Property), read func(m *message) model.Value, fields func(v model.Value, w *writing) (map[string]any, error)) {
		access := model.AccessWrite
		switch {
		case to == "":
			access = model.AccessRead
		case topic == "":
			access = model.AccessWriteOnly
		}
		p := &point{property: property(a, access), topic: topic}
		if shape != nil {
			shape(&p.property)
		}
		p.read = func(m *message) model.Value { return within(&p.property, read(m)) }
		if to != "" {
			p.write = func(v model.Value, w *writing) ([]outgoing, error) {
				f, err := fields(v, w)
				if err != nil {
					return nil, err
				}
				if w.transition > 0 {
					f["transition"] = w.transition
				}
				o := out
				o.fields = f
				return []outgoing{o}, nil
			}
		}
		b.put(e, p)
	}
	onOff := truth("ON", "OFF")
	put("on_off.on", nil, func(m *message) model.Value { s, _ := m.member("state").(string); return onOff.read(s) },
		func(v model.Value, _ *writing) (map[string]any, error) {
			s, err := onOff.write(v)
			return map[string]any{"state": s}, err
		})
	modes := e.c.list("supported_color_modes")
	has := func(mode ...string) bool {
		return slices.ContainsFunc(mode, func(m string) bool { return slices.Contains(modes, m) })
	}
	if e.c.truth("brightness") || has("brightness", "color_temp", "hs", "rgb", "rgbw", "rgbww", "xy", "white") {
		level := brightness(e)
		put("level.level", nil, func(m *message) model.Value { return numberAt(level, m, "brightness") },
			func(v model.Value, w *writing) (map[string]any, error) {
				s, err := level.write(v)
				if err != nil {
					return nil, err
				}
				return map[string]any{"brightness": rawNumber(s)}, nil
			})
	}
	if e.c.truth("color_temp") || has("color_temp") {
		conv := mired()
		if e.c.truth("color_temp_kelvin") {
			conv = scaled(1, 0)
		}
		put("color_temperature.kelvin", kelvinRange(e), func(m *message) model.Value { return numberAt(conv, m, "color_temp") },
			func(v model.Value, _ *writing) (map[string]any, error) {
				s, err := conv.write(v)
				return map[string]any{"color_temp": rawNumber(s)}, err
			})
	}
	if has("xy") || e.c.truth("xy") {
		for _, axis := range []string{"x", "y"} {
			put(model.Attribute("color."+axis), nil, func(m *message) model.Value { return numberAt(scaled(1, 0), m, "color", axis) },
				func(v model.Value, w *writing) (map[string]any, error) {
					x, _ := w.other("color.x").Number()
					y, _ := w.other("color.y").Number()
					return map[string]any{"color": map[string]any{"x": x, "y": y}}, nil
				})
		}
	}
	if has("hs", "rgb", "rgbw", "rgbww") || e.c.truth("hs") || e.c.truth("rgb") {
		rgb := !has("hs") && !e.c.truth("hs")
		for i, a := range []model.Attribute{"color.hue", "color.saturation"} {
			put(a, nil, func(m *message) model.Value {
				if v := numberAt(scaled(1, 0), m, "color", []string{"h", "s"}[i]); !v.IsUnknown() {
					return v
				}
				r, rok := float(m.member("color", "r"))
				g, gok := float(m.member("color", "g"))
				bl, bok := float(m.member("color", "b"))
				if !rok || !gok || !bok {
					return model.Value{}
				}
				hue, saturation := hueOf(r, g, bl)
				return model.Number([]float64{hue, saturation}[i])
			}, func(_ model.Value, w *writing) (map[string]any, error) {
				hue, _ := w.other("color.hue").Number()
				saturation, known := w.other("color.saturation").Number()
				if !known {
					saturation = 100
				}
				if !rgb {
					return map[string]any{"color": map[string]any{"h": hue, "s": saturation}}, nil
				}
				r, g, bl := rgbOf(hue, saturation)
				return map[string]any{"color": map[string]any{"r": r, "g": g, "b": bl}}, nil
			})
		}
	}
	if options := e.c.list("effect_list"); len(options) > 0 {
		put("light_effect.effect", func(p *model.Property) { p.Options = options }, func(m *message) model.Value {
			if s, ok := m.member("effect").(string); ok && slices.Contains(options, s) {
				return model.String(s)
			}
			return model.Value{}
		}, func(v model.Value, _ *writing) (map[string]any, error) {
			return map[string]any{"effect": v.String()}, nil
		})
	}
}

// brightness never sends 0: to most lights it means off, to the hub the lowest level.
func brightness(e *entity) conversion {
	c := ranged(0, e.c.number("brightness_scale", 255))
	return conversion{c.read, func(v model.Value) (string, error) {
		text, err := c.write(v)
		if text == "0" {
			text = "1"
		}
		return text, err
	}}
}

// numberAt converts the number at a path of the message's JSON.
func numberAt(conv conversion, m *message, path ...string) model.Value {
	f, ok := float(m.member(path...))
	if !ok {
		return model.Value{}
	}
	return conv.read(format(f))
}

// rawNumber is a number for JSON.
func rawNumber(s string) any {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return f
}

// plainLight is the default schema: a topic for each attribute.
func plainLight(b *builder, e *entity) {
	read, write := switching(e), truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	b.attribute(e, "on_off.on", conversion{read.read, write.write}, "state_topic", templateKey(e), "command_topic", "", nil)
	b.attribute(e, "level.level", brightness(e), "brightness_state_topic", "brightness_value_template", "brightness_command_topic", "brightness_command_template", nil)
	conv := mired()
	if e.c.truth("color_temp_kelvin") {
		conv = scaled(1, 0)
	}
	b.attribute(e, "color_temperature.kelvin", conv, "color_temp_state_topic", "color_temp_value_template", "color_temp_command_topic", "color_temp_command_template", kelvinRange(e))
	b.attribute(e, "light_effect.effect", plain(), "effect_state_topic", "effect_value_template", "effect_command_topic", "effect_command_template",
		func(p *model.Property) { p.Options = e.c.list("effect_list") })
	for _, form := range colorForms {
		if e.c.has(form.name + "_command_topic") {
			b.color(e, form)
			return
		}
	}
}

// templateLight is the schema of templates for everything.
func templateLight(b *builder, e *entity) {
	on, off := b.sender(e, "command_topic", "command_on_template"), b.sender(e, "command_topic", "command_off_template")
	if on == nil || off == nil {
		return
	}
	topic := e.c.text("state_topic")
	put := func(a model.Attribute, key string, conv conversion, name string, shape func(*model.Property)) {
		_, read, ok := b.reader(e, "state_topic", key, conv.read)
		if !ok || !e.c.has(key) {
			return
		}
		p := &point{property: property(a, model.AccessWrite), topic: topic, read: read}
		if shape != nil {
			shape(&p.property)
		}
		p.write = func(v model.Value, w *writing) ([]outgoing, error) {
			text, err := conv.write(v)
			if err != nil {
				return nil, err
			}
			more := template.Vars{"state": "on", name: scalar(text)}
			if w.transition > 0 {
				more["transition"] = w.transition
			}
			return on(text, more)
		}
		b.put(e, p)
	}
	state := truth("on", "off")
	_, read, readable := b.reader(e, "state_topic", "state_template", state.read)
	p := &point{property: property("on_off.on", model.AccessWriteOnly), write: func(v model.Value, _ *writing) ([]outgoing, error) {
		if yes, _ := v.Bool(); yes {
			return on("on", template.Vars{"state": "on"})
		}
		return off("off", template.Vars{"state": "off"})
	}}
	if readable && e.c.has("state_template") {
		p.topic, p.read, p.property.Access = topic, read, model.AccessWrite
	}
	b.put(e, p)
	put("level.level", "brightness_template", ranged(0, 255), "brightness", nil)
	put("color_temperature.kelvin", "color_temp_template", mired(), "color_temp", kelvinRange(e))
	put("light_effect.effect", "effect_template", plain(), "effect", func(p *model.Property) { p.Options = e.c.list("effect_list") })
}
