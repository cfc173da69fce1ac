package mqttdiscovery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

func (mk *tasmotaMaker) relays() {
	c := &mk.c
	used := 0
	for _, r := range c.Relays {
		if r != 0 {
			used++
		}
	}
	lights := 0
	shutter := 0
	parts := used
	if slices.Contains(c.Relays, 3) {
		parts = 2 // shutters beside whatever else
	}
	for i, kind := range c.Relays {
		at := model.MainEndpoint
		if parts > 1 {
			at = model.EndpointID("relay" + strconv.Itoa(i+1))
			mk.labels[at] = c.label(i)
		}
		switch kind {
		case 1:
			mk.power(i+1, used, at)
		case 2:
			mk.power(i+1, used, at)
			lights++
			mk.light(lights, at)
		case 3:
			if i > 0 && c.Relays[i-1] == 3 && (i-slices.Index(c.Relays, 3))%2 == 1 {
				continue // the second of a pair
			}
			shutter++
			at = model.EndpointID("shutter" + strconv.Itoa(shutter))
			if used == 2 {
				at = model.MainEndpoint
			}
			mk.shutter(shutter, at)
		}
	}
	if c.Fan == 1 {
		names := []string{"off", "low", "medium", "high"}
		p := mk.tell("fan.mode", model.MainEndpoint, func(m *message) model.Value {
			if f, ok := float(m.member("FanSpeed")); ok && f >= 0 && f <= 3 {
				return model.String(names[int(f)])
			}
			return model.Value{}
		})
		p.property.Options = names
		mk.set(p, "FanSpeed", func(v model.Value, _ *writing) (string, error) {
			i := slices.Index(names, v.String())
			if i < 0 {
				return "", refuse(v, "one of "+strings.Join(names, ", "))
			}
			return strconv.Itoa(i), nil
		})
	}
}

func (mk *tasmotaMaker) power(n, of int, at model.EndpointID) {
	off, on := "OFF", "ON"
	if len(mk.c.States) > 1 {
		off, on = mk.c.States[0], mk.c.States[1]
	}
	conv := truth(on, off)
	key := "POWER" + strconv.Itoa(n)
	p := mk.tell("on_off.on", at, func(m *message) model.Value {
		s, ok := m.member(key).(string)
		if !ok && n == 1 {
			s, ok = m.member("POWER").(string)
		}
		if !ok {
			return model.Value{}
		}
		return conv.read(s)
	})
	command := key
	if of == 1 {
		command = "POWER"
	}
	p.more = append(p.more, mk.topic(1, command))
	read := p.read
	p.read = func(m *message) model.Value {
		if strings.HasSuffix(m.topic, "/"+command) { // SetOption4: the word alone
			if v := conv.read(m.text()); !v.IsUnknown() {
				return v
			}
		}
		return read(m)
	}
	mk.set(p, command, plainWrite(conv))
}

// light adds what the n-th light relay does beside on and off.
func (mk *tasmotaMaker) light(n int, at model.EndpointID) {
	c := &mk.c
	if c.Options["68"] == 1 { // each channel is a light of its own
		p := mk.tell("level.level", at, func(m *message) model.Value {
			if list, ok := m.member("Channel").([]any); ok && n <= len(list) {
				return numberOf(list[n-1])
			}
			return numberOf(m.member("Channel" + strconv.Itoa(n)))
		})
		mk.set(p, "Channel"+strconv.Itoa(n), plainWrite(scaled(1, 0)))
		return
	}
	if c.Light >= 1 {
		mk.set(mk.tell("level.level", at, func(m *message) model.Value { return numberOf(m.member("Dimmer")) }), "Dimmer", plainWrite(scaled(1, 0)))
	}
	if c.Light == 2 || c.Light == 5 {
		conv := mired()
		p := mk.tell("color_temperature.kelvin", at, func(m *message) model.Value { return numberAt(conv, m, "CT") })
		lo, hi := 153.0, 500.0
		if c.Options["82"] == 1 {
			lo, hi = 200, 380
		}
		p.property.Min, p.property.Max = ptr(float64(int(1e6/hi))), ptr(float64(int(1e6/lo)+1))
		mk.set(p, "CT", plainWrite(conv))
	}
	if c.Light < 3 {
		return
	}
	for i, a := range []model.Attribute{"color.hue", "color.saturation"} {
		p := mk.tell(a, at, func(m *message) model.Value {
			s, _ := m.member("HSBColor").(string)
			if parts := numbersIn(s); len(parts) == 3 {
				return model.Number(parts[i])
			}
			return model.Value{}
		})
		mk.set(p, "HSBColor", func(_ model.Value, w *writing) (string, error) {
			h, _ := w.other("color.hue").Number()
			s, _ := w.other("color.saturation").Number()
			level, known := w.other("level.level").Number()
			if !known {
				level = 100
			}
			return fmt.Sprintf("%.0f,%.0f,%.0f", h, s, level), nil
		})
	}
}

func (mk *tasmotaMaker) shutter(n int, at model.EndpointID) {
	inverted := n <= len(mk.c.Shutters) && mk.c.Shutters[n-1]&1 == 1
	turn := func(v model.Value) model.Value {
		if inverted {
			return flip(v)
		}
		return v
	}
	key := "Shutter" + strconv.Itoa(n)
	p := mk.tell("window_covering.open_pct", at, func(m *message) model.Value { return turn(numberOf(m.member(key, "Position"))) })
	p.more = append(p.more, mk.topic(2, "SENSOR"), mk.topic(1, "STATUS10"), mk.topic(1, "STATUS8"))
	mk.set(p, "ShutterPosition"+strconv.Itoa(n), func(v model.Value, _ *writing) (string, error) { return scaled(1, 0).write(turn(v)) })
	moving := mk.tell("window_covering.moving", at, func(m *message) model.Value {
		f, ok := float(m.member(key, "Direction"))
		switch {
		case !ok:
			return model.Value{}
		case f == 0:
			return model.String("stopped")
		case (f > 0) != inverted:
			return model.String("opening")
		}
		return model.String("closing")
	})
	moving.more = append(moving.more, mk.topic(2, "SENSOR"))
	mk.t.actions = append(mk.t.actions, action{at, "window_covering.stop", func(map[string]model.Value) ([]outgoing, error) {
		return []outgoing{{topic: mk.topic(0, "ShutterStop"+strconv.Itoa(n))}}, nil
	}})
	mk.t.description.CommandTimeout = coverTimeout
}

// inputs adds buttons (SetOption73) and switches (SetOption114) that are not wired to a relay.
func (mk *tasmotaMaker) inputs() {
	add := func(name string, n int) {
		key := name + strconv.Itoa(n)
		mk.t.triggers = append(mk.t.triggers, trigger{endpoint: model.MainEndpoint, topic: mk.topic(1, "RESULT"),
			info: model.EventInfo{Event: "button.press", Options: []string{strings.ToLower(key)}},
			read: func(m *message) (map[string]model.Value, bool) {
				s, ok := m.member(key, "Action").(string)
				switch s {
				case "ON", "OFF", "TOGGLE":
					s = "single"
				case "CLEAR":
					s = "release"
				}
				return press(strings.ToLower(key), s), ok
			}})
	}
	if mk.c.Options["73"] == 1 {
		for i, b := range mk.c.Buttons {
			if b == 1 {
				add("Button", i+1)
			}
		}
	}
	if mk.c.Options["114"] == 1 {
		for i, s := range mk.c.Switches {
			if s >= 0 {
				add("Switch", i+1)
			}
		}
	}
}
