package demo

import (
	"math"
	"time"
)

// effect is what comes of setting one property.
type effect struct {
	echo  map[string]any            // what the device then has, and Zigbee2MQTT publishes at once
	hope  map[string]any            // what Zigbee2MQTT publishes at once though the device has yet to get there
	quiet map[string]any            // what the device then has without Zigbee2MQTT knowing before the device says so
	then  func(h *House, d *device) // what goes on afterwards
}

// behaviour tells what a kind of device does when a property (by its name without a part) is set to a checked value.
type behaviour func(d *device, p property, v any) (effect, error)

// behaviours is by kind; a kind that is not here just takes the value.
var behaviours = map[string]behaviour{
	"light": lightBehaviour,
	"ac":    acBehaviour,
	"cover": coverBehaviour,
	"lock":  lockBehaviour,
	"trv":   trvBehaviour,
	"plug":  plugBehaviour,
	"siren": plainBehaviour,
}

func (d *device) behave(p property, v any) (effect, error) {
	if b := behaviours[d.Kind]; b != nil {
		return b(d, p, v)
	}
	return plainBehaviour(d, p, v)
}

// plainBehaviour takes the value. What can only be set has no state to show.
func plainBehaviour(d *device, p property, v any) (effect, error) {
	if p.access&1 == 0 {
		return effect{}, nil
	}
	return effect{echo: map[string]any{p.key: d.toggled(p, v)}}, nil
}

// toggled turns TOGGLE into the other of on and off.
func (d *device) toggled(p property, v any) any {
	if p.toggle == nil || v != p.toggle {
		return v
	}
	if equal(d.real[p.key], p.on) {
		return p.off
	}
	return p.on
}

func lightBehaviour(d *device, p property, v any) (effect, error) {
	switch p.name {
	case "brightness":
		if v.(float64) == 0 {
			return effect{echo: map[string]any{"state": "OFF"}}, nil
		}
		return effect{echo: map[string]any{"brightness": v, "state": "ON"}}, nil
	case "color_temp":
		echo := map[string]any{"color_temp": v, "color_mode": "color_temp"}
		if _, coloured := d.props["color"]; coloured {
			x, y := xyOfMired(v.(float64))
			echo["color"] = map[string]any{"x": x, "y": y}
		}
		return effect{echo: echo}, nil
	case "color_xy", "color_hs", "color":
		echo, err := colorState(v)
		return effect{echo: echo}, err
	}
	return plainBehaviour(d, p, v)
}

// acBehaviour is the ONOKOM adapter's: choosing a mode switches on, and off leaves the mode as it was.
func acBehaviour(d *device, p property, v any) (effect, error) {
	switch {
	case p.name == "system_mode" && v == "off":
		return effect{echo: map[string]any{"state": "OFF", "system_mode": "off"}}, nil
	case p.name == "system_mode":
		return effect{echo: map[string]any{"state": "ON", "system_mode": v}}, nil
	case p.name == "mode":
		return effect{echo: map[string]any{"mode": v}, quiet: map[string]any{"system_mode": v}}, nil
	case p.name == "state" && d.toggled(p, v) == "ON" && d.real["system_mode"] == "off":
		return effect{echo: map[string]any{"state": "ON"}, quiet: map[string]any{"system_mode": "heat"}}, nil
	}
	return plainBehaviour(d, p, v)
}

// trvBehaviour: the valve says at once what it makes of a new setpoint; that follows with the next step of the physics.
func trvBehaviour(d *device, p property, v any) (effect, error) {
	e, err := plainBehaviour(d, p, v)
	short := number(d.real[d.setpointKey()]) - number(d.real["local_temperature"])
	if p.key == d.setpointKey() {
		short = number(v) - number(d.real["local_temperature"])
	}
	mode := d.real["system_mode"]
	if p.name == "system_mode" {
		mode = v
	}
	e.quiet = map[string]any{"running_state": "idle"}
	if mode != "off" && short > 0 {
		e.quiet["running_state"] = "heat"
	}
	return e, err
}

func (d *device) setpointKey() string {
	if _, ok := d.props["current_heating_setpoint"]; ok {
		return "current_heating_setpoint"
	}
	return "occupied_heating_setpoint"
}

func plugBehaviour(d *device, p property, v any) (effect, error) {
	e, err := plainBehaviour(d, p, v)
	if p.name == "state" && e.echo["state"] == "OFF" {
		e.quiet = map[string]any{"power": 0.0, "current": 0.0}
	}
	return e, err
}

const (
	coverTick  = time.Second
	coverSpeed = 10.0                   // percent a second
	lockTime   = 450 * time.Millisecond // until the bolt has moved
)

// coverBehaviour: the target is published at once though the blind has yet to move; open, close and stop are not.
func coverBehaviour(d *device, p property, v any) (effect, error) {
	move := func(to float64) effect {
		return effect{then: func(h *House, d *device) { h.move(d, to) }}
	}
	switch {
	case p.name == "position":
		e := move(v.(float64))
		e.hope = map[string]any{}
		d.setPosition(e.hope, v.(float64))
		return e, nil
	case p.name == "state" && v == "OPEN":
		return move(100), nil
	case p.name == "state" && v == "CLOSE":
		return move(0), nil
	case p.name == "state" && v == "STOP":
		return effect{then: func(h *House, d *device) { d.halt(); h.reportNow(d) }}, nil
	}
	return plainBehaviour(d, p, v)
}

// move lets a blind go to a position, with a report a second.
func (h *House) move(d *device, to float64) {
	d.halt()
	d.stop = h.after(coverTick, func() {
		d.stop = nil
		at := number(d.real["position"])
		at += math.Copysign(min(coverSpeed, math.Abs(to-at)), to-at)
		d.setPosition(d.real, at)
		h.reportNow(d)
		if at != to && d.powered {
			h.move(d, to)
		}
	})
}

func (d *device) halt() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
}

func (d *device) setPosition(state map[string]any, at float64) {
	state["position"], state["state"] = at, "OPEN"
	if at == 0 {
		state["state"] = "CLOSE"
	}
}

// lockBehaviour: nothing is published before the bolt has moved, then the state, then who did it.
func lockBehaviour(d *device, p property, v any) (effect, error) {
	if p.name != "state" {
		return plainBehaviour(d, p, v)
	}
	return effect{then: func(h *House, d *device) {
		h.after(lockTime, func() { h.bolt(d, v, "rf") })
	}}, nil
}

// bolt moves a lock and says who did it: "rf" is over the radio, "manual" by hand.
func (h *House) bolt(d *device, to any, by string) {
	if !d.powered {
		return
	}
	d.real["state"], d.real["lock_state"] = to, map[any]string{"LOCK": "locked", "UNLOCK": "unlocked"}[to]
	h.reportNow(d)
	action, source := map[any]string{"LOCK": "lock", "UNLOCK": "unlock"}[to], 1.0
	if by == "manual" {
		action, source = "manual_"+action, 2
	}
	h.publishState(d, map[string]any{"action": action, "action_source": source, "action_source_name": by, "action_user": 0})
}

// number reads a member of a state that is a number; what is none is 0.
func number(v any) float64 {
	n, _ := v.(float64)
	return n
}
