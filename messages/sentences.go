package messages

import (
	"strings"

	"github.com/concord-home/hub/model"
)

// Outcome says what became of a command to the device so named. The reason's code is put in
// words; what the source itself said follows in its own.
func Outcome(lang, device string, s model.Status, r model.Reason) string {
	text := Text(lang, "outcome."+string(s), device)
	if why := Reason(lang, r); why != "" {
		return text + " – " + why
	}
	return text
}

// Reason is a reason's code in words, and then what the source itself said; empty when there is none.
func Reason(lang string, r model.Reason) string {
	var parts []string
	if r.Code != model.ReasonNone {
		parts = append(parts, Known(lang, "reason", string(r.Code)))
	}
	if r.Detail != "" {
		parts = append(parts, Phrase(lang, r.Detail))
	}
	return strings.Join(parts, " – ")
}

// Reachable says whether a device can be reached, and else why not in the source's own words.
func Reachable(lang string, ok bool, why string) string {
	switch {
	case ok:
		return Text(lang, "reach.yes")
	case why == "":
		return Text(lang, "reach.no")
	}
	return Text(lang, "reach.no.why", why)
}

// Part is what the doctor calls a part of the hub: "store", "adapter zigbee2mqtt".
func Part(lang, part string) string {
	if name, ok := strings.CutPrefix(part, "adapter "); ok {
		return Text(lang, "doctor.part.adapter", name)
	}
	return Known(lang, "doctor.part", part)
}

// Event is what happened at a device, without its name: "Pressed, single".
func Event(lang string, e model.Attribute, args map[string]model.Value) string {
	spec := model.LookupEvent(e.Split())
	if spec == nil {
		return string(e)
	}
	words := []string{spec.Label.In(base(lang))}
	for i := range spec.Args {
		arg := spec.Args[i]
		v, given := args[string(arg.Attribute)]
		if text, is := v.Text(); !given || v.IsUnknown() || is && text == "" { // nobody, such as whose code it was
			continue
		}
		arg.Attribute = e + "." + arg.Attribute // as option labels are addressed
		words = append(words, Value(lang, &arg, v))
	}
	return strings.Join(words, Text(lang, "list.comma"))
}

// Names finds what people, scenes and programs are called, by kind of cause and id; "" when it knows no better name.
type Names func(kind model.CauseKind, id string) string

// Because says why an attribute is what it is: "turned on by Li through the app". names may be nil.
func Because(lang string, p *model.Property, v model.Value, quality model.Quality, c *model.Cause, names Names) string {
	return chain{lang: lang, names: names}.because(p, v, quality, c)
}

func (w chain) because(p *model.Property, v model.Value, quality model.Quality, c *model.Cause) string {
	state := became(w.lang, p, v)
	if c == nil {
		if quality == model.Restored {
			return Text(w.lang, "cause.restored", state)
		}
		return Text(w.lang, "cause.sentence.none", strings.TrimSuffix(state, ","))
	}
	w.reported = !p.Access.CanWrite()
	return Text(w.lang, "cause.sentence", state, w.words(c))
}

// By says who or what a cause is: "by Li through the app". names may be nil.
func By(lang string, c *model.Cause, names Names) string {
	if c == nil {
		return Text(lang, "cause.hub")
	}
	return chain{lang: lang, names: names}.link(c)
}

func became(lang string, p *model.Property, v model.Value) string {
	if p.Attribute == model.AttrOnOffOn && v.Kind() == model.KindBool {
		return Text(lang, "cause.turned."+v.String())
	}
	return Text(lang, "cause.became", Label(lang, p), Value(lang, p, v))
}

// chain puts causes in words, the nearest first.
type chain struct {
	lang     string
	reported bool // the attribute cannot be set: physical means measured
	names    Names
	// came, when given, finds better words for what made a scene run than those that were kept with the cause.
	came func(scene, text string) string
}

// maxLinks bounds a sentence: a longer chain is in the data.
const maxLinks = 6

func (w chain) words(c *model.Cause) string {
	out := w.link(c)
	for n := 0; n < maxLinks && c != nil; n++ {
		if c.Kind == model.CauseScene && c.Text != "" {
			out = Text(w.lang, "cause.because", out, w.cameOf(c))
		}
		if c = c.Because; c != nil && w.tells(c) {
			out = Text(w.lang, "cause.then", out, w.link(c))
		}
	}
	return out
}

// tells reports whether a cause further back says more than that something was measured.
func (w chain) tells(c *model.Cause) bool {
	return c.Kind != model.CausePhysical && c.Kind != model.CauseHub
}

// cameOf is what made a scene run.
func (w chain) cameOf(c *model.Cause) string {
	if w.came != nil {
		if text := w.came(c.Who, c.Text); text != "" {
			return text
		}
	}
	return w.plain(c.Text)
}

// plain puts what made a scene run in the reader's language.
func (w chain) plain(text string) string {
	if t, ok := came(w.lang, text); ok {
		return t
	}
	return Known(w.lang, "cause", text)
}

func (w chain) link(c *model.Cause) string {
	way, _, _ := strings.Cut(c.Via, "/") // owntracks/li/phone: the phone
	who, via := w.name(c), Known(w.lang, "via", way)
	key := "cause." + string(c.Kind)
	switch c.Kind {
	case model.CausePerson, model.CauseProgram:
		if who == "" {
			who = Text(w.lang, "cause.somebody")
		}
		return w.withVia(key, via, who)
	case model.CauseVoice:
		return w.withVia(key, via)
	case model.CausePhysical:
		if w.reported {
			key = "cause.reported"
		}
		return w.withVia(key, via)
	case model.CauseScene:
		return Text(w.lang, key, who)
	}
	return Text(w.lang, "cause.hub")
}

// withVia is the message with the way in, where there is one.
func (w chain) withVia(key, via string, args ...any) string {
	if via == "" {
		return Text(w.lang, key, args...)
	}
	return Text(w.lang, key+".via", append(args, via)...)
}

func (w chain) name(c *model.Cause) string {
	if w.names != nil && c.Who != "" {
		if n := w.names(c.Kind, c.Who); n != "" {
			return n
		}
	}
	return c.Who
}

// Ran says that a scene ran, and what made it: "the scene “Movie night” ran, run by Li through the app".
func Ran(lang, scene string, c *model.Cause, names Names) string {
	text := Text(lang, "scene.ran", scene)
	if c == nil {
		return text
	}
	w := chain{lang: lang, reported: true, names: names}
	if c.Kind == model.CauseScene { // the scene itself: what is behind it says more
		if c.Text != "" {
			return Text(lang, "cause.because", text, w.plain(c.Text))
		}
		if c = c.Because; c == nil {
			return text
		}
	}
	return Text(lang, "cause.then", text, w.words(c))
}
