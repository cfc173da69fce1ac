package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// ErrRefused is what an error is when a package, a folder or a configuration was not taken: nothing has changed.
var ErrRefused = errors.New("refused")

// refusal says why something was not taken.
type refusal struct{ why error }

func (r refusal) Error() string        { return r.why.Error() }
func (r refusal) Unwrap() error        { return r.why }
func (r refusal) Is(target error) bool { return target == ErrRefused }

func refused(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// Reload starts a plugin anew, without a break: after its folder changed.
func (h *Host) Reload(ctx context.Context, name string) (Status, error) {
	p, err := h.lookup(name)
	if err != nil {
		return Status{}, err
	}
	r := p.recordNow()
	m, err := load(h.folderOf(r))
	if err != nil {
		return Status{}, refused("%w", err)
	}
	if m.Name != name {
		return Status{}, refused("the folder now holds the plugin %s", m.Name)
	}
	r.Version, r.Enabled = m.Version, true
	return h.adopt(ctx, m, r)
}

// Enable starts a plugin that was disabled or has failed.
func (h *Host) Enable(name string) error {
	p, err := h.lookup(name)
	if err != nil {
		return err
	}
	if err := p.load(); err != nil {
		return refused("%w", err)
	}
	if err := p.keep(func(r *record) { r.Enabled = true }); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begin(p)
	return nil
}

// Disable stops a plugin. Its devices stay, unreachable.
func (h *Host) Disable(name string) error {
	p, err := h.lookup(name)
	if err != nil {
		return err
	}
	if err := p.keep(func(r *record) { r.Enabled = false }); err != nil {
		return err
	}
	h.end(p)
	p.set(Disabled, "")
	return nil
}

// Uninstall removes a plugin with all that it kept; its devices are gone.
func (h *Host) Uninstall(ctx context.Context, name string) error {
	p, err := h.lookup(name)
	if err != nil {
		return err
	}
	h.end(p)
	r := p.recordNow()
	h.mu.Lock()
	delete(h.plugins, name)
	hub := h.hub
	h.mu.Unlock()
	if hub != nil {
		for _, d := range r.Devices {
			hub.Gone(source(name, d), "its plugin was removed")
		}
	}
	errs := []error{p.store.clear(ctx), p.secrets.clear(ctx), h.o.Memory.Delete(ctx, bucket, name), os.RemoveAll(p.dataDir()), p.logs.forget()}
	if !r.Dev {
		errs = append(errs, os.RemoveAll(filepath.Join(h.o.Dir, "installed", name)))
	}
	return errors.Join(errs...)
}

// Configure sets a plugin's configuration, checked against its schema. "•••" stands for a secret as it is. A running
// plugin is told; one that does not take it while it runs is started anew.
func (h *Host) Configure(ctx context.Context, name string, config json.RawMessage) (Status, error) {
	p, err := h.lookup(name)
	if err != nil {
		return Status{}, err
	}
	p.swap.Lock()
	defer p.swap.Unlock()
	m := p.manifestNow()
	if m == nil {
		return Status{}, refused("the plugin's folder cannot be read: install it again")
	}
	before, err := p.config()
	if err != nil {
		before = []byte("{}")
	}
	if config, err = m.Schema.Restore(config, before); err != nil {
		return Status{}, refused("%w", err)
	}
	if config, err = m.Schema.Fill(config); err != nil {
		return Status{}, refused("%w", err)
	}
	if err := m.Schema.Check(config); err != nil {
		return Status{}, refused("%w", err)
	}
	for field, secret := range m.Schema.Secrets(config) {
		p.logs.hide("config "+field, secret)
	}
	if p.current() != nil {
		err := p.call(ctx, protocol.MethodConfigSet, protocol.ConfigSet{Config: config}, nil)
		switch protocol.CodeOf(err) {
		case 0:
		case protocol.UnknownMethod:
			defer func() { _ = p.reload(ctx, m, h.folderOf(p.recordNow())) }()
		case protocol.InvalidParams:
			return Status{}, refused("%s does not take the configuration: %s", name, p.mask(err.Error()))
		default:
			return Status{}, fmt.Errorf("%s did not take the configuration: %w", name, err)
		}
	}
	if err := p.keep(func(r *record) { r.Config = h.seal.seal(config) }); err != nil {
		return Status{}, err
	}
	select { // it may have waited for its configuration
	case p.kick <- struct{}{}:
	default:
	}
	if s := p.status(); s.State == Failed {
		return s, h.Enable(name)
	}
	return p.status(), nil
}

// Attach hands a plugin a device by its address, "192.0.2.7:80": a person's word is a grant like a sighting.
func (h *Host) Attach(name, address string) error {
	p, err := h.lookup(name)
	if err != nil {
		return err
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		host, err := netip.ParseAddr(address)
		if err != nil {
			return refused("the address %q is none, expected one like 192.0.2.7:80", address)
		}
		a = netip.AddrPortFrom(host, 0)
	}
	return p.match(protocol.Found{Key: "manual " + address, Via: "manual", Host: a.Addr().String(), Port: int(a.Port())})
}

// Detach takes a grant back, by the address that Attach was given or the key of what was found.
func (h *Host) Detach(name, key string) error {
	p, err := h.lookup(name)
	if err != nil {
		return err
	}
	known := false
	err = p.keep(func(r *record) {
		left := map[string]protocol.Found{}
		for k, v := range r.Matches {
			if k == key || k == "manual "+key {
				known = true
				continue
			}
			left[k] = v
		}
		r.Matches = left
	})
	if r := p.current(); r != nil {
		r.Broker.Revoke(key)
		r.Broker.Revoke("manual " + key)
		_ = r.conn.Notify(protocol.MethodLost, protocol.Lost{Key: key})
	}
	if err == nil && !known {
		return refused("%s was not found by or attached to %s", key, name)
	}
	return err
}

// Sources are the sources of a plugin's devices.
func (h *Host) Sources(name string) []model.SourceID {
	p, err := h.lookup(name)
	if err != nil {
		return nil
	}
	var out []model.SourceID
	for _, d := range p.recordNow().Devices {
		out = append(out, source(name, d))
	}
	slices.Sort(out)
	return out
}

// prune removes folders of versions that nothing uses: an installation that was cut off.
func (h *Host) prune() {
	used := map[string]bool{}
	for _, p := range h.all() {
		used[h.folderOf(p.recordNow())] = true
	}
	all, _ := filepath.Glob(filepath.Join(h.o.Dir, "installed", "*", "*"))
	for _, dir := range all {
		if info, err := os.Stat(dir); !used[dir] && (err == nil && info.IsDir() || errors.Is(err, fs.ErrNotExist)) {
			_ = os.RemoveAll(dir)
		}
	}
}
