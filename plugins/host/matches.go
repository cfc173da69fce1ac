package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/plugins/protocol"
)

// forget takes a device out of the house.
func (p *plugin) forget(ctx context.Context, id string) error {
	p.mu.Lock()
	_, known := p.devices[id]
	delete(p.devices, id)
	p.mu.Unlock()
	err := p.keep(func(r *record) {
		r.Devices = slices.DeleteFunc(slices.Clone(r.Devices), func(d string) bool { return d == id })
	})
	if err != nil {
		return err
	}
	if known && p.current() != nil {
		if err := p.call(ctx, protocol.MethodForget, protocol.Forget{Device: id}, nil); err != nil && protocol.CodeOf(err) != protocol.UnknownMethod {
			return err
		}
	}
	return nil
}

// found takes what the discovery saw. The hub remembers it, so that a restart does not have to wait for the next announcement.
func (p *plugin) found(via string, f adapters.Found) {
	if f.Gone {
		if r := p.current(); r != nil {
			_ = r.conn.Notify(protocol.MethodLost, protocol.Lost{Key: f.Key})
		}
		return
	}
	m := protocol.Found{Key: f.Key, Via: via, Type: f.Type, Instance: f.Instance, Text: f.TXT, Port: f.Port}
	switch {
	case len(f.Addrs) > 0:
		m.Host = f.Addrs[0].String()
	case via != viaMQTT: // a topic has no address
		return
	}
	if err := p.match(m); err != nil {
		p.fault(err.Error())
	}
}

// The ways of a find that the host treats otherwise.
const (
	viaMQTT = "mqtt"
	viaUDP  = "udp"
)

const maxMatches = 1000

// match remembers what was found and hands it over.
func (p *plugin) match(m protocol.Found) error {
	full := false
	err := p.keep(func(r *record) {
		all := map[string]protocol.Found{m.Key: m}
		for k, v := range r.Matches {
			if k != m.Key {
				all[k] = v
			}
		}
		if full = len(all) > maxMatches; !full {
			r.Matches = all
		}
	})
	if full {
		return fmt.Errorf("more than %d things were found for %s: what is beyond is not handed over", maxMatches, p.name)
	}
	if r := p.current(); r != nil {
		r.hand(m)
	}
	return err
}

// fault counts something that was not taken.
func (p *plugin) fault(why string) {
	why = p.mask(why)
	p.mu.Lock()
	first := p.counts.lastFault != why
	p.counts.faults++
	p.counts.lastFault = why
	p.mu.Unlock()
	if first {
		p.logs.add("warn", why)
	}
}
