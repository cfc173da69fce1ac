package scenes

import (
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// What an error offers instead of what was wrong.

const mostNames = 12 // in one error

// choice lists names for an error: sorted, each once, not endless.
func choice(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	switch {
	case len(names) == 0:
		return "none, for there is none"
	case len(names) > mostNames:
		return strings.Join(names[:mostNames], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

func rooms(r home.Reader) []string {
	var out []string
	for _, d := range r.Devices() {
		if d.Room != "" {
			out = append(out, string(d.Room))
		}
	}
	return out
}

func roles(r home.Reader, room home.RoomID) []string {
	var out []string
	for _, d := range r.Devices() {
		if room == "" || d.Room == room {
			out = append(out, d.Roles...)
		}
	}
	return out
}

func settables(devices []*home.Device, ep model.EndpointID) []string {
	var out []string
	for _, d := range devices {
		for _, s := range d.Slots() {
			if (ep == "" || ep == s.Endpoint) && d.Property(s).Access.CanWrite() {
				out = append(out, string(s.Attribute))
			}
		}
	}
	return out
}

func reported(d *home.Device, ep model.EndpointID) []string {
	var out []string
	for _, s := range d.Slots() {
		if a := d.Property(s).Access; (ep == "" || ep == s.Endpoint) && (a == model.AccessRead || a == model.AccessWrite) {
			out = append(out, string(s.Attribute))
		}
	}
	return out
}

func sortedNames(args map[string]model.Value) []string { return slices.Sorted(maps.Keys(args)) }

func sortedTexts(texts map[string]string) []string { return slices.Sorted(maps.Values(texts)) }

func reportedBy(devices []*home.Device, ep model.EndpointID) []string {
	var out []string
	for _, d := range devices {
		out = append(out, reported(d, ep)...)
	}
	return out
}
