package phones

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
)

type reach struct {
	mu   sync.Mutex
	told []string
}

func (r *reach) Associated(tracker string, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, tracker+map[bool]string{true: " in", false: " out"}[on])
}

const table = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.7        0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0
192.0.2.8        0x1         0x0         00:00:00:00:00:00     *        eth0
127.0.0.1        0x1         0x2         02:00:00:00:00:01     *        lo
`

func TestAHostThatRefusesIsInReach(t *testing.T) {
	r := &reach{}
	a := New(Options{Reach: r, Patience: 50 * time.Millisecond, ARP: func() ([]byte, error) { return nil, context.Canceled },
		Trackers: func() []string { return []string{"lan/127.0.0.1", "owntracks/li/phone", "lan/nonsense"} }})
	a.round(t.Context())
	a.round(t.Context())
	if !slices.Equal(r.told, []string{"lan/127.0.0.1 in"}) {
		t.Errorf("%q", r.told)
	}
	a.round(t.Context()) // the third miss of the nonsense
	if !slices.Equal(r.told, []string{"lan/127.0.0.1 in", "lan/nonsense out"}) {
		t.Errorf("%q", r.told)
	}
}

func TestAPhoneThatListensStaysInReach(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:40999")
	if err != nil {
		t.Skip("the port is in use")
	}
	defer func() { _ = c.Close() }()
	r := &reach{}
	on := []byte(table)
	a := New(Options{Reach: r, Patience: 20 * time.Millisecond, ARP: func() ([]byte, error) { return on, nil },
		Trackers: func() []string { return []string{"lan/02:00:00:00:00:01"} }})
	a.round(t.Context())
	on = nil
	for range tries {
		a.round(t.Context())
	}
	if !slices.Equal(r.told, []string{"lan/02:00:00:00:00:01 in", "lan/02:00:00:00:00:01 out"}) {
		t.Errorf("%q", r.told)
	}
}

func TestTheTableOfNeighboursCountsWhereItIsComplete(t *testing.T) {
	a := New(Options{Trackers: func() []string { return nil }, ARP: func() ([]byte, error) { return []byte(table), nil }})
	if ip := a.address("AA:BB:CC:DD:EE:FF"); ip.String() != "192.0.2.7" || !a.neighbour(ip) {
		t.Errorf("found %s", ip)
	}
	if a.address("00:00:00:00:00:00").IsValid() {
		t.Error("an incomplete entry was found")
	}
}

func TestWhatAPhoneAnnounces(t *testing.T) {
	r := &reach{}
	a := New(Options{Reach: r, Trackers: func() []string { return []string{"mdns/Li's phone"} }})
	a.Found(adapters.Found{Instance: "li's phone"})
	a.Found(adapters.Found{Instance: "TV"})
	a.Found(adapters.Found{Instance: "Li's phone", Gone: true})
	if !slices.Equal(r.told, []string{"mdns/Li's phone in", "mdns/Li's phone out"}) {
		t.Errorf("%q", r.told)
	}
}

func FuzzNeighbours(f *testing.F) {
	f.Add([]byte(table))
	f.Fuzz(func(_ *testing.T, b []byte) {
		a := New(Options{Trackers: func() []string { return nil }, ARP: func() ([]byte, error) { return b, nil }})
		a.address("aa:bb:cc:dd:ee:ff")
	})
}
