package mqttdiscovery

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters/zigbee2mqtt"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

var rewrite = flag.Bool("update", false, "rewrite golden files")

// captureFile is what a real Zigbee2MQTT 2.14.1 published, its 352 Home Assistant discovery messages among it.
const captureFile = "../../../shared/corpus/z2m-capture-slim.jsonl.gz"

type captured struct {
	Topic   string `json:"topic"`
	Retain  bool   `json:"retain"`
	Payload string `json:"payload"`
}

func readCapture(t testing.TB) (out []captured) {
	t.Helper()
	f, err := os.Open(captureFile)
	if err != nil {
		t.Skipf("the capture is not here, and this test is about all of it: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		var c captured
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// TestDiscoveryOfZigbee2MQTTAgreesWithTheNativeAdapter plays a capture to both adapters: each device that both see has the
// same address, and what both say of it is the same. The golden file shows what each has beyond the other.
func TestDiscoveryOfZigbee2MQTTAgreesWithTheNativeAdapter(t *testing.T) {
	lines := readCapture(t)
	inHouse(t, Options{}, func(h *house) {
		native := newRecorder(t)
		other := zigbee2mqtt.New(zigbee2mqtt.Options{MQTT: h.broker})
		ctx, cancel := context.WithCancel(h.t.Context())
		done := make(chan error)
		go func() { done <- other.Run(ctx, native) }()
		synctest.Wait()
		announcements := 0
		for _, c := range lines {
			if strings.HasPrefix(c.Topic, "homeassistant/") {
				announcements++
			}
			h.broker.Deliver(c.Topic, c.Payload, c.Retain)
			if strings.HasPrefix(c.Topic, "zigbee2mqtt/bridge/devices") || strings.HasPrefix(c.Topic, "sim/") {
				time.Sleep(time.Second)
			}
		}
		h.settle()
		cancel()
		<-done
		if announcements != 352 {
			t.Errorf("the capture has %d announcements", announcements)
		}
		got := compare(t, native, h.hub)
		const golden = "testdata/zigbee2mqtt.golden"
		if *rewrite {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("the comparison changed (-want +got); go test -update accepts it:\n%s", diff)
		}
	})
}

// ieee is a source's IEEE address; "" when it has none.
func ieee(d model.Description) string {
	for _, id := range d.Identities {
		if id.Kind == model.IdentityIEEE {
			return strings.TrimPrefix(strings.ToLower(id.Value), "0x")
		}
	}
	return ""
}

func compare(t *testing.T, native, ours *recorder) string {
	var b strings.Builder
	byAddress := map[string]model.Description{}
	for _, d := range ours.described {
		if a := ieee(d); a != "" && !ours.gone[d.Source] {
			byAddress[a] = d
		}
	}
	both, nativeOnly, oursOnly := 0, 0, 0
	for _, s := range slices.Sorted(maps.Keys(native.described)) {
		n := native.described[s]
		if native.gone[s] || ieee(n) == "" {
			continue
		}
		o, ok := byAddress[ieee(n)]
		if !ok {
			if len(n.Endpoints[0].Properties) > 2 {
				t.Errorf("%s is not discovered", n.Name)
			}
			continue
		}
		if o.Name != n.Name {
			t.Errorf("%s is called %q by discovery", n.Name, o.Name)
		}
		fmt.Fprintf(&b, "%s: %s (discovery: %s)\n", n.Model, n.Type, o.Type)
		sameDevice(t, n, o)
		a, z := attributesOf(n), attributesOf(o)
		for _, k := range slices.Sorted(maps.Keys(a)) {
			p, have := z[k]
			if !have {
				nativeOnly++
				fmt.Fprintf(&b, "  native only     %s\n", k)
				continue
			}
			both++
			x, xok := native.values[string(n.Source)+" "+k]
			y, yok := ours.values[string(o.Source)+" "+k]
			switch {
			case p.Type != a[k].Type || p.Unit != a[k].Unit:
				fmt.Fprintf(&b, "  differs         %s: %s %s, %s %s\n", k, a[k].Type, a[k].Unit, p.Type, p.Unit)
			case strings.HasSuffix(k, "health.last_seen"): // the native adapter passes on one a minute
			case xok && yok && x.Value != y.Value:
				fmt.Fprintf(&b, "  differs         %s: %s, %s\n", k, x.Value, y.Value)
			case xok != yok:
				fmt.Fprintf(&b, "  said by one     %s: %s, %s\n", k, x.Value, y.Value)
			default:
				fmt.Fprintf(&b, "  same            %s\n", k)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(z)) {
			if _, have := a[k]; !have {
				oursOnly++
				fmt.Fprintf(&b, "  discovery only  %s\n", k)
			}
		}
	}
	fmt.Fprintf(&b, "\nboth %d, native only %d, discovery only %d\n", both, nativeOnly, oursOnly)
	return b.String()
}

// sameDevice has a house take both views: they are one device, with the parts that the native adapter sees, reached by its path first.
func sameDevice(t *testing.T, native, other model.Description) {
	t.Helper()
	h := home.New(nil, nil)
	for i, d := range []model.Description{other, native} {
		if _, err := h.Apply(home.Fact{Seq: uint64(i + 1), At: time.Unix(1, 0), Body: home.Described{Description: d}}); err != nil {
			t.Fatal(err)
		}
	}
	all := h.View().Devices()
	if len(all) != 1 || len(all[0].Sources) != 2 {
		t.Errorf("%s and %s are %d devices", native.Source, other.Source, len(all))
		return
	}
	if got, want := len(all[0].Endpoints()), len(native.Endpoints); got != want {
		t.Errorf("%s has %d parts, with discovery %d", native.Name, want, got)
	}
	if native.Rank >= other.Rank {
		t.Errorf("%s: the native path has rank %d, discovery %d", native.Name, native.Rank, other.Rank)
	}
}

func attributesOf(d model.Description) map[string]model.Property {
	out := map[string]model.Property{}
	for _, e := range d.Endpoints {
		for _, p := range e.Properties {
			out[string(e.ID)+" "+string(p.Attribute)] = p
		}
	}
	return out
}
