package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/bridge/mqtt"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/store"
)

// publisher is the house's bridge to MQTT, and the memory of what it publishes.
type publisher struct {
	*mqttbridge.Bridge
	store    *store.Store
	conn     mqtt.Conn
	instance string
	mu       sync.Mutex
	settings mqttbridge.Settings
}

const publishBucket = "mqtt-publish"

// instance is the name under which this hub publishes: made once, so that others know its devices again.
func instance(ctx context.Context, s *store.Store) (string, error) {
	id, err := s.Get(ctx, publishBucket, "instance")
	if !errors.Is(err, store.ErrNotFound) {
		return string(id), err
	}
	var b [3]byte
	_, _ = rand.Read(b[:])
	made := "concord-" + hex.EncodeToString(b[:])
	return made, s.Put(ctx, publishBucket, "instance", []byte(made))
}

func (h *house) openPublisher(ctx context.Context) error {
	p := &publisher{store: h.store, conn: h.conn, instance: h.instance}
	raw, err := h.store.Get(ctx, publishBucket, "settings")
	if err == nil {
		err = json.Unmarshal(raw, &p.settings)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("what is published on MQTT: %w", err)
	}
	p.Bridge = mqttbridge.New(mqttbridge.Options{House: events{h.hub}, MQTT: plainTopics{h.conn}, Instance: h.instance, Settings: p.settings, Logger: h.log})
	h.publisher = p
	if h.broker != nil && p.settings.On() { // before it lets anybody in: what was ready until the hub was killed is not
		topic, lost := mqttbridge.LastWill(h.instance)
		return h.broker.Publish(topic, lost, true, 0)
	}
	return p.bequeath()
}

// bequeath has an external broker say that the house is lost if the hub goes without a word. The hub's own broker goes with it.
func (p *publisher) bequeath() error {
	c, external := p.conn.(*mqtt.Client)
	if !external {
		return nil
	}
	if !p.settings.On() {
		return c.SetWill("", nil)
	}
	return c.SetWill(mqttbridge.LastWill(p.instance))
}

// Published is what is published now.
func (p *publisher) Published() api.Publishing {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := api.Publishing{Homie: p.settings.Homie, HomeAssistant: p.settings.HomeAssistant}
	for _, r := range p.settings.Rooms {
		out.Rooms = append(out.Rooms, string(r))
	}
	for _, d := range p.settings.Except {
		out.Except = append(out.Except, string(d))
	}
	return out
}

// Publish changes what is published, for good.
func (p *publisher) Publish(ctx context.Context, in api.Publishing) error {
	s := mqttbridge.Settings{Homie: in.Homie, HomeAssistant: in.HomeAssistant}
	for _, r := range in.Rooms {
		s.Rooms = append(s.Rooms, home.RoomID(r))
	}
	for _, d := range in.Except {
		s.Except = append(s.Except, model.DeviceID(d))
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := p.store.Put(ctx, publishBucket, "settings", raw); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings = s
	err = p.bequeath()
	p.Configure(s)
	return err
}

// plainTopics is the hub's MQTT connection as the bridge sees it.
type plainTopics struct{ conn mqtt.Conn }

func (t plainTopics) Subscribe(filter string, h func(string, []byte, bool)) (func(), error) {
	return t.conn.Subscribe(filter, func(m mqtt.Message) { h(m.Topic, m.Payload, m.Retained) })
}

func (t plainTopics) Publish(topic string, payload []byte, retain bool, qos byte) error {
	return t.conn.Publish(topic, payload, retain, qos)
}

func (t plainTopics) OnState(f func(connected bool, why string)) { t.conn.OnState(f) }
