package zigbee2mqtt

import (
	"strings"

	"github.com/concord-home/hub/model"
)

// Two states, named differently in the model: locked and unlocked, open and closed.

func shapeTwo(yes, no string) func(leaf, *binding, *model.Property) bool {
	return func(l leaf, b *binding, p *model.Property) bool {
		if !shapeBool(l, b, p) {
			return false
		}
		b.toDevice = map[string]string{yes: b.on.String(), no: b.off.String()}
		if p.Access != model.AccessRead {
			p.Options = []string{yes, no}
		}
		b.first = yes
		return true
	}
}

func readTwo(b *binding, v model.Value) model.Value {
	t, ok := readBool(b, v).Bool()
	if !ok {
		return model.Value{}
	}
	for name := range b.toDevice {
		if (name == b.first) == t {
			return model.String(name)
		}
	}
	return model.Value{}
}

func writeTwo(b *binding, v model.Value) (model.Value, error) {
	s, _ := v.Text()
	if _, ok := b.toDevice[s]; !ok {
		return v, b.refuse(v, "one of what the device offers")
	}
	return writeBool(b, model.Bool(s == b.first))
}

// A cover without a position: OPEN and CLOSE are 100 and 0 %.

func shapeOpenClose(l leaf, b *binding, p *model.Property) bool {
	p.Step = 100
	p.Min, p.Max = ptr(0), ptr(100)
	return true
}

func readOpenClose(_ *binding, v model.Value) model.Value {
	switch spelling(v.String()) {
	case "open":
		return model.Number(100)
	case "close", "closed":
		return model.Number(0)
	}
	return model.Value{}
}

func writeOpenClose(b *binding, v model.Value) (model.Value, error) {
	f, ok := v.Number()
	if !ok {
		return v, b.refuse(v, "0 or 100 %")
	}
	if f >= 50 {
		return model.String("OPEN"), nil
	}
	return model.String("CLOSE"), nil
}

// Keypad lock-out with levels: anything but unlock is locked.

func shapeLockout(l leaf, b *binding, p *model.Property) bool {
	if l.Type == "binary" {
		return shapeBool(l, b, p)
	}
	for _, v := range l.values() {
		if open := unlocked(v); open && b.off.IsUnknown() {
			b.off = model.String(v)
		} else if !open && b.on.IsUnknown() {
			b.on = model.String(v)
		}
	}
	return !b.on.IsUnknown() && !b.off.IsUnknown()
}

func unlocked(v string) bool {
	return strings.HasPrefix(spelling(v), "un") || strings.HasPrefix(spelling(v), "no")
}

func readLockout(b *binding, v model.Value) model.Value {
	if sameValue(v, b.off) {
		return model.Bool(false)
	}
	if v.Kind() == model.KindString {
		return model.Bool(!unlocked(v.String()))
	}
	return readBool(b, v)
}

func writeLockout(b *binding, v model.Value) (model.Value, error) { return writeBool(b, v) }

// The composite "warning" of IAS sirens: write only.

func shapeWarning(l leaf, _ *binding, p *model.Property) bool {
	p.Access = model.AccessWriteOnly
	return l.Type == "composite"
}

func writeWarning(b *binding, v model.Value) (model.Value, error) {
	on, ok := v.Bool()
	if !ok {
		return v, b.refuse(v, "true or false")
	}
	if !on {
		return model.Object(map[string]any{"mode": "stop", "level": "low", "strobe": false, "duration": 0})
	}
	return model.Object(map[string]any{"mode": "emergency", "level": "very_high", "strobe": true, "strobe_duty_cycle": 5, "duration": sirenSeconds})
}

// sirenSeconds bounds a siren that the device itself must end, should the hub not be there to do it.
const sirenSeconds = 180
