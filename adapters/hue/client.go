package hue

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters/lan"
)

const (
	requestTime = 10 * time.Second
	maxAnswer   = 16 << 20 // a bridge with 60 lamps and 500 scenes has half a megabyte
	maxEvent    = 1 << 20
	busyPause   = time.Second
	busyTries   = 4
)

var errWrongKey = errors.New("the Hue bridge no longer accepts the hub's key: it was reset or the hub was removed from it; pair it again with `hub pair hue`")

// client speaks to one bridge.
type client struct {
	http *http.Client
	base string // https://192.168.1.2:443
	key  string
}

// newClient makes a client held to the certificate with this pin.
func newClient(addr, key, pin string) *client {
	return &client{base: "https://" + addr, key: key, http: &http.Client{Transport: &http.Transport{TLSClientConfig: lan.Pinned(pin, nil), ForceAttemptHTTP2: true,
		MaxIdleConns: 4, IdleConnTimeout: 2 * time.Minute, TLSHandshakeTimeout: requestTime, ResponseHeaderTimeout: requestTime}}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

func (c *client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, in)
	if err != nil {
		return nil, err
	}
	if c.key != "" {
		r.Header.Set("hue-application-key", c.key)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// do sends a request and reads the answer. A bridge that says it is busy (429, 503) is asked again after a pause.
func (c *client) do(ctx context.Context, method, path string, body, out any) (status int, err error) {
	pause := busyPause
	for try := 1; ; try++ {
		status, err = c.once(ctx, method, path, body, out)
		if err != nil || status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable || try == busyTries {
			return status, err
		}
		select {
		case <-ctx.Done():
			return status, ctx.Err()
		case <-time.After(lan.Jitter(pause)):
		}
		pause *= 2
	}
}

func (c *client) once(ctx context.Context, method, path string, body, out any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	r, err := c.request(ctx, method, path, body)
	if err != nil {
		return 0, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, plainError(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("its answer breaks off: %w", err)
	}
	if resp.StatusCode < 500 && out != nil && len(b) > 0 && json.Unmarshal(b, out) != nil && resp.StatusCode < 300 {
		return resp.StatusCode, errors.New("its answer is not JSON")
	}
	return resp.StatusCode, nil
}

// plainError leaves out the URL, which net/http puts before everything.
func plainError(err error) error {
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "Get ") || inner != nil && strings.HasPrefix(err.Error(), "P") {
		return inner
	}
	return err
}

// fetch reads all resources.
func (c *client) fetch(ctx context.Context) (map[string]*resource, error) {
	var a answer
	status, err := c.do(ctx, http.MethodGet, "/clip/v2/resource", nil, &a)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return nil, errWrongKey
	case status >= 300:
		return nil, fmt.Errorf("the Hue bridge answers %d to the question for its devices", status)
	}
	all := make(map[string]*resource, len(a.Data))
	for i := range a.Data {
		all[a.Data[i].ID] = &a.Data[i]
	}
	return all, nil
}

// stream follows the event stream and hands each batch over; opened is called once it is there.
func (c *client) stream(ctx context.Context, opened func(), take func([]event)) error {
	r, err := c.request(ctx, http.MethodGet, "/eventstream/clip/v2", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	resp, err := c.http.Do(r)
	if err != nil {
		return plainError(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusForbidden || resp.StatusCode == http.StatusUnauthorized {
		return errWrongKey
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the Hue bridge answers %d to the event stream", resp.StatusCode)
	}
	opened()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue // ": hi", ids, blank lines
		}
		events, err := parseEvents(bytes.TrimSpace(data))
		if err != nil {
			return fmt.Errorf("an event of the Hue bridge does not parse: %w", err)
		}
		take(events)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the event stream broke off: %w", err)
	}
	return errors.New("the Hue bridge ended the event stream")
}
