package homekit

import (
	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// serviceRule says what a service becomes.
type serviceRule struct {
	kind      func(*spec.Service) model.DeviceType
	rules     []rule
	constants func(*spec.Service) map[model.Attribute]model.Value
	actions   []action
	event     model.Attribute // what ProgrammableSwitchEvent means
	leads     bool            // what else the accessory has belongs to it
	joins     bool            // it belongs to what else the accessory is
	silent    bool            // it only explains others
	slow      bool            // what it moves takes its time
}

// rule ties an attribute to characteristics, by name.
type rule struct {
	attr   model.Attribute
	read   string
	write  string
	conv   conversion
	with   []string                 // others that the value depends on
	target func(*part) string       // the characteristic that counts now, instead of read and write
	when   func(*spec.Service) bool // the rule applies
}

// action is a command that writes a number.
type action struct {
	name  model.Attribute
	char  string
	value float64
}

// part is one service of a device as it works.
type part struct {
	device   *device
	service  *spec.Service
	rule     serviceRule
	endpoint model.EndpointID
	inputs   []inputName
	button   string
}

type inputName struct {
	id   float64
	name string
}

// value is what a characteristic of the service, by name, last said.
func (p *part) value(char string) any {
	if c := p.service.Find(spec.CharacteristicType(char)); c != nil {
		return p.device.values[c.IID]
	}
	return nil
}

// binding is one attribute of a device.
type binding struct {
	part     *part
	rule     rule
	endpoint model.EndpointID
	reads    *spec.Characteristic
	writes   *spec.Characteristic // nil: cannot be set
}

// char is the characteristic that holds the value now.
func (b *binding) char() *spec.Characteristic {
	if b.rule.target != nil {
		return b.part.service.Find(spec.CharacteristicType(b.rule.target(b.part)))
	}
	return b.reads
}

// written is the characteristic to write now.
func (b *binding) written() *spec.Characteristic {
	if b.rule.target != nil && b.writes != nil {
		return b.char()
	}
	return b.writes
}

// current is the attribute's value.
func (b *binding) current() model.Value {
	c := b.char()
	if c == nil {
		return model.Value{}
	}
	return b.rule.conv.read(b.part.device.values[c.IID], b.part)
}

// device is one accessory as the hub knows it.
type device struct {
	aid       uint64
	source    model.SourceID
	desc      model.Description
	values    map[uint64]any // by iid; only Link's goroutine touches them
	chars     map[uint64]*spec.Characteristic
	byIID     map[uint64][]*binding // what a characteristic's value changes
	bindings  map[slot]*binding
	actions   map[slot]*spec.Characteristic
	amounts   map[slot]float64
	events    map[uint64]*part
	streams   []streamService // of a camera, in the order of the accessory
	reachable bool
	why       string
}

type slot struct {
	endpoint model.EndpointID
	attr     model.Attribute
}
