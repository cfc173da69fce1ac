package host

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// maxLogFile is how large a plugin's log grows on disk before its older half goes, in bytes.
const maxLogFile = 256 << 10

// logfile keeps a plugin's lines over restarts of the hub, one line of JSON each: what was said before an end is what
// explains it. It is bounded; when the disk is full, lines are kept in memory alone.
type logfile struct {
	path string
	f    *os.File
	size int64
}

// read returns the last lines that were kept. A line that was cut by a crash is passed over.
func (l *logfile) read() []Line {
	b, err := os.ReadFile(l.path)
	if err != nil {
		return nil // there is none yet
	}
	var out []Line
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var x Line
		if json.Unmarshal(lines.Bytes(), &x) == nil && x.Text != "" {
			out = append(out, x)
		}
	}
	return out[max(0, len(out)-keepLines):]
}

// add appends a line; ring is what stays when the file has grown too large.
func (l *logfile) add(x Line, ring []Line) error {
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if l.f == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	if l.size+int64(len(b)) >= maxLogFile {
		return l.rewrite(ring[len(ring)/2:])
	}
	n, err := l.f.Write(append(b, '\n'))
	l.size += int64(n)
	return err
}

func (l *logfile) open() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.size = f, info.Size()
	if _, err := f.WriteString("\n"); err == nil { // after a line that was cut
		l.size++
	}
	return nil
}

// rewrite replaces the file by some lines, so that a crash leaves one or the other.
func (l *logfile) rewrite(lines []Line) error {
	room, from := maxLogFile/2, len(lines)
	for from > 0 && room > len(lines[from-1].Text)+100 { // the newest that fit in half a file
		from--
		room -= len(lines[from].Text) + 100
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, x := range lines[from:] {
		if err := enc.Encode(x); err != nil {
			return err
		}
	}
	fresh := l.path + ".new"
	if err := os.WriteFile(fresh, b.Bytes(), 0o600); err != nil {
		return err
	}
	l.close()
	return os.Rename(fresh, l.path)
}

func (l *logfile) close() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}

// remove forgets all.
func (l *logfile) remove() error {
	l.close()
	if err := os.Remove(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
