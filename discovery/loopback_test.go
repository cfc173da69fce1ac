package discovery

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"
)

func TestWhatIsAnnouncedOnLoopbackIsHeardThere(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	l := New(Options{Interfaces: []string{"none"}, Loopback: true})
	heard := make(chan Service, 8)
	l.Handle("test", []Pattern{{Proto: ProtoMDNS, Type: "_concord-test._tcp"}}, func(m Match) {
		if m.Change.Kind == Appeared {
			heard <- m.Change.Service
		}
	})
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { _ = l.Run(ctx) })
	lamp := Announcement{Instance: "灯", Type: "_concord-test._tcp", Host: "concord-test-lamp", Port: 4711, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
	running.Go(func() {
		if err := Announce(ctx, []Announcement{lamp}, AnnounceOptions{Loopback: true}); err != nil {
			t.Error(err)
			cancel()
		}
	})
	select {
	case s := <-heard:
		if s.Instance != "灯" || s.Port != 4711 || len(s.Addrs) != 1 || s.Addrs[0] != lamp.Addrs[0] {
			t.Errorf("heard %+v", s)
		}
	case <-ctx.Done():
		t.Fatal("nothing was heard")
	}
}
