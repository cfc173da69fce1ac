package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
)

// asked is the payload of a request: an object, or a bare word.
type asked struct {
	values map[string]any
	word   string
}

func parseRequest(payload []byte) asked {
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		return asked{word: string(payload)}
	}
	switch v := v.(type) {
	case map[string]any:
		return asked{values: v}
	case string:
		return asked{word: v}
	}
	return asked{word: string(payload)}
}

// text is a member, or the bare word.
func (a asked) text(key string) string {
	if s, ok := a.values[key].(string); ok {
		return s
	}
	return a.word
}

func (a asked) truth(key string) bool { return a.values[key] == true }

// answer tells how to answer a request, now or later.
type answer func(data map[string]any, err error)

// requests are those of bridge/request that the simulation knows. Zigbee2MQTT leaves unknown ones without an answer.
var requests = map[string]func(h *House, a asked, reply answer){
	"permit_join":       (*House).permitJoin,
	"device/rename":     (*House).rename,
	"device/remove":     (*House).remove,
	"device/interview":  (*House).acknowledge,
	"device/configure":  (*House).acknowledge,
	"health_check":      func(_ *House, _ asked, reply answer) { reply(map[string]any{"healthy": true}, nil) },
	"coordinator_check": func(_ *House, _ asked, reply answer) { reply(map[string]any{"missing_routers": []any{}}, nil) },
	"restart":           (*House).restart,
}

const answerTime = 40 * time.Millisecond

// request answers on bridge/response, with the transaction that the request carried.
func (h *House) request(topic string, payload []byte) {
	handle, ok := requests[topic]
	if !ok {
		return
	}
	a := parseRequest(payload)
	reply := func(data map[string]any, err error) {
		body := map[string]any{"data": data, "status": "ok"}
		if err != nil {
			body = map[string]any{"data": map[string]any{}, "status": "error", "error": err.Error()}
			h.logLine("error", fmt.Sprintf("z2m: Request '%s/bridge/request/%s' failed with error: '%s'", h.o.Base, topic, err))
		}
		if t, ok := a.values["transaction"]; ok {
			body["transaction"] = t
		}
		h.publish("bridge/response/"+topic, mustJSON(body), false, 0)
	}
	h.after(answerTime, func() { handle(h, a, reply) })
}

const longestPermit = 254 // seconds

// permitJoin opens the network; what is in its box, or was removed, joins while it is open.
func (h *House) permitJoin(a asked, reply answer) {
	seconds, ok := a.values["time"].(float64)
	switch {
	case !ok:
		reply(nil, complaint("Invalid payload"))
		return
	case seconds < 0 || seconds > longestPermit:
		reply(nil, complaint("Cannot permit join for more than 254 seconds."))
		return
	}
	h.permit = h.o.Now().Add(time.Duration(seconds) * time.Second)
	text := "z2m: Zigbee: disabling joining new devices."
	if seconds > 0 {
		text = "z2m: Zigbee: allowing new devices to join."
		h.after(time.Duration(seconds)*time.Second, h.publishInfo)
		h.after(joinTime, h.joinNext)
	}
	h.logLine("info", text)
	h.publishInfo()
	reply(map[string]any{"time": seconds}, nil)
}

const (
	joinTime      = 2 * time.Second
	interviewTime = 2 * time.Second
)

// joinNext lets the first device join that is not part of the network, and the next one after it.
func (h *House) joinNext() {
	if !h.permit.After(h.o.Now()) {
		return
	}
	for _, d := range h.devices {
		if d.joined || !d.powered {
			continue
		}
		h.join(d)
		h.after(interviewTime+joinTime, h.joinNext)
		return
	}
}

func (h *House) join(d *device) {
	d.joined, d.online, d.heard = true, true, h.o.Now()
	d.cache = map[string]any{"linkquality": d.State["linkquality"]}
	d.interview("IN_PROGRESS")
	h.logLine("info", fmt.Sprintf("z2m: Device '%s' joined", d.name))
	h.publishAvailability(d)
	h.event("device_joined", d, nil)
	h.event("device_interview", d, map[string]any{"status": "started"})
	h.publishDevices()
	h.after(interviewTime, func() { h.interviewed(d) })
}

func (d *device) interview(state string) {
	d.entry["interview_state"] = mustJSON(state)
	d.entry["interviewing"] = mustJSON(state == "IN_PROGRESS")
	d.entry["interview_completed"] = mustJSON(state == "SUCCESSFUL")
}

func (h *House) interviewed(d *device) {
	if !d.joined {
		return
	}
	d.interview("SUCCESSFUL")
	h.logLine("info", fmt.Sprintf("z2m: Successfully interviewed '%s', device has successfully been paired", d.name))
	h.event("device_interview", d, map[string]any{"status": "successful", "supported": true, "definition": d.entry["definition"]})
	h.publishDevices()
	h.publishInfo()
	h.reportNow(d)
}

func (h *House) rename(a asked, reply answer) {
	from, _ := a.values["from"].(string)
	to, _ := a.values["to"].(string)
	d := h.named(from)
	var err error
	switch {
	case from == "" || to == "":
		err = complaint("Invalid payload")
	case d == nil:
		err = complaint("Device '" + from + "' does not exist")
	case strings.ContainsAny(to, "+#"):
		err = complaint("MQTT wildcard (+ and #) not allowed in friendly_name ('" + to + "')")
	case h.named(to) != nil && h.named(to) != d:
		err = complaint("friendly_name '" + to + "' is already in use")
	}
	if err != nil {
		reply(nil, err)
		return
	}
	was := d.name
	h.forget(was)
	h.publish(was+"/availability", nil, true, 1)
	d.name = to
	d.entry["friendly_name"] = mustJSON(to)
	h.publishDevices()
	h.publishInfo()
	h.publishState(d, nil)
	reply(map[string]any{"from": was, "to": to, "homeassistant_rename": a.truth("homeassistant_rename")}, nil)
	h.publishAvailability(d)
}

// forget clears the retained state of a name.
func (h *House) forget(name string) { h.publish(name, nil, true, 0) }

// remove takes a device out of the network, if it answers or that is forced. Its availability stays in the
// broker: so the real one leaves it.
func (h *House) remove(a asked, reply answer) {
	id := a.text("id")
	d := h.named(id)
	if d == nil {
		reply(nil, complaint("Device '"+id+"' does not exist"))
		return
	}
	how := fmt.Sprintf("(block: %v, force: %v, keep config: %v, clear cache: %v)", a.truth("block"), a.truth("force"), a.truth("keep_config"), a.truth("clear_cache"))
	h.logLine("info", fmt.Sprintf("z2m: Removing device '%s' %s", d.name, how))
	if !d.powered && !a.truth("force") {
		h.after(giveUp, func() {
			reply(nil, complaint(fmt.Sprintf("Failed to remove device '%s' %s (Error: ZDO request LEAVE_REQUEST failed, device did not answer)", d.name, how)))
		})
		return
	}
	d.halt()
	d.joined = false
	h.forget(d.name)
	h.logLine("info", fmt.Sprintf("z2m: Successfully removed device '%s' %s", d.name, how))
	d.name = d.IEEE
	d.entry["friendly_name"] = mustJSON(d.IEEE)
	h.publishDevices()
	h.publishInfo()
	data := map[string]any{"block": false, "force": false, "keep_config": false, "clear_cache": false}
	maps.Copy(data, a.values)
	delete(data, "transaction")
	data["id"] = id
	reply(data, nil)
}

// acknowledge answers requests that come to nothing here: the device is as well known as it can be.
func (h *House) acknowledge(a asked, reply answer) {
	id := a.text("id")
	d := h.named(id)
	switch {
	case d == nil:
		reply(nil, complaint("Device '"+id+"' does not exist"))
	case !d.powered:
		h.after(giveUp, func() { reply(nil, complaint("interview of '"+d.name+"' ("+d.IEEE+") failed: device did not answer")) })
	default:
		reply(map[string]any{"id": id}, nil)
	}
}

func (h *House) restart(_ asked, reply answer) {
	reply(map[string]any{}, nil)
	h.publish("bridge/state", []byte(`{"state":"offline"}`), true, 1)
	h.after(2*time.Second, h.announce)
}
