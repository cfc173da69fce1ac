package homekit

import (
	"encoding/json"

	"github.com/brutella/hap/accessory"
	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
)

// sceneName is what a scene's document calls it.
func sceneName(r home.SceneRecord, lang string) string {
	var doc struct {
		Names map[string]string `json:"names"`
	}
	_ = json.Unmarshal(r.Document, &doc) // one that cannot be read has no names
	for _, l := range []string{lang, "", "en", "zh"} {
		if n := doc.Names[l]; n != "" {
			return n
		}
	}
	return r.ID
}

// addScene shows a scene as a switch that falls back by itself.
func addScene(h House, into *catalogue, n *number, id, name string) {
	b := begin(h, into, n, accessory.Info{Name: clean(name), Manufacturer: "Concord", Model: "Scene", SerialNumber: "scene-" + id, Firmware: "1"})
	on := &point{c: pattern(characteristic.NewOn().C), read: func(*home.View) (any, int) { return false, statusOK }}
	on.write = func(_ *home.View, v any) (ask, int) {
		if v == true {
			return ask{scene: id}, statusOK
		}
		return ask{}, statusOK
	}
	b.compose("scene/"+service.TypeSwitch, service.TypeSwitch, []*point{title(b.a.Name()), on})
}

// addPresence shows what is true of the people of the house as an occupancy sensor.
func addPresence(h House, into *catalogue, n *number, key, name string, occupied func(v *home.View) (yes, known bool)) {
	b := begin(h, into, n, accessory.Info{Name: clean(name), Manufacturer: "Concord", Model: "Presence", SerialNumber: key, Firmware: "1"})
	c := pattern(characteristic.NewOccupancyDetected().C)
	detected := &point{c: c, people: true, read: func(v *home.View) (any, int) {
		yes, known := occupied(v)
		if !known {
			return nil, statusUnreachable
		}
		return fit(c, yes), statusOK
	}}
	b.compose("presence/"+service.TypeOccupancySensor, service.TypeOccupancySensor, []*point{title(b.a.Name()), detected})
}

// isHome reports whether a presence counts as being at home; of nobody seen yet nothing is known.
func isHome(p home.Presence) (yes, known bool) {
	switch p.State {
	case "", "unknown":
		return false, false
	case "home":
		return true, true
	}
	return false, true
}

// anyoneHome is known as soon as one is at home, or all are known to be away.
func anyoneHome(v *home.View) (yes, known bool) {
	known = true
	for _, p := range v.People() {
		at, ok := isHome(v.Presence(p.ID))
		if at {
			return true, true
		}
		known = known && ok
	}
	return false, known && len(v.People()) > 0
}

func anyoneArriving(v *home.View) (yes, known bool) {
	for _, p := range v.People() {
		if v.Presence(p.ID).State == "arriving" {
			return true, true
		}
	}
	_, known = anyoneHome(v)
	return false, known
}
