package discovery

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at returns a moment some seconds after the start of a test.
func at(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

const secs = time.Second

func ptr(inst, typ string, ttl time.Duration) Record {
	return Record{Name: typ + ".local.", Type: dns.TypePTR, TTL: ttl, Target: escape(inst) + "." + typ + ".local."}
}

func srv(inst, typ, host string, port int, ttl time.Duration) Record {
	return Record{Name: escape(inst) + "." + typ + ".local.", Type: dns.TypeSRV, TTL: ttl, Flush: true, Target: host + ".local.", Port: port}
}

func txt(inst, typ string, ttl time.Duration, kv ...string) Record {
	return Record{Name: escape(inst) + "." + typ + ".local.", Type: dns.TypeTXT, TTL: ttl, Flush: true, TXT: parseTXT(kv)}
}

func addr(host, ip string, ttl time.Duration) Record {
	a := netip.MustParseAddr(ip)
	typ := dns.TypeA
	if a.Is6() {
		typ = dns.TypeAAAA
	}
	return Record{Name: host + ".local.", Type: typ, TTL: ttl, Flush: true, Addr: a}
}

func pkt(records ...Record) Packet {
	return Packet{Interface: "eth0", From: netip.MustParseAddr("10.0.0.9"), Records: records}
}

// lamp is a whole announcement of one HAP lamp.
func lamp(ttl time.Duration) []Record {
	return []Record{
		ptr("My Lamp", "_hap._tcp", ttl),
		srv("My Lamp", "_hap._tcp", "lamp", 80, ttl),
		txt("My Lamp", "_hap._tcp", ttl, "id=aa:bb", "c#=1"),
		addr("lamp", "10.0.0.9", ttl),
	}
}

// step is one moment of a cache's life: either a packet or just time passing.
type step struct {
	at   float64
	hear []Record
	want []string // "kind instance host:port addrs"
}

func show(changes []Change) []string {
	var out []string
	for _, c := range changes {
		s := c.Service
		out = append(out, fmt.Sprintf("%s %s %s:%d %v", c.Kind, s.Instance, s.Host, s.Port, s.Addrs))
	}
	return out
}

const lampIs = " My Lamp lamp.local:80 [10.0.0.9]"

func TestCacheLife(t *testing.T) {
	tests := map[string][]step{
		"a whole announcement appears at once": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, lamp(120 * secs), nil},
		},
		"records that come apart, in any order, make one service": {
			{0, []Record{txt("My Lamp", "_hap._tcp", 120*secs, "id=aa:bb")}, nil},
			{0.01, []Record{ptr("My Lamp", "_hap._tcp", 120*secs)}, nil},
			{0.02, []Record{srv("My Lamp", "_hap._tcp", "lamp", 80, 120*secs)}, nil},
			{0.03, []Record{addr("lamp", "10.0.0.9", 120*secs)}, []string{"appeared" + lampIs}},
		},
		"a goodbye takes effect after a second": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{5, []Record{ptr("My Lamp", "_hap._tcp", 0)}, nil},
			{5.9, nil, nil},
			{6, nil, []string{"goodbye" + lampIs}},
			{130, nil, nil},
		},
		"a goodbye that is contradicted has no effect": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{5, []Record{ptr("My Lamp", "_hap._tcp", 0)}, nil},
			{5.5, []Record{srv("My Lamp", "_hap._tcp", "lamp", 80, 120*secs)}, nil},
			{7, nil, nil},
		},
		"a goodbye of somebody unknown is nothing": {
			{0, []Record{ptr("Ghost", "_hap._tcp", 0)}, nil},
			{2, nil, nil},
		},
		"silence is expiry, and speaking again a return": {
			{0, lamp(10 * secs), []string{"appeared" + lampIs}},
			{9.9, nil, nil},
			{10, nil, []string{"expired" + lampIs}},
			{60, lamp(10 * secs), []string{"returned" + lampIs}},
		},
		"a return after a goodbye": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, []Record{ptr("My Lamp", "_hap._tcp", 0)}, nil},
			{2, nil, []string{"goodbye" + lampIs}},
			{3, lamp(120 * secs), []string{"returned" + lampIs}},
		},
		"a TXT change is an update": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, []Record{txt("My Lamp", "_hap._tcp", 120*secs, "id=aa:bb", "c#=2")}, []string{"updated" + lampIs}},
		},
		"the cache-flush bit retires the old address after a second": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{5, []Record{addr("lamp", "10.0.0.5", 120*secs)}, []string{"updated My Lamp lamp.local:80 [10.0.0.5 10.0.0.9]"}},
			{6, nil, []string{"updated My Lamp lamp.local:80 [10.0.0.5]"}},
		},
		"addresses of one host in two packets live together": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{0.3, []Record{addr("lamp", "10.0.0.10", 120*secs)}, []string{"updated My Lamp lamp.local:80 [10.0.0.9 10.0.0.10]"}},
			{5, nil, nil},
		},
		"an A record does not flush AAAA": {
			{0, append(lamp(120*secs), addr("lamp", "fd00::9", 120*secs)), []string{"appeared My Lamp lamp.local:80 [10.0.0.9 fd00::9]"}},
			{5, []Record{addr("lamp", "10.0.0.9", 120*secs)}, nil},
			{7, nil, nil},
		},
		"link-local IPv6 carries its zone": {
			{0, append(lamp(120 * secs)[:3:3], addr("lamp", "fe80::1", 120*secs)), []string{"appeared My Lamp lamp.local:80 [fe80::1%eth0]"}},
		},
		"an impossible address is not taken": {
			{0, append(lamp(120 * secs)[:3:3], addr("lamp", "127.0.0.1", 120*secs), addr("lamp", "224.0.0.1", 120*secs), addr("lamp", "0.0.0.0", 120*secs)), nil},
		},
		"expiry of the only address is expiry of the service": {
			{0, append(lamp(4500 * secs)[:3:3], addr("lamp", "10.0.0.9", 120*secs)), []string{"appeared" + lampIs}},
			{120, nil, []string{"expired" + lampIs}},
		},
		"a new host name keeps the service until its address is known": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, []Record{srv("My Lamp", "_hap._tcp", "lamp-2", 80, 120*secs)}, nil},
			{2, []Record{addr("lamp-2", "10.0.0.9", 120*secs)}, []string{"updated My Lamp lamp-2.local:80 [10.0.0.9]"}},
		},
		"a new host name without address expires soon": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, []Record{srv("My Lamp", "_hap._tcp", "lamp-2", 80, 120*secs)}, nil},
			{11, nil, []string{"expired" + lampIs}},
		},
		"a renamed accessory is the same by its id": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, []Record{ptr("My Lamp", "_hap._tcp", 0)}, nil},
			{1.1, []Record{ptr("Desk", "_hap._tcp", 120*secs), srv("Desk", "_hap._tcp", "lamp", 80, 120*secs), txt("Desk", "_hap._tcp", 120*secs, "id=AA:BB", "c#=1")},
				[]string{"updated Desk lamp.local:80 [10.0.0.9]"}},
			{3, nil, nil},
		},
		"another id under the same name is another device": {
			{0, lamp(120 * secs), []string{"appeared" + lampIs}},
			{1, []Record{txt("My Lamp", "_hap._tcp", 120*secs, "id=cc:dd")}, []string{"goodbye" + lampIs, "appeared" + lampIs}},
		},
		"subtypes and strays are not services": {
			{0, []Record{
				{Name: "_x._sub._hap._tcp.local.", Type: dns.TypePTR, TTL: 120 * secs, Target: `My\ Lamp._hap._tcp.local.`},
				{Name: "_hap._tcp.local.", Type: dns.TypePTR, TTL: 120 * secs, Target: "a.b.c."},
			}, nil},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			c := NewCache(Limits{})
			for _, s := range steps {
				got := c.Expire(at(s.at))
				if s.hear != nil {
					got = append(got, c.Apply(pkt(s.hear...), at(s.at))...)
				}
				if diff := cmp.Diff(s.want, show(got)); diff != "" {
					t.Fatalf("at %v s (-want +got):\n%s", s.at, diff)
				}
				checkInvariants(t, c)
			}
		})
	}
}

// checkInvariants holds after anything a cache goes through.
func checkInvariants(t *testing.T, c *Cache) {
	t.Helper()
	n := 0
	for from, own := range c.senders {
		n += len(own)
		if len(own) == 0 || len(own) > c.limits.PerHost {
			t.Fatalf("sender %v has %d entries", from, len(own))
		}
	}
	if n != len(c.entries) || n > c.limits.Services {
		t.Fatalf("%d entries, %d by sender, cap %d", len(c.entries), n, c.limits.Services)
	}
	users := 0
	for name, h := range c.hosts {
		if len(h.users) == 0 || len(h.addrs) > maxHostAddrs {
			t.Fatalf("host %s has %d users and %d addresses", name, len(h.users), len(h.addrs))
		}
		users += len(h.users)
	}
	told := 0
	for id, e := range c.entries {
		if e.host != nil {
			users--
		}
		if e.told != nil {
			told++
			if c.byKey[e.told.Key()] != e {
				t.Fatalf("%s is not found by its key %s", id, e.told.Key())
			}
		}
	}
	if users != 0 || told != len(c.byKey) {
		t.Fatalf("stale references: %d users, %d told, %d keys", users, told, len(c.byKey))
	}
}

func TestCacheAsksForWhatIsMissing(t *testing.T) {
	c := NewCache(Limits{})
	c.Apply(pkt(ptr("My Lamp", "_hap._tcp", 120*secs)), at(0))
	name := `My\ Lamp._hap._tcp.local.`
	if diff := cmp.Diff([]Question{{name, dns.TypeTXT}, {name, dns.TypeSRV}}, c.Questions(at(0.1), 64)); diff != "" {
		t.Errorf("after PTR (-want +got):\n%s", diff)
	}
	c.Apply(pkt(srv("My Lamp", "_hap._tcp", "lamp", 80, 120*secs)), at(0.2))
	want := []Question{{name, dns.TypeTXT}, {"lamp.local.", dns.TypeA}, {"lamp.local.", dns.TypeAAAA}}
	if diff := cmp.Diff(want, c.Questions(at(1.1), 64)); diff != "" {
		t.Errorf("after SRV (-want +got):\n%s", diff)
	}
	c.Apply(pkt(addr("lamp", "10.0.0.9", 120*secs)), at(1.2))
	if qs := c.Questions(at(3.1), 64); !slices.Contains(qs, Question{"_hap._tcp.local.", dns.TypePTR}) {
		t.Errorf("third question does not browse the type: %v", qs)
	}
	if got := show(c.Expire(at(3.2))); len(got) != 1 {
		t.Errorf("a service that never sends TXT: %v, want it to appear", got)
	}
}

func TestCacheAsksAgainBeforeExpiry(t *testing.T) {
	c := NewCache(Limits{})
	c.Apply(pkt(lamp(100*secs)...), at(0))
	var asked []int
	for s := 1; s < 100; s++ {
		if qs := c.Questions(at(float64(s)), 64); slices.Contains(qs, Question{`My\ Lamp._hap._tcp.local.`, dns.TypeSRV}) {
			asked = append(asked, s)
		}
	}
	if len(asked) < 4 || len(asked) > 8 || asked[0] < 80 || asked[0] > 82 { // two records with their own jitter
		t.Errorf("asked at %v, want about 80, 85, 90 and 95 s", asked)
	}
}

func TestCacheQuestionsAGoodbye(t *testing.T) {
	c := NewCache(Limits{})
	c.Apply(pkt(lamp(100*secs)...), at(0))
	c.Apply(pkt(ptr("My Lamp", "_hap._tcp", 0)), at(1))
	want := []Question{{`My\ Lamp._hap._tcp.local.`, dns.TypeSRV}}
	if diff := cmp.Diff(want, c.Questions(at(1.25), 64)); diff != "" {
		t.Errorf("during the grace (-want +got):\n%s", diff)
	}
	c.Expire(at(2))
	if diff := cmp.Diff(want, c.Questions(at(4), 64)); diff != "" {
		t.Errorf("after it (-want +got):\n%s", diff)
	}
}

func TestNextDeadlineLeadsThroughALife(t *testing.T) {
	c := NewCache(Limits{})
	c.Apply(pkt(lamp(10*secs)...), at(0))
	var kinds []ChangeKind
	now := at(0)
	for range 100 {
		next := c.NextDeadline()
		if next.IsZero() {
			break
		}
		if next.Before(now) {
			t.Fatalf("deadline %v lies before %v", next, now)
		}
		now = next
		for _, ch := range c.Expire(now) {
			kinds = append(kinds, ch.Kind)
		}
		c.Questions(now, 64)
	}
	if diff := cmp.Diff([]ChangeKind{Expired}, kinds); diff != "" || len(c.entries) != 0 {
		t.Errorf("%d entries left; (-want +got):\n%s", len(c.entries), diff)
	}
}

func TestCapsHold(t *testing.T) {
	announce := func(c *Cache, i int, from netip.Addr, now time.Time) {
		inst, host := fmt.Sprintf("flood %d", i), fmt.Sprintf("f%d", i)
		p := pkt(ptr(inst, "_hap._tcp", 120*secs), srv(inst, "_hap._tcp", host, 80, 120*secs),
			txt(inst, "_hap._tcp", 120*secs, fmt.Sprintf("id=%d", i)), addr(host, from.String(), 120*secs))
		p.From = from
		c.Apply(p, now)
	}
	tests := map[string]func(i int) netip.Addr{
		"10,000 services from one sender":      func(int) netip.Addr { return netip.MustParseAddr("10.0.0.66") },
		"10,000 services from 250 addresses":   func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 1, byte(i % 250)}) },
		"10,000 services, an address for each": func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}) },
	}
	for name, sender := range tests {
		t.Run(name, func(t *testing.T) {
			c := NewCache(Limits{})
			for i := range 20 { // the household's own devices were there before
				announce(c, 100000+i, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), at(0))
			}
			for i := range 10000 {
				announce(c, i, sender(i), at(float64(i)/1000))
			}
			checkInvariants(t, c)
			if c.Refused() == 0 {
				t.Error("nothing was refused")
			}
			for i := range 20 {
				key := fmt.Sprintf("mdns/_hap._tcp/id=%d", 100000+i)
				if e := c.byKey[key]; e == nil || !e.alive() {
					t.Errorf("%s was crowded out", key)
				}
			}
		})
	}
}

func TestSSDPLife(t *testing.T) {
	own, other := netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("10.0.0.66")
	alive := Notice{Type: "urn:acme:lamp:1", USN: "uuid:1", MaxAge: 60 * secs, Location: "http://10.0.0.9:8080/d.xml"}
	bye := Notice{Type: alive.Type, USN: alive.USN, Bye: true}
	moved := alive
	moved.Location = "http://10.0.0.9:9090/d.xml"
	steps := []struct {
		at     float64
		from   netip.Addr
		notice *Notice // nil: time passes
		want   []string
	}{
		{0, own, &alive, []string{"appeared uuid:1 10.0.0.9:8080 [10.0.0.9]"}},
		{1, other, &bye, nil}, // forged
		{3, own, nil, nil},
		{4, own, &moved, []string{"updated uuid:1 10.0.0.9:9090 [10.0.0.9]"}},
		{5, own, &bye, nil},
		{5.5, own, &moved, nil}, // restarts say byebye, then alive
		{7, own, nil, nil},
		{65.5, own, nil, []string{"expired uuid:1 10.0.0.9:9090 [10.0.0.9]"}},
		{70, other, &alive, []string{"returned uuid:1 10.0.0.66:8080 [10.0.0.66]"}}, // a new address
		{71, other, &bye, nil},
		{72, other, nil, []string{"goodbye uuid:1 10.0.0.66:8080 [10.0.0.66]"}},
	}
	c := NewCache(Limits{})
	for _, s := range steps {
		got := c.Expire(at(s.at))
		if s.notice != nil {
			got = append(got, c.ApplySSDP(*s.notice, "eth0", s.from, at(s.at))...)
		}
		if diff := cmp.Diff(s.want, show(got)); diff != "" {
			t.Fatalf("at %v s (-want +got):\n%s", s.at, diff)
		}
		checkInvariants(t, c)
	}
}
