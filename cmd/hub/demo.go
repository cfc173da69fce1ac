package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/concord-home/hub/demo"
	"github.com/concord-home/hub/discovery"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
)

// runDemo plays the simulated house, or the load, on the hub's own broker.
func (h *house) runDemo(ctx context.Context) error {
	if h.o.load > 0 {
		return h.runLoad(ctx)
	}
	return h.playDemo(ctx)
}

// runLoad announces the devices of a load and gives the house its scenes.
func (h *house) runLoad(ctx context.Context) error {
	load := demo.Load{N: h.o.load, Base: h.o.base}
	if err := load.Announce(topics{h.conn}); err != nil {
		return err
	}
	if err := h.known(ctx, load.Last()); err != nil {
		return err
	}
	if err := load.Settle(topics{h.conn}); err != nil {
		return err
	}
	return h.putScenes(ctx, load.Scenes(h.deviceAt))
}

// deviceAt is the device of an IEEE address.
func (h *house) deviceAt(ieee string) model.DeviceID {
	if s := h.hub.View().Source(model.SourceID("zigbee2mqtt/" + ieee)); s != nil {
		return s.Device
	}
	return ""
}

// known waits until the house has a device of an IEEE address.
func (h *house) known(ctx context.Context, ieee string) error {
	sub := h.hub.Subscribe(64)
	defer sub.Close()
	for h.deviceAt(ieee) == "" {
		select {
		case <-sub.C:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// putScenes gives the house the scenes that it does not have yet.
func (h *house) putScenes(ctx context.Context, docs map[string]json.RawMessage) error {
	have := map[string]bool{}
	for _, s := range h.hub.View().Scenes() {
		have[s.ID] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64) // those that wait together share one commit
	for _, id := range slices.Sorted(maps.Keys(docs)) {
		if have[id] {
			continue
		}
		group.Go(func() error {
			if err := h.hub.Do(ctx, home.SceneSet{ID: id, Document: docs[id]}); err != nil {
				return fmt.Errorf("the demo's scene %s: %w", id, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// demoPace is the clock of the demo: it begins at five in the afternoon, so that somebody soon comes home.
func (h *house) demoPace() home.Pace {
	if !h.o.demo || h.o.load > 0 {
		return home.Pace{}
	}
	n := h.started
	return home.Pace{Wall: n, Sim: time.Date(n.Year(), n.Month(), n.Day(), 17, 0, 0, 0, n.Location()), Speed: h.o.speed}
}

// playDemo plays the simulated house: its devices on the broker, its services on the network,
// and, at the first start, the rooms, names, people and scenes that its household would have given it.
func (h *house) playDemo(ctx context.Context) error {
	play := demo.New(demo.Options{MQTT: topics{h.conn}, Base: h.o.base, Speed: h.o.speed, Start: h.pace.Sim, Logger: h.log})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return play.Run(ctx) })
	group.Go(func() error {
		h.announceDemo(ctx)
		return nil
	})
	group.Go(func() error {
		if err := h.furnishDemo(ctx); err != nil {
			return err
		}
		for ieee, p := range demo.Layout() {
			if p.Room == "" {
				continue // still in its box
			}
			if err := h.known(ctx, ieee); err != nil {
				return err
			}
		}
		play.Restate()
		return nil
	})
	return group.Wait()
}

// announceDemo announces the house's other services to this machine alone. One without multicast does without.
func (h *house) announceDemo(ctx context.Context) {
	var all []discovery.Announcement
	for _, s := range demo.Services() {
		all = append(all, discovery.Announcement{Instance: s.Instance, Type: s.Type, Host: s.Host, Port: s.Port, TXT: s.TXT, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}})
	}
	if err := discovery.Announce(ctx, all, discovery.AnnounceOptions{Loopback: true, Logger: h.log}); err != nil {
		h.log.Info("the demo's services are not announced", "err", err)
	}
}

// furnishDemo names and places the devices. What somebody has changed since stays as it is.
func (h *house) furnishDemo(ctx context.Context) error {
	if len(h.hub.View().Rooms()) > 0 {
		return nil
	}
	for _, r := range demo.Rooms() {
		if err := h.hub.Do(ctx, home.RoomSet{Room: home.Room{ID: home.RoomID(r.ID), Names: r.Names}}); err != nil {
			return err
		}
	}
	layout := demo.Layout()
	for _, ieee := range slices.Sorted(maps.Keys(layout)) {
		if err := h.furnishOne(ctx, ieee, layout[ieee]); err != nil {
			return err
		}
	}
	for _, b := range []home.Body{
		home.PlaceSet{Place: home.Place{Latitude: demo.HomeLatitude, Longitude: demo.HomeLongitude, RadiusM: 150}},
		home.PersonSet{Person: home.Person{ID: "resident", Name: messages.Text(h.o.lang, "run.resident"), Role: "owner", Trackers: []string{demo.Tracker}}},
	} {
		if err := h.hub.Do(ctx, b); err != nil {
			return err
		}
	}
	return h.putScenes(ctx, demo.Scenes(h.deviceAt))
}

func (h *house) furnishOne(ctx context.Context, ieee string, p demo.Placement) error {
	if p.Room == "" {
		return nil // still in its box
	}
	if err := h.known(ctx, ieee); err != nil || ctx.Err() != nil {
		return err
	}
	id := h.deviceAt(ieee)
	todo := []home.Body{home.Placed{Device: id, Room: home.RoomID(p.Room)}, home.Assigned{Device: id, Roles: p.Roles}}
	for _, lang := range slices.Sorted(maps.Keys(p.Names)) {
		todo = append(todo, home.Named{Device: id, Lang: lang, Name: p.Names[lang]})
	}
	for _, b := range todo {
		if err := h.hub.Do(ctx, b); err != nil {
			return err
		}
	}
	return nil
}
