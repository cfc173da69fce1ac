package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// What the words of a script's lines do.

func (p *player) happen(f []string) error {
	person := p.isPerson(f[0])
	switch {
	case f[0] == "mode" && len(f) == 2:
		return p.sim.apply(home.ModeSet{Mode: f[1], Cause: &model.Cause{Kind: model.CausePerson, Via: "test"}})
	case f[0] == "run":
		id := p.script.Order[0]
		if len(f) > 1 {
			id = f[1]
		}
		return p.sim.apply(home.SceneAsked{ID: id, Cause: &model.Cause{Kind: model.CausePerson, Via: "test"}})
	case f[0] == "webhook" && len(f) == 2:
		return p.sim.apply(home.WebhookCalled{Name: f[1], Cause: &model.Cause{Kind: model.CauseProgram, Via: "test"}})
	case f[0] == "topic" && len(f) > 1:
		return p.sim.apply(home.TopicHeard{Topic: f[1], Payload: strings.Join(f[2:], " ")})
	case f[0] == "restart":
		return p.restart()
	case f[0] == "nothing":
		return nil
	case person && len(f) > 3 && f[1] == "sets":
		return p.sets(f[0], f[2:])
	case person && len(f) > 1:
		return p.moves(f[0], strings.Join(f[1:], ""))
	case p.devices[f[0]] != "" && len(f) > 1:
		return p.reports(f[0], f[1:])
	}
	return fmt.Errorf("%q is no device or person of the script, nor mode, run, webhook, topic or restart", f[0])
}

func (p *player) isPerson(name string) bool {
	for _, x := range p.sim.h.View().People() {
		if string(x.ID) == name {
			return true
		}
	}
	return false
}

// restart is a kill and a start from what was kept.
func (p *player) restart() error {
	b, err := p.sim.h.View().Encode()
	if err != nil {
		return err
	}
	if p.sim.h, err = home.Restore(b, scenes.New(scenes.Zones(p.script.Zones)), presence.New()); err != nil {
		return err
	}
	clear(p.sim.due)
	p.sim.timers = nil
	return p.sim.apply(home.Started{})
}

// moves puts a person's phone so far north of home: "6km", "0m".
func (p *player) moves(who, far string) error {
	number, scale := strings.TrimSuffix(far, "m"), 1.0
	if n, ok := strings.CutSuffix(far, "km"); ok {
		number, scale = n, 1000
	}
	metres, err := strconv.ParseFloat(number, 64)
	place, known := p.sim.h.View().Place()
	if err != nil || !known {
		return errors.New("expected a distance from home such as 6 km, and a place line before")
	}
	const metresPerDegree = 111_195
	return p.sim.apply(home.Located{Tracker: "test/" + who, Fix: model.Fix{At: p.sim.now, Latitude: place.Latitude + metres*scale/metresPerDegree, Longitude: place.Longitude, AccuracyM: 20}})
}

func (p *player) sets(who string, f []string) error {
	a, v, err := p.value(f[0], f[1:])
	if err != nil {
		return err
	}
	p.sent-- // it is the person's, not a scene's
	return p.sim.apply(home.Asked{Ask: home.Ask{ID: model.CommandID(fmt.Sprintf("test-%d", p.sim.seq)), Device: p.devices[f[0]],
		Writes: []model.Write{{Attribute: a, Value: v}}, Cause: &model.Cause{Kind: model.CausePerson, Who: who, Via: "test"}}})
}

func (p *player) reports(name string, f []string) error {
	source := model.SourceID("test/" + name)
	switch f[0] {
	case "unreachable":
		return p.sim.apply(home.Reached{Source: source, Why: "the device does not answer"})
	case "reachable":
		return p.sim.apply(home.Reached{Source: source, Reachable: true})
	case "deaf":
		p.deaf[source] = true
		return nil
	case "press", "ring":
		for _, e := range p.kind[name].events {
			if !strings.HasSuffix(string(e), "."+f[0]) {
				continue
			}
			args := map[string]model.Value{}
			if f[0] == "press" {
				args["action"], args["button"] = model.String("single"), model.String("1")
			}
			if len(f) > 1 {
				args["action"] = model.String(f[1])
			}
			return p.sim.apply(home.Happened{Happening: model.Happening{Source: source, Endpoint: model.MainEndpoint, Event: e, Args: args}})
		}
		return fmt.Errorf("%s sends no %s", name, f[0])
	}
	a, v, err := p.value(name, f)
	if err != nil {
		return err
	}
	return p.sim.apply(home.Reported{Source: source, Readings: []model.Reading{{Endpoint: model.MainEndpoint, Attribute: a, Value: v}}})
}

// value reads "on", "21.5", "level.level 30%": the attribute and what it is.
func (p *player) value(name string, f []string) (model.Attribute, model.Value, error) {
	k, ok := p.kind[name]
	if !ok {
		return "", model.Value{}, fmt.Errorf("%q is no device of the script", name)
	}
	a := k.attributes[0]
	if len(f) > 1 {
		a, f = model.Attribute(f[0]), f[1:]
	}
	prop := p.sim.h.View().Device(p.devices[name]).Property(home.Slot{Endpoint: model.MainEndpoint, Attribute: a})
	if prop == nil || len(f) != 1 {
		return a, model.Value{}, fmt.Errorf("%s has no %s; it has %v", name, a, k.attributes)
	}
	v := model.String(f[0])
	switch prop.Type {
	case model.TypeBool:
		b, ok := words[f[0]]
		if !ok {
			return a, v, fmt.Errorf("%q is no truth; expected on, off, open, closed, occupied, clear, true or false", f[0])
		}
		v = model.Bool(b)
	case model.TypeInt, model.TypeFloat:
		var n float64
		if json.Unmarshal([]byte(strings.TrimRight(f[0], "%°CKWlxm")), &n) != nil {
			return a, v, fmt.Errorf("%q is no number", f[0])
		}
		v = model.Number(n)
	}
	v, err := prop.Check(v)
	return a, v, err
}

func fail(format string, args ...any) error { return &Failure{Detail: fmt.Sprintf(format, args...)} }

func (p *player) expect(f []string) error {
	if len(f) == 0 {
		return errors.New("expected what is expected")
	}
	within, f, err := p.tail(f, "within")
	if err != nil {
		return err
	}
	during, f, err := p.tail(f, "for")
	if err != nil {
		return err
	}
	switch {
	case f[0] == "nothing":
		before := p.sent
		p.sim.until(p.sim.now.Add(during))
		if p.sent != before {
			return fail("%d commands were sent: %s", p.sent-before, strings.Join(p.report.Log[max(0, len(p.report.Log)-3):], "; "))
		}
		return nil
	case f[0] == "notice":
		text := strings.Join(f[1:], " ")
		return p.await(within, func() string {
			for _, n := range p.notices {
				if strings.Contains(n, text) {
					return ""
				}
			}
			return fmt.Sprintf("no such notice; there were %q", p.notices)
		})
	case f[0] == "mode" && len(f) == 2:
		return p.await(within, func() string { return differs(p.sim.h.View().Surroundings().Mode.Name, f[1]) })
	case f[0] == "outcome" && len(f) == 2:
		return p.await(within, func() string {
			all := p.sim.h.View().Evaluations(p.script.Order[0])
			if len(all) == 0 {
				return "the scene was not triggered"
			}
			return differs(string(all[len(all)-1].Outcome), f[1])
		})
	case len(f) < 2:
		return errors.New("expected a device and its value")
	case f[1] == "stays":
		return p.stays(f[0], f[2:], during)
	}
	a, want, err := p.value(f[0], f[1:])
	if err != nil {
		return err
	}
	return p.await(within, func() string { return differs(p.is(f[0], a).String(), want.String()) })
}

func (p *player) is(name string, a model.Attribute) model.Value {
	return p.sim.h.Value(p.devices[name], home.Slot{Endpoint: model.MainEndpoint, Attribute: a})
}

func (p *player) stays(name string, f []string, during time.Duration) error {
	a, want, err := p.value(name, f)
	if err != nil {
		return err
	}
	end := p.sim.now.Add(during)
	for {
		if is := p.is(name, a); is != want {
			return fail("it is %s at %s", is, p.sim.now.In(p.loc).Format("15:04:05"))
		}
		if !p.sim.now.Before(end) {
			return nil
		}
		p.sim.until(p.next(end))
	}
}

// await lets time pass until a check finds nothing to say, at most for a while.
func (p *player) await(within time.Duration, check func() string) error {
	end := p.sim.now.Add(within)
	for {
		problem := check()
		if problem == "" {
			return nil
		}
		if !p.sim.now.Before(end) {
			return fail("%s", problem)
		}
		p.sim.until(p.next(end))
	}
}

// next is when something may happen next, at most a moment.
func (p *player) next(end time.Time) time.Time {
	if p.sim.timers.Len() > 0 && p.sim.timers[0].at.Before(end) {
		return p.sim.timers[0].at
	}
	return end
}

func differs(is, want string) string {
	if is == want {
		return ""
	}
	return "it is " + is
}

// tail cuts "within 5s" off the end of a line.
func (p *player) tail(f []string, word string) (time.Duration, []string, error) {
	if len(f) < 3 || f[len(f)-2] != word {
		return 0, f, nil
	}
	d, err := time.ParseDuration(f[len(f)-1])
	if err != nil || d < 0 {
		return 0, f, fmt.Errorf("expected a duration such as 5s after %s", word)
	}
	return d, f[:len(f)-2], nil
}
