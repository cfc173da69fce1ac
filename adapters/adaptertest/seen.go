package adaptertest

import (
	"slices"

	"github.com/concord-home/hub/model"
)

// Violations are the duties that were not kept.
func (o *Observer) Violations() []Violation {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.violations)
}

// Sources are the sources that are there, sorted.
func (o *Observer) Sources() []model.SourceID {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []model.SourceID
	for s := range o.sources {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// Description is the newest of a source.
func (o *Observer) Description(s model.SourceID) (model.Description, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, ok := o.sources[s]
	return d, ok
}

// Value is what was last reported; ok is false when nothing was.
func (o *Observer) Value(s model.SourceID, e model.EndpointID, a model.Attribute) (v model.Value, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v, ok = o.values[place{s, e, a}]
	return v, ok
}

// Values is how many attributes of a source were reported.
func (o *Observer) Values(s model.SourceID) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for p := range o.values {
		if p.source == s {
			n++
		}
	}
	return n
}

// IsReachable is whether a source answers, as far as was said, and why not.
func (o *Observer) IsReachable(s model.SourceID) (ok bool, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reachable[s], o.why[s]
}

// Events are the events so far.
func (o *Observer) Events() []model.Happening {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.events)
}

// OutcomeOf is what became of a command.
func (o *Observer) OutcomeOf(id model.CommandID) (out model.Outcome, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, ok = o.outcomes[id]
	return out, ok
}
