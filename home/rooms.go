package home

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// RoomID names a room. It is opaque and never changes.
type RoomID string

// Room is a place in the house.
type Room struct {
	ID    RoomID            `json:"id"`
	Names map[string]string `json:"names"` // by language; "" for all
	// Floor is what the floor is called that the room is on, by language; empty: not said. Rooms whose floor has a name in common are
	// on the same one.
	Floor map[string]string `json:"floor,omitempty"`
}

// Name is the room's name in a language, else in any.
func (r Room) Name(lang string) string {
	if n := r.Names[lang]; n != "" {
		return n
	}
	return r.Names[""]
}

// PersonID names a person. It is opaque and never changes.
type PersonID string

// Person is somebody who lives here or is often here.
type Person struct {
	ID       PersonID `json:"id"`
	Name     string   `json:"name"`
	Role     string   `json:"role"`               // owner, adult, child, guest
	Trackers []string `json:"trackers,omitempty"` // the phones that stand for the person: "owntracks/li/phone", "router/li"
	// Paused: nothing that the trackers say is taken, and the person does not count.
	Paused bool `json:"paused,omitempty"`
}

// Roles that a person can have, from most to least rights.
var personRoles = []string{"owner", "adult", "child", "guest"}

// Place is where home is.
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	RadiusM   float64 `json:"radius_m"` // metres within which one is home
}

func (h *Home) setRoom(b RoomSet) error {
	if b.Room.ID == "" || strings.TrimSpace(b.Room.Name("")+strings.Join(values(b.Room.Names), "")) == "" {
		return refuse("room", fmt.Sprintf("%v", b.Room), "an id and a name")
	}
	b.Room.Names, b.Room.Floor = maps.Clone(b.Room.Names), maps.Clone(b.Room.Floor)
	maps.DeleteFunc(b.Room.Floor, func(_, name string) bool { return strings.TrimSpace(name) == "" })
	h.st.Rooms[b.Room.ID] = b.Room
	h.emit(HouseMoved{Seq: h.seq, What: "rooms"})
	h.adoptRoomHints(b.Room)
	return nil
}

// adoptRoomHints puts devices without a room, whose source names this one, into it.
func (h *Home) adoptRoomHints(r Room) {
	for _, d := range h.devices {
		if d.Room != "" {
			continue
		}
		for _, s := range d.Sources {
			if h.roomByHint(h.source(s).Description.Room) == r.ID {
				h.own(d.ID).Room = r.ID
				h.emit(DeviceMoved{h.seq, d.ID, "placed"})
				break
			}
		}
	}
}

func (h *Home) roomByHint(hint string) RoomID {
	if hint == "" {
		return ""
	}
	for _, id := range sortedKeys(h.st.Rooms) {
		for _, n := range h.st.Rooms[id].Names {
			if strings.EqualFold(n, hint) {
				return id
			}
		}
	}
	return ""
}

func (h *Home) removeRoom(b RoomRemoved) error {
	if _, ok := h.st.Rooms[b.Room]; !ok {
		return refuse("room", string(b.Room), "a room of this house")
	}
	delete(h.st.Rooms, b.Room)
	for _, d := range h.devices {
		if d.Room == b.Room {
			h.own(d.ID).Room = ""
			h.emit(DeviceMoved{h.seq, d.ID, "placed"})
		}
	}
	h.emit(HouseMoved{Seq: h.seq, What: "rooms"})
	return nil
}

func (h *Home) place(b Placed) error {
	if _, ok := h.st.Rooms[b.Room]; !ok && b.Room != "" {
		return refuse("room", string(b.Room), "a room of this house")
	}
	d, err := h.ownKnown(b.Device)
	if err != nil {
		return err
	}
	d.Room = b.Room
	h.emit(DeviceMoved{h.seq, b.Device, "placed"})
	return nil
}

func (h *Home) name(b Named) error {
	name := strings.TrimSpace(b.Name)
	if len(name) > 200 {
		return refuse("name", name[:200], "at most 200 bytes")
	}
	d, err := h.ownKnown(b.Device)
	if err != nil {
		return err
	}
	names := maps.Clone(d.Names)
	if names == nil {
		names = map[string]string{}
	}
	if name == "" {
		delete(names, b.Lang)
	} else {
		names[b.Lang] = name
	}
	d.Names = names
	h.emit(DeviceMoved{h.seq, b.Device, "renamed"})
	return nil
}

func (h *Home) assign(b Assigned) error {
	d, err := h.ownKnown(b.Device)
	if err != nil {
		return err
	}
	d.Roles = slices.Clone(b.Roles)
	h.emit(DeviceMoved{h.seq, b.Device, "roles"})
	return nil
}

func (h *Home) setPerson(b PersonSet) error {
	p := b.Person
	if p.ID == "" || strings.TrimSpace(p.Name) == "" {
		return refuse("person", p.Name, "an id and a name")
	}
	if !slices.Contains(personRoles, p.Role) {
		return refuse("role", p.Role, "one of "+strings.Join(personRoles, ", "))
	}
	for _, id := range sortedKeys(h.st.People) {
		other := h.st.People[id]
		for _, t := range p.Trackers {
			if id != p.ID && slices.Contains(other.Trackers, t) {
				return refuse("tracker", t, "a tracker that stands for nobody else; it is "+other.Name+"'s")
			}
		}
	}
	p.Trackers = slices.Clone(p.Trackers)
	h.st.People[p.ID] = p
	h.emit(HouseMoved{Seq: h.seq, What: "people"})
	if was, known := h.st.Presence[p.ID]; known && len(p.Trackers) == 0 { // nobody would ever see the person leave
		delete(h.st.Presence, p.ID)
		h.emit(PresenceMoved{Seq: h.seq, Person: p.ID, From: was.State, Presence: Presence{State: "unknown"}})
	}
	return nil
}

func (h *Home) removePerson(b PersonRemoved) error {
	if _, ok := h.st.People[b.Person]; !ok {
		return refuse("person", string(b.Person), "a person of this house")
	}
	delete(h.st.People, b.Person)
	delete(h.st.Presence, b.Person)
	h.emit(HouseMoved{Seq: h.seq, What: "people"})
	return nil
}

func (h *Home) setPlace(b PlaceSet) error {
	p := b.Place
	if p.Latitude < -90 || p.Latitude > 90 || p.Longitude < -180 || p.Longitude > 180 {
		return refuse("place", fmt.Sprintf("%v, %v", p.Latitude, p.Longitude), "a latitude within ±90 and a longitude within ±180 degrees")
	}
	if p.RadiusM < 20 || p.RadiusM > 5000 {
		return refuse("radius", fmt.Sprintf("%v m", p.RadiusM), "20 to 5,000 m")
	}
	h.st.Place = &p
	h.emit(HouseMoved{Seq: h.seq, What: "place"})
	h.occur(Occurrence{Kind: OccurredPlanned, At: h.at})
	return nil
}

// RefusalError says which field of a fact was not taken, what it was and what was expected.
type RefusalError struct {
	Field, Value, Expected string
}

func (e *RefusalError) Error() string {
	return fmt.Sprintf("%s %q: expected %s", e.Field, e.Value, e.Expected)
}

func refuse(field, value, expected string) error {
	return &RefusalError{Field: field, Value: value, Expected: expected}
}

func unknownDevice(id model.DeviceID) error {
	return refuse("device", string(id), "the id of a device of this house")
}
