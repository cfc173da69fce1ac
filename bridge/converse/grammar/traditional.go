package grammar

import "strings"

// bothWays are simplified characters that are traditional ones as well, or stand in the pairs for a word of Cantonese: they stay.
const bothWays = "的在了是不些那什下拿它看睡啦台里后几松面干价范回余采准冲斗吁朴表只胡云游制志刮省床累冷吓晒复盖着"

var traditional = func() map[rune]rune {
	m := map[rune]rune{}
	for _, pair := range strings.Fields(simplifiedPairs) {
		r := []rune(pair)
		if len(r) != 2 || strings.ContainsRune(bothWays, r[1]) {
			continue
		}
		if _, known := m[r[1]]; !known { // the first is the usual one
			m[r[1]] = r[0]
		}
	}
	return m
}()

// Traditional writes a name that was given in simplified characters in traditional ones, for an answer in the language of
// Taiwan or Hong Kong. Characters that are written alike in both, or could become several, stay as they are.
func Traditional(name string) string {
	return strings.Map(func(r rune) rune {
		if t, ok := traditional[r]; ok {
			return t
		}
		return r
	}, name)
}

// Confidence tells how sure a reading is, above 0 and at most 1. A plain sentence, known word by word, is at 1; each further unit of
// cost takes some of it away.
func (m Meaning) Confidence() float64 {
	plain := float64(len(m.Clauses)) * plainCost
	if m.Cost <= plain {
		return 1
	}
	return plain / m.Cost
}

// plainCost is what a clause of plain words may cost.
const plainCost = 4
