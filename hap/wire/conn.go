package wire

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// MaxFrame is the most plain text that one frame carries, in bytes.
const MaxFrame = 1024

// The keys' length, and what a frame adds to its plain text.
const (
	KeySize    = chacha20poly1305.KeySize
	lengthSize = 2
	tagSize    = chacha20poly1305.Overhead
)

// Errors of frames.
var (
	ErrFrame  = errors.New("a frame that is longer than 1,024 bytes")
	ErrForged = errors.New("a frame that was not encrypted with the session's key, in this order")
)

// Conn is one connection, plain until Secure. One goroutine may read while others write.
type Conn struct {
	conn net.Conn

	// The reader's side.
	raw       *bufio.Reader
	opener    cipher.AEAD // nil while plain
	opened    uint64
	plain     []byte // decrypted, not yet read
	scratch   [MaxFrame + tagSize]byte
	readFault error

	mu      sync.Mutex // guards the writer's side
	sealer  cipher.AEAD
	sealed  uint64
	timeout time.Duration
	fault   error // after a failed write the counters differ: nothing more can be said
	out     []byte
}

// NewConn wraps a connection. A write that takes longer than the timeout fails and ends the connection.
func NewConn(c net.Conn, writeTimeout time.Duration) *Conn {
	return &Conn{conn: c, raw: bufio.NewReader(c), timeout: writeTimeout}
}

// Secure encrypts what is read and written from now on. It is called by the reading goroutine, when nothing is
// half read; early are bytes that a Reader had already taken from the connection.
func (c *Conn) Secure(readKey, writeKey, early []byte) error {
	opener, err := chacha20poly1305.New(readKey)
	if err != nil {
		return fmt.Errorf("the session's read key: %w", err)
	}
	sealer, err := chacha20poly1305.New(writeKey)
	if err != nil {
		return fmt.Errorf("the session's write key: %w", err)
	}
	if len(early) > 0 {
		c.raw = bufio.NewReader(io.MultiReader(newBytes(early), c.raw))
	}
	c.opener = opener
	c.mu.Lock()
	c.sealer = sealer
	c.mu.Unlock()
	return nil
}

// newBytes is a reader of a copy.
func newBytes(b []byte) io.Reader {
	return &tail{append([]byte(nil), b...)}
}

type tail struct{ b []byte }

func (t *tail) Read(p []byte) (int, error) {
	if len(t.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, t.b)
	t.b = t.b[n:]
	return n, nil
}

// nonce is a frame's: four zero bytes and the counter.
func nonce(counter uint64) []byte {
	n := make([]byte, chacha20poly1305.NonceSize)
	binary.LittleEndian.PutUint64(n[4:], counter)
	return n
}

// Read reads plain text.
func (c *Conn) Read(p []byte) (int, error) {
	if c.opener == nil {
		return c.raw.Read(p)
	}
	for len(c.plain) == 0 {
		if c.readFault != nil {
			return 0, c.readFault
		}
		if c.readFault = c.open(); c.readFault != nil {
			return 0, c.readFault
		}
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

// open takes one whole frame off the connection.
func (c *Conn) open() error {
	var head [lengthSize]byte
	if _, err := io.ReadFull(c.raw, head[:]); err != nil {
		return err
	}
	n := int(binary.LittleEndian.Uint16(head[:]))
	if n > MaxFrame {
		return fmt.Errorf("%w: %d", ErrFrame, n)
	}
	box := c.scratch[:n+tagSize]
	if _, err := io.ReadFull(c.raw, box); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	plain, err := c.opener.Open(box[:0], nonce(c.opened), box, head[:])
	if err != nil {
		return ErrForged
	}
	c.opened++
	c.plain = plain
	return nil
}

// Write writes one whole message; it never mixes with another.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return 0, c.fault
	}
	out := p
	if c.sealer != nil {
		out = c.seal(p)
	}
	if c.timeout > 0 {
		_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	}
	if _, err := c.conn.Write(out); err != nil {
		c.fault = fmt.Errorf("the peer does not take what is sent: %w", err)
		_ = c.conn.Close()
		return 0, c.fault
	}
	return len(p), nil
}

// seal encrypts a message in frames, under the lock.
func (c *Conn) seal(p []byte) []byte {
	out := c.out[:0]
	for len(p) > 0 {
		n := min(len(p), MaxFrame)
		head := binary.LittleEndian.AppendUint16(nil, uint16(n))
		out = append(out, head...)
		out = c.sealer.Seal(out, nonce(c.sealed), p[:n], head)
		c.sealed++
		p = p[n:]
	}
	if cap(out) <= 64*1024 {
		c.out = out
	}
	return out
}

// SetReadDeadline bounds how long a read may wait.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.conn.SetReadDeadline(t) }

// Remote is the peer's address.
func (c *Conn) Remote() net.Addr { return c.conn.RemoteAddr() }

// Secured reports whether the connection is encrypted. It is called by the reading goroutine.
func (c *Conn) Secured() bool { return c.opener != nil }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }
