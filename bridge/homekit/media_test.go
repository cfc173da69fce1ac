package homekit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func tv(id, name string) device {
	codes, _ := model.Object([]map[string]string{{"name": "Up", "code": "A1"}, {"name": "select", "code": "A2"}})
	inputs, _ := model.Object([]map[string]string{{"id": "hdmi1", "name": "Games 游戏机"}})
	d := one(id, name, "tv", yes("on_off.on", true), word("media_input.input", "hdmi1", "hdmi1", "tuner"), attribute{name: "media_input.inputs", value: inputs, constant: true},
		word("media_playback.state", "playing"), num("media_playback.position", 60), num("audio_volume.volume", 20), yes("audio_volume.muted", false),
		attribute{name: "ir_transmit.learned", value: codes})
	d.parts[0].actions = []model.Attribute{"media_playback.play", "media_playback.pause", "media_playback.next", "media_playback.previous", "media_playback.seek", "ir_transmit.send"}
	return d
}

// said is what the device was told, in short.
func said(c model.Command) string {
	out := string(c.Action)
	for _, w := range c.Writes {
		out += fmt.Sprintf("%s=%s", w.Attribute, w.Value)
	}
	for k, v := range c.Args {
		out += fmt.Sprintf(" %s=%s", k, v)
	}
	return out
}

func TestATelevisionHasInputsARemoteControlAndALoudspeaker(t *testing.T) {
	r := newRig(t, t.TempDir(), []device{tv("tv", "Telly")})
	p := newPhone(r, 1).open(r.addr(1))
	source := p.find("Telly", "D9", "E6") // the identifier of its first input
	identifier, _ := p.get(source)
	chosen := p.find("Telly", "D8", "E7")
	if now, _ := p.get(chosen); now != identifier {
		t.Errorf("it shows input %s, HDMI 1 is %s", now, identifier)
	}
	called := p.find("Telly", "D9", "E3")
	if name, _ := p.get(called); name != `"Games 游戏机"` {
		t.Errorf("the input is called %s", name)
	}
	keys := p.find("Telly", "D8", "E1")
	if d := cmp.Diff([]int{0, 1, 2, 3, 4, 8, 11}, keys.Valid); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
	if db := string(p.ask("GET", "/accessories", nil).Body); strings.Count(db, `"type":"D9"`) != 2 || strings.Count(db, `"type":"49"`) != len(r.hub.View().Surroundings().Modes) {
		t.Errorf("not two inputs, or a switch beside those of the house:\n%s", db)
	}
	var want []string
	for _, x := range []struct {
		f      found
		value  string
		status int
		told   string
	}{
		{p.find("Telly", "D8", "B0"), "0", 204, "on_off.on=false"},
		{chosen, fmt.Sprint(mustInt(t, identifier) + 9999), 207, ""}, // no such input
		{chosen, identifier, 204, "media_input.input=hdmi1"},
		{keys, "11", 204, "media_playback.pause"}, {keys, "2", 204, "media_playback.next"}, {keys, "0", 204, "media_playback.seek seconds=50"},
		{keys, "4", 204, "ir_transmit.send code=A1"}, {keys, "8", 204, "ir_transmit.send code=A2"}, {keys, "9", 207, ""},
		{p.find("Telly", "D8", "137"), "0", 204, "media_playback.play"}, {p.find("Telly", "D8", "137"), "2", 207, ""},
		{p.find("Telly", "113", "119"), "35", 204, "audio_volume.volume=35"}, {p.find("Telly", "113", "EA"), "1", 204, "audio_volume.volume=30"},
		{p.find("Telly", "113", "11A"), "true", 204, "audio_volume.muted=true"},
		{called, `"Switch"`, 204, ""},
	} {
		if status, hap := p.put(x.f, x.value); status != x.status {
			t.Errorf("%s to %d.%d: %d %d", x.value, x.f.AID, x.f.IID, status, hap)
		}
		if x.told != "" {
			want = append(want, x.told)
			eventually(t, x.told, func() error { return told(r, len(want)) })
			r.settle()
		}
	}
	var got []string
	for _, c := range r.shop.commands() {
		got = append(got, said(c))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if err := r.bridge.rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name, _ := p.get(called); name != `"Switch"` {
		t.Errorf("what it was called in Home: %s", name)
	}
}

func mustInt(t *testing.T, s string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// told fails until the devices were told so much.
func told(r *rig, n int) error {
	if got := len(r.shop.commands()); got < n {
		return fmt.Errorf("%d of %d commands", got, n)
	}
	return nil
}

func TestASecondTelevisionGetsABridgeOfItsOwn(t *testing.T) { // Apple shows one a bridge
	r := newRig(t, t.TempDir(), []device{tv("tv1", "Telly"), tv("tv2", "Bedroom telly")})
	if all := r.bridge.Bridges(); len(all) != 2 || all[0].Accessories != 2 || all[1].Accessories != 1 {
		t.Fatalf("%+v", all)
	}
	newPhone(r, 2).open(r.addr(2)).find("Bedroom telly", "D8", "B0")
}

func TestLoudspeakers(t *testing.T) {
	box := one("box", "Box", "speaker", word("media_playback.state", "paused"), num("audio_volume.volume", 40))
	box.parts[0].actions = []model.Attribute{"media_playback.play", "media_playback.pause"}
	r := newRig(t, t.TempDir(), []device{box, one("amp", "Amp", "speaker", num("audio_volume.volume", 10), yes("audio_volume.muted", true), yes("on_off.on", true))})
	p := newPhone(r, 1).open(r.addr(1))
	for _, x := range []struct{ name, service, char, want string }{
		{"Box", "228", "E0", "1"}, {"Box", "228", "137", "1"}, {"Box", "228", "119", "40"}, {"Box", "228", "11A", "false"}, {"Box", "228", "E3", `"Box"`},
		{"Amp", "113", "119", "10"}, {"Amp", "113", "11A", "true"}, {"Amp", "49", "25", "true"},
	} {
		if got, status := p.get(p.find(x.name, x.service, x.char)); got != x.want {
			t.Errorf("%s %s/%s is %s, status %d; want %s", x.name, x.service, x.char, got, status, x.want)
		}
	}
	if status, _ := p.put(p.find("Box", "228", "137"), "0"); status != 204 || said(r.shop.commands()[0]) != "media_playback.play" {
		t.Errorf("play: %d", status)
	}
}

func TestTheModesOfTheHouseAreLinkedSwitches(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	var switches []found
	for _, name := range []string{"home", "night"} {
		switches = append(switches, p.findService("House mode", name, "25"))
	}
	p.watch(switches[1])
	on := func(want ...string) {
		t.Helper()
		for i, f := range switches {
			if got, _ := p.get(f); got != want[i] {
				t.Errorf("switch %d is %s", i, got)
			}
		}
	}
	on("true", "false")
	if status, hap := p.put(switches[1], "true"); status != 204 {
		t.Fatal(status, hap)
	}
	on("false", "true")
	if e := p.event(); !strings.Contains(e, "true") {
		t.Errorf("event %s", e)
	}
	if status, _ := p.put(switches[1], "false"); status != 204 { // back to the usual mode
		t.Fatal(status)
	}
	on("true", "false")
	if _, hap := p.put(switches[0], "false"); hap != statusInvalid {
		t.Errorf("the usual mode is switched off: %d", hap)
	}
	if err := r.hub.Do(t.Context(), home.ModesSet{Modes: []string{"home", "party"}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another mode shows", func() error {
		if s := string(p.ask("GET", "/accessories", nil).Body); !strings.Contains(s, "party") || strings.Contains(s, "night") {
			return errors.New("not yet")
		}
		return nil
	})
}

func TestTheProgrammesOfADeviceAreLinkedSwitchesWhenAskedFor(t *testing.T) {
	labels, _ := model.Object([]map[string]any{{"id": "eco", "label": "Eco 50", "tags": []string{}}})
	r := newRig(t, t.TempDir(), []device{one("washer", "Washer", "washer", word("mode.current", "cotton", "cotton", "eco", "wool"),
		attribute{name: "mode.supported", value: labels, constant: true})})
	var key string
	for _, th := range r.bridge.Things() {
		if th.Kind == "mode" && strings.HasPrefix(th.Key, "programmes/") {
			key = th.Key
			if th.Shown || !th.Asked {
				t.Errorf("%+v", th)
			}
		}
	}
	if err := r.bridge.Show(t.Context(), key, true); err != nil {
		t.Fatal(err)
	}
	p := newPhone(r, 1).open(r.addr(1))
	eco, cotton := p.findService("Washer programmes", "Eco 50", "25"), p.findService("Washer programmes", "cotton", "25")
	if status, _ := p.put(eco, "true"); status != 204 || said(r.shop.commands()[0]) != "mode.current=eco" {
		t.Errorf("%d, %v", status, r.shop.commands())
	}
	r.settle()
	if a, _ := p.get(eco); a != "true" {
		t.Error("eco is off")
	}
	if a, _ := p.get(cotton); a != "false" {
		t.Error("cotton is on")
	}
	if _, hap := p.put(eco, "false"); hap != statusInvalid {
		t.Errorf("a programme is left without another: %d", hap)
	}
}

func TestTheLockOutOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, dir, lamps(1))
	if err := r.bridge.all()[0].change(func(b *bridgeRecord) error { b.Tries = 99; return nil }); err != nil {
		t.Fatal(err)
	}
	r.stop()
	r = newRig(t, dir, lamps(1))
	code := r.bridge.Bridges()[0].Code
	wrong := "111-22-334"
	if code == wrong {
		wrong = "111-22-335"
	}
	p := &phone{t: t, me: pairing.NewIdentity("phone")}
	if err := p.pair(r.addr(1), wrong); err == nil {
		t.Fatal("a wrong code is taken")
	}
	r.stop()
	r = newRig(t, dir, lamps(1))
	if !r.bridge.Bridges()[0].Locked {
		t.Error("not locked after 100 wrong codes and a restart")
	}
	if err := p.pair(r.addr(1), code); err == nil {
		t.Error("the right code is taken after the lock-out")
	}
	if err := r.bridge.Unpair(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := p.pair(r.addr(1), code); err != nil {
		t.Errorf("after a person let it go: %v", err)
	}
}
