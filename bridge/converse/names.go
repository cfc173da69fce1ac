package converse

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// kindsOf tells the kind of thing that a type of device is to somebody who speaks.
var kindsOf = map[model.DeviceType]string{
	"light_on_off": "light", "light_dimmable": "light", "light_color_temperature": "light", "light_color": "light",
	"plug": "switch", "plug_dimmable": "switch", "wall_switch": "switch",
	"contact_sensor": "binary", "motion_sensor": "binary", "presence_sensor": "binary", "leak_sensor": "binary", "rain_sensor": "binary",
	"freeze_sensor": "binary", "smoke_co_alarm": "binary", "gas_alarm": "binary", "vibration_sensor": "binary",
	"remote": "sensor", "ir_remote": "sensor", "home_battery": "sensor", "solar": "sensor", "ev_charger": "appliance", "pet_feeder": "appliance",
	"climate_sensor": "sensor", "light_sensor": "sensor", "soil_sensor": "sensor", "air_monitor": "sensor", "power_meter": "sensor", "water_meter": "sensor",
	"thermostat": "climate", "trv": "climate", "air_conditioner": "climate", "ir_air_conditioner": "climate", "heat_pump": "climate",
	"boiler": "climate", "heater": "climate", "bath_heater": "climate", "floor_heating": "climate",
	"fan": "fan", "fresh_air": "fan", "hood": "fan",
	"air_purifier": "appliance", "water_heater": "appliance", "washer": "appliance", "dryer": "appliance", "dishwasher": "appliance",
	"fridge": "appliance", "oven": "appliance", "cooker": "appliance", "kettle": "appliance", "pump": "appliance", "siren": "appliance",
	"humidifier": "humidifier", "dehumidifier": "humidifier",
	"window_covering": "cover", "airer": "cover", "garage_door": "cover", "gate": "cover", "door_lock": "lock",
	"valve": "valve", "irrigation": "valve", "robot_vacuum": "vacuum", "mower": "mower", "tv": "media", "speaker": "media",
	"camera": "camera", "doorbell": "camera", "security_panel": "alarm",
}

// classWords tell the class of a covering or a contact by what it is called.
var classWords = [][2]string{
	{"garage", "garage"}, {"车库", "garage"}, {"window", "window"}, {"窗户", "window"}, {"curtain", "curtain"}, {"窗帘", "curtain"},
	{"blind", "blind"}, {"百叶", "blind"}, {"遮光", "blind"}, {"shutter", "shutter"}, {"卷帘", "shutter"}, {"awning", "awning"}, {"gate", "gate"}, {"door", "door"}, {"门", "door"},
}

// kindOf is what a device is to somebody who speaks; "" for what cannot be spoken to.
func kindOf(d *home.Device) string { return kindsOf[d.Type()] }

// isKind reports whether a device counts as one of a kind. A switch whose role or name says that it works lamps is a light, too.
func isKind(d *home.Device, kind string) bool {
	k := kindOf(d)
	if k == kind {
		return true
	}
	return kind == "light" && k == "switch" && slices.ContainsFunc(append(slices.Clone(d.Roles), allNames(d)...), func(s string) bool {
		s = strings.ToLower(s)
		return strings.Contains(s, "light") || strings.Contains(s, "lamp") || strings.Contains(s, "灯")
	})
}

func allNames(d *home.Device) []string {
	var out []string
	for _, n := range d.Names {
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// classOf is the kind of covering or sensor.
func classOf(d *home.Device) string {
	switch d.Type() {
	case "garage_door":
		return "garage"
	case "gate":
		return "gate"
	case "motion_sensor", "presence_sensor":
		return "motion"
	case "leak_sensor":
		return "moisture"
	case "smoke_co_alarm":
		return "smoke"
	}
	if p, ok := constText(d, "window_covering.kind"); ok {
		if p == "roller" {
			return "blind"
		}
		return p
	}
	if p, ok := constText(d, "contact.opening"); ok && p != "other" {
		return p
	}
	for _, w := range append(slices.Clone(d.Roles), allNames(d)...) {
		for _, c := range classWords {
			if strings.Contains(strings.ToLower(w), c[0]) {
				return c[1]
			}
		}
	}
	return ""
}

func constText(d *home.Device, a model.Attribute) (string, bool) {
	slot, ok := d.Find(a)
	if !ok {
		return "", false
	}
	p := d.Property(slot)
	if s, ok := p.Value.Text(); ok {
		return s, true
	}
	st, _ := d.State(slot)
	return st.Value.Text()
}

// Prefixes of a grammar.Thing's id.
const (
	deviceThing = "device:"
	personThing = "person:"
	sceneThing  = "scene:"
)

// houseOf lists what has a name in a house.
func houseOf(v *home.View) grammar.House {
	var h grammar.House
	for _, r := range v.Rooms() {
		p := grammar.Place{ID: string(r.ID)}
		p.Name, p.Aliases = nameAndOthers(r.Names)
		p.Floor = floorOf(&h, r.Floor)
		h.Areas = append(h.Areas, p)
	}
	for _, d := range v.Devices() {
		kind := kindOf(d)
		if kind == "" {
			continue
		}
		t := grammar.Thing{ID: deviceThing + string(d.ID), Kind: kind, Class: classOf(d), Area: string(d.Room)}
		t.Name, t.Aliases = nameAndOthers(d.Names)
		if t.Name == "" {
			continue
		}
		if kind == "switch" && isKind(d, "light") {
			t.Kind = "light"
		}
		h.Things = append(h.Things, t)
	}
	for _, p := range v.People() {
		h.Things = append(h.Things, grammar.Thing{ID: personThing + string(p.ID), Name: p.Name, Kind: "person"})
	}
	for _, s := range v.Scenes() {
		name, others := nameAndOthers(sceneNames(s))
		if name == "" {
			name = strings.ReplaceAll(s.ID, "_", " ")
		}
		h.Things = append(h.Things, grammar.Thing{ID: sceneThing + s.ID, Name: name, Aliases: others, Kind: "scene"})
	}
	return h
}

// sceneNames are a scene's names by language; one that cannot be read goes by its id.
func sceneNames(s home.SceneRecord) map[string]string {
	var doc struct {
		Names map[string]string `json:"names"`
	}
	_ = json.Unmarshal(s.Document, &doc)
	return doc.Names
}

// floorOf is the id of the floor that bears one of the names; it is added to the house when it is new. Empty: no name was given.
func floorOf(h *grammar.House, names map[string]string) string {
	name, others := nameAndOthers(names)
	if name == "" {
		return ""
	}
	called := append([]string{name}, others...)
	for i := range h.Floors {
		f := &h.Floors[i]
		known := append([]string{f.Name}, f.Aliases...)
		if slices.ContainsFunc(called, func(n string) bool {
			return slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, n) })
		}) {
			for _, n := range called {
				if !slices.Contains(known, n) {
					f.Aliases = append(f.Aliases, n)
				}
			}
			return f.ID
		}
	}
	h.Floors = append(h.Floors, grammar.Place{ID: name, Name: name, Aliases: others})
	return name
}

func nameAndOthers(names map[string]string) (string, []string) {
	var others []string
	for lang, n := range names {
		if lang != "" && n != "" {
			others = append(others, n)
		}
	}
	slices.Sort(others)
	if n := names[""]; n != "" {
		return n, others
	}
	if len(others) == 0 {
		return "", nil
	}
	return others[0], others[1:]
}

// vocabularies keeps the compiled names of the house, by language.
type vocabularies struct {
	mu    sync.Mutex
	built map[string]*grammar.Vocabulary
	seq   uint64 // of the view that built was made from
}

// Vocabulary is the words of a language with the names of the house as it is.
func (e *Engine) Vocabulary(lang string) (*grammar.Vocabulary, error) {
	w := &e.words
	w.mu.Lock()
	defer w.mu.Unlock()
	view := e.o.House.View()
	if w.built == nil || e.stale.Swap(false) || !e.watched.Load() && view.Seq != w.seq {
		w.built, w.seq = map[string]*grammar.Vocabulary{}, view.Seq
	}
	if v := w.built[lang]; v != nil {
		return v, nil
	}
	l, err := grammar.Load(lang)
	if err != nil {
		return nil, err
	}
	v := grammar.Compile(l, houseOf(view))
	w.built[lang] = v
	return v, nil
}
