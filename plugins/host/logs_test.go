package host

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/time/rate"
)

func TestALogOnDiskIsBoundedAndStandsACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "acme.log")
	book := func() *logbook {
		l := newLogbook(slog.New(slog.DiscardHandler), "acme", path)
		l.limit = rate.NewLimiter(rate.Inf, 0)
		return l
	}
	l := book()
	for i := range 3000 {
		l.add("info", fmt.Sprintf("line %d %s", i, strings.Repeat("x", i%700)))
		if i%500 != 0 {
			continue
		}
		if info, err := os.Stat(path); err != nil || info.Size() > maxLogFile {
			t.Fatalf("after %d lines: %v, %v", i, info, err)
		}
	}
	l.close()
	if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	} else if _, err = f.WriteString(`{"at":"2026-01-01T00:00:00Z","lev`); err != nil { // the crash
		t.Fatal(err)
	}
	l = book()
	l.add("warn", "after the crash")
	l.close()
	lines := book().lines()
	if n := len(lines); n < 100 || n > keepLines || lines[n-1].Text != "after the crash" || !strings.HasPrefix(lines[n-2].Text, "line 2999 ") {
		t.Errorf("%d lines, the last %+v", n, lines[max(0, n-2):])
	}
}

func TestADiskThatTakesNothingLeavesTheLogInMemory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "logs"), nil, 0o600); err != nil { // a file where the folder is to be
		t.Fatal(err)
	}
	l := newLogbook(slog.New(slog.DiscardHandler), "acme", filepath.Join(dir, "logs", "acme.log"))
	l.add("info", "hello")
	if lines := l.lines(); len(lines) != 1 || lines[0].Text != "hello" {
		t.Errorf("%+v", lines)
	}
}
