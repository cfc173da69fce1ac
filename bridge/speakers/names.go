package speakers

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/concord-home/hub/home"
)

// Name is what a device is called: for all languages, else in any.
func Name(d *home.Device) (name string, others []string) {
	for _, n := range d.Names {
		others = append(others, spoken(n))
	}
	slices.Sort(others)
	others = slices.Compact(others)
	name = spoken(d.Name(""))
	if name == "" && len(others) > 0 {
		name = others[0]
	}
	return name, slices.DeleteFunc(others, func(n string) bool { return n == name })
}

// spoken is a name as it is said: "hall_lamp" is a hall lamp.
func spoken(n string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(n, "_", " ")), " ")
}

// Sayable tells why a name cannot be said; empty: it can.
func Sayable(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "it has no name"
	case len([]rune(name)) > 60:
		return "its name is longer than 60 characters"
	case !strings.ContainsFunc(name, unicode.IsLetter):
		return "its name has no letter"
	case strings.ContainsAny(name, "/\\{}[]<>|"):
		return "its name has signs that cannot be said"
	}
	return ""
}

// RoomName is what the room of a device is called; empty when it is in none.
func (c *Core) RoomName(d *home.Device) string {
	r, ok := c.View().Room(d.Room)
	if !ok {
		return ""
	}
	if n := r.Name(""); n != "" {
		return n
	}
	for _, n := range r.Names {
		return n
	}
	return ""
}

// SceneName is what a scene is called.
func SceneName(s home.SceneRecord) string {
	var doc struct {
		Names map[string]string `json:"names"`
	}
	_ = json.Unmarshal(s.Document, &doc) // one that cannot be read goes by its id
	if n := doc.Names[""]; n != "" {
		return n
	}
	for _, lang := range slices.Sorted(func(yield func(string) bool) {
		for l := range doc.Names {
			if !yield(l) {
				return
			}
		}
	}) {
		return doc.Names[lang]
	}
	return strings.ReplaceAll(s.ID, "_", " ")
}
