package zigbee2mqtt

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// Truth values. The device's spellings always come from the expose: "LOCK", "ON", "lock" and swapped ones all occur.

func shapeBool(l leaf, b *binding, _ *model.Property) bool {
	b.on, b.off = l.ValueOn, l.ValueOff
	return l.Type == "binary" && !b.on.IsUnknown() && !b.off.IsUnknown()
}

// shapeNot is for contact: Zigbee2MQTT says true for closed, and lists false as value_on where
// it means "on = open"; either way the value true (or, as text, ON) is closed.
func shapeNot(l leaf, b *binding, p *model.Property) bool {
	if !shapeBool(l, b, p) {
		return false
	}
	closed := b.on
	if closed == model.Bool(false) {
		closed = b.off
	}
	if closed == b.on {
		b.on, b.off = b.off, b.on
	}
	return true
}

func readBool(b *binding, v model.Value) model.Value {
	switch {
	case sameValue(v, b.on):
		return model.Bool(true)
	case sameValue(v, b.off):
		return model.Bool(false)
	}
	if t, ok := v.Bool(); ok && b.on.Kind() == model.KindString {
		return model.Bool(t)
	}
	return model.Value{}
}

func writeBool(b *binding, v model.Value) (model.Value, error) {
	t, ok := v.Bool()
	if !ok {
		return v, b.refuse(v, "true or false")
	}
	if t {
		return b.on, nil
	}
	return b.off, nil
}

// readAs reads a truth value as one of two enum members.
func readAs(yes, no string) func(*binding, model.Value) model.Value {
	return func(b *binding, v model.Value) model.Value { return choose(readBool(b, v), yes, no) }
}

// An alarm is a truth value or an enum.
func shapeAlarm(l leaf, b *binding, p *model.Property) bool {
	if l.Type == "binary" {
		return shapeBool(l, b, p)
	}
	return l.Type == "enum" && shapeEnum(alarmNames)(l, b, p)
}

func readAlarm(b *binding, v model.Value) model.Value {
	if b.toModel != nil {
		return readEnum(b, v)
	}
	return choose(readBool(b, v), "critical", "normal")
}

// choose turns a truth value into one of two enum members.
func choose(v model.Value, yes, no string) model.Value {
	t, ok := v.Bool()
	switch {
	case !ok:
		return model.Value{}
	case t:
		return model.String(yes)
	}
	return model.String(no)
}

// Enums through a table of spellings.

// shapeEnum accepts an enum of which at least one member has a name in the catalogue.
func shapeEnum(names map[string]string) func(leaf, *binding, *model.Property) bool {
	return func(l leaf, b *binding, p *model.Property) bool {
		members := l.values()
		if l.Type == "binary" && l.ValueOn.Kind() == model.KindString {
			members = []string{l.ValueOn.String(), l.ValueOff.String()}
		}
		return len(members) > 0 && fitEnum(members, names, b, p)
	}
}

func fitEnum(values []string, names map[string]string, b *binding, p *model.Property) bool {
	b.toModel, b.toDevice = map[string]string{}, map[string]string{}
	allowed := p.Options
	var options []string
	for _, v := range values {
		m, ok := names[spelling(v)]
		if !ok || len(allowed) > 0 && !slices.Contains(allowed, m) {
			continue
		}
		b.toModel[v] = m
		if _, taken := b.toDevice[m]; !taken {
			b.toDevice[m] = v
			options = append(options, m)
		}
	}
	p.Options = options
	return 2*len(b.toModel) > len(values) || len(options) > 1
}

func readEnum(b *binding, v model.Value) model.Value {
	s, ok := v.Text()
	if !ok {
		s = v.String()
	}
	if m, ok := b.toModel[s]; ok {
		return model.String(m)
	}
	for spelled, m := range b.toModel {
		if strings.EqualFold(spelled, s) {
			return model.String(m)
		}
	}
	return model.Value{}
}

func writeEnum(b *binding, v model.Value) (model.Value, error) {
	s, _ := v.Text()
	if d, ok := b.toDevice[s]; ok {
		return model.String(d), nil
	}
	return v, b.refuse(v, "one of what the device offers")
}

// startbool is the older "power outage memory": true keeps the state, false starts off.
func shapeStartBool(l leaf, b *binding, p *model.Property) bool {
	if !shapeBool(l, b, p) {
		return false
	}
	p.Options = []string{"off", "previous"}
	b.toModel = map[string]string{b.on.String(): "previous", b.off.String(): "off"}
	return true
}

func writeStartBool(b *binding, v model.Value) (model.Value, error) {
	return writeBool(b, model.Bool(v == model.String("previous")))
}

// A set with one member.

func readSet(b *binding, v model.Value) model.Value {
	m, ok := readEnum(b, v).Text()
	if !ok {
		return model.Value{}
	}
	return model.Set(m)
}

// Enums that say more than the model's truth value: who moved, how far it is open.

func shapePresence(l leaf, b *binding, _ *model.Property) bool {
	return shapeEnumBool(l, b, []string{"none", "absence", "absent", "no_motion", "nobody"})
}

func shapeOpening(l leaf, b *binding, _ *model.Property) bool {
	return shapeEnumBool(l, b, []string{"closed"})
}

// shapeEnumBool reads the members listed as false and all others as true.
func shapeEnumBool(l leaf, b *binding, no []string) bool {
	b.toModel = map[string]string{}
	for _, v := range l.values() {
		b.toModel[v] = "true"
		if slices.Contains(no, spelling(v)) {
			b.toModel[v], b.off = "false", model.String(v)
		}
	}
	return l.Access&accessSet == 0 && !b.off.IsUnknown()
}

func readEnumBool(b *binding, v model.Value) model.Value {
	s, known := b.toModel[v.String()]
	if !known {
		return model.Value{}
	}
	return model.Bool(s == "true")
}
