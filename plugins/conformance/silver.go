package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/simulator"
)

// aCommand is the first command of the scripts; ok is false when the plugin takes none.
func (k *kit) aCommand() (st step, ok bool) {
	for _, s := range k.scripts {
		for _, st := range s.steps {
			if st.verb == "command" {
				return st, true
			}
		}
	}
	return step{}, false
}

var noCommand = notApplicable("no script gives a command")

func checkDeadline(ctx context.Context, k *kit) error {
	st, ok := k.aCommand()
	if !ok {
		return noCommand
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.device.Misbehave(simulator.Fault{Silent: true})
	const limit = 1500 * time.Millisecond
	began := time.Now()
	err = e.subject.command(ctx, commandOf(e.id, st), limit)
	took := time.Since(began).Round(time.Millisecond)
	switch {
	case err == nil:
		return errors.New("it says that a command is done which the device never answered")
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("a command with a deadline of %v is not answered after %v", limit, took)
	case protocol.CodeOf(err) != protocol.DeadlineExceeded && protocol.CodeOf(err) != protocol.Unavailable:
		return fmt.Errorf("a command that the device does not answer ends with %d (%w), expected %d or %d", protocol.CodeOf(err), err, protocol.DeadlineExceeded, protocol.Unavailable)
	}
	return nil
}

func checkUnknownDevice(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	err = e.subject.command(ctx, protocol.Command{Device: "no-such-device", Key: "kit-unknown", Writes: []model.Write{{Attribute: model.AttrOnOffOn, Value: model.Bool(true)}}}, commandLimit)
	if protocol.CodeOf(err) != protocol.UnknownDevice {
		return fmt.Errorf("a command to a device that does not exist ends with %s%s, expected error %d", say(err), e.subject.lastWordsIfGone(), protocol.UnknownDevice)
	}
	return e.subject.alive()
}

func checkReconnect(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.device.Off()
	if err := e.unreachable(ctx); err != nil {
		return err
	}
	if err := e.device.On(); err != nil {
		return err
	}
	return e.recovers(ctx, "it was switched on again")
}

// recovers waits until the device is said to answer.
func (e *env) recovers(ctx context.Context, since string) error {
	s := e.subject
	if !s.wait(ctx, e.kit.soon()+5*time.Second, func() bool { ok, _ := s.hub.IsReachable(e.source); return ok }) {
		if err := s.alive(); err != nil {
			return err
		}
		_, why := s.hub.IsReachable(e.source)
		return fmt.Errorf("the device is still said not to answer %v after %s: %s", e.kit.soon()+5*time.Second, since, why)
	}
	return nil
}

func checkRepeatedCommand(ctx context.Context, k *kit) error {
	st, ok := k.aCommand()
	if !ok {
		return noCommand
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	c := commandOf(e.id, st)
	before := e.device.Requests()
	if err := e.subject.command(ctx, c, commandLimit); err != nil {
		return fmt.Errorf("the command %s is not done: %w", st.text, err)
	}
	asked := newRequests(before, e.device.Requests())
	if err := e.subject.command(ctx, c, commandLimit); err != nil {
		return fmt.Errorf("the command %s is not acknowledged when it is repeated: %w", st.text, err)
	}
	wait(ctx, 200*time.Millisecond)
	for _, r := range asked {
		if n := count(newRequests(before, e.device.Requests()), r); n > count(asked, r) && !count0(before, r) {
			return fmt.Errorf("the command %s, given twice with one key, asks the device %d times: %s", st.text, n, r)
		}
	}
	return nil
}

// newRequests are those beyond the ones before.
func newRequests(before, after []string) []string { return after[min(len(before), len(after)):] }

func count(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// count0 reports whether a request was made before any command: a poll.
func count0(before []string, r string) bool { return count(before, r) > 0 }

func checkRepeatedFind(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	for _, key := range []string{"kit-device", "kit-device-by-hand", "kit-device"} {
		if err := e.subject.found(ctx, key, e.device); err != nil {
			return fmt.Errorf("it does not take a device that it was handed before: %w", err)
		}
	}
	wait(ctx, 1500*time.Millisecond)
	if n := len(e.subject.hub.Sources()); n != 1 {
		return fmt.Errorf("a device that was found twice is %d devices", n)
	}
	if err := e.subject.alive(); err != nil {
		return err
	}
	return e.recovers(ctx, "it was found twice")
}

func checkNames(ctx context.Context, k *kit) error {
	if _, has := k.script.State["name"]; !has {
		return notApplicable("the device has no state called name")
	}
	const name = "Küche 厨房 مطبخ 🛋"
	e, err := k.enter(ctx, map[string]string{"name": name})
	if err != nil {
		return fmt.Errorf("with a device called %q: %w", name, err)
	}
	defer e.leave(ctx)
	if d, _ := e.subject.hub.Description(e.source); !strings.Contains(d.Name, name) {
		return fmt.Errorf("a device called %q is described as %q", name, d.Name)
	}
	return nil
}

func checkLanguages(_ context.Context, k *kit) error {
	if k.manifest.Schema == nil {
		return nil // the manifest's own texts are checked when it is read
	}
	for _, f := range k.manifest.Schema.Fields {
		if f.Title.En == "" || f.Title.Zh == "" || f.Description.En == "" || f.Description.Zh == "" {
			return fmt.Errorf("%s: the property %s lacks a title or description, or its x-zh does", k.manifest.Config, f.Name)
		}
	}
	return nil
}

func checkMemory(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	limit := int64(k.manifest.Limits.MemoryMiB) << 20
	for i := range 200 {
		e.device.Touch(nil)
		if err := e.subject.call(ctx, protocol.PingTimeout, protocol.MethodPing, protocol.Empty{}, nil); err != nil {
			return fmt.Errorf("it answers ping with %s%s", say(err), e.subject.lastWordsIfGone())
		}
		if i%20 != 0 {
			continue
		}
		if err := e.subject.found(ctx, "kit-device", e.device); err != nil {
			return err
		}
		if used, ok := e.subject.process.Memory(); ok && used > limit {
			return fmt.Errorf("it uses %d MiB of memory, and its manifest allows %d MiB", used>>20, limit>>20)
		}
	}
	wait(ctx, 2*time.Second)
	if used, ok := e.subject.process.Memory(); ok && used > limit {
		return fmt.Errorf("it uses %d MiB of memory, and its manifest allows %d MiB", used>>20, limit>>20)
	}
	return e.subject.alive()
}

func checkSecrets(_ context.Context, k *kit) error {
	if len(k.secrets) == 0 {
		return notApplicable("its configuration holds no secrets")
	}
	return k.wrong(&k.leaked)
}
