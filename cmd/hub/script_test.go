package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"aead.dev/minisign"
	"github.com/concord-home/hub/plugins/broken"
	"github.com/concord-home/hub/plugins/sandbox"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	sandbox.Init()
	broken.Init()
	testscript.Main(m, map[string]func(){"hub": main})
}

// TestScripts runs the hub and its command line as processes of their own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CONCORD_DATA", env.WorkDir+"/data")
			env.Setenv("LANG", "C.UTF-8")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"eventually": eventually, "exits": exits, "release": signRelease},
	})
}

// signRelease PROGRAM ARCHIVE KEY: makes a signed release of a program, and the file of the public key.
func signRelease(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: release PROGRAM ARCHIVE KEY")
	}
	program, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	public, private, err := minisign.GenerateKey(rand.Reader)
	ts.Check(err)
	m := minisign.NewReader(bytes.NewReader(program))
	_, err = io.Copy(io.Discard, m)
	ts.Check(err)
	signature := m.SignWithComments(private, "concord "+version()+" "+runtime.GOOS+"/"+runtime.GOARCH, "a release")
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is one there is
	w := tar.NewWriter(z)
	for name, text := range map[string][]byte{"hub": program, "hub.minisig": signature} {
		ts.Check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}))
		_, err := w.Write(text)
		ts.Check(err)
	}
	ts.Check(errors.Join(w.Close(), z.Close(), os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600), os.WriteFile(ts.MkAbs(args[2]), []byte(public.String()), 0o600)))
}

// patience is how long a script waits for what should happen soon.
const patience = 20 * time.Second

// eventually PATTERN PROGRAM ARG...: runs the program again and again until it succeeds and prints what matches.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN PROGRAM [ARG...]")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	deadline, tick := time.After(patience), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	for {
		if ts.Exec(args[1], args[2:]...) == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%v never printed %s:\n%s%s", args[1:], args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
		}
	}
}

// exits CODE PROGRAM ARG...: runs the program, which must end with the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v: exit code %d, want %d:\n%s%s", args[1:], got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}
