package converse

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// amount is a number with its unit, as the language writes it: "21,5 °C", "40%", "26度". It has one decimal at most.
func amount(lang string, n float64, unit string) string {
	text := strings.Replace(plain(math.Round(n*10)/10), ".", phrase(lang, "decimal"), 1)
	switch unit {
	case "":
		return text
	case "%":
		return phrase(lang, "percent", text)
	case "°C":
		return phrase(lang, "celsius", text)
	}
	return text + " " + unit
}

// writes tells the value that a command sets, where it is one that is said: "40%", "high". What only switches has none.
func (t *turn) writes(d *home.Device, a home.Ask) string {
	for _, w := range a.Writes {
		slot, ok := d.Find(w.Attribute)
		if !ok || w.Attribute == attrHue || w.Attribute == attrSat || w.Attribute == attrX || w.Attribute == attrY {
			continue
		}
		if n, ok := w.Value.Number(); ok {
			return amount(t.lang, n, d.Property(slot).Unit)
		}
		if s, ok := w.Value.Text(); ok && w.Attribute == attrFanMode && hasPhrase("level."+s) {
			return phrase(t.lang, "level."+s)
		}
	}
	return ""
}

// beyond says what a device takes at most or at least, when a command asks for more or less.
func (t *turn) beyond(d *home.Device, a home.Ask) (key, limit string) {
	for _, w := range a.Writes {
		slot, ok := d.Find(w.Attribute)
		n, isNumber := w.Value.Number()
		if !ok || !isNumber {
			continue
		}
		switch p := d.Property(slot); {
		case p.Max != nil && n > *p.Max:
			return "too_high", amount(t.lang, *p.Max, p.Unit)
		case p.Min != nil && n < *p.Min:
			return "too_low", amount(t.lang, *p.Min, p.Unit)
		}
	}
	return "", ""
}

// clock is a time of day as it is said.
func (t *turn) clock(at time.Time) string {
	key := "clock"
	if at.Minute() == 0 {
		key = "clock_full"
	}
	return strings.TrimPrefix(at.Format(phrase(t.lang, key)), "0")
}

// here brings a moment into the house's time.
func (t *turn) here(at time.Time) time.Time { return at.In(t.e.o.Now().Location()) }

// date is a day as it is said.
func (t *turn) date(at time.Time) string {
	nth := func(key string, i int) string { return strings.Split(phrase(t.lang, key), ",")[i] }
	return phrase(t.lang, "date_form", nth("weekdays", int(at.Weekday())), nth("months", int(at.Month())-1), fmt.Sprint(at.Day()))
}

// moment is a time of day, with its day where that is not today.
func (t *turn) moment(at time.Time) string {
	at = t.here(at)
	if at.Format(time.DateOnly) == t.e.o.Now().Format(time.DateOnly) {
		return t.clock(at)
	}
	return phrase(t.lang, "moment", t.clock(at), t.date(at))
}

// duration is a span of time in words.
func (t *turn) duration(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		key string
		n   int
	}{{"hours", int(d.Hours())}, {"minutes", int(d.Minutes()) % 60}, {"seconds", int(d.Seconds()) % 60}} {
		if u.n > 0 {
			parts = append(parts, phraseOf(t.lang, u.key, form{n: u.n}, fmt.Sprint(u.n)))
		}
	}
	if len(parts) == 0 {
		return phraseOf(t.lang, "seconds", form{n: 2}, "0")
	}
	return strings.Join(parts, phrase(t.lang, "space"))
}

// spanForm is the form of a span of time: "one minute is left", "ten minutes are left".
func spanForm(d time.Duration) form {
	d = d.Round(time.Second)
	for _, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		if n := int(d / unit); n > 0 {
			return form{n: n}
		}
	}
	return form{n: 2}
}

// valueOf is a value with its unit, as it is said; false where it is not known, or none of the caller's business.
func (t *turn) valueOf(d *home.Device, a model.Attribute) (string, bool) {
	s, ok := d.Find(a)
	if !ok || !t.caller.May(a) {
		return "", false
	}
	st, _ := d.State(s)
	n, known := st.Value.Number()
	if !known {
		return "", false
	}
	return amount(t.lang, n, d.Property(s).Unit), true
}

// hourForm is the form of a time of day: Spanish and Italian have one o'clock in the singular.
func hourForm(at time.Time) form {
	if at.Hour() == 1 {
		return form{n: 1}
	}
	return form{n: 2}
}

// cutLast cuts a text at its last space.
func cutLast(text string) (before, last string, found bool) {
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return "", text, false
}
