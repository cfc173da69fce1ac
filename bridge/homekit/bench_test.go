package homekit

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// percentiles reports the distribution of a benchmark's rounds, in microseconds.
func percentiles(b *testing.B, name string, all []time.Duration) time.Duration {
	slices.Sort(all)
	at := func(p float64) time.Duration { return all[min(len(all)-1, int(p*float64(len(all))))] }
	b.ReportMetric(float64(at(0.5).Microseconds()), name+"-p50-µs")
	b.ReportMetric(float64(at(0.99).Microseconds()), name+"-p99-µs")
	return at(0.5)
}

// echo is the floor: a request and an answer of the same size over plain TCP.
func echo(b *testing.B, n int) []time.Duration {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 4096)
		for {
			k, err := c.Read(buf)
			if err != nil {
				return
			}
			_, _ = c.Write(buf[:min(k, 45)])
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	msg, buf := make([]byte, 190), make([]byte, 4096)
	out := make([]time.Duration, n)
	for i := range out {
		began := time.Now()
		_, _ = c.Write(msg)
		if _, err := c.Read(buf); err != nil {
			b.Fatal(err)
		}
		out[i] = time.Since(began)
	}
	return out
}

// BenchmarkWrite is a write of one characteristic over an open session, down to the device and back with its
// confirmation, made durable by the house; and the read of one, which is the transport alone.
func BenchmarkWrite(b *testing.B) {
	r := newRig(b, b.TempDir(), lamps(3))
	p := newPhone(r, 1).open(r.addr(1))
	f := p.find("Lamp 1", "43", "8")
	var writes, reads []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if status, _ := p.put(f, fmt.Sprint(i%90+1)); status != 204 {
			b.Fatal(status)
		}
		writes = append(writes, time.Since(began))
		began = time.Now()
		p.get(f)
		reads = append(reads, time.Since(began))
	}
	floor := percentiles(b, "echo", echo(b, max(len(reads), 1000)))
	b.ReportMetric(float64(percentiles(b, "read", reads))/float64(floor), "read/echo")
	b.ReportMetric(float64(percentiles(b, "write", writes))/float64(floor), "write/echo")
}

// BenchmarkEvent is from a device's report to the event at a controller.
func BenchmarkEvent(b *testing.B) {
	remote := one("remote", "Remote", "remote", num("power_source.battery_pct", 50))
	remote.parts[0].events = []model.EventInfo{{Event: "button.press"}}
	r := newRig(b, b.TempDir(), []device{remote})
	p := newPhone(r, 1).open(r.addr(1))
	p.watch(p.find("Remote", "89", "73"))
	var all []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		r.shop.hub.Happened(model.Happening{Source: "bench/remote", Endpoint: "main", Event: "button.press", Key: fmt.Sprint(i),
			Args: map[string]model.Value{"button": model.String(""), "action": model.String("single")}})
		p.event()
		all = append(all, time.Since(began))
	}
	floor := percentiles(b, "echo", echo(b, 1000))
	b.ReportMetric(float64(percentiles(b, "event", all))/float64(floor), "event/echo")
}

// BenchmarkControllerWrite is a command of a hub, over its session with an accessory, until confirmed: the accessory
// is the other hub's bridge.
func BenchmarkControllerWrite(b *testing.B) {
	r := newRig(b, b.TempDir(), lamps(2))
	o := newOtherHub(b)
	o.pair(r.addr(1), r.bridge.Bridges()[0].Code)
	o.await("Lamp 1", "level.level", model.Number(10))
	lamp := o.device("Lamp 1").ID
	var all []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		c, err := o.hub.Command(b.Context(), home.Ask{Device: lamp, Writes: []model.Write{{Attribute: "level.level", Value: model.Number(float64(i%90 + 1))}}}, nil)
		if err != nil || c.Status != model.Confirmed {
			b.Fatal(err, c.Status, c.Reason)
		}
		all = append(all, time.Since(began))
	}
	floor := percentiles(b, "echo", echo(b, 1000))
	b.ReportMetric(float64(percentiles(b, "command", all))/float64(floor), "command/echo")
}

// BenchmarkMemory is what 150 and 1,000 accessories cost: the heap that the bridge adds to the house, and the whole process.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{150, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			heap := func() float64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.GC()
				runtime.ReadMemStats(&m)
				return float64(m.HeapAlloc)
			}
			r := newRig(b, b.TempDir(), lamps(n))
			before := heap()
			again, err := New(b.Context(), Options{House: liveHouse{r.hub}, Memory: r.sealed, Listen: r.bridge.o.Listen})
			if err != nil {
				b.Fatal(err)
			}
			cost, whole := (heap()-before)/1024, rss(b)
			for b.Loop() {
				if err := again.rebuild(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(cost, "bridge-KiB")
			b.ReportMetric(whole, "process-RSS-MiB")
			runtime.KeepAlive(again)
		})
	}
}

func rss(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here")
	}
	for _, line := range strings.Split(string(text), "\n") {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
