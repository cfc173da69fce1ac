package mqttbridge

import (
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// take notes an effect and reports whether all must be published anew.
func (b *Bridge) take(e home.Effect) (anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := e.(type) {
	case home.Changed:
		if b.shown[e.Device] != nil {
			slot := home.Slot{Endpoint: e.Endpoint, Attribute: e.Attribute}
			if !slices.Contains(b.values[e.Device], slot) {
				b.values[e.Device] = append(b.values[e.Device], slot)
			}
		}
	case home.Occurred:
		if d := b.shown[e.Device]; d != nil {
			d.happened(b, e)
		}
	case home.DeviceMoved:
		b.dirty[e.Device] = true
	case home.HouseMoved:
		return e.What == "rooms"
	case home.CommandMoved, home.PresenceMoved, home.SceneRan, home.Refused, home.Send, home.SetTimer, home.ClearTimer:
	default: // of no type of package home: some were missed
		return true
	}
	return false
}

// flush publishes what changed.
func (b *Bridge) flush(s Settings) error {
	b.mu.Lock()
	dirty, values := b.dirty, b.values
	b.dirty, b.values = map[model.DeviceID]bool{}, map[model.DeviceID][]home.Slot{}
	b.mu.Unlock()
	if len(dirty) == 0 && len(values) == 0 {
		return nil
	}
	v := b.o.House.View()
	for _, id := range slices.Sorted(maps.Keys(dirty)) {
		if err := b.device(v, id, s); err != nil {
			return err
		}
	}
	if len(dirty) > 0 {
		if err := b.describeRoot(); err != nil {
			return err
		}
	}
	for id, slots := range values {
		d := v.Device(id)
		b.mu.Lock()
		x := b.shown[id]
		b.mu.Unlock()
		if d == nil || x == nil {
			continue
		}
		for _, slot := range slots {
			if err := x.value(b, d, slot); err != nil {
				return err
			}
		}
	}
	return nil
}

// all publishes every device that is to be, and takes back the others.
func (b *Bridge) all(s Settings) error {
	v := b.o.House.View()
	ids := map[model.DeviceID]bool{}
	for _, d := range v.Devices() {
		ids[d.ID] = true
	}
	b.mu.Lock()
	for id := range b.shown {
		ids[id] = true
	}
	b.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := b.device(v, id, s); err != nil {
			return err
		}
	}
	return b.describeRoot()
}

// chosen reports whether a device is to be published.
func (s Settings) chosen(v *home.View, d *home.Device) bool {
	if d == nil || slices.Contains(s.Except, d.ID) || len(s.Rooms) > 0 && !slices.Contains(s.Rooms, d.Room) {
		return false
	}
	return slices.ContainsFunc(d.Sources, func(id model.SourceID) bool {
		src := v.Source(id)
		return !strings.HasPrefix(string(id), "mqttdiscovery/") && src != nil && !src.Gone
	})
}
