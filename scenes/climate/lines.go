package climate

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
)

// The keys of what is let go on purpose for a short while.
const (
	keyStop   = "climate.stop"
	keyWindow = "climate.window"
)

// line is a sentence yet to be put in words.
func line(key string, args ...home.Arg) home.Line { return home.Line{Key: key, Args: args} }

func clock(t time.Time) home.Arg       { return home.Arg{Kind: "clock", At: t.Truncate(time.Minute)} }
func day(t time.Time) home.Arg         { return home.Arg{Kind: "day", At: t.Truncate(time.Minute)} }
func celsius(c float64) home.Arg       { return home.Arg{Kind: "celsius", Number: math.Round(c*10) / 10} }
func kelvin(k float64) home.Arg        { return home.Arg{Kind: "kelvin", Number: math.Round(k*10) / 10} }
func person(id home.PersonID) home.Arg { return home.Arg{Kind: "person", Text: string(id)} }
func number(n float64) home.Arg        { return home.Arg{Kind: "number", Number: math.Round(n)} }
func span(hours float64) home.Arg      { return home.Arg{Kind: "span", Number: math.Round(hours*60) * 60} }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
