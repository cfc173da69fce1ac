// Package api holds the shapes of the hub's HTTP API, shared by the server in
// bridge/http and the programs that call it, the command line first. Values are
// natural JSON (null is unknown), times RFC 3339, units those of the catalogue.
package api

import (
	"encoding/json"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Device is a device as the API shows it.
type Device struct {
	ID        model.DeviceID    `json:"id"`
	Name      string            `json:"name" doc:"the name in the language asked for"`
	Names     map[string]string `json:"names" doc:"names by language; the empty key stands for all"`
	Type      model.DeviceType  `json:"type"`
	Label     string            `json:"label" doc:"the type's name in the language asked for"`
	Room      home.RoomID       `json:"room,omitempty"`
	RoomName  string            `json:"room_name,omitempty"`
	Roles     []string          `json:"roles,omitempty"`
	Reachable bool              `json:"reachable"`
	Why       string            `json:"why,omitempty" doc:"why it cannot be reached"`
	Vendor    string            `json:"vendor,omitempty"`
	Model     string            `json:"model,omitempty"`
	Product   string            `json:"product,omitempty"`
	Endpoints []Endpoint        `json:"endpoints"`
	Sources   []Source          `json:"sources"`
}

// Endpoint is a part of a device that acts by itself.
type Endpoint struct {
	ID         model.EndpointID  `json:"id"`
	Type       model.DeviceType  `json:"type,omitempty"`
	Label      string            `json:"label,omitempty"`
	Attributes []Attribute       `json:"attributes"`
	Actions    []model.Attribute `json:"actions,omitempty"`
	Events     []model.EventInfo `json:"events,omitempty"`
}

// Attribute is an attribute with its contract and its present state.
type Attribute struct {
	Attribute model.Attribute `json:"attribute"`
	Label     string          `json:"label"`
	Type      model.Type      `json:"type"`
	Unit      string          `json:"unit,omitempty"`
	Min       *float64        `json:"min,omitempty"`
	Max       *float64        `json:"max,omitempty"`
	Step      float64         `json:"step,omitempty"`
	Options   []string        `json:"options,omitempty"`
	Access    model.Access    `json:"access"`
	Category  string          `json:"category,omitempty"`
	Value     json.RawMessage `json:"value" doc:"null is unknown"`
	Text      string          `json:"text" doc:"the value as a person reads it, with its unit, in the language asked for"`
	Quality   model.Quality   `json:"quality,omitempty"`
	Changed   *time.Time      `json:"changed,omitempty"`
	Heard     *time.Time      `json:"heard,omitempty"`
	Desired   json.RawMessage `json:"desired,omitempty" doc:"what a command under way asks for"`
}

// Source is one adapter's view of a device.
type Source struct {
	ID         model.SourceID   `json:"id"`
	Name       string           `json:"name"`
	Reachable  bool             `json:"reachable"`
	Why        string           `json:"why,omitempty"`
	Gone       bool             `json:"gone,omitempty"`
	Heard      *time.Time       `json:"heard,omitempty"`
	Refusals   int              `json:"refusals,omitempty"`
	Identities []model.Identity `json:"identities,omitempty"`
}

// DevicePatch changes what the household decides about a device; what is absent stays.
type DevicePatch struct {
	Names map[string]string `json:"names,omitempty" doc:"an empty name takes that language's name away"`
	Room  *home.RoomID      `json:"room,omitempty" doc:"empty: in no room"`
	Roles *[]string         `json:"roles,omitempty"`
}

// CommandRequest asks for a command: either set or command.
type CommandRequest struct {
	Endpoint   model.EndpointID                    `json:"endpoint,omitempty"`
	Set        map[model.Attribute]json.RawMessage `json:"set,omitempty"`
	Command    model.Attribute                     `json:"command,omitempty"`
	Args       map[string]json.RawMessage          `json:"args,omitempty"`
	Transition float64                             `json:"transition,omitempty" minimum:"0" maximum:"6553" doc:"seconds"`
	TimeoutMS  int                                 `json:"timeout_ms,omitempty" minimum:"0" maximum:"600000"`
	Wait       bool                                `json:"wait,omitempty" doc:"answer only when the command has ended"`
}

// Command is a command's life as the API shows it.
type Command struct {
	home.Command
	Text string `json:"text" doc:"what became of it, as a sentence in the language asked for"`
}

// History is a graph of one attribute.
type History struct {
	Device    model.DeviceID   `json:"device"`
	Endpoint  model.EndpointID `json:"endpoint"`
	Attribute model.Attribute  `json:"attribute"`
	Unit      string           `json:"unit,omitempty"`
	From      time.Time        `json:"from"`
	To        time.Time        `json:"to"`
	Before    *Sample          `json:"before,omitempty" doc:"the last before from: what it was when the span began; a truth as 0 or 1"`
	Points    []Point          `json:"points,omitempty" doc:"of a number or truth, one a bucket that has samples"`
	Samples   []Sample         `json:"samples,omitempty" doc:"of an enum: each change"`
}

// Point is one bucket of a graph.
type Point struct {
	At    time.Time `json:"at"`
	Min   float64   `json:"min"`
	Mean  float64   `json:"mean"`
	Max   float64   `json:"max"`
	Count int       `json:"count"`
}

// Sample is one recorded value.
type Sample struct {
	At    time.Time       `json:"at"`
	Value json.RawMessage `json:"value"`
}

// Explanation says why attributes are what they are.
type Explanation struct {
	Device     model.DeviceID `json:"device"`
	Name       string         `json:"name"`
	Attributes []Because      `json:"attributes"`
}

// Because is the explanation of one attribute: the chain of causes, first the nearest.
type Because struct {
	Endpoint  model.EndpointID `json:"endpoint"`
	Attribute model.Attribute  `json:"attribute"`
	Text      string           `json:"text" doc:"a sentence in the language asked for, naming the cause that counts"`
	More      []string         `json:"more,omitempty" doc:"what stands beside it, in sentences"`
	Chain     []model.Cause    `json:"chain,omitempty"`
	Hold      string           `json:"hold,omitempty" doc:"who holds the value against scenes, and until when"`
}

// Room and Person are as the house knows them; Presence is where the person is.
type (
	// Room is a room of the house.
	Room struct {
		home.Room
		Devices int `json:"devices"`
	}
	// Person is somebody who lives here.
	Person struct {
		home.Person
		Presence home.Presence `json:"presence"`
	}
)

// The small requests.
type (
	// MergeRequest joins two devices that are one.
	MergeRequest struct {
		Into model.DeviceID `json:"into"`
		From model.DeviceID `json:"from"`
	}
	// SplitRequest makes a source a device of its own again.
	SplitRequest struct {
		Source model.SourceID `json:"source"`
	}
	// SwapRequest puts a new thing in an old one's place.
	SwapRequest struct {
		Old model.DeviceID `json:"old"`
		New model.DeviceID `json:"new"`
	}
	// SettleRequest answers a proposal.
	SettleRequest struct {
		Accept bool `json:"accept"`
	}
	// PairRequest opens an adapter's network.
	PairRequest struct {
		Seconds int `json:"seconds" minimum:"0" maximum:"254"`
	}
)

// Discovered is one thing seen on the network.
type Discovered struct {
	Proto    string            `json:"proto"`
	Type     string            `json:"type"`
	Instance string            `json:"instance"`
	Host     string            `json:"host,omitempty"`
	Port     int               `json:"port,omitempty"`
	Addrs    []string          `json:"addrs,omitempty"`
	TXT      map[string]string `json:"txt,omitempty"`
	LastSeen time.Time         `json:"last_seen"`
	State    string            `json:"state"`
	Handlers []string          `json:"handlers,omitempty" doc:"the adapters that would take it"`
}

// Doctor is how the hub is.
type Doctor struct {
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
}

// Finding is one line of the doctor's report.
type Finding struct {
	Part   string `json:"part"` // store, adapter NAME, queue, broker, discovery
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Info is what a caller may know of the hub.
type Info struct {
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Devices  int       `json:"devices"`
	Rooms    int       `json:"rooms"`
	Demo     bool      `json:"demo"`
	SetUp    bool      `json:"set_up" doc:"whether somebody has claimed the hub"`
	MQTTAddr string    `json:"mqtt_addr,omitempty"`
}

// Event is one message of the stream at /api/events: the SSE event name is Type.
type Event struct {
	Type string `json:"type"` // changed, occurred, command, device, presence, house, scene, lagged
	// Name is the device's name in the language asked for; Text what happened, as a sentence.
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
	Data any    `json:"data"`
}

// Problem is an error as RFC 9457 has it, in the language asked for.
type Problem struct {
	Type   string `json:"type" doc:"always about:blank: the code says more"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Code is for programs: "not_found", "forbidden", or a command's reason such as "invalid_value".
	Code     string    `json:"code,omitempty"`
	Field    string    `json:"field,omitempty" doc:"what was not taken"`
	Value    string    `json:"value,omitempty" doc:"what it was"`
	Expected string    `json:"expected,omitempty" doc:"what it should have been"`
	Line     int       `json:"line,omitempty" doc:"where in a text; counts from 1"`
	Column   int       `json:"column,omitempty"`
	Near     []string  `json:"near,omitempty" doc:"names that are like the one not found"`
	Errors   []Problem `json:"errors,omitempty" doc:"each field that does not fit, when there are several"`
}

// Error is the problem in one line.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// GetStatus is the HTTP status of the response that carries the problem.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of a problem.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Snapshot is the data of the event stream's first message: what follows came after it.
type Snapshot struct {
	Seq     uint64 `json:"seq"`
	Resumed bool   `json:"resumed,omitempty" doc:"nothing was missed since the event whose id was sent"`
}
