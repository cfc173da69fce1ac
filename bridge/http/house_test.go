package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// lamps is an adapter of a few things: "lamp" does what it is told, "stubborn" refuses, "mute" never answers,
// "sensor" measures and "button" is pressed.
type lamps struct {
	mu  sync.Mutex
	hub adapters.Hub
	up  chan struct{}
}

func (a *lamps) Name() string { return "test" }

func (a *lamps) Run(ctx context.Context, h adapters.Hub) error {
	a.mu.Lock()
	a.hub = h
	a.mu.Unlock()
	for _, name := range []string{"lamp", "stubborn", "mute"} {
		a.describe(h, name, "light_on_off", *model.LookupAttribute(model.AttrOnOffOn))
	}
	temp := *model.LookupAttribute("temperature.celsius")
	a.describe(h, "sensor", "temperature_sensor", temp)
	mode := model.Property{Attribute: "setting.mode", Type: model.TypeEnum, Options: []string{"eco", "boost"}, Access: model.AccessWrite}
	a.describe(h, "sensor2", "temperature_sensor", temp, mode)
	h.Report("test/lamp", []model.Reading{{Endpoint: "main", Attribute: model.AttrOnOffOn, Value: model.Bool(false)}})
	h.Report("test/sensor", []model.Reading{{Endpoint: "main", Attribute: temp.Attribute, Value: model.Number(21.5)}})
	close(a.up)
	<-ctx.Done()
	return nil
}

func (a *lamps) describe(h adapters.Hub, name string, typ model.DeviceType, props ...model.Property) {
	h.Describe(model.Description{Source: model.SourceID("test/" + name), Name: name, Type: typ, Vendor: "Acme", CommandTimeout: 300 * time.Millisecond,
		Endpoints: []model.EndpointDescription{{ID: "main", Type: typ, Properties: props, Events: []model.EventInfo{{Event: "button.press"}}}}})
	h.Reachable(model.SourceID("test/"+name), true, "")
}

func (a *lamps) Execute(c model.Command) {
	a.mu.Lock()
	h := a.hub
	a.mu.Unlock()
	switch c.Source {
	case "test/lamp":
		h.Outcome(c.ID, model.Outcome{Status: model.Acked})
		for _, w := range c.Writes {
			h.Report(c.Source, []model.Reading{{Endpoint: "main", Attribute: w.Attribute, Value: w.Value}})
		}
	case "test/stubborn":
		h.Outcome(c.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: "MAC no ack"}})
	}
}

func (a *lamps) say(source model.SourceID, attr model.Attribute, v model.Value) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hub.Report(source, []model.Reading{{Endpoint: "main", Attribute: attr, Value: v}})
}

// sceneList is a scene engine whose documents list the devices to turn on: {"names": ..., "on": [...]}.
type sceneList struct {
	mu  sync.Mutex
	all map[string]sceneDoc
}

type sceneDoc struct {
	Names map[string]string `json:"names"`
	On    []model.DeviceID  `json:"on"`
}

func (s *sceneList) Check(_ string, doc json.RawMessage, _ home.Reader) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	return dec.Decode(&sceneDoc{})
}

func (s *sceneList) Put(id string, doc json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]sceneDoc{}
	}
	var d sceneDoc
	_ = json.Unmarshal(doc, &d) // Check has read it before
	s.all[id] = d
}

func (s *sceneList) Remove(id string) { s.mu.Lock(); defer s.mu.Unlock(); delete(s.all, id) }

func (s *sceneList) React(o home.Occurrence, _ home.Foresight) []home.Reaction {
	if o.Kind != home.OccurredAsked {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := home.Reaction{Scene: o.Scene}
	for _, id := range s.all[o.Scene].On {
		out.Asks = append(out.Asks, home.Ask{Device: id, Command: "on_off.on"})
	}
	return []home.Reaction{out}
}

func (s *sceneList) State() home.EngineState        { return nothing{} }
func (s *sceneList) SetState(json.RawMessage) error { return nil }

// nothing is the state of an engine that remembers nothing.
type nothing struct{}

func (nothing) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
func (nothing) Running(string) []home.Run    { return nil }
