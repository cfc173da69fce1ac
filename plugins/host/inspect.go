package host

import (
	"context"
	"slices"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/plugins/protocol"
)

// Plugins says how each plugin is, by name.
func (h *Host) Plugins() []Status {
	out := []Status{}
	for _, p := range h.all() {
		out = append(out, p.status())
	}
	return out
}

// Plugin says how one plugin is.
func (h *Host) Plugin(name string) (Status, error) {
	p, err := h.lookup(name)
	if err != nil {
		return Status{}, err
	}
	return p.status(), nil
}

// Logs are the last lines that a plugin logged.
func (h *Host) Logs(name string) ([]Line, error) {
	p, err := h.lookup(name)
	if err != nil {
		return nil, err
	}
	return p.logs.lines(), nil
}

// Diagnostics asks a plugin for its figures.
func (h *Host) Diagnostics(ctx context.Context, name string) (map[string]string, error) {
	p, err := h.lookup(name)
	if err != nil {
		return nil, err
	}
	var d protocol.Diagnostics
	err = p.call(ctx, protocol.MethodDiagnostics, protocol.Empty{}, &d)
	for k, v := range d.Lines {
		d.Lines[k] = p.mask(v)
	}
	return d.Lines, err
}

// Checks are the findings for the doctor, one a plugin and one more for each that is not confined.
func (h *Host) Checks() []adapters.Check {
	var out []adapters.Check
	for _, s := range h.Plugins() {
		out = append(out, s.checks()...)
	}
	slices.SortStableFunc(out, func(a, b adapters.Check) int {
		switch {
		case a.OK == b.OK:
			return 0
		case b.OK:
			return -1
		}
		return 1
	})
	return out
}
