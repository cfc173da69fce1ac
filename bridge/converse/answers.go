package converse

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// answers are the clauses that are no command to a device.
var answers map[grammar.Intent]func(context.Context, *turn, *grammar.Clause)

func init() { // a table of functions that use the table
	answers = map[grammar.Intent]func(context.Context, *turn, *grammar.Clause){
		"GetState": func(_ context.Context, t *turn, c *grammar.Clause) { t.state(c) },
		"ClimateGetTemperature": func(_ context.Context, t *turn, c *grammar.Clause) {
			t.measure(c, "temperature", attrRoomTemp, attrCelsius)
		},
		"GetHumidity":     func(_ context.Context, t *turn, c *grammar.Clause) { t.measure(c, "humidity", attrHumidity) },
		"WhoIsHome":       func(_ context.Context, t *turn, _ *grammar.Clause) { t.whoIsHome() },
		"WhereIs":         func(_ context.Context, t *turn, c *grammar.Clause) { t.whereIs(c) },
		"WhyCold":         func(_ context.Context, t *turn, c *grammar.Clause) { t.whyCold(c) },
		"WhyState":        func(_ context.Context, t *turn, c *grammar.Clause) { t.whyState(c) },
		"GetCurrentTime":  func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("time", t.e.o.Now().Format("15:04")) },
		"GetCurrentDate":  func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("date", t.e.o.Now().Format("2006-01-02")) },
		"Undo":            func(ctx context.Context, t *turn, _ *grammar.Clause) { t.undo(ctx) },
		"Nevermind":       func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("cancelled") },
		"Yes":             func(_ context.Context, t *turn, _ *grammar.Clause) { t.fail("no_intent_match", "nothing_asked") },
		"No":              func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("cancelled") },
		"Respond":         func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("hello") },
		"Scene":           func(ctx context.Context, t *turn, c *grammar.Clause) { t.scene(ctx, c) },
		"HouseMode":       func(ctx context.Context, t *turn, c *grammar.Clause) { t.houseMode(ctx, c) },
		"ImHome":          func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "home", c) },
		"ImLeaving":       func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "away", c) },
		"ImArriving":      func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "arriving", c) },
		"Broadcast":       func(_ context.Context, t *turn, c *grammar.Clause) { t.broadcast(c) },
		"StartTimer":      func(ctx context.Context, t *turn, c *grammar.Clause) { t.startTimer(ctx, c) },
		"CancelTimer":     func(ctx context.Context, t *turn, c *grammar.Clause) { t.cancelTimers(ctx, c, false) },
		"CancelAllTimers": func(ctx context.Context, t *turn, c *grammar.Clause) { t.cancelTimers(ctx, c, true) },
		"IncreaseTimer":   func(ctx context.Context, t *turn, c *grammar.Clause) { t.changeTimer(ctx, c, 1) },
		"DecreaseTimer":   func(ctx context.Context, t *turn, c *grammar.Clause) { t.changeTimer(ctx, c, -1) },
		"PauseTimer":      func(ctx context.Context, t *turn, c *grammar.Clause) { t.pauseTimer(ctx, c, true) },
		"UnpauseTimer":    func(ctx context.Context, t *turn, c *grammar.Clause) { t.pauseTimer(ctx, c, false) },
		"TimerStatus":     func(_ context.Context, t *turn, c *grammar.Clause) { t.timerStatus(c) },
	}
	for _, no := range []grammar.Intent{"GetWeather", "MediaSearchAndPlay", "ShoppingListAddItem", "ShoppingListCompleteItem", "ListAddItem", "ListCompleteItem", "ListRemoveItem"} {
		answers[no] = func(_ context.Context, t *turn, _ *grammar.Clause) { t.fail("failed_to_handle", "not_served") }
	}
}

// tell answers with a sentence of the catalogue.
func (t *turn) tell(key string, args ...string) {
	t.kind(KindAnswer)
	t.say(key, args...)
}

// value is a value with its unit, as it is said.
func value(d *home.Device, a model.Attribute) (string, bool) {
	s, ok := d.Find(a)
	if !ok {
		return "", false
	}
	st, _ := d.State(s)
	n, known := st.Value.Number()
	if !known {
		return "", false
	}
	unit := d.Property(s).Unit
	if unit != "" && unit != "%" {
		unit = " " + unit
	}
	return plain(float64(int(n*10+0.5*sign(n)))/10) + unit, true
}

func sign(f float64) float64 {
	if f < 0 {
		return -1
	}
	return 1
}

// measure tells what is measured where it was asked for.
func (t *turn) measure(c *grammar.Clause, what string, attrs ...model.Attribute) {
	has := func(d *home.Device) bool {
		return slices.ContainsFunc(attrs, func(a model.Attribute) bool { _, ok := value(d, a); return ok && t.caller.May(a) })
	}
	f := t.devices(c, "", has)
	if f.missing != "" {
		t.fail("no_valid_targets", "nothing_measures")
		return
	}
	if len(f.options) > 0 {
		f.devices = f.options
	}
	if len(f.rooms) > 0 { // nobody said where: tell of every room
		for _, d := range t.view.Devices() {
			if has(d) && t.caller.Sees(d) {
				f.devices = append(f.devices, d)
			}
		}
	}
	said := map[string]bool{}
	for _, a := range slices.Backward(attrs) { // a sensor of the room knows better than the radiator
		for _, d := range f.devices {
			v, ok := value(d, a)
			where := t.name(d)
			if r, has := t.view.Room(d.Room); has && len(c.Names) == 0 {
				where = t.roomName(r)
			}
			if ok && !said[where] && len(said) < 6 {
				said[where] = true
				t.tell("measured", where, phrase(t.lang, what), v)
			}
		}
	}
	if len(said) == 0 {
		t.fail("no_valid_targets", "nothing_measures")
	}
}

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
	var yes []string
	for _, d := range f.devices {
		if sameState(stateWord(d), want) {
			yes = append(yes, t.name(d))
		}
	}
	word := phrase(t.lang, "state."+want)
	switch {
	case c.Is("all") && len(yes) == len(f.devices):
		t.tell("all_are", word)
	case len(yes) == 0:
		t.tell("none_is", word)
	default:
		t.tell("these_are", t.list(yes[:min(len(yes), 8)]), word)
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
		if c.Is("battery") {
			if v, ok := value(d, "power_source.battery_pct"); ok {
				t.tell("measured", t.name(d), phrase(t.lang, "battery"), v)
				continue
			}
		}
		switch {
		case want != "" && have != "":
			t.tell(map[bool]string{true: "yes_is", false: "no_is"}[sameState(have, want)], t.name(d), phrase(t.lang, "state."+have))
		case have != "":
			t.tell("is", t.name(d), t.details(d, have))
		default:
			if details := t.details(d, ""); details != "" {
				t.tell("is", t.name(d), details)
				continue
			}
			t.fail("failed_to_handle", "state_unknown", t.name(d))
		}
	}
}

// details is a device's state with what it measures.
func (t *turn) details(d *home.Device, state string) string {
	var parts []string
	if state != "" {
		parts = append(parts, phrase(t.lang, "state."+state))
	}
	for _, a := range []model.Attribute{attrLevel, attrRoomTemp, attrCelsius, attrHumidity, "concentration.pm25_ugm3", "power_meter.power"} {
		if v, ok := value(d, a); ok && (a != attrLevel || state == "on") {
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
	var names []string
	for _, d := range t.view.Devices() {
		if !t.caller.Sees(d) || len(c.Areas) > 0 && c.Areas[0].ID != string(d.Room) {
			continue
		}
		s := stateWord(d)
		if s == want || want == "open" && s == "unlocked" {
			names = append(names, t.name(d))
		}
	}
	word := phrase(t.lang, "state."+want)
	if len(names) == 0 {
		t.tell("none_is", word)
		return
	}
	t.tell("these_are", t.list(names[:min(len(names), 8)]), word)
}

func (t *turn) people() bool {
	if !t.caller.Whole() {
		t.fail("forbidden", "not_allowed")
		return false
	}
	return true
}

func (t *turn) whoIsHome() {
	if !t.people() {
		return
	}
	var names []string
	for _, p := range t.view.People() {
		if t.view.Presence(p.ID).State == "home" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		t.tell("nobody_home")
		return
	}
	t.tell("at_home", t.list(names))
}

func (t *turn) whereIs(c *grammar.Clause) {
	if !t.people() {
		return
	}
	for _, m := range c.Names {
		for _, x := range m.Things {
			if id, ok := strings.CutPrefix(x.ID, personThing); ok {
				p := t.view.Presence(home.PersonID(id))
				key := "person." + p.State
				if !hasPhrase(key) {
					key = "person.unknown"
				}
				eta := ""
				if !p.ETA.IsZero() {
					eta = p.ETA.Local().Format("15:04")
				}
				t.tell(key, x.Name, eta)
				return
			}
		}
	}
	t.fail("no_valid_targets", "not_found")
}

// whyCold says what there is to say of a cold or hot room: what it measures, what heats, what stands open.
func (t *turn) whyCold(c *grammar.Clause) {
	room := t.area
	if len(c.Areas) > 0 {
		room = home.RoomID(c.Areas[0].ID)
	}
	facts := 0
	for _, d := range t.view.Devices() {
		if !t.caller.Sees(d) || room != "" && d.Room != room {
			continue
		}
		switch s := stateWord(d); {
		case kindOf(d) == "binary" && s == "open", kindOf(d) == "cover" && s == "open" && classOf(d) == "window":
			t.tell("yes_open", t.name(d))
			facts++
		case kindOf(d) == "climate":
			if ok, why := t.view.Reachable(d); !ok {
				t.tell("failed", t.name(d), withDetail(phrase(t.lang, "reason.unreachable"), why))
				facts++
				continue
			}
			now, _ := value(d, attrRoomTemp)
			target, has := value(d, setpoint(d))
			switch {
			case s == "off":
				t.tell("is", t.name(d), phrase(t.lang, "state.off"))
			case has && now != "":
				t.tell("works_to", t.name(d), target, now)
			case has:
				t.tell("works_to_only", t.name(d), target)
			default:
				continue
			}
			facts++
		}
		if facts >= 5 {
			break
		}
	}
	if facts == 0 {
		t.tell("no_idea")
	}
}

// whyState says who or what made a thing as it is.
func (t *turn) whyState(c *grammar.Clause) {
	f := t.devices(c, c.Kind(), t.readable)
	if len(f.options) > 0 {
		f.devices = f.options[:1]
	}
	if len(f.devices) == 0 {
		t.fail("no_valid_targets", "not_found")
		return
	}
	d := f.devices[0]
	for _, a := range []model.Attribute{attrOn, attrOpen, attrLocked, attrMode, attrContact} {
		slot, ok := d.Find(a)
		if !ok {
			continue
		}
		st, _ := d.State(slot)
		when := st.Changed.Local().Format("15:04")
		by := "cause.device"
		if st.Cause != nil && hasPhrase("cause."+string(st.Cause.Kind)) {
			by = "cause." + string(st.Cause.Kind)
		}
		t.tell("because", t.name(d), phrase(t.lang, "state."+stateWord(d)), when, phrase(t.lang, by))
		return
	}
	t.tell("no_idea")
}

// undo gives back what the last sentence took.
func (t *turn) undo(ctx context.Context) {
	back := t.talk.undo
	if len(back) == 0 {
		t.fail("failed_to_handle", "nothing_to_undo")
		return
	}
	var devices []*home.Device
	var asks []home.Ask
	for _, a := range back {
		d := t.view.Device(a.Device)
		if d == nil || !t.caller.Sees(d) || slices.ContainsFunc(a.Writes, func(w model.Write) bool { return !t.caller.May(w.Attribute) }) {
			continue
		}
		a.Cause = t.cause()
		devices, asks = append(devices, d), append(asks, a)
	}
	if t.req.DryRun {
		t.plan(devices, asks)
		return
	}
	already := len(t.reply.Done)
	t.give(ctx, devices, asks)
	t.report(action{reply: "undone"}, t.reply.Done[already:], t.reply.Failed)
}

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
		t.say("dry_run")
	default:
		if err := t.e.o.House.Do(ctx, home.SceneAsked{ID: id, Cause: t.cause()}); err != nil {
			t.fail("failed_to_handle", "failed", th.Name, err.Error())
			return
		}
		t.kind(KindDone)
		t.say("scene", c.Names[0].Said)
	}
}

// sceneCalled finds a scene by words of its id or name.
func (t *turn) sceneCalled(words ...string) (home.SceneRecord, bool) {
	for _, s := range t.view.Scenes() {
		text := strings.ToLower(s.ID + " " + string(s.Document))
		for _, w := range words {
			if s.ID == w || strings.Contains(text, `"`+w+`"`) {
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
			t.fail("failed_to_handle", "failed", mode, err.Error())
			return
		}
		t.kind(KindDone)
		t.say("mode_set", phrase(t.lang, "house_mode."+word))
		return
	}
	if s, ok := t.sceneCalled(word, word+"_mode", mode); ok {
		if err := t.e.o.House.Do(ctx, home.SceneAsked{ID: s.ID, Cause: t.cause()}); err == nil {
			t.kind(KindDone)
			t.say("done")
			return
		}
	}
	t.fail("failed_to_handle", "no_such_mode")
}

// presence takes what a person says of where he is. Who speaks is the caller, or the only person who lives here.
func (t *turn) presence(ctx context.Context, state string, c *grammar.Clause) {
	person := t.speaker()
	var eta time.Time
	if state == "arriving" {
		eta = t.e.o.Now().Add(time.Duration(c.Span.Total() * float64(time.Second)))
		if c.Span.IsZero() {
			eta = time.Time{}
		}
	}
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, "presence "+string(person)+" "+state)
		t.say("dry_run")
		return
	}
	switch {
	case person == "":
		t.fail("failed_to_handle", "who_are_you")
		return
	case t.e.o.Statement == nil:
		t.fail("failed_to_handle", "cannot_do_that")
		return
	}
	if err := t.e.o.Statement(ctx, person, state, eta); err != nil {
		t.fail("failed_to_handle", "failed", string(person), err.Error())
		return
	}
	t.kind(KindDone)
	if state == "arriving" && !eta.IsZero() {
		t.say("said.arriving", eta.Local().Format("15:04"))
		return
	}
	t.say("said." + state)
}

// speaker is the person who speaks: the one the request names, the caller, or the only one who lives here.
func (t *turn) speaker() home.PersonID {
	people := t.view.People()
	for _, p := range people {
		if string(p.ID) == t.req.Person || t.req.Person != "" && strings.EqualFold(p.Name, t.req.Person) || string(p.ID) == t.caller.ID() {
			if t.caller.Manages() || string(p.ID) == t.caller.ID() || t.caller.Whole() {
				return p.ID
			}
		}
	}
	if len(people) == 1 && t.caller.Whole() {
		return people[0].ID
	}
	return ""
}

// broadcast says something on every speaker.
func (t *turn) broadcast(c *grammar.Clause) {
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, "announce "+c.Text)
		return
	}
	heard := t.e.announce(Announcement{Lang: t.lang, Speech: c.Text})
	for _, d := range t.view.Devices() {
		if a, ok := command(d, "announce.announce"); ok && t.caller.Sees(d) {
			a.Args = map[string]model.Value{"text": model.String(c.Text), "lang": model.String(t.lang)}
			a.Cause = t.cause()
			go func() { // a speaker that is slow to answer keeps nobody waiting
				ctx, cancel := context.WithTimeout(context.Background(), t.e.o.Wait)
				defer cancel()
				if _, err := t.e.o.House.Command(ctx, a, nil); err != nil {
					t.e.log.Warn("an announcement was not said", "device", a.Device, "err", err)
				}
			}()
			heard++
		}
	}
	if heard == 0 {
		t.fail("no_valid_targets", "no_speakers")
		return
	}
	t.kind(KindDone)
	t.say("announced")
}
