package hue

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// recorder is a hub that writes down what it is told; duties check it.
type recorder struct {
	duties    *adaptertest.Observer // the contract that every adapter keeps
	t         *testing.T
	mu        sync.Mutex
	described map[model.SourceID]model.Description
	values    map[string]model.Reading
	events    []model.Happening
	reachable map[model.SourceID]string
	gone      map[model.SourceID]bool
	outcomes  map[model.CommandID]model.Outcome
	moved     chan struct{} // closed and made anew at each word
}

func newRecorder(t *testing.T) *recorder {
	return &recorder{t: t, duties: adaptertest.NewObserver("hue"), described: map[model.SourceID]model.Description{}, values: map[string]model.Reading{}, reachable: map[model.SourceID]string{},
		gone: map[model.SourceID]bool{}, outcomes: map[model.CommandID]model.Outcome{}, moved: make(chan struct{})}
}

func (r *recorder) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(r.moved)
	r.moved = make(chan struct{})
}

func (r *recorder) Describe(d model.Description) {
	r.duties.Describe(d)
	r.note(func() { r.described[d.Source] = d; delete(r.gone, d.Source) })
	if model.LookupDeviceType(d.Type) == nil {
		r.t.Errorf("%s: no device type %q", d.Name, d.Type)
	}
}

func (r *recorder) Report(s model.SourceID, rs []model.Reading) {
	r.duties.Report(s, rs)
	r.note(func() {
		for _, x := range rs {
			r.values[fmt.Sprintf("%s %s %s", strings.TrimPrefix(string(s), "hue/"), x.Endpoint, x.Attribute)] = x
		}
	})
}

func (r *recorder) Happened(h model.Happening) {
	r.duties.Happened(h)
	r.note(func() { r.events = append(r.events, h) })
}
func (r *recorder) Reachable(s model.SourceID, ok bool, why string) {
	r.duties.Reachable(s, ok, why)
	r.note(func() { r.reachable[s] = why })
}
func (r *recorder) Gone(s model.SourceID, _ string) {
	r.duties.Gone(s, "gone")
	r.note(func() { r.gone[s] = true })
}
func (r *recorder) Outcome(id model.CommandID, o model.Outcome) {
	r.duties.Outcome(id, o)
	r.note(func() { r.outcomes[id] = o })
}

// until waits for something to become true of what the hub was told, or of the world outside every 20 ms.
func (r *recorder) until(what string, f func() bool) {
	r.t.Helper()
	deadline := time.After(time.Minute)
	for {
		r.mu.Lock()
		ok, moved := f(), r.moved
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-moved:
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			r.t.Fatalf("never: %s", what)
		}
	}
}

func (r *recorder) value(what string) string {
	x, ok := r.values[what]
	if !ok {
		return "never"
	}
	return x.Value.String()
}

type rig struct {
	*recorder
	sim     *sim
	secrets *memory
	adapter *Adapter
	stop    func()
}

func newRig(t *testing.T) *rig {
	r := &rig{recorder: newRecorder(t), sim: newSim(t), secrets: &memory{}}
	r.start()
	t.Cleanup(func() {
		r.stop()
		for _, v := range r.duties.Violations() {
			t.Error(v)
		}
	})
	return r
}

func (r *rig) start() {
	r.adapter = New(Options{Secrets: r.secrets})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.adapter.Run(ctx, r.recorder) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		r.stop = func() {}
	}
}

func (r *rig) found(addr string) {
	a := netip.MustParseAddrPort(addr)
	r.adapter.Found(adapters.Found{Type: "_hue._tcp", Addrs: []netip.Addr{a.Addr()}, Port: int(a.Port()), TXT: map[string]string{"bridgeid": simID, "modelid": "BSB002"}})
}

func (r *rig) pair() {
	r.t.Helper()
	r.found(r.sim.addr)
	r.until("the adapter runs", func() bool { r.adapter.mu.Lock(); defer r.adapter.mu.Unlock(); return r.adapter.ctx != nil })
	if err := r.adapter.Permit(context.Background(), 60); err != nil {
		r.t.Fatal(err)
	}
	r.sim.mu.Lock()
	r.sim.pressed = true
	r.sim.mu.Unlock()
	r.until("the lamp is described", func() bool { return r.value("dev-lamp main on_off.on") == "true" })
}

func (r *rig) do(source, endpoint string, writes ...model.Write) model.CommandID {
	id := model.CommandID(fmt.Sprintf("c%d", time.Now().UnixNano()))
	r.adapter.Execute(model.Command{ID: id, Source: model.SourceID("hue/" + source), Endpoint: model.EndpointID(endpoint), Writes: writes})
	return id
}

func (r *rig) ended(id model.CommandID) model.Outcome {
	r.t.Helper()
	r.until("the command ends", func() bool { _, ok := r.outcomes[id]; return ok })
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outcomes[id]
}

func set(a model.Attribute, v model.Value) model.Write { return model.Write{Attribute: a, Value: v} }

func TestPairingNeedsTheButtonAndKeepsKeyAndPin(t *testing.T) {
	r := newRig(t)
	r.until("the adapter runs", func() bool { r.adapter.mu.Lock(); defer r.adapter.mu.Unlock(); return r.adapter.ctx != nil })
	if err := r.adapter.Permit(t.Context(), 10); err == nil || !strings.Contains(err.Error(), "no Hue bridge") {
		t.Errorf("without a bridge: %v", err)
	}
	r.found(r.sim.addr)
	if _, _, err := ask(t.Context(), r.sim.addr); err == nil || err.Error() != errNotPressed.Error() {
		t.Errorf("without the button: %v", err)
	}
	r.pair()
	var kept map[string]paired
	if err := json.Unmarshal(r.secrets.m[secretName], &kept); err != nil {
		t.Fatal(err)
	}
	if p := kept[simID]; p.Key == "" || len(p.Pin) != 64 || p.Address != r.sim.addr {
		t.Errorf("kept: %+v", kept)
	}
	for _, c := range r.adapter.Checks() {
		if !c.OK || strings.Contains(c.Detail, kept[simID].Key) {
			t.Errorf("check: %+v", c)
		}
	}
}

func TestDevicesRoomsAndStates(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.until("the room and its scenes", func() bool {
		return r.value("room-1 main on_off.on") == "true" && r.value("room-1 scene-scene-1- scene.active") != "never"
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for source, kind := range map[model.SourceID]model.DeviceType{"hue/dev-lamp": "light_color", "hue/dev-plug": "plug", "hue/dev-sensor": "motion_sensor", "hue/dev-remote": "remote",
		"hue/dev-door": "contact_sensor", "hue/dev-bridge": "bridge", "hue/room-1": "light_dimmable"} {
		if got := r.described[source].Type; got != kind {
			t.Errorf("%s is a %q, want %s", source, got, kind)
		}
	}
	lamp := r.described["hue/dev-lamp"]
	if lamp.Room != "Living room" || !slices.Contains(lamp.Identities, model.Identity{Kind: model.IdentityIEEE, Value: "00:17:88:01:0b:aa:bb:cc"}) {
		t.Errorf("the lamp: %+v", lamp)
	}
	if b := r.described["hue/dev-bridge"]; !slices.Contains(b.Identities, model.Identity{Kind: model.IdentityMAC, Value: "001788eeaa01"}) {
		t.Errorf("the bridge: %+v", b)
	}
	for what, want := range map[string]string{"dev-lamp main level.level": "42.5", "dev-lamp main color.x": "0.3", "dev-lamp main color_temperature.kelvin": "never", "dev-sensor main temperature.celsius": "21.3",
		"dev-sensor main illuminance.lux": "100", "dev-sensor main power_source.battery_pct": "87", "dev-door main contact.open": "false", "dev-door main tamper.tampered": "false", "room-1 scene-scene-1- scene.active": "false"} {
		if got := r.value(what); got != want {
			t.Errorf("%s = %s, want %s", what, got, want)
		}
	}
	if !r.values["dev-lamp main on_off.on"].CaughtUp {
		t.Error("what was fetched is no news")
	}
	if len(r.events) != 0 {
		t.Errorf("old presses are no events: %v", r.events)
	}
}

func TestEventsFromTheStream(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.sayJSON("update", `{"id":"motion-1","type":"motion","motion":{"motion":true,"motion_valid":true,"motion_report":{"changed":"2026-11-20T10:00:00Z","motion":true}}}`)
	r.sim.sayJSON("update", `{"id":"contact-1","type":"contact","contact_report":{"state":"no_contact"}}`)
	for _, e := range []string{"initial_press", "short_release"} {
		r.sim.sayJSON("update", `{"id":"button-1","type":"button","button":{"last_event":"`+e+`","button_report":{"updated":"2026-11-20T10:00:01Z","event":"`+e+`"}}}`)
	}
	r.sim.sayJSON("update", `{"id":"dial-1","type":"relative_rotary","relative_rotary":{"rotary_report":{"updated":"x","action":"start","rotation":{"direction":"counter_clock_wise","steps":30,"duration":400}}}}`)
	r.sim.sayJSON("update", `{"id":"zb-lamp","type":"zigbee_connectivity","status":"connectivity_issue"}`)
	r.until("all is heard", func() bool {
		return r.value("dev-sensor main occupancy.occupied") == "true" && r.value("dev-door main contact.open") == "true" && len(r.events) == 2 && r.reachable["hue/dev-lamp"] != ""
	})
	if e := r.events[0]; e.Args["action"] != model.String("single") || e.Args["button"] != model.String("1") {
		t.Errorf("the press: %+v", e)
	}
	if e := r.events[1]; e.Args["action"] != model.String("rotate_left") || e.Args["count"] != model.Number(30) {
		t.Errorf("the dial: %+v", e)
	}
	if r.values["dev-sensor main occupancy.occupied"].CaughtUp {
		t.Error("what the stream says is news")
	}
	r.sim.add(`{"id":"dev-new","type":"device","metadata":{"name":"New lamp"},"services":[{"rid":"light-new","rtype":"light"}]}`)
	r.sim.add(`{"id":"light-new","type":"light","on":{"on":true}}`)
	r.sim.sayJSON("add", `{"id":"dev-new","type":"device"}`)
	r.until("the new lamp is there", func() bool { return r.described["hue/dev-new"].Name == "New lamp" })
	r.sim.mu.Lock()
	delete(r.sim.all, "dev-new")
	delete(r.sim.all, "light-new")
	r.sim.mu.Unlock()
	r.sim.sayJSON("delete", `{"id":"dev-new","type":"device"}`)
	r.until("it is gone again", func() bool { return r.gone["hue/dev-new"] })
}

func TestCommandsAreConfirmedByTheStream(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.sent()
	for _, c := range []struct {
		source, endpoint string
		writes           []model.Write
		sent, value      string
	}{
		{"dev-lamp", "main", []model.Write{set("on_off.on", model.Bool(false))}, `light/light-lamp {"on":{"on":false}}`, "dev-lamp main on_off.on false"},
		{"dev-lamp", "main", []model.Write{set("level.level", model.Number(0))}, `light/light-lamp {"dimming":{"brightness":0.01}}`, "dev-lamp main level.level 0.01"},
		{"dev-lamp", "main", []model.Write{set("color_temperature.kelvin", model.Number(4000))}, `light/light-lamp {"color_temperature":{"mirek":250}}`, "dev-lamp main color_temperature.kelvin 4000"},
		{"dev-lamp", "main", []model.Write{set("color.x", model.Number(0.5))}, `light/light-lamp {"color":{"xy":{"x":0.5,"y":0.4}}}`, "dev-lamp main color.x 0.5"},
		{"room-1", "main", []model.Write{set("on_off.on", model.Bool(false))}, `grouped_light/group-1 {"on":{"on":false}}`, "room-1 main on_off.on false"},
	} {
		if o := r.ended(r.do(c.source, c.endpoint, c.writes...)); o.Status != model.Acked {
			t.Errorf("%v: %+v", c.writes, o)
		}
		if got := r.sim.sent(); !slices.Equal(got, []string{c.sent}) {
			t.Errorf("sent %q, want %q", got, c.sent)
		}
		i := strings.LastIndexByte(c.value, ' ')
		r.until(c.value, func() bool { return r.value(c.value[:i]) == c.value[i+1:] })
	}
	r.adapter.Execute(model.Command{ID: "scene", Source: "hue/room-1", Endpoint: "scene-scene-1-", Action: "scene.activate"})
	if o := r.ended("scene"); o.Status != model.Acked {
		t.Errorf("the scene: %+v", o)
	}
	r.until("the scene is active", func() bool { return r.value("room-1 scene-scene-1- scene.active") == "true" })
	if o := r.ended(r.do("dev-sensor", "main", set("occupancy.occupied", model.Bool(true)))); o.Status != model.Rejected {
		t.Errorf("motion cannot be set: %+v", o)
	}
	if o := r.ended(r.do("nobody", "main", set("on_off.on", model.Bool(true)))); o.Status != model.Rejected {
		t.Errorf("nobody: %+v", o)
	}
}

func TestASliderBecomesAFewRequestsAndABusyBridgeIsAskedAgain(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.sent()
	r.sim.mu.Lock()
	r.sim.busy = 1
	r.sim.mu.Unlock()
	var ids []model.CommandID
	for i := range 60 {
		ids = append(ids, model.CommandID(fmt.Sprintf("s%d", i)))
		r.adapter.Execute(model.Command{ID: ids[i], Source: "hue/dev-lamp", Endpoint: "main", Writes: []model.Write{set("level.level", model.Number(float64(i+1)))}})
	}
	for _, id := range ids {
		if o := r.ended(id); o.Status != model.Acked {
			t.Errorf("%s: %+v", id, o)
		}
	}
	sent := r.sim.sent()
	if len(sent) > 10 || !strings.Contains(sent[len(sent)-1], `"brightness":60`) {
		t.Errorf("60 positions became %d requests, the last %q", len(sent), sent[len(sent)-1])
	}
}

func TestALostBridgeIsFoundAgainAndFetchedAnew(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.close()
	r.until("the lamp is unreachable", func() bool { return strings.Contains(r.reachable["hue/dev-lamp"], "Hue bridge") })
	r.sim.mu.Lock()
	r.sim.all["light-lamp"]["on"] = map[string]any{"on": false} // while nobody listened
	r.sim.mu.Unlock()
	r.sim.listen("127.0.0.1:0") // after a power cut it has another address
	r.found(r.sim.addr)
	r.until("the lamp is there again and off", func() bool { return r.reachable["hue/dev-lamp"] == "" && r.value("dev-lamp main on_off.on") == "false" })
}

func TestAfterARestartTheBridgeIsKnown(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.stop()
	r.recorder = newRecorder(t)
	r.start()
	r.until("the lamp is described again", func() bool { return r.value("dev-lamp main on_off.on") == "true" })
}

func TestAnotherCertificateAndAWrongKeyAreRefused(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.mu.Lock()
	r.sim.deaf = true
	r.sim.mu.Unlock()
	r.sim.close()
	r.sim.listen(r.sim.addr)
	r.until("the key is refused", func() bool { return strings.Contains(r.reachable["hue/dev-lamp"], "hub pair hue") })
	if o := r.ended(r.do("dev-lamp", "main", set("on_off.on", model.Bool(false)))); o.Status != model.Rejected {
		t.Errorf("with a wrong key: %+v", o)
	}
	r.sim.close()
	r.sim.newCertificate()
	r.sim.mu.Lock()
	r.sim.deaf = false
	fetched := r.sim.fetches
	r.sim.mu.Unlock()
	r.sim.listen(r.sim.addr)
	r.until("the certificate is refused", func() bool { return strings.Contains(r.reachable["hue/dev-lamp"], "another certificate") })
	r.sim.mu.Lock()
	if r.sim.fetches != fetched {
		t.Error("the key was sent to a stranger")
	}
	r.sim.pressed = true
	r.sim.mu.Unlock()
	if err := r.adapter.Permit(t.Context(), 30); err != nil {
		t.Fatal(err)
	}
	r.until("paired anew, the lamp is there", func() bool { return r.reachable["hue/dev-lamp"] == "" })
}

func TestGarbageOnTheStreamCostsAReconnectAndNothingElse(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.mu.Lock()
	before := r.sim.fetches
	r.sim.mu.Unlock()
	r.sim.raw("data: [{\"type\":\n\n")
	r.until("fetched anew", func() bool {
		r.sim.mu.Lock()
		defer r.sim.mu.Unlock()
		return r.sim.fetches > before && len(r.sim.streams) > 0
	})
	r.sim.sayJSON("update", `{"id":"light-lamp","type":"light","on":{"on":false}}`)
	r.until("the lamp is heard", func() bool { return r.value("dev-lamp main on_off.on") == "false" })
}

func TestAnswersThatBreakOffLoseNothing(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.sim.mu.Lock()
	r.sim.short = true
	r.sim.mu.Unlock()
	r.sim.raw("data: nonsense\n\n") // so that all is asked for again
	r.until("it is said why", func() bool { return strings.Contains(r.reachable["hue/dev-lamp"], "breaks off") })
	r.sim.mu.Lock()
	r.sim.short = false
	r.sim.mu.Unlock()
	r.until("the lamp is there again", func() bool { return r.reachable["hue/dev-lamp"] == "" && len(r.gone) == 0 })
}

func TestTheContractOfEveryAdapter(t *testing.T) {
	r := newRig(t)
	r.pair()
	r.stop()
	adaptertest.Run(t, adaptertest.Subject{New: func() adapters.Adapter { return New(Options{Secrets: r.secrets}) }, Sources: 7,
		Command: model.Command{Source: "hue/dev-lamp", Endpoint: "main", Writes: []model.Write{set("on_off.on", model.Bool(false))}}})
}

func TestHundredLampsAtOnce(t *testing.T) {
	r := newRig(t)
	for i := range 100 {
		r.sim.add(fmt.Sprintf(`{"id":"dev-%d","type":"device","metadata":{"name":"Lamp %d"},"services":[{"rid":"light-%d","rtype":"light"}]}`, i, i, i))
		r.sim.add(fmt.Sprintf(`{"id":"light-%d","type":"light","on":{"on":true},"dimming":{"brightness":10}}`, i))
	}
	r.pair()
	r.until("all are described", func() bool { return len(r.described) >= 107 && r.value("dev-99 main level.level") == "10" })
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte(`[{"type":"update","data":[{"id":"light-lamp","type":"light","on":{"on":true},"color_temperature":{"mirek":0}}]}]`))
	f.Add([]byte(`[{"type":"update","data":[{"id":"button-1","type":"button","button":{"button_report":{"event":"x"}}}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := parseEvents(data)
		if err != nil {
			return
		}
		for _, e := range events {
			all := map[string]*resource{}
			for i := range e.Data {
				all[e.Data[i].ID] = &e.Data[i]
				readings("main", &e.Data[i])
				pressed("hue/x", "1", &e.Data[i])
			}
			for _, th := range translate(all) {
				for _, id := range slices.Sorted(maps.Keys(th.services)) {
					readings(th.services[id], all[id])
				}
			}
		}
	})
}
