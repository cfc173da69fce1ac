package api

import (
	"encoding/json"
	"time"

	"github.com/concord-home/hub/model"
)

// Plugin is a plugin that is installed, and how it is.
type Plugin struct {
	Name         string             `json:"name"`
	Version      string             `json:"version"`
	Title        model.Text         `json:"title"`
	Vendor       string             `json:"vendor,omitempty"`
	Signed       bool               `json:"signed"`
	Dev          bool               `json:"dev,omitempty" doc:"a folder under development, not a package"`
	State        string             `json:"state" enum:"disabled,starting,running,degraded,backing-off,failed"`
	Problem      string             `json:"problem,omitempty" doc:"what is the matter, or why it last ended"`
	Since        time.Time          `json:"since"`
	Confined     bool               `json:"confined"`
	Confinement  string             `json:"confinement,omitempty" doc:"how far the system confines it, in words, once it has run"`
	Restarts     int                `json:"restarts"`
	Devices      int                `json:"devices"`
	Messages     int                `json:"messages"`
	Faults       int                `json:"faults" doc:"messages, or parts of them, that were not taken"`
	LastFault    string             `json:"last_fault,omitempty"`
	LogsDropped  int                `json:"logs_dropped,omitempty"`
	MemoryBytes  int64              `json:"memory_bytes,omitempty"`
	Capabilities []model.Capability `json:"capabilities,omitempty"`
	Network      PluginNetwork      `json:"network,omitzero"`
	Fields       []PluginField      `json:"fields,omitempty" doc:"what may be configured, in the order in which to ask"`
	Config       json.RawMessage    `json:"config,omitempty" doc:"secrets are masked with •••"`
	Schema       json.RawMessage    `json:"schema,omitempty" doc:"the configuration's JSON Schema"`
}

// PluginNetwork says whom a plugin speaks to beside the devices that were found, and why.
type PluginNetwork struct {
	Devices []string   `json:"devices,omitempty"`
	Hosts   []string   `json:"hosts,omitempty"`
	Listen  []string   `json:"listen,omitempty" doc:"ports of the hub at which devices reach it"`
	MQTT    []string   `json:"mqtt,omitempty" doc:"topics of which it hears and publishes"`
	Reason  model.Text `json:"reason,omitzero"`
}

// PluginField is one thing that may be configured.
type PluginField struct {
	Name        string          `json:"name"`
	Type        string          `json:"type" enum:"string,integer,number,boolean,array"`
	Title       model.Text      `json:"title"`
	Description model.Text      `json:"description,omitzero"`
	Enum        []string        `json:"enum,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Secret      bool            `json:"secret,omitempty"`
	Order       int             `json:"order,omitempty"`
}

// PluginLog is what a plugin said of late.
type PluginLog struct {
	Lines []PluginLine `json:"lines"`
	// Diagnostics are figures of its own; empty when it has none or does not run.
	Diagnostics map[string]string `json:"diagnostics,omitempty"`
}

// PluginLine is a line of a plugin's log.
type PluginLine struct {
	At    time.Time `json:"at"`
	Level string    `json:"level"`
	Text  string    `json:"text"`
}

// PluginFolder names a plugin's folder on the hub's machine.
type PluginFolder struct {
	Folder string `json:"folder" minLength:"1" maxLength:"4096"`
}

// PluginAction is something to be done with a plugin.
type PluginAction struct {
	Action string `json:"action" enum:"enable,disable,reload,attach,detach"`
	// Address is that of the device to attach or detach: 192.0.2.7:80.
	Address string `json:"address,omitempty" maxLength:"512"`
}
