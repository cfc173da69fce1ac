package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/mqtt"
)

// externalBroker is a mosquitto at a loopback address.
func externalBroker(t *testing.T) (addr string) {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil && os.Getenv("CI_PEERS") == "1" {
		t.Fatal("mosquitto is not installed (apt-get install mosquitto), and CI_PEERS=1 asks for it")
	}
	if err != nil {
		t.Skip("mosquitto is not installed (apt-get install mosquitto)")
	}
	addr = freeLoopback(t)
	_, port, _ := net.SplitHostPort(addr)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(conf, []byte("listener "+port+" 127.0.0.1\nallow_anonymous true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return addr
}

// A hub that publishes on somebody else's broker is said to be lost when it is killed, ready when it is back, nothing when
// it publishes no longer, and disconnected when it went as it should.
func TestAKilledHubIsLostOnAnExternalBroker(t *testing.T) {
	addr := externalBroker(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	watcher, err := mqtt.NewClient(mqtt.ClientOptions{URL: "mqtt://" + addr})
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 100)
	if _, err := watcher.Subscribe("homie/5/+/$state", func(m mqtt.Message) { said <- string(m.Payload) }); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = watcher.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	until := func(want string) {
		t.Helper()
		for got := "?"; got != want; {
			select {
			case got = <-said:
			case <-ctx.Done():
				t.Fatalf("it was never said to be %s", want)
			}
		}
	}
	k := &killHouse{t: t, dir: filepath.Join(t.TempDir(), "data"), http: freeLoopback(t), mqtt: freeLoopback(t), more: []string{"--broker", "mqtt://" + addr}}
	cmd, done := k.start()
	if !k.up(ctx) {
		t.Fatal("the hub does not start")
	}
	if err := k.call(ctx, http.MethodPut, "/api/mqtt/publish", api.Publishing{Homie: true}, nil); err != nil {
		t.Fatal(err)
	}
	until("ready")
	_ = cmd.Process.Kill()
	<-done
	until("lost")
	cmd, done = k.start()
	until("ready")
	for _, homie := range []bool{false, true} {
		if err := k.call(ctx, http.MethodPut, "/api/mqtt/publish", api.Publishing{Homie: homie}, nil); err != nil {
			t.Fatal(err)
		}
		until(map[bool]string{false: "", true: "ready"}[homie])
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	<-done
	until("disconnected")
	for len(said) > 0 {
		t.Errorf("and then: %s", <-said)
	}
}
