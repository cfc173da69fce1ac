package host

import (
	"fmt"

	"github.com/concord-home/hub/plugins/protocol"
)

// MQTT is the hub's connection to its broker.
type MQTT interface {
	Subscribe(filter string, heard func(topic string, payload []byte, retained bool)) (cancel func(), err error)
	Publish(topic string, payload []byte, retain bool) error
}

const (
	// maxHeard is how many messages wait for a plugin; of more the oldest go.
	maxHeard = 256
	// maxPayload is how long a message may be that a plugin hears, in bytes.
	maxPayload = 64 << 10
)

// listen lets the process hear the topics of its manifest, until it ends.
func (r *process) listen() {
	p := r.plugin
	filters := r.manifest.Network.MQTT
	if len(filters) == 0 {
		return
	}
	if p.host.o.MQTT == nil {
		p.fault("it listens to MQTT, and this hub has none")
		return
	}
	r.heard = make(chan protocol.Heard, maxHeard)
	go r.passOn()
	for _, f := range filters {
		end, err := p.host.o.MQTT.Subscribe(f, r.hear)
		if err != nil {
			p.fault(fmt.Sprintf("the topics %s are not heard: %v", f, err))
			continue
		}
		r.deaf = append(r.deaf, end)
	}
}

// hear takes a message, on the goroutine of whoever published it: it never waits.
func (r *process) hear(topic string, payload []byte, retained bool) {
	if len(payload) > maxPayload {
		r.plugin.fault(fmt.Sprintf("a message of %d bytes on %s is not passed on", len(payload), topic))
		return
	}
	m := protocol.NewHeard(topic, payload, retained)
	for {
		select {
		case r.heard <- m:
			return
		default:
		}
		select {
		case <-r.heard:
			r.plugin.fault("it reads more slowly than its topics speak: messages were left out")
		default:
		}
	}
}

// passOn tells the process what was heard.
func (r *process) passOn() {
	for {
		select {
		case <-r.served:
			return
		case m := <-r.heard:
			if r.conn.Notify(protocol.MethodHeard, m) != nil {
				return
			}
		}
	}
}

// publish publishes for the process, on its own topics alone.
func (r *process) publish(m protocol.Publish) error {
	if !r.manifest.Network.Speaks(m.Topic) {
		return protocol.Errorf(protocol.Rejected, "the topic %q is none of network.mqtt in plugin.json", cut(m.Topic))
	}
	if r.plugin.host.o.MQTT == nil {
		return protocol.Errorf(protocol.Unavailable, "this hub has no MQTT")
	}
	payload, err := m.Bytes()
	if err != nil {
		return err
	}
	return r.plugin.host.o.MQTT.Publish(m.Topic, payload, m.Retain)
}
