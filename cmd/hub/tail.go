package main

import (
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

// tailLines is how many lines of the log the web app can show.
const tailLines = 500

// tail keeps the last lines of the hub's own log, as a slog.TextHandler writes them.
type tail struct {
	mu    sync.Mutex
	lines []api.LogLine
}

// Write takes one line: time=… level=… msg=…
func (t *tail) Write(line []byte) (int, error) {
	at, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(line)), "time="), " level=")
	level, text, _ := strings.Cut(rest, " msg=")
	l := api.LogLine{Level: level, Text: text}
	l.At, _ = time.Parse(time.RFC3339Nano, at) // our own handler wrote it
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == tailLines {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, l)
	return len(line), nil
}

// list returns the lines, oldest first.
func (t *tail) list() []api.LogLine {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]api.LogLine(nil), t.lines...)
}
