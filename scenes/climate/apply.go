package climate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// How often a setpoint may be written: batteries, compressors and burners live longer.
const (
	between      = 16 * time.Minute // two writes, unless somebody came or went
	beforeDeeper = 30 * time.Minute // a deeper setback after any write
	worthDeeper  = 0.9              // K that a deeper setback must gain, or reach the deepest
	worthRaise   = 0.9              // K that a shallower one must, or reach comfort
	windowFor    = 2 * time.Minute  // a window open shorter does not matter
	staleAfter   = time.Hour        // a temperature older than this is not believed …
	hardlyChange = 0.05             // K
	fullPower    = 2.0              // K: so far from its setpoint a device gives all it has
	stillWorks   = 0.5              // K: and so far it goes on for a while
	echoes       = time.Minute      // a device may tell so late of what it was asked for before
)

// apply asks for what is wanted, where it is another than what is and it is time.
func (sc *scene) apply(re *home.Reaction, v *scenery, x *site, w want, a air) {
	if w.problem != "" {
		re.Problems = append(re.Problems, w.problem)
	}
	sc.alarm(re, v, x)
	if w.keep {
		x.note(sc, v.now, w.line, nil)
		return
	}
	target := x.bounded(&sc.set, w.celsius)
	if x.asleep {
		sc.wake(re, v, x, w, target, a)
		return
	}
	if x.suggestible() {
		sc.suggest(re, v, x, w, a)
		return
	}
	now, known := x.present()
	if known && math.Abs(now-target) < max(hardlyChange, x.prop.Step/2) && !x.rules(v.now) {
		if x.Set == nil || math.Abs(*x.Set-target) > hardlyChange {
			x.Set = &target
		}
		x.Depth = w.depth
		x.note(sc, v.now, w.line, nil)
		return
	}
	if known && !v.forced && !x.rules(v.now) && (!v.in && x.moot(now, target) || !w.urgent && !x.due(v, w, now, target)) {
		return
	}
	if x.tooSoon(v.now, target) && (sc.set.Enabled || !v.forced) {
		return
	}
	x.begin(v.now, now, known, target, a)
	sc.ask(re, v, x, w, target)
}

// ask writes a setpoint, after what must come first.
func (sc *scene) ask(re *home.Reaction, v *scenery, x *site, w want, target float64, first ...model.Write) {
	x.unrule(re, v.now)
	writes := append(first, model.Write{Attribute: x.slot.Attribute, Value: model.Number(target)})
	re.Asks = append(re.Asks, home.Ask{Device: x.device.ID, Endpoint: x.slot.Endpoint, Writes: writes})
	re.Because = because(w.line.Key)
	x.preheat(sc, v, w)
	if x.hasTemp {
		x.turn(v.now, x.sign*(target-x.temp) > 0)
	}
	x.Was, x.Set, x.SetAt, x.Depth = x.Set, &target, v.now, w.depth
	x.note(sc, v.now, w.line, &target)
}

// wake switches on what is off, where there is work for it.
func (sc *scene) wake(re *home.Reaction, v *scenery, x *site, w want, target float64, a air) {
	if !x.wakes(v.now, target, &sc.mem.Outdoor) || x.tooSoon(v.now, target) {
		x.note(sc, v.now, line("climate.off_now"), nil)
		return
	}
	x.rest.Asked, x.rest.Frost = v.now, !x.rest.over()
	sc.ask(re, v, x, w, target, model.Write{Attribute: model.AttrThermostatMode, Value: model.String(x.rest.mode(x))})
}

// due tells whether it is time for a change that is not urgent.
func (x *site) due(v *scenery, w want, now, target float64) bool {
	since := v.now.Sub(x.SetAt)
	deeper := x.sign * (now - target)
	deepest := w.depth >= math.Abs(x.comfort-x.away)-0.01 || w.celsius == x.away
	switch {
	case v.moved && w.depth == 0 && deeper < 0, // people come first
		x.SetAt.Before(v.left) && x.Depth == 0 && (deeper >= worthDeeper || deepest): // and the last has just gone
		return true
	case x.SetAt.IsZero(), x.SetAt.After(v.now): // never, or the clock has been set back since
		return true
	case since < between:
		return false
	case deeper < 0:
		return w.depth == 0 || v.in || deeper <= -worthRaise
	case w.ease:
		return true
	}
	return (deeper >= worthDeeper || deepest) && (x.Depth == 0 || since >= beforeDeeper)
}

// moot tells that a change alters nothing of what a heater does for a while: it works as hard as it can, or goes on working,
// either way. Such a write waits; often another follows that means more. How hard a cooler works depends on how far it is
// from its setpoint: it is told at once.
func (x *site) moot(now, target float64) bool {
	if !x.hasTemp || x.sign < 0 {
		return false
	}
	least := min(now, target) - x.temp
	if target > now {
		return least > fullPower
	}
	return least > stillWorks
}

// begin starts or ends a recovery as the setpoint moves.
func (x *site) begin(at time.Time, was float64, known bool, target float64, a air) {
	if !x.hasTemp || x.Paused {
		x.Thermal.abort()
		return
	}
	gap := x.sign * (target - x.temp)
	if known && x.sign*(target-was) > 0 {
		x.Thermal.begin(at, target, gap, air{a.outside - x.sign*(x.comfort-target), a.walls, a.damp})
		return
	}
	x.Thermal.abort()
}

// follow lets a recovery under way be learned from.
func (x *site) follow(now time.Time, a air) {
	x.Thermal.strain(now, x.gap(), a.outside)
	if x.Thermal.Run == nil {
		return
	}
	if x.Paused || x.Stale || x.asleep {
		x.Thermal.abort()
		return
	}
	x.Thermal.follow(now, x.sign*(x.Thermal.Run.Target-x.temp), a)
}

// alarm says once that a zone is asked for much and does nothing.
func (sc *scene) alarm(re *home.Reaction, v *scenery, x *site) {
	if !x.Thermal.stuck(v.now) || x.Thermal.Run.Alarmed {
		return
	}
	x.Thermal.Run.Alarmed = true
	sc.log(Entry{At: v.now, Zone: x.key, Celsius: x.set.Value, Room: x.temp, Line: line("climate.stuck", celsius(x.Thermal.Run.Target), clock(x.Thermal.Run.Began), celsius(x.temp))})
	re.Problems = append(re.Problems, fmt.Sprintf("%s: asked for %.1f °C since %s, but the room stays at %.1f °C", x.device.Name(""), x.Thermal.Run.Target, x.Thermal.Run.Began.Format("15:04"), x.temp))
}

// stale notes whether the room's temperature can still be believed.
func (x *site) stale(now time.Time) {
	x.Stale = x.hasTemp && !x.heard.IsZero() && now.Sub(x.heard) > staleAfter
}

// notice follows what is done at the device: the setpoint changed by hand, a window opened.
func (sc *scene) notice(v *scenery, x *site) {
	sc.noticePreset(x)
	sc.noticeHand(v, x)
	open := sc.windowOpen(x, v)
	switch {
	case !open:
		x.Window, x.Paused = time.Time{}, false
	case x.Window.IsZero():
		x.Window = v.now
	case v.now.Sub(x.Window) >= windowFor && v.now.Sub(x.SetAt) >= between:
		x.Paused = true
		x.Thermal.abort()
	}
}

func (sc *scene) noticeHand(v *scenery, x *site) {
	value, ok := x.set.Value.Number()
	if !ok || !byHand(x.set) || !x.set.Changed.After(x.Hold.Since) || x.set.Quality == model.Restored {
		return
	}
	if x.Set == nil || math.Abs(value-*x.Set) <= max(hardlyChange, x.prop.Step/2) || !x.set.Changed.After(x.SetAt) {
		return
	}
	if x.ruled() || x.suggestible() || x.set.Changed.Sub(x.Program.Asked) < echoes {
		return // it is the device's program that moves it, or the end of that program
	}
	if x.Was != nil && math.Abs(value-*x.Was) <= max(hardlyChange, x.prop.Step/2) && x.set.Changed.Sub(x.SetAt) < echoes {
		return // the device still tells of what it was asked for before
	}
	x.Hold = hold{Since: x.set.Changed, Until: x.set.Changed.Add(sc.set.Hold), Celsius: value}
	x.Thermal.abort()
}

// windowOpen tells whether the device itself, or a contact in its room, says that a window is open.
func (sc *scene) windowOpen(x *site, v *scenery) bool {
	if open, ok := state(x.device, x.slot.Endpoint, model.AttrThermostatWindowOpen).Value.Bool(); ok && open {
		return true
	}
	return slices.Contains(v.open, x.device.Room) && x.device.Room != ""
}

func isWindow(d *home.Device) bool {
	if slices.ContainsFunc(d.Roles, func(r string) bool {
		return strings.Contains(strings.ToLower(r), "window") || strings.Contains(r, "窗")
	}) {
		return true
	}
	slot, ok := d.Find(model.AttrContactOpening)
	if !ok {
		return false
	}
	st, _ := d.State(slot)
	return st.Value.String() == "window"
}

// openWindows are the rooms in which a window contact says open.
func openWindows(r home.Reader) []home.RoomID {
	var out []home.RoomID
	for _, d := range r.Devices() {
		slot, ok := d.Find(model.AttrContactOpen)
		if !ok || !isWindow(d) {
			continue
		}
		st, _ := d.State(slot)
		if open, known := st.Value.Bool(); known && open && st.Quality != model.Restored {
			out = append(out, d.Room)
		}
	}
	return out
}

// because is what the device's own explanation says of the scene: a key below "cause." of the messages.
func because(key string) string {
	word, _, _ := strings.Cut(strings.TrimPrefix(key, "climate."), ".")
	switch word {
	case "usual", "usual_day", "expect", "warm":
		return "arrival.expected"
	case "plan", "plan_day", "partly":
		return "arrival.away"
	case "in_humid":
		return "arrival.in"
	}
	return "arrival." + word
}
