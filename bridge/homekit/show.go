package homekit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/brutella/hap/accessory"
	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Thing is something of the house that HomeKit could show.
type Thing struct {
	Key    string // "device/ID", "camera/ID" and "programmes/ID" (of a device), "scene/ID", "person/ID", "presence/anyone_home", "house/mode"
	Name   string
	Kind   string // device, camera, mode, scene or presence
	Can    bool   // HomeKit has a service for it
	Asked  bool   // shown only when the household asks for it: locks, garage doors, alarm panels, a device's picture, its programmes
	Shown  bool
	Bridge int // its bridge, from 1; 0 when it was never shown
}

// Things lists what there is, and what of it is shown.
func (b *Bridge) Things() []Thing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.things)
}

// ErrNoThing says that there is nothing of that key.
type ErrNoThing struct{ Key string }

func (e *ErrNoThing) Error() string {
	return fmt.Sprintf("there is nothing called %q that HomeKit could show", e.Key)
}

// Show says whether a thing is shown.
func (b *Bridge) Show(ctx context.Context, key string, shown bool) error {
	b.mu.Lock()
	i := slices.IndexFunc(b.things, func(t Thing) bool { return t.Key == key })
	b.mu.Unlock()
	if i < 0 {
		return &ErrNoThing{key}
	}
	if err := b.o.Memory.Put(ctx, bucketShown, key, fmt.Append(nil, shown)); err != nil {
		return fmt.Errorf("the choice was not kept: %w", err)
	}
	b.mu.Lock()
	b.choice[key] = shown
	b.mu.Unlock()
	return b.rebuild(ctx)
}

// plan is one thing that will be shown.
type plan struct {
	thing Thing
	room  string
	tv    bool // Apple shows one television a bridge
	put   func(into *catalogue, n *number)
	parts *parts // of a device; nil: the thing is all of its accessory
}

// parts are what shows of a device, in one accessory: what it does, and the picture of its camera.
type parts struct{ device, camera bool }

// key names the accessory's number.
func (p plan) key() string {
	if id, ok := strings.CutPrefix(p.thing.Key, "camera/"); ok {
		return "device/" + id
	}
	return p.thing.Key
}

// shows reports whether there is an accessory of it. A camera's picture has none of its own.
func (p plan) shows() bool {
	return p.put != nil && (p.thing.Shown || p.parts != nil && p.parts.camera)
}

// rebuild makes all catalogues anew from the house as it is.
func (b *Bridge) rebuild(ctx context.Context) error {
	b.rebuilding.Lock()
	defer b.rebuilding.Unlock()
	v := b.o.House.View()
	plans := append(b.devicePlans(v), b.otherPlans(v)...)
	b.mu.Lock()
	for i := range plans {
		t := &plans[i].thing
		if said, ok := b.choice[t.Key]; ok {
			t.Shown = said && t.Can
		} else {
			t.Shown = t.Can && !t.Asked
		}
		switch p := plans[i]; {
		case p.parts != nil && p.put == nil:
			p.parts.camera = t.Shown
		case p.parts != nil:
			p.parts.device = t.Shown
		}
	}
	b.mu.Unlock()
	if err := b.place(ctx, plans); err != nil {
		return err
	}
	cats := map[int]*catalogue{}
	for _, s := range b.all() {
		cats[s.record().Number] = b.emptyCatalogue(s)
	}
	things := make([]Thing, len(plans))
	for i, p := range plans {
		things[i] = p.thing
		if n, ok := b.ids.of(p.key()); ok {
			things[i].Bridge = n.Bridge
			if p.shows() {
				p.put(cats[n.Bridge], n)
			}
		}
	}
	if err := b.ids.keep(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	b.things = things
	b.mu.Unlock()
	for _, s := range b.all() {
		if c := cats[s.record().Number]; c != nil {
			if err := s.show(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// emptyCatalogue holds the bridge itself, accessory 1.
func (b *Bridge) emptyCatalogue(s *server) *catalogue {
	c, r := newCatalogue(), s.record()
	key := fmt.Sprintf("bridge/%d", r.Number)
	n, ok := b.ids.of(key)
	if !ok {
		n = b.ids.give(key, r.Number)
	}
	own := &number{AID: 1, Next: n.Next, IIDs: n.IIDs, owner: n.owner}
	begin(b.o.House, c, own, accessory.Info{Name: clean(r.Name), Manufacturer: "Concord", Model: "Hub", SerialNumber: r.ID, Firmware: "1"})
	unlock := n.locked()
	n.Next, n.changed = own.Next, n.changed || own.changed
	unlock()
	return c
}

// devicePlans are the devices. Two of the same name carry their room's in front: HAP itself knows no rooms.
func (b *Bridge) devicePlans(v *home.View) []plan {
	names := map[string]int{}
	for _, d := range v.Devices() {
		names[clean(d.Name(b.o.Lang))]++
	}
	var out []plan
	for _, d := range v.Devices() {
		room := ""
		if r, ok := v.Room(d.Room); ok {
			room = r.Name(b.o.Lang)
		}
		name := clean(d.Name(b.o.Lang))
		if names[name] > 1 && room != "" {
			name = clean(room + " " + name)
		}
		scratch := newCatalogue()
		shows, asked := b.device(scratch, &number{AID: 2, Next: 1, IIDs: map[string]uint64{}}, v, d, name, parts{device: true})
		show := &parts{}
		tv := slices.ContainsFunc(scratch.list[0].Ss, func(s *service.S) bool { return s.Type == service.TypeTelevision })
		out = append(out, plan{
			thing: Thing{Key: "device/" + string(d.ID), Name: d.Name(b.o.Lang), Kind: "device", Can: shows, Asked: asked},
			room:  room,
			tv:    tv,
			put:   func(into *catalogue, n *number) { b.device(into, n, v, d, name, *show) },
			parts: show,
		})
		if _, ok := cameraOf(d); ok {
			out = append(out, plan{thing: Thing{Key: "camera/" + string(d.ID), Name: b.o.Texts.Picture(d.Name(b.o.Lang)), Kind: "camera", Can: true, Asked: true}, room: room, parts: show})
		}
		if len(programmes(d)) > 0 {
			out = append(out, plan{
				thing: Thing{Key: "programmes/" + string(d.ID), Name: b.o.Texts.Modes(d.Name(b.o.Lang)), Kind: "mode", Can: true, Asked: true},
				room:  room,
				put:   func(into *catalogue, n *number) { deviceModes(b.o.House, into, n, d, clean(b.o.Texts.Modes(name))) },
			})
		}
	}
	return out
}

// device adds a device to a catalogue.
func (b *Bridge) device(into *catalogue, n *number, v *home.View, d *home.Device, name string, show parts) (shows, asked bool) {
	info := accessory.Info{Name: name, SerialNumber: string(d.ID)}
	for _, id := range d.Sources {
		desc := v.Source(id).Description
		info.Manufacturer, info.Model = cmp.Or(info.Manufacturer, desc.Vendor), cmp.Or(info.Model, desc.Model)
		info.Firmware = cmp.Or(info.Firmware, firmware(desc.Firmware))
		for _, x := range desc.Identities { // so that another controller knows it for what it is
			if x.Kind == model.IdentityIEEE || x.Kind == model.IdentityMAC {
				info.SerialNumber = x.Value
			}
		}
	}
	info.Manufacturer, info.Model, info.Firmware = cmp.Or(info.Manufacturer, "Concord"), cmp.Or(info.Model, string(d.Type())), cmp.Or(info.Firmware, "1")
	builder := begin(b.o.House, into, n, info)
	if show.device {
		shows, asked = builder.deviceServices(d)
	}
	if show.camera {
		builder.camera(d, b.cams)
	}
	if d.HasAction(model.MainEndpoint, "identify.identify") {
		for _, c := range builder.a.Info.Cs {
			if c.Type == characteristic.TypeIdentify {
				into.points[id{n.AID, c.Id}].write = func(*home.View, any) (ask, int) {
					return ask{device: d.ID, endpoint: model.MainEndpoint, change: change{action: "identify.identify"}}, statusOK
				}
			}
		}
	}
	return shows, asked
}

// firmware is a version as Apple demands it: numbers with points; else "".
func firmware(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) == 0 {
		return ""
	}
	for i := range parts {
		parts[i] = parts[i][:min(len(parts[i]), 6)]
	}
	return strings.Join(parts[:min(len(parts), 3)], ".")
}

// otherPlans are scenes, the modes of the house and people.
func (b *Bridge) otherPlans(v *home.View) []plan {
	var out []plan
	for _, r := range v.Scenes() {
		name := sceneName(r, b.o.Lang)
		out = append(out, plan{thing: Thing{Key: "scene/" + r.ID, Name: name, Kind: "scene", Can: true},
			put: func(into *catalogue, n *number) { addScene(b.o.House, into, n, r.ID, name) }})
	}
	out = append(out, plan{thing: Thing{Key: "house/mode", Name: b.o.Texts.HouseMode, Kind: "mode", Can: true},
		put: func(into *catalogue, n *number) {
			houseModes(b.o.House, into, n, v, b.o.Texts.HouseMode, b.o.Texts.Mode)
		}})
	presence := func(key, name string, f func(*home.View) (bool, bool)) {
		out = append(out, plan{thing: Thing{Key: key, Name: name, Kind: "presence", Can: true},
			put: func(into *catalogue, n *number) { addPresence(b.o.House, into, n, key, name, f) }})
	}
	if len(v.People()) > 0 {
		presence("presence/anyone_home", b.o.Texts.AnyoneHome, anyoneHome)
		presence("presence/anyone_arriving", b.o.Texts.AnyoneArriving, anyoneArriving)
	}
	for _, p := range v.People() {
		presence("person/"+string(p.ID), b.o.Texts.Home(p.Name), func(v *home.View) (bool, bool) { return isHome(v.Presence(p.ID)) })
	}
	return out
}
