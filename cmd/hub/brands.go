package main

import (
	"context"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/echonet"
	"github.com/concord-home/hub/adapters/elgato"
	"github.com/concord-home/hub/adapters/hue"
	"github.com/concord-home/hub/adapters/mqttdiscovery"
	"github.com/concord-home/hub/adapters/wled"
	"github.com/concord-home/hub/seal"
)

// brands are the adapters for devices that are not behind Zigbee2MQTT: one line each.
func (h *house) brands(client topics) ([]adapters.Adapter, error) {
	box, err := seal.Open(h.o.data)
	if err != nil {
		return nil, err
	}
	sealed := box.Memory(h.store)
	all := []adapters.Adapter{
		mqttdiscovery.New(mqttdiscovery.Options{MQTT: client, Own: h.instance, Native: []string{h.o.base}, May: h.mayPublish, People: fixes{h}, Logger: h.log}),
		hue.New(hue.Options{Secrets: secrets{sealed, "hue"}, Addresses: h.o.hue, Logger: h.log}),
		elgato.New(),
		wled.New(),
	}
	if h.o.discover && !h.o.demo { // it listens on the network by itself, where the demo keeps to this machine
		all = append(all, echonet.New(echonet.Options{Secrets: secrets{sealed, "echonet"}, Logger: h.log}))
	}
	return all, nil
}

// mayPublish reports whether a client of the hub's own broker may publish on a topic. Of those without an account, and of an
// external broker's, nothing is known: that broker has its own rules.
func (h *house) mayPublish(account, topic string) bool {
	return account == "" || h.accounts.Allow(account, topic, true)
}

// secrets keeps an adapter's secrets, sealed, in the hub's store.
type secrets struct {
	memory  seal.Memory
	adapter string
}

func (s secrets) Load(ctx context.Context, name string) ([]byte, error) {
	all, err := s.memory.List(ctx, "secrets/"+s.adapter)
	return all[name], err
}

func (s secrets) Save(ctx context.Context, name string, secret []byte) error {
	return s.memory.Put(ctx, "secrets/"+s.adapter, name, secret)
}
