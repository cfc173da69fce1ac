package zigbee2mqtt

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// shapeChosen accepts an enum, or two texts, of which every member has a name of its own in the catalogue: as
// a setting it could be given any of its members, so it becomes a capability only if none is lost.
func shapeChosen(names map[string]string) func(leaf, *binding, *model.Property) bool {
	return func(l leaf, b *binding, p *model.Property) bool {
		members := l.values()
		if l.Type == "binary" && l.ValueOn.Kind() == model.KindString && l.ValueOff.Kind() == model.KindString {
			members = []string{l.ValueOn.String(), l.ValueOff.String()}
		}
		return len(members) > 0 && fitEnum(members, names, b, p) && len(b.toDevice) == len(members)
	}
}

// shapeChosenBool accepts an enum of two members, one of which means true and the other false.
func shapeChosenBool(yes, no string) func(leaf, *binding, *model.Property) bool {
	return shapeTruth(map[string]bool{yes: true, no: false})
}

// shapeTruth accepts an enum of two members, one of which the table calls true and the other false.
func shapeTruth(table map[string]bool) func(leaf, *binding, *model.Property) bool {
	return func(l leaf, b *binding, _ *model.Property) bool {
		if len(l.Values) != 2 {
			return false
		}
		for _, v := range l.values() {
			switch yes, known := table[spelling(v)]; {
			case known && yes:
				b.on = model.String(v)
			case known:
				b.off = model.String(v)
			}
		}
		return !b.on.IsUnknown() && !b.off.IsUnknown()
	}
}

// "Do not disturb" of lamps: true keeps the state through a power cut, false comes back lit.

func shapeStartKept(l leaf, b *binding, p *model.Property) bool {
	if !shapeBool(l, b, p) {
		return false
	}
	p.Options = []string{"on", "previous"}
	b.toModel = map[string]string{b.on.String(): "previous", b.off.String(): "on"}
	return true
}

// A child lock is locked by the word LOCK, whichever side of the expose has it: two definitions
// call "UNLOCK" their value_on, and mean the switch for the buttons rather than the lock.
func shapeChildLock(l leaf, b *binding, p *model.Property) bool {
	if !shapeBool(l, b, p) {
		return false
	}
	if strings.HasPrefix(spelling(b.on.String()), "unlock") {
		b.on, b.off = b.off, b.on
	}
	return true
}

// Percentages that bound something: in percent already, or as a share of a full scale of 254, 255 or 1000.

func shapeLimit(l leaf, b *binding, p *model.Property) bool {
	if l.Type != "numeric" {
		return false
	}
	b.scale = 100
	if l.Max != nil && *l.Max > 100 || l.Max != nil && *l.Max < 50 && unitName(l.Unit) != "%" {
		b.scale = *l.Max
	}
	if b.scale <= 1 {
		return false
	}
	narrow(l, p, 100/b.scale)
	return true
}

// Numbers that a device takes from a list only, as an enum of "10", "30", "60" or of "4dbm", "19dbm".

var leadingNumber = regexp.MustCompile(`^-?\d+(\.\d+)?`)

func shapeChoice(l leaf, b *binding, p *model.Property) bool {
	b.toModel, b.toDevice = map[string]string{}, map[string]string{}
	numbers := make([]float64, 0, len(l.Values))
	for _, v := range l.values() {
		f, err := strconv.ParseFloat(leadingNumber.FindString(v), 64)
		if err != nil {
			return false
		}
		n := model.Number(f).String()
		b.toModel[v], b.toDevice[n] = n, v
		numbers = append(numbers, f)
	}
	if len(numbers) == 0 || len(b.toDevice) < len(numbers) {
		return false
	}
	lo, hi := slices.Min(numbers), slices.Max(numbers)
	if lo < hi {
		p.Min, p.Max = &lo, &hi
	}
	return true
}

func readChoice(b *binding, v model.Value) model.Value {
	f, err := strconv.ParseFloat(b.toModel[v.String()], 64)
	if err != nil {
		return model.Value{}
	}
	return model.Number(f)
}

// writeChoice takes the nearest number that the device has.
func writeChoice(b *binding, v model.Value) (model.Value, error) {
	want, ok := v.Number()
	if !ok {
		return v, b.refuse(v, "a number")
	}
	best, spelled := math.Inf(1), ""
	for n, d := range b.toDevice {
		f, _ := strconv.ParseFloat(n, 64)
		if off := math.Abs(f - want); off < best || off == best && d < spelled {
			best, spelled = off, d
		}
	}
	return model.String(spelled), nil
}

// Colours as text: #RRGGBB.

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func shapeText(l leaf, _ *binding, _ *model.Property) bool { return l.Type == "text" }

func writeHex(b *binding, v model.Value) (model.Value, error) {
	if s, ok := v.Text(); !ok || !hexColor.MatchString(s) {
		return v, b.refuse(v, "a colour such as #FF4400")
	}
	return v, nil
}

func writeHexes(b *binding, v model.Value) (model.Value, error) {
	colors, ok := v.Members()
	if !ok || slices.ContainsFunc(colors, func(s string) bool { return !hexColor.MatchString(s) }) {
		return v, b.refuse(v, "a list of colours such as #FF4400")
	}
	return v, nil
}

func shapeList(l leaf, _ *binding, _ *model.Property) bool { return l.Type == "list" }

// A siren with a choice of sound and light sounds when its signal has sound in it; to sound it is to ask for all it has.

func shapeSounding(l leaf, b *binding, p *model.Property) bool {
	if !shapeChosen(signalNames)(l, b, &model.Property{}) {
		return false
	}
	loud, ok := b.toDevice["both"]
	if !ok {
		loud, ok = b.toDevice["sound"]
	}
	quiet, ends := b.toDevice["off"]
	b.on, b.off = model.String(loud), model.String(quiet)
	return ok && ends
}

func readSounding(b *binding, v model.Value) model.Value {
	switch signal, _ := readEnum(b, v).Text(); signal {
	case "":
		return model.Value{}
	case "sound", "both":
		return model.Bool(true)
	}
	return model.Bool(false)
}

// A PIN of a lock. Zigbee2MQTT keeps one for each user, whose number stands for the credential; null removes it.

func setPIN(args map[string]model.Value) (model.Value, bool) {
	user, ok := slot(args["id"])
	kind, _ := args["kind"].Text()
	secret, hasSecret := args["secret"].Text()
	if !ok || kind != "pin" || !hasSecret {
		return model.Value{}, false
	}
	v, err := model.Object(map[string]any{"user": user, "pin_code": secret})
	return v, err == nil
}

func clearPIN(args map[string]model.Value) (model.Value, bool) {
	user, ok := slot(args["id"])
	if !ok {
		return model.Value{}, false
	}
	v, err := model.Object(map[string]any{"user": user, "pin_code": nil})
	return v, err == nil
}

func slot(v model.Value) (int, bool) {
	n, err := strconv.Atoi(v.String())
	return n, err == nil && n >= 0
}
