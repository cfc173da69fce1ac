package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/concord-home/hub/plugins/protocol"
)

// Candidate is something that was found, and the way to it.
type Candidate struct {
	Key, Via, Type, Instance, Host string
	Port                           int
	Text                           map[string]string // the TXT record
	sockets                        map[string]string
	session                        *session
}

func (s *session) candidate(f protocol.Found) Candidate {
	return Candidate{session: s, Key: f.Key, Via: f.Via, Type: f.Type, Instance: f.Instance, Host: f.Host, Port: f.Port, Text: f.Text, sockets: f.Sockets}
}

// Dial connects to a port: "tcp" is the one announced, others are those of the manifest's network.devices, such as
// "tcp/8080" and "udp/9999". Of a UDP connection each Read and Write is one datagram.
func (c Candidate) Dial(ctx context.Context, port string) (net.Conn, error) {
	path, ok := c.sockets[port]
	if !ok {
		return nil, fmt.Errorf("%s has no granted port %s: name it in network.devices of plugin.json", c.Key, port)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Host, port, err)
	}
	if len(port) > 3 && port[:3] == "udp" {
		return &packets{Conn: conn}, nil
	}
	return conn, nil
}

// HTTP is a client that reaches this candidate's announced port, whatever the URL's host: http://device/status.
func (c Candidate) HTTP() *http.Client { return c.HTTPAt("tcp") }

// HTTPAt does so for another port.
func (c Candidate) HTTPAt(port string) *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.Dial(ctx, port) }}}
}

// packets gives a stream of datagrams with their lengths the manners of a datagram socket.
type packets struct{ net.Conn }

func (p *packets) Read(b []byte) (int, error) {
	var head [2]byte
	if _, err := io.ReadFull(p.Conn, head[:]); err != nil {
		return 0, err
	}
	n := int(head[0])<<8 | int(head[1])
	datagram := make([]byte, n)
	if _, err := io.ReadFull(p.Conn, datagram); err != nil {
		return 0, err
	}
	return copy(b, datagram), nil
}

func (p *packets) Write(b []byte) (int, error) {
	if len(b) > 65535 {
		return 0, fmt.Errorf("a datagram of %d bytes", len(b))
	}
	_, err := p.Conn.Write(append([]byte{byte(len(b) >> 8), byte(len(b))}, b...))
	return len(b), err
}

// maxAnswer is how much of a device's answer is read.
const maxAnswer = 1 << 20

// GetJSON asks a device at a path, such as "/status?all=1", and reads its JSON answer into v; nil: it does not matter.
func GetJSON(ctx context.Context, c *http.Client, path string, v any) error {
	return doJSON(ctx, c, http.MethodGet, path, nil, v)
}

// PostJSON sends JSON to a device and reads its JSON answer into v; nil: it does not matter.
func PostJSON(ctx context.Context, c *http.Client, path string, body, v any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return doJSON(ctx, c, http.MethodPost, path, b, v)
}

func doJSON(ctx context.Context, c *http.Client, method, path string, body []byte, v any) error {
	u, err := url.Parse("http://device" + path)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := c.Do(r)
	if err != nil {
		return fmt.Errorf("the device does not answer: %w", cause(err))
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("the device's answer breaks off: %w", err)
	case res.StatusCode/100 != 2:
		return fmt.Errorf("the device answers %s", res.Status)
	case v == nil:
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("the device's answer cannot be understood: %w", err)
	}
	return nil
}

// cause takes the request's own words off an error: a household has no use for the URL.
func cause(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}

func logf(level, format string, args ...any) {
	fmt.Fprintf(os.Stderr, level+": "+format+"\n", args...)
}
