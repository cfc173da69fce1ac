// Package store keeps what the hub must not forget, in one SQLite database
// (DIR/hub.db, WAL): the log of facts, snapshots of the state, a small durable
// key-value area for pairings and settings, and the history of values.
//
// Facts and snapshots are opaque bytes here. The usual life is:
//
//	s, err := store.Open(dir, store.Options{})
//	seq, state, err := s.LoadSnapshot(ctx)        // ErrNoSnapshot on the first start
//	for e, err := range s.Entries(ctx, seq+1, math.MaxUint64) { ... }
//	s.Append(store.Entry{Seq: s.LastSeq() + 1, At: now, Data: fact})
//	err = s.Sync(ctx)                             // before a person is told "done"
//	defer s.Close()
//
// Concurrency: every method may be called from any goroutine. One writer
// goroutine owns the only writing connection; Append and Record merely queue and
// never wait for the disk. What they queued is committed every
// Options.FlushEvery without an fsync; Sync, Put, Delete and SaveSnapshot return
// after a commit with synchronous=FULL, which makes durable whatever was queued
// before. Reads see what is committed.
//
// Back-pressure: the queues are bounded. When the disk is full or too slow the
// oldest queued items are dropped and counted, Health says so, and the writer
// retries by itself. A dropped fact leaves a gap that Sync keeps reporting
// (ErrGap) until a snapshot that includes it is saved.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// fileName is the database's name inside the store's directory.
const fileName = "hub.db"

// Defaults and bounds of Options.
const (
	DefaultHistoryBytes = 512 << 20
	DefaultLogBytes     = 256 << 20
	DefaultFlushEvery   = 150 * time.Millisecond
	maxFlushEvery       = 200 * time.Millisecond // exclusive: what a kill may lose
)

// ErrClosed is returned by every call after Close.
var ErrClosed = errors.New("store: closed")

// Options set the store's budgets. The zero value is ready to use.
type Options struct {
	HistoryBytes int64            // disk budget of the history; 0 means DefaultHistoryBytes
	LogBytes     int64            // disk budget of the log; 0 means DefaultLogBytes
	FlushEvery   time.Duration    // longest wait before queued items are committed, below 200 ms; 0 means DefaultFlushEvery
	Now          func() time.Time // clock for bookkeeping (last commit, snapshot age); nil means time.Now
	Logger       *slog.Logger     // nil means silent
}

// withDefaults fills in what is unset and refuses what makes no sense.
func (o Options) withDefaults() (Options, error) {
	if o.HistoryBytes == 0 {
		o.HistoryBytes = DefaultHistoryBytes
	}
	if o.LogBytes == 0 {
		o.LogBytes = DefaultLogBytes
	}
	if o.FlushEvery == 0 {
		o.FlushEvery = DefaultFlushEvery
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HistoryBytes < 0 || o.LogBytes < 0 {
		return o, fmt.Errorf("store: budgets must not be negative (history %d, log %d bytes)", o.HistoryBytes, o.LogBytes)
	}
	if o.FlushEvery < 0 || o.FlushEvery >= maxFlushEvery {
		return o, fmt.Errorf("store: FlushEvery is %v, it must be below %v", o.FlushEvery, maxFlushEvery)
	}
	return o, nil
}

// Store is an open store. Make one with Open and end it with Close.
type Store struct {
	opts     Options
	path     string
	read     *sql.DB       // small pool of read-only connections
	requests chan request  // work that waits for a durable commit
	wake     chan struct{} // something was queued
	full     chan struct{} // a whole batch is queued: do not wait for the timer
	closing  chan struct{} // closed by Close
	finished chan struct{} // closed by the writer when it has ended
	endErr   error         // the writer's last error; read after finished

	closeOnce sync.Once

	mu      sync.Mutex // held for microseconds only, never across disk access
	closed  bool
	entries queue[Entry]
	samples queue[Sample]
	lastSeq uint64
	gap     gap
	health  Health // queue lengths and FileBytes are filled in when asked
	failing error  // why the last commit failed, nil when it did not
}

// Open makes or opens the store in dir. It creates dir (mode 0700) and the
// database (mode 0600) when missing, brings an older schema up to date, and
// refuses a newer one with ErrNewerSchema.
func Open(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	path, err := makeFile(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		opts: o, path: path,
		requests: make(chan request, 64),
		wake:     make(chan struct{}, 1),
		full:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		finished: make(chan struct{}),
		entries:  queue[Entry]{maxItems: maxQueued, maxBytes: maxQueuedBytes},
		samples:  queue[Sample]{maxItems: maxQueued, maxBytes: maxQueuedBytes},
	}
	w, err := newWriter(s)
	if err != nil {
		return nil, err
	}
	if s.read, err = openPool(path); err != nil {
		return nil, errors.Join(err, w.close())
	}
	go w.run()
	return s, nil
}

// makeFile creates the directory and an empty database file, so that SQLite
// never gets to choose their modes (its -wal and -shm files copy the database's).
func makeFile(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("store: make directory: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return "", fmt.Errorf("store: locate %s: %w", dir, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("store: open database: %w", err)
	}
	err = errors.Join(f.Chmod(0o600), f.Close())
	if err != nil {
		return "", fmt.Errorf("store: restrict access to %s: %w", path, err)
	}
	return path, nil
}

// Close commits what is queued and ends the store. Its error says what could not
// be written. A second call waits for the first and returns the same.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		close(s.closing)
	})
	<-s.finished
	return s.endErr
}

// nudge wakes the writer without ever waiting for it.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// submit hands work to the writer and waits until it is durable or has failed.
// A nil op asks only for what is queued. When ctx ends first the work may still
// be done.
func (s *Store) submit(ctx context.Context, op func(*writer) error) error {
	r := request{op: op, done: make(chan error, 1)}
	select {
	case s.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.finished:
	}
	select { // the writer may have answered just before it ended
	case err := <-r.done:
		return err
	default:
		return ErrClosed
	}
}
