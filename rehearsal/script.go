package rehearsal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenefile"
	"github.com/concord-home/hub/scenes"
)

// A test script is lines of words; # begins a comment. It declares a small house, says what happens and what is expected:
//
//	zone Europe/Berlin                     place 52.52 13.40        date 2026-01-05
//	person li
//	device hall.motion motion              device hall.lamp light as ceiling light
//	given hall.lamp off                    given mode night         given li 6 km
//	at 17:40 hall.motion occupied          after 5m hall.motion clear
//	at 17:40 hall.button press double      at 18:00 mode night      at 18:00 li 0 m
//	at 18:00 li sets hall.lamp off         at 18:00 run             at 18:00 run other
//	at 18:00 webhook bell                  at 18:00 topic bell/ring 1
//	at 18:00 hall.lamp unreachable         at 18:00 hall.lamp deaf  at 18:00 restart
//	expect hall.lamp on within 1s          expect hall.lamp level.level 30%
//	expect hall.lamp stays off for 10m     expect nothing for 10m
//	expect notice door within 5s           expect mode night        expect outcome condition
//
// A bare value is of a device's first attribute. The time after "at" is the next such time of day.

// Script is a test of scenes.
type Script struct {
	Text string
	// Scenes are the scenes' texts by id; the first of Order is the one that a bare "run" and "outcome" mean.
	Scenes map[string][]byte
	Order  []string
	Zones  Zones
}

// Failure is a line of a script that did not come true.
type Failure struct {
	Line   int    `json:"line"`
	Text   string `json:"text"`
	Detail string `json:"detail"`
}

func (f *Failure) Error() string { return fmt.Sprintf("line %d: %s: %s", f.Line, f.Text, f.Detail) }

// Report is what became of a script.
type Report struct {
	Checked int `json:"checked"` // expectations
	// Log is what happened: "17:40:00 hall.lamp on_off.on=true".
	Log     []string `json:"log"`
	Failure *Failure `json:"failure,omitempty"`
}

// Run runs the script up to the first line that does not come true. An error says what is wrong with the script
// or a scene; a line that fails is in the report.
func (s Script) Run() (*Report, error) {
	p := &player{script: s, devices: map[string]model.DeviceID{}, kind: map[string]kind{}, names: map[model.DeviceID]string{}, deaf: map[model.SourceID]bool{}, loc: time.UTC}
	p.sim = newSim(home.New(scenes.New(scenes.Zones(s.Zones)), presence.New()), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	p.sim.obeys = func(c model.Command) bool { return !p.deaf[c.Source] }
	p.sim.saw = p.saw
	lines := strings.Split(s.Text, "\n")
	for n, text := range lines {
		line, _, _ := strings.Cut(text, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		err := p.line(f)
		var failed *Failure
		switch {
		case errors.As(err, &failed):
			failed.Line, failed.Text = n+1, strings.TrimSpace(line)
			p.report.Failure = failed
			return &p.report, nil
		case err != nil:
			return nil, fmt.Errorf("line %d: %s: %w", n+1, strings.TrimSpace(line), err)
		}
	}
	if p.report.Checked == 0 {
		return nil, errors.New("the script expects nothing: add an expect line")
	}
	return &p.report, nil
}

type player struct {
	script  Script
	sim     *sim
	loc     *time.Location
	devices map[string]model.DeviceID
	kind    map[string]kind
	names   map[model.DeviceID]string
	deaf    map[model.SourceID]bool
	began   bool // the scenes are in the house
	sent    int
	notices []string
	report  Report
}

func (p *player) line(f []string) error {
	switch f[0] {
	case "zone", "place", "date", "person", "device", "given":
		if p.began {
			return fmt.Errorf("%s stands before the first at, after and expect", f[0])
		}
		return p.declare(f)
	}
	if err := p.begin(); err != nil {
		return err
	}
	switch f[0] {
	case "at", "after":
		if len(f) < 3 {
			return errors.New("expected a time and what happens then")
		}
		if err := p.pass(f[0], f[1]); err != nil {
			return err
		}
		return p.happen(f[2:])
	case "expect":
		p.report.Checked++
		return p.expect(f[1:])
	}
	return fmt.Errorf("no line begins with %q; expected zone, place, date, person, device, given, at, after or expect", f[0])
}

func (p *player) declare(f []string) error {
	if len(f) < 2 {
		return errors.New("something is missing")
	}
	switch f[0] {
	case "zone":
		loc, err := p.script.Zones(f[1])
		if err != nil {
			return fmt.Errorf("there is no time zone %q", f[1])
		}
		here := p.sim.now.In(p.loc)
		p.loc = loc
		p.sim.now = time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, loc).UTC()
		return p.sim.apply(home.ZoneSet{Zone: f[1]})
	case "date":
		day, err := time.ParseInLocation(time.DateOnly, f[1], p.loc)
		if err != nil {
			return errors.New("expected a date such as 2026-01-05")
		}
		p.sim.now = day.UTC()
		return nil
	case "place":
		lat, err1 := strconv.ParseFloat(f[1], 64)
		long, err2 := strconv.ParseFloat(f[len(f)-1], 64)
		if err1 != nil || err2 != nil || len(f) != 3 {
			return errors.New("expected a latitude and a longitude")
		}
		return p.sim.apply(home.PlaceSet{Place: home.Place{Latitude: lat, Longitude: long, RadiusM: 150}})
	case "person":
		return p.sim.apply(home.PersonSet{Person: home.Person{ID: home.PersonID(f[1]), Name: f[1], Role: "adult", Trackers: []string{"test/" + f[1]}}})
	case "device":
		return p.device(f[1:])
	}
	return p.happen(f[1:]) // given
}

// device declares "hall.motion motion", with a role after "as". Its room is what stands before the point.
func (p *player) device(f []string) error {
	if len(f) < 2 {
		return errors.New("expected a name and a kind")
	}
	k, ok := kinds[f[1]]
	if !ok {
		return fmt.Errorf("there is no kind of device %q; expected one of %s", f[1], strings.Join(sortedKinds(), ", "))
	}
	name := f[0]
	source := model.SourceID("test/" + name)
	d := model.EndpointDescription{ID: model.MainEndpoint, Type: k.typ}
	for _, a := range k.attributes {
		d.Properties = append(d.Properties, *model.LookupAttribute(a))
	}
	for _, e := range k.events {
		d.Events = append(d.Events, model.EventInfo{Event: e})
	}
	if err := p.sim.apply(home.Described{Description: model.Description{Source: source, Name: name, Type: k.typ, Endpoints: []model.EndpointDescription{d}}}); err != nil {
		return err
	}
	id := p.sim.h.View().Source(source).Device
	p.devices[name], p.kind[name], p.names[id] = id, k, name
	if room, _, ok := strings.Cut(name, "."); ok {
		if err := p.sim.apply(home.RoomSet{Room: home.Room{ID: home.RoomID(room), Names: map[string]string{"": room}}}); err != nil {
			return err
		}
		if err := p.sim.apply(home.Placed{Device: id, Room: home.RoomID(room)}); err != nil {
			return err
		}
	}
	if len(f) > 3 && f[2] == "as" {
		return p.sim.apply(home.Assigned{Device: id, Roles: []string{strings.Join(f[3:], " ")}})
	}
	return nil
}

func sortedKinds() []string {
	var out []string
	for k := range kinds {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// begin puts the scenes into the declared house. One may run another, so those that run none come first.
func (p *player) begin() error {
	if p.began {
		return nil
	}
	p.began = true
	names := scenefile.NamesOf(p.sim.h.View())
	left := slices.Clone(p.script.Order)
	for len(left) > 0 {
		var later []string
		var last error
		for _, id := range left {
			file, err := scenefile.Parse(p.script.Scenes[id], names)
			if err != nil {
				return fmt.Errorf("scene %s: %w", id, err)
			}
			if err := p.sim.apply(home.SceneSet{ID: id, Document: file.Document}); err != nil {
				later, last = append(later, id), fmt.Errorf("scene %s: %w", id, file.Locate(err))
			}
		}
		if len(later) == len(left) {
			return last
		}
		left = later
	}
	return nil
}

// pass moves the clock: at the next such time of day, or after a while.
func (p *player) pass(word, when string) error {
	if word == "after" {
		d, err := time.ParseDuration(when)
		if err != nil || d < 0 {
			return errors.New(`expected a duration such as 5m`)
		}
		p.sim.until(p.sim.now.Add(d))
		return nil
	}
	layout := "15:04"
	if strings.Count(when, ":") == 2 {
		layout = "15:04:05"
	}
	clock, err := time.Parse(layout, when)
	if err != nil {
		return errors.New("expected a time of day such as 17:40")
	}
	here := p.sim.now.In(p.loc)
	at := time.Date(here.Year(), here.Month(), here.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, p.loc)
	if at.Before(p.sim.now) {
		at = time.Date(here.Year(), here.Month(), here.Day()+1, clock.Hour(), clock.Minute(), clock.Second(), 0, p.loc)
	}
	p.sim.until(at.UTC())
	return nil
}

func (p *player) saw(e home.Effect) {
	at := p.sim.now.In(p.loc).Format("15:04:05 ")
	switch e := e.(type) {
	case home.Send:
		p.sent++
		line := at + strings.TrimPrefix(string(e.Command.Source), "test/")
		for _, w := range e.Command.Writes {
			line += fmt.Sprintf(" %s=%s", w.Attribute, w.Value)
		}
		if e.Command.Action != "" {
			line += " " + string(e.Command.Action)
		}
		p.report.Log = append(p.report.Log, line)
	case home.Notified:
		for _, t := range e.Notice.Texts {
			p.notices = append(p.notices, t)
		}
		p.report.Log = append(p.report.Log, at+"notice "+e.Notice.Texts[""])
	case home.Refused:
		p.report.Log = append(p.report.Log, at+"refused: "+e.Why)
	case home.SceneRan:
		for _, problem := range e.Problems {
			p.report.Log = append(p.report.Log, at+e.Scene+": "+problem)
		}
	}
}
