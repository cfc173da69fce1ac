package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// ErrClosed says that the other side has gone.
var ErrClosed = errors.New("the other side has gone")

// Handler is given each request and notification, one after the other in the order in which they came; it
// must be quick, and may answer a request later and from another goroutine.
type Handler func(ctx context.Context, in *Incoming)

// Incoming is a request or notification that came.
type Incoming struct {
	Method string
	Params json.RawMessage
	id     json.RawMessage
	conn   *Conn
}

// IsRequest reports whether an answer is expected.
func (in *Incoming) IsRequest() bool { return in.id != nil }

// ID is the request's id as it came, to find it again by a cancel; empty for a notification.
func (in *Incoming) ID() string { return string(in.id) }

// Decode reads the parameters into v; the error is an *[Error] that may be sent back.
func (in *Incoming) Decode(v any) error {
	params := in.Params
	if params == nil {
		params = json.RawMessage("{}")
	}
	if err := json.Unmarshal(params, v); err != nil {
		return Errorf(InvalidParams, "%s: %v", in.Method, err)
	}
	return nil
}

// Reply answers a request; it does nothing for a notification.
func (in *Incoming) Reply(result any, err error) {
	if in.id == nil {
		return
	}
	m := Message{ID: in.id}
	if err != nil {
		m.Error = asError(err)
	} else if m.Result, err = resultOf(result); err != nil {
		m.Error = asError(err)
	}
	if err := in.conn.send(m); errors.Is(err, ErrTooLong) {
		_ = in.conn.send(Message{ID: in.id, Error: Errorf(InternalError, "the answer is too long")})
	}
}

func resultOf(v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	return marshal(v)
}

// ConnOptions tune a connection; the zero value is fine.
type ConnOptions struct {
	// Admit is called for each message before it is handled; it may wait (which slows the other side down) or
	// watch. An error ends Serve. Nil admits all.
	Admit func(context.Context, Message) error
	// Garbage is told of each line that is no message; an error ends Serve. Nil ignores the line.
	Garbage func(*Error) error
	// Queue is how many messages may wait to be written; default 256.
	Queue int
}

// Conn is one side of a conversation. Its methods may be called from any goroutine; Serve once.
type Conn struct {
	o    ConnOptions
	r    *Reader
	w    io.Writer
	h    Handler
	out  chan []byte
	done chan struct{} // closed when Serve ends

	marks chan chan struct{} // each is closed when nothing that was sent before waits

	mu      sync.Mutex
	next    int64
	waiting map[string]chan Message
	end     error
}

// NewConn makes a connection over a reader and a writer.
func NewConn(r io.Reader, w io.Writer, h Handler, o ConnOptions) *Conn {
	if o.Queue == 0 {
		o.Queue = 256
	}
	return &Conn{o: o, r: NewReader(r), w: w, h: h, out: make(chan []byte, o.Queue), marks: make(chan chan struct{}), done: make(chan struct{}), waiting: map[string]chan Message{}}
}

// Serve reads and writes until the other side ends (io.EOF), ctx does, or what was read cannot be gone on with.
// The reader must be closed by the caller to end a read under way.
func (c *Conn) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go c.write(ctx)
	err := c.read(ctx)
	c.mu.Lock()
	c.end = err
	for _, w := range c.waiting {
		close(w)
	}
	c.waiting = nil
	c.mu.Unlock()
	close(c.done)
	return err
}

func (c *Conn) write(ctx context.Context) {
	for {
		select {
		case line := <-c.out:
			if _, err := c.w.Write(line); err != nil {
				return // the read side ends, too
			}
		case mark := <-c.marks:
			for len(c.out) > 0 {
				if _, err := c.w.Write(<-c.out); err != nil {
					break
				}
			}
			close(mark)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Conn) read(ctx context.Context) error {
	for {
		m, err := c.r.Read()
		var bad *Error
		switch {
		case errors.As(err, &bad):
			if c.o.Garbage != nil {
				if err := c.o.Garbage(bad); err != nil {
					return err
				}
			}
			continue
		case err != nil:
			return err
		}
		if c.o.Admit != nil {
			if err := c.o.Admit(ctx, m); err != nil {
				return err
			}
		}
		if m.Method != "" {
			c.h(ctx, &Incoming{Method: m.Method, Params: m.Params, id: m.ID, conn: c})
			continue
		}
		c.mu.Lock()
		w := c.waiting[string(m.ID)]
		delete(c.waiting, string(m.ID))
		c.mu.Unlock()
		if w != nil {
			w <- m
		}
	}
}

// send queues a message. It does not wait for the other side: when the queue is full it says so.
func (c *Conn) send(m Message) error {
	line, err := Encode(m)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
		return ErrClosed
	default:
	}
	select {
	case c.out <- line:
		return nil
	default:
		return Errorf(Busy, "the other side does not read what it is sent: %d messages wait", cap(c.out))
	}
}

// Flush waits until what was sent before has been written, or the connection has ended.
func (c *Conn) Flush() {
	mark := make(chan struct{})
	select {
	case c.marks <- mark:
	case <-c.done:
		return
	}
	select {
	case <-mark:
	case <-c.done:
	}
}

// Notify sends a notification.
func (c *Conn) Notify(method string, params any) error {
	p, err := marshal(params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return c.send(Message{Method: method, Params: p})
}

// Call sends a request and waits for the answer, which it reads into result (nil: the answer does not matter).
// When ctx ends first the other side is told by a cancel. An error that the other side answers is an *[Error].
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	p, err := marshal(params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	w := make(chan Message, 1)
	c.mu.Lock()
	if c.waiting == nil {
		c.mu.Unlock()
		return ErrClosed
	}
	c.next++
	id := strconv.FormatInt(c.next, 10)
	c.waiting[id] = w
	c.mu.Unlock()
	if err := c.send(Message{ID: json.RawMessage(id), Method: method, Params: p}); err != nil {
		c.forget(id)
		return err
	}
	select {
	case m, ok := <-w:
		switch {
		case !ok:
			return ErrClosed
		case m.Error != nil:
			return m.Error
		case result == nil:
			return nil
		}
		if err := json.Unmarshal(m.Result, result); err != nil {
			return Errorf(InvalidParams, "the answer to %s cannot be read: %v", method, err)
		}
		return nil
	case <-ctx.Done():
		c.forget(id)
		_ = c.Notify(MethodCancel, Cancel{ID: json.RawMessage(id)})
		return ctx.Err()
	}
}

func (c *Conn) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting != nil {
		delete(c.waiting, id)
	}
}
