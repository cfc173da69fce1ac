package homekit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func TestADeviceThatCannotBeReachedAnswersWithHAPsStatus(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(2))
	p := newPhone(r, 1).open(r.addr(1))
	f, other := p.find("Lamp 0", "43", "25"), p.find("Lamp 1", "43", "25")
	r.shop.hub.Reachable("bench/lamp0", false, "no route")
	eventually(t, "it is known", func() error {
		if _, s := p.get(f); s != statusUnreachable {
			return fmt.Errorf("status %d", s)
		}
		return nil
	})
	if http, s := p.put(f, "true"); http != 207 || s != statusUnreachable {
		t.Errorf("a write: %d %d", http, s)
	}
	a := p.ask("GET", fmt.Sprintf("/characteristics?id=%d.%d,%d.%d", f.AID, f.IID, other.AID, other.IID), nil)
	if a.Status != 207 || !strings.Contains(string(a.Body), `"value":false,"status":0`) {
		t.Errorf("a read of both: %d %s", a.Status, a.Body)
	}
}

func TestACommandThatIsNotConfirmedIsAnErrorInHome(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(3))
	p := newPhone(r, 1).open(r.addr(1))
	r.shop.hold("bench/lamp0", true)
	r.shop.mu.Lock()
	r.shop.refuse["bench/lamp1"] = model.ReasonInvalidValue
	r.shop.mu.Unlock()
	a := p.ask("PUT", "/characteristics", fmt.Appendf(nil, `{"characteristics":[{"aid":%d,"iid":%d,"value":true},{"aid":%d,"iid":%d,"value":true},{"aid":%d,"iid":%d,"value":true}]}`,
		p.find("Lamp 0", "43", "25").AID, p.find("Lamp 0", "43", "25").IID, p.find("Lamp 1", "43", "25").AID, p.find("Lamp 1", "43", "25").IID, p.find("Lamp 2", "43", "25").AID, p.find("Lamp 2", "43", "25").IID))
	var m struct{ Characteristics []struct{ Status int } }
	if err := json.Unmarshal(a.Body, &m); err != nil || a.Status != 207 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if got := fmt.Sprint(m.Characteristics); got != fmt.Sprintf("[{%d} {%d} {0}]", statusTimedOut, statusInvalid) {
		t.Errorf("got %s", got)
	}
}

func TestHueAndSaturationOfOneWriteAreOneCommand(t *testing.T) {
	r := newRig(t, t.TempDir(), []device{one("lamp", "Lamp", "light_color", yes("on_off.on", false), num("level.level", 50), num("color.hue", 10), num("color.saturation", 10))})
	p := newPhone(r, 1).open(r.addr(1))
	hue, sat := p.find("Lamp", "43", "13"), p.find("Lamp", "43", "2F")
	a := p.ask("PUT", "/characteristics", fmt.Appendf(nil, `{"characteristics":[{"aid":%d,"iid":%d,"value":200},{"aid":%d,"iid":%d,"value":80}]}`, hue.AID, hue.IID, sat.AID, sat.IID))
	if cmds := r.shop.commands(); a.Status != 204 || len(cmds) != 1 || len(cmds[0].Writes) != 2 {
		t.Errorf("status %d, commands %+v", a.Status, cmds)
	}
}

// numbersOf is what things are called in HAP.
func numbersOf(r *rig, p *phone, names ...string) string {
	var out []string
	for _, n := range names {
		f := p.find(n, "43", "25")
		out = append(out, fmt.Sprintf("%d.%d", f.AID, f.IID))
	}
	return strings.Join(out, " ")
}

func TestNumbersSurviveRestartsRenamesSwapsAndWhatComesAndGoes(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, dir, lamps(3))
	p := newPhone(r, 1)
	before := numbersOf(r, p.open(r.addr(1)), "Lamp 0", "Lamp 2")
	id := func(name string) model.DeviceID {
		for _, d := range r.hub.View().Devices() {
			if d.Name("") == name {
				return d.ID
			}
		}
		t.Fatalf("no %s", name)
		return ""
	}
	lamp0, lamp1, lamp2 := id("Lamp 0"), id("Lamp 1"), id("Lamp 2")
	config := r.bridge.Bridges()[0]
	for _, body := range []home.Body{home.Named{Device: lamp0, Name: "Reading lamp 阅读灯"}, home.Swapped{Old: lamp2, New: lamp1}} {
		if err := r.hub.Do(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	q := p.another(r.addr(1))
	eventually(t, "the new name", func() error {
		if !strings.Contains(string(q.ask("GET", "/accessories", nil).Body), "Reading lamp 阅读灯") {
			return errors.New("not there")
		}
		return nil
	})
	if after := numbersOf(r, q, "Reading lamp 阅读灯", "Lamp 2"); after != before {
		t.Errorf("renamed and swapped: %s, before %s", after, before)
	}
	r.stop()

	more := append([]device{one("first", "A new first", "light_on_off", yes("on_off.on", true))}, lamps(3)...)
	r = newRig(t, dir, more)
	if again := r.bridge.Bridges()[0]; again.ID != config.ID || again.Code != config.Code || again.Controllers != 1 {
		t.Errorf("after the restart: %+v, before %+v", again, config)
	}
	if after := numbersOf(r, p.another(r.addr(1)), "Reading lamp 阅读灯", "Lamp 2"); after != before {
		t.Errorf("after a restart: %s, before %s", after, before)
	}
}

func TestWhatIsShownIsTheHouseholdsChoice(t *testing.T) {
	r := newRig(t, t.TempDir(), []device{
		one("lamp", "Lamp", "light_on_off", yes("on_off.on", true)),
		one("lock", "Front lock", "door_lock", word("door_lock.lock", "locked"), word("door_lock.target", "locked")),
		one("garage", "Garage", "garage_door", word("closure.state", "closed"), word("closure.target", "closed", "open", "closed")),
		one("robot", "Robot", "robot_vacuum", word("robot_vacuum.state", "docked")),
	})
	p := newPhone(r, 1).open(r.addr(1))
	shows := func() string { return string(p.ask("GET", "/accessories", nil).Body) }
	if s := shows(); !strings.Contains(s, "Lamp") || strings.Contains(s, "Front lock") || strings.Contains(s, "Garage") || strings.Contains(s, "Robot") {
		t.Errorf("at first: %.300s", s)
	}
	for _, th := range r.bridge.Things() {
		if err := r.bridge.Show(t.Context(), th.Key, th.Name != "Lamp"); err != nil {
			t.Fatal(err)
		}
	}
	if s := shows(); strings.Contains(s, "Lamp") || !strings.Contains(s, "Front lock") || !strings.Contains(s, "Garage") || strings.Contains(s, "Robot") {
		t.Errorf("as chosen: %.300s", s)
	}
	if status, _ := p.put(p.find("Front lock", "45", "1E"), "0"); status != 204 {
		t.Errorf("unlocking: %d", status)
	}
	var none *ErrNoThing
	if err := r.bridge.Show(t.Context(), "device/nothing", true); !errors.As(err, &none) {
		t.Errorf("nothing: %v", err)
	}
}

func TestDevicesComeAndGoAtRunTime(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	f := p.find("Lamp 0", "43", "25")
	p.watch(f)
	r.shop.hub.Describe(one("late", "Latecomer", "light_on_off", yes("on_off.on", true)).describe())
	eventually(t, "it shows", func() error {
		if !strings.Contains(string(p.ask("GET", "/accessories", nil).Body), "Latecomer") {
			return errors.New("not yet")
		}
		return nil
	})
	r.report("bench/lamp0", "on_off.on", model.Bool(true))
	if e := p.event(); !strings.Contains(e, `"value":true`) {
		t.Errorf("the session that was open: %s", e)
	}
}

func TestMoreThan149DevicesGetFurtherBridgesByRoom(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(200))
	bridges := r.bridge.Bridges()
	if len(bridges) != 2 || bridges[0].Accessories != 149 || bridges[1].Accessories != 52 || bridges[0].ID == bridges[1].ID || bridges[0].Code == bridges[1].Code {
		t.Fatalf("%+v", bridges)
	}
	newPhone(r, 2).open(r.addr(2)).find("Lamp 199", "43", "25")
	attic := plan{room: "Attic"}
	if got := choose(3, map[int]*load{1: {used: 149}, 2: {used: 10}, 3: {used: 20, rooms: map[string]int{"Attic": 1}}}, attic); got != 3 {
		t.Errorf("a device of the attic goes to bridge %d", got)
	}
	if got := choose(2, map[int]*load{1: {used: 149}, 2: {used: 149}}, attic); got != 0 {
		t.Errorf("full bridges take one more: %d", got)
	}
}

func TestButtonsPressAtOnceAndInOrder(t *testing.T) {
	remote := one("remote", "Remote", "remote", num("power_source.battery_pct", 50))
	remote.parts[0].events = []model.EventInfo{{Event: "button.press", Options: []string{"single_left", "double_left", "hold_left", "single_right", "rotate_left"}}}
	r := newRig(t, t.TempDir(), []device{remote})
	p := newPhone(r, 1).open(r.addr(1))
	left := p.find("Remote", "89", "73")
	if v, s := p.get(left); v != "null" || s != 0 {
		t.Errorf("a button reads as %s %d", v, s)
	}
	p.watch(left)
	for _, action := range []string{"single", "double", "hold", "triple"} {
		r.shop.hub.Happened(model.Happening{Source: "bench/remote", Endpoint: "main", Event: "button.press", Args: map[string]model.Value{"button": model.String("left"), "action": model.String(action)}})
	}
	all := ""
	for strings.Count(all, `"value"`) < 3 {
		all += p.event()
	}
	if i, j, k := strings.Index(all, `"value":0`), strings.Index(all, `"value":1`), strings.Index(all, `"value":2`); i < 0 || j < i || k < j {
		t.Errorf("pressed %s", all)
	}
}

func TestScenesAreSwitchesAndPeopleOccupancySensors(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	lamp := r.hub.View().Devices()[0].ID
	scene := fmt.Sprintf(`{"names":{"":"Good night 晚安"},"then":[{"device":%q,"set":{"on_off.on":true}}]}`, lamp)
	for _, body := range []home.Body{
		home.SceneSet{ID: "night", Document: json.RawMessage(scene)},
		home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "adult", Trackers: []string{"owntracks/li/phone"}}},
	} {
		if err := r.hub.Do(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	p := newPhone(r, 1).open(r.addr(1))
	eventually(t, "they show", func() error {
		s := string(p.ask("GET", "/accessories", nil).Body)
		for _, want := range []string{"Good night 晚安", "Anyone home", "Anyone arriving", "Li home"} {
			if !strings.Contains(s, want) {
				return errors.New(want)
			}
		}
		return nil
	})
	if status, hap := p.put(p.find("Good night 晚安", "49", "25"), "true"); status != 204 {
		t.Fatalf("%d %d", status, hap)
	}
	eventually(t, "the scene ran", func() error {
		if len(r.shop.commands()) != 1 {
			return errors.New("no command")
		}
		return nil
	})
	if _, s := p.get(p.find("Anyone home", "86", "71")); s != statusUnreachable {
		t.Errorf("where nobody knows where anybody is: status %d", s)
	}
}

func TestResetMakesABridgeNewAndUnpairKeepsItsCode(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1)
	q := p.another(r.addr(1))
	was := r.bridge.Bridges()[0]
	if err := r.bridge.Unpair(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := q.tryAsk("GET", "/accessories", nil); err == nil {
		t.Error("the session goes on after unpairing")
	}
	if now := r.bridge.Bridges()[0]; now.Code != was.Code || now.Controllers != 0 {
		t.Errorf("unpaired: %+v", now)
	}
	if err := r.bridge.Reset(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if now := r.bridge.Bridges()[0]; now.Code == was.Code || now.ID == was.ID {
		t.Errorf("reset: %+v", now)
	}
	newPhone(r, 1).open(r.addr(1)).find("Lamp 0", "43", "25")
	var none *ErrNoBridge
	if err := r.bridge.Reset(t.Context(), 7); !errors.As(err, &none) {
		t.Errorf("no such bridge: %v", err)
	}
}

func TestNamesOfAnyScript(t *testing.T) {
	for in, want := range map[string]string{
		"Lamp": "Lamp", "落地灯": "落地灯", "Wohnzimmer/Licht #2": "Wohnzimmer Licht 2", "  O'Neil's lamp!": "O'Neil's lamp", "💡": "Device", "": "Device", "مصباح": "مصباح",
		strings.Repeat("灯", 40): strings.Repeat("灯", 21),
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	r := newRig(t, t.TempDir(), []device{one("a", "Lamp", "light_on_off", yes("on_off.on", true)), one("b", "Lamp", "light_on_off", yes("on_off.on", true))})
	for i, d := range r.hub.View().Devices() {
		room := home.Room{ID: home.RoomID(fmt.Sprint("r", i)), Names: map[string]string{"": []string{"Hall", "Attic"}[i]}}
		for _, b := range []home.Body{home.RoomSet{Room: room}, home.Placed{Device: d.ID, Room: room.ID}} {
			if err := r.hub.Do(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := newPhone(r, 1).open(r.addr(1))
	eventually(t, "the rooms in the names", func() error {
		s := string(p.ask("GET", "/accessories", nil).Body)
		if !strings.Contains(s, "Hall Lamp") || !strings.Contains(s, "Attic Lamp") {
			return errors.New("not yet")
		}
		return nil
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`-45`))
	f.Add([]byte(`"x"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for i := range serviceMaps {
			for _, c := range serviceMaps[i].chars {
				if v, st := parse(c.c, b); st == statusOK && v == nil {
					t.Fatalf("%s took %s", c.c.Type, b)
				}
			}
		}
	})
}
