// Package miot speaks Xiaomi's messages for other makers' clouds: a device is a registered product of numbered services and
// properties, which XiaoAI and Mi Home read and set.
//
// Use: m := New(core, cloud, memory); mount m.ServeHTTP at POST /fulfil/miot; core.AddReporter(m) when cloud is not nil.
// Formats: Xiaomi's guide for third-party clouds. The numbers are those of docs/voice.md, by which the products must be registered.
package miot

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Platform is the name under which Xiaomi is linked.
const Platform = "miot"

// MIoT is the codec. Make it with [New].
type MIoT struct {
	core  *speakers.Core
	cloud *Cloud // nil: nothing is reported
	subs  subscriptions
}

// New makes the codec. Without a cloud it answers, but reports nothing by itself.
func New(core *speakers.Core, cloud *Cloud, memory speakers.Memory) (*MIoT, error) {
	m := &MIoT{core: core, cloud: cloud, subs: subscriptions{memory: memory}}
	return m, m.subs.load()
}

// Platform names the platform.
func (*MIoT) Platform() string { return Platform }

// The statuses of an item.
const (
	accepted       = 1
	noDevice       = -1
	noService      = -2
	noProperty     = -3
	noAction       = -5
	unreadable     = -7
	unwritable     = -8
	wrongValue     = -10
	failed         = -11
	wrongParameter = -13
	timedOut       = -15
	noSubscription = -16
	wrongState     = -17
)

// item is a device, property or action that is asked for, and with its status what is answered.
type item struct {
	DID          string            `json:"did"`
	SIID         int               `json:"siid,omitempty"`
	PIID         int               `json:"piid,omitempty"`
	AIID         int               `json:"aiid,omitempty"`
	Subscription string            `json:"subscriptionId,omitempty"`
	Type         string            `json:"type,omitempty"`
	Name         string            `json:"name,omitempty"`
	Online       *bool             `json:"online,omitempty"`
	Value        any               `json:"value,omitempty"`
	In           []json.RawMessage `json:"in,omitempty"`
	Out          []any             `json:"out,omitempty"`
	Status       *int              `json:"status,omitempty"`
	Description  string            `json:"description,omitempty"`
}

func (i item) is(status int, text string) item {
	i.Status, i.Description, i.In = &status, text, nil
	if status < 0 {
		i.Value = nil
	}
	return i
}

// request is what Xiaomi sends: devices are objects, or for their status mere ids.
type request struct {
	ID         string            `json:"requestId"`
	Intent     string            `json:"intent"`
	Properties []item            `json:"properties"`
	Action     []item            `json:"action"`
	Devices    []json.RawMessage `json:"devices"`
}

func (r *request) devices() []item {
	var out []item
	for _, raw := range r.Devices {
		var x item
		if json.Unmarshal(raw, &x.DID) != nil && json.Unmarshal(raw, &x) != nil {
			continue
		}
		out = append(out, item{DID: x.DID, Subscription: x.Subscription})
	}
	return out
}

// ServeHTTP answers one request.
func (m *MIoT) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	link, ok := m.core.Links().ByToken(r.Context(), Platform, r.Header.Get("User-Token"))
	if !ok {
		speakers.Reply(w, http.StatusUnauthorized, map[string]any{"code": -1, "description": "invalid token"})
		return
	}
	var q request
	if !m.core.Read(w, r, Platform, &q) {
		speakers.Reply(w, http.StatusBadRequest, map[string]any{"code": -1, "description": "the request cannot be read"})
		return
	}
	answer, known := m.Handle(r.Context(), link, &q)
	if !known {
		speakers.Reply(w, http.StatusBadRequest, map[string]any{"code": -1, "description": q.Intent + " is no intent"})
		return
	}
	speakers.Reply(w, http.StatusOK, answer)
}

// Handle answers a decoded request; false: its intent is unknown.
func (m *MIoT) Handle(ctx context.Context, link speakers.Link, q *request) (map[string]any, bool) {
	out := map[string]any{"requestId": q.ID, "intent": q.Intent}
	switch q.Intent {
	case "get-devices":
		out["devices"] = m.discover(ctx, link)
	case "get-properties":
		out["properties"] = each(q.Properties, m.get)
	case "set-properties":
		out["properties"] = m.carry(ctx, link, q.Properties, func(i item) wish { return setting(i) })
	case "invoke-action":
		out["action"] = m.carry(ctx, link, q.Action, action)
	case "get-device-status":
		out["devices"] = each(q.devices(), m.status)
	case "subscribe", "unsubscribe":
		out["devices"] = each(q.devices(), func(i item) item { return m.subscribe(ctx, link, i, q.Intent == "subscribe") })
	default:
		return nil, false
	}
	return out, true
}

func each(list []item, f func(item) item) []item {
	out := []item{}
	for _, i := range list {
		out = append(out, f(i))
	}
	return out
}

func (m *MIoT) discover(ctx context.Context, link speakers.Link) []item {
	out := []item{}
	list := m.core.List(Platform, "zh", m.Refuses)
	for _, x := range list {
		kind := sceneProduct
		if x.Device != nil {
			kind = products[x.Device.Type()]
		}
		out = append(out, item{DID: x.ID, Type: kind.urn()})
	}
	if err := m.core.Synced(ctx, link, speakers.IDs(list)); err != nil {
		m.core.Failed(Platform, err.Error())
	}
	return out
}

func (m *MIoT) status(i item) item {
	yes := true
	if id, is := strings.CutPrefix(i.DID, speakers.ScenePrefix); is {
		for _, s := range m.core.View().Scenes() {
			if s.ID == id {
				i.Online, i.Name = &yes, speakers.SceneName(s)
				return i.is(0, "")
			}
		}
	}
	d, ok := m.core.Device(Platform, model.DeviceID(i.DID))
	if !ok {
		return i.is(noDevice, "device not found")
	}
	online, _ := m.core.View().Reachable(d)
	i.Online, i.Name = &online, speakers.NameIn(d, "zh")
	return i.is(0, "")
}

func (m *MIoT) get(i item) item {
	d, ok := m.core.Device(Platform, model.DeviceID(i.DID))
	if !ok {
		return i.is(noDevice, "device not found")
	}
	p, why := find(d, i.SIID, i.PIID)
	if why != 0 {
		return i.is(why, "the product has no such property")
	}
	v, known := p.say(d)
	if !known {
		return i.is(unreadable, "the device has not told it")
	}
	i.Value = v
	return i.is(0, "")
}

// wish is an item put in the house's words, and whether it starts a scene.
type wish struct {
	ask    func(*home.Device) (home.Ask, model.ReasonCode)
	starts bool
}

func (m *MIoT) carry(ctx context.Context, link speakers.Link, list []item, of func(item) wish) []item {
	wishes := make([]speakers.Wish, len(list))
	for k, i := range list {
		w := of(i)
		wishes[k] = speakers.Wish{ID: i.DID, Ask: w.ask, Starts: w.starts}
	}
	out := []item{}
	for k, end := range m.core.Carry(ctx, link, wishes) {
		i := list[k]
		i.Value = nil
		status, text := statusOf(end)
		if d, ok := m.core.Device(Platform, model.DeviceID(i.DID)); ok && status == unwritable { // which of the three it is, the product says
			if _, why := find(d, i.SIID, i.PIID); why != 0 && i.AIID == 0 {
				status, text = why, "the product has no such property"
			} else if i.AIID != 0 {
				status, text = noAction, "the product has no such action"
			}
		}
		out = append(out, i.is(status, text))
	}
	return out
}

func statusOf(o speakers.Outcome) (int, string) {
	switch {
	case o.Status == speakers.Done:
		return 0, ""
	case o.Status == speakers.Pending:
		return accepted, ""
	case o.Status == speakers.Offline:
		return timedOut, "the device cannot be reached"
	}
	switch o.Reason.Code {
	case model.ReasonUnknownDevice:
		return noDevice, "device not found"
	case model.ReasonInvalidValue:
		return wrongValue, o.Reason.String()
	case model.ReasonUnknownState:
		return wrongState, o.Reason.String()
	case model.ReasonUnsupported, model.ReasonReadOnly, model.ReasonForbidden:
		return unwritable, o.Reason.String()
	}
	return failed, o.Reason.String()
}

// Refuses tells why Xiaomi cannot take a device; empty: it can.
func (m *MIoT) Refuses(d *home.Device) string {
	switch {
	case speakers.Sayable(speakers.NameIn(d, "zh")) != "":
		return speakers.Sayable(speakers.NameIn(d, "zh"))
	case len(d.ID) > 50 || strings.Contains(string(d.ID), "."):
		return "Xiaomi takes ids of at most 50 letters without a dot"
	case products[d.Type()].kind == "":
		return "Xiaomi has no such type of device"
	}
	for _, p := range properties {
		if p.Facet.Has(d) {
			return ""
		}
	}
	return "Xiaomi has no property for what it does"
}
