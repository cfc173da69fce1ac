package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/plugins/sandbox"
)

// The test runs itself three times over: TestMain is the launcher, the prisoner that tries to escape, and, where the tests run
// as root, the ordinary user who keeps the prisoner.
func TestMain(m *testing.M) {
	sandbox.Init()
	switch os.Getenv("ROLE") {
	case "prisoner":
		prisoner()
		os.Exit(0)
	case "keeper":
		keeper()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const nobody = 65534

// attempts are what the prisoner tries: each says how far it came, "" when it was held.
var attempts = []struct {
	name string
	try  func() string
}{
	{"read the hub's data directory", func() string { return got(os.ReadFile(os.Getenv("HUB_SECRET"))) }},
	{"list the outer root", func() string {
		if _, err := os.Stat(filepath.Dir(os.Getenv("HUB_SECRET"))); err == nil {
			return "it is visible"
		}
		return ""
	}},
	{"dial TCP", func() string { return dialled("tcp", os.Getenv("OUTSIDE_TCP")) }},
	{"dial UDP", func() string { return dialled("udp", os.Getenv("OUTSIDE_UDP")) }},
	{"connect to an abstract Unix socket", func() string { return dialled("unix", os.Getenv("OUTSIDE_ABSTRACT")) }},
	{"connect to a Unix socket of the hub's user", func() string { return dialled("unix", os.Getenv("OUTSIDE_UNIX")) }},
	{"write to /tmp", func() string { return wrote("/tmp/escaped") }},
	{"write to its own program's folder", func() string { return wrote("/plugin/escaped") }},
	{"write to the root", func() string { return wrote("/escaped") }},
	{"signal the hub", func() string {
		pid, _ := strconv.Atoi(os.Getenv("HUB_PID"))
		if err := syscall.Kill(pid, 0); err == nil {
			return "it may be signalled"
		}
		if n, _ := filepath.Glob("/proc/[0-9]*"); len(n) > 1 {
			return fmt.Sprintf("%d processes are seen", len(n))
		}
		return ""
	}},
	{"mount", func() string {
		if err := syscall.Mount("tmpfs", "/data", "tmpfs", 0, ""); err == nil {
			return "mounted"
		}
		return ""
	}},
	{"make namespaces of its own", func() string {
		cmd := exec.Command("/bin/true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
		if err := cmd.Run(); err == nil {
			return "made"
		}
		return ""
	}},
	{"allocate 1 GB", func() string {
		b, err := syscall.Mmap(-1, 0, 1<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err == nil {
			return fmt.Sprintf("%d bytes", len(b))
		}
		return ""
	}},
	{"write a file of 100 MB", func() string {
		f, err := os.Create("/data/big")
		if err != nil {
			return err.Error()
		}
		defer os.Remove("/data/big")
		if n, err := io.CopyN(f, zeros{}, 100<<20); err == nil {
			return fmt.Sprintf("%d bytes", n)
		}
		return ""
	}},
	{"fork without end", func() string {
		var children []*exec.Cmd
		defer func() {
			for _, c := range children {
				_ = c.Process.Kill()
				_ = c.Wait()
			}
		}()
		for range 200 {
			c := exec.Command("/bin/sleep", "60")
			if err := c.Start(); err != nil {
				return ""
			}
			children = append(children, c)
		}
		return fmt.Sprintf("%d processes", len(children))
	}},
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func got(b []byte, err error) string {
	if err != nil {
		return ""
	}
	return string(b)
}

func wrote(path string) string {
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		return ""
	}
	return "written"
}

func dialled(network, address string) string {
	c, err := net.DialTimeout(network, address, 20*time.Second)
	if err != nil {
		return ""
	}
	defer c.Close()
	if _, err := c.Write([]byte("x")); err != nil {
		return ""
	}
	return "connected"
}

func prisoner() {
	for _, a := range attempts {
		fmt.Printf("%s=%s\n", a.name, a.try())
	}
	if err := os.WriteFile("/data/own", []byte("x"), 0o600); err != nil {
		fmt.Printf("write to its own data=%v\n", err)
	}
	if got := dialled("unix", "/net/granted.sock"); got == "" {
		fmt.Println("use the socket that it was given=refused")
	}
	fmt.Println("done=")
}

// keeper plays the hub: it has a data directory, sockets, and keeps the prisoner.
func keeper() {
	check := func(err error) {
		if err != nil {
			fmt.Println("keeper=" + err.Error())
			os.Exit(1)
		}
	}
	dir := os.Getenv("DIR")
	secret := filepath.Join(dir, "hub", "secret")
	check(os.MkdirAll(filepath.Dir(secret), 0o700))
	check(os.WriteFile(secret, []byte("the hub's secret"), 0o600))
	for _, d := range []string{"plugin", "data", "net", "root"} {
		check(os.MkdirAll(filepath.Join(dir, d), 0o700))
	}
	self, err := os.ReadFile("/proc/self/exe")
	check(err)
	check(os.WriteFile(filepath.Join(dir, "plugin", "prisoner"), self, 0o700))
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	abstract, err := net.Listen("unix", fmt.Sprintf("@concord-escape-%d", os.Getpid()))
	check(err)
	unix, err := net.Listen("unix", filepath.Join(dir, "hub", "s"))
	check(err)
	granted, err := net.Listen("unix", filepath.Join(dir, "net", "granted.sock"))
	check(err)
	env := []string{"ROLE=prisoner", "HUB_SECRET=" + secret, "HUB_PID=" + strconv.Itoa(os.Getpid()), "OUTSIDE_TCP=" + tcp.Addr().String(),
		"OUTSIDE_UDP=" + udp.LocalAddr().String(), "OUTSIDE_ABSTRACT=" + abstract.Addr().String(), "OUTSIDE_UNIX=" + unix.Addr().String()}
	go func() {
		for {
			c, err := granted.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			_ = c.Close()
		}
	}()
	launch := sandbox.Launch
	switch os.Getenv("KEPT") {
	case "in part":
		launch = sandbox.LaunchInPart
	case "not at all":
		free := exec.Command(filepath.Join(dir, "plugin", "prisoner"))
		free.Env, free.Stdout, free.Stderr = env, os.Stdout, os.Stderr
		check(free.Run())
		_ = os.Remove("/tmp/escaped")
		return
	}
	p, err := launch(sandbox.Spec{
		Command: func(p sandbox.Paths) ([]string, []string) { return []string{p.Plugin + "/prisoner"}, env },
		Plugin:  filepath.Join(dir, "plugin"), Data: filepath.Join(dir, "data"), Net: filepath.Join(dir, "net"), Root: filepath.Join(dir, "root"),
		Limits: sandbox.Limits{DataMiB: 256, Processes: 64, Files: 128, FileMiB: 16}, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	check(err)
	fmt.Printf("report=%s\n", p.Report)
	check(p.Wait())
	if _, err := os.Stat(secret); err != nil {
		fmt.Println("keeper=the secret is gone")
	}
}

func TestAPluginCannotLeaveItsSandbox(t *testing.T) {
	for _, user := range []struct {
		name string
		uid  int
	}{{"ordinary user", nobody}, {"the tests' own user", os.Getuid()}} {
		t.Run(user.name, func(t *testing.T) {
			if user.uid != os.Getuid() && os.Getuid() != 0 {
				t.Skip("only root can become another user")
			}
			out := keep(t, user.uid, "whole")
			if strings.Contains(out, "report=not confined: no namespaces") {
				t.Skip("this kernel gives an ordinary user no namespaces: " + out)
			}
			if !strings.Contains(out, "done=\n") {
				t.Fatalf("the prisoner did not end well:\n%s", out)
			}
			for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
				name, how, _ := strings.Cut(line, "=")
				switch {
				case name == "report" && user.uid == nobody && how != "confined":
					t.Errorf("the sandbox says: %s", how)
				case name == "report" || how == "":
				case name == "allocate 1 GB" && sandbox.Raced:
				case name == "fork without end" && user.uid == 0: // root has no limit on processes, and the report says so
				default:
					t.Errorf("%s: %s", name, how)
				}
			}
		})
	}
}

// Without namespaces Landlock and the limits still hold.
func TestWithoutNamespacesMostDoorsStayShut(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	out := keep(t, nobody, "in part")
	if strings.Contains(out, "no Landlock") {
		t.Skip(out)
	}
	for _, name := range []string{"read the hub's data directory", "dial TCP", "connect to an abstract Unix socket", "write to /tmp", "mount"} {
		if !strings.Contains(out, name+"=\n") {
			t.Errorf("%s: it was not held:\n%s", name, out)
		}
	}
}

// What the sandbox holds would be done without it: the attempts are real ones.
func TestWithoutASandboxTheAttemptsSucceed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	out := keep(t, nobody, "not at all")
	for _, name := range []string{"read the hub's data directory", "list the outer root", "dial TCP", "dial UDP", "connect to an abstract Unix socket",
		"connect to a Unix socket of the hub's user", "write to /tmp", "signal the hub", "allocate 1 GB", "fork without end"} {
		if strings.Contains(out, name+"=\n") || !strings.Contains(out, name+"=") {
			t.Errorf("%s: it did not succeed:\n%s", name, out)
		}
	}
}

// keep runs the keeper as a user and returns what was said.
func keep(t *testing.T, uid int, kept string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "concord-escape")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	keeper := filepath.Join(dir, "keeper")
	if err := os.WriteFile(keeper, self, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "own")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(keeper)
	cmd.Env = []string{"ROLE=keeper", "DIR=" + own, "KEPT=" + kept}
	if uid != os.Getuid() {
		if err := os.Chown(own, uid, uid); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}
