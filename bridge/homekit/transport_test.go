package homekit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/tlv8"
	"github.com/concord-home/hub/hap/wire"
	"github.com/concord-home/hub/model"
)

// The tests of this file are the ways in which the stock server was seen to fail (brutella/hap v0.0.35), one by one.

func lamps(n int) []device {
	out := make([]device, n)
	for i := range out {
		out[i] = one(fmt.Sprintf("lamp%d", i), fmt.Sprintf("Lamp %d", i), "light_dimmable", yes("on_off.on", false), num("level.level", 10))
	}
	return out
}

func TestEventsDuringReadsCorruptNothing(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(140))
	p := newPhone(r, 1).open(r.addr(1))
	level := p.find("Lamp 3", "43", "8")
	p.watch(level)
	var changing sync.WaitGroup
	stop := make(chan struct{})
	changing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			// Straight to the connection, past the coalescing: as many events as it can take.
			r.bridge.all()[0].press(r.bridge.all()[0].catalogue.Load().points[id{level.AID, level.IID}], i%3)
		}
	})
	for range 20 {
		a := p.ask("GET", "/accessories", nil)
		if a.Status != 200 || !json.Valid(a.Body) {
			t.Fatalf("status %d, %d bytes", a.Status, len(a.Body))
		}
	}
	close(stop)
	changing.Wait()
	if len(p.events) == 0 {
		t.Error("no event came between")
	}
}

func TestAControllerThatTakesNothingBlocksNobodyAndIsLetGo(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(2))
	p := newPhone(r, 1).open(r.addr(1))
	stalled := p.another(r.addr(1))
	f := p.find("Lamp 1", "43", "8")
	stalled.watch(f)
	point := r.bridge.all()[0].catalogue.Load().points[id{f.AID, f.IID}]
	for i := range 20_000 { // it reads none of them
		r.bridge.all()[0].press(point, i%3)
	}
	for i := range 20 {
		if status, _ := p.put(f, fmt.Sprint(20+i)); status != 204 {
			t.Fatalf("the other controller is answered %d", status)
		}
	}
	for c := range conns(r.bridge.all()[0]) {
		c.mu.Lock()
		if n := len(c.presses) + len(c.order); n > maxPresses+1 {
			t.Errorf("%d events wait for a controller", n)
		}
		c.mu.Unlock()
	}
}

func conns(s *server) map[*conn]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.conns)
}

func TestRequestsOfEverySizeAndShapeAreAnswered(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	f := p.find("Lamp 0", "43", "8")
	for _, size := range []int{300, 1023, 1024, 1025, 2048, 3072, 4096, 8192, 10_000} {
		body := fmt.Appendf(nil, `{"characteristics":[{"aid":%d,"iid":%d,"value":%d}]}`, f.AID, f.IID, size%100)
		head := len(wire.AppendRequest(nil, "PUT", "bridge", "/characteristics", contentJSON, bytes.Repeat([]byte(" "), 1000))) - 1000
		body = append(body, bytes.Repeat([]byte(" "), max(0, size-head-len(body)))...)
		if a := p.ask("PUT", "/characteristics", body); a.Status != 204 {
			t.Errorf("%d bytes: status %d %s", size, a.Status, a.Body)
		}
	}
	get := wire.AppendRequest(nil, "GET", "bridge", fmt.Sprintf("/characteristics?id=%d.%d", f.AID, f.IID), "", nil)
	for _, chunks := range [][][]byte{{get, get}, {append(append([]byte{}, get...), get...)}, {get[:7], get[7:], get[:40], get[40:]}} {
		for _, c := range chunks {
			if _, err := p.conn.Write(c); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if a, err := p.next(); err != nil || a.Status != 200 {
				t.Fatalf("%v %v", a, err)
			}
		}
	}
}

func TestTheFirstRequestAfterVerifyingIsNeverLost(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1)
	addr := r.addr(1)
	for i := range 400 {
		q := p.another(addr)
		a, err := q.tryAsk("GET", "/characteristics?id=1.2", nil)
		if err != nil || a.Status != 207 { // 1.2 is Identify: write-only
			t.Fatalf("session %d: %v %v", i, a, err)
		}
		q.raw.Close()
	}
}

func TestThreeThousandSessionsLeaveNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 3,000 sessions")
	}
	r := newRig(t, t.TempDir(), lamps(3))
	p := newPhone(r, 1)
	addr := r.addr(1)
	f := p.another(addr).find("Lamp 1", "43", "8")
	sessions := func(n int) {
		for range n {
			q := p.brief(addr)
			q.watch(f)
			q.raw.Close()
		}
		eventually(t, "they are gone", func() error {
			s := r.bridge.all()[0]
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.conns) > 1 {
				return fmt.Errorf("%d connections", len(s.conns))
			}
			return nil
		})
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	sessions(200)
	before := heap()
	sessions(3000)
	if after := heap(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}

func TestPairingsAreListedAddedAndRemovedAsSpecified(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	send := func(q *phone, items ...tlv8.Item) tlv8.Items {
		a := q.ask("POST", "/pairings", append(tlv8.Items{{Type: pairing.TagState, Value: []byte{1}}}, items...).Bytes())
		m, err := tlv8.Parse(a.Body)
		if err != nil || m.Byte(pairing.TagState) != 2 {
			t.Fatalf("%v %v", m, err)
		}
		return m
	}
	method := func(m byte) tlv8.Item { return tlv8.Item{Type: pairing.TagMethod, Value: []byte{m}} }
	if m := send(p, method(pairing.MethodList)); string(m.Get(pairing.TagIdentifier)) != p.me.ID {
		t.Errorf("the list is %v", m)
	}
	guest := pairing.NewIdentity("guest")
	add := []tlv8.Item{method(pairing.MethodAdd), {Type: pairing.TagIdentifier, Value: []byte("guest")}, {Type: pairing.TagPublicKey, Value: guest.Public()}, {Type: pairing.TagPermissions, Value: []byte{0}}}
	if m := send(p, add...); m.Has(pairing.TagError) {
		t.Fatalf("adding: %v", m)
	}
	g := *p
	g.me, g.events = guest, nil
	gp := g.open(r.addr(1))
	if m := send(gp, method(pairing.MethodList)); m.Byte(pairing.TagError) != byte(pairing.CodeAuthentication) {
		t.Errorf("a guest lists: %v", m)
	}
	if m := send(p, method(pairing.MethodRemove), tlv8.Item{Type: pairing.TagIdentifier, Value: []byte("nobody")}); m.Has(pairing.TagError) {
		t.Errorf("removing nobody is an error: %v", m)
	}
	send(p, method(pairing.MethodRemove), tlv8.Item{Type: pairing.TagIdentifier, Value: []byte(p.me.ID)}) // the last administrator
	if a, err := gp.tryAsk("GET", "/accessories", nil); err == nil && a.Status != 470 {
		t.Error("the guest stays when the last administrator has gone")
	}
	if n := r.bridge.Bridges()[0].Controllers; n != 0 {
		t.Errorf("%d controllers are left", n)
	}
	newPhone(r, 1) // and it can be paired again
}

func TestPeersThatRestInPairSetupDelayNobody(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	m1 := tlv8.Items{{Type: pairing.TagState, Value: []byte{1}}, {Type: pairing.TagMethod, Value: []byte{pairing.MethodSetup}}}.Bytes()
	for range 10 {
		idle := &phone{t: t}
		idle.dial(r.addr(1))
		defer idle.raw.Close()
		if _, err := idle.post(t.Context(), "/pair-setup", m1); err != nil {
			t.Fatal(err)
		}
	}
	newPhone(r, 1).open(r.addr(1)).find("Lamp 0", "43", "25")
}

func TestNoNumberIsGivenTwice(t *testing.T) {
	r := newRig(t, t.TempDir(), everyDevice())
	for _, s := range r.bridge.all() {
		aids := map[uint64]bool{}
		for i, a := range s.catalogue.Load().list {
			if aids[a.Id] || (a.Id == 1) != (i == 0) {
				t.Errorf("accessory %d of %q is there twice, or is the bridge's", a.Id, a.Name())
			}
			aids[a.Id] = true
			iids := map[uint64]bool{}
			for _, s := range a.Ss {
				for _, x := range append([]uint64{s.Id}, idsOf(s.Cs)...) {
					if x == 0 || iids[x] {
						t.Errorf("%q has the instance id %d twice", a.Name(), x)
					}
					iids[x] = true
				}
			}
		}
	}
}

func idsOf(cs []*characteristic.C) (out []uint64) {
	for _, c := range cs {
		out = append(out, c.Id)
	}
	return out
}

func TestKeysThatCannotBeReadAreNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, dir, lamps(1))
	for _, bucket := range []string{bucketBridges, bucketIDs} {
		kept, err := r.sealed.List(t.Context(), bucket)
		if err != nil || len(kept) == 0 {
			t.Fatal(err, len(kept))
		}
		for key, was := range kept {
			if err := r.sealed.Put(t.Context(), bucket, key, was[:len(was)/2]); err != nil {
				t.Fatal(err)
			}
			if _, err := New(t.Context(), r.bridge.o); err == nil {
				t.Errorf("the %s of %s was damaged, and nobody minds", bucket, key)
			}
			if err := r.sealed.Put(t.Context(), bucket, key, was); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTimedWrites(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	f := p.find("Lamp 0", "43", "25")
	body := func(pid int) []byte {
		return fmt.Appendf(nil, `{"characteristics":[{"aid":%d,"iid":%d,"value":true}],"pid":%d}`, f.AID, f.IID, pid)
	}
	if a := p.ask("PUT", "/characteristics", body(7)); a.Status != 207 || statusIn(t, a.Body) != statusInvalid {
		t.Errorf("without being prepared: %d %s", a.Status, a.Body)
	}
	if a := p.ask("PUT", "/prepare", []byte(`{"ttl":2500,"pid":7}`)); a.Status != 200 || statusIn(t, a.Body) != 0 {
		t.Fatalf("prepare: %d %s", a.Status, a.Body)
	}
	if a := p.ask("PUT", "/characteristics", body(7)); a.Status != 204 {
		t.Errorf("prepared: %d %s", a.Status, a.Body)
	}
	if a := p.ask("PUT", "/characteristics", body(7)); a.Status != 207 {
		t.Errorf("a second time: %d %s", a.Status, a.Body)
	}
}

func TestStatusesAreThoseOfTheSpecification(t *testing.T) {
	r := newRig(t, t.TempDir(), []device{
		one("lamp", "Lamp", "light_color", yes("on_off.on", true), num("level.level", 50), num("color.hue", 10), num("color.saturation", 10)),
		one("trv", "Radiator", "trv", num("thermostat.local_temperature", 19), num("thermostat.heat_setpoint", 21, 5, 30), word("thermostat.mode", "heat", "off", "heat")),
		one("door", "Door", "contact_sensor", yes("contact.open", false)),
		one("odd", "Unknown", "contact_sensor", attribute{name: "contact.open"}),
	})
	addr := r.addr(1)
	p := newPhone(r, 1)
	p.dial(addr)
	if a := p.ask("GET", "/accessories", nil); a.Status != 470 {
		t.Errorf("without a session: %d", a.Status)
	}
	p.open(addr)
	on, target := p.find("Lamp", "43", "25"), p.find("Radiator", "4A", "35")
	level, mode, door := p.find("Lamp", "43", "8"), p.find("Radiator", "4A", "33"), p.find("Door", "80", "6A")
	if fmt.Sprint(mode.Valid) != "[0 1]" || target.Min != 5.0 || target.Max != 30.0 {
		t.Errorf("modes %v, setpoint %v to %v", mode.Valid, target.Min, target.Max)
	}
	for _, c := range []struct {
		f            found
		value        string
		http, status int
	}{
		{on, "true", 204, 0}, {on, "1", 204, 0}, {on, "2", 207, statusInvalid}, {on, `"on"`, 207, statusInvalid},
		{level, "50", 204, 0}, {level, "101", 207, statusInvalid}, {level, "-1", 207, statusInvalid}, {level, `"abc"`, 207, statusInvalid}, {level, "50.5", 207, statusInvalid}, {level, "null", 207, statusInvalid}, {level, "{}", 207, statusInvalid},
		{target, "99", 207, statusInvalid}, {target, "21.5", 204, 0}, {mode, "2", 207, statusInvalid}, {mode, "0", 204, 0},
		{door, "1", 207, statusReadOnly}, {found{AID: on.AID, IID: 999}, "1", 207, statusNoSuch}, {found{AID: 999, IID: 1}, "1", 207, statusNoSuch},
	} {
		if h, s := p.put(c.f, c.value); h != c.http || s != c.status {
			t.Errorf("%d.%d = %s: %d %d, want %d %d", c.f.AID, c.f.IID, c.value, h, s, c.http, c.status)
		}
	}
	if _, s := p.get(p.find("Unknown", "80", "6A")); s != statusUnreachable {
		t.Errorf("what nobody knows: %d", s)
	}
	if _, s := p.get(found{AID: on.AID, IID: 999}); s != statusNoSuch {
		t.Errorf("reading what is not there: %d", s)
	}
	for target, want := range map[string]int{"/characteristics": 400, "/characteristics?id=x": 400, "/characteristics?id=1": 400, "/nothing": 404} {
		if a := p.ask("GET", target, nil); a.Status != want {
			t.Errorf("GET %s: %d", target, a.Status)
		}
	}
	if a := p.ask("PUT", "/characteristics", []byte("{")); a.Status != 400 {
		t.Errorf("no JSON: %d", a.Status)
	}
}

func TestAWriteOfWhatAlreadyIsReachesTheDevice(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	f := p.find("Lamp 0", "43", "25")
	for range 2 {
		if status, _ := p.put(f, "true"); status != 204 {
			t.Fatal(status)
		}
	}
	if n := len(r.shop.commands()); n != 2 {
		t.Errorf("the device got %d commands", n)
	}
}

func TestManyChangesBecomeFewEvents(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	p := newPhone(r, 1).open(r.addr(1))
	f := p.find("Lamp 0", "43", "8")
	p.watch(f)
	for i := range 1000 {
		r.report("bench/lamp0", "level.level", model.Number(float64(i%99+1)))
	}
	r.report("bench/lamp0", "level.level", model.Number(100))
	n := 0
	for !strings.Contains(p.event(), `"value":100`) {
		n++
	}
	if n > 20 {
		t.Errorf("%d events before the last", n)
	}
}

func TestNegativeNumbersComeThrough(t *testing.T) {
	r := newRig(t, t.TempDir(), []device{
		one("blind", "Blind", "window_covering", num("window_covering.open_pct", 50), num("window_covering.tilt_pct", 50)),
		one("garden", "Garden", "climate_sensor", num("temperature.celsius", -12)),
	})
	p := newPhone(r, 1).open(r.addr(1))
	if status, hap := p.put(p.find("Blind", "8C", "7B"), "-45"); status != 204 {
		t.Fatalf("%d %d", status, hap)
	}
	cmds := r.shop.commands()
	if len(cmds) != 1 || cmds[0].Writes[0].Value != model.Number(25) {
		t.Errorf("the device was told %+v", cmds)
	}
	eventually(t, "the angle", func() error {
		if v, _ := p.get(p.find("Blind", "8C", "6C")); v != "-45" {
			return errors.New(v)
		}
		return nil
	})
	if v, _ := p.get(p.find("Garden", "8A", "11")); v != "-12" {
		t.Errorf("-12 °C reads as %s", v)
	}
}

func TestNumbersThatAreNoneNeverLeave(t *testing.T) {
	c := characteristic.NewCurrentTemperature().C
	for _, x := range []any{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		if b, err := json.Marshal(fit(c, x)); err != nil || !json.Valid(b) {
			t.Errorf("%v: %s %v", x, b, err)
		}
	}
	big := pattern(characteristic.NewOn().C)
	big.Format, big.MinVal, big.MaxVal = characteristic.FormatUInt64, nil, nil
	if got := fit(big, float64(1<<40)); got != int64(1<<40) {
		t.Errorf("a 64-bit number: %v", got)
	}
	if v, st := parse(big, json.RawMessage("1099511627776")); st != 0 || v != float64(1<<40) {
		t.Errorf("a 64-bit number: %v %d", v, st)
	}
}

func TestAPortThatIsTakenStopsNobodyElse(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	r.addr(1)
	s := newServer(&r.bridge.o, r.bridge.cams, freshRecord(bridgeRecord{Number: 9, Name: "Taken"}))
	r.bridge.o.Listen = func(int) (net.Listener, error) { return nil, errors.New("address already in use") }
	r.bridge.mu.Lock()
	r.bridge.start(s)
	r.bridge.mu.Unlock()
	newPhone(r, 1).open(r.addr(1)).find("Lamp 0", "43", "25")
	r.stop() // returns
}

func TestTheAdvertFollowsThePairing(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	r.addr(1)
	me := r.bridge.Bridges()[0].ID
	wait := func(sf string) {
		eventually(t, "sf="+sf, func() error {
			r.mu.Lock()
			defer r.mu.Unlock()
			if a := r.adverts[me]; a.TXT["sf"] != sf || a.TXT["md"] != "Concord" || a.TXT["pv"] != "1.1" || a.Port == 0 {
				return fmt.Errorf("%+v", a)
			}
			return nil
		})
	}
	wait("1")
	newPhone(r, 1)
	wait("0")
	if err := r.bridge.Unpair(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	wait("1")
}

// Peers of bad manners: each is refused, the bridge lives on, and nothing stays behind.
func TestBadPeers(t *testing.T) {
	r := newRig(t, t.TempDir(), lamps(1))
	addr := r.addr(1)
	p := newPhone(r, 1)
	dial := func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	ends := func(name string, c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: the connection stays: %v", name, err)
		}
	}
	for name, sent := range map[string]string{
		"garbage": "\x16\x03\x01\x02\x00\x01\x00\xfc\n", "another protocol": "SSH-2.0-x\r\n", "an endless line": "GET /" + strings.Repeat("a", 10_000) + "\n",
		"an endless header": "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\n", "a huge body": "POST /pair-setup HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
	} {
		c := dial()
		_, _ = c.Write([]byte(sent))
		ends(name, c)
	}
	for name, body := range map[string][]byte{"cut TLV": {6, 200, 1}, "empty": {1}, "wrong step": {6, 1, 9}, "M3 of verify, short": {6, 1, 3, 5, 1, 0}} {
		for _, path := range []string{"/pair-setup", "/pair-verify"} {
			p.dial(addr)
			answer, err := p.post(t.Context(), path, body)
			if m, perr := tlv8.Parse(answer); err != nil || perr != nil || !m.Has(pairing.TagError) {
				t.Errorf("%s to %s: %v %v", name, path, m, err)
			}
			p.raw.Close()
		}
	}
	q := p.another(addr)
	_, _ = q.raw.Write(bytes.Repeat([]byte{0xff}, 100)) // an oversized frame
	ends("oversized frame", q.raw)
	q = p.another(addr)
	_, _ = q.raw.Write(append([]byte{16, 0}, make([]byte, 32)...)) // garbage after encryption
	ends("garbage after encryption", q.raw)

	slow := p.another(addr)
	for _, b := range wire.AppendRequest(nil, "GET", "bridge", "/characteristics?id=1.2", "", nil) {
		if _, err := slow.conn.Write([]byte{b}); err != nil { // one byte a frame
			t.Fatal(err)
		}
	}
	if a, err := slow.next(); err != nil || a.Status != 207 {
		t.Errorf("one byte at a time: %v %v", a, err)
	}

	var idle []net.Conn
	for range 1000 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	p.another(addr).find("Lamp 0", "43", "25") // still served
	s := r.bridge.all()[0]
	s.mu.Lock()
	n := len(s.conns)
	s.mu.Unlock()
	if n > maxConns {
		t.Errorf("%d connections are open", n)
	}
	for _, c := range idle {
		c.Close()
	}
}
