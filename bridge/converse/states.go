package converse

import (
	"cmp"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// stateWord is the state of a device in the words of what it is; "" when it is not known.
func stateWord(d *home.Device) string {
	pick := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	switch kindOf(d) {
	case "lock":
		if s := text(d, attrLocked); s == "locked" || s == "unlocked" {
			return s
		}
		return ""
	case "cover":
		if n, ok := number(d, attrOpen); ok {
			return pick(n > 0, "open", "closed")
		}
		switch text(d, "closure.state") {
		case "closed":
			return "closed"
		case "":
			return ""
		}
		return "open"
	case "climate":
		if m := text(d, attrMode); m == "off" {
			return "off"
		}
	case "binary":
		for _, a := range []model.Attribute{attrContact, "occupancy.occupied", "water_leak.leak", "smoke_co_alarm.smoke", "rain.raining", "vibration.vibrating", "gas_leak.gas"} {
			if s := text(d, a); s == "warning" || s == "critical" || s == "normal" {
				return pick(s != "normal", "yes", "no")
			}
			if b, ok := truth(d, a); ok {
				if a == attrContact {
					return pick(b, "open", "closed")
				}
				return pick(b, "yes", "no")
			}
		}
		return ""
	}
	if b, ok := truth(d, attrOn); ok {
		return pick(b, "on", "off")
	}
	if m := text(d, attrMode); m != "" {
		return pick(m != "off", "on", "off")
	}
	if s := text(d, "media_playback.state"); s != "" {
		return pick(s == "playing", "on", "off")
	}
	if s := text(d, "robot_vacuum.state"); s != "" {
		return pick(s == "cleaning" || s == "mopping", "on", "off")
	}
	return ""
}

// sameState reports whether a device's state is what a question asks for.
func sameState(have, want string) bool {
	yes := map[string]bool{"on": true, "open": true, "unlocked": true, "yes": true}
	return have != "" && yes[have] == yes[want]
}

// readable reports whether the state of a device is one that can be told.
func (t *turn) readable(d *home.Device) bool { return stateWord(d) != "" }

// state answers questions: is it on, which are open, how many are locked, how is it.
func (t *turn) state(c *grammar.Clause) {
	if c.Words["anything"] != "" || c.Words["whole"] == "house" && len(c.Areas) == 0 {
		t.anythingOpen(c)
		return
	}
	if c.Words["batteries"] != "" && len(c.Names) == 0 {
		t.batteries(c)
		return
	}
	if th, ok := c.Name(); ok && th.Kind == "person" || c.Is("people_q") || c.Is("at_home") {
		if len(c.Names) == 0 {
			t.whoIsHome()
			return
		}
		t.whereIs(c)
		return
	}
	want := t.words.State(c)
	kind := c.Kind()
	if kind == "lock_word" || kind == "door" && (want == "locked" || want == "unlocked") {
		kind = "lock"
	}
	if c.Words["cover"] == "door" && (want == "locked" || want == "unlocked") {
		kind = "lock"
	}
	if len(c.Names) > 0 {
		t.stateOf(c, want)
		return
	}
	matches := func(d *home.Device) bool {
		if kind == "cover" || kind == "door" { // windows and doors are known by their sensors as well
			class := c.Words["cover"]
			if kind == "door" {
				class = "door"
			}
			if kindOf(d) == "binary" {
				return classOf(d) == class
			}
			return kindOf(d) == "cover" && (classOf(d) == class || class == "" || class == "cover")
		}
		return isKind(d, kind) || kind == "appliance" && kindOf(d) == "appliance"
	}
	all := *c
	all.Words = nil
	f := t.devices(&all, "", func(d *home.Device) bool { return matches(d) && t.readable(d) })
	if len(f.rooms) > 0 {
		for _, d := range t.view.Devices() {
			if t.caller.Sees(d) && matches(d) && t.readable(d) {
				f.devices = append(f.devices, d)
			}
		}
	}
	if len(f.devices) == 0 {
		t.fail("no_valid_targets", "not_found")
		return
	}
	var yes []*home.Device
	for _, d := range f.devices {
		if sameState(stateWord(d), want) {
			yes = append(yes, d)
		}
	}
	if c.Is("all") && len(yes) == len(f.devices) {
		t.tell("all_are", phrase(t.lang, "state."+want))
		return
	}
	if c.Is("all") && len(yes) > 0 { // no: these are not
		rest := slices.DeleteFunc(slices.Clone(f.devices), func(d *home.Device) bool { return slices.Contains(yes, d) })
		t.speak(phrase(t.lang, "no"))
		t.these(rest, stateWord(rest[0]))
		return
	}
	t.these(yes, want)
}

// these tells which things are in a state.
func (t *turn) these(devices []*home.Device, state string) {
	var names []string
	for _, d := range devices[:min(len(devices), 8)] {
		names = append(names, t.name(d))
	}
	t.kind(KindAnswer)
	switch len(devices) {
	case 0:
		t.say(cmp.Or(map[bool]string{true: "none." + state}[hasPhrase("none."+state)], "not_found"))
	case 1:
		t.tellOf("is", devices[0], state)
	default:
		who, f := t.things(devices)
		list := t.list(names)
		if more := len(devices) - len(names); more > 0 {
			list = phrase(t.lang, "and_more", strings.Join(names, phrase(t.lang, "comma")), plain(float64(more)))
		}
		t.speak(phraseOf(t.lang, "count_are", f, who, phraseOf(t.lang, "state."+state, f), list))
	}
}

// stateOf answers a question about a thing by its name.
func (t *turn) stateOf(c *grammar.Clause, want string) {
	f := t.devices(c, "", func(*home.Device) bool { return true })
	if len(f.options) > 0 {
		f.devices = f.options
	}
	if len(f.devices) == 0 {
		t.fail("no_valid_targets", "not_found")
		return
	}
	t.remember(f.devices)
	for _, d := range f.devices {
		have := stateWord(d)
		if s := text(d, model.AttrRobotVacuumState); want == "" && hasPhrase("state."+s) {
			have = s // "on" tells little of a robot
		}
		if c.Is("battery") {
			if v, ok := t.valueOf(d, "power_source.battery_pct"); ok {
				t.tell("measured", t.name(d), phrase(t.lang, "battery"), v)
				continue
			}
		}
		details := t.details(d, have)
		switch {
		case want != "" && have != "":
			t.tellOf(map[bool]string{true: "yes_is", false: "no_is"}[sameState(have, want)], d, have)
		case have != "" && details != "":
			f := formOf(t.lang, t.name(d))
			t.tellOf("is", d, "", phrase(t.lang, "with_details", phraseOf(t.lang, "state."+have, f), details))
		case have != "":
			t.tellOf("is", d, have)
		case details != "":
			t.tell("reads", t.name(d), details)
		default:
			t.kind(KindError)
			t.reply.Code = cmp.Or(t.reply.Code, "failed_to_handle")
			t.speak(phraseOf(t.lang, "state_unknown", formOf(t.lang, t.name(d)), t.name(d)))
		}
	}
}

// details is what a device in a state measures.
func (t *turn) details(d *home.Device, state string) string {
	var parts []string
	for _, a := range []model.Attribute{attrLevel, attrRoomTemp, attrCelsius, attrHumidity, "concentration.pm25_ugm3", "power_meter.watts"} {
		if v, ok := t.valueOf(d, a); ok && (a != attrLevel || state == "on") {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, phrase(t.lang, "comma"))
}

// anythingOpen tells what is open, unlocked or on in the house.
func (t *turn) anythingOpen(c *grammar.Clause) {
	want := t.words.State(c)
	if want == "" {
		want = "open"
	}
	var devices []*home.Device
	for _, d := range t.view.Devices() {
		if !t.caller.Sees(d) || len(c.Areas) > 0 && !slices.ContainsFunc(c.Areas, func(p grammar.Place) bool { return p.ID == string(d.Room) }) {
			continue
		}
		if s := stateWord(d); s == want || want == "open" && s == "unlocked" {
			devices = append(devices, d)
		}
	}
	t.these(devices, want)
}
