// Command bench measures the hub's own binary against the budgets, with the outside yardstick
// perfload and, in the same run, the floor: a bare mochi broker that answers inside itself.
// It is what `make bench` runs after the Go benchmarks:
//
//	go run ./bench -rigs ../shared/rigs -runs 3
//
// Each row prints the hub, the floor or the peer's figure, and their ratio; latencies are the
// median of the runs. The machine's load average stands above the table, for a noisy machine lies.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// result is what perfload prints of a run.
type result struct {
	SentRate   float64 `json:"sent_rate"`
	TargetRate float64 `json:"target_rate"`
	Sent       int64   `json:"sent"`
	Lost       int64   `json:"lost"`
	FromSend   struct {
		P50, P99 float64
	} `json:"latency_us"`
	FromSched struct {
		P99 float64
	} `json:"latency_sched_us"`
	UsPerMsg float64 `json:"sut_cpu_us_per_msg"`
	RSSKiB   int64   `json:"sut_rss_kib"`
}

type bench struct {
	dir, hub, perfload string
	runs               int
	dur                time.Duration
}

func main() {
	rigs := flag.String("rigs", "../shared/rigs", "folder of the rigs that hold perf/")
	runs := flag.Int("runs", 3, "runs of each latency measurement; the median counts")
	dur := flag.Duration("dur", 10*time.Second, "length of a run")
	flag.Parse()
	if err := run(*rigs, *runs, *dur); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rigs string, runs int, dur time.Duration) error {
	dir, err := os.MkdirTemp("", "hubbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, hub: filepath.Join(dir, "hub"), perfload: filepath.Join(dir, "perfload"), runs: runs, dur: dur}
	if err := build(".", "./cmd/hub", b.hub); err != nil {
		return err
	}
	if err := build(filepath.Join(rigs, "perf"), ".", b.perfload); err != nil {
		return err
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("load average %s\n\n", strings.TrimSpace(string(load)))
	for _, step := range []func() error{b.latency, b.throughput, b.scaling, b.starts} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func build(dir, pkg, out string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	if b, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, b)
	}
	return nil
}

func median(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }

// pairs of a motion sensor and a lamp make the house of the budgets: 1,000 devices and 1,000 scenes.
const pairs = 500

// latency: state message in, scene, command out, at 100 messages a second with 1,000 devices.
func (b *bench) latency() error {
	floor, err := b.floor()
	if err != nil {
		return err
	}
	defer floor.stop()
	hub, err := b.house(pairs, filepath.Join(b.dir, "latency"))
	if err != nil {
		return err
	}
	defer hub.stop()
	settled(hub)
	var f50, f99, h50, h99 []float64
	for range b.runs {
		for _, x := range []struct {
			s        *system
			p50, p99 *[]float64
		}{{floor, &f50, &f99}, {hub, &h50, &h99}} {
			if err := reset(x.s, pairs); err != nil {
				return err
			}
			r, err := b.load(x.s, "e2e", pairs, "-warm", "0s", "-rate", "100", "-dur", b.dur.String())
			if err != nil {
				return err
			}
			if r.Lost > 0 {
				fmt.Printf("lost %d of %d\n", r.Lost, r.Sent)
			}
			*x.p50, *x.p99 = append(*x.p50, r.FromSend.P50/1000), append(*x.p99, r.FromSend.P99/1000)
		}
	}
	fmt.Println("state in -> scene -> command out, 1,000 devices, 100 msg/s (ms)      hub    floor  ratio  budget")
	row := func(what string, h, f []float64, budget string) {
		x, y := median(h), median(f)
		fmt.Printf("  %-62s %7.2f %7.2f %6.2f  %s\n", what, x, y, x/y, budget)
	}
	row("p50", h50, f50, "<= 0.5 ms")
	row("p99", h99, f99, "ratio <= 1.5")
	return nil
}

// throughput: the highest rate with nothing lost and p99 within 250 ms of the schedule, history and log on.
func (b *bench) throughput() error {
	var best [2]float64
	for i, start := range []func() (*system, error){b.floor, func() (*system, error) { return b.house(pairs, filepath.Join(b.dir, "ramp")) }} {
		s, err := start()
		if err != nil {
			return err
		}
		settled(s)
		best[i], err = b.ramp(s, pairs)
		s.stop()
		if err != nil {
			return err
		}
	}
	fmt.Printf("sustained, 1,000 devices, 1,000 scenes, history on (msg/s)          %8.0f %8.0f %5.2f  >= 20,000\n", best[1], best[0], best[1]/best[0])
	return nil
}

// ramp doubles the rate until a step fails, then bisects three times.
func (b *bench) ramp(s *system, devices int) (float64, error) {
	good, bad := 0.0, 0.0
	for rate, left := 4000.0, 3; left > 0; {
		ok, err := b.sustains(s, devices, rate)
		if err != nil {
			return good, err
		}
		if ok {
			good = rate
		} else {
			bad = rate
		}
		if bad == 0 {
			rate *= 2
			continue
		}
		rate = (good + bad) / 2
		left--
	}
	return good, nil
}

func (b *bench) sustains(s *system, devices int, rate float64) (bool, error) {
	if err := reset(s, devices); err != nil {
		return false, err
	}
	r, err := b.load(s, "e2e", devices, "-warm", "0s", "-dur", "5s", "-rate", fmt.Sprint(rate))
	return r.Lost == 0 && r.SentRate > 0.98*rate && r.FromSched.P99 < 250_000, err
}

// scaling: memory and CPU a message with more devices.
func (b *bench) scaling() error {
	fmt.Println("pairs      RSS idle MiB   without the program's own file   CPU us/msg at 1,000/s   budget RSS")
	var cpuAt []float64
	for _, x := range []struct {
		pairs  int
		budget string
	}{{10, ""}, {50, "<= 40 (100 devices)"}, {500, "<= 80 (1,000 devices)"}, {5000, "<= 400 (10,000 devices)"}} {
		s, err := b.house(x.pairs, filepath.Join(b.dir, fmt.Sprint("scale", x.pairs)))
		if err != nil {
			return err
		}
		settled(s)
		idle, own := memory(s, "VmRSS:"), memory(s, "RssAnon:")
		if err := reset(s, x.pairs); err != nil {
			return err
		}
		r, err := b.load(s, "e2e", x.pairs, "-warm", "0s", "-rate", "1000", "-dur", b.dur.String())
		s.stop()
		if err != nil {
			return err
		}
		cpuAt = append(cpuAt, r.UsPerMsg)
		fmt.Printf("%-10d %12.0f %32.0f %23.0f   %s\n", x.pairs, idle, own, r.UsPerMsg, x.budget)
	}
	fmt.Printf("CPU a message, 10,000 devices over 20: ratio %.2f, budget <= 1.5\n", cpuAt[3]/cpuAt[0])
	return nil
}

// starts: from the start of the process to the API's open door, with a house of 1,000 devices remembered.
func (b *bench) starts() error {
	data := filepath.Join(b.dir, "start")
	s, err := b.house(500, data)
	if err != nil {
		return err
	}
	settled(s)
	s.stop()
	var ready []float64
	for range max(b.runs, 3) {
		if s, err = b.house(500, data); err != nil {
			return err
		}
		ready = append(ready, float64(s.ready.Milliseconds()))
		settled(s)
		s.stop()
	}
	fmt.Printf("ready after start, 1,000 devices remembered: %.0f ms, budget <= 300 ms\n", median(ready))
	return nil
}
