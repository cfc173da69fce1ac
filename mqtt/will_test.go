package mqtt

import (
	"slices"
	"sync/atomic"
	"testing"
)

func TestTheBrokerSaysTheLastWillOfAClientThatGoesWithoutAWord(t *testing.T) {
	withPeers(t, func(t *testing.T, p *peer) {
		watcher := startClient(t, ClientOptions{URL: "mqtt://" + p.addr})
		var in inbox
		if _, err := watcher.Subscribe("house/+", in.add); err != nil {
			t.Fatal(err)
		}
		c := newTestClient(t, ClientOptions{URL: "mqtt://" + p.addr})
		if err := c.SetWill("house/state", []byte("lost")); err != nil {
			t.Fatal(err)
		}
		var up atomic.Int32
		c.OnState(func(connected bool, _ string) {
			if connected {
				up.Add(1)
			}
		})
		runConn(t, c)
		says := func(what string, want ...string) {
			t.Helper()
			eventually(t, what, func() bool { return len(in.all()) >= len(want) })
			if got := in.all(); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		connected := func(times int32) {
			t.Helper()
			eventually(t, "it is connected", func() bool { return up.Load() >= times && c.connection() != nil })
		}
		connected(1)
		c.connection().TerminateConnectionForTest()
		says("the will", "house/state=lost")
		connected(2)
		if err := c.SetWill("house/state", []byte("gone")); err != nil {
			t.Fatal(err)
		}
		connected(3) // anew, with a goodbye in between
		c.connection().TerminateConnectionForTest()
		says("the new will", "house/state=lost", "house/state=gone")
		connected(4)
		if err := c.SetWill("", nil); err != nil {
			t.Fatal(err)
		}
		connected(5)
		c.connection().TerminateConnectionForTest()
		connected(6)
		publishAll(t, c, "house/state", "here")
		says("nothing", "house/state=lost", "house/state=gone", "house/state=here")
	})
}

func TestAWillToAWildcardIsRefused(t *testing.T) {
	if err := newTestClient(t, ClientOptions{URL: "mqtt://127.0.0.1"}).SetWill("house/#", []byte("lost")); err == nil {
		t.Error("taken")
	}
}
