package grammar

import (
	"cmp"
	"math"
	"strings"
)

// hassIntents are the intents of Home Assistant that ours are one of.
var hassIntents = map[Intent]string{
	"Open": "HassTurnOn", "Close": "HassTurnOff", "Lock": "HassTurnOn", "Unlock": "HassTurnOff", "Scene": "HassTurnOn",
	"WhereIs": "HassGetState", "ClimateAdjust": "HassClimateSetTemperature", "LightAdjust": "HassLightSet", "FanAdjust": "HassFanSetSpeed", "Remind": "HassStartTimer", "GetReading": "HassGetState",
}

// HassIntent is the name by which clients of Home Assistant know what a clause asks for.
func (c *Clause) HassIntent() string {
	if !c.Delay.IsZero() {
		return "HassStartTimer"
	}
	if h, ok := hassIntents[c.Intent]; ok {
		return h
	}
	return "Hass" + string(c.Intent)
}

// domains translate our kinds of thing to Home Assistant's.
var domains = map[string]string{"light": "light", "fan": "fan", "switch": "switch", "cover": "cover", "lock": "lock", "climate": "climate",
	"media": "media_player", "vacuum": "vacuum", "mower": "lawn_mower", "valve": "valve", "lock_word": "lock", "door": "lock", "person": "person"}

// Slots are what was said, by the names of Home Assistant's slots.
func (v *Vocabulary) Slots(c *Clause) map[string]any {
	m := map[string]any{}
	set := func(key, value string) {
		if value != "" {
			m[key] = value
		}
	}
	span := func(prefix string, d Span) {
		for _, p := range []struct {
			key string
			v   float64
		}{{"hours", d.Hours}, {"minutes", d.Minutes}, {"seconds", d.Seconds}} {
			if p.v != 0 {
				m[prefix+p.key] = p.v
			}
		}
	}
	if len(c.Areas) > 0 {
		m["area"] = c.Areas[0].Name
	}
	if len(c.Floors) > 0 {
		m["floor"] = c.Floors[0].Name
	}
	if t, ok := c.Name(); ok {
		m["name"] = t.Name
	}
	if !c.Delay.IsZero() {
		m = map[string]any{"conversation_command": c.Command}
		span("", c.Delay)
		return m
	}
	span("", c.Span)
	span("start_", c.Start)
	_, named := m["name"]
	if kind := c.Kind(); kind != "" && !named {
		set("domain", domains[kind])
	}
	if !named && (c.Intent == "Open" || c.Intent == "Close" || c.Intent == "SetPosition" || c.Intent == "GetState") {
		set("device_class", c.Words["cover"])
	}
	switch c.Intent {
	case "LightSet":
		v.lightSlots(c, m)
	case "SetPosition":
		if c.Words["step"] == "" {
			m["position"] = c.percent()
		}
	case "FanSetSpeed":
		m["percentage"] = c.percent()
	case "SetVolume":
		m["volume_level"] = c.percent()
	case "SetVolumeRelative":
		m["volume_step"] = c.Words["step"]
		if c.HasValue {
			m["volume_step"] = c.Value
			if c.Words["step"] == "down" {
				m["volume_step"] = -c.Value
			}
		}
	case "ClimateSetTemperature":
		m["temperature"] = c.Value
		if c.Is("climate") && strings.HasPrefix(v.lang.Tag, "zh") { // 空调: what it is, and its name
			delete(m, "name")
		}
	case "GetState":
		set("state", v.State(c))
		if c.lockAsked(v.house) {
			delete(m, "device_class")
		}
	case "MediaSearchAndPlay":
		set("search_query", c.Text)
		set("media_class", c.Words["media_class"])
	case "Broadcast":
		set("message", c.Text)
	case "ShoppingListAddItem", "ShoppingListCompleteItem", "ListAddItem", "ListCompleteItem", "ListRemoveItem":
		set("item", c.Text)
	case "GetWeather":
		if !named {
			set("name", c.Text)
		}
	case "GetReading":
		set("reading", c.Reading())
	case "Remind":
		set("name", c.Text)
	default:
		if c.Is("timer") || c.Is("left") {
			set("name", c.Text)
		}
	}
	return m
}

// percent is the value said, or 100 or 1 for most and least.
func (c *Clause) percent() float64 {
	if c.HasValue {
		return c.Value
	}
	switch c.Words["extreme"] {
	case "100":
		return 100
	case "1":
		return 1
	}
	switch {
	case c.Is("half_way"):
		return 50
	case c.Is("crack"):
		return 10
	}
	return map[string]float64{"low": 33, "medium": 66, "high": 100}[c.Words["level"]]
}

// Reading is what a question asks to be measured: "power", "co2".
func (c *Clause) Reading() string { return cmp.Or(c.Words["reading"], c.Words["reading_q"]) }

// Percent is the value said as a percentage, which may be more than a device takes; ok is false when a value was meant that is none.
func (c *Clause) Percent() (float64, bool) {
	p := c.percent()
	return p, p >= 0
}

// Kelvin is the colour temperature said; 0 when none was.
func (c *Clause) Kelvin() float64 {
	if k, ok := parseDigits(c.Words["kelvin_name"]); ok && c.Words["kelvin_name"] != "" {
		return k
	}
	return c.Value
}

func (v *Vocabulary) lightSlots(c *Clause, m map[string]any) {
	switch {
	case c.Words["color"] != "" && c.Words["unit"] == "":
		m["color"] = c.Words["color"]
	case c.Words["unit"] == "color_temp":
		m["temperature"] = math.Round(c.Kelvin())
	case c.Words["unit"] == "brightness":
		m["brightness"] = c.percent()
	}
}

// Kind is the kind of thing that was spoken of, where none was named: "light", "cover".
func (c *Clause) Kind() string {
	for _, k := range []string{"light", "fan", "switch", "cover", "lock_word", "climate", "media", "vacuum", "mower", "valve", "door", "humidifier", "appliance"} {
		if c.Is(k) {
			return k
		}
	}
	return c.Words["kind"]
}

// lockAsked reports that a question about a door is one about its lock: it says "locked", or no door of the house tells whether it is open.
func (c *Clause) lockAsked(h House) bool {
	if c.Is("lock_word") || c.Is("lock") || c.Is("unlock") || c.Words["state"] == "locked" || c.Words["state"] == "unlocked" {
		return true
	}
	if c.Words["cover"] != "door" && !c.Is("door") {
		return false
	}
	locks := false
	for _, t := range h.Things {
		if (t.Kind == "cover" || t.Kind == "binary") && t.Class == "door" {
			return false
		}
		locks = locks || t.Kind == "lock"
	}
	return locks
}

// State is the state that a question asks for, in the words of what it is about: a lamp is on, a
// window open, a lock locked; a sensor says on for whatever it notices.
func (v *Vocabulary) State(c *Clause) string {
	said := c.Words["state"]
	if said == "" {
		said = c.Words["sensed"]
	}
	if said == "" {
		for _, p := range [][2]string{{"open", "open"}, {"close", "closed"}, {"unlock", "unlocked"}, {"lock", "locked"}, {"on", "on"}, {"off", "off"}, {"at_home", "home"}} {
			if c.Is(p[0]) {
				said = p[1]
				break
			}
		}
	}
	if c.Words["person"] == "zone" {
		return c.Text
	}
	kind := c.Kind()
	if t, ok := c.Name(); ok {
		if t.Kind == "zone" && len(c.Names) > 1 {
			return t.Name
		}
		kind = t.Kind
	} else if c.lockAsked(v.house) {
		kind = "lock"
	}
	positive := map[string]bool{"on": true, "open": true, "unlocked": true, "yes": true, "home": true}[said]
	pick := func(yes, no string) string {
		if said == "" {
			return ""
		}
		if positive {
			return yes
		}
		return no
	}
	switch kind {
	case "binary", "light", "fan", "switch", "media", "climate", "appliance":
		return pick("on", "off")
	case "cover", "valve":
		return pick("open", "closed")
	case "lock":
		return pick("unlocked", "locked")
	}
	return said
}
