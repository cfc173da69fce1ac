package alexa

import (
	"maps"
	"math"
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const scenePrefix = "scene-"

// Endpoint is one device as a discovery tells of it.
type Endpoint struct {
	ID           string         `json:"endpointId"`
	Manufacturer string         `json:"manufacturerName"`
	Name         string         `json:"friendlyName"`
	Description  string         `json:"description"`
	Categories   []string       `json:"displayCategories"`
	More         map[string]any `json:"additionalAttributes,omitempty"`
	Cookie       struct{}       `json:"cookie"`
	Capabilities []Capability   `json:"capabilities"`
}

// Capability is one interface of a device.
type Capability struct {
	Type          string         `json:"type"`
	Interface     string         `json:"interface"`
	Instance      string         `json:"instance,omitempty"`
	Version       string         `json:"version"`
	Properties    *supported     `json:"properties,omitempty"`
	Resources     map[string]any `json:"capabilityResources,omitempty"`
	Configuration map[string]any `json:"configuration,omitempty"`
	Semantics     map[string]any `json:"semantics,omitempty"`
	Operations    []string       `json:"supportedOperations,omitempty"`
	Deactivates   *bool          `json:"supportsDeactivation,omitempty"`
	Inputs        []any          `json:"inputs,omitempty"`
}

type supported struct {
	Supported   []map[string]string `json:"supported"`
	Proactively bool                `json:"proactivelyReported"`
	Retrievable bool                `json:"retrievable"`
	ReadOnly    bool                `json:"nonControllable,omitempty"`
}

// categories are Alexa's display categories by our types of device; the rest is OTHER.
var categories = map[model.DeviceType]string{
	"light_on_off": "LIGHT", "light_dimmable": "LIGHT", "light_color_temperature": "LIGHT", "light_color": "LIGHT", "plug": "SMARTPLUG", "plug_dimmable": "SMARTPLUG",
	"wall_switch": "SWITCH", "thermostat": "THERMOSTAT", "trv": "THERMOSTAT", "floor_heating": "THERMOSTAT", "heater": "THERMOSTAT", "boiler": "THERMOSTAT", "heat_pump": "THERMOSTAT",
	"air_conditioner": "AIR_CONDITIONER", "ir_air_conditioner": "AIR_CONDITIONER", "fan": "FAN", "air_purifier": "AIR_PURIFIER", "water_heater": "WATER_HEATER",
	"window_covering": "INTERIOR_BLIND", "garage_door": "GARAGE_DOOR", "gate": "DOOR", "door_lock": "SMARTLOCK", "contact_sensor": "CONTACT_SENSOR", "motion_sensor": "MOTION_SENSOR",
	"presence_sensor": "MOTION_SENSOR", "security_panel": "SECURITY_PANEL", "climate_sensor": "TEMPERATURE_SENSOR", "tv": "TV", "speaker": "SPEAKER", "robot_vacuum": "VACUUM_CLEANER", "air_monitor": "AIR_QUALITY_MONITOR",
}

func health(ok bool) property {
	value := "UNREACHABLE"
	if ok {
		value = "OK"
	}
	return property{"Alexa.EndpointHealth", "", "connectivity", map[string]string{"value": value}, now(), 0}
}

// face is one interface: when a device has it, how it is discovered and what its properties are.
type face struct {
	name, instance string
	has            func(*home.Device) bool
	properties     []string
	extra          func(*home.Device, *Capability)
	read           func(*home.Device) []property
}

func can(a model.Attribute) func(*home.Device) bool {
	return func(d *home.Device) bool { return speakers.Can(d, a) }
}

func celsius(n float64) map[string]any {
	return map[string]any{"value": math.Round(n*10) / 10, "scale": "CELSIUS"}
}

// modes of a thermostat, ours and Alexa's.
var modes = [][2]string{{"heat", "HEAT"}, {"cool", "COOL"}, {"auto", "AUTO"}, {"off", "OFF"}}

func thermostatModes(d *home.Device) []string {
	out := []string{}
	p := speakers.Property(d, speakers.Mode)
	for _, m := range modes {
		if p != nil && slices.Contains(p.Options, m[0]) {
			out = append(out, m[1])
		}
	}
	return out
}

var faces []face

func init() { // the table's functions use the table's entries
	faces = []face{
		{name: "PowerController", has: powered, properties: []string{"powerState"}, read: func(d *home.Device) []property {
			on, ok := speakers.Power.Read(d).Bool()
			if !ok {
				return nil
			}
			return []property{{"Alexa.PowerController", "", "powerState", map[bool]string{true: "ON", false: "OFF"}[on], now(), 0}}
		}},
		{name: "BrightnessController", has: can(speakers.Level), properties: []string{"brightness"}, read: brightnessNow},
		{name: "ColorController", has: func(d *home.Device) bool { return speakers.Can(d, speakers.Hue) && speakers.Can(d, speakers.Sat) }, properties: []string{"color"}, read: func(d *home.Device) []property {
			h, ok := speakers.Number(d, speakers.Hue)
			s, ok2 := speakers.Number(d, speakers.Sat)
			if !ok || !ok2 {
				return nil
			}
			b, known := speakers.Number(d, speakers.Level)
			if !known {
				b = 100
			}
			return []property{{"Alexa.ColorController", "", "color", map[string]float64{"hue": h, "saturation": s / 100, "brightness": b / 100}, now(), 0}}
		}},
		{name: "ColorTemperatureController", has: can(speakers.Kelvin), properties: []string{"colorTemperatureInKelvin"}, read: number("ColorTemperatureController", "", "colorTemperatureInKelvin", speakers.Kelvin)},
		{name: "ThermostatController", has: func(d *home.Device) bool { return speakers.Setpoint(d) != "" }, properties: []string{"targetSetpoint", "thermostatMode"}, extra: func(d *home.Device, c *Capability) {
			c.Configuration = map[string]any{"supportedModes": thermostatModes(d), "supportsScheduling": false}
			if len(thermostatModes(d)) == 0 {
				c.Properties.Supported = c.Properties.Supported[:1]
			}
			if dual(d) {
				c.Properties.Supported = append(c.Properties.Supported, map[string]string{"name": "lowerSetpoint"}, map[string]string{"name": "upperSetpoint"})
			}
		}, read: func(d *home.Device) []property {
			var out []property
			points := map[string]model.Attribute{"targetSetpoint": speakers.Setpoint(d)}
			if dual(d) && speakers.Text(d, speakers.Mode) == "auto" {
				points = map[string]model.Attribute{"lowerSetpoint": speakers.Heat, "upperSetpoint": speakers.Cool}
			}
			for _, name := range slices.Sorted(maps.Keys(points)) {
				if n, ok := speakers.Number(d, points[name]); ok {
					out = append(out, property{"Alexa.ThermostatController", "", name, celsius(n), now(), 0})
				}
			}
			for _, m := range modes {
				if m[0] == speakers.Text(d, speakers.Mode) {
					out = append(out, property{"Alexa.ThermostatController", "", "thermostatMode", m[1], now(), 0})
				}
			}
			return out
		}},
		{name: "TemperatureSensor", has: func(d *home.Device) bool {
			return speakers.Has(d, speakers.Celsius) || speakers.Has(d, speakers.RoomTemp)
		}, properties: []string{"temperature"}, read: func(d *home.Device) []property {
			n, ok := speakers.Number(d, speakers.RoomTemp)
			if !ok {
				if n, ok = speakers.Number(d, speakers.Celsius); !ok {
					return nil
				}
			}
			return []property{{"Alexa.TemperatureSensor", "", "temperature", celsius(n), now(), 0}}
		}},
		{name: "LockController", has: can(speakers.LockTo), properties: []string{"lockState"}, read: func(d *home.Device) []property {
			state, ok := map[string]string{"locked": "LOCKED", "unlocked": "UNLOCKED", "unlatched": "UNLOCKED", "not_fully_locked": "JAMMED"}[speakers.Text(d, speakers.LockIs)]
			if !ok {
				return nil
			}
			return []property{{"Alexa.LockController", "", "lockState", state, now(), 0}}
		}},
		{name: "ContactSensor", has: func(d *home.Device) bool { return speakers.Has(d, speakers.Contact) }, properties: []string{"detectionState"}, read: detected("ContactSensor", speakers.Contact)},
		{name: "MotionSensor", has: func(d *home.Device) bool { return speakers.Has(d, speakers.Occupied) }, properties: []string{"detectionState"}, read: detected("MotionSensor", speakers.Occupied)},
		{name: "Speaker", has: can(speakers.Volume), properties: []string{"volume", "muted"}, extra: func(d *home.Device, c *Capability) {
			if !speakers.Can(d, speakers.Muted) {
				c.Properties.Supported = c.Properties.Supported[:1]
			}
		}, read: func(d *home.Device) []property {
			out := number("Speaker", "", "volume", speakers.Volume)(d)
			if m, ok := speakers.Truth(d, speakers.Muted); ok {
				out = append(out, property{"Alexa.Speaker", "", "muted", m, now(), 0})
			}
			return out
		}},
		{name: "PlaybackController", has: func(d *home.Device) bool { return len(operations(d)) > 0 }, extra: func(d *home.Device, c *Capability) { c.Operations = operations(d) }},
		panelFace, inputFace,
	}
	for i := range ranges {
		faces = append(faces, ranges[i].face())
	}
	for i := range choices {
		faces = append(faces, choices[i].face())
	}
}

// dual reports whether a device is kept between two temperatures.
func dual(d *home.Device) bool {
	return speakers.Can(d, speakers.Heat) && speakers.Can(d, speakers.Cool)
}

func number(namespace, instance, name string, a model.Attribute) func(*home.Device) []property {
	return func(d *home.Device) []property {
		n, ok := speakers.Number(d, a)
		if !ok {
			return nil
		}
		return []property{{"Alexa." + namespace, instance, name, int(math.Round(n)), now(), 0}}
	}
}

func detected(namespace string, a model.Attribute) func(*home.Device) []property {
	return func(d *home.Device) []property {
		b, ok := speakers.Truth(d, a)
		if !ok {
			return nil
		}
		return []property{{"Alexa." + namespace, "", "detectionState", map[bool]string{true: "DETECTED", false: "NOT_DETECTED"}[b], now(), 0}}
	}
}

// playback are the directives of PlaybackController and our commands.
var playback = [][2]string{{"Play", "media_playback.play"}, {"Pause", "media_playback.pause"}, {"Stop", "media_playback.stop"}, {"Next", "media_playback.next"}, {"Previous", "media_playback.previous"}}

func operations(d *home.Device) []string {
	var out []string
	for _, p := range playback {
		if _, ok := speakers.Takes(d, model.Attribute(p[1])); ok {
			out = append(out, p[0])
		}
	}
	return out
}

// Describe tells of a device as Alexa takes it, or why it cannot.
func (a *Alexa) Describe(d *home.Device) (Endpoint, string) {
	name, _ := speakers.Name(d)
	if why := speakers.Sayable(name); why != "" {
		return Endpoint{}, why
	}
	category := categories[d.Type()]
	if category == "" {
		category = "OTHER"
	}
	e := Endpoint{ID: string(d.ID), Manufacturer: "Concord", Name: name, Description: "Concord: " + string(d.Type()), Categories: []string{category}}
	for _, id := range d.Sources {
		if s := a.core.View().Source(id); s != nil && s.Description.Vendor != "" {
			e.More = map[string]any{"manufacturer": s.Description.Vendor, "model": s.Description.Model, "firmwareVersion": s.Description.Firmware}
			break
		}
	}
	for i := range faces {
		f := &faces[i]
		if !f.has(d) {
			continue
		}
		c := Capability{Type: "AlexaInterface", Interface: "Alexa." + f.name, Instance: f.instance, Version: "3"}
		if len(f.properties) > 0 {
			c.Properties = &supported{Supported: []map[string]string{}, Proactively: a.gateway != nil, Retrievable: true}
			for _, p := range f.properties {
				c.Properties.Supported = append(c.Properties.Supported, map[string]string{"name": p})
			}
		}
		if f.extra != nil {
			f.extra(d, &c)
		}
		e.Capabilities = append(e.Capabilities, c)
	}
	if len(e.Capabilities) == 0 {
		return Endpoint{}, "Alexa has no interface for what it does"
	}
	e.Capabilities = append(e.Capabilities,
		Capability{Type: "AlexaInterface", Interface: "Alexa.EndpointHealth", Version: "3", Properties: &supported{Supported: []map[string]string{{"name": "connectivity"}}, Proactively: a.gateway != nil, Retrievable: true}},
		Capability{Type: "AlexaInterface", Interface: "Alexa", Version: "3"})
	return e, ""
}

func sceneEndpoint(id, name string) Endpoint {
	no := false
	return Endpoint{ID: scenePrefix + id, Manufacturer: "Concord", Name: name, Description: "Concord scene", Categories: []string{"SCENE_TRIGGER"}, Capabilities: []Capability{
		{Type: "AlexaInterface", Interface: "Alexa.SceneController", Version: "3", Deactivates: &no}, {Type: "AlexaInterface", Interface: "Alexa", Version: "3"}}}
}

// Properties are the values of all interfaces of a device.
func (a *Alexa) Properties(d *home.Device) []property {
	out := []property{}
	for i := range faces {
		if f := &faces[i]; f.has(d) && f.read != nil {
			out = append(out, f.read(d)...)
		}
	}
	for _, p := range out {
		if c, is := p.Value.(map[string]float64); is && p.Name == "color" {
			c["brightness"] = a.shades.of(d.ID, c["hue"], c["saturation"], c["brightness"])
		}
	}
	ok, _ := a.core.View().Reachable(d)
	return append(out, health(ok))
}
