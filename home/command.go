package home

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// defaultTimeout is how long a command may take when its source does not say.
const defaultTimeout = 10 * time.Second

// What an asker may demand at most.
const (
	maxTimeout    = 10 * time.Minute
	maxTransition = 86_400.0 // seconds; the deadline is so much later

	longestCommandID = 200 // bytes
)

// Ask is what somebody asks of a device: attribute writes, or a command of the catalogue.
type Ask struct {
	ID       model.CommandID  `json:"id"`
	Device   model.DeviceID   `json:"device"`
	Endpoint model.EndpointID `json:"endpoint,omitempty"` // empty: the first that fits, main first
	// Writes sets attributes. Empty when Command is given.
	Writes []model.Write `json:"writes,omitempty"`
	// Command is a catalogue command: "on_off.toggle".
	Command    model.Attribute        `json:"command,omitempty"`
	Args       map[string]model.Value `json:"args,omitempty"`
	Transition float64                `json:"transition,omitempty"` // seconds, at most a day
	Timeout    time.Duration          `json:"timeout,omitempty"`    // 0: the source's own
	Cause      *model.Cause           `json:"cause"`
	// Retries is how often a command that timed out is sent anew.
	Retries int `json:"retries,omitempty"`
	// Claim is with what right a scene asks; nil for everybody else.
	Claim *Claim `json:"-"`
}

// Command is the record of a command's life.
type Command struct {
	ID       model.CommandID  `json:"id"`
	Device   model.DeviceID   `json:"device"`
	Endpoint model.EndpointID `json:"endpoint"`
	Writes   []WriteState     `json:"writes,omitempty"`
	// Action and Args are those of a command that no attribute expresses.
	Action     model.Attribute        `json:"action,omitempty"`
	Args       map[string]model.Value `json:"args,omitempty"`
	Transition float64                `json:"transition,omitempty"`
	Cause      *model.Cause           `json:"cause"`
	Status     model.Status           `json:"status"`
	Reason     model.Reason           `json:"reason,omitzero"`
	Asked      time.Time              `json:"asked"`
	Deadline   time.Time              `json:"deadline"`
	Ended      time.Time              `json:"ended,omitzero"` // when nothing more will become of it
	// Paths are the sources to try, best first; Tried is how many were.
	Paths []model.SourceID `json:"paths"`
	Tried int              `json:"tried"`
	// AckedBy is the adapter whose path took it.
	AckedBy string `json:"acked_by,omitempty"`
	// Retries is how often it is sent anew when it times out.
	Retries int `json:"retries,omitempty"`
}

// WriteState is one attribute of a command and whether the device has reported it so.
type WriteState struct {
	Attribute model.Attribute `json:"attribute"`
	Value     model.Value     `json:"value"`
	Confirmed bool            `json:"confirmed,omitempty"`
	// Reported is the last other value that the device reported since; unknown when none.
	Reported model.Value `json:"reported,omitzero"`
}

// CommandError says why a command was refused before anything was sent.
type CommandError struct {
	Reason model.Reason
}

func (e *CommandError) Error() string { return e.Reason.String() }

func reject(code model.ReasonCode, format string, args ...any) error {
	return &CommandError{model.Reason{Code: code, Detail: fmt.Sprintf(format, args...)}}
}

// ask checks a command, takes it on and sends it over the best path.
func (h *Home) ask(a Ask) error {
	dev := h.device(a.Device)
	if dev == nil {
		return reject(model.ReasonUnknownDevice, "there is no device %q", a.Device)
	}
	if _, again := h.st.Commands[a.ID]; again || a.ID == "" || len(a.ID) > longestCommandID {
		return reject(model.ReasonInvalidValue, "the command id %q is empty, too long or was used before", a.ID[:min(len(a.ID), longestCommandID)])
	}
	c := &Command{ID: a.ID, Device: dev.ID, Endpoint: a.Endpoint, Transition: a.Transition, Cause: h.begun(a.Cause), Status: model.Accepted, Asked: h.at, Retries: a.Retries}
	if err := h.resolve(dev, a, c); err != nil {
		return err
	}
	if !(c.Transition >= 0 && c.Transition <= maxTransition) {
		return reject(model.ReasonInvalidValue, "transition: got %v s, expected 0 to %v s", c.Transition, maxTransition)
	}
	if err := h.mayTouch(dev, c, a.Claim); err != nil {
		return err
	}
	if c.Paths = h.paths(dev, c); len(c.Paths) == 0 {
		return reject(model.ReasonUnreachable, "%s: no source of the device can do this", h.label(dev))
	}
	h.takeOn(dev, c, a.Timeout)
	h.claim(c, a.Claim)
	return nil
}

// resolve turns what was asked into checked writes or an action on one endpoint.
func (h *Home) resolve(dev *Device, a Ask, c *Command) error {
	if a.Command != "" {
		return h.resolveCommand(dev, a, c)
	}
	if len(a.Writes) == 0 {
		return reject(model.ReasonInvalidValue, "nothing is asked for: neither a command nor an attribute to set")
	}
	return h.resolveWrites(dev, a.Writes, c)
}

func (h *Home) resolveWrites(dev *Device, writes []model.Write, c *Command) error {
	for _, w := range writes {
		slot := Slot{c.Endpoint, w.Attribute}
		if c.Endpoint == "" {
			slot, _ = dev.Find(w.Attribute)
		}
		prop := dev.Property(slot)
		if prop == nil {
			return reject(model.ReasonUnsupported, "%s has no %s%s; it has %s", h.label(dev), w.Attribute, at(c.Endpoint), writable(dev))
		}
		if !prop.Access.CanWrite() {
			return reject(model.ReasonReadOnly, "%s of %s can be read, not set", w.Attribute, h.label(dev))
		}
		if w.Value.IsUnknown() {
			return reject(model.ReasonInvalidValue, "%s: got unknown, expected %s", w.Attribute, prop.Expected())
		}
		v, err := check(prop, w.Value)
		if err != nil {
			return reject(model.ReasonInvalidValue, "%v", err)
		}
		c.Endpoint = slot.Endpoint
		c.Writes = slices.DeleteFunc(c.Writes, func(x WriteState) bool { return x.Attribute == w.Attribute }) // the last word counts
		c.Writes = append(c.Writes, WriteState{Attribute: w.Attribute, Value: v})
	}
	return nil
}

func at(e model.EndpointID) string {
	if e == "" || e == model.MainEndpoint {
		return ""
	}
	return " at " + string(e)
}

func writable(dev *Device) string {
	var names []string
	for i, s := range dev.shape.slots {
		if dev.shape.props[i].Access.CanWrite() && !s.Attribute.IsLongTail() {
			names = append(names, string(s.Attribute))
		}
	}
	if len(names) == 0 {
		return "nothing that can be set"
	}
	return strings.Join(names, ", ")
}

// resolveCommand turns a catalogue command into writes, as the catalogue says, or an action.
func (h *Home) resolveCommand(dev *Device, a Ask, c *Command) error {
	capability, name := a.Command.Split()
	spec := model.LookupCommand(capability, name)
	if spec == nil {
		return reject(model.ReasonUnsupported, "%s is no command of the catalogue", a.Command)
	}
	args, err := checkArgs(spec.Args, a.Args)
	if err != nil {
		return reject(model.ReasonInvalidValue, "%s: %v", a.Command, err)
	}
	if t, ok := args["transition"].Number(); ok {
		c.Transition = t
	}
	if c.Endpoint == "" {
		c.Endpoint = dev.endpointOf(capability, a.Command)
	}
	if dev.HasAction(c.Endpoint, a.Command) {
		c.Action, c.Args = a.Command, args
		return nil
	}
	writes, err := h.effectOf(dev, c.Endpoint, capability, spec, args)
	if err != nil {
		return err
	}
	if len(writes) == 0 {
		return reject(model.ReasonUnsupported, "%s does not take %s", h.label(dev), a.Command)
	}
	return h.resolveWrites(dev, writes, c)
}

// endpointOf is the first endpoint, main first, that has the action or the capability.
func (d *Device) endpointOf(c model.Capability, action model.Attribute) model.EndpointID {
	for _, e := range d.shape.endpoints {
		if d.HasAction(e.ID, action) {
			return e.ID
		}
	}
	found := model.MainEndpoint
	for i := len(d.shape.slots) - 1; i >= 0; i-- {
		if d.shape.slots[i].Attribute.Capability() == c {
			if found = d.shape.slots[i].Endpoint; found == model.MainEndpoint {
				break
			}
		}
	}
	return found
}

func (h *Home) label(d *Device) string {
	if n := d.Name(""); n != "" {
		return n
	}
	return string(d.ID)
}
