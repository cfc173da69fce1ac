package grammar

import (
	"fmt"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// concept is what a word stands for. There are fewer than 384, for all languages together.
type concept uint16

// set is a set of concepts.
type set [6]uint64

func (s *set) add(c concept)      { s[c/64] |= 1 << (c % 64) }
func (s *set) remove(c concept)   { s[c/64] &^= 1 << (c % 64) }
func (s *set) has(c concept) bool { return s[c/64]&(1<<(c%64)) != 0 }

// frame is one way in which an intent is said.
type frame struct {
	intent  Intent
	needs   []set
	allows  set
	refuses set
	text    bool // a stretch of free text belongs to it
	tail    bool // … which goes on to the end
	bare    bool // nothing else may be said but articles and courtesies: a name and a value are no command in a longer talk
	sets    []setting
	kelvin  bool // its number is a colour temperature
	whole   bool // its text has what stands beside it, too, though it means nothing by itself
	room    bool // its number is the temperature of a room
	refrain bool // its first need is a "not" that bears on the second
	line    string
}

type setting struct{ key, value string }

type frameFile struct {
	Soft   string    `yaml:"soft"`
	Macros yaml.Node `yaml:"macros"`
	Frames yaml.Node `yaml:"frames"`
}

// grammar is what all languages share.
type sharedGrammar struct {
	concepts map[string]concept
	names    []string
	macros   map[string]set
	soft     set
	frames   []frame
	telling  []frameSet // by concept: the frames that it may call for, each under the need that the fewest words meet
}

// frameSet is a set of frames, by their place in the list.
type frameSet []uint64

var shared = mustReadFrames()

// The concepts that the code itself deals with.
var (
	cSoft, cAnd, cComma                                         = shared.concepts["_"], shared.concepts["and"], shared.concepts["comma"]
	cNumber, cPercent, cDegrees, cKelvin, cSpan                 = shared.concepts["number"], shared.concepts["percent"], shared.concepts["degrees"], shared.concepts["kelvin"], shared.concepts["span"]
	cNum, cMult, cPoint, cHalf, cQuarter                        = shared.concepts["num"], shared.concepts["mult"], shared.concepts["point"], shared.concepts["half"], shared.concepts["quarter"]
	cUnitOf                                                     = shared.intern("unit_of")
	cUnit, cUnitWhole                                           = shared.concepts["unit"], shared.concepts["span_word"]
	cPercentSign, cPercentOf, cTenths, cDegreeSign, cKelvinSign = shared.concepts["percent_sign"], shared.concepts["percent_of"], shared.concepts["tenths"], shared.concepts["degree_sign"], shared.concepts["kelvin_sign"]
	cArea, cFloor                                               = shared.concepts["area"], shared.concepts["floor"]
	cTimer                                                      = shared.concepts["timer"]
)

func conceptOf(name string) (concept, bool) { c, ok := shared.concepts[name]; return c, ok }

func mustReadFrames() *sharedGrammar {
	raw, err := data.ReadFile("data/frames.yaml")
	if err != nil {
		panic(err)
	}
	g, err := readFrames(raw)
	if err != nil {
		panic("bridge/converse/grammar/data/frames.yaml: " + err.Error())
	}
	return g
}

func readFrames(raw []byte) (*sharedGrammar, error) {
	var f frameFile
	if err := yaml.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	g := &sharedGrammar{concepts: map[string]concept{}, macros: map[string]set{}}
	for _, builtin := range strings.Fields("_ and comma number percent degrees kelvin span num mult point half quarter unit span_word percent_sign percent_of tenths degree_sign kelvin_sign area floor timer ensure q fraction condition elsewhere ended busy only stay needs") {
		g.intern(builtin)
	}
	for i := 0; i+1 < len(f.Macros.Content); i += 2 {
		s, err := g.setOf(f.Macros.Content[i+1].Value)
		if err != nil {
			return nil, err
		}
		g.macros[f.Macros.Content[i].Value] = s
	}
	var err error
	if g.soft, err = g.setOf(f.Soft); err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(f.Frames.Content); i += 2 {
		intent := Intent(f.Frames.Content[i].Value)
		for _, line := range f.Frames.Content[i+1].Content {
			fr, err := g.frame(intent, line.Value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", line.Line, err)
			}
			g.frames = append(g.frames, fr)
		}
	}
	g.index()
	return g, nil
}

// index files every frame under the concepts of its rarest need.
func (g *sharedGrammar) index() {
	words := len(g.frames)/64 + 1
	g.telling = make([]frameSet, len(set{})*64)
	for c := range g.telling {
		g.telling[c] = make(frameSet, words)
	}
	for i := range g.frames {
		rarest := slices.MinFunc(g.frames[i].needs, func(a, b set) int { return a.size() - b.size() })
		for c := range rarest.all() {
			g.telling[c][i/64] |= 1 << (i % 64)
		}
	}
}

// candidates are the frames of which a sentence with these concepts meets the rarest need.
func (g *sharedGrammar) candidates(union *set) frameSet {
	out := make(frameSet, len(g.frames)/64+1)
	for c := range union.all() {
		for k, w := range g.telling[c] {
			out[k] |= w
		}
	}
	return out
}

// size is how many concepts a set has.
func (s *set) size() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// all are the concepts of a set.
func (s *set) all() iter.Seq[concept] {
	return func(yield func(concept) bool) {
		for k, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(concept(k*64 + bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}

func (g *sharedGrammar) intern(name string) concept {
	c, ok := g.concepts[name]
	if !ok {
		c = concept(len(g.names))
		g.concepts[name], g.names = c, append(g.names, name)
	}
	return c
}

// setOf reads "a b c" or "a|b|c"; $x is a macro.
func (g *sharedGrammar) setOf(text string) (set, error) {
	var s set
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '|' || r == '\n' }) {
		if m, ok := strings.CutPrefix(w, "$"); ok {
			macro, ok := g.macros[m]
			if !ok {
				return s, fmt.Errorf("there is no macro $%s", m)
			}
			for i := range s {
				s[i] |= macro[i]
			}
			continue
		}
		if len(g.names) >= 64*len(s)-20 {
			return s, fmt.Errorf("too many concepts at %q", w)
		}
		s.add(g.intern(w))
	}
	return s, nil
}

// frame reads "needs… ; allows… ; key=value…". In needs, a|b is one of, !a is none of, = is nothing besides, * is free text, ** text to the end.
func (g *sharedGrammar) frame(intent Intent, line string) (frame, error) {
	f := frame{intent: intent, line: line}
	parts := strings.Split(line, ";")
	for _, w := range strings.Fields(parts[0]) {
		switch {
		case w == "=":
			f.bare = true
		case w == "*":
			f.text = true
		case w == "**":
			f.text, f.tail = true, true
		case w[0] == '!':
			s, err := g.setOf(w[1:])
			if err != nil {
				return f, err
			}
			for i := range s {
				f.refuses[i] |= s[i]
			}
		default:
			s, err := g.setOf(w)
			if err != nil {
				return f, err
			}
			f.needs = append(f.needs, s)
		}
	}
	if len(parts) > 1 {
		s, err := g.setOf(parts[1])
		if err != nil {
			return f, err
		}
		f.allows = s
	}
	if len(parts) > 2 {
		for _, w := range strings.Fields(parts[2]) {
			k, v, ok := strings.Cut(w, "=")
			if !ok {
				return f, fmt.Errorf("%q: key=value expected", w)
			}
			f.sets = append(f.sets, setting{k, v})
			f.kelvin = f.kelvin || v == "color_temp"
			f.whole = f.whole || v == "whole"
			f.room = f.room || v == "room"
			f.refrain = f.refrain || k == "refrain"
		}
	}
	return f, nil
}

// conceptNames names the concepts of a token, for --explain.
func conceptNames(tags []tag) []string {
	names := map[string]bool{}
	for _, t := range tags {
		n := shared.names[t.concept]
		if t.value != "" {
			n += "=" + t.value
		}
		names[n] = true
	}
	return slices.Sorted(maps.Keys(names))
}
