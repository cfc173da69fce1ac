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
	"sync"
	"testing"

	"github.com/concord-home/hub/model"
)

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
