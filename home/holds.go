package home

import (
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// Hold says that a value is somebody's: scenes of a lower priority leave it alone until then. A person's
// touch, at the device, in an app or by voice, holds what it sets; a scene holds what it claims a lease for.
type Hold struct {
	Device    model.DeviceID   `json:"device"`
	Endpoint  model.EndpointID `json:"endpoint"`
	Attribute model.Attribute  `json:"attribute"`
	Value     model.Value      `json:"value"`
	Owner     *model.Cause     `json:"owner"`
	Priority  int              `json:"priority"` // 100 is a person's
	Since     time.Time        `json:"since"`
	Until     time.Time        `json:"until,omitzero"` // zero: until the scene that owns it has ended
}

// Claim is with what right a scene sets values.
type Claim struct {
	Priority int  // 0 to 90
	Override bool // set what others hold, too
	// ByHand says that a person runs the scene: then it is the person who sets.
	ByHand bool
	// Yield is how long after a person's touch the scene leaves a value alone; 0 is for as long as it is held.
	Yield time.Duration
	// YieldSince, when set, counts only touches since then: those during the scene's run.
	YieldSince time.Time
	// Lease is how long what the scene sets is its own; 0 is not at all, negative until its run has ended.
	Lease time.Duration
	// Retries is how often a command that timed out is sent anew.
	Retries int
}

const (
	personPriority = 100
	// personLease is how long a person's touch holds a value.
	personLease = 2 * time.Hour
	// settling is how long after a command the changes of a device are taken for its own doing, not for a touch.
	settling = 10 * time.Second
	// moving is the same for what moves slowly, from when it was asked to.
	moving = 3 * time.Minute
)

// Holds lists what is held at a moment, by device.
func (v *View) Holds(at time.Time) []Hold {
	var out []Hold
	for _, id := range sortedKeys(v.st.Holds) {
		for _, x := range v.st.Holds[id] {
			if x.lasts(at) {
				out = append(out, x)
			}
		}
	}
	return out
}

func (x *Hold) lasts(at time.Time) bool { return x.Until.IsZero() || at.Before(x.Until) }

// light are the capabilities that act on one thing: who holds a lamp's brightness holds whether it is on.
var light = []model.Capability{"on_off", "level", "color", "color_temperature"}

func sameThing(a, b model.Attribute) bool {
	if a == b {
		return true
	}
	return slices.Contains(light, a.Capability()) && slices.Contains(light, b.Capability())
}

// touched makes a change that nobody asked for a hold: somebody was at the device.
func (h *Home) touched(dev *Device, slot Slot, v model.Value, by *model.Cause) {
	if slot.Attribute.IsLongTail() || h.settles(dev.ID, slot) {
		return
	}
	h.hold(Hold{Device: dev.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute, Value: v, Owner: by,
		Priority: personPriority, Since: h.at, Until: h.at.Add(personLease)})
}

// settles tells whether a change may still be the work of a command.
func (h *Home) settles(dev model.DeviceID, slot Slot) bool {
	slow := slot.Attribute.Capability() == "window_covering" || slot.Attribute.Capability() == "closure"
	for i := len(h.st.Order) - 1; i >= 0; i-- {
		c := h.st.Commands[h.st.Order[i]]
		since := h.at.Sub(c.Asked)
		if since > time.Hour {
			return false
		}
		if c.Device != dev || c.Endpoint != slot.Endpoint {
			continue
		}
		transition := time.Duration(c.Transition * float64(time.Second))
		if c.Ended.IsZero() || h.at.Sub(c.Ended) < settling+transition || slow && since < moving {
			return true
		}
	}
	return false
}

// hold puts a hold in the place of what was held there, and drops what has run out.
func (h *Home) hold(x Hold) {
	h.release(x.Device, func(y *Hold) bool {
		return !y.lasts(h.at) || y.Endpoint == x.Endpoint && y.Attribute == x.Attribute
	})
	h.st.Holds[x.Device] = append(slices.Clone(h.st.Holds[x.Device]), x)
	h.emit(HouseMoved{Seq: h.seq, What: "holds"})
}

// release drops holds of a device and tells how many.
func (h *Home) release(dev model.DeviceID, which func(*Hold) bool) int {
	all := h.st.Holds[dev]
	var rest []Hold
	for i := range all {
		if !which(&all[i]) {
			rest = append(rest, all[i])
		}
	}
	if len(rest) == len(all) {
		return 0
	}
	if h.st.Holds[dev] = rest; len(rest) == 0 {
		delete(h.st.Holds, dev)
	}
	return len(all) - len(rest)
}

// mayTouch refuses what a scene asks for when somebody with more right holds one of the values.
func (h *Home) mayTouch(dev *Device, c *Command, by *Claim) error {
	if by == nil || by.Override || by.ByHand {
		return nil
	}
	for i := range h.st.Holds[dev.ID] {
		x := &h.st.Holds[dev.ID][i]
		if x.Endpoint == c.Endpoint && x.lasts(h.at) && c.sets(x.Attribute) && !by.outranks(x, c.Cause, h.at) {
			return &heldError{*x, reject(model.ReasonForbidden, "%s: %s is held %s", h.label(dev), x.Attribute, x.until())}
		}
	}
	return nil
}

// heldError says that somebody with more right holds what a scene would set.
type heldError struct {
	by  Hold
	err error
}

func (e *heldError) Error() string { return e.err.Error() }
func (e *heldError) Unwrap() error { return e.err }

// sets reports whether the command sets the attribute, or what acts on the same thing.
func (c *Command) sets(a model.Attribute) bool {
	for _, w := range c.Writes {
		if sameThing(w.Attribute, a) {
			return true
		}
	}
	return c.Action != "" && sameThing(c.Action, a)
}

func (x *Hold) until() string {
	who := "by hand"
	if x.Owner != nil && x.Owner.Who != "" {
		who = "by " + x.Owner.Who
	}
	if x.Until.IsZero() {
		return who + " until its run has ended"
	}
	return fmt.Sprintf("%s until %s", who, x.Until.UTC().Format(time.RFC3339))
}

func (by *Claim) outranks(x *Hold, cause *model.Cause, now time.Time) bool {
	if x.Priority < personPriority {
		own := x.Owner != nil && cause != nil && x.Owner.Kind == model.CauseScene && x.Owner.Who == cause.Who
		return own || by.Priority >= x.Priority
	}
	return by.Yield > 0 && now.Sub(x.Since) >= by.Yield || x.Since.Before(by.YieldSince)
}

// claim makes what was asked for the asker's own: a person's for a while, a scene's for its lease.
func (h *Home) claim(c *Command, by *Claim) {
	x := Hold{Device: c.Device, Endpoint: c.Endpoint, Owner: c.Cause, Since: h.at}
	switch {
	case by == nil && (c.Cause.Kind == model.CausePerson || c.Cause.Kind == model.CauseVoice):
		x.Priority, x.Until = personPriority, h.at.Add(personLease)
	case by != nil && (by.ByHand || by.Override):
		h.release(c.Device, func(y *Hold) bool { return y.Endpoint == c.Endpoint && c.sets(y.Attribute) })
	}
	if by != nil && by.Lease != 0 {
		x.Priority = by.Priority
		if by.Lease > 0 {
			x.Until = h.at.Add(by.Lease)
		}
	}
	if x.Priority == 0 && (by == nil || by.Lease == 0) {
		return
	}
	for _, w := range c.Writes {
		if !w.Attribute.IsLongTail() {
			x.Attribute, x.Value = w.Attribute, w.Value
			h.hold(x)
		}
	}
}

// releaseRun ends what a scene holds until its run has ended.
func (h *Home) releaseRun(scene string) {
	for _, id := range sortedKeys(h.st.Holds) {
		h.release(id, func(x *Hold) bool {
			return x.Until.IsZero() && x.Owner != nil && x.Owner.Kind == model.CauseScene && x.Owner.Who == scene
		})
	}
}

func (h *Home) endHold(b HoldEnded) error {
	if h.device(b.Device) == nil {
		return unknownDevice(b.Device)
	}
	n := h.release(b.Device, func(x *Hold) bool {
		return (b.Endpoint == "" || b.Endpoint == x.Endpoint) && (b.Attribute == "" || b.Attribute == x.Attribute)
	})
	if n == 0 {
		return refuse("hold", string(b.Device), "a device of which something is held")
	}
	h.emit(HouseMoved{Seq: h.seq, What: "holds"})
	return nil
}
