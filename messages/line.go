package messages

import (
	"math"
	"strconv"
	"time"

	"github.com/concord-home/hub/home"
)

// Reading is the language, the zone and the names that a line is read with.
type Reading struct {
	Lang string
	Zone *time.Location // of the house's clock; nil is UTC
	// Name finds what a person ("person"), device ("device") or room ("room") is called; "" when it knows no better than the id.
	Name func(kind, id string) string
}

// Line puts a sentence that was kept as data in words.
func (r Reading) Line(l home.Line) string {
	if l.Key == "" {
		return ""
	}
	args := make([]any, len(l.Args))
	for i, a := range l.Args {
		args[i] = r.arg(a)
	}
	return Text(r.Lang, l.Key, args...)
}

func (r Reading) arg(a home.Arg) string {
	switch a.Kind {
	case "clock":
		return r.in(a.At).Format("15:04")
	case "day":
		return r.in(a.At).Format("2006-01-02 15:04")
	case "weekday":
		return Text(r.Lang, "weekday."+strconv.Itoa(int(a.Number)))
	case "span":
		return Span(r.Lang, time.Duration(a.Number)*time.Second)
	case "celsius":
		return trim(a.Number) + " °C"
	case "kelvin":
		return trim(a.Number) + " K"
	case "metres":
		if a.Number >= 1000 {
			return trim(a.Number/1000) + " km"
		}
		return trim(a.Number) + " m"
	case "number":
		return trim(a.Number)
	case "person":
		if a.Text == string(home.Somebody) || a.Text == "" {
			return Text(r.Lang, "presence.somebody")
		}
	}
	if r.Name != nil {
		if name := r.Name(a.Kind, a.Text); name != "" {
			return name
		}
	}
	return a.Text
}

func (r Reading) in(t time.Time) time.Time {
	if r.Zone == nil {
		return t.UTC()
	}
	return t.In(r.Zone)
}

// trim is a number with at most one digit after the point, and a true minus.
func trim(f float64) string {
	s := strconv.FormatFloat(math.Round(math.Abs(f)*10)/10, 'f', -1, 64)
	if f < 0 && s != "0" {
		return "−" + s
	}
	return s
}
