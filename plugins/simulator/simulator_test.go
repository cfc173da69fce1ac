package simulator_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/plugins/simulator"
)

func start(t *testing.T, text string) *simulator.Device {
	t.Helper()
	s, err := simulator.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d, err := simulator.Start(s, "127.0.0.1:0", map[string]string{"serial": "8"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Off)
	return d
}

func get(d *simulator.Device, method, path, body string) string {
	r, _ := http.NewRequest(method, "http://"+d.Addr().String()+path, strings.NewReader(body))
	r.Close = true
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "no answer"
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return "cut"
	}
	return fmt.Sprint(res.StatusCode, " ", strings.TrimSpace(string(b)))
}

const plug = `# a plug
transport http
announce mdns _acme._tcp serial=${serial}
state serial=7 on=false heat=20
on GET /status
  reply {"on":${on}}
on GET /relay?on={on}
  reply {"on":${on}}
on PUT /target {"heat":{heat}}
  if heat 5 30
  reply {"heat":${heat}}
`

func TestAWebDeviceDoesWhatItsScriptSaysAndMisbehaves(t *testing.T) {
	d := start(t, plug)
	for _, step := range []struct{ method, path, body, want string }{
		{"GET", "/status", "", `200 {"on":false}`},
		{"GET", "/relay?on=true", "", `200 {"on":true}`},
		{"GET", "/status", "", `200 {"on":true}`},
		{"PUT", "/target", `{ "heat": 21.5 }`, `200 {"heat":21.5}`},
		{"PUT", "/target", `{"heat":99}`, `400 bad request`},
		{"GET", "/nothing", "", `400 bad request`},
	} {
		if got := get(d, step.method, step.path, step.body); got != step.want {
			t.Errorf("%s %s: %s, want %s", step.method, step.path, got, step.want)
		}
	}
	if d.Text()["serial"] != "8" || d.State("heat") != "21.5" || d.Count("GET /relay") != 1 {
		t.Errorf("%v %s %v", d.Text(), d.State("heat"), d.Requests())
	}
	d.Misbehave(simulator.Fault{Extra: true})
	if got := get(d, "GET", "/status", ""); !strings.Contains(got, "x_unknown") {
		t.Error(got)
	}
	d.Misbehave(simulator.Fault{Cut: true})
	if got := get(d, "GET", "/status", ""); got != "cut" {
		t.Error(got)
	}
	d.Misbehave(simulator.Fault{})
	d.Off()
	if got := get(d, "GET", "/status", ""); got != "no answer" {
		t.Error(got)
	}
	if err := d.On(); err != nil {
		t.Fatal(err)
	}
	if got := get(d, "GET", "/status", ""); got != `200 {"on":true}` {
		t.Error(got)
	}
}

func TestALineDeviceGreetsAnswersAndTellsOfChanges(t *testing.T) {
	d := start(t, "transport tcp\nstate serial=7 level=10\ngreet HELLO ${serial}\nchange LEVEL ${level}\non SET {level}\n  if level 0 100\non GET\n  reply LEVEL ${level}\n")
	c, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lines := bufio.NewScanner(c)
	read := func(want string) {
		t.Helper()
		if lines.Scan(); lines.Text() != want {
			t.Errorf("%q, want %q", lines.Text(), want)
		}
	}
	read("HELLO 8")
	_, _ = io.WriteString(c, "SET 40\nSET 400\nGET\n")
	read("LEVEL 40")
	read("LEVEL 40")
	d.Touch(map[string]string{"level": "50"})
	read("LEVEL 50")
	d.Send("PRESS ${serial}")
	read("PRESS 8")
}

func TestAnMQTTDeviceSaysHowItIsDoesWhatItIsAskedAndLeavesAWill(t *testing.T) {
	s, err := simulator.Parse(strings.NewReader("transport mqtt\nannounce mqtt acme/+/status\nstate serial=7 level=10\ngreet acme/${serial}/online true\nwill acme/${serial}/online false\n" +
		"change acme/${serial}/status {\"level\":${level}}\non acme/${serial}/set {\"level\":{level}}\n  if level 0 100\n  reply acme/${serial}/status {\"level\":${level}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var wire simulator.Topics
	heard := make(chan string, 100)
	end, _ := wire.Subscribe("acme/8/+", func(topic string, payload []byte, retained bool) {
		if !strings.HasSuffix(topic, "/set") {
			heard <- fmt.Sprint(topic, " ", string(payload), " ", retained)
		}
	})
	want := func(all ...string) {
		t.Helper()
		for _, w := range all {
			if got := <-heard; got != w {
				t.Errorf("%q, want %q", got, w)
			}
		}
	}
	d, err := simulator.Join(s, &wire, map[string]string{"serial": "8"})
	if err != nil {
		t.Fatal(err)
	}
	want("acme/8/online true false", `acme/8/status {"level":10} false`)
	_ = wire.Publish("acme/9/set", []byte(`{"level":99}`), false) // another's
	_ = wire.Publish("acme/8/set", []byte(`{"level":400}`), false)
	_ = wire.Publish("acme/8/set", []byte(`{ "level": 40 }`), false)
	want(`acme/8/status {"level":40} false`, `acme/8/status {"level":40} false`) // it changed, and it answers
	if text := d.Text(); d.State("level") != "40" || d.Count("acme/8/set") != 2 || text["topic"] != "acme/8/status" || text["payload"] != `{"level":40}` {
		t.Errorf("%v, %v, %v", d.State("level"), d.Requests(), text)
	}
	d.Misbehave(simulator.Fault{Silent: true})
	d.Touch(map[string]string{"level": "50"})
	d.Misbehave(simulator.Fault{Cut: true, Twice: true})
	d.Touch(map[string]string{"level": "60"})
	want(`acme/8/status {"leve false`, `acme/8/status {"leve false`)
	d.Off()
	want("acme/8/online false false")
	end()
	_, _ = wire.Subscribe("acme/8/online", func(topic string, payload []byte, retained bool) {
		heard <- fmt.Sprint(topic, " ", string(payload), " ", retained)
	})
	want("acme/8/online false true")
	if _, err := simulator.Start(s, "127.0.0.1:0", nil); err == nil {
		t.Error("an MQTT device was started at an address")
	}
}

func TestAMistakeInADeviceFileIsNamedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"transport coap": "line 1", "\nfoo": "line 2", "transport http\nreply x": "line 2", "state a": "NAME=VALUE", "transport tcp": "something that it does",
		"transport http\non x\n if a b c": "numbers", "announce dns": "mdns or ssdp",
	} {
		if _, err := simulator.Parse(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParse holds that no device file makes the reader panic.
func FuzzParse(f *testing.F) {
	f.Add(plug)
	f.Add("on {a}{b}\n if a 1 2")
	f.Fuzz(func(t *testing.T, text string) { _, _ = simulator.Parse(strings.NewReader(text)) })
}
