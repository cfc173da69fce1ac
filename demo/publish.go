package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// publish sends one message on a topic below the base.
func (h *House) publish(topic string, payload []byte, retain bool, qos byte) {
	h.send(h.o.Base+"/"+topic, payload, retain, qos)
}

func (h *House) send(topic string, payload []byte, retain bool, qos byte) {
	err := h.o.MQTT.Publish(topic, payload, retain, qos)
	if err != nil && !h.lost {
		h.lost = true
		h.log.Warn("the demo house lost its MQTT connection and tries on", "error", err)
	}
}

// announce publishes what Zigbee2MQTT does when it starts.
func (h *House) announce() {
	h.lost = false
	h.publish("bridge/state", []byte(`{"state":"online"}`), true, 1)
	if h.lost {
		return // still no connection
	}
	h.publishInfo()
	h.publishDevices()
	for _, t := range []string{"groups", "extensions", "converters"} {
		h.publish("bridge/"+t, []byte("[]"), true, 0)
	}
	now := h.o.Now()
	for _, d := range h.joined() {
		if d.powered {
			d.heard = now
		}
		h.publishAvailability(d)
		h.publishState(d, nil)
	}
	h.logLine("info", "z2m: Zigbee2MQTT started!")
	h.sayWhere("p")
}

// Restate publishes once more how every device is, for a hub that listens only since then: a device that sleeps would else
// be unknown to it until it has something to say.
func (h *House) Restate() {
	h.log.Debug("the demo house says again how everything is")
	h.locked(func() {
		for _, d := range h.joined() {
			h.publishState(d, nil)
		}
	})
}

// leave publishes what Zigbee2MQTT does when it is stopped.
func (h *House) leave() {
	h.logLine("info", "z2m: Stopping Zigbee2MQTT (restart=false, code=0, signal=SIGTERM)")
	h.publish("bridge/state", []byte(`{"state":"offline"}`), true, 1)
}

// joined lists the devices that are part of the network.
func (h *House) joined() []*device {
	return slices.DeleteFunc(slices.Clone(h.devices), func(d *device) bool { return !d.joined })
}

func (h *House) publishDevices() {
	list := []map[string]json.RawMessage{h.coord.entry}
	for _, d := range h.joined() {
		list = append(list, d.entry)
	}
	h.publish("bridge/devices", mustJSON(list), true, 0)
}

func (h *House) publishInfo() {
	var info map[string]any
	if err := json.Unmarshal(infoJSON, &info); err != nil {
		panic(fmt.Sprintf("demo: data/info.json: %v", err))
	}
	open := h.permit.After(h.o.Now())
	info["permit_join"] = open
	if open {
		info["permit_join_end"] = h.permit.UnixMilli()
	}
	names := map[string]any{}
	for _, d := range h.joined() {
		names[d.IEEE] = map[string]any{"friendly_name": d.name}
	}
	config := info["config"].(map[string]any)
	config["devices"] = names
	config["mqtt"].(map[string]any)["base_topic"] = h.o.Base
	h.publish("bridge/info", mustJSON(info), true, 0)
}

func (h *House) publishAvailability(d *device) {
	state := `{"state":"online"}`
	if !d.online {
		state = `{"state":"offline"}`
	}
	h.publish(d.name+"/availability", []byte(state), true, 1)
}

// publishState publishes the whole cached state, and once what is no state, such as an action.
func (h *House) publishState(d *device, once map[string]any) {
	state := maps.Clone(d.cache)
	d.last = mustJSON(state)
	maps.Copy(state, once)
	if !d.heard.IsZero() {
		state["last_seen"] = d.heard.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	h.publish(d.name, mustJSON(state), false, 0)
}

// reportNow lets a device say what it has. Without power it says nothing.
func (h *House) reportNow(d *device) {
	if !d.powered || !d.joined {
		return
	}
	d.heard = h.o.Now()
	d.learn()
	d.dirty, d.urgent = false, false
	h.publishState(d, nil)
}

// logLine publishes a line of Zigbee2MQTT's log. Of equal lines in a row only the first is.
func (h *House) logLine(level, text string) {
	line := mustJSON(map[string]string{"level": level, "message": text})
	if string(line) == h.lastLog {
		return
	}
	h.lastLog = string(line)
	h.publish("bridge/logging", line, false, 0)
}

func (h *House) event(kind string, d *device, more map[string]any) {
	data := map[string]any{"friendly_name": d.name, "ieee_address": d.IEEE}
	maps.Copy(data, more)
	h.publish("bridge/event", mustJSON(map[string]any{"type": kind, "data": data}), false, 0)
}

// budget limits what the house says unasked, by the clock of the wall, so that a fast house does not flood the
// broker: with it and the few messages that cannot wait, twenty in any minute.
type budget struct {
	left float64
	at   time.Time
}

const (
	budgetMost   = 4.0
	budgetMinute = 12.0
)

// take takes one message's worth, if there is so much.
func (b *budget) take(now time.Time) bool {
	b.refill(now)
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// owe takes it in any case; later ones wait the longer.
func (b *budget) owe(now time.Time) {
	b.refill(now)
	b.left--
}

func (b *budget) refill(now time.Time) {
	if b.at.IsZero() {
		b.left, b.at = budgetMost, now
	}
	b.left = min(b.left+budgetMinute*now.Sub(b.at).Minutes(), budgetMost)
	b.at = now
}
