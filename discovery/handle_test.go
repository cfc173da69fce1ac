package discovery

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPatternMatch(t *testing.T) {
	shelly := Service{Proto: ProtoMDNS, Type: "_http._tcp", Instance: "ShellyPlug-98CDAC", TXT: map[string]string{"gen": "2", "app": "Plus/1PM", "flag": ""}}
	tests := map[string]struct {
		pattern Pattern
		want    bool
	}{
		"everything":              {Pattern{}, true},
		"type, other case":        {Pattern{Type: "_HTTP._tcp"}, true},
		"other protocol":          {Pattern{Proto: ProtoSSDP}, false},
		"instance glob":           {Pattern{Instance: "shelly*"}, true},
		"instance glob, no match": {Pattern{Instance: "shelly?"}, false},
		"TXT value":               {Pattern{TXT: map[string]string{"gen": "2"}}, true},
		"TXT key, other case":     {Pattern{TXT: map[string]string{"Gen": "2"}}, true},
		"TXT glob over a slash":   {Pattern{TXT: map[string]string{"app": "plus*m"}}, true},
		"TXT other value":         {Pattern{TXT: map[string]string{"gen": "3"}}, false},
		"TXT must exist":          {Pattern{TXT: map[string]string{"flag": ""}}, true},
		"TXT does not exist":      {Pattern{TXT: map[string]string{"none": ""}}, false},
	}
	for name, tt := range tests {
		if got := tt.pattern.Match(shelly); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestSlowHandlerSeesTheLastState gives a delivery any history of a service,
// taken at any moments, and checks that what the handler knows in the end is
// what is true.
func TestSlowHandlerSeesTheLastState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDelivery("h", []Pattern{{}}, nil)
		var now *Service // the truth; nil before it appears
		var told *Change
		take := func() {
			if c, ok := d.next(); ok {
				told = &c
			}
		}
		for port := range rapid.IntRange(1, 20).Draw(t, "steps") {
			c := Change{Kind: Appeared, Service: Service{Instance: "x", State: Alive, Port: port}, Was: now}
			switch {
			case now != nil && now.State == Alive && rapid.Bool().Draw(t, "leave"):
				c.Kind, c.Service.State = Expired, GoneExpired
			case now != nil && now.State == Alive:
				c.Kind = Updated
			case now != nil:
				c.Kind = Returned
			}
			d.offer(c)
			now = &c.Service
			if rapid.Bool().Draw(t, "take") {
				take()
			}
			if len(d.order) > 1 || len(d.order) != len(d.waiting) {
				t.Fatalf("the queue grew: %v", d.order)
			}
		}
		take()
		if told == nil {
			if now.State == Alive {
				t.Fatal("never told of a living service")
			}
			return
		}
		if told.Service.State != now.State || now.State == Alive && told.Service.Port != now.Port {
			t.Fatalf("told %+v, true is %+v", told.Service, now)
		}
	})
}

func TestHandleReplaysAndReplaces(t *testing.T) {
	l := New(Options{Interfaces: []string{"none-such"}, Now: func() time.Time { return at(1) }})
	l.hear(func(c *Cache, now time.Time) []Change { return c.Apply(pkt(lamp(120*secs)...), now) })

	got := make(chan Match)
	pass := func(m Match) { got <- m }
	l.Handle("before", []Pattern{{Type: "_hap._tcp"}}, pass)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	if m := <-got; m.Handler != "before" || m.Change.Kind != Appeared || m.Change.Service.Instance != "My Lamp" {
		t.Errorf("got %+v", m)
	}
	l.Handle("later", []Pattern{{TXT: map[string]string{"id": "aa:*"}}}, pass)
	if m := <-got; m.Handler != "later" {
		t.Errorf("got %+v", m)
	}
	l.Handle("before", []Pattern{{Type: "_hue._tcp"}}, pass)
	svc := l.Services()
	if len(svc) != 1 {
		t.Fatalf("services %+v", svc)
	}
	if diff := cmp.Diff([]string{"later"}, l.Handlers(svc[0])); diff != "" {
		t.Errorf("handlers (-want +got):\n%s", diff)
	}
	if err := l.Run(ctx); err == nil {
		t.Error("a second Run was accepted")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOnLink(t *testing.T) {
	l := link{prefixes: []netip.Prefix{netip.MustParsePrefix("192.168.1.7/24"), netip.MustParsePrefix("fd00::7/64")}}
	for from, want := range map[string]bool{
		"192.168.1.200": true, "192.168.2.1": false, "8.8.8.8": false, "169.254.3.4": true,
		"fe80::1%eth0": true, "fd00::9": true, "2001:db8::1": false, "127.0.0.1": false, "0.0.0.0": false,
	} {
		if got := l.onLink(netip.MustParseAddr(from)); got != want {
			t.Errorf("%s: %v", from, got)
		}
	}
}

func TestAnnounceRefuses(t *testing.T) {
	good := Announcement{Instance: "Lamp", Type: "_hap._tcp", Host: "lamp", Port: 80, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.9")}}
	tests := map[string]func(a *Announcement){
		"no name":     func(a *Announcement) { a.Instance = "" },
		"a bad type":  func(a *Announcement) { a.Type = "hap" },
		"no host":     func(a *Announcement) { a.Host = ".local" },
		"a bad port":  func(a *Announcement) { a.Port = 70000 },
		"no address":  func(a *Announcement) { a.Addrs = nil },
		"a bad entry": func(a *Announcement) { a.TXT = map[string]string{"a=b": ""} },
	}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range tests {
		a := good
		if spoil(&a); a.check() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := Announce(t.Context(), []Announcement{good}, AnnounceOptions{Interfaces: []string{"none-such"}}); err == nil {
		t.Error("an unknown interface was accepted")
	}
}
