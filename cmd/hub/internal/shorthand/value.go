package shorthand

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/concord-home/hub/model"
)

// truths are the words for true and false.
var truths = map[string]bool{
	"true": true, "on": true, "yes": true, "open": true, "开": true, "打开": true, "是": true,
	"false": false, "off": false, "no": false, "closed": false, "关": false, "关闭": false, "否": false,
}

// Value reads a word as the property's type has it and returns its JSON. Enum members may be
// given by label, addressed as labels are. A range is left to the hub.
func Value(p *model.Property, labels model.Attribute, word string) (json.RawMessage, error) {
	bad := wrong("%s: %q is not %s", p.Attribute, word, Expectation{p})
	switch p.Type {
	case model.TypeBool:
		return truth(word, bad)
	case model.TypeInt, model.TypeFloat:
		f, unit, ok := number(word)
		if !ok || unit != "" && !sameUnit(unit, p.Unit) {
			return nil, bad
		}
		return json.Marshal(f)
	case model.TypeEnum:
		if m, ok := member(labels, p.Options, word); ok {
			return json.Marshal(m)
		}
		if len(p.Options) > 0 {
			return nil, bad
		}
	case model.TypeSet:
		return set(p, labels, word, bad)
	case model.TypeList, model.TypeObject:
		if !json.Valid([]byte(word)) {
			return nil, wrong("%s: %q is not JSON, and %s is needed", p.Attribute, word, Expectation{p})
		}
		return json.RawMessage(word), nil
	}
	return text(word)
}

func truth(word string, bad error) (json.RawMessage, error) {
	b, ok := truths[strings.ToLower(word)]
	if !ok {
		return nil, bad
	}
	return json.Marshal(b)
}

func set(p *model.Property, labels model.Attribute, word string, bad error) (json.RawMessage, error) {
	members := []string{}
	for w := range strings.SplitSeq(word, ",") {
		if w = strings.TrimSpace(w); w == "" {
			continue
		}
		m, ok := member(labels, p.Options, w)
		if !ok && len(p.Options) > 0 {
			return nil, bad
		}
		if !ok {
			m = w
		}
		members = append(members, m)
	}
	return json.Marshal(members)
}

func text(word string) (json.RawMessage, error) {
	if !utf8.ValidString(word) {
		return nil, wrong("%q is not UTF-8", word)
	}
	return json.Marshal(word)
}

// numberWord is a number, with either minus sign, and a unit.
var numberWord = regexp.MustCompile(`^([+\-−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(\D*)$`)

// number reads "21.5", "-5 °C", "40%".
func number(word string) (f float64, unit string, ok bool) {
	m := numberWord.FindStringSubmatch(strings.TrimSpace(word))
	if m == nil {
		return 0, "", false
	}
	f, err := strconv.ParseFloat(strings.Replace(m[1], "−", "-", 1), 64)
	return f, strings.TrimSpace(m[2]), err == nil
}

// sameUnit compares units as people type them: "C" is "°C", "％" is "%".
func sameUnit(typed, unit string) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("°", "", "％", "%", "℃", "c", "²", "2", "³", "3").Replace(s))
	}
	return plain(typed) == plain(unit)
}

// member finds an enum member by its name or by its label in any language, case aside.
func member(a model.Attribute, options []string, word string) (string, bool) {
	for _, o := range options {
		if strings.EqualFold(o, word) {
			return o, true
		}
	}
	for _, o := range options {
		if l := model.OptionLabel(a, o); strings.EqualFold(l.En, word) || l.Zh == word {
			return o, true
		}
	}
	return "", false
}
