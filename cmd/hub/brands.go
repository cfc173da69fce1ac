package main

import (
	"context"
	"errors"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/echonet"
	"github.com/concord-home/hub/adapters/elgato"
	"github.com/concord-home/hub/adapters/hue"
	"github.com/concord-home/hub/adapters/mqttdiscovery"
	"github.com/concord-home/hub/store"
)

// brands are the adapters for devices that are not behind Zigbee2MQTT: one line each.
func (h *house) brands(client topics) []adapters.Adapter {
	all := []adapters.Adapter{
		mqttdiscovery.New(mqttdiscovery.Options{MQTT: client, Own: h.instance, Native: []string{h.o.base}, Logger: h.log}),
		hue.New(hue.Options{Secrets: secrets{h.store, "hue"}, Addresses: h.o.hue, Logger: h.log}),
		elgato.New(),
	}
	if h.o.discover && !h.o.demo { // it listens on the network by itself, where the demo keeps to this machine
		all = append(all, echonet.New(echonet.Options{Secrets: secrets{h.store, "echonet"}, Logger: h.log}))
	}
	return all
}

// secrets keeps an adapter's secrets in the hub's store.
type secrets struct {
	store   *store.Store
	adapter string
}

func (s secrets) Load(ctx context.Context, name string) ([]byte, error) {
	b, err := s.store.Get(ctx, "secrets/"+s.adapter, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return b, err
}

func (s secrets) Save(ctx context.Context, name string, secret []byte) error {
	return s.store.Put(ctx, "secrets/"+s.adapter, name, secret)
}
