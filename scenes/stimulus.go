package scenes

import (
	"slices"
	"strconv"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func (a *Anatomy) trigger(s *scene, t *trigger, v *home.View) {
	x := Stimulus{Path: t.path, After: t.held}
	switch {
	case t.timed():
		x.Timer = timerPrefix + s.id + "/" + timerAt + "/" + strconv.Itoa(t.n)
	case t.mode != "":
		a.ReadsMode = true
		x.Facts = []home.Body{home.ModeSet{Mode: t.mode}}
	case t.scene != "":
		a.Follows = append(a.Follows, t.scene)
		return
	case t.webhook != "":
		x.Facts = []home.Body{home.WebhookCalled{Name: t.webhook}}
	case t.topic != "":
		heard := home.TopicHeard{Topic: t.topic}
		if t.payload != nil {
			heard.Payload = *t.payload
		}
		x.Facts = []home.Body{heard}
	case t.person != "":
		a.presence(t, x, v)
		return
	default:
		a.device(t, x, v)
		return
	}
	a.Stimuli = append(a.Stimuli, x)
}

// comesIn is when somebody comes who is said to be on the way home.
const comesIn = 30 * time.Minute

// presence has people say where they are: those who carry a tracker, as the triggers count them. That somebody has just
// left, or has been away for long, cannot be said, so nothing brings it about.
func (a *Anatomy) presence(t *trigger, x Stimulus, v *home.View) {
	before, known := map[string]string{"home": "away", "away": "home", "arriving": "away"}[t.presence]
	if !known {
		return
	}
	says := func(who home.PersonID, state string) home.Body {
		said := home.Statement{State: state}
		if state == "arriving" {
			said.ETA = v.At.Add(comesIn)
		}
		return home.Stated{Person: who, Said: said}
	}
	var who []home.PersonID
	for _, p := range v.People() {
		if p.ID == t.person || len(p.Trackers) > 0 && (t.person == anyone || t.person == everyone || t.person == firstOne) {
			who = append(who, p.ID)
			x.Before = append(x.Before, says(p.ID, before))
		}
	}
	if len(who) == 0 {
		return
	}
	if t.person != everyone {
		who = who[:1]
	}
	for _, p := range who {
		x.Facts = append(x.Facts, says(p, t.presence))
	}
	a.Stimuli = append(a.Stimuli, x)
}

func (a *Anatomy) device(t *trigger, x Stimulus, v *home.View) {
	for _, d := range t.devices(v) {
		source := v.Source(d.Sources[0])
		if t.event != "" {
			args := map[string]model.Value{}
			if spec := model.LookupEvent(t.event.Split()); spec != nil {
				for i := range spec.Args {
					args[string(spec.Args[i].Attribute)] = sample(&spec.Args[i])
				}
			}
			for k, want := range t.args {
				args[k] = want
			}
			for _, e := range d.Endpoints() {
				if slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == t.event }) && (t.endpoint == "" || t.endpoint == e.ID) {
					x.Facts = []home.Body{home.Happened{Happening: model.Happening{Source: source.Description.Source, Endpoint: e.ID, Event: t.event, Args: args}}}
					a.Stimuli = append(a.Stimuli, x)
					break
				}
			}
			continue
		}
		slot, ok := t.slotOf(d, t.attribute)
		if !ok {
			continue
		}
		a.Reads = append(a.Reads, home.Touch{Device: d.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute})
		before, after := t.edge(d.Property(slot))
		if before.IsUnknown() || after.IsUnknown() {
			continue
		}
		says := func(value model.Value, caughtUp bool) []home.Body {
			return []home.Body{home.Reported{Source: source.Description.Source, Readings: []model.Reading{{Endpoint: slot.Endpoint, Attribute: slot.Attribute, Value: value, CaughtUp: caughtUp}}}}
		}
		x.Before, x.Facts = says(before, true), says(after, false)
		if d.Property(slot).Access.CanWrite() { // as by a program: a person's touch would be held against scenes
			x.Facts = []home.Body{home.Asked{Ask: home.Ask{ID: model.CommandID(t.path), Device: d.ID, Endpoint: slot.Endpoint,
				Writes: []model.Write{{Attribute: slot.Attribute, Value: after}}, Cause: &model.Cause{Kind: model.CauseProgram}}}}
		}
		a.Stimuli = append(a.Stimuli, x)
	}
}

// edge is a value from which, and one to which, a step sets the trigger off; unknown when there are none.
func (t *trigger) edge(prop *model.Property) (before, after model.Value) {
	switch {
	case t.to != nil:
		after = *t.to
		if t.from != nil {
			return *t.from, after
		}
		return other(prop, after), after
	case t.changes:
		after = sample(prop)
		return other(prop, after), after
	case t.above != nil || t.below != nil:
		border, step := t.above, 1.0
		if border == nil {
			border, step = t.below, -1.0
		}
		if prop.Step > 0 && prop.Step < 1 {
			step *= prop.Step
		}
		check := func(f float64) model.Value {
			v, err := prop.Check(model.Number(f))
			if err != nil {
				return model.Value{}
			}
			return v
		}
		return check(*border - step), check(*border + step)
	}
	return before, after
}

// sample is a value that fits.
func sample(prop *model.Property) model.Value {
	switch prop.Type {
	case model.TypeBool:
		return model.Bool(true)
	case model.TypeInt, model.TypeFloat:
		if prop.Min != nil {
			return model.Number(*prop.Min)
		}
		return model.Number(1)
	case model.TypeEnum:
		if len(prop.Options) > 0 {
			return model.String(prop.Options[0])
		}
	case model.TypeString:
		return model.String("1")
	}
	return model.Value{}
}

// other is a value that fits and is not v.
func other(prop *model.Property, v model.Value) model.Value {
	switch prop.Type {
	case model.TypeBool:
		b, _ := v.Bool()
		return model.Bool(!b)
	case model.TypeEnum:
		for _, o := range prop.Options {
			if model.String(o) != v {
				return model.String(o)
			}
		}
	case model.TypeInt, model.TypeFloat:
		f, _ := v.Number()
		for _, c := range []float64{f - 1, f + 1} {
			if w, err := prop.Check(model.Number(c)); err == nil {
				return w
			}
		}
	}
	return model.Value{}
}
