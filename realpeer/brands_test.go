package realpeer_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// brandRig is a hub's binary beside the peers of one brand.
type brandRig struct {
	*rig
	prefix []string // runs a command where the hub is: in its network namespace
}

func newBrandRig(t *testing.T, need ...string) *brandRig {
	t.Helper()
	if os.Getenv("CI_PEERS") == "" {
		t.Skip("the real-peer suite runs with CI_PEERS=1: see scripts/peers.sh")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	r := &brandRig{rig: &rig{t: t, dir: t.TempDir(), peers: env("PEERS", filepath.Join(root, ".peers")), rigs: env("RIGS", filepath.Join(root, "../shared/rigs")), httpAddr: freeAddr(t), mqttAddr: freeAddr(t)}}
	for _, n := range need {
		if _, err := os.Stat(filepath.Join(r.peers, n)); err != nil {
			t.Fatalf("a peer is missing: %v; run scripts/install-peers.sh", err)
		}
	}
	r.bin = hubBinary(t)
	return r
}

// in is a command where the hub is.
func (r *brandRig) in(name string, args ...string) *exec.Cmd {
	all := append(append([]string{}, r.prefix...), append([]string{name}, args...)...)
	return exec.Command(all[0], all[1:]...)
}

func (r *brandRig) startHub(args ...string) {
	r.t.Helper()
	r.hub = r.start("hub", r.in(r.bin, append([]string{"run", "--data", filepath.Join(r.dir, "data"), "--http", r.httpAddr, "--mqtt", r.mqttAddr}, args...)...))
	r.eventually(20*time.Second, "the hub answers its command line", func() bool { _, err := r.cli("devices"); return err == nil })
}

// cli runs the hub's own command line.
func (r *brandRig) cli(args ...string) (string, error) {
	out, err := r.in(r.bin, append([]string{"--data", filepath.Join(r.dir, "data")}, args...)...).CombinedOutput()
	return string(out), err
}

func (r *brandRig) must(args ...string) string {
	r.t.Helper()
	out, err := r.cli(args...)
	if err != nil {
		r.t.Fatalf("hub %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// homeAssistant is a real one, driven over its standard input.
type homeAssistant struct {
	t   *testing.T
	in  *json.Encoder
	out *bufio.Scanner
}

type haState struct {
	ID         string         `json:"id"`
	State      string         `json:"state"`
	Attributes map[string]any `json:"attributes"`
}

func (h *homeAssistant) ask(request map[string]any) (states []haState) {
	h.t.Helper()
	var answer struct {
		States []haState `json:"states"`
		Error  string    `json:"error"`
	}
	if err := h.in.Encode(request); err != nil {
		h.t.Fatal(err)
	}
	if !h.out.Scan() {
		h.t.Fatal("Home Assistant ended")
	}
	if err := json.Unmarshal(h.out.Bytes(), &answer); err != nil || answer.Error != "" {
		h.t.Fatalf("%v: %v %s", request, err, answer.Error)
	}
	return answer.States
}

func (h *homeAssistant) state(name, domain string) (haState, bool) {
	for _, s := range h.ask(map[string]any{"states": true}) {
		if s.Attributes["friendly_name"] == name && strings.HasPrefix(s.ID, domain+".") {
			return s, true
		}
	}
	return haState{}, false
}

// TestHomeAssistantFindsAndCommandsWhatTheHubPublishes runs a real Home Assistant with its MQTT integration on the hub's broker.
func TestHomeAssistantFindsAndCommandsWhatTheHubPublishes(t *testing.T) {
	python := "ha/bin/python"
	if os.Getenv("CI_PEERS") != "" {
		if _, err := os.Stat(filepath.Join(env("PEERS", "../.peers"), python)); err != nil {
			t.Skip("Home Assistant 2024.3 needs Python 3.11 or 3.12, which this machine lacks: see scripts/install-peers.sh")
		}
	}
	r := newBrandRig(t, python)
	r.startHub("--demo", "--speed", "1") // at sixty, the people of the demo house switch lamps meanwhile
	r.must("mqtt", "publish", "--home-assistant")
	host, port, _ := net.SplitHostPort(r.mqttAddr)
	cmd := exec.Command(filepath.Join(r.peers, python), "testdata/ha_driver.py", filepath.Join(r.dir, "ha"), host, port, "", "", fmt.Sprint(freePort(t)))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.kill(cmd, syscall.SIGKILL) })
	ha := &homeAssistant{t, json.NewEncoder(in), bufio.NewScanner(out)}
	ha.out.Buffer(nil, 8<<20)
	if !ha.out.Scan() || !strings.Contains(ha.out.Text(), `"ready": true`) {
		t.Fatalf("Home Assistant does not start: %s", ha.out.Text())
	}
	r.eventually(60*time.Second, "Home Assistant shows the house", func() bool { return len(ha.ask(map[string]any{"states": true})) > 150 })
	var seen string
	defer func() {
		if t.Failed() {
			t.Logf("Home Assistant showed %s; the hub says\n%s", seen, r.must("devices"))
		}
	}()
	for name, domain := range map[string]string{"Floor lamp": "light", "Bedroom air conditioner": "climate", "Blind": "cover", "Front door lock": "lock", "Living room radiator": "climate"} {
		r.eventually(30*time.Second, "Home Assistant has the "+domain+" "+name+", and it is available", func() bool {
			s, ok := ha.state(name, domain)
			seen = fmt.Sprintf("%v %+v", ok, s)
			return ok && s.State != "unavailable" && s.State != "unknown"
		})
	}
	lamp, _ := ha.state("Floor lamp", "light")
	ha.ask(map[string]any{"call": []any{"light", "turn_on", map[string]any{"entity_id": lamp.ID, "brightness_pct": 30}}})
	r.eventually(20*time.Second, "the lamp is on at 30 % here and there", func() bool {
		s, _ := ha.state("Floor lamp", "light")
		b, _ := s.Attributes["brightness"].(float64)
		return s.State == "on" && b > 70 && b < 82 && strings.Contains(r.must("devices"), "30 %")
	})
	r.must("set", "Floor lamp", "on_off.on", "off")
	r.eventually(20*time.Second, "Home Assistant hears that it is off", func() bool { s, _ := ha.state("Floor lamp", "light"); return s.State == "off" })
	ac, _ := ha.state("Bedroom air conditioner", "climate")
	ha.ask(map[string]any{"call": []any{"climate", "set_temperature", map[string]any{"entity_id": ac.ID, "temperature": 24, "hvac_mode": "heat"}}})
	r.eventually(20*time.Second, "the air conditioner heats to 24", func() bool {
		s, _ := ha.state("Bedroom air conditioner", "climate")
		return s.State == "heat" && s.Attributes["temperature"] == 24.0
	})
	r.must("mqtt", "publish", "--home-assistant=false")
	r.eventually(30*time.Second, "taken back, the house is gone from Home Assistant", func() bool { return len(ha.ask(map[string]any{"states": true})) < 5 })
}

// TestEchonetLiteWithThirdPartyPeers has a device made with npm echonet-lite found, described, commanded and lost, and a
// controller made with node-echonet-lite find the hub.
func TestEchonetLiteWithThirdPartyPeers(t *testing.T) {
	t.Parallel() // it mostly waits
	r := newBrandRig(t, "node_modules/echonet-lite", "node_modules/node-echonet-lite")
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	device, hub := fmt.Sprintf("eld%d", os.Getpid()), fmt.Sprintf("elh%d", os.Getpid())
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Skipf("cannot make network namespaces here: ip %s: %s", strings.Join(args, " "), out)
		}
	}
	for _, ns := range []string{device, hub} {
		ip("netns", "add", ns)
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
		ip("-n", ns, "link", "set", "lo", "up")
	}
	ip("-n", device, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", hub)
	for i, ns := range []string{device, hub} {
		ip("-n", ns, "addr", "add", fmt.Sprintf("10.77.0.%d/24", i+1), "dev", "eth0")
		ip("-n", ns, "link", "set", "eth0", "up")
		ip("-n", ns, "route", "add", "default", "dev", "eth0")
	}
	node := func(script string) *exec.Cmd {
		cmd := exec.Command("ip", "netns", "exec", device, "node", script)
		cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(r.peers, "node_modules"), "IP=10.77.0.1")
		return cmd
	}
	ac := r.start("air conditioner", node(filepath.Join(r.rigs, "peers/el-device.js")))
	r.prefix = []string{"ip", "netns", "exec", hub}
	r.startHub()
	const name = "Panasonic Air conditioner"
	r.eventually(30*time.Second, "the air conditioner is found", func() bool { return strings.Contains(r.must("devices"), name) })
	if out := r.must("set", name, "thermostat.mode", "heat"); !strings.Contains(out, "done") {
		t.Errorf("heating: %s", out)
	}
	if out := r.must("set", name, "thermostat.heat_setpoint", "23"); !strings.Contains(out, "done") {
		t.Errorf("23 °C: %s", out)
	}
	if out := r.must("devices"); !strings.Contains(out, "Heat") {
		t.Errorf("devices: %s", out)
	}
	r.kill(ac, syscall.SIGKILL)
	if out, err := r.cli("set", name, "thermostat.mode", "cool"); err == nil {
		t.Errorf("without power a command is done: %s", out)
	}
	found, err := node("testdata/echonet_controller.js").CombinedOutput()
	if err != nil || !strings.Contains(string(found), `"address":"10.77.0.2"`) || !strings.Contains(string(found), "05ff01") {
		t.Errorf("another controller does not find the hub: %v %s", err, found)
	}
	r.start("air conditioner again", node(filepath.Join(r.rigs, "peers/el-device.js")))
	r.eventually(60*time.Second, "powered again, it takes commands", func() bool { _, err := r.cli("set", name, "thermostat.mode", "cool"); return err == nil })
}

// TestTasmotaByMosquitto has mosquitto's clients publish what a Tasmota plug and an ESPHome switch do, and take their commands.
func TestTasmotaByMosquitto(t *testing.T) {
	for _, need := range []string{"mosquitto_pub", "mosquitto_sub"} {
		if _, err := exec.LookPath(need); err != nil && os.Getenv("CI_PEERS") != "" {
			t.Fatalf("a peer is missing: %v; run scripts/install-peers.sh", err)
		}
	}
	r := newBrandRig(t)
	r.startHub("--demo")
	host, port, _ := net.SplitHostPort(r.mqttAddr)
	say := func(topic, payload string, flags ...string) {
		t.Helper()
		args := append([]string{"-h", host, "-p", port, "-t", topic, "-m", payload}, flags...)
		if out, err := exec.Command("mosquitto_pub", args...).CombinedOutput(); err != nil {
			t.Fatalf("mosquitto_pub: %v: %s", err, out)
		}
	}
	say("tasmota/discovery/A1B2C3123456/config", `{"ip":"192.168.1.30","dn":"Washer","fn":["Washer",null],"hn":"washer-1234","mac":"A1B2C3123456","md":"Sonoff POW R2","ofln":"Offline","onln":"Online","state":["OFF","ON","TOGGLE","HOLD"],"sw":"13.4.0","t":"washer","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"],"rl":[1,0],"swc":[-1],"btn":[0],"so":{"4":0,"68":0,"73":0,"114":0},"lk":0,"lt_st":0,"sho":[0],"ver":1}`, "-r")
	say("tele/washer/LWT", "Online", "-r")
	say("tele/washer/STATE", `{"POWER":"OFF"}`)
	say("homeassistant/switch/pump/relay/config", `{"name":"Pump","stat_t":"pump/switch/relay/state","cmd_t":"pump/switch/relay/command","avty_t":"pump/status","uniq_id":"ESPswitchrelay","dev":{"ids":"84f3eb000001","name":"Pump","mdl":"esp01_1m","mf":"espressif"}}`, "-r")
	say("pump/status", "online", "-r")
	say("pump/switch/relay/state", "OFF", "-r")
	r.eventually(20*time.Second, "both are found", func() bool {
		out := r.must("devices")
		return strings.Contains(out, "Washer") && strings.Contains(out, "Pump")
	})
	listen := exec.Command("mosquitto_sub", "-h", host, "-p", port, "-v", "-C", "2", "-W", "30", "-t", "cmnd/washer/POWER", "-t", "pump/switch/relay/command")
	heard := make(chan string, 1)
	go func() { out, _ := listen.CombinedOutput(); heard <- string(out) }()
	r.eventually(20*time.Second, "the commands are sent", func() bool {
		_, _ = r.cli("set", "Washer", "on_off.on", "on", "--timeout", "1s")
		_, _ = r.cli("set", "Pump", "on_off.on", "on", "--timeout", "1s")
		select {
		case out := <-heard:
			heard <- out
			return true
		default:
			return false
		}
	})
	if out := <-heard; !strings.Contains(out, "cmnd/washer/POWER ON") && !strings.Contains(out, "pump/switch/relay/command ON") {
		t.Errorf("the devices heard %q", out)
	}
	say("stat/washer/RESULT", `{"POWER":"ON"}`)
	say("pump/switch/relay/state", "ON", "-r")
	r.eventually(20*time.Second, "both are on", func() bool {
		out := r.must("devices")
		return on(out, "Washer") && on(out, "Pump")
	})
	say("tele/washer/LWT", "Offline", "-r")
	r.eventually(20*time.Second, "the plug is offline", func() bool { return strings.Contains(line(r.must("devices"), "Washer"), "no") })
}

// line is the line of a listing that names a device.
func line(listing, name string) string {
	for l := range strings.Lines(listing) {
		if strings.HasPrefix(l, name) {
			return l
		}
	}
	return ""
}

func on(listing, name string) bool { return strings.Contains(" "+line(listing, name), " on ") }
