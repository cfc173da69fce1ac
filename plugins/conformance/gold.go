package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/bundle"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/simulator"
)

func checkScripts(ctx context.Context, k *kit) error {
	if len(k.scripts) == 0 {
		return errors.New("there are no scripts: write testdata/NAME.test")
	}
	for _, s := range k.scripts {
		if err := k.play(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (k *kit) play(ctx context.Context, s script) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s.test: %w", s.name, err)
	}
	defer e.leave(ctx)
	for _, st := range s.steps {
		if err := e.do(ctx, st); err != nil {
			return fmt.Errorf("%s.test, line %d: %w%s", s.name, st.line, err, e.subject.lastWordsIfGone())
		}
	}
	return nil
}

func checkCoverage(_ context.Context, k *kit) error {
	var used []model.Capability
	for _, s := range k.scripts {
		used = append(used, s.capabilities()...)
	}
	var missing []string
	for _, c := range k.manifest.Capabilities {
		if !slices.Contains(used, c) {
			missing = append(missing, string(c))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("no script uses %s, which the manifest declares", strings.Join(missing, ", "))
	}
	return nil
}

func checkLastWord(ctx context.Context, k *kit) error {
	st, ok := k.aCommand()
	if !ok {
		return noCommand
	}
	c := commandOf("", st)
	if len(c.Writes) != 1 {
		return notApplicable("the first command of the scripts is no single attribute")
	}
	attr := c.Writes[0].Attribute
	values, ok := twoValues(attr, c.Writes[0].Value)
	if !ok {
		return notApplicable("the first command of the scripts has one value only")
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	var want model.Value
	for i := range 10 {
		want = values[i%2]
		c := protocol.Command{Device: e.id, Endpoint: c.Endpoint, Key: fmt.Sprintf("kit-last-%d", i), Writes: []model.Write{{Attribute: attr, Value: want}}}
		if err := e.subject.command(ctx, c, commandLimit); err != nil {
			return fmt.Errorf("of ten commands in a row number %d is not done: %w", i+1, err)
		}
	}
	var got model.Value
	if !e.subject.wait(ctx, k.soon(), func() bool {
		got, _ = e.subject.hub.Value(e.source, endpoint(c.Endpoint), attr)
		return same(got, want)
	}) {
		return fmt.Errorf("after ten commands in a row %s is %s, expected %s", attr, got, want)
	}
	return nil
}

// twoValues are the one given and another that differs.
func twoValues(a model.Attribute, v model.Value) (out [2]model.Value, ok bool) {
	if b, isBool := v.Bool(); isBool {
		return [2]model.Value{v, model.Bool(!b)}, true
	}
	if f, isNumber := v.Number(); isNumber {
		return [2]model.Value{v, model.Number(f * 0.9)}, a != model.AttrColorTemperatureKelvin || f*0.9 > 1000
	}
	return out, false
}

func checkNewAddress(ctx context.Context, k *kit) error {
	if k.script.Via == "mqtt" {
		return notApplicable("the device is found by its topic and has no address")
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	old := e.device
	old.Off()
	if err := e.unreachable(ctx); err != nil {
		return err
	}
	other := netip.AddrPortFrom(netip.MustParseAddrPort(simulator.Anywhere()).Addr(), old.Addr().Port())
	moved, err := simulator.Start(k.script, other.String(), nil)
	if err != nil || other.Addr() == old.Addr().Addr() {
		return notApplicable("this machine has one loopback address only")
	}
	e.device = moved
	if err := e.subject.found(ctx, "kit-device", moved); err != nil {
		return err
	}
	return e.recovers(ctx, "it was found at another address")
}

func checkReconfigure(ctx context.Context, k *kit) error {
	if k.manifest.Config == "" {
		return notApplicable("it has nothing to configure")
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	if err := e.subject.call(ctx, protocol.ConfigTimeout, protocol.MethodConfigSet, protocol.ConfigSet{Config: k.config}, nil); err != nil {
		return fmt.Errorf("it answers config/set with %s", say(err))
	}
	if err := e.subject.call(ctx, protocol.PingTimeout, protocol.MethodPing, protocol.Empty{}, nil); err != nil {
		return fmt.Errorf("after config/set it answers ping with %s%s", say(err), e.subject.lastWordsIfGone())
	}
	return nil
}

func checkDiagnostics(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	var d protocol.Diagnostics
	if err := e.subject.call(ctx, protocol.ConfigTimeout, protocol.MethodDiagnostics, protocol.Empty{}, &d); err != nil {
		return fmt.Errorf("it answers diagnostics with %s", say(err))
	}
	if len(d.Lines) == 0 {
		return errors.New("its diagnostics are empty")
	}
	return nil
}

func checkReadme(_ context.Context, k *kit) error {
	b, err := os.ReadFile(filepath.Join(k.o.Dir, "README.md"))
	if err != nil {
		return errors.New("there is no README.md")
	}
	sections := []string{"Devices", "Limits"}
	if k.manifest.Config != "" {
		sections = append(sections, "Configuration")
	}
	for _, s := range sections {
		if !strings.Contains(string(b), "\n## "+s) {
			return fmt.Errorf("README.md has no section \"## %s\"", s)
		}
	}
	return nil
}

// hundred is how many devices a platinum plugin serves.
const hundred = 100

func checkHundred(ctx context.Context, k *kit) error {
	if _, has := k.script.State["serial"]; !has {
		return errors.New("the device has no state called serial, by which a hundred of them could be told apart")
	}
	s, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	for i := range hundred {
		d, err := k.device(map[string]string{"serial": fmt.Sprintf("kit-%03d", i)})
		if err != nil {
			return err
		}
		defer d.Off()
		if err := s.found(ctx, fmt.Sprintf("kit-%03d", i), d); err != nil {
			return fmt.Errorf("it does not take device number %d: %w", i+1, err)
		}
	}
	if !s.wait(ctx, time.Minute, func() bool { return len(s.hub.Sources()) == hundred }) {
		return fmt.Errorf("of %d devices it describes %d within a minute", hundred, len(s.hub.Sources()))
	}
	if err := s.call(ctx, protocol.PingTimeout, protocol.MethodPing, protocol.Empty{}, nil); err != nil {
		return fmt.Errorf("with %d devices it answers ping with %s", hundred, say(err))
	}
	if used, ok := s.process.Memory(); ok && used > int64(k.manifest.Limits.MemoryMiB)<<20 {
		return fmt.Errorf("with %d devices it uses %d MiB of memory, and its manifest allows %d MiB", hundred, used>>20, k.manifest.Limits.MemoryMiB)
	}
	return nil
}

func checkFuzz(ctx context.Context, k *kit) error {
	faults := []simulator.Fault{{Garbage: true}, {Cut: true, Extra: true}, {Silent: true}, {Garbage: true, Twice: true}, {Slow: 300 * time.Millisecond, Cut: true}}
	return k.trouble(ctx, 2*time.Second, faults...)
}

func checkSigned(_ context.Context, k *kit) error {
	if k.o.Package == nil {
		return errors.New("no signed package was given: make one with hub plugin pack and hub plugin sign, and name it with --package")
	}
	p, err := bundle.Open(k.o.Package)
	if err != nil {
		return err
	}
	if p.Manifest.Name != k.manifest.Name || p.Manifest.Version != k.manifest.Version {
		return fmt.Errorf("the package is %s %s, not %s %s", p.Manifest.Name, p.Manifest.Version, k.manifest.Name, k.manifest.Version)
	}
	_, err = p.Signer()
	return err
}

// soakTime is how long a platinum plugin has worked without a fault.
const soakTime = 24 * time.Hour

func checkSoak(ctx context.Context, k *kit) error {
	if k.o.Soak == 0 {
		return fmt.Errorf("it was not soaked: run with --soak %v", soakTime)
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	for began := time.Now(); time.Since(began) < k.o.Soak && ctx.Err() == nil; {
		for _, s := range k.scripts {
			for _, st := range s.steps {
				if err := e.do(ctx, st); err != nil {
					return fmt.Errorf("after %v: %s.test, line %d: %w", time.Since(began).Round(time.Minute), s.name, st.line, err)
				}
			}
			e.device.Touch(k.script.State)
			wait(ctx, 10*time.Second)
		}
		if used, ok := e.subject.process.Memory(); ok && used > int64(k.manifest.Limits.MemoryMiB)<<20 {
			return fmt.Errorf("after %v it uses %d MiB of memory", time.Since(began).Round(time.Minute), used>>20)
		}
	}
	if k.o.Soak < soakTime && ctx.Err() == nil {
		return fmt.Errorf("it worked for %v without a fault, and platinum takes %v", k.o.Soak, soakTime)
	}
	return ctx.Err()
}
