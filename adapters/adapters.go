// Package adapters holds the one contract between the hub and everything that
// speaks to devices: built-in adapters, one folder each below this one, and the
// plugin host. An adapter imports this package and model, and nothing else of ours.
//
// The life of an adapter:
//
//  1. The hub makes it, from its settings, and calls Run once.
//  2. It describes each source it finds (again whenever the description changes),
//     reports values and events as they come, and says when a source can or cannot be reached.
//  3. The hub hands it commands through Execute while Run runs.
//  4. The hub cancels Run's context; Run returns when everything it started has ended.
//
// An adapter that returns an error from Run is started again with backoff; what it described stays, unreachable.
//
//go:generate go run ./gen
package adapters

import (
	"context"
	"net/netip"

	"github.com/concord-home/hub/model"
)

// Adapter speaks one protocol to devices.
type Adapter interface {
	// Name is the first part of the ids of the adapter's sources: "zigbee2mqtt".
	Name() string
	// Run works until the context ends (nil) or it cannot go on (an error that says what and what to do).
	Run(ctx context.Context, hub Hub) error
	// Execute carries out a command on one of the adapter's sources. It must return at
	// once; what became of the command goes to Hub.Outcome, later reports to Hub.Report.
	Execute(cmd model.Command)
}

// Hub is what an adapter may tell the hub. All methods return quickly, may be called
// from any goroutine, and are applied in the order in which one goroutine calls them.
type Hub interface {
	// Describe says what a source is; calling it again replaces what was said.
	Describe(d model.Description)
	// Report says what a source's attributes are. Assumed marks an echo of what was asked for; Restored what was remembered.
	Report(source model.SourceID, readings []model.Reading)
	// Happened passes on an event.
	Happened(h model.Happening)
	// Reachable says whether a source answers, and why not in the adapter's words.
	Reachable(source model.SourceID, reachable bool, why string)
	// Gone says that a source is no longer part of the adapter's network (left, removed).
	Gone(source model.SourceID, why string)
	// Outcome says what became of a command: acked, rejected or timed out.
	Outcome(id model.CommandID, o model.Outcome)
}

// Pairer is implemented by adapters that can open their network to new devices.
type Pairer interface {
	// Permit opens (seconds > 0) or closes (0) the network for joining.
	Permit(ctx context.Context, seconds int) error
}

// Remover is implemented by adapters that can remove a source from their network.
type Remover interface {
	Remove(ctx context.Context, source model.SourceID) error
}

// Secrets keeps what an adapter must not lose and nobody else may read: keys, tokens, pins. Names are the adapter's own.
type Secrets interface {
	// Load returns nil for a name that was never saved.
	Load(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, name string, secret []byte) error
}

// Doctor is implemented by adapters that can say how they are.
type Doctor interface {
	// Checks returns findings for `hub doctor`, problems first.
	Checks() []Check
}

// Check is one finding about an adapter's health.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what is the matter and what to do, or figures when all is well
}

// Message is one MQTT message.
type Message struct {
	Topic    string
	Payload  []byte // valid until the handler returns
	Retained bool
	From     string // the broker's account that published it; "": the hub, or not known
}

// MQTT is the hub's one MQTT connection, given to the adapters that need it.
type MQTT interface {
	// Subscribe calls h for each message that matches the filter, in order, until cancel. h must be quick.
	Subscribe(filter string, h func(Message)) (cancel func(), err error)
	// Publish sends a message; it returns an error when there is no connection.
	Publish(topic string, payload []byte, retain bool, qos byte) error
}

// Seeker is implemented by adapters that look for their devices on the local network. The hub
// owns the listening; the adapter says what it looks for and is handed what is found.
type Seeker interface {
	// Seeks lists what to look for.
	Seeks() []Pattern
	// Found passes on that something appeared, changed or went. Going means only that it is no longer announced.
	Found(f Found)
}

// Pattern is something to look for on the local network.
type Pattern struct {
	Proto    string            // "mdns" or "ssdp"
	Type     string            // "_hap._tcp", or SSDP's ST
	Instance string            // "shelly*"; "" is any
	TXT      map[string]string // values with * and ?; "" only demands that the key is there
}

// Found is something seen on the local network.
type Found struct {
	Key      string // the same for all sightings of one thing
	Type     string
	Instance string
	Addrs    []netip.Addr // IPv4 first
	Port     int
	TXT      map[string]string
	Location string // SSDP's, never fetched by the hub
	Gone     bool
}
