package zigbee2mqtt

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// complete adds what a device has though no expose says so.
func (b *builder) complete(d *definition) {
	if !d.group {
		b.heard()
	}
	if k := b.powerKind(); k != "" {
		b.constant(model.MainEndpoint, model.AttrPowerSourceKind, k)
	}
	for _, e := range slices.Clone(b.t.endpoints) {
		if bind := b.t.codec.byAttribute[attributeKey{e.ID, model.AttrOccupancyOccupied}]; bind != nil {
			kind := "pir"
			if strings.HasPrefix(bind.key, "presence") || b.facts.any("target_distance", "radar_sensitivity", "large_motion_detection_sensitivity") {
				kind = "radar"
			}
			b.constant(e.ID, model.AttrOccupancyKind, kind)
		}
		b.colorMode(e)
		b.refill(e)
	}
	if d.SupportsOTA {
		b.firmware()
	}
}

// heard adds what every state message may carry.
func (b *builder) heard() {
	main := b.endpoint(model.MainEndpoint)
	for _, a := range []model.Attribute{model.AttrHealthLastSeen, model.AttrHealthLQI} {
		if offers(main, a) {
			continue
		}
		p := *model.LookupAttribute(a)
		p.Optional = false
		main.Properties = append(main.Properties, p)
	}
}

// powerKind is how the device is fed: what bridge/devices says, or else whether it has a battery. "" is unknown.
func (b *builder) powerKind() string {
	switch {
	case strings.HasPrefix(b.facts.powerSource, "Battery"):
		return "battery"
	case strings.HasPrefix(b.facts.powerSource, "Mains"), b.facts.powerSource == "DC Source":
		return "mains"
	case b.facts.any("battery", "battery_low"):
		return "battery"
	}
	return ""
}

func (b *builder) constant(at model.EndpointID, a model.Attribute, value string) {
	spec := model.LookupAttribute(a)
	p := *spec
	p.Optional, p.Value = false, model.String(value)
	e := b.endpoint(at)
	e.Properties = append(e.Properties, p)
}

// colorMode adds color_mode, which lights publish and no definition exposes.
func (b *builder) colorMode(e model.EndpointDescription) {
	c := b.t.codec
	if c.byAttribute[attributeKey{e.ID, model.AttrColorX}] == nil && c.byAttribute[attributeKey{e.ID, model.AttrColorHue}] == nil {
		return
	}
	l := leaf{context: "light", endpoint: e.ID, expose: &expose{
		Name: "color_mode", Property: suffixed("color_mode", e.ID), Type: "enum", Access: accessPublished, Values: []scalar{"hs", "xy", "color_temp"},
	}}
	b.addProperty(model.AttrColorMode, e.ID, l, conversions["colormode"])
}

// refill gives both ways of addressing a colour to a light that lists one: Zigbee2MQTT publishes and takes either.
func (b *builder) refill(e model.EndpointDescription) {
	c := b.t.codec
	for _, pair := range [][2]model.Attribute{{model.AttrColorX, model.AttrColorHue}, {model.AttrColorY, model.AttrColorSaturation}} {
		for i, a := range pair {
			have := c.byAttribute[attributeKey{e.ID, pair[1-i]}]
			if have == nil || c.byAttribute[attributeKey{e.ID, a}] != nil {
				continue
			}
			l := leaf{context: "light", endpoint: e.ID, expose: &expose{Name: "color", Property: have.key, Type: "composite", Access: have.access}}
			b.addProperty(a, e.ID, l, conversions["field"])
		}
	}
}

// suffixed is the property of an endpoint.
func suffixed(key string, at model.EndpointID) string {
	if at == model.MainEndpoint {
		return key
	}
	return key + "_" + string(at)
}

// firmware adds what the state key "update" carries for devices that take updates over the air.
func (b *builder) firmware() {
	main := b.endpoint(model.MainEndpoint)
	for _, a := range []model.Attribute{model.AttrFirmwareCurrent, model.AttrFirmwareAvailable, model.AttrFirmwareProgress, model.AttrFirmwareState} {
		p := *model.LookupAttribute(a)
		p.Optional = false
		main.Properties = append(main.Properties, p)
	}
	main.Actions = append(main.Actions, "firmware.update", "firmware.check")
}

// settleMode ties the mode of an air conditioner to its power switch. The switch is
// what the device reports; the mode is only remembered and still says "heat" when it is off.
func (b *builder) settleMode() {
	if !bareAirConditioner(b.facts) {
		return
	}
	main := model.MainEndpoint
	power := b.t.codec.byAttribute[attributeKey{main, model.AttrOnOffOn}]
	mode := b.t.codec.byAttribute[attributeKey{main, model.AttrThermostatMode}]
	if power == nil || mode == nil {
		return
	}
	mode.gate, mode.gateOn, mode.gateOff = power.key, power.on, power.off
	b.t.codec.byKey[power.key] = append(b.t.codec.byKey[power.key], mode)
	e := b.endpoint(main)
	for i := range e.Properties {
		if p := &e.Properties[i]; p.Attribute == model.AttrThermostatMode && !slices.Contains(p.Options, "off") {
			p.Options = append([]string{"off"}, p.Options...)
		}
	}
}

// addAction maps a write-only expose, or a verb among an expose's values, to an action.
func (b *builder) addAction(what model.Attribute, at model.EndpointID, l leaf) bool {
	key := attributeKey{at, what}
	if _, taken := b.t.codec.actions[key]; taken || l.Access&accessSet == 0 {
		return false
	}
	act, ok := verb(what, l)
	if !ok {
		return false
	}
	b.t.codec.actions[key] = act
	e := b.endpoint(at)
	e.Actions = append(e.Actions, what)
	return true
}

// verb works out what to send for an action.
func verb(what model.Attribute, l leaf) (action, bool) {
	act := action{key: l.Property}
	_, name := what.Split()
	switch {
	case name == "stop":
		act.value = model.String("STOP")
		return act, slices.Contains(l.Values, "STOP")
	case name == "on_for":
		act.arg = "seconds"
		act.with = []property{{key: suffixed("state", l.endpoint), value: model.String("ON")}}
		return act, true
	case name == "set_credential":
		act.record = setPIN
		return act, true
	case name == "clear_credential":
		act.record = clearPIN
		return act, true
	case name == "send":
		act.arg = "code"
		return act, true
	case l.Name == "effect":
		act.value = model.String("blink")
		return act, true
	case l.Type == "binary":
		act.value = l.ValueOn
		return act, !act.value.IsUnknown()
	case l.Type == "numeric":
		act.arg = "seconds"
		return act, true
	}
	i := slices.IndexFunc(l.Values, func(v scalar) bool { return v != "" && v != "0" })
	if i < 0 {
		return act, false
	}
	act.value = model.String(string(l.Values[i]))
	return act, true
}

// addEvent maps the action property to an event of the device.
func (b *builder) addEvent(what model.Attribute, at model.EndpointID, l leaf) bool {
	if l.Access&accessPublished == 0 || b.t.codec.actionKey != "" {
		return false
	}
	b.t.codec.actionKey, b.t.codec.actionEvent, b.t.codec.actionAt = l.Property, what, at
	e := b.endpoint(at)
	e.Events = append(e.Events, model.EventInfo{Event: what, Options: l.values()})
	return true
}
