// Package jdwhale speaks the messages of JD's 小京鱼 (JD Whale): AliGenie's verbs, with Request and Response after them, and
// DuerOS's types of devices.
//
// Use: j := New(core); mount j.ServeHTTP at POST /fulfil/jdwhale.
// Formats: alphadev.jd.com, as integrations that are used speak them; JD publishes no full description.
package jdwhale

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Platform is the name under which JD is linked.
const Platform = "jdwhale"

// Whale is the codec. Make it with [New].
type Whale struct{ core *speakers.Core }

// New makes the codec.
func New(core *speakers.Core) *Whale { return &Whale{core} }

// Platform names the platform.
func (*Whale) Platform() string { return Platform }

var errorCodes = map[model.ReasonCode]string{
	model.ReasonInvalidValue: "PARAMS_OVERSTEP_MAX", model.ReasonUnknownDevice: "DEVICE_IS_NOT_EXIST", model.ReasonUnsupported: "DEVICE_NOT_SUPPORT_FUNCTION", model.ReasonReadOnly: "DEVICE_NOT_SUPPORT_FUNCTION",
	model.ReasonForbidden: "DEVICE_NOT_SUPPORT_FUNCTION", model.ReasonUnreachable: "IOT_DEVICE_OFFLINE", model.ReasonNoAnswer: "IOT_DEVICE_OFFLINE", model.ReasonUnknownState: "IOT_DEVICE_POWEROFF",
}

// ServeHTTP answers one message.
func (j *Whale) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m envelope.Message
	if !j.core.Read(w, r, Platform, &m) || m.Name() == "" {
		speakers.Reply(w, http.StatusBadRequest, m.Answer("ErrorResponse", map[string]string{"errorCode": "INVALIDATE_PARAMS", "message": "the message cannot be read"}))
		return
	}
	speakers.Reply(w, http.StatusOK, j.Handle(r.Context(), &m))
}

// Handle answers a decoded message.
func (j *Whale) Handle(ctx context.Context, m *envelope.Message) envelope.Answer {
	var p map[string]json.RawMessage
	var id string
	fail := func(code, text string) envelope.Answer {
		return m.Answer("ErrorResponse", map[string]string{"deviceId": id, "errorCode": code, "message": text})
	}
	if err := json.Unmarshal(m.Payload, &p); err != nil {
		return fail("INVALIDATE_PARAMS", "the payload cannot be read")
	}
	_ = json.Unmarshal(p["deviceId"], &id) // an empty id is no device
	link, ok := j.core.Links().ByToken(ctx, Platform, m.Token())
	if !ok {
		return fail("ACCESS_TOKEN_INVALIDATE", "access_token is invalidate")
	}
	name := strings.TrimSuffix(m.Name(), "Request")
	if strings.HasSuffix(m.Namespace(), ".Discover") {
		return m.Answer("DiscoverDevicesResponse", map[string]any{"deviceInfo": j.discover(ctx, link)})
	}
	v := envelope.Verbs.Find(name)
	if strings.HasSuffix(m.Namespace(), ".Query") {
		d, ok := j.core.Device(Platform, model.DeviceID(id))
		if !ok {
			return fail("DEVICE_IS_NOT_EXIST", "there is no such device")
		}
		if online, why := j.core.View().Reachable(d); !online {
			return fail("IOT_DEVICE_OFFLINE", why)
		}
		return m.Answer(name+"Response", map[string]any{"deviceId": id, "properties": properties(d, v)})
	}
	if v == nil || v.Does == envelope.Read {
		return fail("INVALIDATE_CONTROL_ORDER", m.Name()+" is not done here")
	}
	end := j.core.Carry(ctx, link, []speakers.Wish{{ID: id, Ask: v.Ask(envelope.ValueOf(p, v.Named.Name)), Starts: v.Starts()}})[0]
	code := errorCodes[end.Reason.Code]
	if code == "PARAMS_OVERSTEP_MAX" && tooLow(j, id, v, envelope.ValueOf(p, v.Named.Name)) {
		code = "PARAMS_OVERSTEP_MIN"
	}
	switch {
	case end.Status == speakers.Done || end.Status == speakers.Pending:
		return m.Answer(name+"Response", map[string]string{"deviceId": id, "result": "SUCCESS"})
	case end.Status == speakers.Offline:
		return fail("IOT_DEVICE_OFFLINE", "device is offline")
	case code != "":
		return fail(code, end.Reason.String())
	}
	return fail("SERVICE_ERROR", end.Reason.String())
}

// tooLow reports whether a value that was refused is below what the device takes.
func tooLow(j *Whale, id string, v *envelope.Verb, raw json.RawMessage) bool {
	d, ok := j.core.Device(Platform, model.DeviceID(id))
	if !ok || v.Named.Form != speakers.Amount || v.Does != envelope.Set {
		return false
	}
	want, read := v.Named.Parse(d, raw)
	n, number := want.Number()
	low, _ := v.Named.Facet.Range(d, 0, 100)
	return read && number && n < low
}

// properties are the values of a device: all, or the one that a verb reads.
func properties(d *home.Device, only *envelope.Verb) []map[string]any {
	out := []map[string]any{}
	seen := map[string]bool{}
	for _, n := range envelope.Properties {
		v, known := n.Say(d)
		if !known || seen[n.Name] || only != nil && n.Name != only.Named.Name {
			continue
		}
		seen[n.Name] = true
		if b, is := v.(bool); is {
			v = map[bool]string{true: "on", false: "off"}[b]
		}
		out = append(out, map[string]any{"name": n.Name, "value": v})
	}
	return out
}

// device is one device as a discovery tells of it.
type device struct {
	ID          string            `json:"deviceId"`
	Name        string            `json:"friendlyName"`
	Description string            `json:"friendlyDescription"`
	Type        string            `json:"deviceTypes"`
	Model       string            `json:"modelName"`
	Reachable   string            `json:"isReachable"` // "1" or "0"
	Actions     []string          `json:"actions"`
	Speech      []string          `json:"controlSpeech"`
	Extensions  map[string]string `json:"extensions"`
}

// speech are what people can say for a verb.
var speech = map[string]string{
	"TurnOn": "打开%", "TurnOff": "关闭%", "Pause": "暂停%", "SetBrightness": "设置%亮度", "AdjustUpBrightness": "调亮%", "AdjustDownBrightness": "调暗%", "SetColor": "设置%颜色",
	"SetTemperature": "设置%温度", "AdjustUpTemperature": "调高%温度", "AdjustDownTemperature": "调低%温度", "SetWindSpeed": "设置%风速", "AdjustUpWindSpeed": "调大%风速", "AdjustDownWindSpeed": "调小%风速",
	"SetMode": "设置%模式", "SetVolume": "设置%音量", "AdjustUpVolume": "调大%音量", "AdjustDownVolume": "调小%音量",
}

func (j *Whale) discover(ctx context.Context, link speakers.Link) []device {
	out := []device{}
	list := j.core.List(Platform, "zh", j.Refuses)
	for _, x := range list {
		k := device{ID: x.ID, Name: x.Name, Description: strings.TrimSpace(x.Room + " " + x.Name), Type: envelope.Type(x.Device), Model: x.Model, Reachable: map[bool]string{true: "1", false: "0"}[x.Online],
			Speech: []string{}, Extensions: map[string]string{"manufacturerName": x.Vendor}}
		for _, v := range envelope.Verbs.Offered(x.Device) {
			k.Actions = append(k.Actions, v.Name)
			if s := speech[v.Name]; s != "" {
				k.Speech = append(k.Speech, strings.ReplaceAll(s, "%", x.Name))
			}
		}
		out = append(out, k)
	}
	if err := j.core.Synced(ctx, link, speakers.IDs(list)); err != nil {
		j.core.Failed(Platform, err.Error())
	}
	return out
}

// Refuses tells why JD cannot take a device; empty: it can.
func (*Whale) Refuses(d *home.Device) string {
	switch {
	case speakers.Sayable(speakers.NameIn(d, "zh")) != "":
		return speakers.Sayable(speakers.NameIn(d, "zh"))
	case envelope.Type(d) == "":
		return "JD has no such type of device"
	case len(envelope.Verbs.Offered(d)) == 0:
		return "JD has no action for what it does"
	}
	return ""
}
