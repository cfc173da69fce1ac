package scenes

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// scene is a document as read.
type scene struct {
	id       string
	names    map[string]string
	enabled  bool
	when     []trigger
	cond     *cond // nil when there is none
	code     []op
	counters int
	arrival  *arrival

	runs    runMode
	maxRuns int
	quiet   *window
	limit   limit
	claim   home.Claim
	// yieldRun says that a person's touch counts only for the run in which it came.
	yieldRun bool
	print    uint64 // of the document: runs of another one cannot go on
}

// runMode says what becomes of a trigger while a run is under way.
type runMode string

const (
	single   runMode = "single"   // it is let pass
	restart  runMode = "restart"  // the run is ended and a new one begins
	queued   runMode = "queue"    // a new run begins afterwards
	parallel runMode = "parallel" // both run
)

var runModes = []string{string(single), string(restart), string(queued), string(parallel)}

const (
	usualRuns = 10
	mostRuns  = 100
)

// limit is how often a scene may run by itself within a time; no times means no limit.
type limit struct {
	times int
	per   time.Duration
}

// target is one thing to do.
type target struct {
	path       string
	device     model.DeviceID
	members    []model.DeviceID // a group named one by one
	room       home.RoomID
	role       string
	endpoint   model.EndpointID
	set        []write
	command    model.Attribute
	args       map[string]model.Value
	transition float64 // seconds
}

type write struct {
	path string
	model.Write
}

const (
	anyone   home.PersonID = "anyone"
	everyone home.PersonID = "everyone"
	firstOne home.PersonID = "first" // who gets there while nobody else is
)

// read decodes a document. What it says about the house is for check to judge.
func read(id string, doc json.RawMessage) (*scene, problems) {
	var p problems
	s := &scene{id: id, enabled: true, runs: single, maxRuns: usualRuns, claim: home.Claim{Retries: 1}}
	if !p.valid(doc) {
		return s, p
	}
	sum := fnv.New64a()
	_, _ = sum.Write(doc)
	s.print = sum.Sum64()
	c := compiler{p: &p}
	p.fields("", doc, "names, enabled, when, then, arrival, if, runs, max_runs, quiet, limit, override, yield, priority, lease, retry, about", readers{
		"names":   p.into(&s.names, `names by language, such as {"": "Movie night"}`),
		"about":   p.into(new(string), "a text"),
		"enabled": p.into(&s.enabled, "true or false"),
		"when": func(m member) {
			p.list(m, func(path string, raw json.RawMessage) { s.when = append(s.when, p.trigger(path, raw)) })
		},
		"if":       func(m member) { s.cond = p.conds(m, 0) },
		"then":     c.list,
		"arrival":  func(m member) { s.arrival = p.arrival(m) },
		"runs":     func(m member) { p.oneOf(m, (*string)(&s.runs), runModes) },
		"max_runs": p.into(&s.maxRuns, "a number of runs"),
		"quiet":    func(m member) { s.quiet = p.window(m) },
		"limit":    func(m member) { s.limit = p.limit(m) },
		"override": p.into(&s.claim.Override, "true or false"),
		"yield":    func(m member) { p.untilRun(m, &s.claim.Yield, &s.yieldRun) },
		"lease": func(m member) {
			run := false
			if p.untilRun(m, &s.claim.Lease, &run); run {
				s.claim.Lease = -1
			}
		},
		"priority": p.into(&s.claim.Priority, "a number from 0 to 90"),
		"retry":    p.into(&s.claim.Retries, "a number from 0 to 5"),
	})
	s.code, s.counters = c.code, c.counters
	p.inRange("max_runs", s.maxRuns, 1, mostRuns)
	p.inRange("priority", s.claim.Priority, 0, 90)
	p.inRange("retry", s.claim.Retries, 0, 5)
	if len(p) == 0 {
		p.kind(s)
	}
	return s, p
}

func (p *problems) inRange(path string, n, least, most int) {
	if n < least || n > most {
		p.add(path, fmt.Sprintf("a number from %d to %d", least, most), "got %d", n)
	}
}

func (p *problems) oneOf(m member, into *string, words []string) {
	p.into(into, "one of "+strings.Join(words, ", "))(m)
	if !slices.Contains(words, *into) {
		p.add(m.path, "one of "+strings.Join(words, ", "), "got %s", brief(m.raw))
	}
}

func (p *problems) limit(m member) limit {
	l := limit{per: time.Hour}
	p.fields(m.path, m.raw, "times, per", readers{"times": p.into(&l.times, "a number of runs"), "per": p.span(&l.per, time.Second, 30*day)})
	p.inRange(Join(m.path, "times"), l.times, 1, 1000)
	return l
}

// untilRun reads a duration, or the word run.
func (p *problems) untilRun(m member, into *time.Duration, run *bool) {
	if string(m.raw) == `"run"` {
		*run = true
		return
	}
	p.span(into, time.Second, 30*day)(m)
}

// kind refuses a document of no kind or of several.
func (p *problems) kind(s *scene) {
	switch {
	case s.arrival != nil && (len(s.when) > 0 || len(s.code) > 0 || s.cond != nil):
		p.add("arrival", "a scene of its own for what shall happen besides", "it stands beside when or then")
	case s.arrival == nil && len(s.code) == 0:
		p.add("the document", "steps under then, or arrival", "the scene does nothing")
	}
}

func (p *problems) target(path string, raw json.RawMessage) target {
	t := target{path: path}
	p.fields(path, raw, "device, devices, room, role, endpoint, set, command, args, transition", readers{
		"device":     p.into(&t.device, "a device's id"),
		"devices":    p.into(&t.members, "a list of devices' ids"),
		"room":       p.into(&t.room, "a room's id"),
		"role":       p.into(&t.role, `a role, such as "ceiling light"`),
		"endpoint":   p.into(&t.endpoint, "an endpoint of the device"),
		"set":        func(m member) { t.set = p.writes(m) },
		"command":    p.into(&t.command, `a command, such as "window_covering.close"`),
		"args":       func(m member) { t.args = p.values(m) },
		"transition": p.into(&t.transition, "a number of seconds"),
	})
	p.addressed(t)
	return t
}

// oneAddress refuses a target that names nothing, or two things.
func (p *problems) oneAddress(t target) {
	switch {
	case t.device == "" && t.room == "" && t.role == "" && len(t.members) == 0:
		p.add(t.path, "a device, a room, a role, or a room and a role", "it names nothing to act on")
	case t.device != "" && (t.room != "" || t.role != "" || t.members != nil), t.members != nil && (t.room != "" || t.role != ""):
		p.add(t.path, "either a device (or devices), or a room or role", "it names both")
	}
}

func (p *problems) addressed(t target) {
	p.oneAddress(t)
	switch {
	case len(t.set) == 0 && t.command == "":
		p.add(t.path, `attributes under set, such as {"on_off.on": true}, or a command`, "it does nothing")
	case len(t.set) > 0 && t.command != "":
		p.add(t.path, "two targets, one for each", "it has both set and command")
	case t.command == "" && t.args != nil:
		p.add(Join(t.path, "args"), "a command that they are for", "there is no command")
	}
	p.transition(t.path, t.transition)
}

func (p *problems) transition(path string, seconds float64) {
	if seconds < 0 || seconds > longestTransition {
		p.add(Join(path, "transition"), fmt.Sprintf("0 to %d seconds", longestTransition), "got %v", seconds)
	}
}

const longestTransition = 3600 // seconds

func (p *problems) writes(m member) []write {
	var out []write
	for _, w := range p.object(m.path, m.raw) {
		v, ok := p.value(w)
		if ok {
			out = append(out, write{w.path, model.Write{Attribute: model.Attribute(w.key), Value: v}})
		}
	}
	return out
}

func (p *problems) values(m member) map[string]model.Value {
	out := map[string]model.Value{}
	for _, a := range p.object(m.path, m.raw) {
		if v, ok := p.value(a); ok {
			out[a.key] = v
		}
	}
	return out
}

func (p *problems) value(m member) (model.Value, bool) {
	var v model.Value
	if err := v.UnmarshalJSON(m.raw); err != nil || v.IsUnknown() {
		p.add(m.path, "a value", "got %s", brief(m.raw))
		return v, false
	}
	return v, true
}

// typed gives a value the type that JSON does not carry (a time, a sorted set), so that it equals what devices report.
func typed(a model.Attribute, v model.Value) model.Value {
	if prop := model.LookupAttribute(a); prop != nil {
		if w, err := prop.Check(v); err == nil {
			return w
		}
	}
	return v
}
