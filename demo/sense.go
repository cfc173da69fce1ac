package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// controls tells the physics what the devices are set to.
func (h *House) controls() controls {
	real := func(ieee, key string) any { return h.byIEEE[ieee].real[key] }
	knobOf := func(ieee string) knob {
		d := h.byIEEE[ieee]
		mode, _ := d.real["system_mode"].(string)
		return knob{setpoint: number(d.real[d.setpointKey()]), mode: mode, boost: ieee == kitchenTRV}
	}
	ac := h.byIEEE[bedroomAC]
	mode, _ := ac.real["system_mode"].(string)
	return controls{
		valves:     map[string]knob{living: knobOf(livingTRV), kitchen: knobOf(kitchenTRV)},
		cooler:     cooler{on: ac.powered && ac.real["state"] == "ON", mode: mode, target: number(ac.real["target_temperature"])},
		blind:      number(real(bedroomBlind, "position")),
		windowOpen: real(bedroomWindow, "contact") == false,
		doorOpen:   real(frontDoor, "contact") == false,
		plugOn:     h.byIEEE[tvPlug].powered && real(tvPlug, "state") == "ON",
	}
}

// sense lets the devices see what the physics has come to, after the acts of a step.
func (h *House) sense(acts []act) {
	for _, a := range acts {
		d := h.byIEEE[a.ieee]
		if a.ieee == frontLock {
			if d.joined && !equal(d.real["state"], a.to) {
				h.budget.owe(h.o.Now())
				h.budget.owe(h.o.Now())
				h.bolt(d, a.to, "manual")
			}
			continue
		}
		if h.byHand(d, a) {
			d.dirty, d.urgent = true, true
		}
	}
	h.senseClimate()
	h.sensePower()
	if d := h.byIEEE[hallMotion]; d.set("occupancy", h.world.life.motion(h.world.now)) {
		d.dirty, d.urgent = true, true
	}
}

// byHand does an act to the device itself. What has no power does not follow, but for what is moved by hand alone.
func (h *House) byHand(d *device, a act) bool {
	switch {
	case a.key == "position":
		d.halt()
		was := d.real["position"]
		d.setPosition(d.real, number(a.to))
		return !equal(was, a.to)
	case a.key == "state" && d.Kind == "lock":
		d.set("lock_state", map[any]string{"LOCK": "locked", "UNLOCK": "unlocked"}[a.to])
	case d.mains() && !d.powered:
		return false
	}
	return d.set(a.key, a.to)
}

// set changes what the device has and tells whether it did.
func (d *device) set(key string, v any) bool {
	changed := !equal(d.real[key], v)
	d.real[key] = v
	return changed
}

// measure changes a measurement when it has moved far enough to be worth a report.
func (d *device) measure(key string, v, grain float64, digits int) {
	v = round(v, digits)
	if old, ok := d.real[key].(float64); ok && math.Abs(v-old) < grain {
		return
	}
	if d.set(key, v) {
		d.dirty = true
	}
}

func (h *House) senseClimate() {
	w := h.world
	room := func(ieee string) *space { return w.rooms[h.byIEEE[ieee].Room] }
	thermometer := h.byIEEE[bedroomTemp]
	thermometer.measure("temperature", room(bedroomTemp).air, 0.2, 2)
	thermometer.measure("humidity", room(bedroomTemp).humidity(), 1, 2)
	air := h.byIEEE[livingAir]
	air.measure("temperature", room(livingAir).air, 0.2, 1)
	air.measure("humidity", room(livingAir).humidity(), 1, 0)
	air.measure("pm25", w.soot, 2, 0)
	air.measure("voc_index", w.smell, 5, 0)
	ac := h.byIEEE[bedroomAC]
	ac.measure("current_temperature", math.Round(room(bedroomAC).air*2)/2, 0.5, 1)
	ac.measure("outdoor_air_temperature", w.outside.outdoor, 1, 0)
	for _, ieee := range []string{livingTRV, kitchenTRV} {
		h.senseValve(h.byIEEE[ieee], room(ieee).air, w.opening[h.byIEEE[ieee].Room])
	}
}

func (h *House) senseValve(d *device, celsius, opening float64) {
	d.measure("local_temperature", celsius, 0.2, 1)
	d.measure("pi_heating_demand", opening, 5, 0)
	state := "idle"
	if opening > 0 {
		state = "heat"
	}
	if d.set("running_state", state) {
		d.dirty = true
	}
}

// sensePower: the meter counts what the television takes.
func (h *House) sensePower() {
	d := h.byIEEE[tvPlug]
	watts := h.world.watts
	d.measure("power", watts, 5, 1)
	d.measure("current", watts/230, 0.02, 2)
	d.measure("energy", number(d.State["energy"])+h.world.energy, 0.01, 2)
}

// flush lets the devices report what there is, as far as the budget goes: first what happened, then measurements,
// the device heard longest ago first.
func (h *House) flush() {
	for _, urgent := range []bool{true, false} {
		for {
			d := h.waiting(urgent)
			if d == nil {
				break
			}
			if !h.worthIt(d) {
				d.dirty, d.urgent = false, false
				continue
			}
			if !h.budget.take(h.o.Now()) {
				return
			}
			h.reportNow(d)
		}
	}
}

func (h *House) waiting(urgent bool) *device {
	var first *device
	for _, d := range h.joined() {
		if d.dirty && (d.urgent || !urgent) && (first == nil || d.heard.Before(first.heard)) {
			first = d
		}
	}
	return first
}

// worthIt tells whether a device can report and has something that is not known.
func (h *House) worthIt(d *device) bool {
	if !d.powered {
		return false
	}
	for k, v := range d.real {
		if !equal(d.cache[k], v) {
			return true
		}
	}
	return false
}

// phoneLog is what the phone said last.
type phoneLog struct {
	at     time.Time // of the wall
	sim    time.Time
	inside bool
	known  bool
}

const (
	movingEvery = 30 * time.Second // simulated: OwnTracks' move mode
	restEvery   = 30 * time.Minute // simulated: its ping
	leastApart  = 3 * time.Second  // of the wall
)

// followPhone lets the phone say where it is: often while it moves, else now and then.
func (h *House) followPhone() {
	km, way := h.world.life.distance(h.world.now)
	every, trigger := restEvery, "p"
	if way != 0 {
		every, trigger = movingEvery, "v"
	}
	moved := h.phone.known && (km*1000 <= HomeRadiusM) != h.phone.inside
	late := h.world.now.Sub(h.phone.sim) >= every
	if (moved || late) && h.o.Now().Sub(h.phone.at) >= leastApart {
		h.sayWhere(trigger)
	}
}

// sayWhere publishes the phone's position, and before it that the border of home was crossed.
func (h *House) sayWhere(trigger string) {
	km, way := h.world.life.distance(h.world.now)
	now := h.o.Now()
	dice := rand.New(rand.NewPCG(h.o.Seed, uint64(h.world.now.Unix())))
	p := locate(km, way, dice)
	inside := p.metres <= HomeRadiusM
	if h.phone.known && inside != h.phone.inside {
		h.send(Tracker+"/event", p.crossing(now, map[bool]string{true: "enter", false: "leave"}[inside]), false, 1)
	}
	h.send(Tracker, p.message(now, h.speed, trigger), true, 1)
	h.phone = phoneLog{at: now, sim: h.world.now, inside: inside, known: true}
}
