package grammar

import (
	"slices"
	"strings"
)

// Thing is something of the house that can be called by name.
type Thing struct {
	ID      string
	Name    string
	Aliases []string
	// Kind is what it is: a word of [Kinds].
	Kind string
	// Class says more of it: the kind of covering or of sensor.
	Class string
	// Area is the ID of the room it is in.
	Area string
}

// Place is a room or a floor.
type Place struct {
	ID      string
	Name    string
	Aliases []string
	Floor   string // ID of the floor of a room
}

// House is what has a name in it.
type House struct {
	Things []Thing
	Areas  []Place
	Floors []Place
}

// Kinds lists what a [Thing] can be. The concept of its name in the frames is "n." and the kind.
func Kinds() []string {
	return []string{"light", "fan", "switch", "cover", "lock", "climate", "media", "vacuum", "mower", "valve", "sensor",
		"binary", "person", "zone", "scene", "script", "list", "weather", "humidifier", "camera", "alarm", "appliance"}
}

var kindConcepts = func() map[string]concept {
	m := map[string]concept{}
	for _, k := range Kinds() {
		m[k] = shared.intern("n." + k)
	}
	return m
}()

// Vocabulary is a language and the names of a house, ready to understand sentences.
type Vocabulary struct {
	lang   *Language
	house  House
	names  *trie
	sounds *soundIndex
}

// cPlayer is of a thing whose kind has many names: "колонки" are no television, so that what is called so is meant.
var cPlayer = shared.intern("n.media")

var cIAm = shared.intern("i_am")

// Compile makes the names of a house matchable. It costs time with the house; parsing does not.
func Compile(l *Language, h House) *Vocabulary {
	v := &Vocabulary{lang: l, house: h}
	b := newBuilder()
	sounds := newSoundBuilder(l)
	add := func(name string, t tag) {
		for _, form := range v.forms(name, t.concept == cArea || t.concept == cFloor || t.concept == cPlayer) {
			b.add(form, t)
		}
		sounds.add(name, t)
	}
	rooms := map[string]bool{}
	words := l.roomWords(h.Areas)
	for i, p := range h.Areas {
		for _, n := range l.alsoCalled(p, words[i], h.Areas) {
			rooms[foldPhrase(n, l.spaced)] = true
			add(n, tag{cArea, "", int32(i)})
		}
	}
	words = l.floorWords(h.Floors)
	for i, p := range h.Floors {
		for _, n := range l.alsoCalled(p, words[i], h.Floors) {
			add(n, tag{cFloor, "", int32(i)})
			if l.Tag[:2] == "zh" && !strings.ContainsAny(n, "楼樓层層") {
				add(n+"楼", tag{cFloor, "", int32(i)})
				add(n+"层", tag{cFloor, "", int32(i)})
			}
		}
	}
	for i, t := range h.Things {
		c, ok := kindConcepts[t.Kind]
		if !ok {
			continue
		}
		for _, n := range append([]string{t.Name}, t.Aliases...) {
			add(n, tag{c, t.Class, int32(i)})
			if t.Kind == "person" { // "Anna is" cold as "I am" is
				for _, f := range l.feels {
					b.add(foldPhrase(strings.ReplaceAll(f, "{name}", n), l.spaced), tag{concept: cIAm, thing: -1})
				}
			}
			for _, form := range v.turned(n, rooms) {
				b.add(form, tag{c, t.Class, int32(i)})
			}
		}
	}
	v.names, v.sounds = b.build(), sounds.build()
	return v
}

// RoomsOf names the rooms of the floors of which a clause speaks beside those that it names itself.
func (v *Vocabulary) RoomsOf(c *Clause) {
	for _, f := range c.Floors {
		for _, room := range v.house.Areas {
			if room.Floor == f.ID && !slices.ContainsFunc(c.Areas, func(p Place) bool { return p.ID == room.ID }) {
				c.Areas = append(c.Areas, room)
			}
		}
	}
}

// alsoCalled are the names of a place, and the language's usual and other words for it that no other such place bears.
func (l *Language) alsoCalled(p Place, usual []string, all []Place) []string {
	names := append([]string{p.Name}, p.Aliases...)
	var own, taken []string
	for _, f := range all {
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			taken = append(taken, foldPhrase(n, l.spaced))
		}
	}
	for _, w := range usual {
		if !slices.Contains(taken, foldPhrase(w, l.spaced)) {
			names = append(names, w)
		}
	}
	for _, n := range names {
		own = append(own, foldPhrase(n, l.spaced))
	}
	for _, group := range l.same {
		if !slices.ContainsFunc(group, func(w string) bool { return slices.Contains(own, foldPhrase(w, l.spaced)) }) {
			continue
		}
		for _, w := range group {
			if !slices.Contains(taken, foldPhrase(w, l.spaced)) {
				names = append(names, w)
			}
		}
	}
	return names
}

// Bytes is the memory that the compiled words and names hold.
func (v *Vocabulary) Bytes() int { return v.names.bytes() + v.lang.words.bytes() + v.sounds.bytes() }

// forms are the ways in which a name may be written in a sentence: as it is, and with other endings of its words.
func (v *Vocabulary) forms(name string, place bool) []string {
	plain := foldPhrase(name, v.lang.spaced)
	if plain == "" || strings.ContainsRune(plain, anyEnding) {
		return nil
	}
	out := []string{plain}
	if !v.lang.spaced || len(v.lang.endings) == 0 {
		return out
	}
	words := strings.Fields(plain)
	if len(words) == 1 && !place && v.lang.saysKind(plain) {
		return out // "Штора" is called so; "шторы" are curtains
	}
	stems := slices.Clone(words)
	for i, w := range words {
		stems[i] = v.stem(w)
	}
	if s := strings.Join(stems, " "); s != plain {
		out = append(out, s)
	}
	if len(words) > 1 { // only the last word changes
		last := slices.Clone(words)
		last[len(last)-1] = stems[len(stems)-1]
		if s := strings.Join(last, " "); s != plain && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// turned are the other orders of a name's words: "the curtain on the balcony" is the balcony curtain. A kind of thing in a room is not
// turned: that is said of all of them.
func (v *Vocabulary) turned(name string, rooms map[string]bool) []string {
	if len(v.lang.turned) == 0 {
		return nil
	}
	plain := []rune(foldPhrase(name, v.lang.spaced))
	for at := 1; at < len(plain); at++ {
		if v.lang.spaced && !v.lang.Compound && plain[at-1] != ' ' || len(plain)-at > 1 && plain[at] == ' ' {
			continue
		}
		rest, kind := strings.TrimSpace(string(plain[:at])), string(plain[at:])
		if len(rest) < 3 || rooms[rest] || !v.lang.saysKind(kind) {
			continue
		}
		if v.lang.Compound {
			rest = strings.TrimSuffix(rest, "s")
		}
		var out []string
		for _, t := range v.lang.turned {
			out = append(out, foldPhrase(strings.NewReplacer("{kind}", kind, "{rest}", rest).Replace(t), v.lang.spaced))
		}
		return out
	}
	return nil
}

func (v *Vocabulary) stem(w string) string {
	if n := len([]rune(w)); n < 4 {
		return w
	}
	best := ""
	for _, e := range v.lang.endings {
		if strings.HasSuffix(w, e) && len(e) > len(best) && len([]rune(w))-len([]rune(e)) >= 3 {
			best = e
		}
	}
	return w[:len(w)-len(best)] + string(anyEnding)
}

// saysKind reports whether a word is the language's own for a kind of thing.
func (l *Language) saysKind(word string) bool {
	s := prepare(word, l.spaced)
	found := false
	l.words.walk(&s, 0, func(to int, tags []tag) {
		for _, t := range tags {
			found = found || to == len(s.text) && targets.has(t.concept)
		}
	})
	return found
}
