package messages

import "time"

// Span is a span of time in words, to its most telling units: "45 s", "3 min", "2 h 5 min", "4 days".
func Span(lang string, d time.Duration) string {
	d = d.Abs()
	switch {
	case d < time.Minute:
		return Text(lang, "span.seconds", int(d/time.Second))
	case d < time.Hour:
		return Text(lang, "span.minutes", int(d/time.Minute))
	case d < 24*time.Hour:
		hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute)
		if minutes == 0 {
			return Text(lang, "span.hours", hours)
		}
		return Text(lang, "span.hours_minutes", hours, minutes)
	}
	return Text(lang, "span.days", int(d/(24*time.Hour)))
}

// Ago is how long ago t was, seen from now: "3 min ago", "just now" within 5 s, "never" for the zero time.
func Ago(lang string, t, now time.Time) string {
	if t.IsZero() {
		return Text(lang, "ago.never")
	}
	d := now.Sub(t)
	switch {
	case d.Abs() < 5*time.Second:
		return Text(lang, "ago.now")
	case d < 0:
		return Text(lang, "ago.future", Span(lang, d))
	}
	return Text(lang, "ago.past", Span(lang, d))
}
