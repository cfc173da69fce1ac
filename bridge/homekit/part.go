package homekit

import (
	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// serviceMap says which service an endpoint has for some of its attributes.
type serviceMap struct {
	typ   string
	types []model.DeviceType // of the endpoint or device; none is any
	needs []model.Attribute  // all must be there and not be spoken for
	any   []model.Attribute  // at least one must be there, when given
	uses  []model.Capability // spoken for from then on, beside what the characteristics use
	chars []charMap
	// asked: shown only when the household asks for it.
	asked bool
	// linked: belongs to the service before it, as a battery.
	linked bool
}

// charMap is one characteristic of a service.
type charMap struct {
	c    *characteristic.C // the pattern, from the library
	attr model.Attribute   // must be there; "" is always
	with []model.Attribute // others that the value depends on
	conversion
}

// conversion turns what the house knows into a characteristic's value, and what is written into what the house is asked.
type conversion struct {
	read  func(n now) (any, bool) // false: nobody knows
	write func(n now, v any) (change, bool)
	limit func(c *characteristic.C, n now)
}

// change is what a write asks of the house.
type change struct {
	writes []model.Write
	action model.Attribute
	args   map[string]model.Value
	slow   bool // the device takes its time: taken is good enough for an answer
}

// now is one endpoint at the moment of asking.
type now struct {
	d        *home.Device
	endpoint model.EndpointID
}

// property is an attribute's contract: the endpoint's own, else the device's; nil when there is none.
func (n now) property(a model.Attribute) *model.Property {
	if p := n.d.Property(home.Slot{Endpoint: n.endpoint, Attribute: a}); p != nil {
		return p
	}
	if s, ok := n.d.Find(a); ok && s.Endpoint == model.MainEndpoint {
		return n.d.Property(s)
	}
	return nil
}

func (n now) has(a model.Attribute) bool { return n.property(a) != nil }

func (n now) state(a model.Attribute) (home.State, bool) {
	if st, ok := n.d.State(home.Slot{Endpoint: n.endpoint, Attribute: a}); ok {
		return st, true
	}
	if s, ok := n.d.Find(a); ok && s.Endpoint == model.MainEndpoint {
		return n.d.State(s)
	}
	return home.State{}, false
}

// value is what is known of an attribute; a constant's value is in its contract.
func (n now) value(a model.Attribute) model.Value {
	if p := n.property(a); p != nil && p.Access == model.AccessConst {
		return p.Value
	}
	st, _ := n.state(a)
	return st.Value
}

// wanted is what was asked for last, else what is known.
func (n now) wanted(a model.Attribute) model.Value {
	st, _ := n.state(a)
	if !st.Desired.IsUnknown() {
		return st.Desired
	}
	return n.value(a)
}

func (n now) number(a model.Attribute) (float64, bool) { return n.value(a).Number() }
func (n now) text(a model.Attribute) (string, bool)    { return n.value(a).Text() }
func (n now) bool(a model.Attribute) (bool, bool)      { return n.value(a).Bool() }

// options are the members of an enum that the device has.
func (n now) options(a model.Attribute) []string {
	if p := n.property(a); p != nil {
		return p.Options
	}
	return nil
}

// writable reports whether an attribute can be set.
func (n now) writable(a model.Attribute) bool {
	p := n.property(a)
	return p != nil && p.Access.CanWrite()
}

func set(a model.Attribute, v model.Value) change {
	return change{writes: []model.Write{{Attribute: a, Value: v}}}
}
