package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/concord-home/hub/mqtt"
)

// system is a running system under test.
type system struct {
	addr  string
	cmd   *exec.Cmd
	ready time.Duration
}

func (s *system) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

func freeAddr() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:18999"
	}
	defer l.Close()
	return l.Addr().String()
}

// floor starts the bare mochi broker that answers within itself.
func (b *bench) floor() (*system, error) {
	addr := freeAddr()
	return launch(addr, addr, exec.Command(b.perfload, "mochi", "-listen", addr, "-echo"))
}

// house starts the hub with n motion sensors, n lamps and two scenes for each pair.
func (b *bench) house(n int, data string) (*system, error) {
	addr, web := freeAddr(), freeAddr()
	return launch(addr, web, exec.Command(b.hub, "run", "--demo", "--load", strconv.Itoa(n), "--data", data, "--http", web, "--mqtt", addr))
}

// launch starts a system and waits until it listens at ready.
func launch(addr, ready string, cmd *exec.Cmd) (*system, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < 30*time.Second {
		if c, err := net.DialTimeout("tcp", ready, time.Second); err == nil {
			_ = c.Close()
			return &system{addr: addr, cmd: cmd, ready: time.Since(began)}, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	return nil, fmt.Errorf("%v does not listen at %s", cmd.Args, ready)
}

func (b *bench) load(s *system, mode string, devices int, args ...string) (result, error) {
	args = append([]string{mode, "-broker", s.addr, "-in", "zigbee2mqtt/motion_%d", "-out", "zigbee2mqtt/light_%d/set",
		"-devices", strconv.Itoa(devices), "-pid", strconv.Itoa(s.cmd.Process.Pid)}, args...)
	cmd := exec.Command(b.perfload, args...)
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("perfload %v: %w", args, err)
	}
	var r result
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return r, json.Unmarshal([]byte(lines[len(lines)-1]), &r)
}

// settled waits until the hub has taken its devices and scenes in and is quiet.
func settled(s *system) {
	last, quiet := cpu(s), 0
	for quiet < 8 {
		time.Sleep(500 * time.Millisecond)
		now := cpu(s)
		if quiet++; now-last > 2 {
			quiet = 0
		}
		last = now
	}
}

// cpu is the process's CPU time in clock ticks.
func cpu(s *system) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return user + system
}

// reset gives every motion sensor the state from which perfload begins: a hub acts on changes only.
func reset(s *system, devices int) error {
	c, err := mqtt.NewClient(mqtt.ClientOptions{URL: "mqtt://" + s.addr})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	up := make(chan struct{})
	var once sync.Once
	c.OnState(func(connected bool, _ string) {
		if connected {
			once.Do(func() { close(up) })
		}
	})
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	select {
	case <-up:
	case <-ctx.Done():
		return fmt.Errorf("%s does not take a client: %w", s.addr, ctx.Err())
	}
	for k := 1; k <= devices && err == nil; k++ {
		err = c.Publish(fmt.Sprintf("zigbee2mqtt/motion_%d", k), []byte(`{"occupancy":false}`), false, 1)
	}
	settled(s)
	cancel()
	return errors.Join(err, <-done)
}

// memory is a row of the process's status, in MiB.
func memory(s *system, row string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) > 1 && f[0] == row {
			kib, _ := strconv.ParseFloat(f[1], 64)
			return kib / 1024
		}
	}
	return 0
}
