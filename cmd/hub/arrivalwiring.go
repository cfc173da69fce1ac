package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/concord-home/hub/adapters/owntracks"
	"github.com/concord-home/hub/adapters/traccar"
	httpapi "github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/seal"
)

// fixes passes on what is heard of phones to the hub, which is made after the adapters that hear it.
type fixes struct{ h *house }

func (f fixes) Located(tracker string, fix model.Fix) { f.h.hub.Located(tracker, fix) }

func (f fixes) RegionsTold(tracker string, r model.Regions) { f.h.hub.RegionsTold(tracker, r) }

func (f fixes) Associated(tracker string, connected bool) { f.h.hub.Associated(tracker, connected) }

// trackers are those of all people who have not paused.
func (h *house) trackers() []string {
	var out []string
	for _, p := range h.hub.View().People() {
		if !p.Paused {
			out = append(out, p.Trackers...)
		}
	}
	return out
}

// keysFile is how a household hands over the passphrases of phones that encrypt: lines of "USER/DEVICE: passphrase", readable
// by the hub alone. What it holds is sealed into the store, and the file is removed.
const keysFile = "owntracks-keys.yaml"

// keysBucket holds the passphrases, by "USER/DEVICE".
const keysBucket = "secrets/owntracks"

// phoneKeys takes the passphrases of a file that has been put in place, and returns all that are known. An empty passphrase
// forgets a phone's. Nil: no phone encrypts.
func (h *house) phoneKeys(ctx context.Context) (func(user, device string) (string, bool), error) {
	box, err := seal.Open(h.o.data)
	if err != nil {
		return nil, err
	}
	sealed := box.Memory(h.store)
	if err := h.takeKeys(ctx, sealed); err != nil {
		return nil, err
	}
	keys, err := sealed.List(ctx, keysBucket)
	if err != nil {
		return nil, fmt.Errorf("the phones' keys cannot be read: %w", err)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return func(user, device string) (string, bool) {
		key, ok := keys[user+"/"+device]
		return string(key), ok
	}, nil
}

// takeKeys seals what the file holds, and removes it once all is stored.
func (h *house) takeKeys(ctx context.Context, sealed seal.Memory) error {
	path := filepath.Join(h.o.data, keysFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the phones' keys cannot be read: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others: run chmod 600 on it", keysFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the phones' keys cannot be read: %w", err)
	}
	keys := map[string]string{}
	if err := yaml.Unmarshal(b, &keys); err != nil {
		return fmt.Errorf("%s: expected lines of user/device: passphrase", keysFile) // the words of the parser may hold a key
	}
	for phone, key := range keys {
		if key == "" {
			err = sealed.Delete(ctx, keysBucket, phone)
		} else {
			err = sealed.Put(ctx, keysBucket, phone, []byte(key))
		}
		if err != nil {
			return fmt.Errorf("the key of %s cannot be kept: %w", phone, err)
		}
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("the phones' keys are sealed, but the file that held them stays: %w", err)
	}
	return nil
}

// positions are the apps whose requests a presence link takes.
func positions(keys func(user, device string) (string, bool)) map[string]httpapi.Decoder {
	fromForm := func(_ http.Header, form url.Values, body []byte) (httpapi.Told, error) {
		fix, ok, err := traccar.Decode(form, body, time.Now().UTC())
		if !ok {
			return httpapi.Told{}, err
		}
		return httpapi.Told{Fix: &fix}, err
	}
	return map[string]httpapi.Decoder{
		"traccar":   fromForm,
		"gpslogger": fromForm,
		"owntracks": func(header http.Header, form url.Values, body []byte) (httpapi.Told, error) {
			user, device := header.Get("X-Limit-U"), header.Get("X-Limit-D")
			if user == "" {
				user, device = form.Get("u"), form.Get("d")
			}
			h, err := owntracks.DecodeHTTP(user, device, body, keys)
			return httpapi.Told{Fix: h.Fix, Regions: h.Regions, Reply: []byte("[]")}, err // the answer may hold commands to the app; there are none
		},
	}
}

// arrivals tells how the arrival scenes stand; words and names are the bridge's.
func (h *house) arrivals(v *home.View, days int) ([]api.Arrival, error) {
	all, err := scenes.Accounts(v, h.pace.In(v.At).In(houseClock(v)), days)
	if err != nil {
		return nil, err
	}
	out := []api.Arrival{}
	for _, rec := range v.Scenes() {
		acc, ok := all[rec.ID]
		if !ok {
			continue
		}
		a := api.Arrival{Scene: rec.ID, Mode: acc.Mode, ModeUntil: maybe(acc.ModeUntil), OutSince: maybe(acc.OutSince), People: arrivalPeople(v),
			Zones: []api.ArrivalZone{}, Log: []api.ArrivalEntry{}}
		for _, z := range acc.Zones {
			id, endpoint := zoneOf(z.Key)
			x := api.ArrivalZone{Device: id, Endpoint: endpoint, Set: z.Set, DepthK: z.Depth, LeadMinutes: float64(int(z.LeadHours*60 + 0.5)),
				HoldUntil: maybe(z.HoldUntil), Window: z.Paused, Stale: z.Stale, Learned: z.Learned, Line: z.Why}
			if d := v.Device(id); d != nil {
				st, _ := d.State(home.Slot{Endpoint: endpoint, Attribute: model.AttrThermostatLocalTemperature})
				if c, known := st.Value.Number(); known {
					x.Room = &c
				}
			}
			a.Zones = append(a.Zones, x)
		}
		for i := len(acc.Log) - 1; i >= 0; i-- {
			e := acc.Log[i]
			id, _ := zoneOf(e.Zone)
			a.Log = append(a.Log, api.ArrivalEntry{At: e.At, Name: string(id), Set: e.Set, Room: e.Room, Line: e.Line, Zone: e.Zone})
		}
		r := acc.Receipt
		a.Receipt = api.ArrivalReceipt{Days: r.Days, Arrivals: len(r.Arrivals), Ready: r.Ready, SavedPct: 100 * r.Saved,
			SavedPctRange: [2]float64{100 * r.SavedLow, 100 * r.SavedHigh}, MissMinutes: r.MissMinutes}
		for _, x := range r.Arrivals {
			if x.Gap > 0.55 {
				a.Receipt.Cold = append(a.Receipt.Cold, api.ArrivalCold{At: x.At, Who: string(x.Who), GapK: x.Gap})
			}
		}
		for _, x := range r.False {
			a.Receipt.False = append(a.Receipt.False, api.ArrivalPreheat{At: x.At, Minutes: x.For.Minutes()})
		}
		out = append(out, a)
	}
	return out, nil
}

// zoneOf takes the key of a zone apart.
func zoneOf(key string) (model.DeviceID, model.EndpointID) {
	device, endpoint, _ := strings.Cut(strings.TrimSuffix(key, "/cool"), "/")
	return model.DeviceID(device), model.EndpointID(endpoint)
}

func arrivalPeople(v *home.View) []api.ArrivalPerson {
	out := []api.ArrivalPerson{}
	for _, p := range v.People() {
		if len(p.Trackers) > 0 && !p.Paused {
			out = append(out, api.ArrivalPerson{Person: p.ID, Presence: presenceOf(v, p.ID), Signs: []string{}})
		}
	}
	if x := presenceOf(v, home.Somebody); x.State == "home" {
		out = append(out, api.ArrivalPerson{Person: home.Somebody, Presence: x, Signs: []string{}})
	}
	return out
}

func presenceOf(v *home.View, id home.PersonID) home.Presence {
	p := v.Presence(id)
	if p.State == "" {
		p.State = "unknown"
	}
	return p
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// houseClock is the time zone by whose clock the house lives.
func houseClock(v *home.View) *time.Location {
	if loc, err := time.LoadLocation(v.Surroundings().Zone); err == nil {
		return loc
	}
	return time.UTC
}
