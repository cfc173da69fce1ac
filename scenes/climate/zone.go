package climate

import (
	"math"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// zone is what is remembered of one endpoint with a setpoint.
type zone struct {
	Thermal thermal   `json:"thermal"`
	Set     *float64  `json:"set,omitempty"` // what was last asked for, °C
	SetAt   time.Time `json:"set_at,omitzero"`
	Was     *float64  `json:"was,omitempty"`   // what was asked for before Set
	Depth   float64   `json:"depth"`           // K of setback now
	Walls   float64   `json:"walls,omitempty"` // °C: the slow mean of the room's temperature
	WallsAt time.Time `json:"walls_at,omitzero"`
	Hold    hold      `json:"hold,omitzero"`
	Window  time.Time `json:"window,omitzero"` // open since
	Paused  bool      `json:"paused,omitempty"`
	Stale   bool      `json:"stale,omitempty"`
	Said    string    `json:"said,omitempty"` // the key of the last line in the log
	Pre     time.Time `json:"pre,omitzero"`   // since when an empty house is kept at comfort
	Lead    float64   `json:"lead,omitempty"` // hours that it now needs to come to comfort
	Felt    float64   `json:"felt,omitempty"` // K by which comfort is cooler, because the air is humid
	Program program   `json:"program,omitzero"`
	Works   bool      `json:"works,omitempty"` // it heats, or cools, now
	Turned  time.Time `json:"turned,omitzero"` // since when it does, or does not
}

// hold is a change by hand that is kept.
type hold struct {
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	Celsius float64   `json:"celsius,omitempty"`
}

func (h hold) holds(now time.Time) bool { return !h.Since.IsZero() && now.Before(h.Until) }

// site is a zone as the house shows it now.
type site struct {
	*zone
	rest    *rest
	key     string
	device  *home.Device
	slot    home.Slot // the setpoint
	prop    *model.Property
	sign    float64 // 1 for heating, -1 for cooling
	temp    float64
	hasTemp bool
	heard   time.Time // of the temperature
	set     home.State
	comfort float64
	away    float64
	off     bool    // switched off, or kept from frost only
	asleep  bool    // switched off
	percent float64 // relative humidity; 0 when it is not known, or nothing is cooled
	damp    float64 // how much drying the cooling takes, see [damp]
}

const (
	attrHeat = model.AttrThermostatHeatSetpoint
	attrCool = model.AttrThermostatCoolSetpoint
	attrRoom = model.AttrThermostatLocalTemperature
)

// IsThermostat tells whether an endpoint of a device has a setpoint that can be moved.
func IsThermostat(d *home.Device, ep model.EndpointID) bool {
	return settable(d, ep, attrHeat) || settable(d, ep, attrCool)
}

func settable(d *home.Device, ep model.EndpointID, a model.Attribute) bool {
	p := d.Property(home.Slot{Endpoint: ep, Attribute: a})
	return p != nil && p.Access.CanWrite()
}

// Thermostats are the devices that a scene stands for now: those named, those in its rooms, else all.
func (s *Settings) Thermostats(r home.Reader) []*home.Device {
	var out []*home.Device
	if s.Devices != nil {
		for _, id := range s.Devices {
			if d := r.Device(id); d != nil && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
		return out
	}
	for _, d := range r.Devices() {
		if s.Rooms == nil || slices.Contains(s.Rooms, d.Room) {
			out = append(out, d)
		}
	}
	return out
}

// endpoints are the parts of a device with a setpoint; the main one alone when it has one.
func endpoints(d *home.Device) []model.EndpointID {
	if IsThermostat(d, model.MainEndpoint) {
		return []model.EndpointID{model.MainEndpoint}
	}
	var out []model.EndpointID
	parts := d.Endpoints()
	for i := range parts {
		if IsThermostat(d, parts[i].ID) {
			out = append(out, parts[i].ID)
		}
	}
	return out
}

// sites are the zones of a scene as they are now.
func (sc *scene) sites(r home.Reader) []site {
	var out []site
	for _, d := range sc.set.Thermostats(r) {
		for _, ep := range endpoints(d) {
			out = append(out, sc.site(d, ep))
		}
	}
	return out
}

func (sc *scene) site(d *home.Device, ep model.EndpointID) site {
	x := site{device: d, sign: 1, rest: sc.rest(d, ep)}
	a := attrHeat
	mode := state(d, ep, model.AttrThermostatMode).Value.String()
	if x.asleep = mode == modeOff; x.asleep {
		mode = x.rest.Mode
	}
	x.off = x.asleep || x.rest.Frost
	if !settable(d, ep, attrHeat) || settable(d, ep, attrCool) && (mode == "cool" || mode == "dry" || mode == "precooling") {
		a, x.sign = attrCool, -1
	}
	x.slot = home.Slot{Endpoint: ep, Attribute: a}
	x.prop = d.Property(x.slot)
	x.set, _ = d.State(x.slot)
	x.set.Changed = sc.pace.In(x.set.Changed)
	room := state(d, ep, attrRoom)
	x.temp, x.hasTemp = room.Value.Number()
	x.heard = sc.pace.In(room.Heard)
	x.comfort, x.away = sc.set.temperatures(x.sign)
	x.key = x.place()
	if x.sign < 0 {
		x.key += "/cool"
	}
	z := sc.mem.Zones[x.key]
	if z == nil {
		kind := sc.set.Emitter
		if x.sign < 0 {
			kind = "cooling"
		} else if kind == "" {
			kind = guessEmitter(d, ep)
		}
		z = &zone{Thermal: newThermal(kind)}
		sc.mem.Zones[x.key] = z
	}
	x.zone = z
	return x
}

// place is where the zone is set, whichever way it works: the device and its endpoint.
func (x *site) place() string { return string(x.device.ID) + "/" + string(x.slot.Endpoint) }

// guessEmitter takes what can also cool for a split, and everything else for a radiator.
func guessEmitter(d *home.Device, ep model.EndpointID) string {
	if settable(d, ep, attrCool) {
		return "split"
	}
	return "radiator"
}

func state(d *home.Device, ep model.EndpointID, a model.Attribute) home.State {
	st, _ := d.State(home.Slot{Endpoint: ep, Attribute: a})
	return st
}

// temperatures are comfort and away for heating (sign 1) or cooling. The setback lies below comfort for heating and as
// far above it for cooling, whichever way round the document has it: nobody cools an empty house.
func (s *Settings) temperatures(sign float64) (comfort, away float64) {
	depth := math.Abs(s.Comfort - s.Away)
	comfort, away = s.Comfort, s.Comfort-sign*depth
	if sign < 0 && s.CoolComfort != nil {
		comfort = *s.CoolComfort
		away = comfort + depth
	}
	if sign < 0 && s.CoolAway != nil {
		away = max(*s.CoolAway, comfort)
	}
	return comfort, away
}

// bounded is a setpoint within the device's range, the scene's and the hub's.
func (x *site) bounded(s *Settings, celsius float64) float64 {
	low, high := FrostFloor, HeatCeiling
	if x.sign < 0 {
		low, high = CoolFloor, 40
	}
	low, high = max(low, s.Min), min(high, s.Max)
	if x.prop.Min != nil {
		low = max(low, *x.prop.Min)
	}
	if x.prop.Max != nil {
		high = min(high, *x.prop.Max)
	}
	celsius = min(max(celsius, low), max(high, low))
	if step := x.prop.Step; step > 0 {
		celsius = math.Round(celsius/step) * step
	}
	return celsius
}

// gap is how far the room is from comfort, K; positive when there is work to do.
func (x *site) gap() float64 { return x.sign * (x.comfort - x.temp) }

// present is the setpoint as it is, or is about to be.
func (x *site) present() (celsius float64, known bool) { return present(x.set) }

func present(set home.State) (celsius float64, known bool) {
	if !set.Desired.IsUnknown() {
		return set.Desired.Number()
	}
	if set.Quality == model.Restored || set.Quality == model.Stale {
		return 0, false
	}
	return set.Value.Number()
}

// byHand tells whether a person set the value: at the device, in an app, by voice or through a program.
func byHand(st home.State) bool {
	return st.Cause != nil && st.Cause.Kind != model.CauseScene && st.Cause.Kind != model.CauseHub
}

const wallsHours = 14.0 // time constant of the slow mean

// sense follows the room's slow mean.
func (x *site) sense(now time.Time) {
	if !x.hasTemp {
		return
	}
	dt := now.Sub(x.WallsAt).Hours()
	if x.WallsAt.IsZero() || dt > 3*wallsHours || dt < 0 {
		x.Walls, x.WallsAt = x.temp, now
		return
	}
	x.Walls += (x.temp - x.Walls) * (1 - math.Exp(-dt/wallsHours))
	x.WallsAt = now
}
