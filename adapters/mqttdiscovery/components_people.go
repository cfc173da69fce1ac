package mqttdiscovery

import (
	"cmp"
	"fmt"
	"time"

	"github.com/concord-home/hub/model"
)

// People takes what trackers tell: where one is, or whether it is at home. Whose a tracker is, the household says.
type People interface {
	Located(tracker string, f model.Fix)
	Associated(tracker string, connected bool)
}

// tracker is a component that follows a person: a phone, a tag, a car.
type tracker struct {
	id           string // "mqtt/li_phone"
	state, where string // topics; "" where there is none
	home         func(m *message) (home, ok bool)
	fix          func(m *message) (model.Fix, bool)
}

// deviceTracker says where somebody is: by its own word, home or not, or by a position among its attributes.
func deviceTracker(b *builder, e *entity) {
	render, err := renderer(e.c.text("value_template"))
	place, err2 := renderer(e.c.text("json_attributes_template"))
	if err = cmp.Or(err, err2); err != nil {
		b.thing.omit(e.id, err)
		return
	}
	t := tracker{id: "mqtt/" + cmp.Or(slug(e.c.text("unique_id")), slug(e.id)), state: e.c.text("state_topic"), where: e.c.text("json_attributes_topic")}
	yes, reset := e.c.or("payload_home", "home"), e.c.or("payload_reset", "None")
	t.home = func(m *message) (bool, bool) {
		text, ok := render(m)
		return text == yes, ok && text != reset // any other word is a place that is not home
	}
	t.fix = func(m *message) (model.Fix, bool) {
		text, ok := place(m)
		if !ok {
			return model.Fix{}, false
		}
		at := &message{payload: []byte(text)}
		latitude, ok1 := float(at.member("latitude"))
		longitude, ok2 := float(at.member("longitude"))
		accuracy, _ := float(at.member("gps_accuracy"))
		battery, _ := float(cmp.Or(at.member("battery_level"), at.member("battery")))
		return model.Fix{Latitude: latitude, Longitude: longitude, AccuracyM: max(accuracy, 0), BatteryPct: min(max(battery, 0), 100)},
			ok1 && ok2 && latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180
	}
	if t.state == "" && t.where == "" {
		b.thing.omit(e.id, fmt.Errorf("it has neither a state_topic nor a json_attributes_topic"))
		return
	}
	b.thing.trackers = append(b.thing.trackers, t)
}

// tell passes on what a message says of people. A position that the broker remembers has no time, and is none.
func (a *Adapter) tell(l *live, m *message) {
	if a.o.People == nil {
		return
	}
	for _, t := range l.trackers {
		if t.where == m.topic && !m.retained {
			if f, ok := t.fix(m); ok {
				f.At = a.o.Now()
				a.o.People.Located(t.id, f)
				l.located = true
			}
		}
		if t.state == m.topic && !l.located { // a position says more
			if home, ok := t.home(m); ok {
				a.o.People.Associated(t.id, home)
			}
		}
	}
}

// picture tells when a camera's last picture came, or where it is: the pictures themselves stay in the broker.
func picture(b *builder, e *entity) {
	if topic := e.c.text("url_topic"); topic != "" {
		b.attribute(e, model.Attribute("measurement."+cmp.Or(e.key, "picture")), plain(), "url_topic", "url_template", "", "", labelled(e, model.TypeString))
		return
	}
	topic := cmp.Or(e.c.text("image_topic"), e.c.text("topic"))
	if topic == "" {
		b.thing.omit(e.id, fmt.Errorf("it has no topic"))
		return
	}
	p := &point{property: property(model.Attribute("measurement."+cmp.Or(e.key, "picture")), model.AccessRead), topic: topic, read: func(m *message) model.Value {
		if len(m.payload) == 0 || m.at.IsZero() {
			return model.Value{}
		}
		return model.Time(m.at)
	}}
	labelled(e, model.TypeTime)(&p.property)
	b.put(e, p)
}

func labelled(e *entity, kind model.Type) func(*model.Property) {
	return func(p *model.Property) {
		p.Type, p.Label, p.Category = kind, model.Text{En: cmp.Or(e.c.text("name"), e.key)}, e.c.text("entity_category")
	}
}

// dated is a date ("2026-11-26"), a time of day ("07:30:00") or both, as its device writes it.
func dated(layouts ...string) func(*builder, *entity) {
	return func(b *builder, e *entity) {
		is := func(text string) bool {
			for _, l := range layouts {
				if _, err := time.Parse(l, text); err == nil {
					return true
				}
			}
			return false
		}
		conv := conversion{func(text string) model.Value {
			if !is(text) {
				return model.Value{}
			}
			return model.String(text)
		}, func(v model.Value) (string, error) {
			if s, ok := v.Text(); ok && is(s) {
				return s, nil
			}
			return "", refuse(v, "as in "+layouts[0])
		}}
		b.longTail(e, conv, kindOf(model.TypeString))
	}
}
