package converse

import (
	"context"
	"slices"

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
		"GetHumidity": func(_ context.Context, t *turn, c *grammar.Clause) { t.measure(c, "humidity", attrHumidity) },
		"GetReading": func(_ context.Context, t *turn, c *grammar.Clause) {
			t.measure(c, c.Reading(), readings[c.Reading()]...)
		},
		"WhoIsHome": func(_ context.Context, t *turn, c *grammar.Clause) {
			if len(c.Areas)+len(c.Floors) > 0 || c.Is("here") {
				t.anyone(c)
				return
			}
			t.whoIsHome()
		},
		"WhereIs":        func(_ context.Context, t *turn, c *grammar.Clause) { t.whereIs(c) },
		"WhyCold":        func(_ context.Context, t *turn, c *grammar.Clause) { t.whyCold(c) },
		"WhyState":       func(_ context.Context, t *turn, c *grammar.Clause) { t.whyState(c) },
		"GetCurrentTime": func(_ context.Context, t *turn, _ *grammar.Clause) { t.time() },
		"GetCurrentDate": func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("date", t.date(t.e.o.Now())) },
		"Undo":           func(ctx context.Context, t *turn, _ *grammar.Clause) { t.undo(ctx) },
		"Nevermind": func(ctx context.Context, t *turn, c *grammar.Clause) {
			if c.Is("take_back") && len(t.talk.undo) > 0 { // "cancel that", when something was done
				t.undo(ctx)
				return
			}
			t.tell("cancelled")
		},
		grammar.Conditional: func(_ context.Context, t *turn, _ *grammar.Clause) { t.fail("cannot_wait_for", "conditional") },
		"Remark":            func(_ context.Context, t *turn, _ *grammar.Clause) { t.fail("no_intent_match", "not_understood") },
		"Yes":               func(_ context.Context, t *turn, _ *grammar.Clause) { t.fail("no_intent_match", "nothing_asked") },
		"No":                func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("cancelled") },
		"Respond":           func(_ context.Context, t *turn, _ *grammar.Clause) { t.tell("hello") },
		"Scene":             func(ctx context.Context, t *turn, c *grammar.Clause) { t.scene(ctx, c) },
		"HouseMode":         func(ctx context.Context, t *turn, c *grammar.Clause) { t.houseMode(ctx, c) },
		"ImHome":            func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "home", c) },
		"ImLeaving":         func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "away", c) },
		"NotComing":         func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "later", c) },
		"ImArriving":        func(ctx context.Context, t *turn, c *grammar.Clause) { t.presence(ctx, "arriving", c) },
		"Broadcast":         func(_ context.Context, t *turn, c *grammar.Clause) { t.broadcast(c) },
		"StartTimer":        func(ctx context.Context, t *turn, c *grammar.Clause) { t.startTimer(ctx, c) },
		"CancelTimer":       func(ctx context.Context, t *turn, c *grammar.Clause) { t.cancelTimers(ctx, c, false) },
		"CancelAllTimers":   func(ctx context.Context, t *turn, c *grammar.Clause) { t.cancelTimers(ctx, c, true) },
		"IncreaseTimer":     func(ctx context.Context, t *turn, c *grammar.Clause) { t.changeTimer(ctx, c, 1) },
		"DecreaseTimer":     func(ctx context.Context, t *turn, c *grammar.Clause) { t.changeTimer(ctx, c, -1) },
		"PauseTimer":        func(ctx context.Context, t *turn, c *grammar.Clause) { t.pauseTimer(ctx, c, true) },
		"UnpauseTimer":      func(ctx context.Context, t *turn, c *grammar.Clause) { t.pauseTimer(ctx, c, false) },
		"TimerStatus":       func(_ context.Context, t *turn, c *grammar.Clause) { t.timerStatus(c) },
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
			t.tellOf("is", d, "open")
			facts++
		case kindOf(d) == "climate":
			if ok, _ := t.view.Reachable(d); !ok {
				t.tellOf("unreachable", d, "")
				facts++
				continue
			}
			now, _ := t.valueOf(d, attrRoomTemp)
			target, has := t.valueOf(d, setpoint(d))
			switch {
			case s == "off":
				t.tellOf("is", d, "off")
			case has && now != "":
				t.tellOf("works_to", d, "", target, now)
			case has:
				t.tellOf("works_to_only", d, "", target)
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
		t.tellOf("because", d, stateWord(d), t.moment(st.Changed), t.by(st.Cause))
		return
	}
	t.tell("no_idea")
}

// by says who or what did something.
func (t *turn) by(c *model.Cause) string {
	if c == nil || !hasPhrase("cause."+string(c.Kind)) {
		return phrase(t.lang, "cause.device")
	}
	if c.Kind == model.CauseScene && c.Who != "" {
		return phrase(t.lang, "cause.scene_named", t.sceneName(c.Who))
	}
	return phrase(t.lang, "cause."+string(c.Kind))
}

// tellOf answers with a sentence about a device: {1} is its name, {2} a state that agrees with it, if one is given, then what else there is.
func (t *turn) tellOf(key string, d *home.Device, state string, more ...string) {
	f := formOf(t.lang, t.name(d))
	args := []string{t.name(d)}
	if state != "" {
		args = append(args, phraseOf(t.lang, "state."+state, f))
	}
	t.kind(KindAnswer)
	t.speak(phraseOf(t.lang, key, f, append(args, more...)...))
}

func (t *turn) time() {
	now := t.e.o.Now()
	t.kind(KindAnswer)
	t.speak(phraseOf(t.lang, "time", hourForm(now), t.clock(now)))
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
	t.report(action{reply: "undone"}, t.give(ctx, devices, asks))
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
