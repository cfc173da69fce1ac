//go:build !linux

package sandbox

import "os/exec"

// Init does nothing here.
func Init() {}

// Launch starts the program; nothing confines it on this system.
func Launch(s Spec) (*Process, error) {
	paths := Paths{Plugin: s.Plugin, Data: s.Data, Net: s.Net}
	argv, env := s.Command(paths)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Plugin, env, s.Stdin, s.Stdout, s.Stderr
	return &Process{Cmd: cmd, Paths: paths, Report: Report{Missing: []string{"confinement on this operating system"}}}, cmd.Start()
}

// Kill ends the program and what it started, as far as this system lets it.
func (p *Process) Kill() error { return p.Process.Kill() }

// Terminate asks it to end.
func (p *Process) Terminate() error { return p.Process.Kill() }

// Memory is how many bytes of memory the program uses; unknown here.
func (p *Process) Memory() (int64, bool) { return 0, false }
