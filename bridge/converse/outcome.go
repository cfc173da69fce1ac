package converse

import (
	"strings"

	"github.com/concord-home/hub/bridge/converse/grammar"
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
	t.reply.Confirm = &Confirmation{how}
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

// cannot is the result for a device that cannot do what is asked, or only within limits.
func (t *turn) cannot(d *home.Device, key, reason string) result {
	return t.kept(result{d: d, key: key, reason: reason})
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
	t.dry()
}

// dry says that nothing was done, once.
func (t *turn) dry() {
	if !t.saidDry {
		t.saidDry = true
		t.say("dry_run")
	}
}

// outcome is a command and how it ended.
type outcome struct {
	d    *home.Device
	ask  home.Ask
	undo home.Ask
	end  home.Command
	err  error
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

// wrong is an error that no reason explains: its words are English.
func (t *turn) wrong(err error) string {
	if t.base() == "en" {
		return err.Error()
	}
	return phrase(t.lang, "reason.")
}

// unreachable says that a device is out of reach, and what is known of why.
func (t *turn) unreachable(why string) string {
	detail := t.e.o.Translate(t.base(), why)
	if phraseLang(t.lang) == "zht" {
		detail = grammar.Traditional(detail)
	}
	return withDetail(phrase(t.lang, "reason.unreachable"), detail)
}
