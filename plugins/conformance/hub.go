package conformance

import (
	"context"
	"slices"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/protocol"
)

// handle plays the hub.
func (s *subject) handle(_ context.Context, in *protocol.Incoming) {
	k := s.kit
	m := protocol.LookupMethod(in.Method)
	if m == nil || !m.ByPlugin && in.Method != protocol.MethodCancel {
		k.note(&k.schema, "it sends %q, which no plugin sends", in.Method)
		in.Reply(nil, protocol.Errorf(protocol.UnknownMethod, "%s", in.Method))
		return
	}
	if in.IsRequest() != (m.Result != nil) {
		k.note(&k.schema, "%s is sent as %s", in.Method, map[bool]string{true: "a request, and is a notification", false: "a notification, and is a request"}[in.IsRequest()])
	}
	if err := k.schemas.Params(in.Method, in.Params); err != nil {
		k.note(&k.schema, "%v", err)
	}
	s.mu.Lock()
	s.asked[in.Method]++
	s.mu.Unlock()
	result, err := s.take(in)
	in.Reply(result, err)
}

// take passes on to the observer what a message says.
func (s *subject) take(in *protocol.Incoming) (any, error) {
	switch in.Method {
	case protocol.MethodPut:
		var d protocol.Device
		if err := in.Decode(&d); err != nil {
			return nil, err
		}
		desc, err := host.Translate(s.kit.manifest, d)
		if err != nil {
			s.kit.note(&s.kit.contract, "%v", err)
			return nil, nil
		}
		s.mu.Lock()
		s.devices = append(s.devices, d.ID)
		s.mu.Unlock()
		s.hub.Describe(desc)
	case protocol.MethodReport:
		var r protocol.Report
		if err := in.Decode(&r); err != nil {
			return nil, err
		}
		var readings []model.Reading
		for a, v := range r.Values {
			readings = append(readings, model.Reading{Endpoint: endpoint(r.Endpoint), Attribute: a, Value: v, Quality: r.Quality})
		}
		s.hub.Report(source(s.kit, r.Device), readings)
	case protocol.MethodStatus:
		var x protocol.Status
		if err := in.Decode(&x); err != nil {
			return nil, err
		}
		s.hub.Reachable(source(s.kit, x.Device), x.Reachable, x.Why)
	case protocol.MethodEvent:
		var e protocol.Event
		if err := in.Decode(&e); err != nil {
			return nil, err
		}
		s.hub.Happened(model.Happening{Source: source(s.kit, e.Device), Endpoint: endpoint(e.Endpoint), Event: e.Event, Args: e.Args, Key: e.Key})
	case protocol.MethodRemove:
		var x protocol.Remove
		if err := in.Decode(&x); err != nil {
			return nil, err
		}
		s.hub.Gone(source(s.kit, x.Device), x.Why)
	case protocol.MethodLog:
		var l protocol.Log
		_ = in.Decode(&l)
		s.logged(l.Message)
	case protocol.MethodListen:
		var l protocol.Listen
		_ = in.Decode(&l)
		if !slices.Contains(s.kit.manifest.Network.Listen, l.Port) {
			return nil, protocol.Errorf(protocol.Rejected, "the port %s is none of network.listen in plugin.json", l.Port)
		}
		socket, err := s.process.Broker.Listen(l.Port)
		return protocol.Listening{Socket: socket}, err
	case protocol.MethodPublish:
		var m protocol.Publish
		if err := in.Decode(&m); err != nil {
			return nil, err
		}
		return nil, s.publish(m)
	case protocol.MethodStoreGet, protocol.MethodSecretGet:
		var x protocol.StoreKey
		_ = in.Decode(&x)
		s.mu.Lock()
		defer s.mu.Unlock()
		v, ok := s.store[in.Method[:5]+x.Key]
		return protocol.StoreValue{Value: v, Found: ok}, nil
	case protocol.MethodStorePut, protocol.MethodSecretPut:
		var x protocol.StoreEntry
		_ = in.Decode(&x)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.store[in.Method[:5]+x.Key] = x.Value
	}
	return nil, nil
}

func source(k *kit, device string) model.SourceID {
	return model.SourceID(host.Name + "/" + k.manifest.Name + "/" + device)
}

func endpoint(id string) model.EndpointID {
	if id == "" {
		return model.MainEndpoint
	}
	return model.EndpointID(id)
}

// listen lets the plugin hear the topics of its manifest.
func (s *subject) listen() error {
	var ends []func()
	s.deaf = func() {
		for _, end := range ends {
			end()
		}
	}
	for _, f := range s.kit.manifest.Network.MQTT {
		end, err := s.kit.wire.Subscribe(f, func(topic string, payload []byte, retained bool) {
			_ = s.conn.Notify(protocol.MethodHeard, protocol.NewHeard(topic, payload, retained))
		})
		if err != nil {
			return err
		}
		ends = append(ends, end)
	}
	return nil
}

// publish publishes for the plugin, on its own topics alone.
func (s *subject) publish(m protocol.Publish) error {
	if !s.kit.manifest.Network.Speaks(m.Topic) {
		return protocol.Errorf(protocol.Rejected, "the topic %q is none of network.mqtt in plugin.json", m.Topic)
	}
	payload, err := m.Bytes()
	if err != nil {
		return err
	}
	return s.kit.wire.Publish(m.Topic, payload, m.Retain)
}
