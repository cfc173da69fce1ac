package main

import (
	"errors"
	"net"
	"syscall"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/mqtt"
)

// ownAddress is the address under which others reach a listener.
func ownAddress(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if ok && !tcp.IP.IsUnspecified() {
		return tcp.IP.String()
	}
	addrs, _ := net.InterfaceAddrs()
	for _, x := range addrs {
		if n, ok := x.(*net.IPNet); ok && n.IP.IsPrivate() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}

// listenOr opens at an address, or at a free port where that one is taken and it does not matter.
func listenOr[T any](anyPort bool, addr string, open func(string) (T, error)) (T, error) {
	x, err := open(addr)
	if err != nil && anyPort && errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(addr)
		return open(net.JoinHostPort(host, "0"))
	}
	return x, err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// topics is the hub's MQTT connection as adapters see it.
type topics struct{ conn mqtt.Conn }

func (t topics) Subscribe(filter string, h func(adapters.Message)) (func(), error) {
	return t.conn.Subscribe(filter, func(m mqtt.Message) {
		h(adapters.Message{Topic: m.Topic, Payload: m.Payload, Retained: m.Retained, From: m.From})
	})
}

func (t topics) Publish(topic string, payload []byte, retain bool, qos byte) error {
	return t.conn.Publish(topic, payload, retain, qos)
}

// events is the hub as the HTTP side sees it.
type events struct{ *hub.Hub }

func (e events) Events(room int) (<-chan home.Effect, func()) {
	s := e.Subscribe(room)
	return s.C, s.Close
}
