package converse

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// maxTogether bounds how many devices one sentence moves without a question back.
const maxTogether = 30

// Language tells in what language a text is, where nobody says: by the script of most of it.
func Language(lang, text string) string {
	if l, ok := grammar.Match(lang); ok && lang != "" {
		return l
	}
	latin, han := 0, 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Cyrillic, r):
			return "ru"
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if han > 0 && latin <= 2*han { // "把TV打开" is Chinese, "turn on the 书房灯" is not
		return "zh-CN"
	}
	return "en"
}

// wordless reports that a text says nothing of its language: digits.
func wordless(text string) bool { return !strings.ContainsFunc(text, unicode.IsLetter) }

// Say understands a sentence, does what it asks for and answers.
func (e *Engine) Say(ctx context.Context, req Request, caller Caller) Reply {
	began := e.o.Now()
	req.Person = cmp.Or(req.Person, req.User)
	lang := Language(req.Lang, req.Text)
	id := req.Session
	if id == "" {
		id = req.Speaker
	}
	talk := e.talks.get(id, caller.ID(), began)
	talk.mu.Lock()
	defer talk.mu.Unlock()
	if req.Lang == "" && talk.lang != "" && wordless(req.Text) {
		lang = talk.lang
	}
	talk.lang = lang
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
	if end, _ := utf8.DecodeLastRuneInString(t.reply.Speech); t.reply.Speech != "" && !strings.ContainsRune("。？，、", end) {
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
	if !ok && t.req.Lang == "" && t.lang == "en" && hasHan(t.req.Text) { // a Chinese sentence with much English in it
		if words, err := t.e.Vocabulary("zh-CN"); err == nil {
			if m, ok = words.Parse(t.req.Text); ok {
				t.words, t.lang, t.reply.Lang = words, "zh-CN", "zh-CN"
			}
		}
	}
	if !ok {
		if name, strange := t.words.Strange(t.req.Text); strange {
			t.fail("no_valid_targets", "unknown_name", name)
			return
		}
		t.fail("no_intent_match", "not_understood")
		return
	}
	t.surely = m.Confidence()
	t.run(ctx, m.Clauses)
}

func (t *turn) understood(c *grammar.Clause) Understood {
	return Understood{string(c.Intent), t.words.Slots(c), cmp.Or(t.surely, 1)}
}

// run does clauses in order, until one needs an answer first.
func (t *turn) run(ctx context.Context, clauses []grammar.Clause) {
	for i := range clauses {
		c := &clauses[i]
		t.reply.Intents = append(t.reply.Intents, t.understood(c))
		t.words.RoomsOf(c)
		if p := t.clause(ctx, c); p != nil {
			p.at, p.clause, p.rest = t.e.o.Now(), *c, clauses[i+1:]
			t.talk.pending = p
			return
		}
	}
}

// clause does one clause; what it must ask first it returns.
func (t *turn) clause(ctx context.Context, c *grammar.Clause) *pending {
	switch {
	case c.Intent == "Correct":
		return t.correct(ctx, c)
	case c.Intent == "Stop":
		return t.stop(ctx, c)
	case c.Intent == "Remind":
		t.remind(ctx, c)
		return t.wants
	case c.Intent == "ImArriving": // its time is when, not how long to wait
	case !c.Delay.IsZero() || !c.At.IsZero() || c.At.Every != "":
		t.delay(ctx, c)
		return t.wants
	}
	if a, ok := actionOf(c); ok {
		if a.kind == "media" && c.Kind() == "" && len(t.talk.last) > 0 && kindOfID(t.view, t.talk.last[0]) == "vacuum" {
			a.kind = "" // "pause" after talk of a vacuum
		}
		t.talk.did = c
		return t.act(ctx, c, a)
	}
	if f, ok := answers[c.Intent]; ok {
		f(ctx, t, c)
		return t.wants
	}
	t.fail("failed_to_handle", "cannot_do_that")
	return nil
}

func kindOfID(v *home.View, id model.DeviceID) string {
	if d := v.Device(id); d != nil {
		return kindOf(d)
	}
	return ""
}

// base is the language in which the house's names are kept: "zh" of "zh-TW".
func (t *turn) base() string { b, _, _ := strings.Cut(t.lang, "-"); return b }

// name is what a device is called in the language of the talk.
func (t *turn) name(d *home.Device) string { return cmp.Or(t.nameIn(d.Names), string(d.ID)) }

// nameIn picks of a thing's names the one for the language of the talk; what has none in it goes by the one for all.
func (t *turn) nameIn(names map[string]string) string {
	if n := names[t.lang]; n != "" {
		return n
	}
	base := names[t.base()]
	if base == "" {
		base = names[""]
	}
	if base == "" {
		base, _ = nameAndOthers(names)
	}
	if phraseLang(t.lang) == "zht" {
		return grammar.Traditional(base)
	}
	return base
}

func (t *turn) target(d *home.Device, reason string) Target { return Target{d.ID, t.name(d), reason} }

func (t *turn) roomName(r home.Room) string { return cmp.Or(t.nameIn(r.Names), string(r.ID)) }
