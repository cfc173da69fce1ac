package scenefile

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
)

// houseNames are the names of a house at one moment.
type houseNames struct{ v *home.View }

// NamesOf are the names of a house at one moment: devices and rooms by any of their names, in any language, or by
// id; people by name or id. Case does not matter.
func NamesOf(v *home.View) Names { return houseNames{v} }

// thing is something that has an id and names, the one that is shown first.
type thing struct {
	id    string
	names []string
}

func (h houseNames) things(kind string) []thing {
	var out []thing
	switch kind {
	case "device":
		for _, d := range h.v.Devices() {
			out = append(out, thing{string(d.ID), called(d.Names)})
		}
	case "room":
		for _, r := range h.v.Rooms() {
			out = append(out, thing{string(r.ID), called(r.Names)})
		}
	case "person":
		for _, p := range h.v.People() {
			out = append(out, thing{string(p.ID), []string{p.Name}})
		}
	}
	return out
}

func called(names map[string]string) []string {
	out := []string{}
	if n := names[""]; n != "" {
		out = append(out, n)
	}
	var rest []string
	for lang, n := range names {
		if lang != "" && n != "" {
			rest = append(rest, n)
		}
	}
	slices.Sort(rest)
	return append(out, rest...)
}

func (h houseNames) ID(kind, word string) (string, []string, bool) {
	var found []string
	var near []string
	for _, x := range h.things(kind) {
		if x.id == word {
			return x.id, nil, true
		}
		if slices.ContainsFunc(x.names, func(n string) bool { return strings.EqualFold(n, word) }) {
			found = append(found, x.id)
		}
		for _, n := range x.names {
			if a, b := strings.ToLower(n), strings.ToLower(word); strings.Contains(a, b) || strings.Contains(b, a) || typo(a, b) {
				near = append(near, n)
			}
		}
	}
	if len(found) == 1 {
		return found[0], nil, true
	}
	slices.Sort(near)
	return word, slices.Compact(near)[:min(len(slices.Compact(near)), 5)], false
}

func (h houseNames) Name(kind, id string) string {
	for _, x := range h.things(kind) {
		if x.id == id && len(x.names) > 0 {
			if back, _, ok := h.ID(kind, x.names[0]); ok && back == id {
				return x.names[0]
			}
		}
	}
	return id
}

// typo tells whether two names are much alike, by the pairs of neighbouring letters that they share.
func typo(a, b string) bool {
	pairs := map[string]int{}
	x, y := []rune(a), []rune(b)
	for i := 1; i < len(x); i++ {
		pairs[string(x[i-1:i+1])]++
	}
	same := 0
	for i := 1; i < len(y); i++ {
		if p := string(y[i-1 : i+1]); pairs[p] > 0 {
			pairs[p]--
			same++
		}
	}
	return same > 0 && 4*same >= len(x)+len(y)-2 // Dice's coefficient of at least a half
}
