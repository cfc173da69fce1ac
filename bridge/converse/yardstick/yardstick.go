// Package yardstick measures how well and how fast sentences are understood, against test sentences in the format of
// the public intents of the Home Assistant community (one JSON object a line, each with the house it is said in).
//
// Use: r, err := Run(files…); r tells per language how many were right, and what went wrong.
package yardstick

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// Case is one test sentence.
type Case struct {
	Lang     string              `json:"lang"`
	Intent   string              `json:"intent"`
	Combo    string              `json:"combo"`
	Sentence string              `json:"sentence"`
	Slots    map[string]any      `json:"slots"`
	Context  map[string]any      `json:"context"`
	Domains  map[string][]string `json:"inferred_domains"`
	Fixtures Fixtures            `json:"fixtures"`
}

// Fixtures are the things and places of the house in which a sentence is said.
type Fixtures struct {
	Entities []struct {
		Name       string         `json:"name"`
		Domain     string         `json:"domain"`
		Area       string         `json:"area"`
		Attributes map[string]any `json:"attributes"`
	} `json:"entities"`
	Areas []struct {
		Name    string `json:"name"`
		Floor   string `json:"floor"`
		Context bool   `json:"context_area"`
	} `json:"areas"`
	Floors []struct {
		Name string `json:"name"`
	} `json:"floors"`
}

// Read reads cases, one JSON object a line. A line without a sentence is the house of all that follow.
func Read(r io.Reader) ([]Case, error) {
	var out []Case
	var house Fixtures
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if c.Sentence == "" {
			house = c.Fixtures
			continue
		}
		c.Fixtures.Entities = append(c.Fixtures.Entities, house.Entities...)
		c.Fixtures.Areas = append(c.Fixtures.Areas, house.Areas...)
		c.Fixtures.Floors = append(c.Fixtures.Floors, house.Floors...)
		out = append(out, c)
	}
	return out, lines.Err()
}

var kinds = map[string]string{"media_player": "media", "lawn_mower": "mower", "binary_sensor": "binary", "todo": "list", "input_boolean": "switch"}

// House is the house in which the sentence is said.
func (c *Case) House() grammar.House {
	var h grammar.House
	areas, floors := map[string]bool{}, map[string]bool{}
	floor := func(name string) {
		if name != "" && !floors[name] {
			floors[name] = true
			h.Floors = append(h.Floors, grammar.Place{ID: name, Name: name})
		}
	}
	area := func(name, on string) {
		if name != "" && !areas[name] {
			areas[name] = true
			h.Areas = append(h.Areas, grammar.Place{ID: name, Name: name, Floor: on})
		}
	}
	for _, f := range c.Fixtures.Floors {
		floor(f.Name)
	}
	for _, a := range c.Fixtures.Areas {
		area(a.Name, a.Floor)
		floor(a.Floor)
	}
	for _, e := range c.Fixtures.Entities {
		area(e.Area, "")
		kind := e.Domain
		if k, ok := kinds[kind]; ok {
			kind = k
		}
		class, _ := e.Attributes["device_class"].(string)
		h.Things = append(h.Things, grammar.Thing{ID: e.Name, Name: e.Name, Kind: kind, Class: class, Area: e.Area})
	}
	return h
}

// Check compares what was understood with what was meant: the intent, and the slots of names, places and values. What was
// wrong is said in a few words; empty: all right.
func (c *Case) Check(v *grammar.Vocabulary) string {
	m, ok := v.Parse(c.Sentence)
	if !ok {
		return "not understood"
	}
	if len(m.Clauses) != 1 {
		return fmt.Sprintf("%d commands", len(m.Clauses))
	}
	cl := &m.Clauses[0]
	if cl.HassIntent() != c.Intent {
		return "is " + cl.HassIntent()
	}
	got := v.Slots(cl)
	for key, want := range c.Slots {
		if key == "domain" {
			continue
		}
		if _, context := c.Context[key]; context {
			continue
		}
		if !equal(got[key], want) {
			return fmt.Sprintf("%s is %v", key, got[key])
		}
	}
	for key, value := range got {
		if _, wanted := c.Slots[key]; wanted || key == "domain" || key == "device_class" {
			continue
		}
		return fmt.Sprintf("%s=%v is too much", key, value)
	}
	return ""
}

func equal(got, want any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(w any) bool { return equal(got, w) })
	}
	number := func(x any) (float64, bool) {
		f, ok := x.(float64)
		return f, ok
	}
	if w, ok := number(want); ok {
		g, ok := number(got)
		return ok && math.Abs(g-w) < 1e-6
	}
	g, _ := got.(string)
	w, _ := want.(string)
	return strings.EqualFold(strings.TrimSpace(g), strings.TrimSpace(w))
}
