package demo

import (
	"bytes"
	_ "embed" // the data files
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// HomeLatitude and HomeLongitude, in degrees, are where the demo house stands, and HomeRadiusM the radius of the
// place "home" in metres. The phone's positions are around it.
const (
	HomeLatitude  = 31.2304
	HomeLongitude = 121.4737
	HomeRadiusM   = 150.0
)

// Tracker is the id under which adapters/owntracks knows the phone of the one who lives in the demo house.
const Tracker = "owntracks/li/phone"

// Room is a room of the demo house.
type Room struct {
	ID    string            // "living"
	Names map[string]string // by language: "" is English, "zh" Chinese
}

// Rooms lists the rooms in the order of a walk through the house.
func Rooms() []Room {
	return []Room{
		{living, map[string]string{"": "Living room", "zh": "客厅"}},
		{bedroom, map[string]string{"": "Bedroom", "zh": "卧室"}},
		{kitchen, map[string]string{"": "Kitchen", "zh": "厨房"}},
		{hall, map[string]string{"": "Hall", "zh": "玄关"}},
	}
}

const (
	living  = "living"
	bedroom = "bedroom"
	kitchen = "kitchen"
	hall    = "hall"
)

// Placement says where a device stands, what the household calls it, and what for it is.
type Placement struct {
	Room  string            // the id of a room; "" for the device that is still in its box
	Names map[string]string // by language: "" is English, "zh" Chinese
	Roles []string          // "ceiling light"
}

// Layout gives every device's placement by its IEEE address ("0x0017880110d20001").
func Layout() map[string]Placement {
	out := map[string]Placement{}
	for _, r := range mustRecords() {
		out[r.IEEE] = Placement{Room: r.Room, Names: maps.Clone(r.Names), Roles: slices.Clone(r.Roles)}
	}
	return out
}

//go:embed data/house.json
var houseJSON []byte

//go:embed data/devices.json
var devicesJSON []byte

//go:embed data/info.json
var infoJSON []byte

// record is what data/house.json says of a device.
type record struct {
	IEEE    string            `json:"ieee"`
	Room    string            `json:"room"`
	Kind    string            `json:"kind"` // which behaviour it has, see behaviours
	Names   map[string]string `json:"names"`
	Roles   []string          `json:"roles"`
	Boxed   bool              `json:"boxed"`   // not yet joined: waits for the network to open
	Reports []string          `json:"reports"` // what it reports by itself after it was set
	State   map[string]any    `json:"state"`   // how it starts
}

// mustRecords reads the table. It is part of the program: that it does not parse cannot happen outside of development.
func mustRecords() []record {
	var out []record
	d := json.NewDecoder(bytes.NewReader(houseJSON))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		panic(fmt.Sprintf("demo: data/house.json: %v", err))
	}
	return out
}
