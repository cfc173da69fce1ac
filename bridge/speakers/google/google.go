// Package google speaks Google Home's cloud-to-cloud messages: SYNC, QUERY, EXECUTE and DISCONNECT on one address, and,
// with a service account, report state and request sync to the Home Graph.
//
// Use: g := New(core, account); mount g.ServeHTTP at POST /fulfil/google; core.AddReporter(g) when account is not nil.
// Formats: developers.home.google.com/cloud-to-cloud, and the schemas of actions-on-google/smart-home-schema.
package google

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Platform is the name under which Google is linked.
const Platform = "google"

const maxBody = 1 << 20

// Google is the codec. Make it with [New].
type Google struct {
	core *speakers.Core
	cast *homeGraph // nil: nothing is reported
}

// New makes the codec. Without a service account it answers, but reports nothing by itself.
func New(core *speakers.Core, account *ServiceAccount) *Google {
	g := &Google{core: core}
	if account != nil {
		g.cast = newHomeGraph(account)
	}
	return g
}

// Platform names the platform.
func (g *Google) Platform() string { return Platform }

type request struct {
	RequestID string `json:"requestId"`
	Inputs    []struct {
		Intent  string          `json:"intent"`
		Payload json.RawMessage `json:"payload"`
	} `json:"inputs"`
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a cloud that has gone needs no answer
}

// ServeHTTP answers one request of Google's.
func (g *Google) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	link, ok := g.core.Links().ByToken(r.Context(), Platform, speakers.Bearer(r))
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_grant"})
		return
	}
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil || len(req.Inputs) == 0 {
		g.core.Failed(Platform, "a request that cannot be read")
		answer(w, http.StatusBadRequest, map[string]any{"requestId": req.RequestID, "payload": map[string]string{"errorCode": "protocolError"}})
		return
	}
	out, err := g.Handle(r.Context(), link, &req)
	if err != nil {
		g.core.Failed(Platform, err.Error())
		answer(w, http.StatusOK, map[string]any{"requestId": req.RequestID, "payload": map[string]string{"errorCode": "protocolError", "debugString": err.Error()}})
		return
	}
	answer(w, http.StatusOK, out)
}

// Handle answers a decoded request.
func (g *Google) Handle(ctx context.Context, link speakers.Link, req *request) (any, error) {
	in := req.Inputs[0]
	reply := func(payload any) any { return map[string]any{"requestId": req.RequestID, "payload": payload} }
	switch in.Intent {
	case "action.devices.SYNC":
		payload, ids := g.sync(link)
		return reply(payload), g.core.Synced(ctx, link, ids)
	case "action.devices.QUERY":
		var p struct {
			Devices []target `json:"devices"`
		}
		if err := json.Unmarshal(in.Payload, &p); err != nil {
			return nil, fmt.Errorf("QUERY: %w", err)
		}
		return reply(g.query(p.Devices)), nil
	case "action.devices.EXECUTE":
		var p struct {
			Commands []group `json:"commands"`
		}
		if err := json.Unmarshal(in.Payload, &p); err != nil {
			return nil, fmt.Errorf("EXECUTE: %w", err)
		}
		return reply(map[string]any{"commands": g.execute(ctx, link, p.Commands)}), nil
	case "action.devices.DISCONNECT":
		return map[string]any{}, g.core.Unlinked(ctx, link)
	}
	return nil, fmt.Errorf("%q is no intent of Google Home", in.Intent)
}

type target struct {
	ID string `json:"id"`
}

const scenePrefix = "scene-"

// Device is one device as a SYNC tells of it.
type Device struct {
	ID      string   `json:"id"`
	Type    string   `json:"type"`
	Traits  []string `json:"traits"`
	Name    names    `json:"name"`
	Reports bool     `json:"willReportState"`
	Room    string   `json:"roomHint,omitempty"`
	Info    *info    `json:"deviceInfo,omitempty"`
	// Attributes are those of the traits.
	Attributes map[string]any `json:"attributes,omitempty"`
}

type names struct {
	Name      string   `json:"name"`
	Nicknames []string `json:"nicknames,omitempty"`
}

type info struct {
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	SwVersion    string `json:"swVersion,omitempty"`
}

const typePrefix, traitPrefix, commandPrefix = "action.devices.types.", "action.devices.traits.", "action.devices.commands."

// Describe tells of a device as Google takes it, or why it cannot.
func (g *Google) Describe(d *home.Device) (Device, string) {
	name, others := speakers.Name(d)
	if why := speakers.Sayable(name); why != "" {
		return Device{}, why
	}
	kind := typeOf(d)
	if kind == "" {
		return Device{}, "Google has no such type of device"
	}
	out := Device{ID: string(d.ID), Type: typePrefix + kind, Traits: []string{}, Name: names{name, others}, Reports: g.cast != nil, Room: g.core.RoomName(d), Attributes: map[string]any{}}
	list := traitsOf(d)
	out.Type = typePrefix + fitting(kind, list)
	for _, t := range list {
		out.Traits = append(out.Traits, traitPrefix+t.name)
		if t.attributes != nil {
			t.attributes(d, out.Attributes)
		}
	}
	if !slices.ContainsFunc(list, func(t trait) bool { return t.name != "EnergyStorage" }) { // how full its battery is says nothing about a button
		return Device{}, "Google has no trait for what it does"
	}
	if vendor, kind, version := g.core.Maker(d); vendor != "" {
		out.Info = &info{vendor, kind, version}
	}
	return out, ""
}

func (g *Google) sync(link speakers.Link) (map[string]any, []model.DeviceID) {
	devices, ids := []Device{}, []model.DeviceID{}
	for _, d := range g.core.Devices(Platform) {
		if x, why := g.Describe(d); why == "" {
			devices, ids = append(devices, x), append(ids, d.ID)
		}
	}
	for _, s := range g.core.View().Scenes() {
		name := speakers.SceneName(s)
		if speakers.Sayable(name) != "" {
			continue
		}
		devices = append(devices, Device{ID: scenePrefix + s.ID, Type: typePrefix + "SCENE", Traits: []string{traitPrefix + "Scene"}, Name: names{Name: name}, Attributes: map[string]any{"sceneReversible": false}})
	}
	return map[string]any{"agentUserId": link.ID, "devices": devices}, ids
}

// States are a device's states as QUERY and report state tell them.
func (g *Google) States(d *home.Device) map[string]any {
	online, _ := g.core.View().Reachable(d)
	out := map[string]any{"online": online}
	for _, t := range traitsOf(d) {
		if t.states != nil {
			t.states(d, out)
		}
	}
	return out
}

func (g *Google) query(targets []target) map[string]any {
	out := map[string]any{}
	for _, t := range targets {
		d, ok := g.core.Device(Platform, model.DeviceID(t.ID))
		switch {
		case g.core.HasScene(t.ID):
			out[t.ID] = map[string]any{"online": true, "status": "SUCCESS"}
		case !ok:
			out[t.ID] = map[string]any{"online": false, "status": "ERROR", "errorCode": "deviceNotFound"}
		default:
			s := g.States(d)
			s["status"] = "SUCCESS"
			if s["online"] == false {
				s["status"] = "OFFLINE"
				s["errorCode"] = "deviceOffline"
			}
			out[t.ID] = s
		}
	}
	return map[string]any{"devices": out}
}

// Report sends states to the Home Graph.
func (g *Google) Report(ctx context.Context, link string, devices []*home.Device) error {
	states := map[string]any{}
	for _, d := range devices {
		states[string(d.ID)] = g.States(d)
	}
	return g.cast.post(ctx, "devices:reportStateAndNotification", map[string]any{"requestId": fmt.Sprint(time.Now().UnixNano()), "agentUserId": link,
		"payload": map[string]any{"devices": map[string]any{"states": states}}})
}

// Resync asks Google to SYNC.
func (g *Google) Resync(ctx context.Context, link string) error {
	return g.cast.post(ctx, "devices:requestSync", map[string]any{"agentUserId": link, "async": true})
}

// Refuses tells why Google cannot take a device; empty: it can.
func (g *Google) Refuses(d *home.Device) string { _, why := g.Describe(d); return why }
