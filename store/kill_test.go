package store

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

var kills = flag.Int("store.kills", 30, "how often the kill test kills its child")

// childEnv makes the test binary the child of the kill test: the store to write.
const childEnv = "STORE_KILL_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeForEver(dir))
		os.Exit(1)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// writeForEver appends, records, puts and saves, and prints a fact's number once
// Sync or Put has said that it is durable.
func writeForEver(dir string) error {
	s, err := Open(dir, Options{FlushEvery: 5 * time.Millisecond, LogBytes: 1 << 20, HistoryBytes: 1 << 20})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for i := int(s.LastSeq()) + 1; ; i++ {
		s.Append(fact(i))
		for j := range 40 {
			s.Record(Sample{Series: fmt.Sprint(j % 4), At: t0.Add(time.Duration(i*40+j) * time.Second), Num: float64(i)})
		}
		switch {
		case i%50 == 0:
			err = s.SaveSnapshot(ctx, uint64(i), fmt.Append(nil, i))
		case i%7 == 0:
			err = s.Put(ctx, "kill", "seq", fmt.Append(nil, i))
		case i%3 == 0:
			err = s.Sync(ctx)
		default:
			continue
		}
		if err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func TestKillLosesNothingThatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acked := 0
	for i := range *kills {
		acked = max(acked, killOnce(t, dir))
		verifyAfterKill(t, dir, acked)
		if t.Failed() {
			t.Fatalf("after kill %d", i+1)
		}
	}
	t.Logf("%d kills, %d facts, none that was acknowledged is lost", *kills, acked)
}

// killOnce runs the child, kills it 30 to 150 ms after its first acknowledgement
// and returns the last number it acknowledged.
func killOnce(t *testing.T, dir string) (last int) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for first := true; lines.Scan(); first = false {
		if first {
			defer time.AfterFunc(time.Duration(30+rand.IntN(120))*time.Millisecond, func() { cmd.Process.Kill() }).Stop()
		}
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			last = n
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return last
}

// verifyAfterKill opens what a kill left and compares it with what was acknowledged.
func verifyAfterKill(t *testing.T, dir string, acked int) {
	s := open(t, dir, Options{})
	defer s.Close()
	var check string
	if err := s.read.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity: %s, %v", check, err)
	}
	seq, data, err := s.LoadSnapshot(t.Context())
	if acked >= 50 && (err != nil || string(data) != fmt.Sprint(seq) || int(seq) < acked-acked%50) {
		t.Errorf("snapshot %d %q, %v; acknowledged up to %d", seq, data, err, acked)
	}
	got := seqs(t, s, seq+1, 1<<62)
	for i, n := range got {
		if n != seq+1+uint64(i) {
			t.Fatalf("fact %d follows %d", n, seq+uint64(i))
		}
	}
	if int(seq)+len(got) < acked {
		t.Errorf("the log ends at %d, acknowledged was %d", int(seq)+len(got), acked)
	}
	if val, err := s.Get(t.Context(), "kill", "seq"); acked >= 7 {
		if n, _ := strconv.Atoi(string(val)); err != nil || n < acked-acked%7-7 {
			t.Errorf("value %q, %v; acknowledged up to %d", val, err, acked)
		}
	}
	if spans := count(t, s, `SELECT count(*) FROM span JOIN chunk ON chunk.id = span.chunk`); spans != count(t, s, `SELECT count(*) FROM chunk`) {
		t.Error("chunks and spans do not match")
	}
}
