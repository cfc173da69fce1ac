package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// step is the grain of simulated time: the physics is stepped by it however fast time goes, so that a seed
// and a start give one course of things.
const step = 30 * time.Second

// world is the physics of the house: the weather, the rooms, and who lives there.
type world struct {
	now     time.Time
	outside conditions
	weather weather
	life    life
	rooms   map[string]*space
	valves  map[string]*valve // by room
	opening map[string]float64
	soot    float64 // µg/m³ of fine dust in the living room
	smell   float64 // VOC index there
	energy  float64 // kWh that the television's plug has counted since the start
	watts   float64
}

// controls is what the devices are set to, as far as physics is concerned.
type controls struct {
	valves     map[string]knob // by room
	cooler     cooler          // the bedroom's
	blind      float64         // percent open, in the bedroom
	windowOpen bool            // in the bedroom
	doorOpen   bool
	plugOn     bool
}

func newWorld(start time.Time, seed uint64) *world {
	w := &world{
		now:     start,
		weather: weather{rng: rand.New(rand.NewPCG(seed, 1)), cloud: 0.4},
		life:    life{seed: seed},
		rooms: map[string]*space{
			living:  {volume: 62, window: 900},
			bedroom: {volume: 36, window: 450},
			kitchen: {volume: 28, window: 250},
			hall:    {volume: 20},
		},
		valves:  map[string]*valve{living: {}, kitchen: {}},
		opening: map[string]float64{},
		soot:    6, smell: 95,
	}
	w.outside = w.weather.at(start)
	for _, r := range w.rooms {
		r.air, r.mass = 18, 18
		r.water = 0.45 * saturation(18)
	}
	return w
}

// advance lets one step pass and lists what is done by hand meanwhile.
func (w *world) advance(c controls) []act {
	before, dt := w.now, step.Seconds()
	w.now = w.now.Add(step)
	w.outside = w.weather.step(w.now, dt)
	done := w.lit(w.life.step(before, w.now))
	for id, r := range w.rooms {
		r.people = 0
		if id == w.life.room {
			r.people = 1
		}
	}
	for _, id := range []string{living, bedroom, kitchen, hall} { // in order: neighbours see each other's new values
		w.rooms[id].step(dt, w.outside, w.gains(id, c, dt))
	}
	w.airQuality(dt)
	w.plug(c.plugOn, dt)
	return done
}

// lit leaves out of what is done what only darkness calls for, when it is not dark.
func (w *world) lit(acts []act) []act {
	var out []act
	for _, a := range acts {
		if !a.dark || w.outside.dark {
			out = append(out, a)
		}
	}
	return out
}

func (w *world) gains(id string, c controls, dt float64) gains {
	g := gains{next: w.rooms[hall].air}
	if v := w.valves[id]; v != nil {
		w.opening[id] = v.step(dt, c.valves[id], w.rooms[id].air)
		g.valve = w.opening[id]
	}
	switch id {
	case living:
		g.direct = w.watts
	case bedroom:
		g.direct = c.cooler.power(w.rooms[id].air)
		g.shade = 0.85 * (1 - c.blind/100)
		g.open = c.windowOpen
		if c.cooler.on && (c.cooler.mode == "cool" || c.cooler.mode == "dry") {
			g.steam = -200
		}
	case kitchen:
		if w.cooking() {
			g.direct, g.steam = 700, 350
		}
	case hall:
		g.next = w.rooms[living].air
		g.open = c.doorOpen
	}
	return g
}

// cooking tells whether somebody has been in the kitchen for a while, in the evening.
func (w *world) cooking() bool {
	return w.life.room == kitchen && w.now.Hour() >= 18 && w.now.Sub(w.life.since) > 5*time.Minute
}

func (w *world) airQuality(dt float64) {
	soot, smell := 6.0, 95.0+40*float64(w.rooms[living].people)
	if w.cooking() {
		soot, smell = 70, 240
	}
	w.soot += (soot - w.soot) * dt / 1500
	w.smell += (smell - w.smell) * dt / 1200
}

// plug is the television: 95 W when somebody watches, next to nothing otherwise.
func (w *world) plug(on bool, dt float64) {
	w.watts = 0
	if on {
		w.watts = 0.6
		if w.life.watch {
			w.watts = 95 + 12*math.Sin(float64(w.now.Unix()%3600)/90)
		}
	}
	w.energy += w.watts * dt / 3.6e6
}
