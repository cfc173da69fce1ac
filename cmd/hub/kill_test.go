package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/mqtt"
)

var (
	kills      = flag.Int("kills", 4, "how often the kill test kills its hub")
	killBinary = flag.String("kills.hub", "", "the hub that the kill test runs; empty: this program")
)

const (
	killLamps = 128
	manyKills = 100 // from here on the test tells how far it is, and waits long at its end
)

// settled is how long the last hub runs on after the last lamp that was owed a command has it. After many kills it is
// longer than a lamp's command would be repeated.
func settled() time.Duration {
	if *kills >= manyKills {
		return 20 * time.Second
	}
	return 2 * time.Second
}

// lampTally is what the kill test knows of one lamp and the button that leads to it.
type lampTally struct {
	acknowledged int       // presses by webhook
	presses      [][]int   // of each the lives of the hub in which a command came
	idle         int       // commands that came before any press
	open         bool      // pressed, and not yet commanded
	since        time.Time // the last press or command
}

func (l *lampTally) commands() (n int) {
	for _, lives := range l.presses {
		n += len(lives)
	}
	return n + l.idle
}

// twice is how many commands of one press came in one life of the hub.
func (l *lampTally) twice() (n int) {
	for _, lives := range l.presses {
		n += len(lives) - len(slices.Compact(slices.Clone(lives)))
	}
	return n
}

// killHouse is everything around a hub that is killed: buttons and lamps behind Zigbee2MQTT, and a program that calls webhooks.
type killHouse struct {
	t          *testing.T
	dir        string
	http, mqtt string
	more       []string // of the hub's command line
	dice       *rand.Rand
	life       int

	mu    sync.Mutex
	lamps [killLamps]lampTally
}

// TestKillsLoseNoTimerAndRepeatNoEvent runs the hub's own program and kills it at random moments while scenes wait: of
// buttons over MQTT and of webhooks, each followed by a wait and a command to a lamp. Afterwards the log of facts and
// what came over the wire must agree: each press that was acknowledged or is in the log, and no other, led to one run and
// a command; a command may be sent again when its answer was not heard.
func TestKillsLoseNoTimerAndRepeatNoEvent(t *testing.T) {
	t.Parallel()
	k := &killHouse{t: t, dir: filepath.Join(t.TempDir(), "data"), http: freeLoopback(t), mqtt: freeLoopback(t), dice: rand.New(rand.NewPCG(1, uint64(*kills)))}
	k.setUp()
	for range *kills {
		k.live()
		if *kills >= manyKills && k.life%50 == 0 {
			t.Logf("%s: killed %d times", time.Now().Format(time.TimeOnly), k.life)
		}
	}
	k.lastLife()
	k.judge()
}

func freeLoopback(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts the hub; done is closed when it has ended.
func (k *killHouse) start() (cmd *exec.Cmd, done chan struct{}) {
	program := *killBinary
	if program == "" {
		program = "hub" // testscript.Main has put it on the path
	}
	cmd = exec.Command(program, append([]string{"run", "--data", k.dir, "--http", k.http, "--mqtt", k.mqtt, "--homekit", "", "--discover=false"}, k.more...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	done = make(chan struct{})
	go func() {
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code > 0 {
			k.t.Errorf("the hub ended by itself, exit code %d:\n%s", code, said.String())
		}
		close(done)
	}()
	return cmd, done
}

// call is a program's request to the hub.
func (k *killHouse) call(ctx context.Context, method, path string, body, into any) error {
	token, err := os.ReadFile(filepath.Join(k.dir, "token"))
	if err != nil {
		return err
	}
	var b []byte
	if body != nil {
		if b, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+k.http+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		var said bytes.Buffer
		_, _ = said.ReadFrom(resp.Body)
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, said.String())
	}
	if into != nil {
		return json.NewDecoder(resp.Body).Decode(into)
	}
	return nil
}

// up waits until the hub answers; false: it ended before.
func (k *killHouse) up(ctx context.Context) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		if resp, err := http.Get("http://" + k.http + "/healthz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return false
}

// connect is Zigbee2MQTT coming (back) to the broker: it says its devices, and its lamps do and report what they are told.
func (k *killHouse) connect(ctx context.Context) (*mqtt.Client, error) {
	lines, err := os.ReadFile(filepath.Join(k.dir, "zigbee2mqtt.yaml"))
	if err != nil {
		return nil, err
	}
	_, password, _ := strings.Cut(string(lines), "password: ")
	c, err := mqtt.NewClient(mqtt.ClientOptions{URL: fmt.Sprintf("mqtt://zigbee2mqtt:%s@%s", strings.TrimSpace(password), k.mqtt)})
	if err != nil {
		return nil, err
	}
	up := make(chan struct{})
	var once sync.Once
	c.OnState(func(connected bool, _ string) {
		if connected {
			once.Do(func() { close(up) })
		}
	})
	take := func(m mqtt.Message) {
		if ctx.Err() == nil { // a client of the life before may still be there when the next hub comes up
			k.commanded(c, m)
		}
	}
	if _, err := c.Subscribe("zigbee2mqtt/+/set", take); err != nil {
		return nil, err
	}
	go func() { _ = c.Run(ctx) }()
	select {
	case <-up:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var devices []any
	for i := range killLamps {
		devices = append(devices, killDevice(fmt.Sprint("button_", i), 0x0b0000+i, buttonExposes), killDevice(fmt.Sprint("lamp_", i), 0x0a0000+i, lampExposes))
	}
	list, err := json.Marshal(devices)
	if err != nil {
		return nil, err
	}
	return c, errors.Join(publish(ctx, c, "zigbee2mqtt/bridge/state", `{"state":"online"}`, true), publish(ctx, c, "zigbee2mqtt/bridge/devices", string(list), true))
}

var (
	buttonExposes = []any{map[string]any{"type": "enum", "name": "action", "property": "action", "access": 1, "values": []string{"single"}}}
	lampExposes   = []any{map[string]any{"type": "light", "features": []any{
		map[string]any{"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF", "value_toggle": "TOGGLE"},
		map[string]any{"type": "numeric", "name": "brightness", "property": "brightness", "access": 7, "value_min": 0, "value_max": 254}}}}
)

func killDevice(name string, address int, exposes []any) map[string]any {
	return map[string]any{"ieee_address": fmt.Sprintf("0x00124b00%08x", address), "friendly_name": name, "type": "Router", "supported": true, "interview_completed": true,
		"interview_state": "SUCCESSFUL", "power_source": "Mains (single phase)", "definition": map[string]any{"model": "K", "vendor": "Concord", "exposes": exposes}}
}

func (k *killHouse) commanded(c *mqtt.Client, m mqtt.Message) {
	var i int
	if _, err := fmt.Sscanf(m.Topic, "zigbee2mqtt/lamp_%d/set", &i); err != nil || i >= killLamps {
		return
	}
	k.mu.Lock()
	l := &k.lamps[i]
	if n := len(l.presses); n > 0 {
		l.presses[n-1] = append(l.presses[n-1], k.life)
	} else {
		l.idle++
	}
	l.open, l.since = false, time.Now()
	k.mu.Unlock()
	_ = c.Publish(fmt.Sprintf("zigbee2mqtt/lamp_%d", i), []byte(`{"state":"ON","brightness":127}`), false, 0) // a kill may come before
}

// setUp starts the hub once, and gives it the scenes.
func (k *killHouse) setUp() {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd, done := k.start()
	if !k.up(ctx) {
		k.t.Fatal("the hub does not start")
	}
	if _, err := k.connect(ctx); err != nil {
		k.t.Fatal(err)
	}
	ids := map[string]string{}
	for tick := time.NewTicker(50 * time.Millisecond); len(ids) < 2*killLamps; <-tick.C {
		var list []struct{ ID, Name string }
		if err := k.call(ctx, http.MethodGet, "/api/devices", nil, &list); err != nil {
			k.t.Fatal(err)
		}
		for _, d := range list {
			ids[d.Name] = d.ID
		}
	}
	waits := []string{"1s", "2s"}
	for i := range killLamps {
		doc := fmt.Sprintf(`{"runs":"parallel","max_runs":100,"yield":"run","when":[{"device":%q,"event":"button.press"},{"webhook":"lamp-%d"}],"then":[{"wait":%q},{"device":%q,"set":{"level.level":50}}]}`,
			ids[fmt.Sprint("button_", i)], i, waits[i%len(waits)], ids[fmt.Sprint("lamp_", i)])
		if err := k.call(ctx, http.MethodPut, fmt.Sprint("/api/scenes/s", i), json.RawMessage(doc), nil); err != nil {
			k.t.Fatal(err)
		}
	}
	_ = cmd.Process.Kill()
	<-done
}

// live is one life of the hub that a kill ends: one in four within its start, the others while buttons are pressed.
func (k *killHouse) live() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k.life++
	cmd, done := k.start()
	go func() { <-done; cancel() }()
	kill := func() { _ = cmd.Process.Kill() }
	if k.dice.IntN(4) == 0 {
		defer time.AfterFunc(time.Duration(k.dice.IntN(700))*time.Millisecond, kill).Stop()
	}
	if !k.up(ctx) {
		return
	}
	defer time.AfterFunc(time.Duration(k.dice.IntN(1000))*time.Millisecond, kill).Stop()
	if c, err := k.connect(ctx); err == nil {
		k.pressOn(ctx, c)
	}
	<-done
}

// lastLife ends by itself, when nothing is owed any more.
func (k *killHouse) lastLife() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k.life++
	cmd, done := k.start()
	if !k.up(ctx) {
		k.t.Fatal("the hub does not start")
	}
	if _, err := k.connect(ctx); err != nil {
		k.t.Fatal(err)
	}
	k.settle()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	<-done
}

// pressOn presses one button after another until the hub is gone.
func (k *killHouse) pressOn(ctx context.Context, c *mqtt.Client) {
	for ctx.Err() == nil {
		byMQTT, byWebhook := k.next(), k.next()
		if byMQTT < 0 || byWebhook < 0 {
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
			continue
		}
		// A webhook that is answered is on disk, and so is what was taken in before it. Of a message on MQTT nobody is
		// promised that: it counts from when it is in the log.
		if publish(ctx, c, fmt.Sprint("zigbee2mqtt/button_", byMQTT), `{"action":"single"}`, false) != nil {
			continue
		}
		if k.call(ctx, http.MethodPost, fmt.Sprint("/api/webhooks/lamp-", byWebhook), nil, nil) != nil {
			continue
		}
		k.mu.Lock()
		k.lamps[byWebhook].acknowledged++
		k.mu.Unlock()
	}
}

// publish publishes and waits until the broker has taken it, or the hub is gone.
func publish(ctx context.Context, c *mqtt.Client, topic, payload string, retain bool) error {
	done := make(chan error, 1)
	go func() { done <- c.Publish(topic, []byte(payload), retain, 1) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next is a lamp that is owed nothing, now pressed; -1: there is none. One whose press was never acknowledged is owed
// nothing after a while, and none is pressed again while its last command may still be repeated: a newer command would
// rightly take its place.
func (k *killHouse) next() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, i := range k.dice.Perm(killLamps) {
		l := &k.lamps[i]
		if quiet := time.Since(l.since); l.open && quiet < time.Minute || quiet < time.Second {
			continue
		}
		l.presses = append(l.presses, nil)
		l.open, l.since = true, time.Now()
		return i
	}
	return -1
}
