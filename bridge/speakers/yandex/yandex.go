// Package yandex speaks Yandex's smart home API, which VK's Marusya speaks as well: devices, query, action, unlink and, with a
// skill's token, callbacks on changes.
//
// Use: y := New(core, skill); mount y.ServeHTTP at /fulfil/yandex/; core.AddReporter(y) when skill is not nil.
// Formats: yandex.ru/dev/dialogs/smart-home. Every answer but that to an unknown token is a 200: Yandex takes all else for a broken skill.
package yandex

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Platform is the name under which Yandex is linked.
const Platform = "yandex"

// Prefix is where the codec is mounted.
const Prefix = "/fulfil/yandex"

// Yandex is the codec. Make it with [New].
type Yandex struct {
	core  *speakers.Core
	skill *Skill // nil: nothing is reported
}

// New makes the codec. Without a skill's token it answers, but reports nothing by itself.
func New(core *speakers.Core, skill *Skill) *Yandex { return &Yandex{core, skill} }

// Platform names the platform.
func (*Yandex) Platform() string { return Platform }

// ServeHTTP answers one request.
func (y *Yandex) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, Prefix)
	if strings.TrimSuffix(path, "/") == "/v1.0" {
		w.WriteHeader(http.StatusOK) // whether we live
		return
	}
	link, ok := y.core.Links().ByToken(r.Context(), Platform, speakers.Bearer(r))
	if !ok {
		speakers.Reply(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	answer := map[string]any{"request_id": r.Header.Get("X-Request-Id")}
	var body request
	switch r.Method + " " + path {
	case "GET /v1.0/user/devices":
		answer["payload"] = map[string]any{"user_id": link.ID, "devices": y.discover(r.Context(), link)}
	case "POST /v1.0/user/devices/query":
		if y.core.Read(w, r, Platform, &body) {
			answer["payload"] = map[string]any{"devices": y.query(body.Devices)}
		}
	case "POST /v1.0/user/devices/action":
		if y.core.Read(w, r, Platform, &body) {
			answer["payload"] = map[string]any{"devices": y.act(r.Context(), link, body.Payload.Devices)}
		}
	case "POST /v1.0/user/unlink":
		if err := y.core.Unlinked(r.Context(), link); err != nil {
			y.core.Failed(Platform, err.Error())
		}
	default:
		speakers.Reply(w, http.StatusNotFound, answer)
		return
	}
	speakers.Reply(w, http.StatusOK, answer)
}

// request is the body of a query or an action.
type request struct {
	Devices []target `json:"devices"`
	Payload struct {
		Devices []target `json:"devices"`
	} `json:"payload"`
}

type target struct {
	ID           string `json:"id"`
	Capabilities []struct {
		Type  string `json:"type"`
		State struct {
			Instance string          `json:"instance"`
			Value    json.RawMessage `json:"value"`
			Relative bool            `json:"relative"`
		} `json:"state"`
	} `json:"capabilities"`
}

// device is one device as a discovery, a query or a callback tells of it.
type device struct {
	ID           string            `json:"id"`
	Name         string            `json:"name,omitempty"`
	Room         string            `json:"room,omitempty"`
	Type         string            `json:"type,omitempty"`
	Capabilities []map[string]any  `json:"capabilities,omitempty"`
	Properties   []map[string]any  `json:"properties,omitempty"`
	Info         map[string]string `json:"device_info,omitempty"`
	Error        string            `json:"error_code,omitempty"`
	Result       map[string]string `json:"action_result,omitempty"`
}

func (y *Yandex) discover(ctx context.Context, link speakers.Link) []device {
	out := []device{}
	list := y.core.List(Platform, "ru", y.Refuses)
	for _, x := range list {
		k := device{ID: x.ID, Name: spaced(x.Name), Room: room(x.Room), Type: "devices.types.other", Info: map[string]string{"manufacturer": x.Vendor, "model": x.Model}}
		if x.Device == nil {
			if named(x.Name) != "" {
				continue
			}
			// a scene is something that can be switched on and has no state
			k.Capabilities = []map[string]any{{"type": "devices.capabilities.on_off", "retrievable": false, "reportable": false, "parameters": map[string]any{"split": false}}}
		} else {
			k.Type = "devices.types." + types[x.Device.Type()]
			k.Capabilities, k.Properties = y.describe(x.Device)
		}
		out = append(out, k)
	}
	if err := y.core.Synced(ctx, link, speakers.IDs(list)); err != nil {
		y.core.Failed(Platform, err.Error())
	}
	return out
}

func (y *Yandex) query(targets []target) []device {
	out := []device{}
	for _, t := range targets {
		k := device{ID: t.ID}
		d, ok := y.core.Device(Platform, model.DeviceID(t.ID))
		switch {
		case y.core.HasScene(t.ID):
		case !ok:
			k.Error = "DEVICE_NOT_FOUND"
		default:
			if online, _ := y.core.View().Reachable(d); !online {
				k.Error = "DEVICE_UNREACHABLE"
				break
			}
			k.Capabilities, k.Properties = states(d)
		}
		out = append(out, k)
	}
	return out
}

// errorCodes are Yandex's words for our reasons.
var errorCodes = map[model.ReasonCode]string{
	model.ReasonInvalidValue: "INVALID_VALUE", model.ReasonUnknownDevice: "DEVICE_NOT_FOUND", model.ReasonUnsupported: "INVALID_ACTION", model.ReasonReadOnly: "INVALID_ACTION",
	model.ReasonForbidden: "REMOTE_CONTROL_DISABLED", model.ReasonUnknownState: "NOT_SUPPORTED_IN_CURRENT_MODE", model.ReasonUnreachable: "DEVICE_UNREACHABLE", model.ReasonNoAnswer: "DEVICE_UNREACHABLE",
}

func result(o speakers.Outcome) map[string]string {
	switch code := errorCodes[o.Reason.Code]; {
	case o.Status == speakers.Done || o.Status == speakers.Pending: // what was taken and is on its way is done: its end is reported
		return map[string]string{"status": "DONE"}
	case o.Status == speakers.Offline:
		return map[string]string{"status": "ERROR", "error_code": "DEVICE_UNREACHABLE"}
	case code != "":
		return map[string]string{"status": "ERROR", "error_code": code}
	}
	return map[string]string{"status": "ERROR", "error_code": "INTERNAL_ERROR"}
}

func (y *Yandex) act(ctx context.Context, link speakers.Link, targets []target) []device {
	out := []device{}
	var wishes []speakers.Wish
	type place struct{ device, capability int }
	var places []place
	for i, t := range targets {
		k := device{ID: t.ID}
		for j, c := range t.Capabilities {
			on := c.Type == "devices.capabilities.on_off" && string(c.State.Value) == "true"
			wishes = append(wishes, speakers.Wish{ID: t.ID, Starts: on, Ask: wish(c.Type, c.State.Instance, c.State.Value, c.State.Relative)})
			places = append(places, place{i, j})
			k.Capabilities = append(k.Capabilities, map[string]any{"type": c.Type})
		}
		if len(t.Capabilities) == 0 {
			k.Result = map[string]string{"status": "ERROR", "error_code": "INVALID_ACTION"}
		}
		out = append(out, k)
	}
	for i, end := range y.core.Carry(ctx, link, wishes) {
		p := places[i]
		instance := targets[p.device].Capabilities[p.capability].State.Instance
		out[p.device].Capabilities[p.capability]["state"] = map[string]any{"instance": instance, "action_result": result(end)}
	}
	return out
}

// spaced parts words from numbers, as Yandex wants it: Лампа 1.
func spaced(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range name {
		if unicode.IsLetter(last) && unicode.IsDigit(r) || unicode.IsDigit(last) && unicode.IsLetter(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// room is a room's name if it is one for Yandex; without one, somebody places the device in the app.
func room(name string) string {
	if named(name) != "" {
		return ""
	}
	return spaced(name)
}

// named tells why a name is none for Yandex; empty: it is one. It takes Cyrillic letters and digits, at most 25 signs.
func named(name string) string {
	name = spaced(name)
	if why := speakers.Sayable(name); why != "" {
		return why
	}
	for _, r := range name {
		if !unicode.Is(unicode.Cyrillic, r) && !unicode.IsDigit(r) && r != ' ' {
			return "Yandex takes names of Cyrillic letters and digits only: give it one (hub rename --lang ru)"
		}
	}
	if len([]rune(name)) > 25 {
		return "Yandex takes names of at most 25 letters"
	}
	return ""
}

// Refuses tells why Yandex cannot take a device; empty: it can.
func (y *Yandex) Refuses(d *home.Device) string {
	if why := named(speakers.NameIn(d, "ru")); why != "" {
		return why
	}
	if types[d.Type()] == "" {
		return "Yandex has no such type of device"
	}
	if c, p := y.describe(d); len(c)+len(p) == 0 {
		return "Yandex has no capability for what it does"
	}
	return ""
}
