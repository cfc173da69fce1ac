package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/concord-home/hub/plugins/bundle"
	"github.com/concord-home/hub/plugins/manifest"
)

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
