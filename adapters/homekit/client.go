package homekit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/hap/wire"
)

// Limits of a connection.
const (
	dialTimeout  = 5 * time.Second
	writeTimeout = 5 * time.Second
	maxBody      = 16 << 20 // a bridge of 1,000 accessories describes itself in 1 MB
)

const (
	contentTLV  = "application/pairing+tlv8"
	contentJSON = "application/hap+json"
)

// client is one connection to an accessory. Requests go one at a time: HAP has no ids to match answers by.
type client struct {
	conn    *wire.Conn
	reader  *wire.Reader
	host    string
	answers chan wire.Answer
	turn    chan struct{} // holds one token: whose turn it is to ask
	done    chan struct{} // closed when the connection has ended
	once    sync.Once
	err     error // why; read after done
	heard   func()
}

// dial connects, unencrypted.
func dial(ctx context.Context, addr string) (*client, error) {
	d := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn := wire.NewConn(c, writeTimeout)
	cl := &client{conn: conn, reader: wire.NewReader(conn, maxBody), host: addr, answers: make(chan wire.Answer, 1), turn: make(chan struct{}, 1), done: make(chan struct{})}
	return cl, nil
}

// post sends a pairing message and reads the answer, before the session.
func (c *client) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(requestTimeout)
	}
	_ = c.conn.SetReadDeadline(deadline)
	if _, err := c.conn.Write(wire.AppendRequest(nil, "POST", c.host, path, contentTLV, body)); err != nil {
		return nil, err
	}
	a, err := c.reader.Answer()
	if err != nil {
		return nil, fmt.Errorf("the accessory's answer to %s: %w", path, err)
	}
	if len(a.Body) == 0 {
		return nil, fmt.Errorf("the accessory answers %s with status %d and nothing else", path, a.Status)
	}
	return a.Body, nil
}

// secure encrypts the connection and begins to listen; events get every event's body, in order.
func (c *client) secure(keys pairing.Keys, events func([]byte), heard func()) error {
	if err := c.conn.Secure(keys.Read, keys.Write, c.reader.Early()); err != nil {
		return err
	}
	_ = c.conn.SetReadDeadline(time.Time{})
	c.heard = heard
	go c.listen(events)
	return nil
}

// listen is the one reader: it alone tells events from answers.
func (c *client) listen(events func([]byte)) {
	for {
		a, err := c.reader.Answer()
		if err != nil {
			c.close(fmt.Errorf("the connection ended: %w", err))
			return
		}
		c.heard()
		if a.Event {
			events(a.Body)
			continue
		}
		select {
		case c.answers <- a:
		default:
			c.close(errors.New("the accessory answered what nobody asked"))
			return
		}
	}
}

func (c *client) close(err error) {
	c.once.Do(func() {
		c.err = err
		_ = c.conn.Close()
		close(c.done)
	})
}

// do asks and waits for the answer. An answer that does not come in time ends the connection, since a late one
// could not be told from the next.
func (c *client) do(ctx context.Context, method, target, contentType string, body []byte) (wire.Answer, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return wire.Answer{}, ctx.Err()
	case <-c.done:
		return wire.Answer{}, c.err
	}
	defer func() { <-c.turn }()
	if _, err := c.conn.Write(wire.AppendRequest(nil, method, c.host, target, contentType, body)); err != nil {
		c.close(err)
		return wire.Answer{}, err
	}
	select {
	case a := <-c.answers:
		return a, nil
	case <-c.done:
		return wire.Answer{}, c.err
	case <-ctx.Done():
		c.close(fmt.Errorf("no answer to %s %.40s in time", method, target))
		return wire.Answer{}, c.err
	}
}

// entry is one characteristic in a request or answer.
type entry struct {
	AID    uint64          `json:"aid"`
	IID    uint64          `json:"iid"`
	Value  json.RawMessage `json:"value,omitempty"`
	Status *int            `json:"status,omitempty"`
	Ev     *bool           `json:"ev,omitempty"`
	R      bool            `json:"r,omitempty"`
}

type entries struct {
	Characteristics []entry `json:"characteristics"`
	PID             uint64  `json:"pid,omitempty"`
}

// parseEntries reads the body of an event or answer.
func parseEntries(body []byte) ([]entry, error) {
	if len(body) == 0 {
		return nil, nil
	}
	var e entries
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("the accessory's list of values cannot be read: %w", err)
	}
	return e.Characteristics, nil
}

// accessories reads the database.
func (c *client) accessories(ctx context.Context) ([]spec.Accessory, error) {
	a, err := c.do(ctx, "GET", "/accessories", "", nil)
	if err != nil {
		return nil, err
	}
	if a.Status != 200 {
		return nil, fmt.Errorf("the accessory answers /accessories with status %d", a.Status)
	}
	return spec.ParseAccessories(a.Body)
}

// read reads characteristics, each with its status where it failed.
func (c *client) read(ctx context.Context, ids []id) ([]entry, error) {
	target := []byte("/characteristics?id=")
	for i, x := range ids {
		if i > 0 {
			target = append(target, ',')
		}
		target = fmt.Appendf(target, "%d.%d", x.aid, x.iid)
	}
	a, err := c.do(ctx, "GET", string(target), "", nil)
	if err != nil {
		return nil, err
	}
	if a.Status != 200 && a.Status != 207 && len(a.Body) == 0 {
		return nil, fmt.Errorf("the accessory answers a read with status %d", a.Status)
	}
	return parseEntries(a.Body)
}

// write writes, timed where asked for, and returns what the accessory says of each; none means that all were taken.
func (c *client) write(ctx context.Context, e []entry, timed bool, pid uint64) ([]entry, error) {
	req := entries{Characteristics: e}
	if timed {
		req.PID = pid
		body := fmt.Appendf(nil, `{"ttl":%d,"pid":%d}`, timedWrite.Milliseconds(), pid)
		a, err := c.do(ctx, "PUT", "/prepare", contentJSON, body)
		if err != nil {
			return nil, err
		}
		var st struct{ Status int }
		if json.Unmarshal(a.Body, &st) == nil && st.Status != 0 || a.Status >= 300 {
			return nil, statusError(st.Status)
		}
	}
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	a, err := c.do(ctx, "PUT", "/characteristics", contentJSON, body)
	if err != nil {
		return nil, err
	}
	got, err := parseEntries(a.Body)
	if a.Status < 300 && err == nil {
		return got, nil
	}
	if len(got) > 0 {
		return got, nil
	}
	var whole struct{ Status int }
	if json.Unmarshal(a.Body, &whole) == nil && whole.Status != 0 {
		return nil, statusError(whole.Status)
	}
	return nil, fmt.Errorf("the accessory answers a write with status %d", a.Status)
}

// id names a characteristic.
type id struct{ aid, iid uint64 }
