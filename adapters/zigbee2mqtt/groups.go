package zigbee2mqtt

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
)

// groupEntry is one element of bridge/groups.
type groupEntry struct {
	ID      int    `json:"id"`
	Name    string `json:"friendly_name"`
	Members []struct {
		IEEE string `json:"ieee_address"`
	} `json:"members"`
}

func (g *groupEntry) id() string { return fmt.Sprintf("group-%d", g.ID) }

// loadGroups parses bridge/groups.
func (a *Adapter) loadGroups() {
	payload := a.take(&a.groupsIn)
	var groups []groupEntry
	if err := json.Unmarshal(payload, &groups); err != nil {
		a.log.Warn("bridge/groups of Zigbee2MQTT does not parse", "error", err)
		return
	}
	a.groups = groups
	a.applyGroups()
}

// applyGroups makes each group a source that can what all of its members can. It runs
// after either list has changed.
func (a *Adapter) applyGroups() {
	a.mu.Lock()
	present := map[string]bool{}
	for i := range a.groups {
		if a.applyGroup(&a.groups[i]) {
			present[a.groups[i].id()] = true
		}
	}
	for _, d := range a.devices {
		if d.group && !present[d.id] {
			a.remove(d, "no longer in Zigbee2MQTT, or without members that have something in common")
		}
	}
	a.mu.Unlock()
	a.followNames()
}

// applyGroup describes a group; false when there is nothing that all its members can do.
func (a *Adapter) applyGroup(g *groupEntry) bool {
	var def *definition
	for _, m := range g.Members {
		d := a.devices[m.IEEE]
		if d == nil {
			continue
		}
		def = common(def, d.leaves)
	}
	if def == nil || len(def.Exposes[0].Features) == 0 {
		return false
	}
	def.Description, def.group = "Zigbee group", true
	sum := maphash.Comparable(hashSeed, g.Name+fmt.Sprint(g.ID))
	raw, _ := json.Marshal(def.Exposes)
	sum ^= maphash.Bytes(hashSeed, raw)
	d := a.devices[g.id()]
	if d != nil && d.told == sum {
		return true
	}
	if d == nil {
		d = newDevice(g.id(), g.Name)
		a.devices[d.id] = d
	}
	a.rename(d, g.Name)
	d.told = sum
	t := translate(def, "")
	d.setCodec(t.codec)
	out := describe(&deviceEntry{Name: g.Name}, def, t)
	out.Source = d.source
	a.hub.Describe(out)
	a.reach(d)
	a.replay(d)
	return true
}

// shared lists what a group can take for all its members.
var shared = []string{"state", "brightness", "color_temp", "color_xy", "color_hs", "position", "tilt"}

// common narrows what the members seen so far have in common by one more.
func common(def *definition, leaves []leaf) *definition {
	if def == nil {
		def = &definition{Exposes: []expose{{}}}
		for _, l := range leaves {
			if l.context != "" && (l.Name != "state" || l.key() == "state") && slices.Contains(shared, l.Name) && !slices.ContainsFunc(def.Exposes[0].Features, func(e expose) bool { return e.Name == l.Name }) {
				e := *l.expose
				e.Endpoint, e.Property = "", l.key()
				def.Exposes[0].Type = l.context
				def.Exposes[0].Features = append(def.Exposes[0].Features, e)
			}
		}
		return def
	}
	var kept []expose
	for _, e := range def.Exposes[0].Features {
		i := slices.IndexFunc(leaves, func(l leaf) bool { return l.context != "" && l.Name == e.Name && l.Type == e.Type })
		if i < 0 {
			continue
		}
		if leaves[i].context == "switch" && def.Exposes[0].Type == "light" {
			def.Exposes[0].Type = "switch" // lamps and relays together: relays
		}
		e.Min, e.Max = tighter(e.Min, leaves[i].Min, math.Max), tighter(e.Max, leaves[i].Max, math.Min)
		kept = append(kept, e)
	}
	def.Exposes[0].Features = kept
	return def
}

func tighter(x, y *float64, choose func(a, b float64) float64) *float64 {
	if x == nil || y == nil {
		return y
	}
	return ptr(choose(*x, *y))
}
