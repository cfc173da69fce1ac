package converse

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
)

// scene runs a scene by hand.
func (t *turn) scene(ctx context.Context, c *grammar.Clause) {
	th, _ := c.Name()
	id, ok := strings.CutPrefix(th.ID, sceneThing)
	switch {
	case !ok:
		t.fail("no_valid_targets", "not_found")
	case !t.caller.Whole():
		t.fail("forbidden", "not_allowed")
	case t.req.DryRun:
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, "scene "+id)
		t.dry()
	default:
		if err := t.e.o.House.Do(ctx, home.SceneAsked{ID: id, Cause: t.cause()}); err != nil {
			t.fail("failed_to_handle", "failed", t.sceneName(id), t.wrong(err))
			return
		}
		t.kind(KindDone)
		t.say("scene", t.sceneName(id))
	}
}

// sceneName is what a scene is called in the language of the talk.
func (t *turn) sceneName(id string) string {
	for _, s := range t.view.Scenes() {
		if s.ID == id {
			return cmp.Or(t.nameIn(sceneNames(s)), strings.ReplaceAll(id, "_", " "))
		}
	}
	return id
}

// sceneCalled finds the scene whose name was said, or that bears one of these words as its id or name.
func (t *turn) sceneCalled(words ...string) (home.SceneRecord, bool) {
	said := strings.ToLower(t.req.Text)
	for _, s := range t.view.Scenes() {
		for _, n := range sceneNames(s) {
			if n = strings.ToLower(n); n != "" && strings.Contains(said, n) {
				return s, true
			}
		}
	}
	for _, s := range t.view.Scenes() {
		for _, n := range append(mapValues(sceneNames(s)), s.ID) {
			if n != "" && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, n) }) {
				return s, true
			}
		}
	}
	return home.SceneRecord{}, false
}

// modes of the house as they are called in the house.
var houseModes = map[string]string{"sleep": "night", "away": "away", "home": "home", "vacation": "vacation"}

// houseMode begins a mode of the house, or runs the scene that is called so.
func (t *turn) houseMode(ctx context.Context, c *grammar.Clause) {
	word := c.Words["house_mode"]
	if !t.caller.Whole() {
		t.fail("forbidden", "not_allowed")
		return
	}
	mode := houseModes[word]
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, "mode "+word)
		t.say("dry_run")
		return
	}
	if mode != "" && t.e.o.Mode != nil {
		if err := t.e.o.Mode(ctx, mode, t.cause()); err != nil {
			t.fail("failed_to_handle", "failed", phrase(t.lang, "house_mode."+word), t.wrong(err))
			return
		}
		t.kind(KindDone)
		t.say("mode_set", phrase(t.lang, "house_mode."+word))
		return
	}
	if s, ok := t.sceneCalled(word, word+"_mode", mode); ok {
		if err := t.e.o.House.Do(ctx, home.SceneAsked{ID: s.ID, Cause: t.cause()}); err == nil {
			t.kind(KindDone)
			t.say("scene", t.sceneName(s.ID))
			return
		}
	}
	t.fail("failed_to_handle", "no_such_mode")
}
