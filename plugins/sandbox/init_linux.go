package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Init becomes the program when this process was started by Launch, and otherwise does nothing.
func Init() {
	if len(os.Args) != 1 || os.Args[0] != launcher {
		return
	}
	runtime.LockOSThread() // what is given up is given up by this thread, which becomes the program
	in, out := os.NewFile(3, "order"), os.NewFile(4, "outcome")
	syscall.CloseOnExec(3)
	syscall.CloseOnExec(4)
	var o order
	var done outcome
	err := json.NewDecoder(in).Decode(&o)
	if err == nil {
		done.Report, err = confine(&o)
	}
	if err != nil {
		done.Error = err.Error()
	}
	_ = json.NewEncoder(out).Encode(done)
	if err == nil {
		err = run(&o)
		fmt.Fprintf(os.Stderr, "%s cannot be started: %v\n", o.Argv[0], err)
	}
	os.Exit(127)
}

// confine closes one door after the other. An error means that the program must not be started like this.
func confine(o *order) (Report, error) {
	r := Report{Confined: true}
	lacks := func(what string) { r.Confined = false; r.Missing = append(r.Missing, what) }
	writable, folder := []string{o.Spec.Data, o.Spec.Net}, o.Spec.Plugin
	readable := append([]string{o.Spec.Plugin, "/proc", "/dev"}, append(system, o.ReadOnly...)...)
	if o.Namespace {
		if err := newRoot(o); err != nil {
			return r, err
		}
		writable, readable, folder = []string{inside.Data, "/dev"}, []string{"/"}, inside.Plugin
		if os.Geteuid() == 0 && !mappedUser() {
			lacks("limit on processes, since the hub runs as root")
		}
	}
	if err := os.Chdir(folder); err != nil {
		return r, err
	}
	if err := limit(o.Limits); err != nil {
		return r, err
	}
	for c := range uintptr(64) {
		if unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) == unix.EINVAL {
			break // beyond the last; as an ordinary user there is nothing to drop
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return r, fmt.Errorf("no_new_privs: %w", err)
	}
	abi, err := landlock(readable, writable)
	if r.Landlock = abi; err != nil {
		lacks("Landlock (" + err.Error() + ")")
	}
	if !o.Namespace && abi < 4 {
		lacks("limit on the network")
	}
	return r, nil
}

// mappedUser reports whether root in here is an ordinary user outside.
func mappedUser() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	f := strings.Fields(string(b))
	return err == nil && len(f) == 3 && f[1] != "0"
}

// system are the folders that programs of a system are made of; no configuration, no home, no sockets.
var system = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/ssl/certs", "/etc/ssl/openssl.cnf"}

var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// newRoot makes a root that holds the system read-only, the program's folders and nothing else.
func newRoot(o *order) error {
	root := o.Spec.Root
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("a mount namespace: %w", err)
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=256k,mode=755"); err != nil {
		return fmt.Errorf("a root of its own: %w", err)
	}
	for _, f := range append(append([]string{}, system...), o.ReadOnly...) {
		if err := show(root, f, f, true); err != nil {
			return err
		}
	}
	for _, f := range devices {
		if err := show(root, f, f, false); err != nil {
			return err
		}
	}
	for _, b := range []struct {
		from, to string
		readOnly bool
	}{{o.Spec.Plugin, inside.Plugin, true}, {o.Spec.Data, inside.Data, false}, {o.Spec.Net, inside.Net, false}} {
		if err := show(root, b.from, b.to, b.readOnly); err != nil {
			return err
		}
	}
	proc := filepath.Join(root, "proc")
	if err := os.Mkdir(proc, 0o555); err != nil {
		return err
	}
	if unix.Mount("proc", proc, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "") == nil { // refused where the outer one is masked; programs can do without
		_ = os.WriteFile(filepath.Join(proc, "sys/user/max_user_namespaces"), []byte("0"), 0)
	}
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("the old root: %w", err)
	}
	return unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV})
}

// show makes a file or folder of the outer system visible below the new root; what is not there is passed over.
func show(root, from, to string, readOnly bool) error {
	info, err := os.Lstat(from)
	if err != nil {
		return nil
	}
	target := filepath.Join(root, to)
	if _, err := os.Lstat(target); err == nil {
		return nil // within what is visible already
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		link, err := os.Readlink(from)
		if err == nil {
			err = os.Symlink(link, target)
		}
		return err
	}
	if info.IsDir() {
		err = os.Mkdir(target, 0o755)
	} else {
		err = os.WriteFile(target, nil, 0o644)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(from, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("%s is not made visible: %w", from, err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if readOnly {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, &attr); err != nil {
		return fmt.Errorf("%s is not made read-only: %w", from, err)
	}
	return nil
}

func limit(l Limits) error {
	for _, x := range []struct {
		name     string
		resource int
		value    uint64
	}{
		{"core", unix.RLIMIT_CORE, 1}, {"data", unix.RLIMIT_DATA, uint64(l.DataMiB) << 20}, {"file size", unix.RLIMIT_FSIZE, uint64(l.FileMiB) << 20},
		{"files", unix.RLIMIT_NOFILE, uint64(l.Files)}, {"processes", unix.RLIMIT_NPROC, uint64(l.Processes)},
	} {
		if x.value == 0 || Raced && x.resource == unix.RLIMIT_DATA {
			continue
		}
		if x.resource == unix.RLIMIT_CORE {
			x.value = 0
		}
		if err := syscall.Setrlimit(x.resource, &syscall.Rlimit{Cur: x.value, Max: x.value}); err != nil {
			return fmt.Errorf("the limit of %s: %w", x.name, err)
		}
	}
	return nil
}

// The rights that Landlock knows, by its version.
const (
	landlockRead = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	landlockAll  = 1<<13 - 1
	landlockFile = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
)

// landlock lets this thread, and the program that it becomes, read and execute below some folders and write below others,
// use no TCP, and signal and reach nobody outside. It returns the kernel's version, 0 when it has none.
func landlock(readable, writable []string) (int, error) {
	version, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0, e
	}
	abi := int(version)
	attr := unix.LandlockRulesetAttr{Handled_access_fs: landlockAll}
	if abi >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if e != 0 {
		return abi, e
	}
	defer unix.Close(int(fd))
	for _, f := range readable {
		if err := allow(int(fd), f, landlockRead&attr.Handled_access_fs); err != nil {
			return abi, err
		}
	}
	for _, f := range writable {
		if err := allow(int(fd), f, attr.Handled_access_fs); err != nil {
			return abi, err
		}
	}
	if _, _, e := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); e != 0 {
		return abi, e
	}
	return abi, nil
}

func allow(ruleset int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // not there: nothing to allow
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= landlockFile
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	if _, _, e := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); e != 0 {
		return fmt.Errorf("%s: %w", path, e)
	}
	return nil
}

// stillWritten is how long a program that was just written is waited for.
const stillWritten = 10 * time.Second

// run becomes the plugin. A program that was just installed may still be open for writing in a process that another part of
// the hub is about to start, and cannot run until that one has become what it is to be.
func run(o *order) error {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Exec(o.Argv[0], o.Argv, o.Env)
		if !errors.Is(err, syscall.ETXTBSY) || time.Since(began) > stillWritten {
			return err
		}
	}
}
