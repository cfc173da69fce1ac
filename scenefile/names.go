package scenefile

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
)

// houseNames are the names of a house at one moment, each kind's list and index made when first asked for.
type houseNames struct {
	v     *home.View
	kinds map[string]*index
}

// index finds the things of a kind by id and by name in lower case.
type index struct {
	things []thing
	byID   map[string]int
	byName map[string][]int
}

// NamesOf are the names of a house at one moment: devices and rooms by any of their names, in any language, or by
// id; people by name or id. Case does not matter. Not for several goroutines at once.
func NamesOf(v *home.View) Names { return houseNames{v, map[string]*index{}} }

func (h houseNames) index(kind string) *index {
	if x := h.kinds[kind]; x != nil {
		return x
	}
	x := &index{things: h.things(kind), byID: map[string]int{}, byName: map[string][]int{}}
	for i, t := range x.things {
		x.byID[t.id] = i
		for _, n := range t.names {
			n = fold(n)
			if at := x.byName[n]; len(at) == 0 || at[len(at)-1] != i {
				x.byName[n] = append(at, i)
			}
		}
	}
	h.kinds[kind] = x
	return x
}

// fold makes names alike that differ in case only.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

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
	x := h.index(kind)
	if _, ok := x.byID[word]; ok {
		return word, nil, true
	}
	if at := x.byName[fold(word)]; len(at) == 1 {
		return x.things[at[0]].id, nil, true
	}
	var near []string
	b := strings.ToLower(word)
	for _, t := range x.things {
		for _, n := range t.names {
			if a := strings.ToLower(n); strings.Contains(a, b) || strings.Contains(b, a) || typo(a, b) {
				near = append(near, n)
			}
		}
	}
	slices.Sort(near)
	near = slices.Compact(near)
	return word, near[:min(len(near), 5)], false
}

func (h houseNames) Name(kind, id string) string {
	x := h.index(kind)
	if i, ok := x.byID[id]; ok && len(x.things[i].names) > 0 {
		name := x.things[i].names[0]
		if back, _, ok := h.ID(kind, name); ok && back == id {
			return name
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
