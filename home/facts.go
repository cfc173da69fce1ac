package home

import (
	"encoding/json"
	"time"

	"github.com/concord-home/hub/model"
)

// Fact is one thing that happened, as it stands in the log. Seq rises by one from
// fact to fact; At never matters for the order.
type Fact struct {
	Seq  uint64
	At   time.Time
	Body Body
}

// Body is what a fact says. The types below are all there are.
type Body interface{ factType() string }

// From the edges that speak to devices.
type (
	// Described says what a source is.
	Described struct {
		Description model.Description `json:"description"`
	}
	// Reported says what some attributes of a source are.
	Reported struct {
		Source   model.SourceID  `json:"source"`
		Readings []model.Reading `json:"readings"`
	}
	// Happened says that an event occurred at a source.
	Happened struct {
		Happening model.Happening `json:"happening"`
	}
	// Reached says whether a source can be reached.
	Reached struct {
		Source    model.SourceID `json:"source"`
		Reachable bool           `json:"reachable"`
		Why       string         `json:"why,omitempty"`
	}
	// Left says that a source is no longer part of its adapter's network.
	Left struct {
		Source model.SourceID `json:"source"`
		Why    string         `json:"why,omitempty"`
	}
	// Answered says what a path made of a command. Adapter is whose path it was; empty is any.
	Answered struct {
		Command model.CommandID `json:"command"`
		Adapter string          `json:"adapter,omitempty"`
		Outcome model.Outcome   `json:"outcome"`
	}
	// Located says where a tracker (a phone) is.
	Located struct {
		Tracker string    `json:"tracker"`
		Fix     model.Fix `json:"fix"`
	}
	// RegionsTold says which regions a tracker watches.
	RegionsTold struct {
		Tracker string        `json:"tracker"`
		Regions model.Regions `json:"regions"`
	}
	// Associated says that a tracker came into reach of the home network (router, ping, Bluetooth), or went out of it.
	Associated struct {
		Tracker   string `json:"tracker"`
		Connected bool   `json:"connected"`
	}
)

// From the clock and the hub itself.
type (
	// Fired says that a timer is due. Due is the moment that was asked for, so that a wish since
	// replaced or taken back is told from the present one; zero is the present one.
	Fired struct {
		Timer string    `json:"timer"`
		Due   time.Time `json:"due,omitzero"`
	}
	// Started says that the hub came up and holds what was remembered: every value is
	// restored until it is heard again, and timers are asked for anew.
	Started struct{}
)

// From people and programs.
type (
	// Asked asks for a command.
	Asked struct {
		Ask Ask `json:"ask"`
	}
	// Named gives a device a name in a language ("" for all languages); an empty name takes it away.
	Named struct {
		Device model.DeviceID `json:"device"`
		Lang   string         `json:"lang,omitempty"`
		Name   string         `json:"name"`
	}
	// Placed puts a device in a room; an empty room takes it out.
	Placed struct {
		Device model.DeviceID `json:"device"`
		Room   RoomID         `json:"room"`
	}
	// Assigned gives a device its roles ("ceiling light"), by which scenes can address it.
	Assigned struct {
		Device model.DeviceID `json:"device"`
		Roles  []string       `json:"roles"`
	}
	// Merged joins two devices that are one thing: Into keeps its id, name and room.
	Merged struct {
		Into model.DeviceID `json:"into"`
		From model.DeviceID `json:"from"`
	}
	// Split makes one source a device of its own again.
	Split struct {
		Source model.SourceID `json:"source"`
	}
	// Swapped puts the thing behind New in the place of the one behind Old, which keeps
	// its id, name, room, scenes, history and counters.
	Swapped struct {
		Old model.DeviceID `json:"old"`
		New model.DeviceID `json:"new"`
	}
	// Forgotten removes a device whose sources are all gone or unreachable.
	Forgotten struct {
		Device model.DeviceID `json:"device"`
	}
	// Settled answers a proposal.
	Settled struct {
		Proposal string `json:"proposal"`
		Accept   bool   `json:"accept"`
	}
	// RoomSet adds or changes a room.
	RoomSet struct {
		Room Room `json:"room"`
	}
	// RoomRemoved removes a room; its devices have none then.
	RoomRemoved struct {
		Room RoomID `json:"room"`
	}
	// PersonSet adds or changes a person.
	PersonSet struct {
		Person Person `json:"person"`
	}
	// PersonRemoved removes a person.
	PersonRemoved struct {
		Person PersonID `json:"person"`
	}
	// PlaceSet says where home is.
	PlaceSet struct {
		Place Place `json:"place"`
	}
	// SceneSet adds or changes a scene; the document is checked by the scene engine.
	SceneSet struct {
		ID       string          `json:"id"`
		Document json.RawMessage `json:"document"`
	}
	// SceneRemoved removes a scene.
	SceneRemoved struct {
		ID string `json:"id"`
	}
	// SceneAsked runs a scene by hand.
	SceneAsked struct {
		ID    string       `json:"id"`
		Cause *model.Cause `json:"cause"`
		// Args are for scenes of a kind that takes some: "mode" and "until" of an arrival scene.
		Args map[string]model.Value `json:"args,omitempty"`
	}
	// Stated is what a person says of where he is or will be.
	Stated struct {
		Person PersonID  `json:"person"`
		Said   Statement `json:"said"`
	}
)

// What scenes live in.
type (
	// ModeSet begins a mode of the house: "night".
	ModeSet struct {
		Mode  string       `json:"mode"`
		Cause *model.Cause `json:"cause,omitempty"`
	}
	// ModesSet says which modes the house has.
	ModesSet struct {
		Modes []string `json:"modes"`
	}
	// ZoneSet says in which time zone the house is, by its IANA name: "Europe/Berlin".
	ZoneSet struct {
		Zone string `json:"zone"`
	}
	// ClockStepped says that the clock was set, by how much: negative is back.
	ClockStepped struct {
		By time.Duration `json:"by"`
	}
	// WebhookCalled says that a program called one of the house's webhooks.
	WebhookCalled struct {
		Name    string       `json:"name"`
		Payload string       `json:"payload,omitempty"`
		Cause   *model.Cause `json:"cause,omitempty"`
	}
	// TopicHeard says that an MQTT message came that a scene waits for.
	TopicHeard struct {
		Topic   string `json:"topic"`
		Payload string `json:"payload"`
	}
	// HoldEnded gives values free again that somebody holds. An empty endpoint and attribute mean all of the device.
	HoldEnded struct {
		Device    model.DeviceID   `json:"device"`
		Endpoint  model.EndpointID `json:"endpoint,omitempty"`
		Attribute model.Attribute  `json:"attribute,omitempty"`
	}
)

func (ModeSet) factType() string       { return "mode_set" }
func (ModesSet) factType() string      { return "modes_set" }
func (ZoneSet) factType() string       { return "zone_set" }
func (ClockStepped) factType() string  { return "clock_stepped" }
func (WebhookCalled) factType() string { return "webhook_called" }
func (TopicHeard) factType() string    { return "topic_heard" }
func (HoldEnded) factType() string     { return "hold_ended" }

func (Described) factType() string     { return "described" }
func (Reported) factType() string      { return "reported" }
func (Happened) factType() string      { return "happened" }
func (Reached) factType() string       { return "reached" }
func (Left) factType() string          { return "left" }
func (Answered) factType() string      { return "answered" }
func (Located) factType() string       { return "located" }
func (RegionsTold) factType() string   { return "regions_told" }
func (Associated) factType() string    { return "associated" }
func (Stated) factType() string        { return "stated" }
func (Fired) factType() string         { return "fired" }
func (Started) factType() string       { return "started" }
func (Asked) factType() string         { return "asked" }
func (Named) factType() string         { return "named" }
func (Placed) factType() string        { return "placed" }
func (Assigned) factType() string      { return "assigned" }
func (Merged) factType() string        { return "merged" }
func (Split) factType() string         { return "split" }
func (Swapped) factType() string       { return "swapped" }
func (Forgotten) factType() string     { return "forgotten" }
func (Settled) factType() string       { return "settled" }
func (RoomSet) factType() string       { return "room_set" }
func (RoomRemoved) factType() string   { return "room_removed" }
func (PersonSet) factType() string     { return "person_set" }
func (PersonRemoved) factType() string { return "person_removed" }
func (PlaceSet) factType() string      { return "place_set" }
func (SceneSet) factType() string      { return "scene_set" }
func (SceneRemoved) factType() string  { return "scene_removed" }
func (SceneAsked) factType() string    { return "scene_asked" }
