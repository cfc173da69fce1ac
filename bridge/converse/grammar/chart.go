package grammar

import "slices"

// piece is a stretch of the sentence and what it may stand for. No tags: nobody knows it.
type piece struct {
	from, to int
	tags     []tag
}

// Costs of a cut: few known pieces are better than many, anything is better than an unknown word.
const (
	wordCost    = 1.0
	nameCost    = 0.8 // a name of the house wins over the same words
	soundCost   = 1.6 // a name that only sounds so
	seamCost    = 0.6 // a piece that begins within a word
	unknownCost = 4.0
	strayCost   = 6.0 // the rest of a word of which only the beginning is known
)

// width is how many cuts are kept at every place.
const width = 4

type cut struct {
	piece int32
	prev  int32
	cost  float32
}

// chart cuts a sentence into known pieces in the cheapest ways.
type chart struct {
	s      *sentence
	v      *Vocabulary
	sound  []piece // names that sound like a stretch, by where they begin; nil when not wanted
	pieces []piece
	cuts   []cut
	best   [][width]int32 // by place; ends of the cheapest cuts so far, cheapest first, -1 for none
	found  []piece        // scratch
	busy   bool           // somebody tells what he is about
	afar   bool           // a word says that the talk is of another house, or a tale: nothing is to be done
	ways   [][]piece      // the cheapest cuts, and their costs
	costs  []float32
}

// cut cuts a sentence up, which is done once however many readings look at it.
func (v *Vocabulary) cut(s *sentence) *chart {
	if s.chart == nil {
		s.chart = &chart{s: s, v: v}
		s.chart.ways, s.chart.costs = s.chart.cutUp()
	}
	return s.chart
}

// cutUp returns the cheapest cuts of the sentence, each a list of pieces, with its cost.
func (c *chart) cutUp() ([][]piece, []float32) {
	n := len(c.s.text)
	c.best = make([][width]int32, n+1)
	for i := range c.best {
		c.best[i] = [width]int32{-1, -1, -1, -1}
	}
	c.cuts = append(make([]cut, 0, 8*n+8), cut{-1, -1, 0})
	c.pieces = make([]piece, 0, 4*n+4)
	c.best[0][0] = 0
	for i := range n {
		if c.best[i][0] < 0 {
			continue
		}
		if c.s.text[i] == ' ' {
			for _, id := range c.best[i] {
				c.offer(i+1, id)
			}
			continue
		}
		c.piecesAt(i)
	}
	var cutsOut [][]piece
	var costs []float32
	for _, id := range c.best[n] {
		if id < 0 {
			break
		}
		var ps []piece
		for at := id; c.cuts[at].piece >= 0; at = c.cuts[at].prev {
			ps = append(ps, c.pieces[c.cuts[at].piece])
		}
		slices.Reverse(ps)
		cutsOut, costs = append(cutsOut, ps), append(costs, c.cuts[id].cost)
	}
	return cutsOut, costs
}

// offer keeps a cut at a place if it is among the cheapest.
func (c *chart) offer(at int, id int32) {
	if id < 0 {
		return
	}
	slot := &c.best[at]
	for k := range slot {
		if slot[k] < 0 || c.cuts[id].cost < c.cuts[slot[k]].cost {
			copy(slot[k+1:], slot[k:])
			slot[k] = id
			return
		}
	}
}

// piecesAt adds everything that may begin at i.
func (c *chart) piecesAt(i int) {
	c.found = c.found[:0]
	starts := c.s.startsWord(i)
	compound := c.v.lang.Compound && c.s.kind[i] == letter
	note := func(to int, tags []tag) {
		long := to-i >= 2 || !starts && (c.s.text[i] == 's' || c.s.text[i] == 'n')
		if to == i || len(tags) == 0 || !(c.s.startsWord(to) || compound && long) || !(starts || compound && long) {
			return
		}
		for k := range c.found {
			if c.found[k].to == to {
				for _, g := range tags {
					if !slices.Contains(c.found[k].tags, g) {
						c.found[k].tags = append(slices.Clip(c.found[k].tags), g)
					}
				}
				return
			}
		}
		c.found = append(c.found, piece{i, to, tags})
	}
	c.v.names.walk(c.s, i, note)
	c.v.lang.words.walk(c.s, i, note)
	if c.s.kind[i] == digit && starts {
		to := i + 1
		for to < len(c.s.text) && c.s.kind[to] == digit {
			to++
		}
		note(to, []tag{{concept: cNumber, thing: -1}})
	}
	seam := float32(0)
	if !starts {
		seam = seamCost
	}
	for _, p := range c.found {
		c.busy = c.busy || (&token{piece: p}).is(cBusy)
		c.afar = c.afar || (&token{piece: p}).is(cAfar) && p.tags[0].thing < 0
		cost := float32(wordCost)
		if p.tags[0].thing >= 0 {
			cost = nameCost
		}
		c.add(p, cost+seam)
	}
	for _, p := range c.sound {
		if p.from == i {
			c.add(p, soundCost)
		}
	}
	whole := slices.ContainsFunc(c.found, func(p piece) bool { return c.s.startsWord(p.to) })
	if !whole || c.s.kind[i] == ideograph { // a known word is no unknown one; where no spaces part them, it may be by chance
		c.unknown(i, starts)
	}
}

// unknown offers to skip what nobody knows: the rest of the word, or one ideograph.
func (c *chart) unknown(i int, starts bool) {
	to := i + 1
	if c.s.kind[i] != ideograph {
		for to < len(c.s.text) && !c.s.startsWord(to) {
			to++
		}
	}
	if c.v.lang.Compound && starts {
		c.prefix(i, to)
	}
	cost := float32(unknownCost)
	switch {
	case c.s.text[i] == ',':
		c.add(piece{i, to, commaTags}, 0.1)
		return
	case !starts:
		cost = strayCost
	case c.s.kind[i] == ideograph:
		cost = 2.5
	}
	c.add(piece{i, to, nil}, cost)
}

// heads are the ends of a compound word whose beginning is a name that nobody knows: Nudeltimer, Einkaufsliste, Sommerhitsplaylist.
var heads = func() set { s, _ := shared.setOf("timer list media_class"); return s }()

// prefix offers to skip the beginning of a word whose end is one of the heads.
func (c *chart) prefix(i, to int) {
	for at := i + 3; at+3 < to; at++ {
		known := false
		c.v.lang.words.walk(c.s, at, func(end int, tags []tag) {
			known = known || end == to && slices.ContainsFunc(tags, func(g tag) bool { return heads.has(g.concept) })
		})
		if known {
			c.add(piece{i, at, nil}, unknownCost-wordCost-seamCost)
		}
	}
}

var commaTags = []tag{{concept: cComma, thing: -1}}

func (c *chart) add(p piece, cost float32) {
	id := int32(-1)
	for _, prev := range c.best[p.from] {
		if prev < 0 {
			break
		}
		if id < 0 {
			id = int32(len(c.pieces))
			c.pieces = append(c.pieces, p)
		}
		c.cuts = append(c.cuts, cut{id, prev, c.cuts[prev].cost + cost})
		c.offer(p.to, int32(len(c.cuts)-1))
	}
}
