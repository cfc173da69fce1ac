package scenes

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Anatomy is what a scene reads, sets and waits for in a house: what a search for conflicts begins with.
type Anatomy struct {
	Sets  []home.Aim // in the order of the steps
	Reads []home.Touch
	// Sets and reads the mode of the house; runs and follows other scenes.
	SetsMode, ReadsMode bool
	Runs, Follows       []string
	Stimuli             []Stimulus
}

// Touches are the attributes that the scene sets.
func (a *Anatomy) Touches() []home.Touch {
	out := make([]home.Touch, len(a.Sets))
	for i := range a.Sets {
		out[i] = a.Sets[i].Touch
	}
	return out
}

// Stimulus is what sets a scene off: Before brings about that it is news, Facts are the news, and After is how long
// it takes until the scene runs. One by the clock has no facts: its timer is Timer.
type Stimulus struct {
	Path   string
	Before []home.Body
	Facts  []home.Body
	After  time.Duration
	Timer  string
}

// Dissect finds out what a document touches in a house. Of rooms and roles it takes what is there now.
func Dissect(id string, doc json.RawMessage, v *home.View) Anatomy {
	s, p := read(id, doc)
	var a Anatomy
	if len(p) > 0 {
		return a
	}
	for i := range s.code {
		a.step(&s.code[i], v)
	}
	if s.cond != nil {
		a.cond(s.cond, v)
	}
	if !s.enabled {
		return a
	}
	for i := range s.when {
		s.when[i].n = i
		a.trigger(s, &s.when[i], v)
	}
	return a
}

func (a *Anatomy) step(x *op, v *home.View) {
	switch x.code {
	case opDo:
		re := home.Reaction{}
		x.target.do(&re, v)
		for _, ask := range re.Asks {
			a.asks(ask, v)
		}
	case opUnless, opUntil:
		a.cond(x.cond, v)
	case opMode:
		a.SetsMode = true
	case opScene:
		a.Runs = append(a.Runs, x.name)
	}
}

func (a *Anatomy) asks(ask home.Ask, v *home.View) {
	for _, w := range ask.Writes {
		a.Sets = append(a.Sets, home.Aim{Touch: home.Touch{Device: ask.Device, Endpoint: ask.Endpoint, Attribute: w.Attribute}, Value: w.Value})
	}
	if ask.Command == "" {
		return
	}
	capability, name := ask.Command.Split()
	spec := model.LookupCommand(capability, name)
	d := v.Device(ask.Device)
	if spec == nil || d == nil {
		return
	}
	own := []string{spec.Toggles}
	for n := range spec.Sets {
		own = append(own, n)
	}
	for n := range spec.Adds {
		own = append(own, n)
	}
	slices.Sort(own)
	for _, n := range own {
		slot := home.Slot{Endpoint: ask.Endpoint, Attribute: model.Attribute(string(capability) + "." + n)}
		if d.Property(slot) != nil {
			a.Sets = append(a.Sets, home.Aim{Touch: home.Touch{Device: d.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute}})
		}
	}
}

func (a *Anatomy) cond(c *cond, v *home.View) {
	if c == nil {
		return
	}
	for _, x := range c.of {
		a.cond(x, v)
	}
	switch c.kind {
	case condMode:
		a.ReadsMode = true
	case condAttribute:
		for _, d := range c.devices(v) {
			if slot, ok := c.slotOf(d, c.attribute); ok {
				a.Reads = append(a.Reads, home.Touch{Device: d.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute})
			}
		}
	}
}

// Topics are the MQTT topics that documents wait for; those that cannot be read wait for none.
func Topics(docs ...json.RawMessage) []string {
	var out []string
	for _, doc := range docs {
		s, p := read("", doc)
		if len(p) > 0 || !s.enabled {
			continue
		}
		for i := range s.when {
			if s.when[i].topic != "" {
				out = append(out, s.when[i].topic)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
