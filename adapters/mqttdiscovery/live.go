package mqttdiscovery

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

type held struct {
	payload  []byte
	retained bool
}

// live is a thing that is followed.
type live struct {
	*thing
	byTopic map[string][]int // points
	values  []model.Value    // what each point said last
	memory  []bool           // and whether that was a memory only
	heard   []time.Time      // and when
	present map[string]bool
	asked   time.Time // the last command
	located bool      // its tracker told a position
	reach   *bool
}

// follows are the topics that say something of the thing.
func (l *live) follows() map[string]bool {
	out := map[string]bool{}
	for topic := range l.byTopic {
		out[topic] = true
	}
	for _, t := range l.triggers {
		out[t.topic] = true
	}
	for _, p := range l.thing.presence {
		out[p.topic] = true
	}
	for _, t := range l.trackers {
		for _, topic := range []string{t.state, t.where} {
			if topic != "" && !strings.ContainsAny(topic, "+#") {
				out[topic] = true
			}
		}
	}
	return out
}

// message handles what is followed.
func (a *Adapter) message(in adapters.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.homieAttribute(in) {
		return
	}
	to := a.topics[in.Topic]
	if len(to) == 0 {
		return
	}
	if len(in.Payload) <= maxHeld {
		a.last[in.Topic] = held{slices.Clone(in.Payload), in.Retained}
	}
	m := &message{topic: in.Topic, payload: in.Payload, retained: in.Retained, at: a.o.Now()}
	for _, l := range to {
		a.hear(l, m)
	}
}

// hear takes from a message what it says of a thing, under the lock.
func (a *Adapter) hear(l *live, m *message) {
	a.hearPresence(l, m)
	a.tell(l, m)
	var readings []model.Reading
	pending := !l.asked.IsZero() && a.o.Now().Sub(l.asked) < pendingFor
	for _, i := range l.byTopic[m.topic] {
		p := l.points[i]
		v := p.read(m)
		if !v.IsUnknown() {
			l.heard[i] = a.o.Now()
		}
		if v.IsUnknown() || v == l.values[i] && !pending && l.memory[i] == m.retained {
			continue
		}
		r := model.Reading{Endpoint: p.endpoint, Attribute: p.property.Attribute, Value: v}
		if m.retained { // the broker's memory: the device's word as long as it says whether it is there, else only remembered
			r.CaughtUp = true
			if len(l.thing.presence) == 0 {
				r.Quality = model.Restored
			}
		}
		l.values[i], l.memory[i] = v, m.retained
		readings = append(readings, r)
	}
	if len(readings) > 0 {
		a.hub.Report(l.description.Source, readings)
	}
	if m.retained {
		return
	}
	for _, t := range l.triggers {
		if t.topic != m.topic {
			continue
		}
		if args, ok := t.read(m); ok {
			a.hub.Happened(model.Happening{Source: l.description.Source, Endpoint: t.endpoint, Event: t.info.Event, Args: args})
		}
	}
}

// expire makes unknown what has not been told again in the time that its announcement gives it.
func (a *Adapter) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.o.Now()
	for _, l := range a.live {
		var readings []model.Reading
		for i, p := range l.points {
			if p.expires > 0 && !l.values[i].IsUnknown() && now.Sub(l.heard[i]) >= p.expires {
				l.values[i] = model.Value{}
				readings = append(readings, model.Reading{Endpoint: p.endpoint, Attribute: p.property.Attribute})
			}
		}
		if len(readings) > 0 {
			a.hub.Report(l.description.Source, readings)
		}
	}
}

func (a *Adapter) hearPresence(l *live, m *message) {
	heard := false
	for _, p := range l.thing.presence {
		if p.topic == m.topic {
			if yes, ok := p.read(m); ok {
				l.present[m.topic], heard = yes, true
			}
		}
	}
	if !heard {
		return
	}
	all, some := true, false
	for _, p := range l.thing.presence {
		yes, known := l.present[p.topic]
		some = some || known && yes
		all = all && (!known || yes)
	}
	reach := all || l.presenceAny && some
	if l.reach != nil && *l.reach == reach {
		return
	}
	l.reach = &reach
	why := ""
	if !reach {
		why = "it is announced as offline on MQTT"
	}
	a.hub.Reachable(l.description.Source, reach, why)
}

// Execute publishes what a command asks for; see adapters.Adapter. Reports on the device's topics confirm it.
func (a *Adapter) Execute(cmd model.Command) {
	out, code, err := a.prepare(cmd)
	if err == nil {
		for _, o := range out {
			if err = a.o.MQTT.Publish(o.topic, []byte(o.payload), o.retain, o.qos); err != nil {
				code, err = model.ReasonUnreachable, fmt.Errorf("the MQTT broker cannot be reached: %w", err)
				break
			}
		}
	}
	if err != nil {
		a.hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: code, Detail: err.Error()}})
		return
	}
	a.hub.Outcome(cmd.ID, model.Outcome{Status: model.Acked})
}

func (a *Adapter) prepare(cmd model.Command) ([]outgoing, model.ReasonCode, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.source[cmd.Source]
	if l == nil {
		return nil, model.ReasonUnknownDevice, fmt.Errorf("%s is no longer announced on MQTT", cmd.Source)
	}
	l.asked = a.o.Now()
	if cmd.Action == "" {
		return l.compose(&writing{thing: l.thing, endpoint: cmd.Endpoint, writes: cmd.Writes, transition: cmd.Transition, known: l.known})
	}
	for _, x := range l.actions {
		if x.endpoint == cmd.Endpoint && x.name == cmd.Action {
			out, err := x.send(cmd.Args)
			return out, model.ReasonInvalidValue, err
		}
	}
	return nil, model.ReasonUnsupported, fmt.Errorf("%s cannot %s", l.description.Name, cmd.Action)
}

func (l *live) known(p *point) model.Value {
	return l.values[l.index[slot{p.endpoint, p.property.Attribute}]]
}
