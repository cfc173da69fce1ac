package grammar

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// wellKnown is a sort of floor or room.
type wellKnown struct {
	called map[string][]string // by language, the most usual word first
	names  map[string]bool     // all of them, folded
}

// UnmarshalYAML reads the words of each language.
func (w *wellKnown) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Decode(&w.called); err != nil {
		return err
	}
	w.names = map[string]bool{}
	for _, words := range w.called {
		for _, x := range words {
			w.names[foldPlace(x)] = true
		}
	}
	return nil
}

// known are the floors and rooms that have a usual name in every language, so that a house that is named in one is understood in all.
var known = mustReadPlaces()

type knownPlaces struct {
	// Floors, from the ground up; Counted are those that languages count from the ground, or from the one above it: "first floor".
	Floors  []wellKnown         `yaml:"floors"`
	Counted map[string][]string `yaml:"counted"`
	Others  []wellKnown         `yaml:"other_floors"`
	Rooms   []wellKnown         `yaml:"rooms"`
}

func mustReadPlaces() *knownPlaces {
	raw, err := data.ReadFile("data/places.yaml")
	if err != nil {
		panic(err)
	}
	var k knownPlaces
	if err := yaml.Unmarshal(raw, &k); err != nil {
		panic("bridge/converse/grammar/data/places.yaml: " + err.Error())
	}
	return &k
}

// bears reports whether one of some names, folded, is one of a place's in any language.
func (w *wellKnown) bears(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return w.names[n] })
}

// foldPlace brings the name of a place to a form that is the same however its language parts words.
func foldPlace(name string) string { return strings.ReplaceAll(foldPhrase(name, true), " ", "") }

func (p *Place) folded() []string {
	var out []string
	for _, n := range append([]string{p.Name}, p.Aliases...) {
		out = append(out, foldPlace(n))
	}
	return out
}

// base is the language whose words a tag uses: zh for zh-HK.
func base(tag string) string { b, _, _ := strings.Cut(tag, "-"); return b }

// words are what a language calls a place, by its own tag or by the language.
func (w *wellKnown) words(tag string) []string {
	return append(slices.Clone(w.called[tag]), w.called[base(tag)]...)
}

// roomWords are what a language calls each of the rooms of a house that are named in another one.
func (l *Language) roomWords(rooms []Place) [][]string {
	out := make([][]string, len(rooms))
	rank := map[string]int{} // the place in whose list a word stands first has it
	for pass := range 2 {
		for i := range rooms {
			names := rooms[i].folded()
			for k := range known.Rooms {
				w := &known.Rooms[k]
				if !w.bears(names) {
					continue
				}
				for at, word := range w.words(l.Tag) {
					best, there := rank[word]
					switch {
					case pass == 0 && (!there || at < best):
						rank[word] = at
					case pass == 1 && at == best:
						out[i] = append(out[i], word)
					}
				}
			}
		}
	}
	return out
}

// floorWords are what a language calls each of the floors of a house, whatever language they are named in.
func (l *Language) floorWords(floors []Place) [][]string {
	out := make([][]string, len(floors))
	ground := -1
	for i := range floors {
		if known.Floors[0].bears(floors[i].folded()) {
			ground = i
		}
	}
	for i := range floors {
		names := floors[i].folded()
		for k := range known.Others {
			if w := &known.Others[k]; w.bears(names) {
				out[i] = append(out[i], w.words(l.Tag)...)
			}
		}
		if level := known.level(names, ground >= 0 && ground != i); level >= 0 {
			out[i] = append(out[i], known.Floors[level].words(l.Tag)...)
		}
	}
	return out
}

// level counts from the ground; -1: nothing tells. Where another floor is the ground, the first floor is the one above it.
func (k *knownPlaces) level(names []string, above bool) int {
	if n := slices.IndexFunc(k.Floors, func(w wellKnown) bool { return w.bears(names) }); n >= 0 {
		return n
	}
	for _, words := range k.Counted {
		for n, w := range words {
			if slices.Contains(names, foldPlace(w)) {
				if above {
					n++
				}
				return min(n, len(k.Floors)-1)
			}
		}
	}
	return -1
}
