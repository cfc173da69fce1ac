package mqtt

import (
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// The work of both benchmarks: a device publishes 20 bytes to motion/1 at qos 0; the hub's
// handler answers with 12 bytes to light/1/set; the device, subscribed to that, reads the
// answer. The floor is mochi without hooks other than "allow all", answering in an inline
// subscription.

var (
	benchState  = publish("motion/1", `{"occupancy": true} `, false)
	benchAnswer = []byte(`{"on": true}`)
)

func floorDevice(b *testing.B) *wire {
	s := mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range []error{
		s.AddHook(new(auth.AllowHook), nil),
		s.AddListener(listeners.NewNet("l", ln)),
		s.Subscribe("motion/+", 1, func(*mochi.Client, packets.Subscription, packets.Packet) {
			_ = s.Publish("light/1/set", benchAnswer, false, 0)
		}),
		s.Serve(),
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() { s.Close() })
	return benchDevice(b, ln.Addr())
}

func hardenedDevice(b *testing.B) *wire {
	br := startBroker(b, BrokerOptions{
		Users: users(map[string]string{"dev": "p"}),
		Allow: func(_, topic string, _ bool) bool { return topic != "" },
	})
	if _, err := br.Subscribe("motion/+", func(Message) { _ = br.Publish("light/1/set", benchAnswer, false, 0) }); err != nil {
		b.Fatal(err)
	}
	return benchDevice(b, br.Addr())
}

func benchDevice(b *testing.B, addr net.Addr) *wire {
	w := login(b, addr, connect{id: "dev", user: "dev", password: "p"})
	_ = w.SetDeadline(time.Time{})
	w.send(subscribe("light/1/set", 0))
	w.want(9)
	return w
}

// BenchmarkAnswer takes turns between the floor and the Broker, one round trip each.
func BenchmarkAnswer(b *testing.B) {
	devices := []*wire{floorDevice(b), hardenedDevice(b)}
	took := make([][]time.Duration, len(devices))
	for b.Loop() {
		for i, w := range devices {
			start := time.Now()
			w.send(benchState)
			w.want(3)
			took[i] = append(took[i], time.Since(start))
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	at := func(i int, q float64) float64 { return float64(took[i][int(q*float64(len(took[i])-1))]) }
	b.ReportMetric(at(0, 0.5)/1e3, "floor-p50-us")
	b.ReportMetric(at(1, 0.5)/1e3, "p50-us")
	b.ReportMetric(at(1, 0.5)/at(0, 0.5), "p50-ratio")
	b.ReportMetric(at(1, 0.99)/at(0, 0.99), "p99-ratio")
}

// BenchmarkAnswerFlood keeps 1,000 messages under way, in turns of 1,000.
func BenchmarkAnswerFlood(b *testing.B) {
	const window = 1000
	flood := make([]byte, 0, window*len(benchState))
	for range window {
		flood = append(flood, benchState...)
	}
	devices := []*wire{floorDevice(b), hardenedDevice(b)}
	took := make([]time.Duration, len(devices))
	n := 0
	for b.Loop() {
		n += window
		for i, w := range devices {
			start := time.Now()
			go w.send(flood)
			for range window {
				w.want(3)
			}
			took[i] += time.Since(start)
		}
	}
	rate := func(i int) float64 { return float64(n) / took[i].Seconds() }
	b.ReportMetric(rate(0), "floor-msg/s")
	b.ReportMetric(rate(1), "msg/s")
	b.ReportMetric(rate(1)/rate(0), "rate-ratio")
}
