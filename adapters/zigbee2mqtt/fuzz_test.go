package zigbee2mqtt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/concord-home/hub/model"
)

// idle is an adapter with one lamp and one remote, and nobody to run its jobs.
func idle(t testing.TB) (*Adapter, *device) {
	h := newHouse(t)
	a := h.a
	a.hub = h.hub
	for _, raw := range []string{lamp(lampIEEE, "lamp"), deviceJSON("0x5", "remote", "EndDevice", "Battery", remoteExp)} {
		p, err := a.parseDevice([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		a.applyDevice(&p)
	}
	return a, a.names["lamp"]
}

func FuzzState(f *testing.F) {
	for _, s := range []string{`{"state":"ON","brightness":128,"color":{"hue":1,"saturation":2,"x":0.1},"last_seen":"2026-01-01T00:00:00Z"}`,
		`{"action":"single","linkquality":null}`, `{"a":"\u00e9\"","b":[1,{"c":"}"}],"update":{"progress":1.5}}`, `{`, `{"a"`, `{"a":}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, ok := scanObject(b, nil)
		var want map[string]json.RawMessage
		if err := json.Unmarshal(b, &want); err == nil && want != nil {
			if !ok {
				t.Fatalf("valid JSON refused: %q", b)
			}
			for _, x := range fields {
				if _, known := want[string(x.key)]; !known && bytes.ContainsRune(b, '\\') == false && json.Valid(x.raw) && isUTF8(x.key) {
					t.Fatalf("a member that is not there: %q", x.key)
				}
			}
		}
		a, _ := idle(t)
		for _, topic := range []string{"lamp", "remote", "unknown"} {
			a.message(topic, b, false)
			a.message(topic, b, true)
		}
	})
}

func isUTF8(b []byte) bool { return bytes.Equal(bytes.ToValidUTF8(b, nil), b) }

func FuzzDevices(f *testing.F) {
	f.Add([]byte("[" + lamp(lampIEEE, "a/b") + "]"))
	f.Add([]byte(`[{"ieee_address":"0x1","friendly_name":"+","definition":{"exposes":[{"type":"light","features":[{"name":"state"}]}]}},null,3]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := idle(t)
		a.message("bridge/devices", b, true)
		a.message("bridge/groups", b, true)
		a.jobs.run()
	})
}

func FuzzLogging(f *testing.F) {
	f.Add([]byte(`{"level":"error","message":"z2m: Publish 'set' 'state' to 'lamp' failed: 'Error'"}`))
	f.Add([]byte(`{"level":"error","message":{"a":1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := idle(t)
		a.execute(order("c", lampIEEE, on(true)))
		a.message("bridge/logging", b, false)
		parseFailure(string(b))
	})
}

func FuzzInfo(f *testing.F) {
	f.Add([]byte(`{"version":"2.14.1","config":{"advanced":{"output":"json","cache_state":true}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := idle(t)
		a.message("bridge/info", b, true)
		a.Checks()
	})
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"type":"device_leave","data":{"ieee_address":"` + lampIEEE + `"}}`))
	f.Add([]byte(`{"type":"device_interview","data":{"ieee_address":"0x1","status":"failed"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := idle(t)
		a.message("bridge/event", b, false)
		a.message("bridge/response/x", b, false)
		a.frame(b)
	})
}

func FuzzAvailability(f *testing.F) {
	f.Add([]byte(`{"state":"online"}`))
	f.Add([]byte(`offline`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := idle(t)
		a.message("lamp/availability", b, true)
		a.message("bridge/state", b, false)
	})
}

func FuzzDefinition(f *testing.F) {
	file, err := os.ReadFile("testdata/definitions.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	s := bufio.NewScanner(bytes.NewReader(file))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if len(s.Bytes()) < 4000 {
			f.Add(bytes.Clone(s.Bytes()))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, c, err := TranslateDefinition(b)
		if err != nil {
			return
		}
		Complete(&d)
		if def, err := parseDefinition(b); err == nil && def != nil && len(c) != len(def.leaves()) && !bytes.Contains(b, []byte("efinition")) {
			t.Fatalf("%d landings for %d exposes", len(c), len(def.leaves()))
		}
		for _, v := range []model.Value{model.Number(1e300), model.String("x"), model.Bool(true), {}} {
			exercise(b, v)
		}
	})
}

// exercise reads and writes any value through every binding: whatever a device says must not break the adapter.
func exercise(b []byte, v model.Value) {
	def, err := parseDefinition(b)
	if err != nil || def == nil {
		return
	}
	for _, bind := range translate(def, "").codec.byAttribute {
		bind.read(func(string) model.Value { return v })
		if props, err := bind.encode(v); err == nil {
			compose(props)
		}
	}
}
