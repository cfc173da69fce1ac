package converse

import (
	"context"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
)

func (t *turn) people() bool {
	if !t.caller.Whole() {
		t.fail("forbidden", "not_allowed")
		return false
	}
	return true
}

func (t *turn) whoIsHome() {
	if !t.people() {
		return
	}
	var names []string
	for _, p := range t.view.People() {
		if t.view.Presence(p.ID).State == "home" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		t.tell("nobody_home")
		return
	}
	t.tell("at_home", t.list(names))
}

func (t *turn) whereIs(c *grammar.Clause) {
	if !t.people() {
		return
	}
	for _, m := range c.Names {
		for _, x := range m.Things {
			if id, ok := strings.CutPrefix(x.ID, personThing); ok {
				p := t.view.Presence(home.PersonID(id))
				key := "person." + p.State
				if !hasPhrase(key) {
					key = "person.unknown"
				}
				if !p.ETA.IsZero() && p.State == "arriving" {
					at := t.here(p.ETA)
					t.kind(KindAnswer)
					t.speak(phraseOf(t.lang, "person.arriving_at", hourForm(at), x.Name, t.clock(at)))
					return
				}
				t.tell(key, x.Name)
				return
			}
		}
	}
	t.fail("no_valid_targets", "not_found")
}

// presence takes what a person says of where he is. Who speaks is the caller, or the only person who lives here.
func (t *turn) presence(ctx context.Context, state string, c *grammar.Clause) {
	person := t.speaker()
	var eta time.Time
	switch {
	case state == "later": // not before the morning
		now := t.e.o.Now()
		eta = grammar.Morning(now)
	case state == "arriving" && !c.At.IsZero():
		eta = c.At.Next(t.e.o.Now())
	case state == "arriving":
		eta = t.e.o.Now().Add(time.Duration(c.Span.Total() * float64(time.Second)))
		if c.Span.IsZero() {
			eta = time.Time{}
		}
	}
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, "presence "+string(person)+" "+state)
		t.dry()
		return
	}
	switch {
	case person == "":
		t.fail("failed_to_handle", "who_are_you")
		return
	case t.e.o.Statement == nil:
		t.fail("failed_to_handle", "cannot_do_that")
		return
	}
	if err := t.e.o.Statement(ctx, person, state, eta); err != nil {
		t.fail("failed_to_handle", "failed", string(person), t.wrong(err))
		return
	}
	t.kind(KindDone)
	if state == "arriving" && !eta.IsZero() {
		at := t.here(eta)
		t.speak(phraseOf(t.lang, "said.arriving", hourForm(at), t.clock(at)))
		return
	}
	t.say("said." + state)
}

// speaker is the person who speaks: the one the request names, the caller, or the only one who lives here.
func (t *turn) speaker() home.PersonID {
	people := t.view.People()
	for _, p := range people {
		if string(p.ID) == t.req.Person || t.req.Person != "" && strings.EqualFold(p.Name, t.req.Person) || string(p.ID) == t.caller.ID() {
			if t.caller.Manages() || string(p.ID) == t.caller.ID() || t.caller.Whole() {
				return p.ID
			}
		}
	}
	if len(people) == 1 && t.caller.Whole() {
		return people[0].ID
	}
	return ""
}
