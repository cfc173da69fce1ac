package zigbee2mqtt

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	sweepEvery     = 100 * time.Millisecond // between two questions of a sweep: a Zigbee network is slow
	sweepAnswer    = 10 * time.Second       // within which a state is taken for the answer
	snapshotLimit  = 8 << 20                // the largest message from the WebSocket, bytes
	snapshotPatrol = 5 * time.Second        // silence after which the snapshot is over
)

// startSweep begins to ask every mains device for what it can be asked for. A late subscriber gets
// no state from Zigbee2MQTT, and devices that sleep would not answer.
func (a *Adapter) startSweep() {
	a.unswept = slices.Sorted(maps.Keys(a.devices))
	if !a.sweeping {
		a.sweeping = true
		a.after(sweepEvery, a.sweep)
	}
}

// sweep asks the next device.
func (a *Adapter) sweep() {
	for len(a.unswept) > 0 {
		d := a.devices[a.unswept[0]]
		a.unswept = a.unswept[1:]
		if d == nil || d.group || d.sleepy || d.disabled || len(d.codec.readable) == 0 || d.reachable != nil && !*d.reachable {
			continue
		}
		if err := a.get(d, d.codec.readable); err != nil {
			a.log.Debug("asking a device for its state", "device", d.name, "error", err)
		}
		d.sweptAt = a.o.Now()
		a.after(sweepEvery, a.sweep)
		return
	}
	a.sweeping = false
}

// snapshot reads the state of every device from Zigbee2MQTT's own WebSocket, which sends all it
// has as soon as one connects. What it says is no news: it counts as restored until the device reports.
func (a *Adapter) snapshot(ctx context.Context) {
	conn, _, err := websocket.Dial(ctx, a.o.WebSocketURL, nil)
	if err != nil {
		a.log.Warn("the snapshot from Zigbee2MQTT's WebSocket: is its front end on and the token right?", "error", redact(err, a.o.WebSocketURL))
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(snapshotLimit)
	for {
		quiet, cancel := context.WithTimeout(ctx, snapshotPatrol)
		_, frame, err := conn.Read(quiet)
		cancel()
		if err != nil {
			if websocket.CloseStatus(err) == 4401 {
				a.log.Warn("Zigbee2MQTT's WebSocket refused the token: correct it in the settings")
			} else if !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				a.log.Debug("the snapshot from Zigbee2MQTT's WebSocket ended", "error", redact(err, a.o.WebSocketURL))
			}
			return
		}
		a.frame(frame)
	}
}

// frame handles one WebSocket message: {"topic":"living/lamp","payload":{...}}.
func (a *Adapter) frame(b []byte) {
	var f struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(b, &f) != nil || f.Topic == "" || f.Topic == "bridge/logging" || f.Topic == "bridge/definitions" {
		return
	}
	a.message(f.Topic, f.Payload, true)
}

// redact keeps the token in a URL out of the log.
func redact(err error, address string) string {
	text := err.Error()
	if u, perr := url.Parse(address); perr == nil && u.RawQuery != "" {
		text = strings.ReplaceAll(text, u.RawQuery, "...")
	}
	return text
}
