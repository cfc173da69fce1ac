package presence

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

func line(key string, args ...home.Arg) home.Line { return home.Line{Key: key, Args: args} }

func clock(t time.Time) home.Arg { return home.Arg{Kind: "clock", At: t.Truncate(time.Minute)} }
func metres(m float64) home.Arg  { return home.Arg{Kind: "metres", Number: coarse(m)} }
func text(s string) home.Arg     { return home.Arg{Kind: "text", Text: s} }
func number(n float64) home.Arg  { return home.Arg{Kind: "number", Number: n} }
func weekday(t time.Time) home.Arg {
	return home.Arg{Kind: "weekday", Number: float64(t.Weekday()), Text: t.Weekday().String()}
}
func span(d time.Duration) home.Arg {
	return home.Arg{Kind: "span", Number: math.Round(d.Minutes()) * 60}
}

// presence is what is shown of a person.
func (p *person) presence(now time.Time) home.Presence {
	s := home.Presence{State: p.State, Since: p.Since, Heard: p.Heard.Truncate(time.Minute)}
	if s.State == "" {
		s.State = Unknown
	}
	if p.State == JustLeft {
		s.Since = p.Suspect
	}
	if p.Place.known() {
		s.DistanceM = coarse(p.Place.Metres)
	}
	if p.out() {
		g := p.guessed(now)
		s.Early, s.ETA, s.Late = g.eta[0], g.eta[1], g.eta[2]
	}
	s.Evidence = p.signs(now)
	return s
}

const silentAfter = 2 * time.Hour

// signs are the reasons, the weightiest first.
func (p *person) signs(now time.Time) []home.Line {
	var out []home.Line
	add := func(l home.Line) { out = append(out, l) }
	if p.Said.State != "" {
		switch {
		case p.Said.ETA.IsZero():
			add(line("presence.sign.said."+p.Said.State, clock(p.Said.At)))
		default:
			add(line("presence.sign.said_until."+p.Said.State, clock(p.Said.At), clock(p.Said.ETA)))
		}
	}
	switch {
	case p.in() && p.Net.On:
		add(line("presence.sign.network", clock(p.Net.Since)))
	case p.in() && p.Net.Known && !p.Net.Vain:
		add(line("presence.sign.network_lost", clock(p.Net.Since)))
	}
	if p.State == JustLeft {
		add(line("presence.sign.leaving", clock(p.Suspect)))
	}
	if p.out() && p.At.Name != "" {
		add(line("presence.sign.place", text(p.At.Name), clock(p.At.Since)))
	}
	if p.Coming.live(now) && p.out() {
		m, _ := p.Habits.travel(p.Coming.Metres)
		add(line("presence.sign.nearer", metres(p.Coming.Metres), clock(p.Coming.At), span(time.Duration(m*float64(time.Minute)))))
	} else if p.Place.known() && p.Place.Metres > 0 {
		add(line("presence.sign.phone", metres(p.Place.Metres), clock(p.Place.Heard)))
	}
	if p.out() {
		if u := p.guessed(now).o.Usual; u.Key != "" {
			add(u)
		}
	}
	if !p.Heard.IsZero() && now.Sub(p.Heard) > silentAfter {
		add(line("presence.sign.silent", clock(p.Heard)))
	}
	return out
}

// usual puts the habit in words: when he is usually back, and how often of how many.
func (p *person) usual(now time.Time) home.Line {
	all := p.Habits.candidates(p.Since, now, p.Far)
	var alike, same []candidate
	for _, c := range all {
		if c.weight >= 0.25 {
			alike = append(alike, c)
			if c.same {
				same = append(same, c)
			}
		}
	}
	day := len(same) >= 3
	if day {
		alike = same
	}
	if len(alike) < 3 {
		return home.Line{}
	}
	best, count := 0.0, 0
	for _, c := range alike { // the moment within half an hour of which most of them lie
		n := 0
		for _, d := range alike {
			if math.Abs(d.at-c.at) <= 30 {
				n++
			}
		}
		if n > count {
			best, count = c.at, n
		}
	}
	if count < 2 || 2*count < len(alike) {
		return home.Line{}
	}
	at := now.Add(time.Duration(best) * time.Minute).Round(5 * time.Minute)
	if day {
		return line("presence.sign.usual_day", clock(at), weekday(p.Since), number(float64(count)), number(float64(len(alike))))
	}
	return line("presence.sign.usual", clock(at), number(float64(count)), number(float64(len(alike))))
}
