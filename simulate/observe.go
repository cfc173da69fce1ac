package simulate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters/owntracks"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func prop(a model.Attribute, access model.Access) model.Property {
	p := *model.LookupAttribute(a)
	p.Access = access
	return p
}

// addZone describes a zone's thermostat.
func (x *House) addZone(name string, m initLine) error {
	zone := m.Zones[name]
	z := &zoneDevice{source: model.SourceID("simulate/" + name), attr: model.AttrThermostatHeatSetpoint, last: map[model.Attribute]model.Value{}, mode: zone.Mode}
	if zone.Mode == "cool" {
		z.attr = model.AttrThermostatCoolSetpoint
	}
	setpoint := prop(z.attr, model.AccessWrite)
	setpoint.Min, setpoint.Max, setpoint.Step = zone.Min, zone.Max, 0.1
	props := []model.Property{setpoint, prop(model.AttrThermostatMode, model.AccessWrite)}
	for _, a := range []model.Attribute{model.AttrThermostatLocalTemperature, model.AttrThermostatRunning, model.AttrThermostatWindowOpen,
		model.AttrThermostatOutdoorTemperature, model.AttrHumidityPercent} {
		props = append(props, prop(a, model.AccessRead))
	}
	x.zones[name] = z
	return x.describe(z.source, name, props)
}

func (x *House) describe(s model.SourceID, name string, props []model.Property) error {
	return x.apply(home.Described{Description: model.Description{Source: s, Name: name,
		Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Properties: props}}}})
}

// observe takes an obs line and answers with what the house does about it.
func (x *House) observe(m obsLine) (answerLine, error) {
	clear(x.asked)
	t := time.Unix(m.T, 0).UTC()
	if t.Before(x.now) {
		return answerLine{}, fmt.Errorf("obs: t %d lies before the last", m.T)
	}
	if err := x.until(t); err != nil {
		return answerLine{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Zones)) {
		if err := x.readZone(name, m); err != nil {
			return answerLine{}, err
		}
	}
	if err := x.endMotion(); err != nil {
		return answerLine{}, err
	}
	for _, msg := range m.Messages {
		if err := x.message(msg.Topic, msg.Payload); err != nil {
			return answerLine{}, fmt.Errorf("%s: %w", msg.Topic, err)
		}
	}
	return x.answer(), nil
}

// readZone reports what of a zone is another than before.
func (x *House) readZone(name string, m obsLine) error {
	z, ok := x.zones[name]
	if !ok {
		return fmt.Errorf("obs: there is no zone %q", name)
	}
	o := m.Zones[name]
	var news []model.Reading
	add := func(a model.Attribute, v model.Value, always bool) {
		if always || z.last[a] != v {
			z.last[a] = v
			news = append(news, reading(a, v))
		}
	}
	number := func(a model.Attribute, v *float64, always bool) {
		if v != nil {
			add(a, model.Number(*v), always)
		}
	}
	number(model.AttrThermostatOutdoorTemperature, m.Outdoor.Temp, m.T%600 == 0)
	if o.TempT != z.tempT {
		z.tempT = o.TempT
		number(model.AttrThermostatLocalTemperature, o.Temp, true)
		number(model.AttrHumidityPercent, o.Humidity, false)
	}
	number(z.attr, o.Setpoint, false)
	if o.Mode != "" {
		add(model.AttrThermostatMode, model.String(o.Mode), false)
	}
	if o.Window != nil {
		add(model.AttrThermostatWindowOpen, model.Bool(*o.Window), false)
	}
	if len(news) == 0 {
		return nil
	}
	return x.report(z.source, news...)
}

// message decodes one message as its live adapter does.
func (x *House) message(topic string, payload json.RawMessage) error {
	kind, rest, _ := strings.Cut(topic, "/")
	switch kind {
	case "owntracks":
		h, err := owntracks.Decode(topic, payload, "")
		switch {
		case err != nil:
			return err
		case h.Fix != nil:
			return x.apply(home.Located{Tracker: h.Tracker, Fix: *h.Fix})
		case h.Regions != nil:
			return x.apply(home.RegionsTold{Tracker: h.Tracker, Regions: *h.Regions})
		}
		return nil
	case "router":
		var m struct {
			Connected bool `json:"connected"`
		}
		if err := json.Unmarshal(payload, &m); err != nil {
			return err
		}
		return x.apply(home.Associated{Tracker: topic, Connected: m.Connected})
	case "motion", "door":
		return x.sensor(kind, rest, payload)
	}
	return nil // what no adapter listens to
}

// hit is a motion under way.
type hit struct {
	source model.SourceID
	over   time.Time
}

// sensor reports a motion sensor or a door's contact, described when it is first heard.
func (x *House) sensor(kind, name string, payload json.RawMessage) error {
	s := model.SourceID("simulate/" + kind + "-" + name)
	a := model.AttrOccupancyOccupied
	if kind == "door" {
		a = model.AttrContactOpen
	}
	if !x.seen[string(s)] {
		x.seen[string(s)] = true
		if err := x.introduce(s, kind, a); err != nil {
			return err
		}
	}
	var m struct {
		Occupancy *bool `json:"occupancy"`
		Contact   *bool `json:"contact"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return err
	}
	switch {
	case kind == "motion" && m.Occupancy != nil:
		if *m.Occupancy {
			x.ends = append(x.ends, hit{s, x.now.Add(time.Minute)})
		}
		return x.report(s, reading(a, model.Bool(*m.Occupancy)))
	case kind == "door" && m.Contact != nil:
		return x.report(s, reading(a, model.Bool(!*m.Contact)))
	}
	return nil
}

func (x *House) introduce(s model.SourceID, kind string, a model.Attribute) error {
	if err := x.describe(s, string(s), []model.Property{prop(a, model.AccessRead)}); err != nil {
		return err
	}
	if err := x.report(s, reading(a, model.Bool(false))); err != nil || kind != "door" {
		return err
	}
	return x.apply(home.Assigned{Device: x.ids[""], Roles: []string{"front door"}})
}

// endMotion reports motions as over, as sensors do.
func (x *House) endMotion() error {
	for len(x.ends) > 0 && !x.ends[0].over.After(x.now) {
		s := x.ends[0].source
		x.ends = x.ends[1:]
		if slices.ContainsFunc(x.ends, func(h hit) bool { return h.source == s }) {
			continue
		}
		if err := x.report(s, reading(model.AttrOccupancyOccupied, model.Bool(false))); err != nil {
			return err
		}
	}
	return nil
}

// answer is what the zones were asked for in this step, and what the house thinks.
func (x *House) answer() answerLine {
	var a answerLine
	for name, c := range x.asked {
		if a.Zones == nil {
			a.Zones = map[string]zoneAnswer{}
		}
		a.Zones[name] = zoneAnswer{Setpoint: c, Mode: x.zones[name].mode}
	}
	a.Info = x.think()
	return a
}

// think tells who is where. The house's mind is read every five minutes, and when it acts.
func (x *House) think() *infoAnswer {
	if x.info != nil && x.now.Sub(x.infoAt) < time.Minute {
		return x.info
	}
	x.infoAt = x.now
	info := &infoAnswer{Occupancy: "away"}
	for _, id := range append(slices.Clone(x.persons), home.Somebody) {
		p := x.home.PresenceNow(id)
		switch p.State {
		case "home", "just_left":
			info.Occupancy, info.ETA = "home", 0
			x.info = info
			return info
		case "":
			continue
		}
		if !p.ETA.IsZero() && (info.ETA == 0 || p.ETA.Unix() < info.ETA) {
			info.ETA = p.ETA.Unix()
		}
		if p.State == "arriving" {
			info.Occupancy = p.State
		}
	}
	x.info = info
	return info
}
