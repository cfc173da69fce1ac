package homekit

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters"
	inward "github.com/concord-home/hub/adapters/homekit"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/seal"
	"github.com/concord-home/hub/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// otherHub is a second hub, whose HomeKit adapter takes over what the first shows.
type otherHub struct {
	t       testing.TB
	hub     *hub.Hub
	adapter *inward.Adapter
}

func newOtherHub(t testing.TB, more ...adapters.Adapter) *otherHub {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := &otherHub{t: t, adapter: inward.New(inward.Options{Memory: box.Memory(st), FirstBackoff: 50 * time.Millisecond, LastBackoff: time.Second, Poll: time.Second})}
	if o.hub, err = hub.New(t.Context(), hub.Options{Store: st, Adapters: append(more, o.adapter)}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = o.hub.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done; _ = st.Close() })
	return o
}

func (o *otherHub) pair(addr, code string) {
	o.t.Helper()
	eventually(o.t, "pairing", func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_, err := o.adapter.Pair(ctx, addr, code)
		return err
	})
}

func (o *otherHub) device(name string) *home.Device {
	for _, d := range o.hub.View().Devices() {
		if d.Name("") == name {
			return d
		}
	}
	return nil
}

func (o *otherHub) await(name string, a model.Attribute, want model.Value) {
	o.t.Helper()
	eventually(o.t, fmt.Sprintf("%s %s = %s", name, a, want), func() error {
		d := o.device(name)
		if d == nil {
			return errors.New("no such device")
		}
		s, ok := d.Find(a)
		if !ok {
			return errors.New("no such attribute")
		}
		if st, _ := d.State(s); st.Value != want {
			return fmt.Errorf("it is %s", st.Value)
		}
		return nil
	})
}

// describe lists what a device can do and says, in the model's words, without what differs by nature (ids of parts).
func describe(d *home.Device) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", d.Name(""), d.Type())
	for _, e := range d.Endpoints() {
		var lines []string
		for _, p := range e.Properties {
			st, _ := d.State(home.Slot{Endpoint: e.ID, Attribute: p.Attribute})
			v := st.Value
			if p.Access == model.AccessConst {
				v = p.Value
			}
			line := fmt.Sprintf("  %s %s = %s", p.Access, p.Attribute, v)
			if p.Access.CanWrite() && p.Min != nil && p.Max != nil {
				line += fmt.Sprintf("  [%v..%v]", *p.Min, *p.Max)
			}
			if p.Access.CanWrite() && len(p.Options) > 0 {
				line += fmt.Sprintf("  %v", p.Options)
			}
			lines = append(lines, line)
		}
		for _, a := range e.Actions {
			lines = append(lines, "  action "+string(a))
		}
		for _, x := range e.Events {
			lines = append(lines, fmt.Sprintf("  event %s %v", x.Event, x.Options))
		}
		slices.Sort(lines)
		if e.ID != model.MainEndpoint {
			b.WriteString("  part " + e.Label + "\n")
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return b.String()
}

// everyDevice is one of each type that HAP can express.
func everyDevice() []device {
	ww := func(id, name string, kind model.DeviceType, actions []model.Attribute, values ...attribute) device {
		d := one(id, name, kind, values...)
		d.parts[0].actions = actions
		return d
	}
	gang := device{id: "gang", name: "Kitchen lights", kind: "wall_switch", parts: []devicePart{
		{id: "left", label: "left", values: []attribute{yes("on_off.on", true)}}, {id: "right", label: "right", values: []attribute{yes("on_off.on", false)}}}}
	remote := one("remote", "Remote", "remote", attribute{name: "button.buttons", value: model.Number(2), constant: true}, num("power_source.battery_pct", 85))
	remote.parts[0].events = []model.EventInfo{{Event: "button.press", Options: []string{"single", "double", "long_press"}}}
	bell := one("bell", "Front bell", "doorbell")
	bell.parts[0].events = []model.EventInfo{{Event: "doorbell.ring"}}
	telly := one("tv", "Television", "tv", yes("on_off.on", true), word("media_input.input", "HDMI 1", "HDMI 1", "Tuner"), word("media_playback.state", "paused"), num("audio_volume.volume", 35), yes("audio_volume.muted", true))
	box := one("speaker", "Speaker", "speaker", word("media_playback.state", "playing"), num("audio_volume.volume", 45), yes("audio_volume.muted", false))
	for _, d := range []device{telly, box} {
		d.parts[0].actions = []model.Attribute{"media_playback.play", "media_playback.pause", "media_playback.stop"}
	}
	telly.parts[0].actions = append(telly.parts[0].actions, "media_playback.next", "media_playback.previous")
	return []device{
		telly, box, one("amplifier", "Amplifier", "speaker", num("audio_volume.volume", 5), yes("audio_volume.muted", false)),
		one("light1", "Porch", "light_on_off", yes("on_off.on", true)),
		one("light2", "Desk lamp", "light_dimmable", yes("on_off.on", true), num("level.level", 40)),
		one("light3", "Hall lamp", "light_color_temperature", yes("on_off.on", false), num("level.level", 100), num("color_temperature.kelvin", 4000, 2203, 6536)),
		one("light4", "落地灯", "light_color", yes("on_off.on", true), num("level.level", 80), num("color.hue", 120), num("color.saturation", 75), num("color_temperature.kelvin", 2732, 2000, 6536)),
		one("plug", "TV plug", "plug", yes("on_off.on", true), num("power_meter.watts", 84.3), num("power_meter.volts", 230.5), num("energy_meter.imported_kwh", 41.34), yes("child_lock.locked", false)),
		one("switch", "Boiler relay", "wall_switch", yes("on_off.on", false)), gang, remote, bell,
		one("contact", "Front door", "contact_sensor", yes("contact.open", true), num("power_source.battery_pct", 80), yes("tamper.tampered", false)),
		one("motion", "Hall motion", "motion_sensor", yes("occupancy.occupied", true), num("illuminance.lux", 12.5), num("temperature.celsius", 20.5), num("power_source.battery_pct", 75)),
		one("radar", "Office radar", "presence_sensor", yes("occupancy.occupied", false), num("illuminance.lux", 3)),
		one("outside", "Garden", "climate_sensor", num("temperature.celsius", -12.4), num("humidity.percent", 91), word("power_source.battery_level", "warning")),
		one("lux", "Roof light", "light_sensor", num("illuminance.lux", 54321)),
		one("leak", "Sink", "leak_sensor", yes("water_leak.leak", false), num("power_source.battery_pct", 100)),
		one("smoke", "Smoke alarm", "smoke_co_alarm", word("smoke_co_alarm.smoke", "critical"), word("smoke_co_alarm.co", "normal")),
		one("air", "Air monitor", "air_monitor", word("air_quality.index", "fair"), num("concentration.pm25_ugm3", 28), num("concentration.co2_ppm", 900), num("concentration.tvoc_ugm3", 120), num("temperature.celsius", 21), num("humidity.percent", 40)),
		one("siren", "Siren", "siren", yes("siren.active", false)),
		one("trv", "Radiator", "trv", num("thermostat.local_temperature", 18.5), num("thermostat.heat_setpoint", 21, 5, 30), word("thermostat.mode", "heat", "off", "heat"), num("power_source.battery_pct", 60), yes("child_lock.locked", true)),
		one("thermostat", "Hall thermostat", "thermostat", num("thermostat.local_temperature", 22.5), num("thermostat.heat_setpoint", 20, 10, 30), num("thermostat.cool_setpoint", 26, 16, 32), word("thermostat.mode", "auto", "off", "heat", "cool", "auto"), attribute{name: "thermostat.running", value: model.Set("cool")}),
		one("ac", "Bedroom air conditioner", "air_conditioner", yes("on_off.on", true), num("thermostat.local_temperature", 27), num("thermostat.heat_setpoint", 22, 16, 30), num("thermostat.cool_setpoint", 24, 16, 30), word("thermostat.mode", "cool", "auto", "heat", "cool"), num("fan.speed_pct", 60)),
		one("fan", "Ceiling fan", "fan", yes("on_off.on", true), num("fan.speed_pct", 33), word("fan.direction", "reverse", "forward", "reverse")),
		one("purifier", "Purifier", "air_purifier", yes("on_off.on", true), num("fan.speed_pct", 50), word("fan.mode", "auto", "on", "auto"), num("filter.life_pct", 70), word("filter.change", "ok")),
		one("humidifier", "Humidifier", "humidifier", yes("on_off.on", true), num("humidity.percent", 38), num("humidity_control.target_pct", 45, 30, 80), word("humidity_control.mode", "humidify", "humidify", "auto"), num("humidity_control.water_level", 55)),
		one("dehumidifier", "Dehumidifier", "dehumidifier", yes("on_off.on", false), num("humidity.percent", 66), num("humidity_control.target_pct", 55, 35, 85)),
		ww("blind", "Blind", "window_covering", []model.Attribute{"window_covering.stop"}, num("window_covering.open_pct", 70), num("window_covering.tilt_pct", 25), word("window_covering.moving", "stopped"), num("power_source.battery_pct", 71)),
		one("garage", "Garage", "garage_door", word("closure.state", "closed"), word("closure.target", "closed", "open", "closed"), yes("closure.obstructed", false)),
		one("lock", "Front lock", "door_lock", word("door_lock.lock", "locked"), word("door_lock.target", "locked"), num("power_source.battery_pct", 70)),
		one("alarm", "Alarm", "security_panel", word("security_panel.state", "armed_night"), word("security_panel.target", "armed_night")),
		one("valve", "Garden valve", "valve", word("valve.state", "closed"), word("valve.target", "closed"), num("valve.default_duration", 600, 0, 3600), num("valve.remaining", 0)),
		one("soil", "Fern", "soil_sensor", num("soil_moisture.percent", 33)),
	}
}

// What our bridge shows, our controller takes back: the same capabilities and values, for every type of device.
func TestWhatOneHubShowsAnotherTakesBack(t *testing.T) {
	r := newRig(t, t.TempDir(), everyDevice())
	for _, th := range r.bridge.Things() {
		if th.Asked {
			if err := r.bridge.Show(t.Context(), th.Key, true); err != nil {
				t.Fatal(err)
			}
		}
		if !th.Can {
			t.Errorf("%s cannot be shown", th.Name)
		}
	}
	o := newOtherHub(t)
	o.pair(r.addr(1), r.bridge.Bridges()[0].Code)
	eventually(t, "all devices", func() error {
		want := len(everyDevice()) + 2 // the bridge itself, and the modes of the house
		if n := len(o.hub.View().Devices()); n != want {
			return fmt.Errorf("%d of %d", n, want)
		}
		return nil
	})
	o.await("Garden", "temperature.celsius", model.Number(-12.4))
	var b strings.Builder
	for _, d := range r.hub.View().Devices() {
		back := o.device(d.Name(""))
		if back == nil {
			t.Errorf("%s did not arrive", d.Name(""))
			continue
		}
		fmt.Fprintf(&b, "--- here   %s+++ there  %s\n", describe(d), describe(back))
		for _, s := range d.Slots() {
			prop := d.Property(s)
			st, _ := d.State(s)
			want := st.Value
			at, ok := back.Find(s.Attribute)
			if cap := s.Attribute.Capability(); !ok && cap != "siren" && cap != "soil_moisture" { // Apple has neither
				t.Errorf("%s lost its %s", d.Name(""), s.Attribute)
			}
			if !ok || prop.Access == model.AccessConst || len(d.Endpoints()) > 1 {
				continue
			}
			if got, _ := back.State(at); got.Value != want {
				t.Errorf("%s %s: here %s, there %s", d.Name(""), s.Attribute, want, got.Value)
			}
		}
	}
	path := "testdata/roundtrip.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
