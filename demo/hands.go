package demo

import (
	"fmt"
	"slices"
	"time"
)

// How long Zigbee2MQTT takes to miss a device on the mains, with its availability timeout of one minute.
const (
	firstPing  = 51 * time.Second
	secondPing = 73 * time.Second
)

// device finds a joined device by its friendly name or IEEE address.
func (h *House) device(name string) (*device, error) {
	if !h.running {
		return nil, fmt.Errorf("the demo house does not run yet: call Run first")
	}
	d := h.named(name)
	if d == nil {
		return nil, fmt.Errorf("the demo house has no device %q: give the friendly name or the IEEE address of one that has joined", name)
	}
	return d, nil
}

// Unplug takes away the power of a device, or its battery, or gives it back. Without power it neither answers nor reports.
func (h *House) Unplug(name string, off bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, err := h.device(name)
	if err != nil || d.powered != off {
		return err
	}
	d.powered = !off
	if off {
		h.cutOff(d)
		return nil
	}
	h.comeBack(d)
	return nil
}

// cutOff lets Zigbee2MQTT find out. What runs on a battery it misses only after 25 hours.
func (h *House) cutOff(d *device) {
	d.halt()
	if !d.mains() {
		return
	}
	gone := h.o.Now()
	ping := func(attempt int) bool {
		if d.powered || !d.joined || d.heard.After(gone) {
			return false
		}
		h.logLine("warning", fmt.Sprintf("z2m: Failed to ping '%s' (attempt %d/2, %s)", d.name, attempt, d.silence(property{name: "zclVersion"}, "read")))
		return true
	}
	h.after(firstPing, func() { ping(1) })
	h.after(secondPing, func() {
		if ping(2) {
			d.online = false
			h.publishAvailability(d)
		}
	})
}

// comeBack: a device announces itself when it has power again. It is on or off as it was told to be.
func (h *House) comeBack(d *device) {
	switch d.real["power_on_behavior"] {
	case "on":
		d.real["state"] = "ON"
	case "off":
		d.real["state"] = "OFF"
	}
	d.online = true
	h.publishAvailability(d)
	h.reportNow(d)
	h.event("device_announce", d, nil)
}

// Press presses a button: the action is one of those that the device lists, such as "brightness_move_up".
func (h *House) Press(name, action string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, err := h.device(name)
	if err != nil {
		return err
	}
	if known := d.props["action"].values; !slices.Contains(known, any(action)) {
		return fmt.Errorf("%s has no action %q: it has %v", name, action, known)
	}
	if !d.powered {
		return nil
	}
	d.heard = h.o.Now()
	h.publishState(d, map[string]any{"action": action})
	return nil
}

// Touch changes something at the device itself, without the hub: somebody turns the dial, opens the door, floods
// the sink. The key is a property of the device's state as Zigbee2MQTT names it; the value is a bool, a string or a number.
func (h *House) Touch(name, key string, value any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, err := h.device(name)
	if err != nil {
		return err
	}
	p, ok := d.props[key]
	if !ok || p.access&1 == 0 {
		return fmt.Errorf("%s has no property %q in its state", name, key)
	}
	switch n := value.(type) {
	case int:
		value = float64(n)
	case float32:
		value = float64(n)
	}
	if value, err = p.check(value); err != nil {
		return fmt.Errorf("touching %s of %s: %w", key, name, err)
	}
	return h.touch(d, p, value)
}

func (h *House) touch(d *device, p property, value any) error {
	switch {
	case d.Kind == "lock" && p.name == "state":
		h.bolt(d, value, "manual")
		return nil
	case d.Kind == "cover" && (p.name == "position" || p.name == "state"):
		if at, ok := map[any]float64{"OPEN": 100, "CLOSE": 0}[value]; ok {
			value = at
		}
		if at, ok := value.(float64); ok { // STOP is for what moves, and by hand nothing does
			h.byHand(d, act{key: "position", to: at})
			h.reportNow(d)
		}
		return nil
	case d.mains() && !d.powered:
		return nil
	}
	e, err := d.behave(p, value)
	if err != nil {
		return fmt.Errorf("touching %s of %s: %w", p.key, d.name, err)
	}
	for k, v := range e.quiet {
		d.real[k] = v
	}
	for k, v := range e.echo {
		d.real[k] = v
	}
	if e.echo == nil {
		d.real[p.key] = value
	}
	h.reportNow(d)
	return nil
}
