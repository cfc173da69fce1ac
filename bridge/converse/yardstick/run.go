package yardstick

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// Tally is how many sentences of a kind were understood rightly.
type Tally struct {
	Right int `json:"right"`
	All   int `json:"all"`
}

// Percent is the share that was right.
func (t Tally) Percent() float64 { return 100 * float64(t.Right) / float64(max(1, t.All)) }

// Miss is a sentence that was not understood rightly.
type Miss struct {
	Lang     string `json:"lang"`
	Intent   string `json:"intent"`
	Combo    string `json:"combo"`
	Sentence string `json:"sentence"`
	Wrong    string `json:"wrong"`
}

// Result is the measure of one language.
type Result struct {
	Lang     string           `json:"lang"`
	Total    Tally            `json:"total"`
	ByIntent map[string]Tally `json:"by_intent"`
	Misses   []Miss           `json:"misses"`
	// Times of understanding one sentence in a house of Entities things, in milliseconds.
	Entities int `json:"entities"`
	// Of each sentence the quickest of some runs counts …
	P50MS      float64 `json:"p50_ms"`
	P99MS      float64 `json:"p99_ms"`
	NoMatchP99 float64 `json:"no_match_p99_ms"`
	// … and of all single runs, matched or not, these are the tail: what the machine does besides is in it.
	SingleP99 float64 `json:"single_p99_ms"`
	SingleMax float64 `json:"single_max_ms"`
	GrammarMB float64 `json:"grammar_mb"` // memory of the words of the language and all names of that house
	CompileMS float64 `json:"compile_ms"`
}

// Entities is the size of the house in which speed is measured.
const Entities = 2000

// Run measures the files, one result for each language in them.
func Run(files ...string) ([]Result, error) {
	byLang := map[string][]Case{}
	var order []string
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		cases, err := Read(f)
		_ = f.Close() // it was read to its end
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, c := range cases {
			if byLang[c.Lang] == nil {
				order = append(order, c.Lang)
			}
			byLang[c.Lang] = append(byLang[c.Lang], c)
		}
	}
	var out []Result
	for _, lang := range order {
		r, err := measure(lang, byLang[lang])
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func measure(lang string, cases []Case) (Result, error) {
	r := Result{Lang: lang, ByIntent: map[string]Tally{}, Misses: []Miss{}, Entities: Entities}
	l, err := grammar.Load(lang)
	if err != nil {
		return r, err
	}
	for i := range cases {
		c := &cases[i]
		wrong := c.Check(grammar.Compile(l, c.House()))
		t := r.ByIntent[c.Intent]
		t.All++
		r.Total.All++
		if wrong == "" {
			t.Right++
			r.Total.Right++
		} else {
			r.Misses = append(r.Misses, Miss{lang, c.Intent, c.Combo, c.Sentence, wrong})
		}
		r.ByIntent[c.Intent] = t
	}
	began := time.Now()
	v := grammar.Compile(l, Manor(cases, Entities))
	r.CompileMS = float64(time.Since(began).Microseconds()) / 1000
	r.GrammarMB = float64(v.Bytes()) / (1 << 20)
	runtime.GC() // what the houses of the cases left is not the sentences' to clear up
	all, none := make([]float64, len(cases)), make([]float64, len(cases))
	single := make([]float64, 0, 2*rounds*len(cases))
	for round := range rounds {
		for i := range cases {
			single = append(single, least(&all[i], round, func() { v.Parse(cases[i].Sentence) }))
			single = append(single, least(&none[i], round, func() { v.Parse(cases[i].Sentence + " xyzzy plugh 囧") }))
		}
	}
	r.P50MS, r.P99MS, r.NoMatchP99 = percentile(all, 50), percentile(all, 99), percentile(none, 99)
	r.SingleP99, r.SingleMax = percentile(single, 99), percentile(single, 100)
	return r, nil
}

// rounds is how often a sentence is timed. Its quickest run counts: what the machine does besides is not the sentence's.
const rounds = 5

// least times f and keeps the quickest of its rounds; it returns what this one took.
func least(ms *float64, round int, f func()) float64 {
	began := time.Now()
	f()
	took := float64(time.Since(began).Nanoseconds()) / 1e6
	if round == 0 || took < *ms {
		*ms = took
	}
	return took
}

func percentile(v []float64, p int) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[min(len(v)-1, len(v)*p/100)]
}

// Manor is a house of n things, whose names are made from those of the cases' houses.
func Manor(cases []Case, n int) grammar.House {
	var h grammar.House
	var seeds []grammar.Thing
	areas := map[string]bool{}
	for i := range cases {
		x := cases[i].House()
		seeds = append(seeds, x.Things...)
		for _, a := range x.Areas {
			if !areas[a.Name] {
				areas[a.Name] = true
				h.Areas = append(h.Areas, a)
			}
		}
	}
	for i := 0; len(h.Things) < n && len(seeds) > 0; i++ {
		t := seeds[i%len(seeds)]
		if i >= len(seeds) {
			t.Name = fmt.Sprintf("%s %d", t.Name, i/len(seeds)+1)
		}
		t.ID = fmt.Sprint(i)
		h.Things = append(h.Things, t)
	}
	return h
}
