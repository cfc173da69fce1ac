// Package launch starts a plugin's process: its program or interpreter, in a sandbox, with pipes for the protocol and its
// log, and a broker for its network. The host and the conformance kit both start plugins so.
package launch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/plugins/broker"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/sandbox"
)

// Options say what to start, and where its things are.
type Options struct {
	Manifest *manifest.Manifest
	Folder   string // the plugin's files
	Data     string // its own folder, made where it is missing
	Run      string // a short path, below which its sockets are
	Broker   broker.Options
}

// Process is a plugin's process. Whoever starts it closes the pipes.
type Process struct {
	*sandbox.Process
	Stdin          *os.File
	Stdout, Stderr *os.File
	Broker         *broker.Broker
	dir            string
}

// nodeHeap is the part of a Node plugin's memory that its heap may have.
const nodeHeap = 0.6

// Start starts the process.
func Start(o Options) (p *Process, err error) {
	p = &Process{}
	if p.dir, err = os.MkdirTemp(o.Run, o.Manifest.Name); err != nil {
		return nil, err
	}
	var open []*os.File // to be closed when it goes wrong
	defer func() {
		if err != nil {
			for _, f := range open {
				_ = f.Close()
			}
			_ = os.RemoveAll(p.dir)
		}
	}()
	net, root := filepath.Join(p.dir, "n"), filepath.Join(p.dir, "r")
	for _, d := range []string{o.Data, net, root} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	entry, interpreter, err := o.Manifest.Entry(runtime.GOOS + "/" + runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	program, readOnly, err := interpret(interpreter)
	if err != nil {
		return nil, err
	}
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
			open = append(open, r, w)
		}
		return r, w
	}
	var stdin, stdout, stderr *os.File
	stdin, p.Stdin = pipe()
	p.Stdout, stdout = pipe()
	p.Stderr, stderr = pipe()
	if err != nil {
		return nil, err
	}
	limits := o.Manifest.Limits
	p.Process, err = sandbox.Launch(sandbox.Spec{
		Plugin: o.Folder, Data: o.Data, Net: net, Root: root, ReadOnly: readOnly, Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Limits: sandbox.Limits{DataMiB: max(4*limits.MemoryMiB, 256), Processes: limits.Processes, Files: limits.Files, FileMiB: limits.DiskMiB},
		Command: func(p sandbox.Paths) (argv, env []string) {
			argv = []string{filepath.Join(p.Plugin, entry)}
			switch interpreter {
			case "python3":
				argv = []string{program, "-u", "-B", filepath.Join(p.Plugin, entry)}
			case "node":
				argv = []string{program, fmt.Sprintf("--max-old-space-size=%d", int(nodeHeap*float64(limits.MemoryMiB))), filepath.Join(p.Plugin, entry)}
			}
			return append(argv, o.Manifest.Run.Args...), []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + p.Data, "TMPDIR=" + p.Data, "HUB_DATA=" + p.Data, "LANG=C.UTF-8", "HUB_PLUGIN=" + o.Manifest.Name}
		},
	})
	if err != nil {
		return nil, err
	}
	for _, f := range []*os.File{stdin, stdout, stderr} {
		_ = f.Close()
	}
	o.Broker.Dir, o.Broker.Inside = net, p.Paths.Net
	p.Broker = broker.New(o.Broker)
	return p, nil
}

// Clear closes the broker and removes the process's sockets, once it has ended.
func (p *Process) Clear() {
	p.Broker.Close()
	_ = os.RemoveAll(p.dir)
}

var (
	interpreters     = map[string][]string{}
	interpretersLock sync.Mutex
	// probes ask an interpreter where it and its library really are, one a line.
	probes = map[string][]string{
		"python3": {"-c", "import sys; print(sys.executable); print(sys.base_prefix); print(sys.prefix)"},
		"node":    {"-p", "process.execPath"},
	}
)

// interpret finds an interpreter and what of the system it needs beside the usual folders.
func interpret(name string) (program string, readOnly []string, err error) {
	if name == "" {
		return "", nil, nil
	}
	interpretersLock.Lock()
	defer interpretersLock.Unlock()
	where := interpreters[name]
	if where == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, name, probes[name]...).Output()
		if err != nil {
			return "", nil, fmt.Errorf("it needs %s, which does not run on this machine: %w", name, err)
		}
		where = strings.Fields(string(out))
		interpreters[name] = where
	}
	for _, w := range where {
		if !strings.HasPrefix(w, "/usr/") && w != "/usr" {
			readOnly = append(readOnly, w)
		}
	}
	slices.Reverse(readOnly) // a library's folder before the program in it
	return where[0], readOnly, nil
}
