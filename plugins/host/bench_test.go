package host_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/launch"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

// echo answers each line with itself: the floor of what a process can do.
func echo() {
	w := bufio.NewWriter(os.Stdout)
	r := bufio.NewReader(os.Stdin)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return
		}
		_, _ = w.Write(line)
		if r.Buffered() == 0 {
			_ = w.Flush()
		}
	}
}

// rounds measures n round trips, one after the other.
func rounds(b *testing.B, n int, trip func() error) []time.Duration {
	b.Helper()
	took := make([]time.Duration, n)
	for i := range n {
		began := time.Now()
		if err := trip(); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took
}

// at64 measures the throughput with 64 round trips under way.
func at64(b *testing.B, n int, trip func() error) float64 {
	b.Helper()
	began := time.Now()
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for range n / 64 {
				if trip() != nil {
					b.Error("a round trip failed")
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(began).Seconds()
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// BenchmarkRoundTrip compares a command's way through the protocol to a confined plugin and back with a bare pipe to a
// process that echoes, and with the whole host (queues, limits, checks).
func BenchmarkRoundTrip(b *testing.B) {
	const n = 20_000
	line, err := protocol.Encode(protocol.Message{ID: []byte("1"), Method: protocol.MethodCommand, Params: []byte(`{"device":"7","endpoint":"main","writes":[{"attribute":"on_off.on","value":true}],"deadlineMS":2000,"key":"c0123456789abcdef"}`)})
	if err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	child := exec.Command(self, "plugin=echo")
	in, err1 := child.StdinPipe()
	out, err2 := child.StdoutPipe()
	if err1 != nil || err2 != nil || child.Start() != nil {
		b.Fatal("no echo")
	}
	back := bufio.NewReader(out)
	pipe := rounds(b, n, func() error {
		if _, err := in.Write(line); err != nil {
			return err
		}
		_, err := back.ReadSlice('\n')
		return err
	})
	began := time.Now() // with 64 lines under way
	go func() {
		for range n {
			if _, err := in.Write(line); err != nil {
				return
			}
		}
	}()
	for range n {
		if _, err := back.ReadSlice('\n'); err != nil {
			b.Fatal(err)
		}
	}
	pipeRate := float64(n) / time.Since(began).Seconds()
	_ = in.Close()
	_ = child.Wait()

	conn, memory, end := confined(b)
	command := protocol.Command{Device: "7", Endpoint: "main", Writes: on, DeadlineMS: 2000, Key: "c0123456789abcdef"}
	trip := func() error { return conn.Call(context.Background(), protocol.MethodCommand, command, nil) }
	_ = rounds(b, 1000, trip)
	wire := rounds(b, n, trip)
	rate := at64(b, n, trip)
	rss := memory()
	end()

	f := bench(b)
	through := make([]time.Duration, 150) // fewer than the limit of messages a second
	for i := range through {
		f.house.forget()
		began := time.Now()
		f.Execute(switchOn("c1", patience))
		f.house.await(b, "outcome c1 acked")
		through[i] = time.Since(began)
	}
	slices.Sort(through)
	for b.Loop() { // what is measured is above
	}
	b.ReportMetric(us(pipe[n/2]), "us-p50-pipe")
	b.ReportMetric(us(pipe[n*99/100]), "us-p99-pipe")
	b.ReportMetric(us(wire[n/2]), "us-p50-plugin")
	b.ReportMetric(us(wire[n*99/100]), "us-p99-plugin")
	b.ReportMetric(us(through[len(through)/2]), "us-p50-host")
	b.ReportMetric(us(through[len(through)*99/100]), "us-p99-host")
	b.ReportMetric(float64(wire[n/2])/float64(pipe[n/2]), "ratio-p50")
	b.ReportMetric(float64(wire[n*99/100])/float64(pipe[n*99/100]), "ratio-p99")
	b.ReportMetric(pipeRate, "per-s-pipe")
	b.ReportMetric(rate, "per-s-plugin")
	b.ReportMetric(rss, "MiB-plugin")
}

// confined starts the tests' plugin as the host would, without the host.
func confined(b *testing.B) (conn *protocol.Conn, memory func() float64, end func()) {
	b.Helper()
	dir := folder(b, "quiet", "1.0.0")
	m, err := manifest.Load(os.DirFS(dir))
	if err != nil {
		b.Fatal(err)
	}
	run, err := os.MkdirTemp("", "bench")
	if err != nil {
		b.Fatal(err)
	}
	p, err := launch.Start(launch.Options{Manifest: m, Folder: dir, Data: filepath.Join(run, "data"), Run: run})
	if err != nil {
		b.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, p.Stderr) }()
	conn = protocol.NewConn(p.Stdout, p.Stdin, func(context.Context, *protocol.Incoming) {}, protocol.ConnOptions{})
	go func() { _ = conn.Serve(context.Background()) }()
	if err := conn.Call(b.Context(), protocol.MethodInitialize, protocol.Initialize{Protocol: protocol.Versions{Min: 1, Max: 1}, Config: []byte("{}")}, nil); err != nil {
		b.Fatal(err)
	}
	return conn, func() float64 {
			used, _ := p.Memory()
			return float64(used) / (1 << 20)
		}, func() {
			_ = p.Kill()
			_ = p.Wait()
			_ = p.Stdin.Close()
			p.Clear()
			_ = os.RemoveAll(run)
		}
}

// bench is a host with the tests' plugin.
func bench(b *testing.B) *fixture {
	b.Helper()
	f := run(b, newMemory(), b.TempDir())
	if _, err := f.Develop(b.Context(), folder(b, "quiet", "1.0.0")); err != nil {
		b.Fatal(err)
	}
	f.until(b, "running", func(s host.Status) bool { return s.State == host.Running && s.Devices == 1 })
	return f
}
