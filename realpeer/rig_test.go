// Package realpeer_test is the real-peer suite: the hub's own binary, an unmodified zigbee2mqtt over a
// simulated radio, and mosquitto's clients, all on loopback. It runs when CI_PEERS=1 (scripts/peers.sh sets
// that up) and fails loudly when a peer is missing; otherwise it skips with a message.
package realpeer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

// rig is one house: a hub, a simulated radio, zigbee2mqtt between them.
type rig struct {
	t                     *testing.T
	dir, peers, rigs, bin string
	httpAddr, mqttAddr    string
	znp, ctl              int
	hub, sim, z2m         *exec.Cmd
	client                http.Client
	accounts              map[string]string
	flags                 []string // more of them for `hub run`
}

func env(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func newRig(t *testing.T) *rig {
	t.Helper()
	if os.Getenv("CI_PEERS") == "" {
		t.Skip("the real-peer suite runs with CI_PEERS=1: see scripts/peers.sh")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: t.TempDir(), peers: env("PEERS", filepath.Join(root, ".peers")), rigs: env("RIGS", filepath.Join(root, "../shared/rigs")),
		httpAddr: freeAddr(t), mqttAddr: freeAddr(t), znp: freePort(t), ctl: freePort(t), accounts: map[string]string{}, client: http.Client{Timeout: 90 * time.Second}}
	for _, need := range []string{filepath.Join(r.peers, "node_modules/zigbee2mqtt/index.js"), filepath.Join(r.rigs, "zigbee2mqtt/znp-sim.js")} {
		if _, err := os.Stat(need); err != nil {
			t.Fatalf("a peer is missing: %v; run scripts/install-peers.sh", err)
		}
	}
	r.bin = hubBinary(t)
	return r
}

// start runs a program until the test ends; its output goes to a file shown when the test fails.
func (r *rig) start(name string, cmd *exec.Cmd) *exec.Cmd {
	r.t.Helper()
	log, err := os.OpenFile(filepath.Join(r.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	r.t.Cleanup(func() {
		r.kill(cmd, syscall.SIGKILL)
		_ = log.Close()
		if r.t.Failed() {
			b, _ := os.ReadFile(log.Name())
			r.t.Logf("%s said:\n%s", name, tail(b, 3000))
		}
	})
	return cmd
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

func (r *rig) kill(cmd *exec.Cmd, sig os.Signal) {
	if cmd == nil || cmd.ProcessState != nil {
		return
	}
	_ = cmd.Process.Signal(sig)
	_ = cmd.Wait()
}

func (r *rig) startHub() {
	r.t.Helper()
	r.hub = r.start("hub", exec.Command(r.bin, append([]string{"run", "--data", filepath.Join(r.dir, "data"), "--http", r.httpAddr, "--mqtt", r.mqttAddr}, r.flags...)...))
	r.eventually(10*time.Second, "the hub answers", func() bool {
		resp, err := r.client.Get("http://" + r.httpAddr + "/healthz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func (r *rig) startRadio() {
	r.t.Helper()
	r.sim = r.start("sim", exec.Command("node", filepath.Join(r.rigs, "zigbee2mqtt/znp-sim.js"), "--znp", fmt.Sprint(r.znp), "--ctl", fmt.Sprint(r.ctl), "--state", filepath.Join(r.dir, "simstate")))
	r.eventually(10*time.Second, "the simulated radio answers", func() bool { _, err := r.tryControl("/devices", nil); return err == nil })
}

// configureZ2M writes the household's one edit: the lines that the hub prints at its first start.
func (r *rig) configureZ2M() {
	r.t.Helper()
	data := filepath.Join(r.dir, "z2m")
	if err := os.MkdirAll(data, 0o700); err != nil {
		r.t.Fatal(err)
	}
	template, err := os.ReadFile(filepath.Join(r.rigs, "zigbee2mqtt/configuration.template.yaml"))
	if err != nil {
		r.t.Fatal(err)
	}
	lines, err := os.ReadFile(filepath.Join(r.dir, "data/zigbee2mqtt.yaml"))
	if err != nil {
		r.t.Fatalf("the hub's lines for zigbee2mqtt: %v", err)
	}
	var mqttLines []string
	for _, l := range strings.Split(string(lines), "\n") {
		if strings.HasPrefix(l, "  ") {
			mqttLines = append(mqttLines, l)
		}
	}
	conf := string(template)
	conf = strings.Replace(conf, "  base_topic: zigbee2mqtt\n  server: mqtt://127.0.0.1:18830", strings.Join(mqttLines, "\n"), 1)
	conf = strings.Replace(conf, "127.0.0.1:20108", fmt.Sprintf("127.0.0.1:%d", r.znp), 1)
	conf = strings.Replace(conf, "homeassistant:\n  enabled: true", "homeassistant:\n  enabled: false", 1)
	if err := os.WriteFile(filepath.Join(data, "configuration.yaml"), []byte(conf), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) startZ2M() {
	r.t.Helper()
	cmd := exec.Command("node", filepath.Join(r.peers, "node_modules/zigbee2mqtt/index.js"))
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "ZIGBEE2MQTT_DATA="+filepath.Join(r.dir, "z2m"), "Z2M_ONBOARD_NO_SERVER=1", "GIT_DIR=/nonexistent")
	r.z2m = r.start("z2m", cmd)
}

// eventually waits until a condition holds, looking five times a second.
func (r *rig) eventually(within time.Duration, what string, ok func() bool) {
	r.t.Helper()
	began := time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > within {
			r.t.Fatalf("after %s still not: %s", within, what)
		}
		<-tick.C
	}
	r.t.Logf("%6.1f s  %s", time.Since(began).Seconds(), what)
}

// tryControl talks to the simulated radio.
func (r *rig) tryControl(path string, body any) ([]byte, error) {
	method, data := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		data, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", r.ctl, path), bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func (r *rig) control(path string, body any) []byte {
	r.t.Helper()
	b, err := r.tryControl(path, body)
	if err != nil {
		r.t.Fatalf("simulated radio %s: %v", path, err)
	}
	return b
}

// call talks to the hub as its owner does.
func (r *rig) call(method, path string, body, into any) error {
	token, err := os.ReadFile(filepath.Join(r.dir, "data/token"))
	if err != nil {
		return err
	}
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequest(method, "http://"+r.httpAddr+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, b)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(b, into)
}

func (r *rig) must(method, path string, body, into any) {
	r.t.Helper()
	if err := r.call(method, path, body, into); err != nil {
		r.t.Fatal(err)
	}
}

// devices lists the hub's devices by name.
func (r *rig) devices() map[string]api.Device {
	var list []api.Device
	out := map[string]api.Device{}
	if r.call(http.MethodGet, "/api/devices?lang=en", nil, &list) == nil {
		for _, d := range list {
			out[d.Name] = d
		}
	}
	return out
}

// value is an attribute's value in JSON, "" when there is none.
func value(d api.Device, endpoint, attr string) string {
	for _, e := range d.Endpoints {
		for _, a := range e.Attributes {
			if string(e.ID) == endpoint && string(a.Attribute) == attr {
				return string(a.Value)
			}
		}
	}
	return ""
}

func (r *rig) is(name, attr, want string) func() bool {
	return func() bool { return value(r.devices()[name], "main", attr) == want }
}

// set gives a command and waits for its end.
func (r *rig) set(name, endpoint string, set map[string]any) api.Command {
	r.t.Helper()
	d, ok := r.devices()[name]
	if !ok {
		r.t.Fatalf("no device %q", name)
	}
	var c api.Command
	r.must(http.MethodPost, "/api/devices/"+url.PathEscape(string(d.ID))+"/commands", map[string]any{"endpoint": endpoint, "set": set, "wait": true}, &c)
	r.t.Logf("%6.1f s  %s %v: %s %s", c.Ended.Sub(c.Asked).Seconds(), name, set, c.Status, c.Reason.Detail)
	return c
}

// events collects the event stream's lines of a type until the returned function is called.
func (r *rig) events(kind string) (stop func() []string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	token, _ := os.ReadFile(filepath.Join(r.dir, "data/token"))
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.httpAddr+"/api/events", nil)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		cancel()
		r.t.Fatal(err)
	}
	var buf bytes.Buffer
	done := make(chan struct{})
	go func() { _, _ = io.Copy(&buf, resp.Body); close(done) }()
	return func() []string {
		cancel()
		<-done
		_ = resp.Body.Close()
		var out []string
		for _, block := range strings.Split(buf.String(), "\n\n") {
			if strings.Contains(block, "event: "+kind+"\n") {
				out = append(out, block)
			}
		}
		return out
	}
}

// publish sends an MQTT message with mosquitto's own client, as a phone's app would.
func (r *rig) publish(user, password, topic, payload string) {
	r.t.Helper()
	host, port, _ := net.SplitHostPort(r.mqttAddr)
	out, err := exec.Command("mosquitto_pub", "-h", host, "-p", port, "-u", user, "-P", password, "-q", "1", "-t", topic, "-m", payload).CombinedOutput()
	if err != nil {
		r.t.Fatalf("mosquitto_pub %s: %v %s", topic, err, out)
	}
}
