package homekit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/wire"
	"github.com/concord-home/hub/model"
)

const lamp = "homekit/AA:BB:CC:00:00:01/1"

func TestAPairedAccessoryIsDescribedReadWatchedAndPolled(t *testing.T) {
	f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
	f.values["1.12"], f.values["1.13"] = "40", "7"
	a, e, _ := run(t, forgetful{})
	if acc := pairWith(t, a, f); !acc.Connected || acc.Name != "Lamp" || acc.Devices != 1 {
		t.Errorf("%+v", acc)
	}
	e.awaitValue(t, lamp+" level.level", model.Number(40))
	d := e.described[lamp]
	want := []model.Identity{{Kind: model.IdentityMAC, Value: "00:11:22:33:44:55"}, {Kind: model.IdentityHAP, Value: "AA:BB:CC:00:00:01"}}
	if !slices.Equal(d.Identities, want) || d.Type != "light_color" || d.Vendor != "Acme" {
		t.Errorf("%+v", d)
	}
	for _, p := range d.Endpoints[0].Properties {
		if strings.Contains(string(p.Attribute), "secret") {
			t.Error("a hidden characteristic shows")
		}
	}
	f.tell(`{"characteristics":[{"aid":1,"iid":9,"value":1},{"aid":1,"iid":9,"value":0},{"aid":1,"iid":9,"value":true},{"aid":9,"iid":9,"value":1}]}`)
	e.awaitValue(t, lamp+" on_off.on", model.Bool(true))
	f.change(func() { f.values["1.13"] = "8" }) // it tells of no change here: only polling sees it
	e.awaitValue(t, lamp+" measurement.lamp_hours", model.Number(8))
	f.tell("{") // nonsense in an event costs nothing
	f.tell(`{"characteristics":[{"aid":1,"iid":12,"value":41}]}`)
	e.awaitValue(t, lamp+" level.level", model.Number(41))
}

func TestWritesAreTimedPairedAndReadBack(t *testing.T) {
	f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
	a, e, _ := run(t, forgetful{})
	pairWith(t, a, f)
	a.Execute(command("c1", lamp, "level.level", model.Number(55)))
	if o := e.awaitOutcome(t, "c1"); o.Status != model.Acked {
		t.Errorf("%+v", o)
	}
	e.awaitValue(t, lamp+" level.level", model.Number(55))
	if f.count("PUT /prepare") != 1 {
		t.Error("the write was not prepared")
	}
	before := f.count(`PUT /characteristics {"characteristics":[{"aid":1,"iid":1`)
	a.Execute(command("hue", lamp, "color.hue", model.Number(200)))
	a.Execute(command("sat", lamp, "color.saturation", model.Number(80)))
	e.awaitOutcome(t, "hue")
	e.awaitOutcome(t, "sat")
	if n := f.count(`PUT /characteristics {"characteristics":[{"aid":1,"iid":1`) - before; n != 1 {
		t.Errorf("hue and saturation went in %d requests", n)
	}
	a.Execute(command("alone", lamp, "color.hue", model.Number(10))) // goes by itself after a moment
	if o := e.awaitOutcome(t, "alone"); o.Status != model.Acked {
		t.Errorf("%+v", o)
	}
}

func TestStatusesBecomeReasons(t *testing.T) {
	f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
	a, e, _ := run(t, forgetful{})
	pairWith(t, a, f)
	for status, want := range map[int]model.ReasonCode{-70402: model.ReasonUnreachable, -70403: model.ReasonDeviceError, -70404: model.ReasonReadOnly, -70408: model.ReasonNoAnswer,
		-70409: model.ReasonUnsupported, -70410: model.ReasonInvalidValue, -70411: model.ReasonForbidden, -1: model.ReasonDeviceError} {
		f.change(func() { f.statuses["1.9"] = status })
		id := model.CommandID(fmt.Sprint("c", status))
		a.Execute(command(id, lamp, "on_off.on", model.Bool(true)))
		if o := e.awaitOutcome(t, id); o.Reason.Code != want || o.Reason.Detail == "" || o.Status == model.Acked {
			t.Errorf("%d: %+v", status, o)
		}
	}
	f.change(func() { f.statuses["1.9"] = 0 })
	for id, cmd := range map[model.CommandID]model.Command{
		"a": command("a", lamp, "fan.speed_pct", model.Number(1)), "b": command("b", "homekit/AA:BB:CC:00:00:01/9", "on_off.on", model.Bool(true)),
		"c": command("c", "homekit/nobody/1", "on_off.on", model.Bool(true)), "d": command("d", lamp, "measurement.lamp_hours", model.Number(1)), "e": command("e", lamp, "level.level", model.Number(500)),
	} {
		a.Execute(cmd)
		if o := e.awaitOutcome(t, id); o.Status != model.Rejected {
			t.Errorf("%s: %+v", id, o)
		}
	}
}

func TestASlowAccessoryDelaysNoOther(t *testing.T) {
	slow, quick := newFake(t, "AA:BB:CC:00:00:01", lampDB), newFake(t, "AA:BB:CC:00:00:02", lampDB)
	a, e, _ := run(t, forgetful{})
	pairWith(t, a, slow)
	pairWith(t, a, quick)
	slow.change(func() { slow.hang = true })
	a.Execute(command("slow", lamp, "on_off.on", model.Bool(true)))
	await(t, "the slow one was asked", func() bool {
		return slow.count(`PUT /characteristics {"characteristics":[{"aid":1,"iid":9,"value"`) == 1
	})
	for i := range 20 {
		id := model.CommandID(fmt.Sprint("q", i))
		a.Execute(command(id, "homekit/AA:BB:CC:00:00:02/1", "on_off.on", model.Bool(true)))
		e.awaitOutcome(t, id)
	}
	e.mu.Lock()
	_, answered := e.outcomes["slow"]
	e.mu.Unlock()
	if answered {
		t.Error("the slow accessory did not hang")
	}
}

func TestItComesBackByItselfAndFollowsAddressAndConfiguration(t *testing.T) {
	f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
	m := forgetful{}
	a, e, end := run(t, m)
	pairWith(t, a, f)
	addr := f.addr
	f.away()
	await(t, "it is away", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.reach[lamp] != "" })
	a.Execute(command("away", lamp, "on_off.on", model.Bool(true)))
	if o := e.awaitOutcome(t, "away"); o.Reason.Code != model.ReasonUnreachable {
		t.Errorf("%+v", o)
	}
	f.listen(addr)
	await(t, "it is back, without mDNS", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.reach[lamp] == "" })
	f.away()
	f.listen("127.0.0.1:0")
	a.Found(found(f, "1"))
	await(t, "it is at another address", func() bool { l := a.Accessories(); return len(l) == 1 && l[0].Connected && l[0].Address == f.addr })
	f.change(func() { f.db = strings.ReplaceAll(lampDB, `"value":"Lamp"`, `"value":"Lampe"`) })
	a.Found(found(f, "2"))
	await(t, "the new configuration", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.described[lamp].Name == "Lampe" })
	a.Found(adapters.Found{TXT: map[string]string{"id": f.me.ID}, Gone: true}) // mDNS alone says nothing about it
	a.Execute(command("still", lamp, "on_off.on", model.Bool(true)))
	if o := e.awaitOutcome(t, "still"); o.Status != model.Acked {
		t.Errorf("%+v", o)
	}
	end()
	a, e, _ = run(t, m)
	await(t, "after a restart", func() bool { l := a.Accessories(); return len(l) == 1 && l[0].Connected })
	if err := a.Unpair(t.Context(), "aa:bb:cc:00:00:01", false); err != nil {
		t.Fatal(err)
	}
	if len(f.peers) != 0 || len(m[bucketPairings]) != 0 || !slices.Contains(e.gone, model.SourceID(lamp)) {
		t.Errorf("left at the accessory: %v, kept: %v, gone: %v", f.peers, m[bucketPairings], e.gone)
	}
}

func TestADeviceOfABridgeThatItCannotReachIsUnreachableAlone(t *testing.T) {
	two := strings.Replace(lampDB, `{"accessories":[`, `{"accessories":[`+strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(lampDB, `"aid":1`, `"aid":2`), `{"accessories":[`), `]}`)+",", 1)
	f := newFake(t, "AA:BB:CC:00:00:01", two)
	for _, iid := range []int{9, 10, 11, 12, 13} {
		f.statuses[fmt.Sprintf("2.%d", iid)] = -70402
	}
	a, e, _ := run(t, forgetful{})
	pairWith(t, a, f)
	await(t, "the second is unreachable", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.reach["homekit/AA:BB:CC:00:00:01/2"] != "" && e.reach[lamp] == ""
	})
	if ids := e.described[lamp].Identities; len(ids) != 1 {
		t.Errorf("a serial number that two devices share identifies: %v", ids)
	}
	f.change(func() { clear(f.statuses) })
	await(t, "polling finds it back", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.reach["homekit/AA:BB:CC:00:00:01/2"] == "" })
	f.change(func() { f.db = lampDB })
	a.Found(found(f, "1"))
	a.Found(found(f, "2"))
	await(t, "what the bridge no longer has is gone", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return len(e.gone) == 1 })
}

// Accessories of bad manners: a clear error each, nothing left behind, no panic.
func TestBadAccessories(t *testing.T) {
	before := runtime.NumGoroutine()
	for name, spoil := range map[string]func(wire.Request, net.Conn) bool{
		"garbage for pair-setup": func(r wire.Request, c net.Conn) bool { _, _ = c.Write([]byte("\x00\x01garbage\n")); return true },
		"a cut TLV": func(r wire.Request, c net.Conn) bool {
			_, _ = c.Write(wire.AppendAnswer(nil, false, 200, "OK", contentTLV, []byte{3, 200, 1}))
			return true
		},
		"an empty answer": func(r wire.Request, c net.Conn) bool {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
			return true
		},
		"a hang-up": func(r wire.Request, c net.Conn) bool { c.Close(); return true },
		"another step": func(r wire.Request, c net.Conn) bool {
			_, _ = c.Write(wire.AppendAnswer(nil, false, 200, "OK", contentTLV, []byte{6, 1, 9}))
			return true
		},
		"a key that is none": func(r wire.Request, c net.Conn) bool {
			_, _ = c.Write(wire.AppendAnswer(nil, false, 200, "OK", contentTLV, []byte{6, 1, 2, 3, 1, 0, 2, 1, 0}))
			return true
		},
	} {
		f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
		f.spoil = spoil
		a, _, end := run(t, forgetful{})
		if _, err := a.Pair(t.Context(), f.addr, fakeCode); err == nil || len(a.Accessories()) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		end()
	}
	// After the session is encrypted.
	for name, sent := range map[string][]byte{"an oversized frame": {0xff, 0xff, 1}, "a forged frame": append([]byte{4, 0}, make([]byte, 20)...), "plain text": []byte("HTTP/1.1 200 OK\r\n\r\n")} {
		f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
		a, e, end := run(t, forgetful{})
		pairWith(t, a, f)
		f.change(func() {
			f.spoil = func(r wire.Request, c net.Conn) bool {
				if r.Path != "/characteristics" {
					return false
				}
				_, _ = c.Write(sent)
				return true
			}
		})
		a.Execute(command("c", lamp, "on_off.on", model.Bool(true)))
		if o := e.awaitOutcome(t, "c"); o.Status == model.Acked {
			t.Errorf("%s: %+v", name, o)
		}
		f.change(func() { f.spoil = nil })
		await(t, name+": a new session", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.reach[lamp] == "" })
		end()
		f.away()
	}
	for name, db := range map[string]string{"no JSON": "{", "no accessories": `{"accessories":[]}`, "an id twice": `{"accessories":[{"aid":1},{"aid":1}]}`} {
		f := newFake(t, "AA:BB:CC:00:00:01", db)
		a, _, end := run(t, forgetful{})
		if acc := pairWith(t, a, f); acc.Connected || acc.Problem == "" {
			t.Errorf("%s: %+v", name, acc)
		}
		end()
		f.away()
	}
	await(t, "no goroutine is left behind", func() bool { return runtime.NumGoroutine() <= before+12 }) // those of accepted sockets end a moment later
}

func TestOneThatForgotTheHubOrIsAnotherIsToldApart(t *testing.T) {
	f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
	a, e, _ := run(t, forgetful{})
	pairWith(t, a, f)
	f.change(func() { clear(f.peers) })
	addr := f.addr
	f.away()
	f.listen(addr)
	await(t, "it forgot", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return strings.Contains(e.reach[lamp], "forgotten") })
	other := newFake(t, "AA:BB:CC:00:00:09", lampDB)
	f.away()
	other.away()
	other.listen(addr)
	await(t, "another answers", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return strings.Contains(e.reach[lamp], "another") })
}

func TestWhatCannotBePairedIsRefusedWithTheReason(t *testing.T) {
	f := newFake(t, "AA:BB:CC:00:00:01", lampDB)
	a, _, _ := run(t, forgetful{})
	a.o.Own = func(id string) bool { return id == "AA:BB:CC:00:00:07" }
	see := func(id, name, sf string) {
		a.Found(adapters.Found{Instance: name, TXT: map[string]string{"id": id, "sf": sf}})
	}
	see("AA:BB:CC:00:00:07", "Myself", "1")
	see("AA:BB:CC:00:00:08", "Taken", "0")
	see("AA:BB:CC:00:00:05", "Twin", "1")
	see("AA:BB:CC:00:00:06", "Twin", "1")
	a.Found(found(f, "1"))
	for _, which := range []string{"Myself", "Taken", "Twin", "nobody", "AA:BB:CC:00:00:99"} {
		var refused *RefusalError
		if _, err := a.Pair(t.Context(), which, fakeCode); !errors.As(err, &refused) || refused.Expected == "" {
			t.Errorf("%s: %v", which, err)
		}
	}
	for _, l := range a.Accessories() {
		if l.Name == "Myself" {
			t.Error("the hub lists itself")
		}
	}
	var refused *RefusalError
	if _, err := a.Pair(t.Context(), "Lamp", "123"); !errors.As(err, &refused) || refused.Field != "code" {
		t.Errorf("a short code: %v", err)
	}
	if _, err := a.Pair(t.Context(), "Lamp", "999-88-777"); !errors.Is(err, pairing.CodeAuthentication) {
		t.Errorf("a wrong code: %v", err)
	}
	if _, err := a.Pair(t.Context(), "lamp", fakeCode); err != nil {
		t.Error(err)
	}
	if _, err := a.Pair(t.Context(), "Lamp", fakeCode); !errors.As(err, &refused) {
		t.Errorf("again: %v", err)
	}
}

func TestNothingIsPairedBeforeItRuns(t *testing.T) {
	a := New(Options{Memory: forgetful{}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := a.Pair(ctx, "127.0.0.1:1", fakeCode); !errors.Is(err, errNotRunning) {
		t.Error(err)
	}
}
