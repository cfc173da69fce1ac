package realpeer_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters/homekit"
	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata/homekit.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata/homekit", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// inventory lists what devices can do and what they say, in a form that a person can check.
func inventory(v *home.View, names func(string) bool) string {
	var out []string
	for _, d := range v.Devices() {
		if !names(d.Name("")) {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s: %s\n", d.Name(""), d.Type())
		for _, e := range d.Endpoints() {
			if e.ID != model.MainEndpoint {
				fmt.Fprintf(&b, "  part %q: %s\n", e.Label, e.Type)
			}
			for _, p := range e.Properties {
				st, _ := d.State(home.Slot{Endpoint: e.ID, Attribute: p.Attribute})
				value := st.Value
				if p.Access == model.AccessConst {
					value = p.Value
				}
				fmt.Fprintf(&b, "  %s %s = %s", p.Access, p.Attribute, value)
				if p.Min != nil && p.Max != nil {
					fmt.Fprintf(&b, "  [%v..%v]", *p.Min, *p.Max)
				}
				if len(p.Options) > 0 {
					fmt.Fprintf(&b, "  %v", p.Options)
				}
				b.WriteString("\n")
			}
			for _, a := range e.Actions {
				fmt.Fprintf(&b, "  action %s\n", a)
			}
			for _, x := range e.Events {
				fmt.Fprintf(&b, "  event %s %v\n", x.Event, x.Options)
			}
		}
		out = append(out, b.String())
	}
	sort.Strings(out)
	return strings.Join(out, "\n")
}

func TestOurControllerTakesOverEveryServiceOfHapNodejs(t *testing.T) {
	whole := t
	peers := peersDir(t)
	port := freePort(t)
	storage := t.TempDir()
	node := startNode(t, peers, port, storage)
	h := newInHouse(t, t.TempDir())
	addr := fmt.Sprintf("127.0.0.1:%d", port)

	eventually(t, 5*time.Second, "a wrong code is refused", func() error {
		if _, err := h.adapter.Pair(t.Context(), addr, "111-22-333"); !errors.Is(err, pairing.CodeAuthentication) {
			return fmt.Errorf("got %w", err)
		}
		return nil
	})
	if acc := h.pair(addr, testCode); !acc.Connected || acc.Devices < 60 {
		t.Fatalf("after pairing: %+v", acc)
	}
	eventually(t, 10*time.Second, "all devices", func() error {
		if n := len(h.hub.View().Devices()); n < 60 {
			return fmt.Errorf("%d devices", n)
		}
		return nil
	})
	h.awaitValue("TemperatureSensor", "temperature.celsius", model.Number(-12.5))
	h.awaitValue("Outlet", "power_meter.watts", model.Number(42.5))
	golden(t, "hap-nodejs.txt", inventory(h.hub.View(), func(string) bool { return true }))

	for _, c := range []struct {
		name string
		attr model.Attribute
		v    model.Value
	}{
		{"Lightbulb", "on_off.on", model.Bool(true)}, {"Lightbulb", "level.level", model.Number(40)}, {"Lightbulb", "color.hue", model.Number(120)},
		{"Lightbulb", "color_temperature.kelvin", model.Number(4000)}, {"Fanv2", "fan.speed_pct", model.Number(55)}, {"Fanv2", "fan.mode", model.String("auto")},
		{"Thermostat", "thermostat.mode", model.String("heat")}, {"Thermostat", "thermostat.heat_setpoint", model.Number(21.5)}, {"HeaterCooler", "thermostat.cool_setpoint", model.Number(26)},
		{"WindowCovering", "window_covering.open_pct", model.Number(70)}, {"WindowCovering", "window_covering.tilt_pct", model.Number(25)}, // -45°
		{"LockMechanism", "door_lock.target", model.String("locked")}, // a timed write
		{"GarageDoorOpener", "closure.target", model.String("closed")}, {"SecuritySystem", "security_panel.target", model.String("armed_away")},
		{"Valve", "valve.default_duration", model.Number(600)}, {"Outlet", "setting.led_mode", model.Number(2)}, {"AirPurifier", "child_lock.locked", model.Bool(true)},
		{"HumidifierDehumidifier", "humidity_control.target_pct", model.Number(45)}, {"Television", "on_off.on", model.Bool(true)}, {"Speaker", "audio_volume.volume", model.Number(30)},
	} {
		h.set(c.name, c.attr, c.v)
	}

	t.Run("events", func(t *testing.T) {
		node.say(map[string]any{"service": "MotionSensor", "characteristic": "Motion Detected", "value": true})
		h.awaitValue("MotionSensor", "occupancy.occupied", model.Bool(true))
		sub := h.hub.Subscribe(100)
		defer sub.Close()
		node.say(map[string]any{"service": "StatelessProgrammableSwitch", "characteristic": "Programmable Switch Event", "value": 1, "event": true})
		deadline := time.After(5 * time.Second)
		for {
			select {
			case e := <-sub.C:
				if o, ok := e.(home.Occurred); ok && o.Event == "button.press" {
					if o.Args["action"] != model.String("double") {
						t.Errorf("pressed %v", o.Args)
					}
					return
				}
			case <-deadline:
				t.Fatal("the button's event did not come")
			}
		}
	})
	t.Run("a refusal comes with its reason", func(t *testing.T) {
		node.say(map[string]any{"service": "Switch", "refuse": -70403})
		node.expect(5*time.Second, "done", said("done"))
		d := h.device("Switch")
		c := h.command(home.Ask{Device: d.ID, Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}}})
		if c.Status != model.Rejected || !strings.Contains(c.Reason.Detail, "busy") {
			t.Errorf("%s: %s", c.Status, c.Reason)
		}
	})
	t.Run("hue and saturation go as one", func(t *testing.T) {
		d := h.device("Lightbulb")
		var ids []model.CommandID
		for a, v := range map[model.Attribute]float64{"color.hue": 200, "color.saturation": 80} {
			id, err := h.hub.Ask(t.Context(), home.Ask{Device: d.ID, Writes: []model.Write{{Attribute: a, Value: model.Number(v)}}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		h.awaitValue("Lightbulb", "color.hue", model.Number(200))
		h.awaitValue("Lightbulb", "color.saturation", model.Number(80))
		for _, id := range ids {
			eventually(t, 5*time.Second, "confirmed", func() error {
				if c, _ := h.hub.View().Command(id); c.Status != model.Confirmed {
					return fmt.Errorf("%s", c.Status)
				}
				return nil
			})
		}
	})
	t.Run("an accessory that goes is gone", func(t *testing.T) {
		node.say(map[string]any{"remove": "Siri"})
		node.expect(5*time.Second, "removed", said("removed"))
	})
	t.Run("killed and back, commands work again", func(t *testing.T) {
		node.kill()
		eventually(t, 10*time.Second, "it is seen to be away", func() error {
			if ok, _ := h.hub.View().Reachable(h.device("Fanv2")); ok {
				return errors.New("reachable")
			}
			return nil
		})
		d := h.device("Fanv2")
		if c := h.command(home.Ask{Device: d.ID, Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}}}); c.Status != model.Rejected || c.Reason.Code != model.ReasonUnreachable {
			t.Errorf("while it is away: %s %s", c.Status, c.Reason)
		}
		startNode(whole, peers, port, storage)
		eventually(t, 20*time.Second, "it is back", func() error {
			if ok, why := h.hub.View().Reachable(h.device("Fanv2")); !ok {
				return errors.New(why)
			}
			return nil
		})
		h.set("Fanv2", "on_off.on", model.Bool(true))
	})
	t.Run("the hub restarts and goes on without pairing", func(t *testing.T) {
		h.stop()
		again := newInHouse(whole, h.dir)
		eventually(t, 10*time.Second, "a session", func() error {
			if a := again.adapter.Accessories(); len(a) != 1 || !a[0].Connected {
				return fmt.Errorf("%+v", a)
			}
			return nil
		})
		again.awaitValue("TemperatureSensor", "temperature.celsius", model.Number(-12.5))
		again.set("Switch", "on_off.on", model.Bool(true))
		h.hub, h.adapter = again.hub, again.adapter
	})
	t.Run("unpaired, it can be paired again", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := h.adapter.Unpair(ctx, "1a:2b:3c:4d:5e:6f", false); err != nil {
			t.Fatal(err)
		}
		if a := h.adapter.Accessories(); len(a) != 0 {
			t.Errorf("left: %+v", a)
		}
		h.pair(addr, testCode)
		var refused *homekit.RefusalError
		if err := h.adapter.Unpair(ctx, "nothing", false); !errors.As(err, &refused) {
			t.Errorf("unknown: %v", err)
		}
	})
}
