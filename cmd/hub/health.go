package main

import (
	"fmt"
	"runtime/debug"

	"github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/mqtt/accounts"
)

// version is the module's version as Go stamped it, or "devel".
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func (h *house) info() api.Info {
	v := h.hub.View()
	i := api.Info{Version: version(), Started: h.started, Devices: len(v.Devices()), Rooms: len(v.Rooms()), Demo: h.o.demo}
	if h.broker != nil {
		i.MQTTAddr = h.broker.Addr().String()
	}
	return i
}

// desk is the broker's accounts, or none with an external broker.
func (h *house) desk() httpapi.Clients {
	if h.broker == nil {
		return nil
	}
	return clients{h.accounts}
}

// clients are the broker's accounts as the HTTP side shows them.
type clients struct{ *accounts.Accounts }

func (c clients) Clients() []api.MQTTClient {
	out := []api.MQTTClient{}
	for _, a := range c.List() {
		out = append(out, api.MQTTClient(a))
	}
	return out
}

// counters are the figures for /metrics.
func (h *house) counters() httpapi.Counters {
	m := h.hub.Metrics()
	c := httpapi.Counters{Facts: m.Facts.Load(), Refused: m.Refused.Load(), Changes: m.Changes.Load(), Sent: m.Sent.Load(), Queue: h.hub.QueueLength()}
	for _, a := range h.hub.Adapters() {
		c.Adapters = append(c.Adapters, httpapi.AdapterCounters{Name: a.Name, Running: a.Running, Restarts: a.Restarts, Commands: a.Outcomes})
	}
	if h.broker != nil {
		s := h.broker.Stats()
		c.MQTT = map[string]float64{"clients": float64(s.Clients), "sessions": float64(s.Sessions), "retained": float64(s.Retained), "retained_bytes": float64(s.RetainedBytes),
			"messages_in": float64(s.MessagesIn), "messages_out": float64(s.MessagesOut), "messages_dropped": float64(s.MessagesDropped),
			"logins_failed": float64(s.LoginsFailed), "packets_refused": float64(s.PacketsRefused)}
	}
	return c
}

// What an adapter's commands may take on average, and which share of them may fail, before it is worth a word. The share
// counts from so many commands on.
const (
	budgetMS    = 1000
	budgetShare = 0.02
	budgetFrom  = 20
)

// adapterHealth sets what each adapter does beside its budgets.
func (h *house) adapterHealth() []api.AdapterHealth {
	var out []api.AdapterHealth
	for _, a := range h.hub.Adapters() {
		x := api.AdapterHealth{Name: a.Name, Running: a.Running, Problem: a.Problem, Restarts: a.Restarts, Commands: a.Commands, Confirmed: a.Confirmed, Failed: a.Failed,
			MeanMS: a.MeanMS, BudgetMS: budgetMS, BudgetShare: budgetShare}
		if a.Commands > 0 {
			x.FailedShare = float64(a.Failed) / float64(a.Commands)
		}
		x.OK = a.Running && a.MeanMS <= budgetMS && (a.Commands < budgetFrom || x.FailedShare <= budgetShare)
		out = append(out, x)
	}
	return out
}

// discovered lists what is seen on the network and which adapter would take it.
func (h *house) discovered() []api.Discovered {
	var out []api.Discovered
	for _, s := range h.lan.Services() {
		d := api.Discovered{Proto: s.Proto, Type: s.Type, Instance: s.Instance, Host: s.Host, Port: s.Port, TXT: s.TXT,
			LastSeen: s.LastSeen, State: string(s.State), Handlers: h.lan.Handlers(s)}
		for _, a := range s.Addrs {
			d.Addrs = append(d.Addrs, a.String())
		}
		out = append(out, d)
	}
	return out
}

// longQueue is how many waiting facts are worth a word.
const longQueue = 1000

func (h *house) doctor() api.Doctor {
	doc := api.Doctor{OK: true}
	add := func(part string, ok bool, format string, args ...any) {
		doc.Findings = append(doc.Findings, api.Finding{Part: part, OK: ok, Detail: fmt.Sprintf(format, args...)})
		doc.OK = doc.OK && ok
	}
	store := h.store.Health()
	if store.OK {
		add("store", true, "ok")
	} else {
		add("store", false, "%s", store.Problem)
	}
	n := h.hub.QueueLength()
	add("queue", n < longQueue, "%d facts wait to be applied", n)
	for _, a := range h.hub.Adapters() {
		part := "adapter " + a.Name
		if !a.Running {
			add(part, false, "not running: %s", a.Problem)
			continue
		}
		add(part, true, "%d commands, %d confirmed in %.0f ms on average, %d failed, %d restarts", a.Commands, a.Confirmed, a.MeanMS, a.Failed, a.Restarts)
		for _, c := range a.Checks {
			add(part, c.OK, "%s: %s", c.Name, c.Detail)
		}
	}
	h.homekit.findings(add)
	if h.broker != nil {
		s := h.broker.Stats()
		add("broker", true, "%d clients, %d messages in, %d out, %d dropped, %d logins failed", s.Clients, s.MessagesIn, s.MessagesOut, s.MessagesDropped, s.LoginsFailed)
	}
	add("discovery", true, "%d services seen", len(h.lan.Services()))
	return doc
}
