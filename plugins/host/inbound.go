package host

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// handle takes a message of the plugin, in order, on the goroutine that reads.
func (r *process) handle(ctx context.Context, in *protocol.Incoming) {
	p := r.plugin
	if !in.IsRequest() && in.Method != protocol.MethodLog && !r.speaks(in.Method) {
		return
	}
	method := protocol.LookupMethod(in.Method)
	var result any
	var err error
	if method == nil || !method.ByPlugin && in.Method != protocol.MethodCancel {
		err = protocol.Errorf(protocol.UnknownMethod, "%q is nothing that a plugin sends", in.Method)
	} else {
		result, err = r.take(ctx, in)
	}
	if err != nil {
		p.fault(err.Error())
	}
	in.Reply(result, err)
}

// speaks reports whether the process speaks for the plugin, once that is known: a new version waits until the old one has
// given way, which it does no longer.
func (r *process) speaks(method string) bool {
	if !r.greeted.Load() {
		r.plugin.fault(method + " came before the answer to initialize and is not taken")
		return false
	}
	<-r.settled
	return r.plugin.current() == r
}

// take does what a message says. The error, if any, is what was not taken.
func (r *process) take(ctx context.Context, in *protocol.Incoming) (any, error) {
	p := r.plugin
	switch in.Method {
	case protocol.MethodPut:
		return with(in, r.put)
	case protocol.MethodReport:
		return with(in, r.report)
	case protocol.MethodStatus:
		return with(in, func(s protocol.Status) error {
			d, err := r.device(in.Method, s.Device)
			if err == nil {
				p.host.hub.Reachable(d.description.Source, s.Reachable, p.mask(cut(s.Why)))
			}
			return err
		})
	case protocol.MethodEvent:
		return with(in, r.event)
	case protocol.MethodRemove:
		return with(in, r.remove)
	case protocol.MethodHealth:
		return with(in, func(h protocol.Health) error {
			if h.OK {
				h.Why = ""
			} else if h.Why == "" {
				h.Why = "it says that it is not well, and not why"
			}
			p.ail(cut(h.Why))
			return nil
		})
	case protocol.MethodLog:
		return with(in, func(l protocol.Log) error { p.logs.add(l.Level, l.Message+fields(l.Fields)); return nil })
	case protocol.MethodStoreGet:
		return ask(in, func(k protocol.StoreKey) (any, error) { return p.store.get(ctx, k.Key) })
	case protocol.MethodStorePut:
		return with(in, func(e protocol.StoreEntry) error { return p.store.put(ctx, e.Key, e.Value) })
	case protocol.MethodStoreDel:
		return with(in, func(k protocol.StoreKey) error { return p.store.delete(ctx, k.Key) })
	case protocol.MethodSecretGet:
		return ask(in, func(k protocol.StoreKey) (any, error) {
			v, err := p.secrets.get(ctx, k.Key)
			p.logs.hide("secret "+k.Key, v.Value)
			return v, err
		})
	case protocol.MethodSecretPut:
		return with(in, func(e protocol.StoreEntry) error {
			p.logs.hide("secret "+e.Key, e.Value)
			return p.secrets.put(ctx, e.Key, e.Value)
		})
	case protocol.MethodPublish:
		return with(in, r.publish)
	case protocol.MethodListen:
		return ask(in, r.open)
	}
	return nil, nil // cancel: what the hub is asked is answered at once
}

// open makes the process reachable at a port of its manifest.
func (r *process) open(l protocol.Listen) (any, error) {
	if !slices.Contains(r.manifest.Network.Listen, l.Port) {
		return nil, protocol.Errorf(protocol.Rejected, "the port %s is none of network.listen in plugin.json", cut(l.Port))
	}
	socket, err := r.Broker.Listen(l.Port)
	if err != nil {
		return nil, protocol.Errorf(protocol.Rejected, "%v", err)
	}
	return protocol.Listening{Socket: socket}, nil
}

func with[T any](in *protocol.Incoming, f func(T) error) (any, error) {
	return ask(in, func(v T) (any, error) { return nil, f(v) })
}

func ask[T any](in *protocol.Incoming, f func(T) (any, error)) (any, error) {
	var v T
	if err := in.Decode(&v); err != nil {
		return nil, err
	}
	return f(v)
}

// cut keeps a plugin's words short enough for a line.
func cut(s string) string {
	const most = 500
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func fields(m map[string]string) string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := ""
	for _, k := range keys {
		out += " " + k + "=" + m[k]
	}
	return out
}

// device is what a message is about. A process that speaks of a device has it.
func (r *process) device(method, id string) (*device, error) {
	p := r.plugin
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.devices[id]; d != nil {
		r.has(id)
		return d, nil
	}
	return nil, protocol.Errorf(protocol.UnknownDevice, "%s of %q, which it never described", method, cut(id))
}

func (r *process) put(d protocol.Device) error {
	p := r.plugin
	dev, err := describe(p.name, r.manifest, d)
	if err != nil {
		return protocol.Errorf(protocol.InvalidParams, "%v", err)
	}
	p.mu.Lock()
	_, known := p.devices[d.ID]
	full := !known && len(p.devices) >= protocol.DefaultLimits.Devices
	if !full {
		p.devices[d.ID] = dev
		r.has(d.ID)
	}
	listed := slices.Contains(p.record.Devices, d.ID)
	p.mu.Unlock()
	if full {
		return protocol.Errorf(protocol.OverQuota, "device/put %s: a plugin may have %d devices", d.ID, protocol.DefaultLimits.Devices)
	}
	p.host.hub.Describe(dev.description)
	if listed {
		return nil
	}
	return p.keep(func(r *record) { r.Devices = append(slices.Clone(r.Devices), d.ID) })
}

func (r *process) report(m protocol.Report) error {
	p := r.plugin
	d, err := r.device("state/report", m.Device)
	if err != nil {
		return err
	}
	endpoint := model.EndpointID(m.Endpoint)
	if endpoint == "" {
		endpoint = model.MainEndpoint
	}
	switch m.Quality {
	case "", model.Good, model.Assumed, model.Restored, model.Suspect:
	default:
		return protocol.Errorf(protocol.InvalidParams, "state/report of %s: quality is %q, expected good, assumed, restored or suspect", m.Device, m.Quality)
	}
	var readings []model.Reading
	var bad error
	for attr, v := range m.Values {
		prop := d.props[slot{endpoint, attr}]
		if prop == nil {
			bad = fmt.Errorf("%s: it reports %s %s, which is not in the device's description", m.Device, endpoint, attr)
			continue
		}
		checked, err := prop.Check(v)
		if err != nil {
			bad = fmt.Errorf("%s: it reports what cannot be: %w", m.Device, err)
			continue
		}
		readings = append(readings, model.Reading{Endpoint: endpoint, Attribute: attr, Value: checked, Quality: m.Quality})
	}
	slices.SortFunc(readings, func(a, b model.Reading) int {
		if a.Attribute < b.Attribute {
			return -1
		}
		return 1
	})
	if len(readings) > 0 {
		p.host.hub.Report(d.description.Source, readings)
	}
	return bad
}

func (r *process) event(m protocol.Event) error {
	p := r.plugin
	d, err := r.device("event", m.Device)
	if err != nil {
		return err
	}
	endpoint := model.EndpointID(m.Endpoint)
	if endpoint == "" {
		endpoint = model.MainEndpoint
	}
	if !d.events[slot{endpoint, m.Event}] {
		return protocol.Errorf(protocol.InvalidParams, "event of %s: %s %s is not in the device's description", m.Device, endpoint, m.Event)
	}
	p.host.hub.Happened(model.Happening{Source: d.description.Source, Endpoint: endpoint, Event: m.Event, Args: m.Args, Key: m.Key})
	return nil
}

func (r *process) remove(m protocol.Remove) error {
	p := r.plugin
	d, err := r.device("device/remove", m.Device)
	if err != nil {
		return err
	}
	p.mu.Lock()
	delete(p.devices, m.Device)
	p.mu.Unlock()
	p.host.hub.Gone(d.description.Source, p.mask(cut(m.Why)))
	return p.keep(func(r *record) {
		r.Devices = slices.DeleteFunc(slices.Clone(r.Devices), func(id string) bool { return id == m.Device })
	})
}
