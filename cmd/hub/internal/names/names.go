// Package names finds what a person means when they type a name: a device, a room, a
// scene. Names may be in any script and hold spaces and slashes; nothing is slugged.
//
// Use: Find(things, "lamp") returns the index of the one thing meant, or an
// [*AmbiguousError] that lists the candidates, or an [*UnknownError] that suggests near ones.
package names

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Thing is one thing that can be named.
type Thing struct {
	ID    string
	Names []string // in all languages; the first is the one to show
	Hint  string   // tells things of one name apart: the room of a device
}

// Show is how the thing is shown among candidates: its name and its hint.
func (t Thing) Show() string {
	name := t.ID
	if len(t.Names) > 0 {
		name = t.Names[0]
	}
	if t.Hint != "" {
		return fmt.Sprintf("%s (%s)", name, t.Hint)
	}
	return name
}

// AmbiguousError says that several things are meant as well as one. The candidates are
// in the order of the things given.
type AmbiguousError struct {
	Query      string
	Candidates []Thing
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q may be %s", e.Query, list(e.Candidates, true))
}

// UnknownError says that nothing is called so. Near are the things that are called nearly so, nearest first.
type UnknownError struct {
	Query string
	Near  []Thing
}

func (e *UnknownError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("nothing is called %q", e.Query)
	}
	return fmt.Sprintf("nothing is called %q; did you mean %s?", e.Query, list(e.Near, false))
}

// list names the things, with ids where names alone do not tell them apart.
func list(things []Thing, ids bool) string {
	out := make([]string, len(things))
	for i, t := range things {
		out[i] = t.Show()
		if ids {
			out[i] += " [" + t.ID + "]"
		}
	}
	return strings.Join(out, ", ")
}

// Exact finds the thing of this id, or else of exactly this name, case aside. It returns -1
// and no error when there is none, an [*AmbiguousError] when there are several.
func Exact(things []Thing, query string) (int, error) {
	for i, t := range things {
		if t.ID == query {
			return i, nil
		}
	}
	folded := fold(query)
	return only(things, query, func(name string) bool { return name == folded })
}

// Find finds the thing of this id; else of this name, case aside; else the only one
// whose name begins with the query; else the only one whose name contains it.
func Find(things []Thing, query string) (int, error) {
	i, err := Exact(things, query)
	if i >= 0 || err != nil {
		return i, err
	}
	folded := fold(query)
	if folded != "" {
		for _, matches := range []func(string, string) bool{strings.HasPrefix, strings.Contains} {
			i, err := only(things, query, func(name string) bool { return matches(name, folded) })
			if i >= 0 || err != nil {
				return i, err
			}
		}
	}
	return -1, &UnknownError{Query: query, Near: near(things, folded)}
}

// only finds the one thing with a name that matches; -1 when there is none.
func only(things []Thing, query string, matches func(folded string) bool) (int, error) {
	var found []int
	for i, t := range things {
		if slices.ContainsFunc(t.Names, func(n string) bool { return matches(fold(n)) }) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		return -1, nil
	case 1:
		return found[0], nil
	}
	e := &AmbiguousError{Query: query}
	for _, i := range found {
		e.Candidates = append(e.Candidates, things[i])
	}
	return -1, e
}

// fold makes names comparable: case, surrounding and repeated spaces, and the full-width
// forms that Chinese and Japanese keyboards write make no difference.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		}
		return r
	}, s)
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// maxNear bounds the suggestions.
const maxNear = 3

// near are the things whose names differ least from the query, at most by a third of it.
func near(things []Thing, folded string) []Thing {
	type scored struct {
		thing Thing
		far   int
	}
	limit := max(1, len([]rune(folded))/3)
	var found []scored
	for _, t := range things {
		best := limit + 1
		for _, n := range t.Names {
			best = min(best, Distance(folded, fold(n)))
		}
		if best <= limit {
			found = append(found, scored{t, best})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(a.far, b.far) })
	out := make([]Thing, 0, maxNear)
	for _, s := range found[:min(maxNear, len(found))] {
		out = append(out, s.thing)
	}
	return out
}

// Distance is how many letters must be added, taken away, replaced or exchanged with
// their neighbour to make b of a (Damerau and Levenshtein's, of adjacent letters).
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before, last []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, last, row = last, row, make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(y)]
}
