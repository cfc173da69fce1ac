package realpeer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The tests of negative and 64-bit numbers, and the round trip, as a Raspberry Pi runs them: the stock library turned every
// negative write into 0 there.
func TestNumbersOnArm64(t *testing.T) {
	t.Parallel() // it mostly waits
	if os.Getenv("CI_PEERS") == "" {
		t.Skip("the real-peer suite runs with CI_PEERS=1: see scripts/peers.sh")
	}
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		t.Fatalf("a peer is missing: %v; run scripts/install-peers.sh", err)
	}
	bin := filepath.Join(t.TempDir(), "homekit.test")
	build := exec.Command("go", "test", "-c", "-o", bin, "../bridge/homekit")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	run := exec.Command(qemu, bin, "-test.run", "NegativeNumbers|NumbersThatAreNone|Statuses|OneHubShows", "-test.v", "-test.timeout", "120s")
	run.Dir = "../bridge/homekit"
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("on arm64: %v\n%s", err, tail(out, 4000))
	}
	t.Logf("%s", tail(out, 600))
}
