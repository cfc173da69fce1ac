package grammar

import (
	"cmp"
	"slices"
	"strings"
)

// Intent is what a sentence asks for. The names are those of Home Assistant's intents without
// "Hass", where one exists, so that its clients and its test sentences need no translation.
type Intent string

// Mention is a name that was said and the things of the house that are called so.
type Mention struct {
	Said   string
	Things []Thing
}

// Clause is one thing that a sentence asks for.
type Clause struct {
	Intent Intent
	Names  []Mention
	Areas  []Place // which room; several that are called alike are told apart by their floor
	Floors []Place
	// Except are the things, and ExceptAreas the rooms, that are not meant: "everything but the hall".
	Except      []Mention
	ExceptAreas []Place
	// Words are the valued words that were said, by concept: color=red, mode=cool, state=open.
	Words map[string]string
	// Value is the number said, in Unit: "%", "°", "K" or "" for a bare number.
	Value    float64
	Unit     string
	HasValue bool
	// Span is how long; Start is the length at which a timer was set, by which it is called.
	Span, Start Span
	// Delay is after what time to do it, At at what time of day; Command is what to do as it was said.
	Delay   Span
	At      Clock // at what time to do it
	For     Span  // how long, before it is taken back: "on for ten minutes"
	Command string
	// Text is free text: what to play, to announce, to put on a list, or what a timer is called.
	Text string
	// Said is the part of the sentence that means this.
	Said  string
	flags set
	share bool // the value is a part of the whole: a third
}

// Is reports whether a word of the concept was said: "all", "here", "home".
func (c *Clause) Is(conceptName string) bool {
	k, ok := shared.concepts[conceptName]
	return ok && c.flags.has(k)
}

// Forget takes words out of a clause that no longer hold.
func (c *Clause) Forget(conceptNames ...string) {
	for _, n := range conceptNames {
		if k, ok := shared.concepts[n]; ok {
			c.flags.remove(k)
		}
	}
}

// Meaning is what a sentence asks for, in order.
type Meaning struct {
	Clauses []Clause
	// Cost tells how far from the plain words it is; 0 is best.
	Cost float64
}

// Piece is a part of a sentence and what it was taken for, to explain a reading.
type Piece struct {
	Said     string   `json:"said"`
	Concepts []string `json:"concepts,omitempty"`
}

func (c *Clause) word(name, value string) {
	if c.Words == nil {
		c.Words = map[string]string{}
	}
	if _, there := c.Words[name]; !there {
		c.Words[name] = value
	}
}

// takes is how a token enters a clause.
func (v *Vocabulary) take(c *Clause, s *sentence, t *token, allowed *set) {
	var m Mention
	for _, g := range t.tags {
		if !allowed.has(g.concept) {
			continue
		}
		c.flags.add(g.concept)
		switch {
		case g.concept == cClock:
			c.At = t.clock
		case g.thing >= 0 && g.concept == cArea:
			c.Areas = append(c.Areas, v.house.Areas[g.thing])
		case g.thing >= 0 && g.concept == cFloor:
			c.Floors = append(c.Floors, v.house.Floors[g.thing])
		case g.thing >= 0:
			m.Things = append(m.Things, v.house.Things[g.thing])
		case isVariant(g.concept, cPercent):
			c.Value, c.Unit, c.HasValue, c.share = t.num, "%", true, t.share && g.concept == cPercent
		case isVariant(g.concept, cDegrees):
			c.Value, c.Unit, c.HasValue = t.num, "°", true
		case isVariant(g.concept, cKelvin):
			c.Value, c.Unit, c.HasValue = t.num, "K", true
		case isVariant(g.concept, cNumber):
			if !c.HasValue {
				c.Value, c.Unit, c.HasValue = t.num, "", true
			}
		case g.value != "" && g.concept != cNum && g.concept != cMult && g.concept != cUnit:
			c.word(shared.names[g.concept], g.value)
		}
	}
	if len(m.Things) > 0 {
		m.Said = s.original(t.from, t.to)
		slices.SortStableFunc(m.Things, func(a, b Thing) int { // called so exactly, before called so in another form
			return cmp.Compare(boolInt(!strings.EqualFold(a.Name, m.Said)), boolInt(!strings.EqualFold(b.Name, m.Said)))
		})
		c.Names = append(c.Names, m)
	}
}

// isVariant reports whether a concept is a value of the base unit, said absolutely, relatively or plainly.
func isVariant(c, base concept) bool {
	v := variants[base]
	return c == base || c == v[0] || c == v[1]
}

// Name is the first thing that was named; ok is false when none was.
func (c *Clause) Name() (Thing, bool) {
	if len(c.Names) == 0 || len(c.Names[0].Things) == 0 {
		return Thing{}, false
	}
	return c.Names[0].Things[0], true
}

// trimText cleans free text.
func trimText(s string) string {
	return strings.Trim(s, " \t\"“”«»„'.,:;!?。，、：；！？")
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
