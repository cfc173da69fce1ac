package converse

import (
	"context"
	"strings"
	"sync"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func (t *turn) which(options []*home.Device) *pending {
	p := &pending{}
	var names []string
	for _, d := range options[:min(len(options), 6)] {
		p.options = append(p.options, d.ID)
		n := t.name(d)
		if r, ok := t.view.Room(d.Room); ok {
			n = phrase(t.lang, "in_room", n, t.roomName(r))
		}
		names = append(names, n)
	}
	t.kind(KindAsk)
	t.reply.Ask = &Question{"name", names}
	t.say("which", t.either(names))
	return p
}

func (t *turn) whichRoom(rooms []home.RoomID) *pending {
	p := &pending{rooms: rooms}
	var names []string
	for _, id := range rooms[:min(len(rooms), 6)] {
		r, _ := t.view.Room(id)
		names = append(names, t.roomName(r))
	}
	t.kind(KindAsk)
	t.reply.Ask = &Question{"area", names}
	t.say("which_room", t.either(names))
	return p
}

func (t *turn) confirm(how, key string, args ...string) *pending {
	t.kind(KindConfirm)
	t.reply.Confirm = how
	t.say(key, args...)
	return &pending{confirm: how}
}

// list joins names: "a, b and c".
func (t *turn) list(names []string) string { return t.joined(names, "and") }

func (t *turn) either(names []string) string { return t.joined(names, "or") }

func (t *turn) joined(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], phrase(t.lang, "comma")) + phrase(t.lang, last) + names[len(names)-1]
}

func (t *turn) failed(d *home.Device, reason string) {
	t.reply.Failed = append(t.reply.Failed, t.target(d, reason))
}

// plan says what would be asked of which device.
func (t *turn) plan(devices []*home.Device, asks []home.Ask) {
	t.kind(KindDone)
	for i, a := range asks {
		line := t.name(devices[i]) + ":"
		if a.Command != "" {
			line += " " + string(a.Command)
		}
		for _, w := range a.Writes {
			line += " " + string(w.Attribute) + "=" + w.Value.String()
		}
		t.reply.Plan = append(t.reply.Plan, line)
		t.reply.Done = append(t.reply.Done, t.target(devices[i], ""))
	}
	if len(asks) == 0 {
		t.kind(KindError)
		t.reply.Code = "no_valid_targets"
	}
	for _, f := range t.reply.Failed {
		t.say("failed", f.Name, f.Reason)
	}
	t.dry()
}

// dry says that nothing was done, once.
func (t *turn) dry() {
	if !t.saidDry {
		t.saidDry = true
		t.say("dry_run")
	}
}

// outcome is what became of one command.
type outcome struct {
	d    *home.Device
	undo home.Ask
	end  home.Command
	err  error
}

// give sends the commands, all at once, and waits a while for their ends.
func (t *turn) give(ctx context.Context, devices []*home.Device, asks []home.Ask) {
	ctx, cancel := context.WithTimeout(ctx, t.e.o.Wait)
	defer cancel()
	out := make([]outcome, len(asks))
	var all sync.WaitGroup
	for i := range asks {
		out[i] = outcome{d: devices[i], undo: t.undoOf(devices[i], asks[i])}
		all.Go(func() { out[i].end, out[i].err = t.e.o.House.Command(ctx, asks[i], nil) })
	}
	all.Wait()
	if t.undoFresh {
		t.talk.undo = nil
		t.undoFresh = false
	}
	for _, o := range out {
		switch reason, ok := t.judge(o); {
		case ok:
			t.reply.Done = append(t.reply.Done, t.target(o.d, ""))
			if len(o.undo.Writes) > 0 {
				t.talk.undo = append(t.talk.undo, o.undo)
			}
		default:
			t.failed(o.d, reason)
		}
	}
}

// judge tells whether a command did what it should, else why not.
func (t *turn) judge(o outcome) (reason string, ok bool) {
	if o.err != nil && o.end.ID == "" {
		if ce, is := asCommandError(o.err); is {
			return t.because(ce.Reason), false
		}
		if ctxEnded(o.err) {
			return phrase(t.lang, "reason.no_answer_yet"), false
		}
		return o.err.Error(), false
	}
	switch o.end.Status {
	case model.Confirmed, model.Acked:
		return "", true
	case model.TimedOut:
		if ok, why := t.view.Reachable(o.d); !ok {
			return withDetail(phrase(t.lang, "reason.unreachable"), why), false
		}
		return t.because(model.Reason{Code: model.ReasonNoAnswer, Detail: o.end.Reason.Detail}), false
	case model.Rejected, model.Contradicted, model.Superseded:
		return t.because(o.end.Reason), false
	}
	if ok, why := t.view.Reachable(o.d); !ok {
		return withDetail(phrase(t.lang, "reason.unreachable"), why), false
	}
	if o.end.Status == model.Sent { // not even its bridge has taken it
		return phrase(t.lang, "reason.no_answer"), false
	}
	return phrase(t.lang, "reason.no_answer_yet"), false
}

// because is a reason in the language of the talk. What a device or adapter says itself is added in its own words only where
// the code says nothing, and to English.
func (t *turn) because(r model.Reason) string {
	known := phrase(t.lang, "reason."+string(r.Code))
	if r.Code == model.ReasonNone {
		return r.Detail
	}
	if t.base() == "en" && (r.Code == model.ReasonDeviceError || r.Code == model.ReasonNoAnswer) {
		return withDetail(known, r.Detail)
	}
	return known
}

func withDetail(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + " (" + detail + ")"
}

// undoOf is the command that gives a device back what a command takes from it.
func (t *turn) undoOf(d *home.Device, a home.Ask) home.Ask {
	back := home.Ask{Device: d.ID, Endpoint: a.Endpoint}
	if a.Command == "on_off.toggle" {
		back.Command = a.Command
		return back
	}
	for _, w := range a.Writes {
		slot := mustFind(d, w.Attribute)
		st, ok := d.State(slot)
		if v, _ := st.Value.Text(); w.Attribute == attrLock && v != "locked" {
			continue // taking back a locking is an unlocking: that must be said
		}
		if ok && !st.Value.IsUnknown() {
			back.Writes = append(back.Writes, model.Write{Attribute: w.Attribute, Value: st.Value})
		}
	}
	return back
}

// report tells what became of a clause.
func (t *turn) report(a action, done, failed []Target) {
	switch {
	case len(failed) == 0:
		t.kind(KindDone)
	case len(done) == 0:
		t.kind(KindError)
		if t.reply.Code == "" {
			t.reply.Code = "failed_to_handle"
		}
	default:
		t.kind(KindPartial)
	}
	if len(done) > 0 {
		var names []string
		for _, d := range done {
			names = append(names, d.Name)
		}
		value := a.value
		if strings.Contains(value, ".") && !strings.ContainsAny(value[:1], "0123456789-") {
			value = phrase(t.lang, value)
		}
		if len(names) > 3 {
			t.say("several", plain(float64(len(names))), phrase(t.lang, "short."+a.reply, "", value))
		} else {
			t.say(a.reply, t.list(names), value)
		}
	}
	for _, f := range failed {
		t.say("failed", f.Name, f.Reason)
	}
}
