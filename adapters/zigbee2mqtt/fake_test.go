package zigbee2mqtt

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// broker is an MQTT connection in memory.
type broker struct {
	mu       sync.Mutex
	subs     map[int]subscription
	next     int
	retained map[string][]byte
	sent     []adapters.Message
	down     bool
	onSend   func(adapters.Message)
}

type subscription struct {
	filter string
	handle func(adapters.Message)
}

func (b *broker) Subscribe(filter string, h func(adapters.Message)) (func(), error) {
	b.mu.Lock()
	if b.down {
		b.mu.Unlock()
		return nil, errors.New("no connection")
	}
	b.next++
	id := b.next
	b.subs[id] = subscription{filter, h}
	var first []adapters.Message
	for topic, payload := range b.retained {
		if matches(filter, topic) {
			first = append(first, adapters.Message{Topic: topic, Payload: payload, Retained: true})
		}
	}
	b.mu.Unlock()
	for _, m := range first {
		h(m)
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, id)
	}, nil
}

func (b *broker) Publish(topic string, payload []byte, _ bool, _ byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errors.New("no connection")
	}
	m := adapters.Message{Topic: topic, Payload: slices.Clone(payload)}
	b.sent = append(b.sent, m)
	if b.onSend != nil {
		go b.onSend(m)
	}
	return nil
}

// deliver is Zigbee2MQTT publishing.
func (b *broker) deliver(topic string, payload string, retain bool) {
	b.mu.Lock()
	if retain {
		if payload == "" {
			delete(b.retained, topic)
		} else {
			b.retained[topic] = []byte(payload)
		}
	}
	var to []func(adapters.Message)
	for _, s := range b.subs {
		if matches(s.filter, topic) {
			to = append(to, s.handle)
		}
	}
	b.mu.Unlock()
	for _, h := range to {
		h(adapters.Message{Topic: topic, Payload: []byte(payload)})
	}
}

// published lists what the adapter sent to a topic.
func (b *broker) published(topic string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, m := range b.sent {
		if m.Topic == topic {
			out = append(out, string(m.Payload))
		}
	}
	return out
}

func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, part := range f {
		if part == "#" {
			return true
		}
		if i >= len(t) || part != "+" && part != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}

// recorder is a hub that writes down what it is told.
type recorder struct {
	mu          sync.Mutex
	described   map[model.SourceID]model.Description
	descriptons int
	values      map[string]model.Reading // "source endpoint attribute"
	reports     []report
	events      []model.Happening
	reachable   map[model.SourceID]string // "" or why not
	gone        map[model.SourceID]string
	outcomes    map[model.CommandID][]model.Outcome
	refused     []error
}

type report struct {
	source model.SourceID
	model.Reading
}

func newRecorder() *recorder {
	return &recorder{described: map[model.SourceID]model.Description{}, values: map[string]model.Reading{},
		reachable: map[model.SourceID]string{}, gone: map[model.SourceID]string{}, outcomes: map[model.CommandID][]model.Outcome{}}
}

func (r *recorder) Describe(d model.Description) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.described[d.Source] = d
	r.descriptons++
	delete(r.gone, d.Source)
}

func (r *recorder) Report(s model.SourceID, readings []model.Reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range readings {
		r.values[string(s)+" "+string(x.Endpoint)+" "+string(x.Attribute)] = x
		r.reports = append(r.reports, report{s, x})
		r.check(s, x)
	}
}

// check holds a reading against the description, as the hub does.
func (r *recorder) check(s model.SourceID, x model.Reading) {
	for _, e := range r.described[s].Endpoints {
		if e.ID != x.Endpoint {
			continue
		}
		for i := range e.Properties {
			if e.Properties[i].Attribute == x.Attribute {
				if _, err := e.Properties[i].Check(x.Value); err != nil {
					r.refused = append(r.refused, err)
				}
				return
			}
		}
	}
	r.refused = append(r.refused, errors.New(string(s)+" never described "+string(x.Endpoint)+" "+string(x.Attribute)))
}

func (r *recorder) Happened(h model.Happening) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, h)
	spec := model.LookupEvent(h.Event.Split())
	if spec == nil {
		r.refused = append(r.refused, errors.New("no event "+string(h.Event)))
		return
	}
	left := maps.Clone(h.Args)
	for i := range spec.Args {
		name := string(spec.Args[i].Attribute)
		v, given := left[name]
		delete(left, name)
		if _, err := spec.Args[i].Check(v); err != nil {
			r.refused = append(r.refused, err)
		} else if !given && !spec.Args[i].Optional {
			r.refused = append(r.refused, errors.New(string(h.Event)+" lacks "+name))
		}
	}
	if len(left) > 0 {
		r.refused = append(r.refused, fmt.Errorf("%s has no %v", h.Event, left))
	}
}

func (r *recorder) Reachable(s model.SourceID, ok bool, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reachable[s] = why
}

func (r *recorder) Gone(s model.SourceID, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone[s] = why
}

func (r *recorder) Outcome(id model.CommandID, o model.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[id] = append(r.outcomes[id], o)
}

func (r *recorder) value(s, endpoint, attribute string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, ok := r.values["zigbee2mqtt/"+s+" "+endpoint+" "+attribute]
	if !ok {
		return "never"
	}
	return x.Value.String() + " " + string(x.Quality)
}

// captured is one line of a capture.
type captured struct {
	MS      int    `json:"ms"`
	Topic   string `json:"topic"`
	Retain  bool   `json:"retain"`
	Payload string `json:"payload"`
}

func readCapture(t testing.TB, name string) []captured {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Skipf("the capture is not here: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return parseCapture(t, z)
}

func parseCapture(t testing.TB, r io.Reader) []captured {
	t.Helper()
	var out []captured
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		var c captured
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}
