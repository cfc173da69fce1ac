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
	"github.com/concord-home/hub/plugins/bundle"
	"github.com/concord-home/hub/plugins/manifest"
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

// Install installs a package, or replaces the version that is there by it: without a break where the plugin allows
// it, and when the new version does not start, the old one goes on. key, when given, is the vendor's public key that
// the package must be signed with; at the first installation the signer's key is pinned.
func (h *Host) Install(ctx context.Context, data []byte, key string) (Status, error) {
	pkg, err := bundle.Open(data)
	if err != nil {
		return Status{}, refused("%w", err)
	}
	signer, err := pkg.Signer()
	unsigned := errors.Is(err, bundle.ErrUnsigned)
	switch {
	case unsigned && !h.o.Developer:
		return Status{}, refused("%w, and the hub takes unsigned ones in developer mode only (hub run --developer)", err)
	case err != nil && !unsigned:
		return Status{}, refused("%w", err)
	}
	if key != "" {
		want, err := bundle.ParseKey(key)
		if err != nil {
			return Status{}, refused("%w", err)
		}
		if want.String() != signer {
			return Status{}, refused("the package is signed by %q, not by the key given", signer)
		}
	}
	m := pkg.Manifest
	old, _ := h.lookup(m.Name)
	if old != nil {
		if pinned := old.recordNow().VendorKey; pinned != "" && pinned != signer {
			return Status{}, refused("%s was installed with the vendor's key %s, and this package is signed by %q: a different vendor must use a different name (remove the plugin first to trust the new key)", m.Name, pinned, signer)
		}
	}
	folder, err := h.unpack(pkg)
	if err != nil {
		return Status{}, err
	}
	s, err := h.adopt(ctx, m, record{Version: m.Version, Folder: folder, Enabled: true, VendorKey: signer})
	if err != nil {
		_ = os.RemoveAll(filepath.Join(h.o.Dir, folder))
	}
	return s, err
}

// unpack writes a package's files to a folder that nothing else uses.
func (h *Host) unpack(pkg *bundle.Package) (string, error) {
	parent := filepath.Join(h.o.Dir, "installed", pkg.Manifest.Name)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(parent, pkg.Manifest.Version+"-")
	if err != nil {
		return "", err
	}
	if err := pkg.Unpack(dir); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("the package cannot be unpacked: %w", err)
	}
	return filepath.Rel(h.o.Dir, dir)
}

// Develop installs a folder as it is, in developer mode: what changes there is used from the next Reload on.
func (h *Host) Develop(ctx context.Context, dir string) (Status, error) {
	if !h.o.Developer {
		return Status{}, refused("a folder can be used as a plugin in developer mode only (hub run --developer)")
	}
	if !filepath.IsAbs(dir) {
		return Status{}, refused("%q is no absolute path", dir)
	}
	m, err := load(dir)
	if err != nil {
		return Status{}, refused("%w", err)
	}
	return h.adopt(ctx, m, record{Version: m.Version, Folder: dir, Dev: true, Enabled: true})
}

// adopt makes a version the one that is to run. What the plugin had (configuration, devices, what was found) stays.
func (h *Host) adopt(ctx context.Context, m *manifest.Manifest, r record) (Status, error) {
	h.mu.Lock()
	p := h.plugins[m.Name]
	fresh := p == nil
	if fresh {
		p = h.newPlugin(m.Name, r)
		h.plugins[m.Name] = p
	}
	h.mu.Unlock()
	p.swap.Lock()
	defer p.swap.Unlock()
	if fresh {
		p.adopt(m)
		if err := p.keep(func(*record) {}); err != nil {
			return Status{}, err
		}
		h.mu.Lock()
		h.begin(p)
		h.mu.Unlock()
		return p.status(), nil
	}
	before := p.recordNow()
	if err := p.reload(ctx, m, h.folderOf(r)); err != nil {
		return Status{}, refused("%s %s does not start and %s goes on: %w", m.Name, m.Version, before.Version, err)
	}
	err := p.keep(func(now *record) {
		now.Version, now.Folder, now.Dev, now.VendorKey, now.Enabled = r.Version, r.Folder, r.Dev, r.VendorKey, true
	})
	if before.Folder != r.Folder && !before.Dev {
		_ = os.RemoveAll(h.folderOf(before))
	}
	if h.o.Seek != nil && err == nil {
		h.o.Seek(Name+" "+p.name, m.Discovery, p.found)
	}
	h.mu.Lock()
	h.begin(p)
	h.mu.Unlock()
	return p.status(), err
}

// reload makes another version, or the same one anew, speak for the plugin. When it does not start, nothing has changed.
func (p *plugin) reload(ctx context.Context, m *manifest.Manifest, folder string) error {
	old, before := p.current(), p.manifestNow()
	if old == nil {
		p.adopt(m)
		select {
		case p.kick <- struct{}{}:
		default:
		}
		return nil
	}
	p.adopt(m) // its configuration is checked against the new schema
	if m.Exclusive || before.Exclusive {
		old.asked.Store(true)
		old.stop("a newer version takes over") // the supervision starts the plugin again: the new version
		return nil
	}
	r, err := p.start(ctx, m, folder)
	if err != nil {
		p.adopt(before)
		return err
	}
	p.mu.Lock()
	over := old.over
	if !over {
		old.next = r
	}
	p.mu.Unlock()
	if over { // it ended meanwhile: the supervision starts the new version by itself
		r.stop("another one is started")
		return nil
	}
	p.become(r)
	old.replace <- struct{}{}
	return nil
}

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
