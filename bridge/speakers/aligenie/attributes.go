package aligenie

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// numbered are the words of version 2, which says them as numbers: the product's description, which the platform asks for when
// a product is registered, must list them in this order, from 0 on. docs/voice.md says so too.
var numbered = map[string][]string{
	"mode":      {"auto", "cold", "heat", "ventilate", "dehumidification", "sleep"},
	"windspeed": {"auto", "low", "medium", "high"},
}

// status are the values of a device as version 2 tells them: numbers.
func status(d *home.Device) map[string]any {
	out := map[string]any{}
	for _, n := range envelope.Properties {
		v, known := n.Say(d)
		if _, told := out[n.Name]; told || !known {
			continue
		}
		switch x := v.(type) {
		case bool:
			out[n.Name] = map[bool]int{true: 1}[x]
		case string:
			if i := slices.Index(numbered[n.Name], x); i >= 0 {
				out[n.Name] = i
			}
		default:
			out[n.Name] = v
		}
	}
	return out
}

// named finds the facet of a name that a device has; one that can be set before one that cannot.
func named(d *home.Device, name string) (speakers.Named, bool) {
	var found speakers.Named
	ok := false
	for _, n := range envelope.Properties {
		if n.Name != name || !n.Facet.Has(d) {
			continue
		}
		if !ok || n.Facet.Can(d) && !found.Facet.Can(d) {
			found, ok = n, true
		}
	}
	return found, ok
}

// attributes answers thing.attribute.set, adjust and get.
func (a *AliGenie) attributes(ctx context.Context, link speakers.Link, m *envelope.Message, o order) envelope.Answer {
	ids := o.DeviceIDs
	if len(ids) == 0 && o.DeviceID != "" {
		ids = []string{o.DeviceID}
	}
	list := []map[string]any{}
	if m.Name() == "thing.attribute.get" {
		for _, id := range ids {
			d, ok := a.core.Device(Platform, model.DeviceID(id))
			if !ok {
				list = append(list, failure(id, "DEVICE_IS_NOT_EXIST", "there is no such device"))
				continue
			}
			list = append(list, map[string]any{"deviceId": id, "errorCode": "SUCCESS", "message": "SUCCESS", "status": status(d)})
		}
		return m.Answer("CorrectResponse", map[string]any{"deviceResponseList": list})
	}
	if m.Name() != "thing.attribute.set" && m.Name() != "thing.attribute.adjust" || len(ids) == 0 || len(o.Params) == 0 {
		return m.Answer("ErrorResponse", failure(o.DeviceID, "INVALIDATE_CONTROL_ORDER", m.Name()+" with deviceIds and params was expected"))
	}
	var wishes []speakers.Wish
	for _, id := range ids {
		for _, name := range slices.Sorted(maps.Keys(o.Params)) {
			on := name == "powerstate" && string(o.Params[name]) == "1"
			wishes = append(wishes, speakers.Wish{ID: id, Starts: on, Ask: change(m.Name() == "thing.attribute.adjust", name, o.Params[name])})
		}
	}
	worst := map[string]speakers.Outcome{}
	for i, end := range a.core.Carry(ctx, link, wishes) {
		if before, had := worst[wishes[i].ID]; !had || before.Status < end.Status {
			worst[wishes[i].ID] = end
		}
	}
	for _, id := range ids {
		c, text := code(worst[id])
		list = append(list, map[string]any{"deviceId": id, "errorCode": c, "message": text})
	}
	return m.Answer("CorrectResponse", map[string]any{"deviceResponseList": list})
}

func change(adjust bool, name string, raw json.RawMessage) func(*home.Device) (home.Ask, model.ReasonCode) {
	return func(d *home.Device) (home.Ask, model.ReasonCode) {
		n, ok := named(d, name)
		if !ok {
			return home.Ask{}, model.ReasonUnsupported
		}
		if adjust {
			return n.Adjust(raw, 0, 1)(d)
		}
		var i int
		if words := numbered[name]; words != nil && json.Unmarshal(raw, &i) == nil {
			if i < 0 || i >= len(words) {
				return home.Ask{}, model.ReasonInvalidValue
			}
			raw, _ = json.Marshal(words[i])
		}
		return n.Set(raw)(d)
	}
}
