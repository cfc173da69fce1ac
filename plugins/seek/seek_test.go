package seek

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/plugins/manifest"
)

// ears keep what was found.
type ears struct {
	mu  sync.Mutex
	all []string
}

func (e *ears) found(via string, f adapters.Found) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var addrs []string
	for _, a := range f.Addrs {
		addrs = append(addrs, a.String())
	}
	e.all = append(e.all, fmt.Sprintf("%s %s %v %s", via, f.Key, addrs, f.TXT))
}

func (e *ears) await(t *testing.T, want string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		e.mu.Lock()
		ok := slices.ContainsFunc(e.all, func(s string) bool { return strings.Contains(s, want) })
		e.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never found %s, but %q", want, e.all)
		}
	}
}

func TestATopicIsFoundOnce(t *testing.T) {
	var heard func(string, []byte)
	ended := 0
	s := New(Options{Subscribe: func(filter string, h func(string, []byte)) (func(), error) {
		if filter == "bad/+" {
			return nil, errors.New("no")
		}
		heard = h
		return func() { ended++ }, nil
	}})
	var e ears
	s.Seek("acme", []manifest.Pattern{{MQTT: "bad/+"}, {MQTT: "acme/+/status"}, {MDNS: "_acme._tcp"}}, e.found)
	heard("acme/7/status", []byte("on"))
	heard("acme/7/status", []byte("off"))
	heard("acme/8/status", []byte{0, 255})
	want := []string{"mqtt mqtt/acme/7/status [] map[payload:on topic:acme/7/status]", "mqtt mqtt/acme/8/status [] map[payload:hex:00ff topic:acme/8/status]"}
	if d := cmp.Diff(want, e.all); d != "" {
		t.Error(d)
	}
	s.Seek("acme", nil, e.found)
	if ended != 1 {
		t.Errorf("%d subscriptions ended", ended)
	}
}

// responder answers a question, on loopback.
func responder(t *testing.T, question, answer string) int {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if string(b[:n]) == question {
				_, _ = c.WriteTo([]byte(answer), from)
			}
		}
	}()
	return c.LocalAddr().(*net.UDPAddr).Port
}

func TestWhatAnswersAQuestionIsFound(t *testing.T) {
	fits, other := responder(t, "who?", "ACME 7"), responder(t, "\xd0\x0d", "\xd0\x0dsomebody")
	s := New(Options{Every: 20 * time.Millisecond})
	s.questions = func(net.Interface) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }
	defer s.Close()
	var e ears
	s.Seek("acme", []manifest.Pattern{{UDP: &manifest.Probe{Port: fits, Send: "who?", Match: "ACME *"}}, {UDP: &manifest.Probe{Port: other, Send: "hex:d00d", Match: "hex:d00d73"}},
		{UDP: &manifest.Probe{Port: fits, Send: "who?", Match: "OTHER*"}}}, e.found)
	e.await(t, fmt.Sprintf("udp udp/%d/127.0.0.1 [127.0.0.1] map[answer:ACME 7]", fits))
	e.await(t, fmt.Sprintf("udp/%d/127.0.0.1 [127.0.0.1] map[answer:hex:d00d736f6d65626f6479]", other))
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.all) != 2 {
		t.Errorf("found %q", e.all)
	}
}

func TestHardwareAddressesAreFoundAndFollowed(t *testing.T) {
	var mu sync.Mutex
	table := "IP address       HW type     Flags       HW address            Mask     Device\n" +
		"192.0.2.7        0x1         0x2         a0:b1:c2:00:00:07     *        eth0\n192.0.2.8        0x1         0x2         aa:aa:aa:00:00:08     *        eth0\n" +
		"192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0\nrubbish\n"
	s := New(Options{Every: 5 * time.Millisecond, Neighbours: func() ([]Neighbour, error) {
		mu.Lock()
		defer mu.Unlock()
		return parseARP([]byte(table)), nil
	}})
	defer s.Close()
	var e ears
	s.Seek("acme", []manifest.Pattern{{MAC: "A0:B1:C2"}}, e.found)
	e.await(t, "mac mac/a0:b1:c2:00:00:07 [192.0.2.7] map[mac:a0:b1:c2:00:00:07]")
	mu.Lock()
	table = strings.ReplaceAll(table, "192.0.2.7", "192.0.2.70")
	mu.Unlock()
	e.await(t, "mac mac/a0:b1:c2:00:00:07 [192.0.2.70]")
	if len(e.all) != 2 {
		t.Errorf("found %q", e.all)
	}
}

func TestTheBroadcastAddressesOfAnInterface(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		for _, a := range broadcasts(i) {
			if !a.Is4() || a.IsLoopback() {
				t.Errorf("%s: %s", i.Name, a)
			}
		}
	}
}

func FuzzParseARP(f *testing.F) {
	f.Add([]byte("192.0.2.7 0x1 0x2 a0:b1:c2:00:00:07 * eth0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, n := range parseARP(b) {
			if !n.Addr.IsValid() || n.MAC == "" {
				t.Errorf("%+v", n)
			}
		}
	})
}
