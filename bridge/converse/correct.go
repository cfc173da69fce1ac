package converse

import (
	"context"
	"slices"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// correct does the last command to what was really meant: "no, the kitchen one". What was done by mistake is taken back.
func (t *turn) correct(ctx context.Context, c *grammar.Clause) *pending {
	if t.talk.did == nil {
		t.fail("failed_to_handle", "nothing_to_correct")
		return nil
	}
	meant := *t.talk.did
	a, ok := actionOf(&meant)
	if !ok {
		t.fail("failed_to_handle", "nothing_to_correct")
		return nil
	}
	meant.Names, meant.Areas, meant.Floors, meant.Except, meant.ExceptAreas = c.Names, c.Areas, c.Floors, nil, nil
	if len(c.Areas) > 0 && len(c.Names) == 0 {
		meant.Forget("here", "all", "everywhere")
	}
	if t.talk.undo != nil && !t.req.DryRun {
		t.undo(ctx)
	}
	t.reply.Intents = append(t.reply.Intents, t.understood(&meant))
	return t.act(ctx, &meant, a)
}

// stopping halts what was spoken of last, as far as it moves or plays.
func stopping() action {
	return action{reply: "stopped", ask: func(d *home.Device) (home.Ask, bool) {
		for _, name := range []model.Attribute{"window_covering.stop", "closure.stop", "robot_vacuum.pause", "media_playback.pause"} {
			if a, ok := command(d, name); ok {
				return a, true
			}
		}
		return home.Ask{}, false
	}}
}

// stop halts what was spoken of last; where nothing was, there is nothing to do.
func (t *turn) stop(ctx context.Context, c *grammar.Clause) *pending {
	a := stopping()
	can := func(d *home.Device) bool { _, ok := a.ask(d); return ok }
	if len(t.talk.last) == 0 || !slices.ContainsFunc(t.view.Devices(), func(d *home.Device) bool { return slices.Contains(t.talk.last, d.ID) && can(d) }) {
		t.tell("cancelled")
		return nil
	}
	return t.act(ctx, c, a)
}

// anyone tells whether somebody is in a room, as far as the house has sensors that notice people there.
func (t *turn) anyone(c *grammar.Clause) {
	senses := func(d *home.Device) bool {
		_, ok := truth(d, "occupancy.occupied")
		return ok && t.caller.May("occupancy.occupied")
	}
	f := t.devices(c, "", senses)
	if len(f.devices) == 0 {
		t.fail("no_valid_targets", "nothing_measures")
		return
	}
	for _, d := range f.devices {
		if there, _ := truth(d, "occupancy.occupied"); there {
			t.tell("somebody_there")
			return
		}
	}
	t.tell("nobody_there")
}
