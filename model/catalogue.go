package model

import "strings"

// Capability names a contract that an endpoint fulfils: "on_off", "thermostat".
type Capability string

// Attribute names an attribute within its capability: "on_off.on", or, for the
// typed long tail, "setting.KEY" and "measurement.KEY".
type Attribute string

// Split returns the capability and the attribute's own name.
func (a Attribute) Split() (Capability, string) {
	c, n, _ := strings.Cut(string(a), ".")
	return Capability(c), n
}

// Capability returns the capability that the attribute belongs to.
func (a Attribute) Capability() Capability { c, _ := a.Split(); return c }

// The two capabilities whose attributes are not listed in the catalogue: what no
// capability covers keeps its own key, type, unit, range and access there.
const (
	Setting     Capability = "setting"
	Measurement Capability = "measurement"
)

// IsLongTail reports whether the attribute is a setting or measurement with a key of its own.
func (a Attribute) IsLongTail() bool {
	c := a.Capability()
	return c == Setting || c == Measurement
}

// Type is the type of an attribute or argument.
type Type string

// The attribute types. An enum's members are strings; a set holds enum members; list and object are structured.
const (
	TypeBool   Type = "bool"
	TypeInt    Type = "int"
	TypeFloat  Type = "float"
	TypeEnum   Type = "enum"
	TypeString Type = "string"
	TypeTime   Type = "time"
	TypeSet    Type = "set"
	TypeList   Type = "list"
	TypeObject Type = "object"
)

// Access says what can be done with an attribute.
type Access string

// The kinds of access: const values never change (a range, a kind); readable ones
// are reported; writable ones are reported and can be set; write-only ones are never reported.
const (
	AccessConst     Access = "const"
	AccessRead      Access = "read"
	AccessWrite     Access = "write"
	AccessWriteOnly Access = "write_only"
)

// CanWrite reports whether a command may set the attribute.
func (a Access) CanWrite() bool { return a == AccessWrite || a == AccessWriteOnly }

// Text is something a household reads, in the languages the product speaks.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In returns the text in the language ("zh" and its variants, else English).
func (t Text) In(lang string) string {
	if strings.HasPrefix(strings.ToLower(lang), "zh") && t.Zh != "" {
		return t.Zh
	}
	return t.En
}

// Property is an attribute's contract: as the catalogue states it, and, in a
// [Description], as one endpoint of one device narrows it.
type Property struct {
	Attribute Attribute `json:"attribute"`
	Type      Type      `json:"type"`
	Unit      string    `json:"unit,omitempty"`
	Min       *float64  `json:"min,omitempty"`
	Max       *float64  `json:"max,omitempty"`
	Step      float64   `json:"step,omitempty"`
	Options   []string  `json:"options,omitempty"` // members of an enum or set; of a string, suggestions
	Access    Access    `json:"access"`
	Optional  bool      `json:"optional,omitempty"` // catalogue: a device may lack it
	Counter   bool      `json:"counter,omitempty"`  // never runs backwards except at a flagged reset
	Label     Text      `json:"label,omitzero"`
	Category  string    `json:"category,omitempty"` // "config" or "diagnostic": out of the way in any user interface
	// Value is what a const property is; unknown for all others.
	Value Value `json:"value,omitzero"`
}

// CommandSpec is a command of a capability. A command that only changes state says
// how through Sets, Toggles or Adds, and reaches adapters as attribute writes; all others are actions.
type CommandSpec struct {
	Name    string            `json:"name"`
	Args    []Property        `json:"args,omitempty"`    // Attribute holds the argument's bare name
	Sets    map[string]string `json:"sets,omitempty"`    // attribute's own name -> JSON value, or "$arg"
	Toggles string            `json:"toggles,omitempty"` // a bool attribute that is inverted against what is desired
	Adds    map[string]string `json:"adds,omitempty"`    // number attribute -> "$arg" added to what is desired
	Label   Text              `json:"label"`
}

// EventSpec is an event of a capability: something that happened and is not state.
type EventSpec struct {
	Name  string     `json:"name"`
	Args  []Property `json:"args,omitempty"`
	Label Text       `json:"label"`
}

// CapabilitySpec is one row of the catalogue.
type CapabilitySpec struct {
	ID         Capability        `json:"id"`
	Version    int               `json:"version"`
	Tier       int               `json:"tier"`             // 1 flagship, 2 common, 3 niche
	Safety     bool              `json:"safety,omitempty"` // bypasses debouncing and quiet hours
	Label      Text              `json:"label"`
	About      Text              `json:"about"`
	Attributes []Property        `json:"attributes"`
	Commands   []CommandSpec     `json:"commands,omitempty"`
	Events     []EventSpec       `json:"events,omitempty"`
	Names      map[string]string `json:"names,omitempty"` // "matter", "hap", "google", "alexa", "smartthings", "miot", "ha", "z2m"
	Traps      string            `json:"traps,omitempty"`
}

// DeviceType names what a device or endpoint is to a household: "trv", "light_color".
type DeviceType string

// DeviceTypeSpec is one row of the device types.
type DeviceTypeSpec struct {
	ID       DeviceType        `json:"id"`
	Label    Text              `json:"label"`
	Required []Capability      `json:"required"`
	Optional []Capability      `json:"optional,omitempty"`
	Names    map[string]string `json:"names,omitempty"` // "matter", "hap", "google", "alexa", "miot", "ha"
}

// LookupCapability finds a row of the catalogue; nil when there is none.
func LookupCapability(id Capability) *CapabilitySpec { return capabilityIndex[id] }

// LookupAttribute finds an attribute's contract in the catalogue; nil when there is none, as for the long tail.
func LookupAttribute(a Attribute) *Property { return attributeIndex[a] }

// LookupDeviceType finds a device type; nil when there is none.
func LookupDeviceType(id DeviceType) *DeviceTypeSpec { return deviceTypeIndex[id] }

// LookupCommand finds a command of a capability; nil when there is none.
func LookupCommand(c Capability, name string) *CommandSpec {
	spec := LookupCapability(c)
	if spec == nil {
		return nil
	}
	for i := range spec.Commands {
		if spec.Commands[i].Name == name {
			return &spec.Commands[i]
		}
	}
	return nil
}

// LookupEvent finds an event of a capability; nil when there is none.
func LookupEvent(c Capability, name string) *EventSpec {
	spec := LookupCapability(c)
	if spec == nil {
		return nil
	}
	for i := range spec.Events {
		if spec.Events[i].Name == name {
			return &spec.Events[i]
		}
	}
	return nil
}

var (
	capabilityIndex = map[Capability]*CapabilitySpec{}
	attributeIndex  = map[Attribute]*Property{}
	deviceTypeIndex = map[DeviceType]*DeviceTypeSpec{}
)

func init() {
	for i := range Capabilities {
		c := &Capabilities[i]
		capabilityIndex[c.ID] = c
		for j := range c.Attributes {
			attributeIndex[c.Attributes[j].Attribute] = &c.Attributes[j]
		}
	}
	for i := range DeviceTypes {
		deviceTypeIndex[DeviceTypes[i].ID] = &DeviceTypes[i]
	}
}
