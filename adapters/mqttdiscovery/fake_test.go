package mqttdiscovery

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

// recorder is a hub that writes down what it is told and holds it against the catalogue, as the real one does.
type recorder struct {
	duties    *adaptertest.Observer // the contract that every adapter keeps
	t         testing.TB
	mu        sync.Mutex
	described map[model.SourceID]model.Description
	values    map[string]model.Reading // "source endpoint attribute"
	events    []model.Happening
	reachable map[model.SourceID]string
	gone      map[model.SourceID]bool
	outcomes  map[model.CommandID]model.Outcome
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{t: t, duties: adaptertest.NewObserver("mqttdiscovery"), described: map[model.SourceID]model.Description{}, values: map[string]model.Reading{}, reachable: map[model.SourceID]string{},
		gone: map[model.SourceID]bool{}, outcomes: map[model.CommandID]model.Outcome{}}
}

func (r *recorder) Describe(d model.Description) {
	r.duties.Describe(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.described[d.Source] = d
	delete(r.gone, d.Source)
	for _, e := range d.Endpoints {
		for _, p := range e.Properties {
			if !p.Attribute.IsLongTail() && model.LookupAttribute(p.Attribute) == nil {
				r.t.Errorf("%s: the catalogue has no %s", d.Source, p.Attribute)
			}
		}
		for _, a := range e.Actions {
			if c, n := a.Split(); model.LookupCommand(c, n) == nil {
				r.t.Errorf("%s: the catalogue has no command %s", d.Source, a)
			}
		}
		for _, i := range e.Events {
			if c, n := i.Event.Split(); model.LookupEvent(c, n) == nil {
				r.t.Errorf("%s: the catalogue has no event %s", d.Source, i.Event)
			}
		}
	}
	if model.LookupDeviceType(d.Type) == nil {
		r.t.Errorf("%s: no device type %q", d.Source, d.Type)
	}
}

func (r *recorder) Report(s model.SourceID, readings []model.Reading) {
	r.duties.Report(s, readings)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range readings {
		r.values[string(s)+" "+string(x.Endpoint)+" "+string(x.Attribute)] = x
	}
}

func (r *recorder) Happened(h model.Happening) {
	r.duties.Happened(h)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, h)
	spec := model.LookupEvent(h.Event.Split())
	if spec == nil {
		r.t.Errorf("no event %s", h.Event)
		return
	}
	for i := range spec.Args {
		v := h.Args[string(spec.Args[i].Attribute)]
		if _, err := spec.Args[i].Check(v); err != nil || v.IsUnknown() && !spec.Args[i].Optional {
			r.t.Errorf("%s: %s = %s: %v", h.Event, spec.Args[i].Attribute, v, err)
		}
	}
}

func (r *recorder) Reachable(s model.SourceID, ok bool, why string) {
	r.duties.Reachable(s, ok, why)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reachable[s] = why
}

func (r *recorder) Gone(s model.SourceID, _ string) {
	r.duties.Gone(s, "gone")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone[s] = true
}

func (r *recorder) Outcome(id model.CommandID, o model.Outcome) {
	r.duties.Outcome(id, o)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[id] = o
}

// value is "VALUE quality", or "never".
func (r *recorder) value(source, endpoint, attribute string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, ok := r.values["mqttdiscovery/"+source+" "+endpoint+" "+attribute]
	if !ok {
		return "never"
	}
	return strings.TrimSpace(x.Value.String() + " " + string(x.Quality))
}

// house runs an adapter in a bubble of simulated time.
type house struct {
	t       *testing.T
	broker  *adaptertest.Broker
	hub     *recorder
	adapter *Adapter
}

func inHouse(t *testing.T, o Options, f func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, broker: adaptertest.NewBroker(), hub: newRecorder(t)}
		o.MQTT = h.broker
		h.adapter = New(o)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.adapter.Run(ctx, h.hub) }()
		synctest.Wait()
		f(h)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for _, v := range h.hub.duties.Violations() {
			if v.Rule != adaptertest.RuleOneOutcome { // the tests use one command id again and again
				t.Error(v)
			}
		}
	})
}

// settle lets what was announced be taken in.
func (h *house) settle() {
	h.t.Helper()
	time.Sleep(2 * settle)
	synctest.Wait()
}

func (h *house) write(source, endpoint string, writes ...model.Write) model.Outcome {
	h.t.Helper()
	h.broker.Published()
	h.adapter.Execute(model.Command{ID: "c", Source: model.SourceID("mqttdiscovery/" + source), Endpoint: model.EndpointID(endpoint), Writes: writes})
	return h.hub.outcomes["c"]
}

func set(a model.Attribute, v model.Value) model.Write { return model.Write{Attribute: a, Value: v} }
