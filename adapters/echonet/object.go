package echonet

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// device is one object on a node: one device of the hub.
type device struct {
	eoj         object
	source      model.SourceID
	class       class
	readable    []byte // the codes that it has and the table, or a long-tail setting, uses
	settable    map[byte]bool
	description model.Description
	heard       map[byte][]byte
}

// own puts an endpoint's name to a property.
func (p *property) endpoint() model.EndpointID { return cmp.Or(p.part, model.MainEndpoint) }

// newDevice describes an object by its property maps and identity. A class that the table does not know is a bridge without properties
// beyond those of every class.
func newDevice(node string, eoj object, maps_ map[byte][]byte, nodeMaker string) *device {
	d := &device{eoj: eoj, settable: parseMap(maps_[0x9e]), heard: map[byte][]byte{}}
	d.source = model.SourceID(adapterName + "/" + node + "-" + eoj.String())
	has := parseMap(maps_[0x9f])
	known := false
	if d.class, known = classes[eoj.class()]; !known {
		d.class = class{name: fmt.Sprintf("ECHONET Lite %04x", eoj.class()), kind: "bridge"}
	}
	maker := cmp.Or(maker(maps_[0x8a]), nodeMaker)
	d.description = model.Description{Source: d.source, Vendor: maker, Model: text(maps_[0x8c]), Product: d.class.name, Firmware: release(maps_[0x82]), Type: d.class.kind,
		Name: strings.TrimSpace(maker + " " + d.class.name)}
	if eoj[2] > 1 {
		d.description.Name += fmt.Sprintf(" %d", eoj[2])
	}
	if id := maps_[0x83]; len(id) == 17 && id[0] == 0xfe {
		d.description.Identities = []model.Identity{{Kind: model.IdentitySerial, Value: "echonet/" + hex.EncodeToString(id[1:]) + eoj.String()}}
	}
	d.endpoint(model.MainEndpoint).Type = d.class.kind
	used := map[byte]bool{}
	for i := range d.table() {
		p := &d.table()[i]
		if !has[p.epc] || slices.ContainsFunc(p.with, func(epc byte) bool { return !has[epc] && epc != 0xd3 }) {
			continue
		}
		if d.add(p) {
			used[p.epc] = true
			for _, epc := range p.with {
				used[epc] = has[epc]
			}
		}
	}
	for _, a := range d.class.actions {
		if d.settable[a.epc] {
			e := d.endpoint(model.MainEndpoint)
			e.Actions = append(e.Actions, a.name)
		}
	}
	maps.DeleteFunc(used, func(_ byte, yes bool) bool { return !yes })
	d.readable = slices.Sorted(maps.Keys(used))
	return d
}

// table is what holds for the object: its class, then what every class may have.
func (d *device) table() []property { return append(slices.Clone(d.class.properties), every...) }

func (d *device) endpoint(id model.EndpointID) *model.EndpointDescription {
	es := &d.description.Endpoints
	i := slices.IndexFunc(*es, func(e model.EndpointDescription) bool { return e.ID == id })
	if i < 0 {
		*es = append(*es, model.EndpointDescription{ID: id})
		i = len(*es) - 1
	}
	return &(*es)[i]
}

// add adds an attribute, unless an earlier property gave it.
func (d *device) add(p *property) bool {
	e := d.endpoint(p.endpoint())
	if slices.ContainsFunc(e.Properties, func(x model.Property) bool { return x.Attribute == p.to }) {
		return false
	}
	settable := d.settable[p.epc] && p.how.write != nil
	x := model.Property{Attribute: p.to, Type: model.TypeFloat, Access: model.AccessWrite}
	if c := model.LookupAttribute(p.to); c != nil {
		x = *c
		x.Optional = false
		settable = settable && c.Access.CanWrite()
	} else {
		_, key := p.to.Split()
		x.Label = model.Text{En: strings.ReplaceAll(key, "_", " ")}
		x.Category = "config"
	}
	if !settable {
		x.Access = model.AccessRead
	}
	if p.how.shape != nil {
		p.how.shape(&x)
	}
	e.Properties = append(e.Properties, x)
	return true
}

// offers reports whether the description has the property's attribute.
func (d *device) offers(p *property) bool {
	return slices.ContainsFunc(d.description.Endpoints, func(e model.EndpointDescription) bool {
		return e.ID == p.endpoint() && slices.ContainsFunc(e.Properties, func(x model.Property) bool { return x.Attribute == p.to })
	})
}

// hear takes note of properties and returns what they say of the attributes that hang on them.
func (d *device) hear(said map[byte][]byte) (out []model.Reading) {
	for epc, edt := range said {
		d.heard[epc] = slices.Clone(edt)
	}
	other := func(epc byte) []byte { return d.heard[epc] }
	table := d.table()
	for i := range table {
		p := &table[i]
		_, told := said[p.epc]
		for _, epc := range p.with {
			_, also := said[epc]
			told = told || also
		}
		if !told || d.heard[p.epc] == nil || !d.offers(p) || slices.ContainsFunc(out, func(r model.Reading) bool { return r.Attribute == p.to && r.Endpoint == p.endpoint() }) {
			continue
		}
		if v := p.how.read(d.heard[p.epc], other); !v.IsUnknown() {
			out = append(out, model.Reading{Endpoint: p.endpoint(), Attribute: p.to, Value: v})
		}
	}
	return out
}

// request works out the properties to set for a command. What is set twice is set to the last.
func (d *device) request(cmd model.Command) ([]prop, model.ReasonCode, error) {
	for _, a := range d.class.actions {
		if a.name == cmd.Action && d.settable[a.epc] {
			return []prop{{a.epc, []byte{a.edt}}}, "", nil
		}
	}
	if cmd.Action != "" {
		return nil, model.ReasonUnsupported, fmt.Errorf("%s cannot %s", d.description.Name, cmd.Action)
	}
	var out []prop
	table := d.table()
	for _, w := range cmd.Writes {
		i := slices.IndexFunc(table, func(p property) bool {
			return p.to == w.Attribute && p.endpoint() == cmd.Endpoint && d.settable[p.epc] && p.how.write != nil
		})
		if i < 0 {
			return nil, model.ReasonReadOnly, fmt.Errorf("%s of %s cannot be set", w.Attribute, d.description.Name)
		}
		ps, err := table[i].how.write(w.Value)
		if err != nil {
			return nil, model.ReasonInvalidValue, fmt.Errorf("%s of %s: %w", w.Attribute, d.description.Name, err)
		}
		for _, p := range ps {
			if p.epc == 0 {
				p.epc = table[i].epc
			}
			out = put(out, p)
		}
	}
	return out, "", nil
}

func put(ps []prop, p prop) []prop {
	for i := range ps {
		if ps[i].epc == p.epc {
			ps[i].edt = p.edt
			return ps
		}
	}
	return append(ps, p)
}

func maker(edt []byte) string {
	if len(edt) != 3 {
		return ""
	}
	code := uint32(edt[0])<<16 | uint32(edt[1])<<8 | uint32(edt[2])
	return cmp.Or(makers[code], fmt.Sprintf("Maker %06X", code))
}

// text is the ASCII of a model name, which is filled up with zeros or blanks.
func text(edt []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, string(edt)))
}

// release is the version of the standard that the object follows ("Release J"), for want of a firmware version.
func release(edt []byte) string {
	if len(edt) != 4 || edt[2] < 'A' || edt[2] > 'Z' {
		return ""
	}
	return "Release " + string(rune(edt[2]))
}
