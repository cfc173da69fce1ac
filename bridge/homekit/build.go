package homekit

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/brutella/hap/accessory"
	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// id names a characteristic.
type id struct{ aid, iid uint64 }

// point is one characteristic as it works.
type point struct {
	id     id
	c      *characteristic.C
	device model.DeviceID
	read   func(v *home.View) (any, int)          // the value, or a status
	readBy func(c *conn) any                      // the value, where each session has its own; else nil
	write  func(v *home.View, val any) (ask, int) // nil: nothing that can be written
	deps   []home.Slot                            // what of its device changes it
	people bool                                   // people's presence changes it
	house  bool                                   // the mode of the house changes it
}

// ask is what a write asks of the house; asks of one endpoint go together.
type ask struct {
	device   model.DeviceID
	endpoint model.EndpointID
	change
	scene string       // to run
	mode  string       // of the house, to begin
	keep  func() error // what is the bridge's own to remember
	// session is what concerns the phone's own session; it returns a status.
	session func(ctx context.Context, c *conn) int
}

// buttonKey finds the characteristic that a press goes to.
type buttonKey struct {
	device   model.DeviceID
	endpoint model.EndpointID
	button   string
}

// catalogue is what one bridge shows. It never changes; another takes its place.
type catalogue struct {
	list    []*accessory.A
	points  map[id]*point
	devices map[model.DeviceID][]*point
	people  []*point
	house   []*point
	buttons map[buttonKey]*point
	cameras map[uint64]model.DeviceID // by accessory id
	streams map[streamKey]*point      // their StreamingStatus
}

func newCatalogue() *catalogue {
	return &catalogue{points: map[id]*point{}, devices: map[model.DeviceID][]*point{}, buttons: map[buttonKey]*point{},
		cameras: map[uint64]model.DeviceID{}, streams: map[streamKey]*point{}}
}

// builder puts one accessory together.
type builder struct {
	house  House
	into   *catalogue
	n      *number
	a      *accessory.A
	device *home.Device // nil for scenes and people
	taken  map[slotKey]bool
}

type slotKey struct {
	endpoint model.EndpointID
	attr     model.Attribute
}

// begin makes an accessory with its information service, whose instance id is 1.
func begin(h House, into *catalogue, n *number, info accessory.Info) *builder {
	b := &builder{house: h, into: into, n: n, a: accessory.New(info, accessory.TypeOther), taken: map[slotKey]bool{}}
	b.a.Id = n.AID
	b.number("info", b.a.Info.S)
	for _, c := range b.a.Info.Cs {
		p := &point{id: id{n.AID, c.Id}, c: c, read: func(*home.View) (any, int) { return c.Val, 0 }}
		if c.Type == characteristic.TypeIdentify {
			p.write = func(*home.View, any) (ask, int) { return ask{}, 0 }
		}
		into.points[p.id] = p
	}
	into.list = append(into.list, b.a)
	return b
}

// number gives a service and its characteristics their instance ids.
func (b *builder) number(key string, s *service.S) {
	s.Id = b.n.iid(key)
	for _, c := range s.Cs {
		c.Id = b.n.iid(key + "/" + c.Type)
	}
}

// add adds a service whose characteristics have ids and points.
func (b *builder) add(key string, s *service.S, points []*point) {
	b.number(key, s)
	if len(b.a.Ss) == 1 {
		s.Primary = true
	}
	b.a.AddS(s)
	for _, p := range points {
		p.id = id{b.n.AID, p.c.Id}
		b.into.points[p.id] = p
		if p.people {
			b.into.people = append(b.into.people, p)
		}
		if p.house {
			b.into.house = append(b.into.house, p)
		}
		if p.device != "" {
			b.into.devices[p.device] = append(b.into.devices[p.device], p)
		}
		if p.c.IsReadable() {
			p.c.ValueRequestFunc = func(*http.Request) (any, int) { return p.read(b.house.View()) }
		}
	}
}

// point makes the point of a mapped characteristic, or nil when the endpoint has none such.
func (b *builder) point(d *home.Device, e model.EndpointID, m charMap) *point {
	n := now{d, e}
	if m.attr != "" && !n.has(m.attr) {
		return nil
	}
	c := pattern(m.c)
	if m.limit != nil {
		if m.limit(c, n); c.Type == absent {
			return nil
		}
	}
	write := m.write
	if m.attr != "" && !n.writable(m.attr) {
		write = nil
	}
	if m.read == nil {
		if _, ok := m.write(n, true); !ok {
			return nil
		}
	}
	if write == nil {
		c.Permissions = slices.DeleteFunc(c.Permissions, func(p string) bool { return p == characteristic.PermissionWrite })
	}
	p := &point{c: c, device: d.ID}
	dev := d.ID
	p.read = func(v *home.View) (any, int) { return readNow(v, dev, e, c, m.read) }
	if write != nil {
		p.write = func(v *home.View, val any) (ask, int) {
			d := v.Device(dev)
			if d == nil {
				return ask{}, statusUnreachable
			}
			x, ok := write(now{d, e}, val)
			if !ok {
				return ask{}, statusInvalid
			}
			return ask{device: dev, endpoint: endpointOf(now{d, e}, x), change: x}, statusOK
		}
	}
	for _, a := range append([]model.Attribute{m.attr}, m.with...) {
		if a == "" {
			continue
		}
		p.deps = append(p.deps, home.Slot{Endpoint: e, Attribute: a})
		if s, ok := d.Find(a); ok {
			p.deps = append(p.deps, s)
		}
	}
	c.Val = resting(c)
	return p
}

// endpointOf is where a change goes: the endpoint itself, or the main one that holds what it changes.
func endpointOf(n now, x change) model.EndpointID {
	if len(x.writes) > 0 && n.d.Property(home.Slot{Endpoint: n.endpoint, Attribute: x.writes[0].Attribute}) == nil {
		if s, ok := n.d.Find(x.writes[0].Attribute); ok {
			return s.Endpoint
		}
	}
	return n.endpoint
}

// readNow reads a characteristic from the house as it is.
func readNow(v *home.View, dev model.DeviceID, e model.EndpointID, c *characteristic.C, read func(now) (any, bool)) (any, int) {
	d := v.Device(dev)
	if d == nil {
		return nil, statusUnreachable
	}
	if ok, _ := v.Reachable(d); !ok {
		return nil, statusUnreachable
	}
	x, ok := read(now{d, e})
	if !ok {
		return nil, statusUnreachable // nobody knows: HAP has no other word for it
	}
	return fit(c, x), statusOK
}

// ofType reports whether an endpoint is of one of some types: by itself, or because the device is.
func ofType(types []model.DeviceType, d *home.Device, e *model.EndpointDescription) bool {
	return slices.Contains(types, e.Type) || slices.Contains(types, d.Type()) && (e.Type == "" || e.ID == model.MainEndpoint)
}

// fits reports whether an endpoint can be a service now.
func (b *builder) fits(m *serviceMap, d *home.Device, e *model.EndpointDescription) bool {
	n := now{d, e.ID}
	free := func(a model.Attribute) bool {
		return d.Property(home.Slot{Endpoint: e.ID, Attribute: a}) != nil && !b.taken[slotKey{e.ID, a}]
	}
	if len(m.types) > 0 && !ofType(m.types, d, e) {
		return false
	}
	for _, a := range m.needs {
		if !free(a) && !(m.typ == service.TypeHumidifierDehumidifier && n.has(a)) {
			return false
		}
	}
	return len(m.any) == 0 || slices.ContainsFunc(m.any, free)
}

// take marks what a service speaks for.
func (b *builder) take(m *serviceMap, d *home.Device, e *model.EndpointDescription) {
	for _, p := range e.Properties {
		a := p.Attribute
		used := slices.Contains(m.needs, a) || slices.Contains(m.any, a) || slices.Contains(m.uses, a.Capability())
		for _, c := range m.chars {
			used = used || c.attr == a || c.attr == "" && c.write != nil && slices.Contains(c.with, a)
		}
		if m.typ == service.TypeThermostat && a == "on_off.on" {
			used = true // its mode off says so
		}
		if used && !m.linked {
			b.taken[slotKey{e.ID, a}] = true
		}
	}
}

// deviceServices adds all services that a device can be, and reports whether it is anything and whether it shows only
// when asked for.
func (b *builder) deviceServices(d *home.Device) (shows, asked bool) {
	b.device = d
	for i := range d.Endpoints() {
		e := &d.Endpoints()[i]
		parent := b.television(d, e)
		shows = shows || parent != nil
		for k := range serviceMaps {
			m := &serviceMaps[k]
			if !b.fits(m, d, e) {
				continue
			}
			if m.linked && len(b.a.Ss) == 1 && m.typ != service.TypeBatteryService {
				continue
			}
			key := string(e.ID) + "/" + m.typ + secondOf(m)
			points := b.points(d, e, m.chars)
			switch {
			case m.typ == typeSmartSpeaker:
				points = append([]*point{b.configuredName(key, b.partName(d, e))}, points...)
			case !m.linked:
				points = append([]*point{title(b.partName(d, e))}, points...)
			}
			b.take(m, d, e)
			s := b.compose(key, m.typ, points)
			if m.linked && parent != nil {
				parent.AddS(s)
			}
			if !m.linked {
				parent = cmp.Or(parent, s)
				shows, asked = true, asked || m.asked
			}
		}
		shows = b.buttons(d, e) || shows
	}
	return shows, asked
}

// secondOf tells services of one type apart: by what they need.
func secondOf(m *serviceMap) string {
	if len(m.needs) > 0 {
		return "/" + string(m.needs[0])
	}
	return ""
}
