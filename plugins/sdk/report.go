package sdk

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// Value is an attribute with its value.
type Value struct {
	Attribute model.Attribute
	Value     model.Value
}

// Of makes a value of any attribute: a bool, number, string, time or model.Value; nil is unknown.
func Of(a model.Attribute, v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{a, model.Value{}}
	case bool:
		return Value{a, model.Bool(v)}
	case int:
		return Value{a, model.Number(float64(v))}
	case float64:
		return Value{a, model.Number(v)}
	case string:
		return Value{a, model.String(v)}
	case time.Time:
		return Value{a, model.Time(v)}
	case model.Value:
		return Value{a, v}
	}
	o, _ := model.Object(v) // what JSON cannot carry is unknown
	return Value{a, o}
}

// The values that many devices have, in the catalogue's units.
func On(on bool) Value                { return Of(model.AttrOnOffOn, on) }
func Level(percent float64) Value     { return Of(model.AttrLevelLevel, percent) }
func Kelvin(k int) Value              { return Of(model.AttrColorTemperatureKelvin, k) }
func Celsius(c float64) Value         { return Of(model.AttrTemperatureCelsius, c) }
func Humidity(percent float64) Value  { return Of(model.AttrHumidityPercent, percent) }
func Occupied(yes bool) Value         { return Of(model.AttrOccupancyOccupied, yes) }
func Open(yes bool) Value             { return Of(model.AttrContactOpen, yes) }
func HeatSetpoint(c float64) Value    { return Of(model.AttrThermostatHeatSetpoint, c) }
func RoomTemperature(c float64) Value { return Of(model.AttrThermostatLocalTemperature, c) }
func FanSpeed(percent float64) Value  { return Of(model.AttrFanSpeedPct, percent) }
func ThermostatMode(m string) Value   { return Of(model.AttrThermostatMode, m) }

// key is an attribute of a part.
type key struct {
	endpoint string
	attr     model.Attribute
}

// maxEvents is how many events may wait; more are dropped, the oldest first, and counted.
const maxEvents = 256

// Reporter passes on what a device says. Its methods do not wait: of each attribute the newest value waits to be
// sent, and a value that the hub knows already is not sent again.
type Reporter struct {
	conn *protocol.Conn
	id   string
	some chan struct{} // capacity 1: there is something to send
	poll chan struct{} // capacity 1: the device is to be asked at once

	props map[key]*model.Property

	mu      sync.Mutex
	pending map[key]model.Value
	sent    map[key]model.Value
	events  []protocol.Event
	dropped int
	online  bool
	why     string // it is not
	tell    bool   // online or why is to be sent
	doubted map[key]bool
}

func newReporter(conn *protocol.Conn, d Descriptor) *Reporter {
	return &Reporter{conn: conn, id: d.ID, props: narrowed(d), doubted: map[key]bool{}, some: make(chan struct{}, 1), poll: make(chan struct{}, 1), pending: map[key]model.Value{}, sent: map[key]model.Value{}}
}

// Report says what attributes of the device are, and so that it answers.
func (r *Reporter) Report(values ...Value) { r.ReportPart(string(model.MainEndpoint), values...) }

// ReportPart does so for one of the device's parts.
func (r *Reporter) ReportPart(endpoint string, values ...Value) {
	r.mu.Lock()
	for _, v := range values {
		k := key{endpoint, v.Attribute}
		r.pending[k] = r.sane(k, v.Value)
	}
	if !r.online {
		r.online, r.why, r.tell = true, "", true
	}
	r.mu.Unlock()
	nudge(r.some)
}

// sane is the value, or unknown for one that cannot be: what a device says when it is confused is no measurement.
func (r *Reporter) sane(k key, v model.Value) model.Value {
	p := r.props[k]
	if p == nil {
		p = model.LookupAttribute(k.attr)
	}
	if p == nil {
		return v
	}
	if _, err := p.Check(v); err != nil {
		if !r.doubted[k] {
			logf("warn", "%s: it says what cannot be, which is passed on as unknown: %v", r.id, err)
		}
		r.doubted[k] = true
		return model.Value{}
	}
	delete(r.doubted, k)
	return v
}

// narrowed are the properties whose range the device's description narrows.
func narrowed(d Descriptor) map[key]*model.Property {
	out := map[key]*model.Property{}
	add := func(endpoint string, props []protocol.Property) {
		for _, q := range props {
			if spec := model.LookupAttribute(q.Attribute); spec != nil {
				p := *spec
				if q.Min != nil {
					p.Min = q.Min
				}
				if q.Max != nil {
					p.Max = q.Max
				}
				if len(q.Options) > 0 {
					p.Options = q.Options
				}
				out[key{endpoint, q.Attribute}] = &p
			}
		}
	}
	add(string(model.MainEndpoint), d.Properties)
	for _, e := range d.Endpoints {
		add(e.ID, e.Properties)
	}
	return out
}

// Event says that something happened; args are the event's, of the catalogue.
func (r *Reporter) Event(event model.Attribute, args ...Value) {
	e := protocol.Event{Device: r.id, Endpoint: string(model.MainEndpoint), Event: event, Args: map[string]model.Value{}}
	for _, a := range args {
		e.Args[string(a.Attribute)] = a.Value
	}
	r.mu.Lock()
	if len(r.events) >= maxEvents {
		r.events = r.events[1:]
		r.dropped++
	}
	r.events = append(r.events, e)
	r.mu.Unlock()
	nudge(r.some)
}

// Every calls f at once, then after each period, and soon after each command, until it fails or the context ends.
func (r *Reporter) Every(ctx context.Context, period time.Duration, f func(context.Context) error) error {
	t := time.NewTicker(period)
	defer t.Stop()
	for {
		if err := f(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		case <-r.poll:
		}
	}
}

// Offline says that the device does not answer, and why, while Run goes on: for a device that others tell this of.
func (r *Reporter) Offline(why string) { r.offline(errors.New(why)) }

// offline says that the device does not answer.
func (r *Reporter) offline(err error) {
	r.mu.Lock()
	if r.online || r.why != err.Error() {
		r.online, r.why, r.tell = false, err.Error(), true
		r.sent = map[key]model.Value{} // what it was may have changed meanwhile
	}
	r.mu.Unlock()
	nudge(r.some)
}

// again lets everything be sent once more, and the device be asked.
func (r *Reporter) again() {
	r.mu.Lock()
	for k, v := range r.sent {
		if _, newer := r.pending[k]; !newer {
			r.pending[k] = v
		}
	}
	r.sent = map[key]model.Value{}
	r.mu.Unlock()
	nudge(r.some)
	nudge(r.poll)
}

// send sends what is pending, as fast as the hub takes it.
func (r *Reporter) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.some:
		}
		for r.flush() != nil {
			select { // the hub is slow: what waits is replaced by what is newer
			case <-ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}

func (r *Reporter) flush() error {
	r.mu.Lock()
	values := map[string]map[model.Attribute]model.Value{}
	for k, v := range r.pending {
		if old, known := r.sent[k]; known && old == v {
			continue
		}
		if values[k.endpoint] == nil {
			values[k.endpoint] = map[model.Attribute]model.Value{}
		}
		values[k.endpoint][k.attr] = v
	}
	pending, events, dropped, tell := r.pending, r.events, r.dropped, r.tell
	status := protocol.Status{Device: r.id, Reachable: r.online, Why: r.why}
	r.pending, r.events, r.dropped, r.tell = map[key]model.Value{}, nil, 0, false
	maps.Copy(r.sent, pending)
	r.mu.Unlock()
	if dropped > 0 {
		logf("warn", "%s: %d events were dropped, since the hub is slow", r.id, dropped)
	}
	var err error
	if tell {
		err = r.conn.Notify(protocol.MethodStatus, status)
	}
	for endpoint, v := range values {
		if err == nil {
			err = r.conn.Notify(protocol.MethodReport, protocol.Report{Device: r.id, Endpoint: endpoint, Values: v})
		}
	}
	for len(events) > 0 && err == nil {
		if err = r.conn.Notify(protocol.MethodEvent, events[0]); err == nil {
			events = events[1:]
		}
	}
	if err == nil {
		return nil
	}
	r.mu.Lock() // take it all back, but for what is newer
	defer r.mu.Unlock()
	r.tell = r.tell || tell
	for k, v := range pending {
		delete(r.sent, k)
		if _, newer := r.pending[k]; !newer {
			r.pending[k] = v
		}
	}
	r.events = append(events, r.events...)
	return err
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
