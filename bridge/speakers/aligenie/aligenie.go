// Package aligenie speaks AliGenie's (天猫精灵) messages, both versions: the verbs of version 1 and the attributes of version 2.
//
// Use: a := New(core); mount a.ServeHTTP at POST /fulfil/aligenie. Which version a message is of, it says itself.
// Formats: aligenie.com/doc/357554. AliGenie takes no name and no room that is not in its own Chinese lists; devices without
// a Chinese name are left out with that reason.
package aligenie

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Platform is the name under which AliGenie is linked.
const Platform = "aligenie"

// AliGenie is the codec. Make it with [New].
type AliGenie struct{ core *speakers.Core }

// New makes the codec.
func New(core *speakers.Core) *AliGenie { return &AliGenie{core} }

// Platform names the platform.
func (*AliGenie) Platform() string { return Platform }

// types are AliGenie's types by ours.
var types = map[model.DeviceType]string{
	"light_on_off": "light", "light_dimmable": "light", "light_color_temperature": "light", "light_color": "light", "plug": "outlet", "plug_dimmable": "outlet", "wall_switch": "switch",
	"air_conditioner": "aircondition", "ir_air_conditioner": "aircondition", "air_purifier": "airpurifier", "robot_vacuum": "roboticvacuum", "window_covering": "curtain", "airer": "hanger",
	"humidifier": "humidifier", "dehumidifier": "dehumidifier", "fan": "fan", "fresh_air": "fan", "tv": "television", "climate_sensor": "sensor", "air_monitor": "sensor",
	"contact_sensor": "sensor", "motion_sensor": "sensor", "presence_sensor": "sensor", "leak_sensor": "sensor", "smoke_co_alarm": "sensor", "thermostat": "heater", "trv": "heater", "heater": "heater",
	"bath_heater": "heater", "floor_heating": "heater", "water_heater": "waterheater", "boiler": "wall-hung-boiler", "hood": "kitchenventilator", "washer": "washmachine", "door_lock": "fingerprintlock",
}

// errorCodes are AliGenie's words for our reasons.
var errorCodes = map[model.ReasonCode]string{
	model.ReasonInvalidValue: "INVALIDATE_PARAMS", model.ReasonUnknownDevice: "DEVICE_IS_NOT_EXIST", model.ReasonUnsupported: "DEVICE_NOT_SUPPORT_FUNCTION", model.ReasonReadOnly: "DEVICE_NOT_SUPPORT_FUNCTION",
	model.ReasonForbidden: "DEVICE_NOT_SUPPORT_FUNCTION", model.ReasonUnreachable: "IOT_DEVICE_OFFLINE", model.ReasonNoAnswer: "IOT_DEVICE_OFFLINE", model.ReasonUnknownState: "INVALIDATE_CONTROL_ORDER",
}

func code(o speakers.Outcome) (string, string) {
	switch {
	case o.Status == speakers.Done || o.Status == speakers.Pending: // what was taken and is on its way is a success: nothing can be told later
		return "SUCCESS", "SUCCESS"
	case o.Status == speakers.Offline:
		return "IOT_DEVICE_OFFLINE", "device is offline"
	}
	if c := errorCodes[o.Reason.Code]; c != "" {
		return c, o.Reason.String()
	}
	return "SERVICE_ERROR", o.Reason.String()
}

// ServeHTTP answers one message.
func (a *AliGenie) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m envelope.Message
	if !a.core.Read(w, r, Platform, &m) || m.Name() == "" {
		speakers.Reply(w, http.StatusBadRequest, m.Answer("ErrorResponse", failure("", "INVALIDATE_PARAMS", "the message cannot be read")))
		return
	}
	speakers.Reply(w, http.StatusOK, a.Handle(r.Context(), &m))
}

func failure(id, code, text string) map[string]any {
	return map[string]any{"deviceId": id, "errorCode": code, "message": text}
}

// order is the payload of a control or query, of both versions.
type order struct {
	DeviceID  string                     `json:"deviceId"`
	DeviceIDs []string                   `json:"deviceIds"`
	Value     json.RawMessage            `json:"value"`
	Params    map[string]json.RawMessage `json:"params"`
}

// Handle answers a decoded message.
func (a *AliGenie) Handle(ctx context.Context, m *envelope.Message) envelope.Answer {
	var o order
	if err := json.Unmarshal(m.Payload, &o); err != nil {
		return m.Answer("ErrorResponse", failure("", "INVALIDATE_PARAMS", "the payload cannot be read"))
	}
	link, ok := a.core.Links().ByToken(ctx, Platform, m.Token())
	if !ok {
		return m.Answer("ErrorResponse", failure(o.DeviceID, "ACCESS_TOKEN_INVALIDATE", "access_token is invalidate"))
	}
	second := fmt.Sprint(m.Header["payLoadVersion"]) == "2"
	switch {
	case strings.HasSuffix(m.Namespace(), ".Discovery"):
		return m.Answer("DiscoveryDevicesResponse", map[string]any{"devices": a.discover(ctx, link, second)})
	case second:
		return a.attributes(ctx, link, m, o)
	case strings.HasSuffix(m.Namespace(), ".Query"):
		return a.query(m, o)
	}
	v := envelope.Verbs.Find(m.Name())
	if v == nil || v.Does == envelope.Read {
		return m.Answer("ErrorResponse", failure(o.DeviceID, "INVALIDATE_CONTROL_ORDER", m.Name()+" is not done here"))
	}
	end := a.core.Carry(ctx, link, []speakers.Wish{{ID: o.DeviceID, Ask: v.Ask(o.Value), Starts: v.Starts()}})[0]
	if c, text := code(end); c != "SUCCESS" {
		return m.Answer("ErrorResponse", failure(o.DeviceID, c, text))
	}
	return m.Answer(m.Name()+"Response", map[string]any{"deviceId": o.DeviceID})
}

// property is a value as version 1 tells it: text.
type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// properties are the values of a device, or the one of a name.
func properties(d *home.Device, only string) []property {
	out := []property{}
	seen := map[string]bool{}
	for _, n := range envelope.Properties {
		v, known := n.Say(d)
		if !known || seen[n.Name] || only != "" && n.Name != only {
			continue
		}
		seen[n.Name] = true
		text := fmt.Sprint(v)
		if b, is := v.(bool); is {
			text = map[bool]string{true: "on", false: "off"}[b]
		}
		out = append(out, property{n.Name, text})
	}
	return out
}

func (a *AliGenie) query(m *envelope.Message, o order) envelope.Answer {
	d, ok := a.core.Device(Platform, model.DeviceID(o.DeviceID))
	if !ok {
		return m.Answer("ErrorResponse", failure(o.DeviceID, "DEVICE_IS_NOT_EXIST", "there is no such device"))
	}
	if online, _ := a.core.View().Reachable(d); !online {
		return m.Answer("ErrorResponse", failure(o.DeviceID, "IOT_DEVICE_OFFLINE", "device is offline"))
	}
	only := ""
	if v := envelope.Verbs.Find(m.Name()); v != nil && v.Does == envelope.Read {
		if !v.Named.Facet.Has(d) {
			return m.Answer("ErrorResponse", failure(o.DeviceID, "DEVICE_NOT_SUPPORT_FUNCTION", "the device does not know this"))
		}
		only = v.Named.Name
	} else if m.Name() != "Query" {
		return m.Answer("ErrorResponse", failure(o.DeviceID, "DEVICE_NOT_SUPPORT_FUNCTION", m.Name()+" is not known here"))
	}
	out := m.Answer(m.Name()+"Response", map[string]any{"deviceId": o.DeviceID})
	out.Properties = properties(d, only)
	return out
}

// device is one device as a discovery tells of it.
type device struct {
	ID         string         `json:"deviceId"`
	Name       string         `json:"deviceName"`
	Type       string         `json:"deviceType"`
	Zone       string         `json:"zone"`
	Brand      string         `json:"brand"`
	Model      string         `json:"model"`
	Icon       string         `json:"icon,omitempty"`
	Properties []property     `json:"properties,omitempty"` // version 1
	Actions    []string       `json:"actions,omitempty"`    // version 1
	Status     map[string]any `json:"status,omitempty"`     // version 2
	Extensions struct{}       `json:"extensions"`
}

func (a *AliGenie) discover(ctx context.Context, link speakers.Link, second bool) []device {
	out := []device{}
	list := a.core.List(Platform, "zh", a.Refuses)
	for _, x := range list {
		k := device{ID: x.ID, Name: x.Name, Type: "switch", Zone: x.Room, Brand: "Concord", Model: x.Model}
		if x.Device == nil && !chinese(x.Name) {
			continue
		}
		if x.Device != nil {
			k.Type = types[x.Device.Type()]
		}
		switch {
		case second && x.Device != nil:
			k.Status = status(x.Device)
		case !second:
			for _, v := range envelope.Verbs.Offered(x.Device) {
				k.Actions = append(k.Actions, v.Name)
			}
			k.Properties = []property{{"powerstate", "off"}}
			if x.Device != nil {
				k.Actions = append(k.Actions, "Query")
				k.Properties = properties(x.Device, "")
			}
		}
		out = append(out, k)
	}
	if err := a.core.Synced(ctx, link, speakers.IDs(list)); err != nil {
		a.core.Failed(Platform, err.Error())
	}
	return out
}

// chinese reports whether a name can be in AliGenie's lists: they have Chinese signs and digits only.
func chinese(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// Refuses tells why AliGenie cannot take a device; empty: it can.
func (a *AliGenie) Refuses(d *home.Device) string {
	name := speakers.NameIn(d, "zh")
	switch {
	case speakers.Sayable(name) != "":
		return speakers.Sayable(name)
	case types[d.Type()] == "":
		return "AliGenie has no such type of device"
	case !chinese(name):
		return "AliGenie takes Chinese names only: give it one (hub rename --lang zh)"
	case len(envelope.Verbs.Offered(d)) == 0:
		return "AliGenie has no action for what it does"
	}
	return ""
}
