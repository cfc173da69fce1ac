package hue

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/adapters/lan"
)

const (
	requestTime = 10 * time.Second
	maxEvent    = 1 << 20
	busyPause   = time.Second
	busyTries   = 4
)

// errEnded is said of a bridge that is there and sends no events: a proxy or an emulator may not.
var errEnded = errors.New("the Hue bridge ends the event stream; it is asked for everything now and then instead")

var errWrongKey = errors.New("the Hue bridge no longer accepts the hub's key: it was reset or the hub was removed from it; pair it again with `hub pair hue`")

// client speaks to one bridge.
type client struct{ lan.HTTP }

// newClient makes a client held to the certificate with this pin.
func newClient(addr, key, pin string) *client {
	c := &client{lan.HTTP{Base: "https://" + addr, Client: &http.Client{Transport: &http.Transport{TLSClientConfig: lan.Pinned(pin, nil), ForceAttemptHTTP2: true,
		MaxIdleConns: 4, IdleConnTimeout: 2 * time.Minute, TLSHandshakeTimeout: requestTime, ResponseHeaderTimeout: requestTime}}}}
	if key != "" {
		c.Header = http.Header{http.CanonicalHeaderKey("hue-application-key"): {key}}
	}
	return c
}

func (c *client) close() { c.Client.CloseIdleConnections() }

// do sends a request and reads the answer. A bridge that says it is busy (429, 503) is asked again after a pause.
func (c *client) do(ctx context.Context, method, path string, body, out any) (status int, err error) {
	pause := busyPause
	for try := 1; ; try++ {
		status, err = c.once(ctx, method, path, body, out)
		if err != nil || status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable || try == busyTries {
			return status, err
		}
		if !lan.Sleep(ctx, lan.Jitter(pause)) {
			return status, ctx.Err()
		}
		pause *= 2
	}
}

func (c *client) once(ctx context.Context, method, path string, body, out any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return c.Do(ctx, method, path, body, out)
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
	r, err := c.Request(ctx, http.MethodGet, "/eventstream/clip/v2", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	resp, err := c.Client.Do(r)
	if err != nil {
		return lan.WithoutURL(err)
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
