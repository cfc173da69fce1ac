// Package broken is a plugin with one fault at a time, to prove that the conformance kit finds each and that none
// hurts a hub. It is a good plugin, made with the SDK, whose messages are tampered with on their way.
//
// Use, in tests: call [Init] first thing in TestMain, and write a plugin's [Folder], whose program is the test's own executable.
package broken

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sandbox"
	"github.com/concord-home/hub/plugins/sdk"
)

const flag = "broken-plugin="

// Init becomes the plugin when this process was started as one, and otherwise does nothing.
func Init() {
	for _, a := range os.Args[1:] {
		if fault, ok := strings.CutPrefix(a, flag); ok {
			run(fault)
		}
	}
}

const device = `transport http
announce mdns _broken._tcp serial=${serial}
state serial=b7 name=Plug on=false celsius=21
on GET /status
  reply {"serial":"${serial}","name":"${name}","on":${on},"celsius":${celsius}}
on GET /relay?on={on}
  reply {"on":${on}}
`

const script = "value on_off.on false\ncommand on_off.on=true\nstate on=true\nvalue on_off.on true\nvalue temperature.celsius 21\n"

const config = `{"type":"object","additionalProperties":false,"properties":{"token":{"type":"string","default":"br0ken-token","title":"Token","description":"A token.","x-secret":true,"x-zh":{"title":"令牌","description":"令牌。"}}}}`

// Folder writes the plugin with a fault, "" for none, to an empty folder. Its name is "broken-FAULT".
func Folder(dir, fault string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	m := map[string]any{"name": name(fault), "version": "1.0.0", "title": map[string]string{"en": "Broken", "zh": "坏插件"}, "vendor": map[string]string{"name": "Broken"},
		"protocol": map[string]int{"min": 1, "max": 1}, "run": map[string]any{"exec": map[string]string{"linux/amd64": "broken", "linux/arm64": "broken"}, "args": []string{flag + fault}},
		"discovery": []any{map[string]string{"mdns": "_broken._tcp"}}, "limits": map[string]int{"offlineSeconds": 4, "memoryMiB": memoryMiB()}, "capabilities": []string{"on_off", "temperature"}, "config": "config.schema.json"}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	errs := []error{os.MkdirAll(filepath.Join(dir, "testdata"), 0o700), os.WriteFile(filepath.Join(dir, "broken"), program, 0o700)}
	for file, text := range map[string]string{"plugin.json": string(b), "config.schema.json": config, "testdata/device.txt": device, "testdata/plug.test": script,
		"README.md": "# Broken\n\n## Devices\n\n## Configuration\n\n## Limits\n"} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, filepath.FromSlash(file)), []byte(text), 0o600))
	}
	return errors.Join(errs...)
}

// memoryMiB is what the plugin may use; the race detector needs some for itself.
func memoryMiB() int {
	if sandbox.Raced {
		return 256
	}
	return 64
}

func name(fault string) string {
	if fault == "" {
		fault = "not"
	}
	return "broken-" + fault
}

// plug is the device, as a good plugin has it.
type plug struct {
	c     sdk.Candidate
	fault string
	state struct {
		Serial, Name string
		On           bool
		Celsius      *float64
	}
}

func (p *plug) Describe() sdk.Descriptor {
	return sdk.Descriptor{ID: p.state.Serial, Name: p.state.Name, Type: "plug", Capabilities: []sdk.Capability{"temperature"}}
}

func (p *plug) Run(ctx context.Context, r *sdk.Reporter) error {
	return r.Every(ctx, time.Second, func(ctx context.Context) error {
		s := p.state
		if err := sdk.GetJSON(ctx, p.c.HTTP(), "/status", &s); err != nil {
			if p.fault == "brittle" && !strings.Contains(err.Error(), "does not answer") {
				panic(err)
			}
			return err
		}
		r.Report(sdk.On(s.On))
		if s.Celsius != nil {
			r.Report(sdk.Celsius(*s.Celsius))
		}
		return nil
	})
}

func (p *plug) SetOnOff(ctx context.Context, on bool) error {
	return sdk.GetJSON(ctx, p.c.HTTP(), fmt.Sprintf("/relay?on=%t", on), nil)
}

// run is the plugin.
func run(fault string) {
	switch fault {
	case "mute":
		select {}
	case "crash":
		fmt.Fprintln(os.Stderr, "something is missing")
		os.Exit(3)
	case "floods":
		line, _ := protocol.Encode(protocol.Message{Method: protocol.MethodLog, Params: json.RawMessage(`{"level":"info","message":"` + strings.Repeat("x", 1000) + `"}`)})
		for range 5_000_000 {
			if _, err := os.Stdout.Write(line); err != nil {
				break
			}
		}
		os.Exit(0)
	}
	t := &tamper{fault: fault, out: os.Stdout}
	in, toPlugin := io.Pipe()
	fromPlugin, out := io.Pipe()
	go t.inward(os.Stdin, toPlugin)
	go t.outward(fromPlugin)
	version := "1.0.0"
	err := sdk.Serve(context.Background(), sdk.Plugin{Configure: t.configure, Open: func(ctx context.Context, c sdk.Candidate) (sdk.Device, error) {
		p := &plug{c: c, fault: fault}
		err := sdk.GetJSON(ctx, c.HTTP(), "/status", &p.state)
		if fault == "twins" {
			p.state.Serial += "-" + fmt.Sprint(len(c.Key))
		}
		return p, err
	}}, name(fault), version, in, out)
	t.end(err)
}

func (t *tamper) configure(config json.RawMessage) error {
	if t.fault == "indiscreet" {
		fmt.Fprintf(os.Stderr, "configured with %s\n", config)
	}
	return nil
}

func (t *tamper) end(err error) {
	switch {
	case t.fault == "no-end", t.fault == "orphan" && err != nil:
		select {}
	case t.fault == "exit-code":
		os.Exit(3)
	}
	os.Exit(0)
}

// tamper changes messages on their way.
type tamper struct {
	fault string
	mu    sync.Mutex
	out   io.Writer
	n     int
	leak  [][]byte
	once  sync.Once
}

func (t *tamper) say(m protocol.Message) {
	line, err := protocol.Encode(m)
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.out.Write(line)
}

// inward passes on what the hub says, but for what the fault is about.
func (t *tamper) inward(r io.Reader, w *io.PipeWriter) {
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			_ = w.Close()
			return
		}
		var m protocol.Message
		if json.Unmarshal(line, &m) != nil || !t.hears(&m) {
			continue
		}
		if line, err = protocol.Encode(m); err == nil {
			_, _ = w.Write(line)
		}
	}
}

// hears changes a message of the hub; false: the plugin never hears of it.
func (t *tamper) hears(m *protocol.Message) bool {
	done := func() bool { t.say(protocol.Message{ID: m.ID, Result: json.RawMessage("{}")}); return false }
	switch t.fault + " " + m.Method {
	case "any-protocol initialize":
		m.Params = replace(m.Params, "protocol", map[string]int{"min": 1, "max": 1})
	case "any-method x/newer", "early-ack device/command":
		return done()
	case "no-ping ping", "deaf device/command", "stubborn config/set":
		return false
	case "any-device device/command":
		if strings.Contains(string(m.Params), "no-such-device") {
			return done()
		}
	case "repeats device/command":
		t.n++
		m.Params = replace(m.Params, "key", fmt.Sprint(t.n))
	case "leaks ping":
		b := bytes.Repeat([]byte{1}, 4<<20)
		t.leak = append(t.leak, b)
	case "no-end shutdown":
		return done()
	}
	return true
}

// outward passes on what the plugin says, with its fault.
func (t *tamper) outward(r io.Reader) {
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var m protocol.Message
		if json.Unmarshal(line, &m) == nil && t.says(&m) {
			t.say(m)
		}
	}
}

// says changes a message of the plugin; false: it is never sent.
func (t *tamper) says(m *protocol.Message) bool {
	offline := strings.Contains(string(m.Params), `"reachable":false`)
	switch t.fault + " " + m.Method {
	case "other-name ":
		if strings.Contains(string(m.Result), `"plugin"`) {
			m.Result = replace(m.Result, "plugin", "other")
		}
	case "prints device/put":
		t.mu.Lock()
		_, _ = io.WriteString(t.out, "found a device\n")
		t.mu.Unlock()
	case "no-device device/put", "no-device state/report", "no-device device/status":
		return false
	case "no-name device/put":
		m.Params = replace(m.Params, "name", nil)
	case "undeclared device/put":
		m.Params = replace(m.Params, "capabilities", []string{"on_off", "temperature", "door_lock"})
	case "lies state/report":
		m.Params = replace(m.Params, "values", map[model.Attribute]any{"temperature.celsius": 5000})
	case "gullible state/report":
		if !strings.Contains(string(m.Params), "null") {
			break
		}
		m.Params = json.RawMessage(strings.ReplaceAll(string(m.Params), "null", "1e9"))
	case "new-id device/put", "new-id state/report", "new-id device/status":
		m.Params = json.RawMessage(strings.ReplaceAll(string(m.Params), `"b7"`, fmt.Sprintf(`"b7-%d"`, t.born())))
	case "always-online device/status":
		return !offline
	case "no-why device/status":
		m.Params = replace(m.Params, "why", "")
	case "ascii device/put":
		m.Params = replace(m.Params, "name", "Plug")
	case "no-reconnect device/status", "no-reconnect state/report":
		if t.n > 0 {
			return false
		}
		if offline {
			t.n++
		}
	}
	return true
}

// born is a number that another process does not have.
func (t *tamper) born() int {
	t.once.Do(func() { t.n = int(time.Now().UnixNano() % 1e9) })
	return t.n
}

// replace changes one member of an object; nil takes it away.
func replace(raw json.RawMessage, member string, v any) json.RawMessage {
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return raw
	}
	if m[member] = v; v == nil {
		delete(m, member)
	}
	b, _ := json.Marshal(m)
	return b
}
