package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// event is one message of the hub's stream, with its data as it came.
type event struct {
	Type string          `json:"type"`
	Name string          `json:"name,omitempty"`
	Text string          `json:"text,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// device is the device the event is about; "" when it is about none.
func (e event) device() model.DeviceID {
	var d struct {
		Device  model.DeviceID `json:"device"`
		Command struct {
			Device model.DeviceID `json:"device"`
		} `json:"command"`
	}
	if json.Unmarshal(e.Data, &d) != nil {
		return ""
	}
	if d.Device != "" {
		return d.Device
	}
	return d.Command.Device
}

// maxEvent bounds one line of the stream; bytes.
const maxEvent = 4 << 20

// readEvents calls do for each event of a stream of server-sent events until it returns
// false or the stream ends. What does not parse is passed over.
func readEvents(r io.Reader, do func(event) bool) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	var name string
	var data []string
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data = append(data, value)
		}
		if lines.Text() != "" {
			continue
		}
		if e, ok := parseEvent(name, data); ok && !do(e) {
			return nil
		}
		name, data = "", nil
	}
	return lines.Err()
}

func parseEvent(name string, data []string) (event, bool) {
	e := event{}
	if len(data) == 0 {
		return e, false
	}
	if json.Unmarshal([]byte(strings.Join(data, "\n")), &e) != nil {
		return e, false
	}
	if e.Type == "" {
		e.Type = name
	}
	return e, true
}

// Waiting times between attempts to open the stream again.
const (
	firstRetry = time.Second
	lastRetry  = 15 * time.Second
)

// follow opens the stream and calls opened, then do for each event, until do returns false or the
// context ends. A stream that breaks is opened again; broken, unless nil, hears of it.
// Only an error of the first attempt is returned.
func (cl *client) follow(ctx context.Context, opened func() error, do func(event) bool, broken func(error)) error {
	going := true
	wait := firstRetry
	for first := true; going; first = false {
		res, err := cl.open(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err == nil:
			wait = firstRetry
			if first && opened != nil {
				if err := opened(); err != nil {
					res.Body.Close()
					return err
				}
			}
			err = readEvents(res.Body, func(e event) bool { going = do(e); return going })
			res.Body.Close()
		}
		if !going || ctx.Err() != nil {
			return nil
		}
		if broken != nil {
			broken(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, lastRetry)
	}
	return nil
}

func (cl *client) open(ctx context.Context) (*http.Response, error) {
	r, err := cl.request(ctx, http.MethodGet, "events", nil, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	return cl.send(r)
}

// what tells what became of the device or the house the event is about.
func (e event) what() string {
	var d struct {
		What string `json:"what"`
	}
	_ = json.Unmarshal(e.Data, &d) // other data has none
	return d.What
}
