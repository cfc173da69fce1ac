package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// launcher is the name under which this executable is started to become the program.
const launcher = "concord-plugin-launcher"

// order is what the launcher is told, on file descriptor 3; it answers with an outcome on 4.
type order struct {
	Argv, Env []string
	Namespace bool
	Spec      struct{ Plugin, Data, Net, Root string }
	ReadOnly  []string
	Limits    Limits
}

type outcome struct {
	Report
	Error string `json:"error,omitempty"`
}

// Launch starts the program, as confined as the kernel allows.
func Launch(s Spec) (*Process, error) {
	p, refusal := launch(s, true)
	if refusal == nil {
		return p, nil
	}
	p, err := launch(s, false)
	if err != nil {
		return nil, err
	}
	p.Report.Confined = false
	p.Report.Missing = append([]string{"namespaces (" + refusal.Error() + "), so it may see other processes and use the network by UDP"}, p.Report.Missing...)
	return p, nil
}

func launch(s Spec, namespace bool) (*Process, error) {
	self, err := own()
	if err != nil {
		return nil, err
	}
	p := &Process{Cmd: exec.Command(self), Paths: Paths{Plugin: s.Plugin, Data: s.Data, Net: s.Net}}
	if namespace {
		p.Paths = inside
	}
	o := order{Namespace: namespace, ReadOnly: s.ReadOnly, Limits: s.Limits}
	o.Spec.Plugin, o.Spec.Data, o.Spec.Net, o.Spec.Root = s.Plugin, s.Data, s.Net, s.Root
	o.Argv, o.Env = s.Command(p.Paths)
	told, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	p.Args, p.Env = []string{launcher}, []string{}
	p.Stdin, p.Stdout, p.Stderr = s.Stdin, s.Stdout, s.Stderr
	p.SysProcAttr = attributes(namespace)
	orderR, orderW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outR.Close()
	p.ExtraFiles = []*os.File{orderR, outW}
	err = p.Start()
	_, _ = orderR.Close(), outW.Close()
	if err != nil {
		_ = orderW.Close()
		return nil, err
	}
	go func() { _, _ = orderW.Write(told); _ = orderW.Close() }()
	b, _ := io.ReadAll(outR) // ends when the launcher has become the program, or itself
	var out outcome
	if err := json.Unmarshal(b, &out); err != nil || out.Error != "" {
		_ = p.Process.Kill()
		_ = p.Wait()
		if out.Error == "" {
			out.Error = "the launcher ended before its time"
		}
		return nil, errors.New(out.Error)
	}
	p.Report = out.Report
	return p, nil
}

func attributes(namespace bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if namespace {
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// Kill ends the program and all that it started.
func (p *Process) Kill() error { return syscall.Kill(-p.Process.Pid, syscall.SIGKILL) }

// Terminate asks it to end. A program that handles no SIGTERM ignores it where it has processes of its own: Kill then.
func (p *Process) Terminate() error { return syscall.Kill(-p.Process.Pid, syscall.SIGTERM) }

// Memory is how many bytes of memory the program and what it started use.
func (p *Process) Memory() (int64, bool) { return memory(p.Process.Pid, 0) }

func memory(pid, depth int) (int64, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) < 2 || depth > 8 {
		return 0, false
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	sum := pages * int64(os.Getpagesize())
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		b, _ := os.ReadFile(t)
		for _, f := range bytes.Fields(b) {
			if child, err := strconv.Atoi(string(f)); err == nil {
				more, _ := memory(child, depth+1)
				sum += more
			}
		}
	}
	return sum, true
}
