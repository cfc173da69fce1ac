package simulator

import (
	"slices"
	"strings"
	"sync"

	"github.com/concord-home/hub/plugins/protocol"
)

const mqtt = "mqtt"

// Wire is the broker that an MQTT device is connected to: a real one's client, or [Topics].
type Wire interface {
	// Subscribe hears what is published; heard does not block.
	Subscribe(filter string, heard func(topic string, payload []byte, retained bool)) (cancel func(), err error)
	Publish(topic string, payload []byte, retain bool) error
}

// Join runs an MQTT device; state replaces some of what the script says.
func Join(s *Script, w Wire, state map[string]string) (*Device, error) {
	d := newDevice(s, state)
	d.wire = w
	return d, d.On()
}

// link is the device's connection to its broker. Closing it is a break: the broker publishes the last will.
type link struct {
	device *Device
	ends   []func()
	asked  chan string // requests on their way
	broken chan struct{}

	mu   sync.Mutex // held while publishing an answer
	gone bool       // the last will is out, and nothing may follow it
}

// maxAsked is how many requests wait for a device that is slow; more are lost, as messages may be.
const maxAsked = 64

// connect is On. d.mu is held.
func (d *Device) connect() error {
	l := &link{device: d, asked: make(chan string, maxAsked), broken: make(chan struct{})}
	for _, f := range d.filters() {
		end, err := d.wire.Subscribe(f, l.hear)
		if err != nil {
			_ = l.Close()
			return err
		}
		l.ends = append(l.ends, end)
	}
	d.listener = l
	go l.work()
	d.publish(fill(d.script.greet, d.state), true, Fault{})
	d.push(fill(d.script.change, d.state), true)
	return nil
}

// filters are the topics of the device's requests.
func (d *Device) filters() (out []string) {
	for _, r := range d.script.rules {
		topic, _, _ := strings.Cut(r.text, " ")
		topic = hole.ReplaceAllStringFunc(topic, func(h string) string {
			if strings.HasPrefix(h, "$") {
				return fill(h, d.state)
			}
			return "+"
		})
		if !slices.Contains(out, topic) {
			out = append(out, topic)
		}
	}
	return out
}

func (l *link) hear(topic string, payload []byte, retained bool) {
	if retained { // of a time before it came
		return
	}
	select {
	case l.asked <- strings.TrimSpace(topic + " " + compact(payload)):
	default:
	}
}

// work does what the device is asked, one after the other.
func (l *link) work() {
	for {
		select {
		case <-l.broken:
			return
		case request := <-l.asked:
			reply, f, ok := l.device.handle(request)
			if ok && !f.Silent {
				l.answer(reply, f)
			}
		}
	}
}

func (l *link) answer(reply string, f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.gone {
		l.device.publish(reply, true, f)
	}
}

func (l *link) Close() error {
	for _, end := range l.ends {
		end()
	}
	close(l.broken)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = true
	d := l.device
	d.publish(fill(d.script.will, d.state), true, Fault{})
	return nil
}

// publish publishes "TOPIC PAYLOAD" as well as its fault lets it.
func (d *Device) publish(line string, keep bool, f Fault) {
	topic, payload, _ := strings.Cut(line, " ")
	if topic == "" {
		return
	}
	for range map[bool]int{false: 1, true: 2}[f.Twice] {
		_ = d.wire.Publish(topic, []byte(f.spoil(payload)), keep)
	}
}

// sighting is what whoever looks for the device's topics finds: the first of its own that fits. d.mu is held.
func (d *Device) sighting() map[string]string {
	for _, line := range []string{d.script.change, d.script.greet} {
		topic, payload, _ := strings.Cut(fill(line, d.state), " ")
		if protocol.MatchesTopic(d.script.Type, topic) {
			return map[string]string{"topic": topic, "payload": payload}
		}
	}
	return nil
}
