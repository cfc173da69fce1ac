package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/simulator"
)

func checkStart(ctx context.Context, k *kit) error {
	s, err := k.begin()
	if err != nil {
		return err
	}
	out, err := s.initialize(ctx, versions, nil)
	if err != nil {
		s.kill()
		return err
	}
	switch m := k.manifest; {
	case out.Protocol < 1 || out.Protocol > protocol.Version:
		err = fmt.Errorf("it answers with protocol %d, expected 1 to %d", out.Protocol, protocol.Version)
	case out.Plugin != m.Name || out.Version != m.Version:
		err = fmt.Errorf("it says that it is %q %q, but its manifest says %q %q", out.Plugin, out.Version, m.Name, m.Version)
	}
	s.kill()
	return err
}

func checkVersion(ctx context.Context, k *kit) error {
	s, err := k.begin()
	if err != nil {
		return err
	}
	defer s.kill()
	out, err := s.initialize(ctx, protocol.Versions{Min: 99, Max: 99}, nil)
	switch {
	case err == nil:
		return fmt.Errorf("it takes a hub that speaks protocol 99 only, and answers with protocol %d", out.Protocol)
	case protocol.CodeOf(err) != protocol.UnsupportedProtocol:
		return fmt.Errorf("it answers a hub that speaks protocol 99 with %d (%v), expected error %d", protocol.CodeOf(err), err, protocol.UnsupportedProtocol)
	}
	return nil
}

func checkUnknownMethod(ctx context.Context, k *kit) error {
	s, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	err = s.call(ctx, protocol.PingTimeout, "x/newer", map[string]any{"a": 1}, nil)
	if protocol.CodeOf(err) != protocol.UnknownMethod {
		return fmt.Errorf("it answers a method that it does not know with %v, expected error %d", say(err), protocol.UnknownMethod)
	}
	if err := s.conn.Notify("x/newer-notification", map[string]any{"a": 1}); err != nil {
		return err
	}
	if err := s.call(ctx, protocol.PingTimeout, protocol.MethodPing, map[string]any{"x_newer_member": true}, nil); err != nil {
		return fmt.Errorf("after a notification that it does not know it answers ping with %v%s", say(err), s.lastWords())
	}
	return nil
}

// say is an error, or that there was none.
func say(err error) string {
	switch {
	case err == nil:
		return "success"
	case errors.Is(err, context.DeadlineExceeded):
		return "nothing"
	}
	return err.Error()
}

func checkDescribe(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	return e.leave(ctx)
}

func checkIdentity(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { e.leave(ctx) }()
	before := e.id
	e.subject.kill()
	if e.subject, err = k.start(ctx, before); err != nil {
		return err
	}
	if err := e.meet(ctx); err != nil {
		return err
	}
	if e.id != before {
		return fmt.Errorf("the device was %q, and is %q after a restart", before, e.id)
	}
	return nil
}

func checkPing(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.device.Misbehave(simulator.Fault{Silent: true})
	for range 5 {
		if err := e.subject.call(ctx, protocol.PingTimeout, protocol.MethodPing, protocol.Empty{}, nil); err != nil {
			return fmt.Errorf("it answers ping with %s within %v while its device is silent%s", say(err), protocol.PingTimeout, e.subject.lastWordsIfGone())
		}
		wait(ctx, 300*time.Millisecond)
	}
	return nil
}

// lastWordsIfGone are the last words of a process that has ended; "" of one that runs.
func (s *subject) lastWordsIfGone() string {
	if s.alive() == nil {
		return ""
	}
	return s.lastWords()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// unreachable waits until the plugin says that the device does not answer.
func (e *env) unreachable(ctx context.Context) error {
	s := e.subject
	if !s.wait(ctx, e.kit.offline, func() bool { ok, _ := s.hub.IsReachable(e.source); return !ok }) {
		if err := s.alive(); err != nil {
			return err
		}
		return fmt.Errorf("%v after the device was switched off it is still said to answer", e.kit.offline)
	}
	return nil
}

func checkOffline(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.device.Off()
	if err := e.unreachable(ctx); err != nil {
		return err
	}
	if _, why := e.subject.hub.IsReachable(e.source); why == "" {
		return errors.New("it does not say why the device does not answer")
	}
	return nil
}

func checkShutdown(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	return e.leave(ctx)
}

func checkOrphan(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.device.Off()
	defer e.subject.kill()
	limit := time.Duration(protocol.DefaultLimits.StopMS) * time.Millisecond
	_ = e.subject.process.Stdin.Close()
	select {
	case <-e.subject.exited:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("it still runs %v after its standard input was closed", limit)
	}
}
