package speakers

import (
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Codec is a platform as the doctor sees it.
type Codec interface {
	Platform() string
	// Refuses tells why the platform cannot take a device; empty: it can.
	Refuses(d *home.Device) string
}

// Finding is one thing that the doctor found.
type Finding struct {
	Platform string         `json:"platform,omitempty"` // empty: for all
	Device   model.DeviceID `json:"device,omitempty"`
	Name     string         `json:"name,omitempty"`
	OK       bool           `json:"ok"`
	Detail   string         `json:"detail"`
}

// Doctor tells what is the matter with names, devices and reports.
func (c *Core) Doctor(codecs []Codec) []Finding {
	out := []Finding{}
	byName := map[string][]*home.Device{}
	for _, d := range c.View().Devices() {
		name, others := Name(d)
		if why := Sayable(name); why != "" {
			out = append(out, Finding{Device: d.ID, Name: name, Detail: why + ": rename it (hub rename)"})
			continue
		}
		seen := map[string]bool{}
		for _, n := range append([]string{name}, others...) {
			if key := strings.ToLower(n); !seen[key] {
				seen[key] = true
				byName[key] = append(byName[key], d)
			}
		}
	}
	for _, d := range c.View().Devices() {
		name, _ := Name(d)
		if same := byName[strings.ToLower(name)]; len(same) > 1 && same[0] == d {
			out = append(out, Finding{Device: d.ID, Name: name, Detail: "several devices are called so: say the room as well, or rename one (hub rename)"})
		}
	}
	for _, k := range codecs {
		shown := 0
		for _, d := range c.Devices(k.Platform()) {
			why := k.Refuses(d)
			if why == "" {
				shown++
				continue
			}
			name, _ := Name(d)
			out = append(out, Finding{Platform: k.Platform(), Device: d.ID, Name: name, Detail: why})
		}
		f := Finding{Platform: k.Platform(), OK: true, Detail: strings.TrimSpace(plural(shown, "device"))}
		if why := c.LastFailure(k.Platform()); why != "" {
			f.OK, f.Detail = false, f.Detail+"; last failure: "+why
		}
		out = append(out, f)
	}
	if n := c.Waiting(); n > 0 {
		out = append(out, Finding{Detail: plural(n, "report") + " waiting to be sent"})
	}
	return out
}
