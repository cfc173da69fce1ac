package converse

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// result is what became of one command.
type result struct {
	d   *home.Device
	key string // what is said where it was not done: failed, unsure, cannot…; moving: it is on its way; empty: done
	// reason says why it was not done, or is the limit that was passed.
	reason string
	// value is what was set, as it is said.
	value string
}

func (r result) failed() bool { return r.key != "" && r.key != "moving" }

// travelPatience is how long an answer waits for what moves once it was told to: a blind takes half a minute, and nobody waits so long.
const travelPatience = 1500 * time.Millisecond

// travels reports that a command makes something move.
func travels(a home.Ask) bool {
	return slices.ContainsFunc(a.Writes, func(w model.Write) bool { return w.Attribute == attrOpen || w.Attribute == attrClosure })
}

// give sends the commands, all at once, and waits a while for their ends.
func (t *turn) give(ctx context.Context, devices []*home.Device, asks []home.Ask) []result {
	if len(asks) == 0 {
		return nil // what was done before can still be undone
	}
	ctx, cancel := context.WithTimeout(ctx, t.e.o.Wait)
	defer cancel()
	out := make([]outcome, len(asks))
	var all sync.WaitGroup
	for i := range asks {
		out[i] = outcome{d: devices[i], ask: asks[i], undo: t.undoOf(devices[i], asks[i])}
		all.Go(func() {
			ctx, enough := context.WithCancel(ctx)
			defer enough()
			out[i].end, out[i].err = t.e.o.House.Command(ctx, asks[i], func(c home.Command) {
				if c.Status == model.Acked && travels(asks[i]) {
					time.AfterFunc(travelPatience, enough)
				}
			})
		})
	}
	all.Wait()
	if t.undoFresh {
		t.talk.undo = nil
		t.undoFresh = false
	}
	var results []result
	for _, o := range out {
		r := t.judge(o)
		if !r.failed() && (len(o.undo.Writes) > 0 || o.undo.Command != "") {
			t.talk.undo = append(t.talk.undo, o.undo)
		}
		results = append(results, t.kept(r))
	}
	return results
}

// kept notes a result in the reply.
func (t *turn) kept(r result) result {
	if !r.failed() {
		t.reply.Done = append(t.reply.Done, t.target(r.d, ""))
	} else {
		t.reply.Failed = append(t.reply.Failed, t.target(r.d, cmp.Or(r.reason, phrase(t.lang, "reason.unsupported"))))
	}
	return r
}

// judge tells whether a command did what it should, else why not.
func (t *turn) judge(o outcome) result {
	failed := func(reason string) result { return result{d: o.d, key: "failed", reason: reason} }
	unsure := result{d: o.d, key: "unsure", reason: phrase(t.lang, "reason.no_answer_yet")}
	if o.err != nil && o.end.ID == "" {
		if ce, is := asCommandError(o.err); is {
			return failed(t.because(ce.Reason))
		}
		if ctxEnded(o.err) {
			return unsure
		}
		return failed(t.wrong(o.err))
	}
	reachable, why := t.view.Reachable(o.d)
	switch {
	case o.end.Status == model.Confirmed, o.end.Status == model.Acked && !o.end.Ended.IsZero():
		if o.ask.Command == "on_off.toggle" {
			return result{d: o.d, value: t.switched(o.d.ID)}
		}
		return result{d: o.d, value: t.writes(o.d, o.ask)}
	case o.end.Status == model.Acked && travels(o.ask):
		return result{d: o.d, key: "moving", value: t.writes(o.d, o.ask)}
	case o.end.Status == model.TimedOut && reachable:
		return failed(t.because(model.Reason{Code: model.ReasonNoAnswer, Detail: o.end.Reason.Detail}))
	case o.end.Status == model.Rejected, o.end.Status == model.Contradicted, o.end.Status == model.Superseded:
		return failed(t.because(o.end.Reason))
	case !reachable:
		return failed(t.unreachable(why))
	case o.end.Status == model.Sent: // not even its bridge has taken it
		return failed(phrase(t.lang, "reason.no_answer"))
	}
	return unsure
}

// switched is a device's state after it was toggled, as it is said; empty when it is not known.
func (t *turn) switched(id model.DeviceID) string {
	if d := t.e.o.House.View().Device(id); d != nil {
		if on, known := truth(d, attrOn); known && on {
			return phraseOf(t.lang, "short.on", formOf(t.lang, t.name(d)))
		} else if known {
			return phraseOf(t.lang, "short.off", formOf(t.lang, t.name(d)))
		}
	}
	return ""
}

// report tells what became of a clause.
func (t *turn) report(a action, results []result) {
	var done, moving, failed []result
	for _, r := range results {
		switch {
		case r.failed():
			failed = append(failed, r)
		case r.key == "moving" && hasPhrase("moving."+a.reply):
			moving = append(moving, r)
		default:
			done = append(done, r)
		}
	}
	switch {
	case len(failed) == 0:
		t.kind(KindDone)
	case len(failed) == len(results):
		t.kind(KindError)
		if t.reply.Code == "" {
			t.reply.Code = "failed_to_handle"
		}
	default:
		t.kind(KindPartial)
	}
	t.success(a, done, "")
	t.success(a, moving, "moving.")
	for len(failed) > 0 { // what failed alike is said once
		first := failed[0]
		same, other := []result{}, []result{}
		for _, r := range failed {
			if r.key == first.key && r.reason == first.reason {
				same = append(same, r)
			} else {
				other = append(other, r)
			}
		}
		who, f := t.called(same)
		t.speak(phraseOf(t.lang, first.key, f, who, first.reason))
		failed = other
	}
}

// called are the things of some results: by name while they are few, else by number.
func (t *turn) called(results []result) (string, form) {
	var devices []*home.Device
	var names []string
	for _, r := range results {
		devices, names = append(devices, r.d), append(names, t.name(r.d))
	}
	if len(names) > 3 {
		return t.things(devices)
	}
	return t.list(names), formOf(t.lang, names...)
}

// things counts devices: "4 lights", "5 devices".
func (t *turn) things(devices []*home.Device) (string, form) {
	all := func(is func(*home.Device) bool) bool {
		return !slices.ContainsFunc(devices, func(d *home.Device) bool { return !is(d) })
	}
	key := "things"
	switch {
	case all(func(d *home.Device) bool { return isKind(d, "light") }):
		key = "things.light"
	case all(func(d *home.Device) bool { return d.Type() == "window_covering" }):
		key = "things.cover"
	}
	n := form{n: len(devices)}
	text := phraseOf(t.lang, key, n, plain(float64(len(devices))))
	_, noun, _ := cutLast(text)
	n.fem = listed(phrase(t.lang, "feminine_words"), noun)
	return text, n
}

// success tells what was done; prefix is that of phrases for what is still under way.
func (t *turn) success(a action, results []result, prefix string) {
	if len(results) == 0 {
		return
	}
	reply, value := a.reply, results[0].value
	switch {
	case a.value != "":
		value = phrase(t.lang, a.value)
	case slices.ContainsFunc(results, func(r result) bool { return r.value != value }):
		value = ""
	}
	switch {
	case a.toggles && value != "":
		reply = "now"
	case reply == "done" && value != "":
		reply = "set"
	case reply == "set" && value == "":
		reply = "done"
	}
	if len(results) > 3 && hasPhrase("short."+reply) && prefix == "" {
		var devices []*home.Device
		for _, r := range results {
			devices = append(devices, r.d)
		}
		who, f := t.things(devices)
		t.speak(phraseOf(t.lang, "several", f, who, phraseOf(t.lang, "short."+reply, f, "", value)))
		return
	}
	who, f := t.called(results)
	t.speak(phraseOf(t.lang, prefix+reply, f, who, value))
}
