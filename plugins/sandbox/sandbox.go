// Package sandbox starts a program that can reach nothing but what it is given: on Linux, without root, in
// namespaces of its own (user, mount, network, process, IPC), with resource limits, no_new_privs, no capabilities and
// Landlock rules. What the kernel refuses is left out and named in the [Report]; elsewhere than on Linux nothing is confined.
//
// Use: the program that calls [Launch] must call [Init] first thing in main (and in TestMain): Launch starts the
// same executable again as the launcher, which closes the doors behind itself and then becomes the program.
package sandbox

import (
	"io"
	"os"
	"os/exec"
	"strings"
)

// Spec is what to start and what it may have.
type Spec struct {
	// Command makes the command line and environment; where the folders are depends on how far confinement goes.
	Command func(p Paths) (argv, env []string)
	// Plugin is the program's own folder, read-only; Data its writable one; Net holds its sockets.
	Plugin, Data, Net string
	// Root is an empty folder, on which the new root is mounted.
	Root string
	// ReadOnly are further folders and files that the program needs: an interpreter's.
	ReadOnly []string
	Limits   Limits

	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Limits are resource limits of the program; 0 is none.
type Limits struct {
	DataMiB   int `json:"data"` // of private memory a process: RLIMIT_DATA
	Processes int `json:"processes"`
	Files     int `json:"files"`
	FileMiB   int `json:"file"` // the longest file
}

// Paths are the folders as the program sees them.
type Paths struct{ Plugin, Data, Net string }

// Report says how far the program is confined.
type Report struct {
	Confined bool     `json:"confined"` // nothing is missing that this package knows to do
	Missing  []string `json:"missing,omitempty"`
	Landlock int      `json:"landlock"` // the kernel's ABI; 0 without
}

// String is the report in words: "confined", or "not confined: " and what is missing.
func (r Report) String() string {
	if r.Confined {
		return "confined"
	}
	return "not confined: no " + strings.Join(r.Missing, ", no ")
}

// Process is a program that was started.
type Process struct {
	*exec.Cmd
	Paths  Paths
	Report Report
}

// Own is where the kernel keeps the running executable.
func own() (string, error) {
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// inside are the folders of a program with a root of its own.
var inside = Paths{Plugin: "/plugin", Data: "/data", Net: "/net"}
