// Package adaptertest holds what every adapter owes the hub, as checks: the built-in adapters run them in their tests, and the
// conformance kit holds plugins against the same ones.
//
// Use: an [Observer] stands for the hub, remembers what it was told, and notes each [Violation] of the contract of package
// adapters. [Run] drives an adapter through its life with one.
package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/concord-home/hub/model"
)

// Rule names a duty of an adapter.
type Rule string

// The rules.
const (
	RuleOwnSource     Rule = "own-source"      // an adapter speaks of its own sources only
	RuleDescribed     Rule = "described-first" // nothing is said of a source before it is described
	RuleInDescription Rule = "in-description"  // attributes and events are those of the description
	RuleInRange       Rule = "in-range"        // values are of their attribute's type, range and members
	RuleCatalogue     Rule = "catalogue"       // what is described is in the catalogue, and not wider than it
	RuleWhy           Rule = "says-why"        // whoever says that a source cannot be reached says why
	RuleOneOutcome    Rule = "one-outcome"     // a command has one outcome, which is acked, rejected or timed out
)

// Violation is something that an adapter must not do.
type Violation struct {
	Rule   Rule
	Source model.SourceID
	Detail string
}

func (v Violation) String() string { return fmt.Sprintf("%s: %s: %s", v.Rule, v.Source, v.Detail) }

type place struct {
	source   model.SourceID
	endpoint model.EndpointID
	attr     model.Attribute
}

// Observer is an [adapters.Hub].
type Observer struct {
	prefix string

	mu         sync.Mutex
	sources    map[model.SourceID]model.Description
	values     map[place]model.Value
	reachable  map[model.SourceID]bool
	why        map[model.SourceID]string
	events     []model.Happening
	outcomes   map[model.CommandID]model.Outcome
	violations []Violation
	changed    chan struct{} // closed and replaced at whatever is told
}

// NewObserver observes the adapter of a name.
func NewObserver(adapter string) *Observer {
	return &Observer{prefix: adapter + "/", sources: map[model.SourceID]model.Description{}, values: map[place]model.Value{}, reachable: map[model.SourceID]bool{},
		why: map[model.SourceID]string{}, outcomes: map[model.CommandID]model.Outcome{}, changed: make(chan struct{})}
}

// told takes the lock, does what is given and lets those who wait look.
func (o *Observer) told(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *Observer) violate(r Rule, s model.SourceID, format string, args ...any) {
	v := Violation{r, s, fmt.Sprintf(format, args...)}
	if !slices.Contains(o.violations, v) && len(o.violations) < 100 {
		o.violations = append(o.violations, v)
	}
}

func (o *Observer) described(s model.SourceID, what string) bool {
	if !strings.HasPrefix(string(s), o.prefix) {
		o.violate(RuleOwnSource, s, "%s of a source that is not %s…", what, o.prefix)
		return false
	}
	if _, ok := o.sources[s]; !ok {
		o.violate(RuleDescribed, s, "%s before it was described", what)
		return false
	}
	return true
}

// Describe takes a description.
func (o *Observer) Describe(d model.Description) {
	o.told(func() {
		if !strings.HasPrefix(string(d.Source), o.prefix) {
			o.violate(RuleOwnSource, d.Source, "a description of a source that is not %s…", o.prefix)
			return
		}
		for _, e := range d.Endpoints {
			for i := range e.Properties {
				o.property(d.Source, &e.Properties[i])
			}
			for _, a := range e.Actions {
				if c, name := a.Split(); model.LookupCommand(c, name) == nil {
					o.violate(RuleCatalogue, d.Source, "the action %s", a)
				}
			}
			for _, x := range e.Events {
				if c, name := x.Event.Split(); model.LookupEvent(c, name) == nil {
					o.violate(RuleCatalogue, d.Source, "the event %s", x.Event)
				}
			}
		}
		o.sources[d.Source] = d
	})
}

func (o *Observer) property(s model.SourceID, p *model.Property) {
	spec := model.LookupAttribute(p.Attribute)
	switch {
	case spec == nil && !p.Attribute.IsLongTail():
		o.violate(RuleCatalogue, s, "the attribute %s", p.Attribute)
	case spec == nil:
	case spec.Type != p.Type || spec.Unit != p.Unit:
		o.violate(RuleCatalogue, s, "%s is a %s in %q, not a %s in %q", p.Attribute, spec.Type, spec.Unit, p.Type, p.Unit)
	}
}

func (o *Observer) find(s model.SourceID, e model.EndpointID) *model.EndpointDescription {
	d := o.sources[s]
	for i := range d.Endpoints {
		if d.Endpoints[i].ID == e {
			return &d.Endpoints[i]
		}
	}
	return nil
}

// Report takes readings.
func (o *Observer) Report(s model.SourceID, readings []model.Reading) {
	o.told(func() {
		if !o.described(s, "a report") {
			return
		}
		for _, r := range readings {
			var prop *model.Property
			if e := o.find(s, r.Endpoint); e != nil {
				if i := slices.IndexFunc(e.Properties, func(p model.Property) bool { return p.Attribute == r.Attribute }); i >= 0 {
					prop = &e.Properties[i]
				}
			}
			if prop == nil {
				o.violate(RuleInDescription, s, "a report of %s %s", r.Endpoint, r.Attribute)
				continue
			}
			v, err := prop.Check(r.Value)
			if err != nil {
				o.violate(RuleInRange, s, "%v", err)
				continue
			}
			o.values[place{s, r.Endpoint, r.Attribute}] = v
			if r.Quality == "" || r.Quality == model.Good {
				o.reachable[s], o.why[s] = true, ""
			}
		}
	})
}

// Happened takes an event.
func (o *Observer) Happened(h model.Happening) {
	o.told(func() {
		if !o.described(h.Source, "an event") {
			return
		}
		e := o.find(h.Source, h.Endpoint)
		if e == nil || !slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == h.Event }) {
			o.violate(RuleInDescription, h.Source, "the event %s %s", h.Endpoint, h.Event)
			return
		}
		o.events = append(o.events, h)
	})
}

// Reachable takes whether a source answers.
func (o *Observer) Reachable(s model.SourceID, ok bool, why string) {
	o.told(func() {
		if !o.described(s, "whether it answers") {
			return
		}
		if !ok && why == "" {
			o.violate(RuleWhy, s, "it is said not to answer, and not why")
		}
		o.reachable[s], o.why[s] = ok, why
	})
}

// Gone takes that a source left.
func (o *Observer) Gone(s model.SourceID, _ string) {
	o.told(func() {
		if o.described(s, "that it left") {
			delete(o.sources, s)
		}
	})
}

// Outcome takes what became of a command.
func (o *Observer) Outcome(id model.CommandID, out model.Outcome) {
	o.told(func() {
		if old, twice := o.outcomes[id]; twice {
			o.violate(RuleOneOutcome, "", "the command %s is %s after it was %s", id, out.Status, old.Status)
		}
		if out.Status != model.Acked && out.Status != model.Rejected && out.Status != model.TimedOut {
			o.violate(RuleOneOutcome, "", "the outcome of %s is %q", id, out.Status)
		}
		o.outcomes[id] = out
	})
}

// Wait waits until ok is true of what was told, or the context ends.
func (o *Observer) Wait(ctx context.Context, ok func() bool) bool {
	for {
		o.mu.Lock()
		changed := o.changed
		o.mu.Unlock()
		if ok() {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ok()
		}
	}
}
