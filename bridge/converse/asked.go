package converse

import (
	"context"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/model"
)

// goOn takes a sentence as the answer to what was asked; false when it is none.
func (t *turn) goOn(ctx context.Context, p *pending) bool {
	m, ok := t.words.Parse(t.req.Text)
	intent := grammar.Intent("")
	if ok && len(m.Clauses) == 1 {
		intent = m.Clauses[0].Intent
	}
	if intent == "No" || intent == "Nevermind" {
		t.kind(KindAnswer)
		t.say("cancelled")
		return true
	}
	switch {
	case p.confirm == "pin":
		return t.goOnWithPIN(ctx, p)
	case p.confirm == "yesno":
		if intent != "Yes" {
			return false
		}
		t.sure = true
	case p.more != "":
		if ok {
			return false // another order
		}
		if m, ok = t.words.Parse(p.more + phrase(t.lang, "space") + t.req.Text); !ok {
			return false
		}
		t.surely = m.Confidence()
		t.run(ctx, append(m.Clauses, p.rest...))
		return true
	default:
		if !t.choose(p, &m, ok) {
			return false
		}
	}
	t.run(ctx, append([]grammar.Clause{p.clause}, p.rest...))
	return true
}

func (t *turn) goOnWithPIN(ctx context.Context, p *pending) bool {
	digits := grammar.Digits(t.words, t.req.Text)
	if digits == "" {
		return false
	}
	switch t.e.CheckPIN(digits) {
	case PINRight:
		t.sure = true
		t.run(ctx, append([]grammar.Clause{p.clause}, p.rest...))
	case PINLocked:
		t.fail("forbidden", "pin_locked")
	default:
		p.at = t.e.o.Now()
		t.talk.pending = p
		t.reply.Confirm = &Confirmation{"pin"}
		t.kind(KindConfirm)
		t.reply.Code = "pin_wrong"
		t.say("pin_wrong")
	}
	return true
}

// choose takes the answer to "which one?": a name, a room, or the word that tells them apart.
func (t *turn) choose(p *pending, m *grammar.Meaning, parsed bool) bool {
	if parsed && len(m.Clauses) == 1 {
		if _, isAction := actionOf(&m.Clauses[0]); isAction && m.Clauses[0].Intent != p.clause.Intent {
			return false // another order, not an answer
		}
	}
	said := strings.ToLower(strings.TrimSpace(t.req.Text))
	contains := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			n = strings.ToLower(n)
			return n != "" && (strings.Contains(said, n) || len([]rune(said)) > 1 && strings.Contains(n, said))
		})
	}
	if listed(phrase(t.lang, "all_words"), strings.Trim(said, " .!。！")) {
		return t.chooseAll(p)
	}
	for _, id := range p.rooms {
		if room, ok := t.view.Room(id); ok && contains(mapValues(room.Names)) {
			p.clause.Areas = []grammar.Place{{ID: string(id), Name: room.Name(t.base())}}
			return true
		}
	}
	for _, id := range p.options {
		d := t.view.Device(id)
		if d == nil {
			continue
		}
		room, _ := t.view.Room(d.Room)
		if contains(allNames(d)) && !t.sameNames(p.options) || contains(mapValues(room.Names)) {
			p.clause.Names = []grammar.Mention{{Said: t.name(d), Things: []grammar.Thing{{ID: deviceThing + string(id)}}}}
			p.clause.Areas = nil
			return true
		}
	}
	return false
}

// chooseAll takes "both" or "all of them" as the answer.
func (t *turn) chooseAll(p *pending) bool {
	if len(p.rooms) > 0 {
		p.clause.Areas = nil
		for _, id := range p.rooms {
			p.clause.Areas = append(p.clause.Areas, grammar.Place{ID: string(id)})
		}
		return true
	}
	var all grammar.Mention
	for _, id := range p.options {
		all.Things = append(all.Things, grammar.Thing{ID: deviceThing + string(id)})
	}
	p.clause.Names, p.clause.Areas, t.every = []grammar.Mention{all}, nil, true
	return len(p.options) > 0
}

func (t *turn) sameNames(ids []model.DeviceID) bool {
	first := t.view.Device(ids[0])
	for _, id := range ids[1:] {
		if d := t.view.Device(id); first == nil || d == nil || t.name(d) != t.name(first) {
			return false
		}
	}
	return true
}
