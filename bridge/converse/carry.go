package converse

import (
	"cmp"
	"context"
	"slices"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// act gives the commands of a clause and tells what became of them.
func (t *turn) act(ctx context.Context, c *grammar.Clause, a action) *pending {
	f := t.devices(c, a.kind, func(d *home.Device) bool { _, ok := a.ask(d); return ok })
	if f.missing != "" && a.kind != "" { // there may be some that cannot: that is worth saying
		if able := t.devices(c, a.kind, func(*home.Device) bool { return true }); len(able.devices) > 0 {
			f = able
		}
	}
	switch {
	case f.missing != "":
		t.fail("no_valid_targets", f.missing)
		return nil
	case len(f.options) > 0:
		return t.which(f.options)
	case len(f.rooms) > 0:
		return t.whichRoom(f.rooms)
	case len(f.devices) > maxTogether && !t.sure:
		return t.confirm("yesno", "confirm_many", plain(float64(len(f.devices))))
	}
	if !c.For.IsZero() && !t.lastsAWhile(c, f.devices, a) {
		return nil
	}
	if t.barred(f.devices, a) {
		return nil
	}
	if !t.sure && a.risky != nil && !t.req.DryRun {
		if i := slices.IndexFunc(f.devices, a.risky); i >= 0 {
			if t.e.HasPIN() && f.devices[i].Type() != model.DeviceSiren {
				return t.confirm("pin", "say_pin", t.name(f.devices[i]))
			}
			key := "confirm." + a.reply
			if !hasPhrase(key) {
				key = "confirm.open"
			}
			return t.confirm("yesno", key, t.name(f.devices[i]))
		}
	}
	var asks []home.Ask
	var devices []*home.Device
	var results []result
	for _, d := range f.devices {
		ask, ok := a.ask(d)
		if !ok {
			results = append(results, t.cannot(d, cmp.Or(a.cannot, "cannot"), ""))
			continue
		}
		if !mayAll(t.caller, ask) {
			results = append(results, t.cannot(d, "failed", phrase(t.lang, "reason.forbidden")))
			continue
		}
		if key, limit := t.beyond(d, ask); key != "" {
			results = append(results, t.cannot(d, key, limit))
			continue
		}
		ask.Cause = t.cause()
		asks, devices = append(asks, ask), append(devices, d)
	}
	t.remember(f.devices)
	already := len(t.reply.Done)
	if t.req.DryRun {
		if len(results) > 0 {
			t.report(a, results)
		}
		t.plan(devices, asks)
	} else {
		t.report(a, append(t.give(ctx, devices, asks), results...))
	}
	if !c.For.IsZero() {
		t.until(ctx, c, t.reply.Done[already:])
	}
	return nil
}

// barred refuses what the caller may do with none of the devices, before anything is asked back.
func (t *turn) barred(devices []*home.Device, a action) bool {
	var all []result
	for _, d := range devices {
		ask, ok := a.ask(d)
		if !ok || mayAll(t.caller, ask) {
			return false
		}
		r := result{d: d, key: "failed", reason: phrase(t.lang, "reason.forbidden")}
		if _, open := t.caller.(Speaker); open && !t.e.HasPIN() && a.risky != nil {
			r.key = "needs_pin"
		}
		all = append(all, r)
	}
	for _, r := range all {
		t.kept(r)
	}
	t.reply.Code = "forbidden"
	t.report(a, all)
	return true
}

func (t *turn) remember(devices []*home.Device) {
	t.talk.last = nil
	for _, d := range devices {
		t.talk.last = append(t.talk.last, d.ID)
	}
}

func (t *turn) cause() *model.Cause {
	return &model.Cause{Kind: model.CauseVoice, Who: t.caller.ID(), Via: "converse", Text: t.req.Text}
}
