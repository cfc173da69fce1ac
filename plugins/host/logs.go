package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

// Line is a line of a plugin's log.
type Line struct {
	At    time.Time `json:"at"`
	Level string    `json:"level"`
	Text  string    `json:"text"`
}

// The limits of a log.
const (
	keepLines = 500
	lineBytes = 4000
)

// logbook keeps the last lines of a plugin, so many a second at most, in memory and on disk.
type logbook struct {
	log   *slog.Logger
	name  string
	limit *rate.Limiter

	mu      sync.Mutex
	ring    []Line
	file    *logfile
	unkept  bool // the disk took no line
	dropped int
	secrets map[string]string // by what they are for
}

// newLogbook goes on where the file ends.
func newLogbook(log *slog.Logger, name, path string) *logbook {
	n := protocol.DefaultLimits.LogsPerSecond
	file := &logfile{path: path}
	return &logbook{log: log, name: name, limit: rate.NewLimiter(rate.Limit(n), n), file: file, ring: file.read(), secrets: map[string]string{}}
}

// hide masks a secret in all that is written from now on. Very short ones would mask everything.
func (l *logbook) hide(what, secret string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(secret) >= 4 {
		l.secrets[what] = secret
	}
}

func (l *logbook) mask(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.secrets {
		text = strings.ReplaceAll(text, s, manifest.Mask)
	}
	return text
}

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (l *logbook) add(level, text string) {
	if !l.limit.Allow() {
		l.mu.Lock()
		l.dropped++
		l.mu.Unlock()
		return
	}
	text = l.mask(text)
	if len(text) > lineBytes {
		text = strings.ToValidUTF8(text[:lineBytes], "") + "…"
	}
	if _, ok := levels[level]; !ok {
		level = "info"
	}
	l.mu.Lock()
	if len(l.ring) >= keepLines {
		l.ring = l.ring[1:]
	}
	l.ring = append(l.ring, Line{time.Now().UTC(), level, text})
	err := l.file.add(l.ring[len(l.ring)-1], l.ring)
	first := err != nil && !l.unkept
	l.unkept = err != nil
	l.mu.Unlock()
	if first {
		l.log.Warn("the log of a plugin is kept in memory alone", "plugin", l.name, "err", err)
	}
	if level == "info" { // to a hub's log a plugin's news are details
		level = "debug"
	}
	l.log.Log(context.Background(), levels[level], text, "plugin", l.name)
}

// lines are the last ones.
func (l *logbook) lines() []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Line{}, l.ring...)
}

func (l *logbook) lost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}

// close lets go of the file; a line that is added opens it again.
func (l *logbook) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file.close()
}

// forget removes the file.
func (l *logbook) forget() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.remove()
}

// follow takes the lines of the standard error output until it ends; "warn: " and the like at the beginning is the level.
func (l *logbook) follow(r io.Reader) {
	b := bufio.NewReaderSize(r, lineBytes)
	for {
		line, err := b.ReadSlice('\n')
		if text := strings.TrimRight(strings.ToValidUTF8(string(line), "\uFFFD"), "\r\n"); text != "" {
			level := "info"
			if name, rest, ok := strings.Cut(text, ": "); ok && levels[name] != 0 { // info is 0, and what is meant without a level
				level, text = name, rest
			}
			l.add(level, text)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}
