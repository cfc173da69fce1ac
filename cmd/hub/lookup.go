package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/concord-home/hub/cmd/hub/internal/shorthand"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// allNames lists a thing's names, the one to show first.
func allNames(shown string, byLanguage map[string]string) []string {
	out := []string{shown}
	for _, n := range byLanguage {
		if n != shown {
			out = append(out, n)
		}
	}
	return out
}

// find picks what a name means among things of a kind.
func find[T any](kind, query string, all []T, thing func(T) names.Thing) (T, error) {
	things := make([]names.Thing, len(all))
	for i, x := range all {
		things[i] = thing(x)
	}
	i, err := names.Find(things, query)
	if err != nil {
		var none T
		return none, &lookupError{kind, err}
	}
	return all[i], nil
}

func deviceThing(d api.Device) names.Thing {
	return names.Thing{ID: string(d.ID), Names: allNames(d.Name, d.Names), Hint: d.RoomName}
}

func roomThing(lang string) func(api.Room) names.Thing {
	return func(r api.Room) names.Thing {
		return names.Thing{ID: string(r.ID), Names: allNames(roomName(lang, r), r.Names)}
	}
}

// roomName is a room's name in a language, else in any.
func roomName(lang string, r api.Room) string { return cmp.Or(nameOf(lang, r.Names), string(r.ID)) }

// nameOf picks of names by language the one of a language, else the one for all, else the first there is.
func nameOf(lang string, names map[string]string) string {
	some := ""
	for _, l := range slices.Sorted(maps.Keys(names)) {
		some = cmp.Or(some, names[l])
	}
	return cmp.Or(names[lang], names[""], some)
}

func (cl *client) devices(ctx context.Context) ([]api.Device, error) {
	var out []api.Device
	return out, cl.get(ctx, "devices", nil, &out)
}

// device finds a device by what a person calls it.
func (cl *client) device(ctx context.Context, query string) (api.Device, error) {
	all, err := cl.devices(ctx)
	if err != nil {
		return api.Device{}, err
	}
	return find("device", query, all, deviceThing)
}

// part finds NAME or NAME@endpoint; the endpoint is empty when none is given. A name that holds
// an @ itself comes first.
func (cl *client) part(ctx context.Context, query string) (api.Device, model.EndpointID, error) {
	all, err := cl.devices(ctx)
	if err != nil {
		return api.Device{}, "", err
	}
	d, err := find("device", query, all, deviceThing)
	at := strings.LastIndex(query, "@")
	if err == nil || at < 0 {
		return d, "", err
	}
	if d, err = find("device", query[:at], all, deviceThing); err != nil {
		return d, "", err
	}
	e, err := shorthand.Endpoint(d, query[at+1:])
	if err != nil {
		return d, "", &lookupError{"endpoint", err}
	}
	return d, e, nil
}

// attribute finds an attribute of a device by any of its names.
func attribute(d api.Device, endpoint model.EndpointID, word string) (shorthand.Readable, error) {
	r, err := shorthand.Attribute(d, endpoint, word)
	if err != nil {
		return r, &lookupError{"attribute", err}
	}
	return r, nil
}

func (cl *client) rooms(ctx context.Context) ([]api.Room, error) {
	var out []api.Room
	return out, cl.get(ctx, "rooms", nil, &out)
}

func (cl *client) room(ctx context.Context, query string) (api.Room, error) {
	all, err := cl.rooms(ctx)
	if err != nil {
		return api.Room{}, err
	}
	return find("room", query, all, roomThing(cl.lang))
}

func (cl *client) people(ctx context.Context) ([]api.Person, error) {
	var out []api.Person
	return out, cl.get(ctx, "people", nil, &out)
}

func personThing(p api.Person) names.Thing {
	return names.Thing{ID: string(p.ID), Names: []string{p.Name}}
}

func (cl *client) person(ctx context.Context, query string) (api.Person, error) {
	all, err := cl.people(ctx)
	if err != nil {
		return api.Person{}, err
	}
	return find("person", query, all, personThing)
}

func (cl *client) scenes(ctx context.Context) ([]api.Scene, error) {
	var out []api.Scene
	return out, cl.get(ctx, "scenes", nil, &out)
}

func sceneThing(s api.Scene) names.Thing {
	return names.Thing{ID: s.ID, Names: allNames(s.Name, documentNames(s.Document))}
}

func (cl *client) scene(ctx context.Context, query string) (api.Scene, error) {
	all, err := cl.scenes(ctx)
	if err != nil {
		return api.Scene{}, err
	}
	return find("scene", query, all, sceneThing)
}

func (cl *client) proposals(ctx context.Context) ([]home.Proposal, error) {
	var out []home.Proposal
	return out, cl.get(ctx, "proposals", nil, &out)
}
