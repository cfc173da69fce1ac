package speakers

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Form is how a named facet's value is said.
type Form int

// The forms.
const (
	Amount Form = iota // a number
	Flag               // a truth
	Word               // one of Words
)

// Named is a facet under the name that a platform gives it.
type Named struct {
	Name  string
	Facet Facet
	Form  Form
	Words [][2]string // the platform's word and ours; several of the platform's may mean one of ours, the first is the one that is said
	Scale float64     // the platform's number is ours times this; 0: 1
}

// Offers are the platform's words that a device takes, each of ours once.
func (n Named) Offers(d *home.Device) []string {
	var out []string
	seen := map[string]bool{}
	for _, o := range n.Facet.Options(d) {
		if w, ok := n.theirs(o); ok && !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

func (n Named) theirs(ours string) (string, bool) {
	for _, w := range n.Words {
		if w[1] == ours {
			return w[0], true
		}
	}
	return "", false
}

// Parse reads a value as platforms send it: JSON, or text in JSON. "max" and "min" are the ends of what the device takes.
func (n Named) Parse(d *home.Device, raw json.RawMessage) (model.Value, bool) {
	text := strings.Trim(strings.TrimSpace(string(raw)), `"`)
	switch n.Form {
	case Word:
		for _, w := range n.Words {
			if strings.EqualFold(w[0], text) {
				return model.String(w[1]), true
			}
		}
	case Flag:
		switch strings.ToLower(text) {
		case "true", "on", "1":
			return model.Bool(true), true
		case "false", "off", "0":
			return model.Bool(false), true
		}
	default:
		low, high := n.Facet.Range(d, 0, 100)
		switch strings.ToLower(text) {
		case "max":
			return model.Number(high), true
		case "min":
			return model.Number(low), true
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return model.Number(f / n.scale()), true
		}
	}
	return model.Value{}, false
}

func (n Named) scale() float64 {
	if n.Scale == 0 {
		return 1
	}
	return n.Scale
}

// Say is the value of a device as the platform says it: a bool, a number to a tenth, a word; false while it is unknown.
func (n Named) Say(d *home.Device) (any, bool) {
	v := n.Facet.Read(d)
	switch n.Form {
	case Word:
		s, _ := v.Text()
		w, ok := n.theirs(s)
		return w, ok
	case Flag:
		b, ok := v.Bool()
		return b, ok
	}
	f, ok := v.Number()
	return math.Round(f*n.scale()*10) / 10, ok
}

// Set puts setting the facet to a platform's value in the house's words.
func (n Named) Set(raw json.RawMessage) func(*home.Device) (home.Ask, model.ReasonCode) {
	return func(d *home.Device) (home.Ask, model.ReasonCode) {
		if !n.Facet.Has(d) {
			return home.Ask{}, model.ReasonUnsupported
		}
		v, ok := n.Parse(d, raw)
		if !ok {
			return home.Ask{}, model.ReasonInvalidValue
		}
		return n.Facet.Set(d, v)
	}
}

// Adjust puts changing the facet by a platform's number in the house's words; sign -1 turns it.
func (n Named) Adjust(raw json.RawMessage, otherwise, sign float64) func(*home.Device) (home.Ask, model.ReasonCode) {
	return func(d *home.Device) (home.Ask, model.ReasonCode) {
		by := otherwise
		if len(raw) > 0 && string(raw) != `""` && string(raw) != "null" {
			f, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
			if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
				return home.Ask{}, model.ReasonInvalidValue
			}
			by = f / n.scale()
		}
		if n.Form != Amount {
			return home.Ask{}, model.ReasonUnsupported
		}
		return n.Facet.Adjust(d, by*sign)
	}
}
