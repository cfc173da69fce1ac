package conformance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/simulator"
)

// env is a running plugin that knows one device.
type env struct {
	kit     *kit
	subject *subject
	device  *simulator.Device
	id      string
	source  model.SourceID
}

// device starts a fresh device; state replaces some of what its file says.
func (k *kit) device(state map[string]string) (*simulator.Device, error) {
	if k.script.Via == "mqtt" {
		return simulator.Join(k.script, k.wire, state)
	}
	return simulator.Start(k.script, simulator.Anywhere(), state)
}

// enter starts the plugin with a fresh device and waits until it has described it and reported of it.
func (k *kit) enter(ctx context.Context, state map[string]string) (*env, error) {
	d, err := k.device(state)
	if err != nil {
		return nil, err
	}
	e := &env{kit: k, device: d}
	if e.subject, err = k.start(ctx); err != nil {
		d.Off()
		return nil, err
	}
	if err := e.meet(ctx); err != nil {
		e.leave(ctx)
		return nil, err
	}
	return e, nil
}

// meet hands the device over and waits for the acquaintance.
func (e *env) meet(ctx context.Context) error {
	s := e.subject
	if err := s.found(ctx, "kit-device", e.device); err != nil {
		return fmt.Errorf("it does not take what was found: %w", err)
	}
	if !s.wait(ctx, 10*time.Second, func() bool { return len(s.hub.Sources()) > 0 }) {
		if err := s.alive(); err != nil {
			return err
		}
		if err := s.kit.wrong(&s.kit.contract); err != nil {
			return fmt.Errorf("it describes no device that the hub takes: %w", err)
		}
		return fmt.Errorf("it describes no device within 10 s after one was found%s", e.asked())
	}
	e.source = s.hub.Sources()[0]
	e.id = strings.TrimPrefix(string(e.source), string(source(e.kit, "")))
	if !s.wait(ctx, 10*time.Second, func() bool { return s.hub.Values(e.source) > 0 }) {
		return fmt.Errorf("it reports nothing of the device within 10 s%s", e.asked())
	}
	return nil
}

func (e *env) asked() string {
	if r := e.device.Requests(); len(r) > 0 {
		return "; the device was asked: " + strings.Join(last(r, 3), ", ")
	}
	return "; the device was never asked anything"
}

// leave stops everything; the error is the plugin's.
func (e *env) leave(ctx context.Context) error {
	err := e.subject.end(ctx)
	e.device.Off()
	return err
}
