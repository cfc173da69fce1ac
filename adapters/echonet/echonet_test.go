package echonet

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

// recorder is a hub that writes down what it is told; duties hold it against the description.
type recorder struct {
	duties    *adaptertest.Observer // the contract that every adapter keeps
	t         *testing.T
	mu        sync.Mutex
	described map[model.SourceID]model.Description
	values    map[string]model.Reading // "OBJECT attribute"
	reachable map[model.SourceID]string
	gone      map[model.SourceID]bool
	outcomes  map[model.CommandID]model.Outcome
}

func newRecorder(t *testing.T) *recorder {
	return &recorder{t: t, duties: adaptertest.NewObserver("echonet"), described: map[model.SourceID]model.Description{}, values: map[string]model.Reading{}, reachable: map[model.SourceID]string{}, gone: map[model.SourceID]bool{}, outcomes: map[model.CommandID]model.Outcome{}}
}

func (r *recorder) Describe(d model.Description) {
	r.duties.Describe(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.described[d.Source] = d
}

func (r *recorder) Report(s model.SourceID, rs []model.Reading) {
	r.duties.Report(s, rs)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range rs {
		r.values[eojOf(s).String()+" "+string(x.Attribute)] = x
	}
}

func (r *recorder) Happened(h model.Happening) {
	r.duties.Happened(h)
}
func (r *recorder) Reachable(s model.SourceID, ok bool, why string) {
	r.duties.Reachable(s, ok, why)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reachable[s] = why
}
func (r *recorder) Gone(s model.SourceID, _ string) {
	r.duties.Gone(s, "gone")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone[s] = true
}
func (r *recorder) Outcome(id model.CommandID, o model.Outcome) {
	r.duties.Outcome(id, o)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[id] = o
}

func (r *recorder) value(what string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, ok := r.values[what]
	if !ok {
		return "never"
	}
	return x.Value.String()
}

type rig struct {
	*recorder
	net     *network
	adapter *Adapter
}

func inRig(t *testing.T, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{recorder: newRecorder(t), net: &network{socks: map[netip.Addr]*socket{}}}
		r.adapter = New(Options{Listen: func(context.Context) (Socket, error) { return r.net.open("10.0.0.1"), nil }})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.adapter.Run(ctx, r.recorder) }()
		synctest.Wait()
		f(r)
		r.net.mu.Lock()
		others := []*socket{}
		for _, s := range r.net.socks {
			if s.addr.String() != "10.0.0.1" {
				others = append(others, s)
			}
		}
		r.net.mu.Unlock()
		for _, s := range others {
			_ = s.Close()
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for _, v := range r.duties.Violations() {
			t.Error(v)
		}
	})
}

func (r *rig) wait(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (r *rig) do(s model.SourceID, writes ...model.Write) model.Outcome {
	id := model.CommandID(fmt.Sprint(len(r.outcomes), time.Now().UnixNano()))
	r.adapter.Execute(model.Command{ID: id, Source: s, Endpoint: model.MainEndpoint, Writes: writes})
	r.wait(500 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outcomes[id]
}

func set(a model.Attribute, v model.Value) model.Write { return model.Write{Attribute: a, Value: v} }

const acSource = "echonet/00000b00000000000000000000000007-013001"

func TestDiscoveryDescriptionAndStates(t *testing.T) {
	inRig(t, func(r *rig) {
		newSim(r.net, "10.0.0.7", 7, airConditioner())
		r.wait(10 * time.Second)
		d := r.described[acSource]
		if d.Type != "air_conditioner" || d.Vendor != "Panasonic" || d.Model != "CS-X" || d.Firmware != "Release R" {
			t.Errorf("the air conditioner: %+v", d)
		}
		for what, want := range map[string]string{"013001 on_off.on": "true", "013001 thermostat.mode": "cool", "013001 thermostat.cool_setpoint": "26", "013001 thermostat.heat_setpoint": "26", "013001 thermostat.local_temperature": "28",
			"013001 thermostat.outdoor_temperature": "-5", "013001 humidity.percent": "55", "013001 fan.mode": "auto", "013001 fan.swing": "[]", "013001 fault.active": "false", "013001 power_meter.watts": "500", "013001 thermostat.eco": "false",
			"029001 on_off.on": "false", "029001 level.level": "40"} {
			if got := r.value(what); got != want {
				t.Errorf("%s = %s, want %s", what, got, want)
			}
		}
		if !r.values["013001 on_off.on"].CaughtUp {
			t.Error("the first reading is no news")
		}
		lamp := r.described["echonet/00000b00000000000000000000000007-029001"]
		for _, p := range lamp.Endpoints[0].Properties {
			if p.Attribute == "level.level" && !p.Access.CanWrite() {
				t.Error("the lamp's map says that the level can be set")
			}
		}
	})
}

func TestAnnouncementsAreHeardAtOnceAndTheRestIsPolled(t *testing.T) {
	inRig(t, func(r *rig) {
		s := newSim(r.net, "10.0.0.7", 7, airConditioner())
		r.wait(10 * time.Second)
		s.change(airCon, 0xb0, 0x43)
		s.announce(airCon, 0xb0)
		r.wait(time.Millisecond)
		if got := r.value("013001 thermostat.mode"); got != "heat" || r.values["013001 thermostat.mode"].CaughtUp {
			t.Errorf("announced, the mode is %s", got)
		}
		s.change(airCon, 0xbb, 22)
		r.wait(70 * time.Second)
		if got := r.value("013001 thermostat.local_temperature"); got != "22" {
			t.Errorf("polled, the room has %s", got)
		}
		s.change(airCon, 0x80, 0x31)
		s.announce(airCon, 0x80)
		r.wait(time.Millisecond)
		if got := r.value("013001 thermostat.mode"); got != "off" {
			t.Errorf("switched off, the mode is %s", got)
		}
	})
}

func TestCommandsAreConfirmedAlsoWithoutAnnouncements(t *testing.T) {
	inRig(t, func(r *rig) {
		s := newSim(r.net, "10.0.0.7", 7, airConditioner())
		s.become(func() { s.quiet = true })
		r.wait(10 * time.Second)
		if o := r.do(acSource, set("thermostat.mode", model.String("heat")), set("thermostat.heat_setpoint", model.Number(21))); o.Status != model.Acked {
			t.Errorf("%+v", o)
		}
		if diff := cmp.Diff("[[{128 [48]} {176 [67]} {179 [21]}]]", s.said()); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		r.wait(2 * time.Second)
		if got := r.value("013001 thermostat.heat_setpoint") + r.value("013001 thermostat.mode"); got != "21heat" {
			t.Errorf("after the command: %s", got)
		}
		for _, w := range []model.Write{set("thermostat.mode", model.String("off")), set("fan.speed", model.Number(3)), set("fan.swing", model.Set("up_down")), set("thermostat.eco", model.Bool(true))} {
			if o := r.do(acSource, w); o.Status != model.Acked {
				t.Errorf("%v: %+v", w, o)
			}
		}
		for _, w := range []model.Write{set("thermostat.local_temperature", model.Number(3)), set("fan.speed", model.Number(9)), set("thermostat.mode", model.String("nonsense"))} {
			if o := r.do(acSource, w); o.Status != model.Rejected {
				t.Errorf("%v: %+v", w, o)
			}
		}
		s.change(airCon, 0x9e, encodeMap(0x80)...) // it changes its mind
		if o := r.do(acSource, set("thermostat.heat_setpoint", model.Number(25))); o.Status != model.Rejected || o.Reason.Code != model.ReasonDeviceError || !strings.Contains(o.Reason.Detail, "B3") {
			t.Errorf("refused by the device: %+v", o)
		}
		s.become(func() { s.deaf = true })
		r.adapter.Execute(model.Command{ID: "late", Source: acSource, Endpoint: "main", Writes: []model.Write{set("on_off.on", model.Bool(false))}})
		r.wait(10 * time.Second)
		if o := r.outcomes["late"]; o.Status != model.Rejected || o.Reason.Code != model.ReasonNoAnswer {
			t.Errorf("without an answer: %+v", o)
		}
	})
}

func TestLossGarbagePowerCutAndAnotherAddress(t *testing.T) {
	inRig(t, func(r *rig) {
		r.net.mu.Lock()
		r.net.lose = 3 // Wi-Fi
		r.net.mu.Unlock()
		s := newSim(r.net, "10.0.0.7", 7, airConditioner())
		r.wait(time.Minute)
		if r.value("013001 on_off.on") != "true" {
			t.Fatal("a few lost datagrams lose the device")
		}
		stranger := r.net.open("10.0.0.66")
		for _, raw := range []string{"", "10", "1081", "10810001", "1081000101300105ff01", "1081000101300105ff017201b0", "1081000101300105ff017201b005", "1082000101300105ff017301b00142", "1081000101300105ff0173ff", "ffffffffffffffffffffffffffff", "108100010ef00105ff0172" + "01d6030501300101"} {
			b, _ := hex.DecodeString(raw)
			_ = stranger.Multicast(b)
		}
		_ = stranger.Close()
		s.become(func() { s.deaf = true })
		r.wait(3 * time.Minute)
		if !strings.Contains(r.reachable[acSource], "does not answer") {
			t.Errorf("without power it is %q", r.reachable[acSource])
		}
		_ = s.Close()
		s2 := newSim(r.net, "10.0.0.9", 7, airConditioner()) // the same box, another lease
		s2.announce(nodeProfile, 0xd5)
		r.wait(10 * time.Second)
		if r.reachable[acSource] != "" {
			t.Errorf("back under another address it is %q", r.reachable[acSource])
		}
		if o := r.do(acSource, set("on_off.on", model.Bool(false))); o.Status != model.Acked || len(s2.said()) == 2 {
			t.Errorf("a command: %+v", o)
		}
		if len(r.described) != 2 || len(r.gone) != 0 {
			t.Errorf("%d devices, gone %v", len(r.described), r.gone)
		}
	})
}

func TestTheHubIsANodeItself(t *testing.T) {
	inRig(t, func(r *rig) {
		other := r.net.open("10.0.0.50")
		ask := func(f frame) frame {
			for len(other.in) > 0 {
				<-other.in
			}
			_ = other.Send(f.encode(), netip.MustParseAddrPort("10.0.0.1:3610"))
			synctest.Wait()
			d := <-other.in
			out, err := parseFrame(d.b)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		got := ask(frame{tid: 9, seoj: controller, deoj: nodeProfile, esv: get, props: []prop{{epc: 0xd6}, {epc: 0x9f}, {epc: 0x83}, {epc: 0x8a}}})
		if got.tid != 9 || got.esv != getRes || hex.EncodeToString(got.props[0].edt) != "0105ff01" || len(got.props[2].edt) != 17 {
			t.Errorf("the node profile: %+v", got)
		}
		for epc := range parseMap(got.props[1].edt) {
			if a := ask(frame{seoj: controller, deoj: nodeProfile, esv: get, props: []prop{{epc: epc}}}); a.esv != getRes {
				t.Errorf("%02x is in the map and not there", epc)
			}
		}
		if a := ask(frame{seoj: controller, deoj: controller, esv: get, props: []prop{{epc: 0x80}, {epc: 0xee}}}); a.esv != getSNA || len(a.props) != 2 || len(a.props[1].edt) != 0 {
			t.Errorf("what it lacks: %+v", a)
		}
		if a := ask(frame{seoj: controller, deoj: controller, esv: setC, props: []prop{{0x80, []byte{0x31}}}}); a.esv != setSNA {
			t.Errorf("it cannot be set: %+v", a)
		}
		if a := ask(frame{tid: 3, seoj: airCon, deoj: controller, esv: infC, props: []prop{{0x80, []byte{0x31}}}}); a.esv != infCRes || a.tid != 3 {
			t.Errorf("an announcement that wants an answer: %+v", a)
		}
	})
}

func TestHundredNodesAtOnce(t *testing.T) {
	inRig(t, func(r *rig) {
		for i := range 100 {
			newSim(r.net, fmt.Sprintf("10.0.1.%d", i+1), byte(i), map[object]map[byte][]byte{theLamp: {0x80: {0x30}, 0x9e: encodeMap(0x80)}})
		}
		r.wait(30 * time.Second)
		if len(r.described) != 100 || len(r.values) == 0 {
			t.Errorf("%d of 100 devices", len(r.described))
		}
	})
}

func TestMetersAndBlinds(t *testing.T) {
	inRig(t, func(r *rig) {
		s := newSim(r.net, "10.0.0.8", 8, map[object]map[byte][]byte{
			meter: {0x80: {0x30}, 0xd3: {0, 0, 0, 10}, 0xe0: {0, 0, 0x30, 0x39}, 0xe1: {0x02}, 0xe7: {0xff, 0xff, 0xff, 0x9c}, 0x9e: encodeMap()},
			blind: {0x80: {0x30}, 0xe0: {0x41}, 0xe1: {30}, 0xea: {0x45}, 0x9e: encodeMap(0xe0, 0xe1)},
		})
		r.wait(10 * time.Second)
		for what, want := range map[string]string{"028801 energy_meter.imported_kwh": "1234.5", "028801 power_meter.watts": "-100", "026001 window_covering.open_pct": "30", "026001 window_covering.moving": "stopped"} {
			if got := r.value(what); got != want {
				t.Errorf("%s = %s, want %s", what, got, want)
			}
		}
		source := model.SourceID("echonet/00000b00000000000000000000000008-026001")
		if !slices.Contains(r.described[source].Endpoints[0].Actions, "window_covering.stop") {
			t.Errorf("the blind cannot stop: %+v", r.described[source])
		}
		r.adapter.Execute(model.Command{ID: "stop", Source: source, Endpoint: "main", Action: "window_covering.stop"})
		r.wait(time.Second)
		if r.outcomes["stop"].Status != model.Acked || s.objects[blind][0xe0][0] != 0x43 {
			t.Errorf("stop: %+v", r.outcomes["stop"])
		}
	})
}

// TestTheTableRefersToTheCatalogue and reads back what it writes.
func TestTheTableRefersToTheCatalogue(t *testing.T) {
	for code, c := range classes {
		if model.LookupDeviceType(c.kind) == nil {
			t.Errorf("%04x: no device type %s", code, c.kind)
		}
		for _, a := range c.actions {
			if cap, n := a.name.Split(); model.LookupCommand(cap, n) == nil {
				t.Errorf("%04x: no command %s", code, a.name)
			}
		}
		for _, p := range append(slices.Clone(c.properties), every...) {
			q := model.LookupAttribute(p.to)
			if q == nil && !p.to.IsLongTail() {
				t.Errorf("%04x %02x: no attribute %s", code, p.epc, p.to)
				continue
			}
			for b := range 256 {
				heard := map[byte][]byte{0x80: {0x30}, 0xe1: {0x01}, 0xc2: {0x01}, 0xe2: {0x01, 0x00}}
				v := p.how.read([]byte{byte(b)}, func(e byte) []byte { return heard[e] })
				if v.IsUnknown() || q == nil {
					continue
				}
				x := *q
				if p.how.shape != nil {
					p.how.shape(&x)
				}
				if _, err := q.Check(v); err != nil && v.Kind() == model.KindNumber {
					continue // out of range: the hub refuses it, and the device was wrong
				} else if err != nil {
					t.Errorf("%04x %02x = %02x: %v", code, p.epc, b, err)
				}
				if p.how.write == nil || p.to == "window_covering.tilt_pct" {
					continue
				}
				ps, err := p.how.write(v)
				if err != nil {
					t.Errorf("%04x %02x: reads %s and does not write it: %v", code, p.epc, v, err)
					continue
				}
				if back := p.how.read(ps[len(ps)-1].edt, func(byte) []byte { return []byte{0x30} }); back != v {
					t.Errorf("%04x %02x: %s comes back as %s", code, p.epc, v, back)
				}
			}
		}
	}
}

func TestPropertyMaps(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 40, 128} {
		var epcs []byte
		for i := range n {
			epcs = append(epcs, byte(0x80+i))
		}
		got := parseMap(bitmap(epcs))
		if len(got) != n {
			t.Errorf("%d codes come back as %d", n, len(got))
		}
		for _, e := range epcs {
			if !got[e] {
				t.Errorf("of %d, %02x is lost", n, e)
			}
		}
	}
}

func FuzzFrame(f *testing.F) {
	for _, s := range []string{"1081000105ff010ef0016201d600", "108100010ef00105ff017201d60702013001029001", "1081000105ff010130016e01800130018000"} {
		b, _ := hex.DecodeString(s)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := parseFrame(b)
		if err != nil {
			return
		}
		if again := x.encode(); !slices.Equal(again, b) {
			t.Errorf("%x comes back as %x", b, again)
		}
		for _, p := range x.props {
			parseMap(p.edt)
			parseInstances(p.edt)
		}
		reply(self([13]byte{}), &x)
		for code := range classes {
			d := newDevice("n", object{byte(code >> 8), byte(code), 1}, map[byte][]byte{0x9f: bitmap([]byte{0x80, 0xb0, 0xb3, 0xe0, 0xe1, 0xe2, 0xd3, 0xe7, 0xc0, 0xc2}), 0x9e: encodeMap(0x80)}, "")
			d.hear(x.answer())
		}
	})
}
