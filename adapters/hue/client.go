package hue

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
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

// errEnded is said of a bridge that is there and sends no events: a proxy or an emulator may not.
var errEnded = errors.New("the Hue bridge ends the event stream; it is asked for everything now and then instead")

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

// fetch reads all resources. A bridge hands them out whole in one answer; the published schema, and what is made after it,
// lists no more than their names there, so that each kind must be asked for.
func (c *client) fetch(ctx context.Context) (map[string]*resource, error) {
	all := map[string]*resource{}
	if err := c.list(ctx, "", all); err != nil {
		return nil, err
	}
	kinds := map[string]bool{}
	for _, r := range all {
		if r.Type == "device" && r.Metadata != nil {
			return all, nil
		}
		kinds[r.Type] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if slices.Contains(usedKinds, kind) {
			if err := c.list(ctx, "/"+kind, all); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// usedKinds are the kinds of resources that mean something to the hub.
var usedKinds = []string{"bridge", "bridge_home", "button", "camera_motion", "contact", "device", "device_power", "grouped_light", "light", "light_level", "motion",
	"relative_rotary", "room", "scene", "tamper", "temperature", "zigbee_connectivity", "zone"}

func (c *client) list(ctx context.Context, kind string, into map[string]*resource) error {
	var a answer
	status, err := c.do(ctx, http.MethodGet, "/clip/v2/resource"+kind, nil, &a)
	switch {
	case err != nil:
		return err
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return errWrongKey
	case status >= 300:
		return fmt.Errorf("the Hue bridge answers %d to the question for its devices", status)
	}
	for i := range a.Data {
		into[a.Data[i].ID] = &a.Data[i]
	}
	return nil
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
	return errEnded
}
