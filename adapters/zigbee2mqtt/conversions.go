package zigbee2mqtt

import (
	"math"
	"slices"
	"strconv"

	"github.com/concord-home/hub/model"
)

// Numbers.

func shapeNumber(l leaf, b *binding, p *model.Property) bool {
	factor, ok := unitScale(l.Unit, p.Unit)
	if !ok || l.Type != "numeric" {
		return false
	}
	b.scale = factor
	if p.Access.CanWrite() {
		narrow(l, p, factor)
		p.Step = round(l.Step*factor, 6)
	}
	b.integer = p.Type == model.TypeInt
	return true
}

// narrow fits the catalogue's range to the expose's. Readings keep the catalogue's:
// what a sensor's definition claims of its range is often too tight.
func narrow(l leaf, p *model.Property, factor float64) {
	if l.Min != nil {
		lo := round(*l.Min*factor, 6)
		if p.Min == nil || lo > *p.Min {
			p.Min = &lo
		}
	}
	if l.Max != nil {
		hi := round(*l.Max*factor, 6)
		if p.Max == nil || hi < *p.Max {
			p.Max = &hi
		}
	}
	if p.Min != nil && p.Max != nil && *p.Min > *p.Max { // nonsense in the definition
		p.Min, p.Max = nil, nil
	}
}

func readNumber(b *binding, v model.Value) model.Value {
	f, ok := v.Number()
	if !ok {
		return model.Value{}
	}
	if b.scale != 1 {
		f = round(f*b.scale, 6)
	}
	if b.integer {
		f = math.Round(f)
	}
	return model.Number(f)
}

func writeNumber(b *binding, v model.Value) (model.Value, error) {
	f, ok := v.Number()
	if !ok {
		return v, b.refuse(v, "a number")
	}
	if b.scale != 0 && b.scale != 1 {
		f = round(f/b.scale, 6)
	}
	return model.Number(f), nil
}

// An index has no unit, whatever the definition calls it.
func shapeIndex(l leaf, b *binding, p *model.Property) bool {
	b.scale = 1
	return l.Type == "numeric"
}

// Percent of a device's own full scale: brightness 0..254, fan speed 0..254 or 0..5.

func shapePercentOfMax(l leaf, b *binding, p *model.Property) bool {
	if l.Type != "numeric" {
		return false
	}
	b.scale = 254
	if l.Max != nil && *l.Max > 0 {
		b.scale = *l.Max
	}
	p.Min, p.Max = ptr(0), ptr(100)
	if b.scale > 1 && b.scale < 100 {
		p.Step = round(100/b.scale, 3)
	}
	return true
}

func readPercent(b *binding, v model.Value) model.Value {
	f, ok := v.Number()
	if !ok {
		return model.Value{}
	}
	return model.Number(math.Min(100, math.Max(0, math.Round(f*100/b.scale))))
}

// writePercent never sends 0 as a brightness: to Zigbee2MQTT it means off, to the hub the lowest level.
func writePercent(b *binding, v model.Value) (model.Value, error) {
	f, ok := v.Number()
	if !ok {
		return v, b.refuse(v, "a percentage")
	}
	f = f * b.scale / 100
	if b.scale <= 1 {
		return model.Number(round(f, 3)), nil
	}
	if f = math.Round(f); f < 1 && b.attribute == model.AttrLevelLevel {
		f = 1
	}
	return model.Number(f), nil
}

// Colour temperature: mired on the wire, kelvin in the model.

func shapeMired(l leaf, b *binding, p *model.Property) bool {
	if l.Type != "numeric" {
		return false
	}
	if l.Min != nil && *l.Min > 0 {
		p.Max = ptr(math.Floor(1e6 / *l.Min))
	}
	if l.Max != nil && *l.Max > 0 && *l.Max < 1000 {
		p.Min = ptr(math.Ceil(1e6 / *l.Max))
	}
	b.lo, b.hi = p.Min, p.Max
	return true
}

func readMired(b *binding, v model.Value) model.Value {
	f, ok := v.Number()
	if !ok || f <= 0 || f >= 65000 { // 65535 says "as before" in a start-up colour temperature
		return model.Value{}
	}
	k := math.Round(1e6 / f)
	if b.lo != nil {
		k = math.Max(k, *b.lo)
	}
	if b.hi != nil {
		k = math.Min(k, *b.hi)
	}
	return model.Number(k)
}

func writeMired(b *binding, v model.Value) (model.Value, error) {
	k, ok := v.Number()
	if !ok || k <= 0 {
		return v, b.refuse(v, "a colour temperature in kelvin")
	}
	return model.Number(math.Round(1e6 / k)), nil
}

// Fields of the color object.

func shapeField(l leaf, b *binding, p *model.Property) bool {
	_, b.path = b.attribute.Split()
	b.scale = 1
	return true
}

// readField takes what readProperty has already cut out of the object.
func readField(b *binding, v model.Value) model.Value {
	f, ok := v.Number()
	if !ok {
		return model.Value{}
	}
	if b.path == "hue" && f >= 360 {
		f -= 360
	}
	return model.Number(f)
}

// writeField rounds as Zigbee2MQTT does, so that the echo is recognised.
func writeField(b *binding, v model.Value) (model.Value, error) {
	f, ok := v.Number()
	switch {
	case !ok:
		return v, b.refuse(v, "a number")
	case b.path == "x" || b.path == "y":
		return model.Number(round(f, 4)), nil
	case b.path == "hue":
		return model.Number(math.Mod(math.Round(f), 360)), nil
	}
	return model.Number(math.Round(f)), nil
}

// As they are: text, lists, objects, enums with the device's own members.

func shapeSame(l leaf, b *binding, p *model.Property) bool {
	b.scale, b.on, b.off = 1, l.ValueOn, l.ValueOff
	if l.Type == "enum" && len(l.Values) > 0 {
		p.Options = l.values()
		if p.Type != model.TypeEnum && p.Type != model.TypeString {
			return false
		}
	}
	return true
}

func readSame(_ *binding, v model.Value) model.Value { return v }

func writeSame(_ *binding, v model.Value) (model.Value, error) { return v, nil }

// Vane positions as a set of swing directions.

func shapeSwing(l leaf, b *binding, p *model.Property) bool {
	b.toModel = map[string]string{}
	if l.Type == "numeric" && l.Max != nil {
		for i := 0; i <= int(*l.Max) && i < len(swingSets); i++ {
			b.toModel[strconv.Itoa(i)] = ""
		}
		return true
	}
	for _, v := range l.values() {
		if _, ok := swingSets[v]; !ok {
			return false
		}
		b.toModel[v] = v
	}
	return len(b.toModel) > 0
}

func readSwing(_ *binding, v model.Value) model.Value {
	set, ok := swingSets[spelling(v.String())]
	if !ok {
		return model.Value{}
	}
	return model.Set(set...)
}

func writeSwing(b *binding, v model.Value) (model.Value, error) {
	for spelled, kind := range b.toModel {
		if model.Set(swingSets[spelled]...) != v {
			continue
		}
		if kind != "" {
			return model.String(spelled), nil
		}
		n, err := strconv.Atoi(spelled)
		return model.Number(float64(n)), err
	}
	return v, b.refuse(v, "a combination of directions that the device has")
}

// Fault codes: whatever the device says, verbatim, unless it says that there is none.

var noFault = []string{"", "0", "ok", "none", "clear", "no_error", "normal", "no_fault", "false"}

func shapeCodes(l leaf, _ *binding, _ *model.Property) bool {
	return l.Type == "enum" || l.Type == "text" || l.Type == "list" || l.Type == "numeric"
}

func readCodes(_ *binding, v model.Value) model.Value {
	type code struct {
		Code string `json:"code"`
	}
	said, isList := v.Members()
	if !isList {
		said = []string{v.String()}
	}
	codes := []code{}
	for _, s := range said {
		if !slices.Contains(noFault, spelling(s)) {
			codes = append(codes, code{s})
		}
	}
	out, _ := model.Object(codes)
	return out
}
