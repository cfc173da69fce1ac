package protocol

import (
	"encoding/json"
	"time"

	"github.com/concord-home/hub/model"
)

// Version is the newest protocol that this package speaks.
const Version = 1

// The methods, hub to plugin.
const (
	MethodInitialize  = "initialize"
	MethodConfigSet   = "config/set"
	MethodFound       = "discovery/found"
	MethodLost        = "discovery/lost"
	MethodHeard       = "mqtt/message"
	MethodForget      = "device/forget"
	MethodCommand     = "device/command"
	MethodRefresh     = "device/refresh"
	MethodPair        = "pair/start"
	MethodPing        = "ping"
	MethodDiagnostics = "diagnostics"
	MethodShutdown    = "shutdown"
)

// The methods, plugin to hub.
const (
	MethodPut       = "device/put"
	MethodRemove    = "device/remove"
	MethodStatus    = "device/status"
	MethodReport    = "state/report"
	MethodEvent     = "event"
	MethodHealth    = "health"
	MethodLog       = "log"
	MethodStoreGet  = "store/get"
	MethodStorePut  = "store/put"
	MethodStoreDel  = "store/delete"
	MethodSecretGet = "secret/get"
	MethodSecretPut = "secret/put"
	MethodPublish   = "mqtt/publish"
	MethodListen    = "net/listen"
)

// MethodCancel is sent by either side about a request of its own.
const MethodCancel = "cancel"

// Limits are what the hub allows, told at initialize so that nobody has to guess.
type Limits struct {
	Message           int `json:"message" minimum:"1" doc:"bytes in a line"`
	InFlight          int `json:"inflight" minimum:"1" doc:"commands under way at once; one a device"`
	MessagesPerSecond int `json:"messagesPerSecond" minimum:"1" doc:"above it the hub reads more slowly: your writes wait"`
	LogsPerSecond     int `json:"logsPerSecond" minimum:"1" doc:"further log lines are counted, not kept"`
	Devices           int `json:"devices" minimum:"1"`
	StoreBytes        int `json:"storeBytes" minimum:"0" doc:"keys and values together"`
	StartMS           int `json:"startMS" minimum:"1" doc:"within which initialize is answered"`
	StopMS            int `json:"stopMS" minimum:"1" doc:"within which the process ends after shutdown"`
	MemoryMiB         int `json:"memoryMiB" minimum:"1"`
}

// DefaultLimits are those of a plugin that asks for nothing else.
var DefaultLimits = Limits{Message: MaxMessage, InFlight: 8, MessagesPerSecond: 200, LogsPerSecond: 100, Devices: 1000,
	StoreBytes: 1 << 20, StartMS: 10_000, StopMS: 5_000, MemoryMiB: 64}

// The deadlines that the two sides keep.
const (
	PingEvery     = 15 * time.Second
	PingTimeout   = 5 * time.Second
	PingMisses    = 3
	ConfigTimeout = 10 * time.Second
)

// The messages of hub and plugin. Members that a side does not know are ignored.
type (
	// Versions is a range of protocols.
	Versions struct {
		Min int `json:"min" minimum:"1"`
		Max int `json:"max" minimum:"1"`
	}
	// Initialize is the first message. The plugin answers with the newest version of the range that it knows, or with -32001.
	Initialize struct {
		Protocol Versions          `json:"protocol"`
		Hub      HubInfo           `json:"hub"`
		Locale   string            `json:"locale" doc:"the household's language, a BCP 47 tag: zh-CN"`
		Config   json.RawMessage   `json:"config" doc:"what config.schema.json describes; {} without one"`
		Devices  []string          `json:"devices" nullable:"false" doc:"ids that the hub remembers of this plugin; use the same ones again"`
		Limits   Limits            `json:"limits"`
		Confined bool              `json:"confined" doc:"there is no network but the sockets of discovery/found"`
		Sockets  map[string]string `json:"sockets,omitempty" doc:"for each host of network.hosts in the manifest, the Unix socket that leads there"`
	}
	// HubInfo says what hub it is.
	HubInfo struct {
		Version string `json:"version"`
	}
	// Initialized answers Initialize.
	Initialized struct {
		Protocol int      `json:"protocol" minimum:"1"`
		Plugin   string   `json:"plugin" doc:"the manifest's name"`
		Version  string   `json:"version" doc:"the manifest's version"`
		Features []string `json:"features,omitempty" nullable:"false" doc:"of: pair, refresh, diagnostics"`
	}
	// ConfigSet replaces the configuration while the plugin runs.
	ConfigSet struct {
		Config json.RawMessage `json:"config"`
	}
	// Found hands over something that matches the manifest's discovery, or that a person added by its address. It is the
	// right to speak to that address: each socket leads to one port of it, and goes on leading there when the address changes.
	Found struct {
		Key      string            `json:"key" doc:"the same for all sightings of one thing"`
		Via      string            `json:"via" enum:"mdns,ssdp,mqtt,udp,mac,manual"`
		Type     string            `json:"type,omitempty" doc:"_acme._tcp, SSDP's ST, the topic filter"`
		Instance string            `json:"instance,omitempty"`
		Text     map[string]string `json:"text,omitempty" doc:"the TXT record; topic and payload of mqtt, answer of udp, mac of mac"`
		Host     string            `json:"host" doc:"for a Host header or a log; it cannot be dialled when confined. Empty of mqtt"`
		Port     int               `json:"port,omitempty" minimum:"0" maximum:"65535" doc:"the port announced"`
		Sockets  map[string]string `json:"sockets" doc:"by \"tcp/PORT\" or \"udp/PORT\", and \"tcp\" for the port announced: the path of a Unix stream socket that leads there. UDP: each datagram preceded by its length, two bytes, high one first"`
	}
	// Lost says that a thing is no longer announced. It may well go on working: a device is offline when it does not answer.
	Lost struct {
		Key string `json:"key"`
	}
	// Heard is something that was published on a topic of network.mqtt. What is no UTF-8 comes as base64.
	Heard struct {
		Topic    string `json:"topic"`
		Payload  string `json:"payload"`
		Base64   bool   `json:"base64,omitempty"`
		Retained bool   `json:"retained,omitempty" doc:"it was published before the plugin began to listen"`
	}
	// Forget says that the household removed a device.
	Forget struct {
		Device string `json:"device"`
	}
	// Command asks for attributes to be set, or for one action. It is answered when the device has taken it, with {}, or with an error.
	Command struct {
		Device     string                 `json:"device"`
		Endpoint   string                 `json:"endpoint" doc:"main for a device with one part"`
		Writes     []model.Write          `json:"writes,omitempty" nullable:"false" doc:"the attributes to set, in this order"`
		Action     model.Attribute        `json:"action,omitempty" doc:"window_covering.stop; empty for writes"`
		Args       map[string]model.Value `json:"args,omitempty"`
		Transition float64                `json:"transition,omitempty" minimum:"0" doc:"seconds"`
		DeadlineMS int                    `json:"deadlineMS" minimum:"1" doc:"after which the answer is of no use"`
		Key        string                 `json:"key" doc:"the same when the hub repeats a command: do it once"`
	}
	// Refresh asks for a fresh report.
	Refresh struct {
		Device string `json:"device"`
	}
	// Pair opens (seconds > 0) or closes (0) the plugin's network to new devices.
	Pair struct {
		Seconds int `json:"seconds" minimum:"0" maximum:"600"`
	}
	// Cancel says that nobody waits any longer for the answer to a request.
	Cancel struct {
		ID json.RawMessage `json:"id" doc:"the request's id"`
	}
	// Diagnostics are figures for whoever looks for a fault; no secrets.
	Diagnostics struct {
		Lines map[string]string `json:"lines"`
	}
	// Empty has no members.
	Empty struct{}
)

// The messages of plugin to hub.
type (
	// Device describes a device; sending it again replaces what was said. The id never changes: a serial number or MAC
	// address, never an IP address.
	Device struct {
		ID               string             `json:"id" pattern:"^[A-Za-z0-9._:-]{1,64}$"`
		Name             string             `json:"name" minLength:"1" maxLength:"128" doc:"as the device or its app calls it, in any script"`
		Vendor           string             `json:"vendor,omitempty" maxLength:"128"`
		Model            string             `json:"model,omitempty" maxLength:"128"`
		Product          string             `json:"product,omitempty" maxLength:"128"`
		Firmware         string             `json:"firmware,omitempty" maxLength:"128"`
		Type             model.DeviceType   `json:"type,omitempty" doc:"of the catalogue; default: the first that fits the capabilities"`
		Room             string             `json:"room,omitempty" maxLength:"128"`
		Identities       []model.Identity   `json:"identities,omitempty" nullable:"false" maxItems:"16"`
		Sleepy           bool               `json:"sleepy,omitempty" doc:"runs on a battery and speaks seldom"`
		Capabilities     []model.Capability `json:"capabilities,omitempty" nullable:"false" maxItems:"64" doc:"of the endpoint main: all attributes that the catalogue requires"`
		Properties       []Property         `json:"properties,omitempty" nullable:"false" maxItems:"500" doc:"of the endpoint main: optional attributes, or narrower ranges"`
		Actions          []model.Attribute  `json:"actions,omitempty" nullable:"false" maxItems:"64" doc:"of the endpoint main"`
		Events           []model.EventInfo  `json:"events,omitempty" nullable:"false" maxItems:"64" doc:"of the endpoint main"`
		Endpoints        []Endpoint         `json:"endpoints,omitempty" nullable:"false" maxItems:"64" doc:"further parts that act by themselves"`
		CommandTimeoutMS int                `json:"commandTimeoutMS,omitempty" minimum:"0" maximum:"60000"`
	}
	// Endpoint is a part of a device that acts by itself.
	Endpoint struct {
		ID           string             `json:"id" pattern:"^[A-Za-z0-9._-]{1,32}$"`
		Type         model.DeviceType   `json:"type,omitempty"`
		Label        string             `json:"label,omitempty" maxLength:"128"`
		Capabilities []model.Capability `json:"capabilities,omitempty" nullable:"false" maxItems:"64"`
		Properties   []Property         `json:"properties,omitempty" nullable:"false" maxItems:"500"`
		Actions      []model.Attribute  `json:"actions,omitempty" nullable:"false" maxItems:"64"`
		Events       []model.EventInfo  `json:"events,omitempty" nullable:"false" maxItems:"64"`
	}
	// Property is an attribute, as the catalogue has it or narrower; for setting.KEY and measurement.KEY type and access are needed.
	Property struct {
		Attribute model.Attribute `json:"attribute"`
		Type      model.Type      `json:"type,omitempty"`
		Unit      string          `json:"unit,omitempty" maxLength:"16"`
		Min       *float64        `json:"min,omitempty"`
		Max       *float64        `json:"max,omitempty"`
		Step      float64         `json:"step,omitempty" minimum:"0"`
		Options   []string        `json:"options,omitempty" nullable:"false" maxItems:"200"`
		Access    model.Access    `json:"access,omitempty"`
		Label     *model.Text     `json:"label,omitempty"`
	}
	// Remove says that a device is no longer part of the plugin's network.
	Remove struct {
		Device string `json:"device"`
		Why    string `json:"why,omitempty" maxLength:"500"`
	}
	// Status says whether a device answers.
	Status struct {
		Device    string `json:"device"`
		Reachable bool   `json:"reachable"`
		Why       string `json:"why,omitempty" maxLength:"500" doc:"why it does not, for a person"`
	}
	// Report says what attributes are. null is unknown.
	Report struct {
		Device   string                          `json:"device"`
		Endpoint string                          `json:"endpoint,omitempty" doc:"default: main"`
		Values   map[model.Attribute]model.Value `json:"values"`
		Quality  model.Quality                   `json:"quality,omitempty" enum:"good,assumed,restored,suspect" doc:"default: good"`
	}
	// Event says that something happened. It is never coalesced nor repeated.
	Event struct {
		Device   string                 `json:"device"`
		Endpoint string                 `json:"endpoint,omitempty" doc:"default: main"`
		Event    model.Attribute        `json:"event" doc:"button.press"`
		Args     map[string]model.Value `json:"args,omitempty"`
		Key      string                 `json:"key,omitempty" maxLength:"64" doc:"the device's own sequence number, if it has one"`
	}
	// Health says how the plugin as a whole is: a cloud that does not answer, a gateway that is gone.
	Health struct {
		OK  bool   `json:"ok"`
		Why string `json:"why,omitempty" maxLength:"500"`
	}
	// Log is a line for the log. Secrets that the hub gave are masked.
	Log struct {
		Level   string            `json:"level" enum:"debug,info,warn,error"`
		Message string            `json:"message" maxLength:"4000"`
		Fields  map[string]string `json:"fields,omitempty"`
	}
	// Publish publishes on a topic of network.mqtt.
	Publish struct {
		Topic   string `json:"topic" minLength:"1" maxLength:"512"`
		Payload string `json:"payload" maxLength:"262144"`
		Base64  bool   `json:"base64,omitempty" doc:"the payload is bytes in base64"`
		Retain  bool   `json:"retain,omitempty"`
	}
	// Listen asks for one of the ports of network.listen.
	Listen struct {
		Port string `json:"port" pattern:"^(tcp|udp)/[0-9]{1,5}$"`
	}
	// Listening answers Listen.
	Listening struct {
		Socket string `json:"socket" doc:"the path of a Unix stream socket. tcp: each connection to it waits for one from the network, and then is that connection, after a line of text ADDRESS:PORT. udp: each datagram preceded by its length, two bytes, high one first, and in it by a line ADDRESS:PORT, both ways"`
	}
	// StoreKey names an entry of the plugin's store.
	StoreKey struct {
		Key string `json:"key" minLength:"1" maxLength:"128"`
	}
	// StoreEntry is an entry of the store, or a secret.
	StoreEntry struct {
		Key   string `json:"key" minLength:"1" maxLength:"128"`
		Value string `json:"value" maxLength:"262144"`
	}
	// StoreValue answers store/get and secret/get.
	StoreValue struct {
		Value string `json:"value"`
		Found bool   `json:"found"`
	}
)
