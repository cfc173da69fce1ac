package zigbee2mqtt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters"
)

// settleTime is how long after Zigbee2MQTT's start an offline device is not believed: it announces every
// device offline that it has not heard of lately, and takes it back when its ping is answered.
const settleTime = 60 * time.Second

// bridgeState is what Zigbee2MQTT says of itself.
type bridgeState struct {
	known, online bool
	settlesAt     time.Time // until then, offline devices are not believed
	startedAt     time.Time // when it last said that it came online
	version       string
	output        string // advanced.output: "json", or "attribute" which leaves nothing to read
	cacheState    *bool  // advanced.cache_state
	interviews    map[string]string
	trouble       string // the last error that Zigbee2MQTT logged
	troubleAt     time.Time
}

// learn reads bridge/info. It is 28 KB, nearly all of it of no concern here.
func (b *bridgeState) learn(payload []byte, log *slog.Logger) {
	var info struct {
		Version string `json:"version"`
		Config  struct {
			Advanced struct {
				Output     string `json:"output"`
				CacheState *bool  `json:"cache_state"`
			} `json:"advanced"`
		} `json:"config"`
	}
	if err := json.Unmarshal(payload, &info); err != nil {
		log.Warn("bridge/info of Zigbee2MQTT does not parse", "error", err)
		return
	}
	b.version, b.output, b.cacheState = info.Version, info.Config.Advanced.Output, info.Config.Advanced.CacheState
	if b.output == "attribute" {
		log.Warn("Zigbee2MQTT publishes attributes one by one, which the hub cannot follow: set advanced.output to json")
	}
}

// bridgeOnline handles bridge/state: {"state":"online"}, or in 1.x the bare word.
func (a *Adapter) bridgeOnline(payload []byte, retained bool) {
	online := stateWord(payload) == "online"
	was, known := a.bridge.online, a.bridge.known
	a.bridge.known, a.bridge.online = true, online
	if online && !retained {
		a.bridge.startedAt = a.o.Now()
		a.repeatUnheard()
	}
	if online && known && !was && !retained {
		a.bridge.settlesAt = a.o.Now().Add(settleTime)
		a.after(settleTime, a.reachability)
	}
	if online && retained && known {
		a.startSweep() // the hub's connection was away: ask for what was missed
	}
	if online != was || !known {
		a.reachability()
	}
}

// stateWord reads {"state":"online"} or the bare word.
func stateWord(payload []byte) string {
	payload = bytes.TrimSpace(payload)
	if raw := member(payload, "state"); raw != nil {
		return strings.ToLower(textOf(parseValue(raw)))
	}
	return strings.ToLower(string(payload[:min(len(payload), 16)]))
}

// availability handles <name>/availability. It stays in the broker after a device has left, so
// that it says nothing about which devices there are.
func (a *Adapter) availability(name string, payload []byte) {
	if len(payload) == 0 {
		delete(a.avail, name)
	} else if len(a.avail) < maxHeld || a.names[name] != nil {
		a.avail[name] = stateWord(payload)
	}
	if d := a.names[name]; d != nil {
		a.reach(d)
	}
}

// reachability tells the hub of every device whether it answers.
func (a *Adapter) reachability() {
	for _, d := range a.devices {
		a.reach(d)
	}
}

// reach tells the hub whether a device answers, if that is news. Without the availability
// feature, which is off by default, a device counts as reachable while Zigbee2MQTT is.
func (a *Adapter) reach(d *device) {
	ok, why := true, ""
	switch {
	case a.bridge.known && !a.bridge.online:
		ok, why = false, "Zigbee2MQTT is offline"
	case d.disabled:
		ok, why = false, "disabled in Zigbee2MQTT"
	case a.avail[d.name] == "offline" && !a.o.Now().Before(a.bridge.settlesAt):
		ok, why = false, "Zigbee2MQTT: the device does not answer"
	}
	if d.reachable == nil || *d.reachable != ok {
		d.reachable = &ok
		a.hub.Reachable(d.source, ok, why)
	}
}

// event handles bridge/event: devices that join, are interviewed, leave.
func (a *Adapter) event(payload []byte) {
	var e struct {
		Type string `json:"type"`
		Data struct {
			Name   string `json:"friendly_name"`
			IEEE   string `json:"ieee_address"`
			Status string `json:"status"`
		} `json:"data"`
	}
	if json.Unmarshal(payload, &e) != nil {
		return
	}
	switch e.Type {
	case "device_leave":
		a.log.Info("a device left the Zigbee network", "device", e.Data.IEEE)
		delete(a.bridge.interviews, e.Data.IEEE)
		if d := a.devices[e.Data.IEEE]; d != nil {
			a.remove(d, "left the Zigbee network")
		}
	case "device_joined":
		a.log.Info("a device joined the Zigbee network", "device", e.Data.IEEE)
	case "device_interview":
		a.log.Info("interview of a Zigbee device", "device", e.Data.IEEE, "status", e.Data.Status)
		if a.bridge.interviews == nil {
			a.bridge.interviews = map[string]string{}
		}
		if a.bridge.interviews[e.Data.IEEE] = e.Data.Status; e.Data.Status == "successful" {
			delete(a.bridge.interviews, e.Data.IEEE)
		}
	}
}

// Checks returns the adapter's findings for `hub doctor`, problems first.
func (a *Adapter) Checks() []adapters.Check {
	a.mu.Lock()
	defer a.mu.Unlock()
	var bad, good []adapters.Check
	add := func(name string, ok bool, problem, fine string) {
		if ok {
			good = append(good, adapters.Check{Name: name, OK: true, Detail: fine})
		} else {
			bad = append(bad, adapters.Check{Name: name, Detail: problem})
		}
	}
	b := &a.bridge
	add("zigbee2mqtt/bridge", b.online, "Zigbee2MQTT is not online on base topic "+a.o.Base+": is it running, and does it use the hub's broker?",
		fmt.Sprintf("online, version %s, %d devices and groups", b.version, len(a.devices)))
	add("zigbee2mqtt/output", b.output != "attribute", "advanced.output is \"attribute\": the hub reads JSON states only; set it to json (or attribute_and_json)", "publishes JSON states")
	add("zigbee2mqtt/cache", b.cacheState == nil || *b.cacheState, "advanced.cache_state is false: states are partial and some devices lack values; set it to true", "states are complete")
	for ieee, status := range b.interviews {
		add("zigbee2mqtt/interview", status != "failed", "the interview of "+ieee+" failed: pair it again close to the coordinator", "interview of "+ieee+": "+status)
	}
	if b.trouble != "" {
		add("zigbee2mqtt/log", a.o.Now().Sub(b.troubleAt) > time.Hour, "Zigbee2MQTT's last error: "+b.trouble, "Zigbee2MQTT's last error is more than an hour old")
	}
	return append(bad, good...)
}
