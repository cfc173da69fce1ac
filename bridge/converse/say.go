package converse

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// maxTogether bounds how many devices one sentence moves without a question back.
const maxTogether = 30

// Language tells in what language a text is, where nobody says.
func Language(lang, text string) string {
	if l, ok := grammar.Match(lang); ok && lang != "" {
		return l
	}
	han := false
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Cyrillic, r):
			return "ru"
		case unicode.Is(unicode.Han, r):
			han = true
		}
	}
	if han {
		return "zh-CN"
	}
	return "en"
}

// Say understands a sentence, does what it asks for and answers.
func (e *Engine) Say(ctx context.Context, req Request, caller Caller) Reply {
	began := e.o.Now()
	lang := Language(req.Lang, req.Text)
	id := req.Session
	if id == "" {
		id = req.Speaker
	}
	talk := e.talks.get(id, caller.ID(), began)
	talk.mu.Lock()
	defer talk.mu.Unlock()
	r := Reply{Session: talk.id, Lang: lang, Intents: []Understood{}, Done: []Target{}, Failed: []Target{}}
	words, err := e.Vocabulary(lang)
	if err != nil {
		r.Kind, r.Code, r.Speech = KindError, "failed_to_handle", err.Error()
		return r
	}
	t := &turn{e: e, req: req, lang: lang, caller: caller, talk: talk, view: e.o.House.View(), words: words, reply: &r, undoFresh: true}
	t.area = t.speakerRoom()
	if req.Explain {
		r.Reading = words.Explain(req.Text)
	}
	t.answer(ctx)
	r.CanUndo = len(talk.undo) > 0
	r.Expect = r.Kind == KindAsk || r.Kind == KindConfirm
	r.MS = float64(e.o.Now().Sub(began).Microseconds()) / 1000
	return r
}

// say adds a sentence of the catalogue to the answer.
func (t *turn) say(key string, args ...string) { t.speak(phrase(t.lang, key, args...)) }

func (t *turn) speak(sentence string) {
	if t.reply.Speech != "" && !strings.HasSuffix(t.reply.Speech, "。") && !strings.HasSuffix(t.reply.Speech, "？") {
		t.reply.Speech += " "
	}
	t.reply.Speech += sentence
}

// kind tells what the whole answer is; what went wrong outweighs what went well.
func (t *turn) kind(k string) {
	order := []string{"", KindAnswer, KindDone, KindPartial, KindError, KindAsk, KindConfirm}
	if slices.Index(order, k) > slices.Index(order, t.reply.Kind) {
		t.reply.Kind = k
	}
}

func (t *turn) fail(code, key string, args ...string) {
	t.kind(KindError)
	if t.reply.Code == "" {
		t.reply.Code = code
	}
	t.say(key, args...)
}

func (t *turn) answer(ctx context.Context) {
	if p := t.talk.pending; p != nil {
		t.talk.pending = nil
		if t.e.o.Now().Sub(p.at) < pendingLife && t.goOn(ctx, p) {
			return
		}
	}
	m, ok := t.words.Parse(t.req.Text)
	for _, other := range t.req.Alternatives {
		if ok || len(t.req.Alternatives) > 10 {
			break
		}
		m, ok = t.words.Parse(other)
	}
	if !ok {
		t.fail("no_intent_match", "not_understood")
		return
	}
	t.run(ctx, m.Clauses)
}

// run does clauses in order, until one needs an answer first.
func (t *turn) run(ctx context.Context, clauses []grammar.Clause) {
	for i := range clauses {
		c := &clauses[i]
		t.reply.Intents = append(t.reply.Intents, Understood{string(c.Intent), t.words.Slots(c)})
		if p := t.clause(ctx, c); p != nil {
			p.at, p.clause, p.rest = t.e.o.Now(), *c, clauses[i+1:]
			t.talk.pending = p
			return
		}
	}
}

// clause does one clause; what it must ask first it returns.
func (t *turn) clause(ctx context.Context, c *grammar.Clause) *pending {
	if !c.Delay.IsZero() {
		t.delay(ctx, c)
		return nil
	}
	if a, ok := actionOf(c); ok {
		return t.act(ctx, c, a)
	}
	if f, ok := answers[c.Intent]; ok {
		f(ctx, t, c)
		return nil
	}
	t.fail("failed_to_handle", "cannot_do_that")
	return nil
}

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
	switch p.confirm {
	case "pin":
		return t.goOnWithPIN(ctx, p)
	case "yesno":
		if intent != "Yes" {
			return false
		}
		t.sure = true
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
		t.reply.Confirm = "pin"
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

func (t *turn) sameNames(ids []model.DeviceID) bool {
	first := t.view.Device(ids[0])
	for _, id := range ids[1:] {
		if d := t.view.Device(id); first == nil || d == nil || t.name(d) != t.name(first) {
			return false
		}
	}
	return true
}

// base is the language in which the house's names are kept: "zh" of "zh-TW".
func (t *turn) base() string { b, _, _ := strings.Cut(t.lang, "-"); return b }

// name is what a device is called in the language of the talk.
func (t *turn) name(d *home.Device) string {
	if n := d.Name(t.base()); n != "" {
		return n
	}
	for _, n := range allNames(d) {
		return n
	}
	return string(d.ID)
}

func (t *turn) target(d *home.Device, reason string) Target { return Target{d.ID, t.name(d), reason} }

// act gives the commands of a clause and tells what became of them.
func (t *turn) act(ctx context.Context, c *grammar.Clause, a action) *pending {
	allowed := func(ask home.Ask) bool {
		if ask.Command != "" && !t.caller.May(ask.Command) {
			return false
		}
		return !slices.ContainsFunc(ask.Writes, func(w model.Write) bool { return !t.caller.May(w.Attribute) })
	}
	f := t.devices(c, a.kind, func(d *home.Device) bool { _, ok := a.ask(d); return ok })
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
	if !t.sure && a.risky != nil && !t.req.DryRun {
		if i := slices.IndexFunc(f.devices, a.risky); i >= 0 {
			if t.e.HasPIN() {
				return t.confirm("pin", "say_pin", t.name(f.devices[i]))
			}
			return t.confirm("yesno", "confirm", t.name(f.devices[i]))
		}
	}
	var asks []home.Ask
	var devices []*home.Device
	failedBefore := len(t.reply.Failed)
	for _, d := range f.devices {
		ask, ok := a.ask(d)
		switch {
		case !ok:
			t.failed(d, phrase(t.lang, "reason.unsupported"))
		case !allowed(ask):
			t.failed(d, phrase(t.lang, "reason.forbidden"))
		default:
			ask.Cause = t.cause()
			asks, devices = append(asks, ask), append(devices, d)
		}
	}
	t.remember(f.devices)
	if t.req.DryRun {
		t.plan(devices, asks)
		return nil
	}
	already := len(t.reply.Done)
	t.give(ctx, devices, asks)
	t.report(a, t.reply.Done[already:], t.reply.Failed[failedBefore:])
	return nil
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

func (t *turn) roomName(r home.Room) string {
	if n := r.Name(t.base()); n != "" {
		return n
	}
	for _, n := range mapValues(r.Names) {
		return n
	}
	return string(r.ID)
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
	t.say("dry_run")
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
		return t.because(model.Reason{Code: model.ReasonNoAnswer}), false
	case model.Rejected, model.Contradicted, model.Superseded:
		return t.because(o.end.Reason), false
	}
	if ok, why := t.view.Reachable(o.d); !ok {
		return withDetail(phrase(t.lang, "reason.unreachable"), why), false
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
	if t.base() == "en" && r.Code == model.ReasonDeviceError {
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
