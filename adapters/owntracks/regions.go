package owntracks

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// waypoints are the members of messages that tell of regions: one that was drawn or changed ("waypoint"), all of them, as the app
// exports them or is asked for them ("waypoints", and within "configuration", which "dump" wraps), and what the app is told to
// watch or to forget ("cmd" with "setWaypoints" or "clearWaypoints").
// Source: owntracks/booklet docs/tech/json.md, docs/guide/waypoints.md.
type waypoints struct {
	Action        string          `json:"action"`
	Radius        float64         `json:"rad"` // metres
	ID            string          `json:"rid"`
	Points        json.RawMessage `json:"waypoints"` // a list, or a message that holds it
	Configuration json.RawMessage `json:"configuration"`
}

// waypoint is one region. One that stands for a Bluetooth beacon has no circle.
type waypoint struct {
	Name      string   `json:"desc"`
	ID        string   `json:"rid"`
	Created   float64  `json:"tst"` // identifies it where there is no rid
	Latitude  *float64 `json:"lat"`
	Longitude *float64 `json:"lon"`
	Radius    float64  `json:"rad"`
}

const (
	longestName = 100   // bytes
	mostRegions = 200   // of one message; phones watch twenty
	widest      = 100e3 // metres: what is wider is no place
	cmdSet      = "setWaypoints"
	cmdClear    = "clearWaypoints"
)

func (m message) tellsRegions() bool {
	switch m.Type {
	case "waypoint", "waypoints", "configuration", "dump":
		return true
	}
	return m.Type == "cmd" && (m.Action == cmdSet || m.Action == cmdClear)
}

// regions reads what a message tells of regions; nil when it tells nothing.
func (m message) regions() (*model.Regions, error) {
	switch {
	case !m.tellsRegions():
		return nil, nil
	case m.Type == "waypoint":
		w := waypoint{Name: m.Region, ID: m.ID, Created: m.Taken, Latitude: m.Latitude, Longitude: m.Longitude, Radius: m.Radius}
		r, ok := w.region()
		if !ok {
			return nil, fmt.Errorf("%w: a waypoint needs a name of at most %d bytes and a circle", ErrPayload, longestName)
		}
		return &model.Regions{Known: []model.Region{r}}, nil
	case m.Action == cmdClear:
		return &model.Regions{Complete: true}, nil
	case m.Type == "configuration" && m.Points == nil, m.Type == "dump" && m.Configuration == nil:
		return nil, nil
	case m.Type == "dump":
		inner, err := parse(m.Configuration)
		if err != nil || inner.Type != "configuration" || inner.Points == nil {
			return nil, err
		}
		m = inner
	}
	all, err := points(m.Points)
	if err != nil {
		return nil, err
	}
	out := &model.Regions{Complete: m.Type != "cmd"}
	for _, w := range all {
		if r, ok := w.region(); ok {
			out.Known = append(out.Known, r)
		}
	}
	return out, nil
}

// points are the waypoints of a list, or of a message that holds one.
func points(raw json.RawMessage) ([]waypoint, error) {
	var all []waypoint
	var wrapped struct {
		Points []waypoint `json:"waypoints"`
	}
	switch {
	case json.Unmarshal(raw, &all) == nil:
	case json.Unmarshal(raw, &wrapped) == nil:
		all = wrapped.Points
	default:
		return nil, fmt.Errorf("%w: waypoints is no list of waypoints", ErrPayload)
	}
	if len(all) > mostRegions {
		return nil, fmt.Errorf("%w: it has %d waypoints, expected at most %d", ErrPayload, len(all), mostRegions)
	}
	return all, nil
}

// region is the circle of a waypoint. A place that lies nowhere on earth is how a waypoint is taken away; one without a radius is a
// beacon, or a pin that no border belongs to, and is nothing.
func (w waypoint) region() (r model.Region, ok bool) {
	name := strings.TrimSpace(w.Name)
	if name == "" || len(name) > longestName || w.Latitude == nil || w.Longitude == nil {
		return r, false
	}
	r = model.Region{Name: name, ID: w.ID}
	if r.ID == "" && w.Created >= 1 && w.Created <= latest {
		r.ID = strconv.FormatInt(int64(w.Created), 10)
	}
	if len(r.ID) > longestName {
		return r, false
	}
	if !(math.Abs(*w.Latitude) <= 90 && math.Abs(*w.Longitude) <= 180) {
		r.Gone = true
		return r, true
	}
	if !(w.Radius > 0 && w.Radius <= widest) {
		return r, false
	}
	r.Latitude, r.Longitude, r.RadiusM = *w.Latitude, *w.Longitude, w.Radius
	return r, true
}
