package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/concord-home/hub/adapters"
	httpapi "github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/discovery"
	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/seek"
)

// openPlugins makes the host of the plugins.
func (h *house) openPlugins(ctx context.Context) (err error) {
	locale := "en"
	if h.o.lang == "zh" {
		locale = "zh-CN"
	}
	listenOn := ""
	if h.o.demo { // it keeps to this machine
		listenOn = "127.0.0.1"
	}
	h.openSeekers()
	h.plugins, err = host.New(ctx, host.Options{MQTT: pluginTopics{h}, ListenOn: listenOn, Dir: filepath.Join(h.o.data, "plugins"), Memory: h.store, Seek: h.seekForPlugin,
		Developer: h.o.developer || h.o.demo, Version: version(), Locale: locale, Logger: h.log})
	return err
}

// seekForPlugin tells the discovery what a plugin looks for. It may be called while the parts are made, before there is one.
func (h *house) seekForPlugin(name string, patterns []manifest.Pattern, found func(via string, f adapters.Found)) {
	for proto, of := range map[string]func(manifest.Pattern) string{
		discovery.ProtoMDNS: func(p manifest.Pattern) string { return p.MDNS }, discovery.ProtoSSDP: func(p manifest.Pattern) string { return p.SSDP },
	} {
		seeker := pluginSeeker{found: func(f adapters.Found) { found(proto, f) }}
		for _, p := range patterns {
			if kind := of(p); kind != "" {
				seeker.patterns = append(seeker.patterns, adapters.Pattern{Proto: proto, Type: kind, Instance: p.Instance, TXT: p.Text})
			}
		}
		h.seek(name+map[string]string{discovery.ProtoSSDP: " ssdp"}[proto], seeker)
	}
	if !h.o.discover { // the hub's own broker is no network to look about in
		patterns = slices.DeleteFunc(slices.Clone(patterns), func(p manifest.Pattern) bool { return p.MQTT == "" })
	}
	h.seekers.Seek(name, patterns, found)
}

// openSeekers makes what looks for what neither mDNS nor SSDP announces.
func (h *house) openSeekers() {
	h.seekers = seek.New(seek.Options{Logger: h.log, Subscribe: func(filter string, heard func(string, []byte)) (func(), error) {
		return h.conn.Subscribe(filter, func(m mqtt.Message) { heard(m.Topic, m.Payload) })
	}})
}

// pluginTopics is the hub's MQTT as plugins see it.
type pluginTopics struct{ h *house }

func (t pluginTopics) Subscribe(filter string, heard func(string, []byte, bool)) (func(), error) {
	return t.h.conn.Subscribe(filter, func(m mqtt.Message) { heard(m.Topic, m.Payload, m.Retained) })
}

func (t pluginTopics) Publish(topic string, payload []byte, retain bool) error {
	return t.h.conn.Publish(topic, payload, retain, 0)
}

// pluginSeeker is a plugin as the discovery sees it.
type pluginSeeker struct {
	patterns []adapters.Pattern
	found    func(adapters.Found)
}

func (p pluginSeeker) Seeks() []adapters.Pattern { return p.patterns }
func (p pluginSeeker) Found(f adapters.Found)    { p.found(f) }

// pluginDesk is the host as the HTTP side sees it.
type pluginDesk struct{ host *host.Host }

func shown(s host.Status) api.Plugin {
	p := api.Plugin{Name: s.Name, Version: s.Version, Title: s.Title, Vendor: s.Vendor, Signed: s.Signed, Dev: s.Dev, State: string(s.State), Problem: s.Problem, Since: s.Since,
		Confined: s.Confined, Confinement: s.Confinement, Restarts: s.Restarts, Devices: s.Devices, Messages: s.Messages, Faults: s.Faults, LastFault: s.LastFault,
		LogsDropped: s.LogsDropped, MemoryBytes: s.MemoryBytes, Capabilities: s.Capabilities, Network: api.PluginNetwork(s.Network), Config: s.Config, Schema: s.Schema}
	for _, f := range s.Fields {
		p.Fields = append(p.Fields, api.PluginField(f))
	}
	return p
}

// told says in the HTTP side's terms what went wrong.
func told(err error) error {
	switch {
	case errors.Is(err, host.ErrUnknown):
		return fmt.Errorf("%w: %w", httpapi.ErrNoPlugin, err)
	case errors.Is(err, host.ErrRefused):
		return pluginRefusal{err}
	}
	return err
}

// pluginRefusal is a refusal of the host as the HTTP side knows them.
type pluginRefusal struct{ why error }

func (p pluginRefusal) Error() string        { return p.why.Error() }
func (p pluginRefusal) Is(target error) bool { return target == httpapi.ErrPluginRefused }

func (d pluginDesk) Plugins() []api.Plugin {
	var out []api.Plugin
	for _, s := range d.host.Plugins() {
		out = append(out, shown(s))
	}
	return out
}

func (d pluginDesk) Install(ctx context.Context, pkg []byte, key string) (api.Plugin, error) {
	s, err := d.host.Install(ctx, pkg, key)
	return shown(s), told(err)
}

func (d pluginDesk) Develop(ctx context.Context, folder string) (api.Plugin, error) {
	s, err := d.host.Develop(ctx, folder)
	return shown(s), told(err)
}

func (d pluginDesk) Configure(ctx context.Context, name string, config json.RawMessage) (api.Plugin, error) {
	s, err := d.host.Configure(ctx, name, config)
	return shown(s), told(err)
}

func (d pluginDesk) Do(ctx context.Context, name, action, address string) (err error) {
	switch action {
	case "enable":
		err = d.host.Enable(name)
	case "disable":
		err = d.host.Disable(name)
	case "reload":
		_, err = d.host.Reload(ctx, name)
	case "attach":
		err = d.host.Attach(name, address)
	case "detach":
		err = d.host.Detach(name, address)
	case "remove":
		err = d.host.Uninstall(ctx, name)
	}
	return told(err)
}

func (d pluginDesk) Log(ctx context.Context, name string) (api.PluginLog, error) {
	lines, err := d.host.Logs(name)
	if err != nil {
		return api.PluginLog{}, told(err)
	}
	out := api.PluginLog{}
	for _, l := range lines {
		out.Lines = append(out.Lines, api.PluginLine(l))
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	out.Diagnostics, _ = d.host.Diagnostics(ctx, name) // none of a plugin that has none, or does not run
	return out, nil
}
