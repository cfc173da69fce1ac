package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/concord-home/hub/mqtt"
)

// openMQTT makes the hub's own broker, or connects to another.
func (h *house) openMQTT(ctx context.Context) (err error) {
	if h.o.broker != "" {
		h.conn, err = mqtt.NewClient(mqtt.ClientOptions{URL: h.o.broker, Logger: h.log})
		return err
	}
	h.broker, err = listenOr(h.o.demo && !h.o.mqttGiven, h.o.mqtt, func(addr string) (*mqtt.Broker, error) {
		return mqtt.NewBroker(mqtt.BrokerOptions{Listen: addr, Users: h.accounts.Lookup, AllowAnonymous: h.o.demo, Allow: h.allow, Retained: h.retained(), Logger: h.log})
	})
	if err != nil {
		return fmt.Errorf("%w; to use that broker instead, run with --broker mqtt://user:password@host", err)
	}
	h.conn = h.broker
	return h.firstAccount(ctx)
}

// retained is where the broker keeps retained messages; the demo's devices publish theirs at every start.
func (h *house) retained() mqtt.RetainedMemory {
	if h.o.demo {
		return nil
	}
	return h.store
}

// allow keeps each client to its own topics; in the demo nobody needs an account.
func (h *house) allow(user, topic string, write bool) bool {
	return h.o.demo && user == "" || h.accounts.Allow(user, topic, write)
}

// firstAccount makes zigbee2mqtt's account at the first start and writes the lines that its
// configuration needs.
func (h *house) firstAccount(ctx context.Context) error {
	if _, have := h.accounts.Lookup("zigbee2mqtt"); have || h.o.demo {
		return nil
	}
	password, err := h.accounts.Make(ctx, "zigbee2mqtt", []string{"zigbee2mqtt/#", "homeassistant/#"})
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(h.broker.Addr().String())
	lines := fmt.Sprintf("mqtt:\n  base_topic: zigbee2mqtt\n  server: mqtt://%s\n  user: zigbee2mqtt\n  password: %s\n", net.JoinHostPort(ownAddress(h.broker.Addr()), port), password)
	h.greeting.zigbee2mqtt = filepath.Join(h.o.data, "zigbee2mqtt.yaml")
	return os.WriteFile(h.greeting.zigbee2mqtt, []byte(lines), 0o600)
}
