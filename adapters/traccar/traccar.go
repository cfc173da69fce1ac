// Package traccar reads positions as Traccar Client, other OsmAnd-protocol apps and GPSLogger send them over HTTP. It is no
// adapter that runs: a bridge receives the request and calls [Decode].
//
// Use: in Traccar Client set the server's address to the person's presence link followed by "traccar"; in GPSLogger set the custom
// address to the link followed by "gpslogger?lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&spd=%SPD&batt=%BATT".
//
// Sources: traccar.org/osmand, traccar-client 9's JSON, gpslogger.app's custom address. No error holds a coordinate.
package traccar

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// ErrPosition says that a request holds no position as these apps send them.
var ErrPosition = errors.New("not a position")

// maxBody bounds what is read; real messages have a few hundred bytes.
const maxBody = 64 << 10

// Decode reads one request: its query and form, or, when these hold no position, its body as JSON. Now is the time of a position that has
// none of its own. ok is false, without an error, for a request without content and for a position that the app itself calls invalid.
func Decode(form url.Values, body []byte, now time.Time) (fix model.Fix, ok bool, err error) {
	if first(form, "lat", "latitude", "location") != "" {
		return fromForm(form, now)
	}
	if len(body) == 0 && len(form) == 0 {
		return fix, false, nil
	}
	return fromJSON(body, now)
}

func first(form url.Values, keys ...string) string {
	for _, k := range keys {
		if v := strings.TrimSpace(form.Get(k)); v != "" {
			return v
		}
	}
	return ""
}

// fromForm reads OsmAnd's and GPSLogger's parameters; speed is in knots with OsmAnd's name, in m/s with GPSLogger's.
func fromForm(form url.Values, now time.Time) (fix model.Fix, ok bool, err error) {
	if v := form.Get("valid"); v == "false" || v == "0" {
		return fix, false, nil
	}
	lat, lon := first(form, "lat", "latitude"), first(form, "lon", "lng", "longitude")
	if both := form.Get("location"); both != "" {
		lat, lon, _ = strings.Cut(both, ",")
	}
	var p position
	for _, f := range []struct {
		name, text string
		into       *float64
		must       bool
		scale      float64
	}{
		{"lat", lat, &p.lat, true, 1}, {"lon", lon, &p.lon, true, 1},
		{"accuracy", first(form, "accuracy", "acc"), &p.accuracy, false, 1},
		{"speed", form.Get("speed"), &p.speed, false, 0.514444}, {"spd", form.Get("spd"), &p.speed, false, 1},
		{"batt", first(form, "batt", "battery"), &p.battery, false, 1},
	} {
		if f.text == "" && !f.must {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(f.text), 64)
		if err != nil {
			return fix, false, fmt.Errorf("%w: %s is no number", ErrPosition, f.name)
		}
		*f.into = v * f.scale
	}
	if p.at, err = moment(first(form, "timestamp", "time"), now); err != nil {
		return fix, false, err
	}
	return p.fix()
}

// moment is a time in seconds or milliseconds since 1970, or in ISO 8601.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if n > 1e11 {
			n /= 1000
		}
		if !(n >= 1 && n <= latest) {
			return now, fmt.Errorf("%w: timestamp is no time", ErrPosition)
		}
		return time.Unix(int64(n), 0).UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z0700", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil && t.Unix() >= 1 && t.Unix() <= latest {
			return t.UTC(), nil
		}
	}
	return now, fmt.Errorf("%w: timestamp is no time", ErrPosition)
}

// latest is the last second of the year 2199.
const latest = 7_258_118_399

// message is Traccar Client's JSON, version 9 and later.
type message struct {
	Location *struct {
		Timestamp json.RawMessage `json:"timestamp"` // ISO 8601, or milliseconds
		Coords    struct {
			Latitude  *float64 `json:"latitude"`
			Longitude *float64 `json:"longitude"`
			Accuracy  float64  `json:"accuracy"`
			Speed     float64  `json:"speed"` // m/s; negative when not known
		} `json:"coords"`
		Battery struct {
			Level float64 `json:"level"` // 0 to 1; negative when not known
		} `json:"battery"`
	} `json:"location"`
}

func fromJSON(body []byte, now time.Time) (fix model.Fix, ok bool, err error) {
	var m message
	switch {
	case len(body) > maxBody:
		return fix, false, fmt.Errorf("%w: it has %d bytes, expected at most %d", ErrPosition, len(body), maxBody)
	case json.Unmarshal(body, &m) != nil:
		return fix, false, fmt.Errorf("%w: neither lat and lon nor JSON of Traccar Client", ErrPosition)
	case m.Location == nil:
		return fix, false, fmt.Errorf("%w: location is missing", ErrPosition)
	case m.Location.Coords.Latitude == nil || m.Location.Coords.Longitude == nil:
		return fix, false, fmt.Errorf("%w: latitude or longitude is missing", ErrPosition)
	}
	c := m.Location.Coords
	p := position{lat: *c.Latitude, lon: *c.Longitude, accuracy: c.Accuracy, speed: c.Speed, battery: 100 * m.Location.Battery.Level}
	if p.at, err = moment(strings.Trim(string(m.Location.Timestamp), `" `), now); err != nil {
		return fix, false, err
	}
	return p.fix()
}

// position is what was read, in metres and metres a second.
type position struct {
	lat, lon, accuracy, speed, battery float64
	at                                 time.Time
}

func (p position) fix() (model.Fix, bool, error) {
	// written so that NaN fails as well
	if !(math.Abs(p.lat) <= 90 && math.Abs(p.lon) <= 180) {
		return model.Fix{}, false, fmt.Errorf("%w: lat or lon is out of range", ErrPosition)
	}
	if !(p.accuracy >= 0 && p.accuracy < 1e7) {
		return model.Fix{}, false, fmt.Errorf("%w: accuracy is no radius in metres", ErrPosition)
	}
	f := model.Fix{At: p.at, Latitude: p.lat, Longitude: p.lon, AccuracyM: p.accuracy}
	if p.speed > 0 && p.speed < 350 {
		f.SpeedMS = p.speed
	}
	if p.battery > 0 && p.battery <= 100 {
		f.BatteryPct = p.battery
	}
	return f, true, nil
}
