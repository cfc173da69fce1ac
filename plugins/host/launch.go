package host

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
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sandbox"
)

// nodeHeap is the part of a Node plugin's memory that its heap may have.
const nodeHeap = 0.6

// launch starts the process in its sandbox, with its pipes and its broker.
func (r *process) launch(folder string) (err error) {
	h, name := r.plugin.host, r.plugin.name
	if r.dir, err = os.MkdirTemp(h.run, name); err != nil {
		return err
	}
	data := r.plugin.dataDir()
	netDir, root := filepath.Join(r.dir, "n"), filepath.Join(r.dir, "r")
	for _, d := range []string{data, netDir, root} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	entry, interpreter, err := r.manifest.Entry(runtime.GOOS + "/" + runtime.GOARCH)
	if err != nil {
		return err
	}
	program, readOnly, err := interpret(interpreter)
	if err != nil {
		return err
	}
	stdinR, stdinW, err := os.Pipe()
	if err != nil {
		return err
	}
	stdoutR, stdoutW, err := os.Pipe()
	if err != nil {
		return err
	}
	stderrR, stderrW, err := os.Pipe()
	if err != nil {
		return err
	}
	limits := r.manifest.Limits
	r.Process, err = sandbox.Launch(sandbox.Spec{
		Plugin: folder, Data: data, Net: netDir, Root: root, ReadOnly: readOnly, Stdin: stdinR, Stdout: stdoutW, Stderr: stderrW,
		Limits: sandbox.Limits{DataMiB: max(4*limits.MemoryMiB, 256), Processes: limits.Processes, Files: limits.Files, FileMiB: limits.DiskMiB},
		Command: func(p sandbox.Paths) (argv, env []string) {
			argv = []string{filepath.Join(p.Plugin, entry)}
			switch interpreter {
			case "python3":
				argv = []string{program, "-u", "-B", filepath.Join(p.Plugin, entry)}
			case "node":
				argv = []string{program, fmt.Sprintf("--max-old-space-size=%d", int(nodeHeap*float64(limits.MemoryMiB))), filepath.Join(p.Plugin, entry)}
			}
			return append(argv, r.manifest.Run.Args...), []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + p.Data, "TMPDIR=" + p.Data, "HUB_DATA=" + p.Data, "LANG=C.UTF-8", "HUB_PLUGIN=" + name}
		},
	})
	for _, f := range []*os.File{stdinR, stdoutW, stderrW} {
		_ = f.Close()
	}
	if err != nil {
		for _, f := range []*os.File{stdinW, stdoutR, stderrR} {
			_ = f.Close()
		}
		_ = os.RemoveAll(r.dir)
		return err
	}
	r.stdin = stdinW
	r.broker = broker.New(broker.Options{Dir: netDir, Inside: r.Paths.Net, Anywhere: h.o.Developer})
	r.conn = protocol.NewConn(stdoutR, stdinW, r.handle, protocol.ConnOptions{Admit: r.admit, Garbage: r.garbage})
	logged := make(chan struct{})
	go func() { defer close(logged); r.plugin.logs.follow(stderrR); _ = stderrR.Close() }()
	go func() {
		defer close(r.served)
		r.serveErr = r.conn.Serve(context.Background())
		_ = stdoutR.Close()
	}()
	go func() {
		defer close(r.exited)
		r.exitErr = r.Wait()
		select { // children may hold the pipes open
		case <-logged:
		case <-time.After(time.Second):
			_ = stderrR.Close()
		}
	}()
	return nil
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
