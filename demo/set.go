package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// How long things take, by the clock of the wall, as measured with the real one.
const (
	radioTime  = 35 * time.Millisecond     // until a device has acknowledged
	reportTime = 300 * time.Millisecond    // until it reports by itself what it was set to
	giveUp     = 18_500 * time.Millisecond // until Zigbee2MQTT says that a device does not answer
)

// receive handles one message that came in.
func (h *House) receive(m message) {
	rest, ok := strings.CutPrefix(m.topic, h.o.Base+"/")
	if !ok {
		return
	}
	if request, ok := strings.CutPrefix(rest, "bridge/request/"); ok {
		h.request(request, m.payload)
		return
	}
	name, verb, attribute, ok := parseTopic(rest)
	if !ok {
		return
	}
	d, endpoint := h.find(name)
	if d == nil {
		h.logLine("error", fmt.Sprintf("z2m: Entity '%s' is unknown", name))
		return
	}
	values, ok := parseSet(m.payload, attribute)
	switch {
	case !ok:
		h.logLine("error", "z2m: Invalid message 'undefined', skipping...")
	case verb == "get":
		h.ask(d, endpoint, values)
	default:
		h.command(d, endpoint, values)
	}
}

// parseTopic splits NAME/set and NAME/set/ATTRIBUTE; names may hold slashes.
func parseTopic(rest string) (name, verb, attribute string, ok bool) {
	parts := strings.Split(rest, "/")
	for back := 1; back <= 2 && back < len(parts); back++ {
		at := len(parts) - back
		if parts[at] == "set" || parts[at] == "get" {
			return strings.Join(parts[:at], "/"), parts[at], strings.Join(parts[at+1:], "/"), true
		}
	}
	return "", "", "", false
}

// find resolves a friendly name or IEEE address, alone or followed by the name of a part.
func (h *House) find(name string) (d *device, endpoint string) {
	if d := h.named(name); d != nil {
		return d, ""
	}
	cut := strings.LastIndexByte(name, '/')
	if cut < 0 {
		return nil, ""
	}
	if d := h.named(name[:cut]); d != nil && slices.Contains(d.endpoints(), name[cut+1:]) {
		return d, name[cut+1:]
	}
	return nil, ""
}

func (h *House) named(name string) *device {
	for _, d := range h.joined() {
		if d.name == name || d.IEEE == name {
			return d
		}
	}
	return nil
}

// parseSet reads a JSON object, a value for the attribute that the topic names, or a bare word such as ON.
func parseSet(payload []byte, attribute string) (map[string]any, bool) {
	var v any
	err := json.Unmarshal(payload, &v)
	if attribute != "" {
		if err != nil {
			v = string(payload)
		}
		return map[string]any{attribute: v}, true
	}
	if values, ok := v.(map[string]any); ok && err == nil {
		return values, true
	}
	word := string(payload)
	switch strings.ToLower(word) {
	case "on", "off", "toggle", "open", "close", "stop", "lock", "unlock":
		return map[string]any{"state": word}, true
	}
	return nil, false
}

// inOrder lists the keys of a message as Zigbee2MQTT handles them: the state first.
func inOrder(values map[string]any) []string {
	keys := slices.Sorted(maps.Keys(values))
	slices.SortStableFunc(keys, func(a, b string) int {
		return boolInt(strings.HasPrefix(b, "state")) - boolInt(strings.HasPrefix(a, "state"))
	})
	return keys
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// options are keys that say how, not what.
var options = []string{"transition", "hold_time", "identify_timeout"}

// command handles one set: key by key, each with its own publication, or its own failure.
func (h *House) command(d *device, endpoint string, values map[string]any) {
	failures := 0
	for _, key := range inOrder(values) {
		if slices.Contains(options, key) || d.implied(key, values) {
			continue
		}
		key, value := d.stepped(key, values[key])
		p, ok := d.property(key, endpoint)
		if !ok || p.access&canSet == 0 {
			h.logLine("error", fmt.Sprintf("z2m: No converter available for '%s' on '%s': (%s)", key, d.name, mustJSON(value)))
			continue
		}
		v, err := p.check(value)
		if err == nil && d.powered {
			h.after(radioTime, func() { h.carryOut(d, p, v) })
			continue
		}
		if err != nil {
			h.failed("set", d, p, err.Error())
			continue
		}
		failures++
		h.after(time.Duration(failures)*giveUp, func() { h.failed("set", d, p, d.silence(p, "")) })
	}
}

// implied is true of a lamp's ON that comes with a brightness: one command to the lamp does both.
func (d *device) implied(key string, values map[string]any) bool {
	level, ok := values["brightness"].(float64)
	return d.Kind == "light" && key == "state" && ok && level > 0 && equal(values["state"], "ON")
}

// stepped turns brightness_step, which no expose lists, into the brightness that it comes to.
func (d *device) stepped(key string, value any) (string, any) {
	if n, ok := value.(float64); ok && key == "brightness_step" && d.Kind == "light" {
		return "brightness", number(d.real["brightness"]) + n
	}
	return key, value
}

// carryOut is what happens once the device has answered: a publication because it was heard, one of what was asked
// for, and where the device reports by itself, its own word somewhat later.
func (h *House) carryOut(d *device, p property, v any) {
	if !d.joined {
		return
	}
	if !d.powered { // it lost power in between
		h.after(giveUp, func() { h.failed("set", d, p, d.silence(p, "")) })
		return
	}
	e, err := d.behave(p, v)
	if err != nil {
		h.failed("set", d, p, err.Error())
		return
	}
	d.heard = h.o.Now()
	h.publishState(d, nil)
	maps.Copy(d.real, e.echo)
	maps.Copy(d.real, e.quiet)
	maps.Copy(d.cache, e.echo)
	maps.Copy(d.cache, e.hope)
	if len(e.echo)+len(e.hope) > 0 {
		h.publishState(d, nil)
	}
	if e.then != nil {
		e.then(h, d)
	} else if slices.Contains(d.Reports, p.key) {
		h.after(reportTime, func() { h.reportNow(d) })
	}
}

// ask handles one get: the device is asked for each key, and what it has is published.
func (h *House) ask(d *device, endpoint string, values map[string]any) {
	asked, failures := false, 0
	for _, key := range inOrder(values) {
		p, ok := d.property(key, endpoint)
		switch {
		case !ok || p.access&canGet == 0:
			h.logLine("error", fmt.Sprintf("z2m: No converter available for '%s' on '%s': (%s)", key, d.name, mustJSON(values[key])))
		case !d.powered || d.asleep():
			failures++
			h.after(time.Duration(failures)*giveUp, func() { h.failed("get", d, p, d.silence(p, "read")) })
		default:
			asked = true
		}
	}
	if asked {
		h.after(radioTime, func() { h.reportNow(d) })
	}
}

// failed says in the log that something did not work. It is the only place where Zigbee2MQTT says so.
func (h *House) failed(verb string, d *device, p property, why string) {
	h.logLine("error", fmt.Sprintf("z2m: Publish '%s' '%s' to '%s' failed: 'Error: %s'", verb, p.name, d.name, why))
}

// frames are the commands that Zigbee2MQTT's log names when a device does not answer to the setting of a property.
var frames = map[string]string{
	"state":                     "genOnOff.on({}",
	"brightness":                `genLevelCtrl.moveToLevelWithOnOff({"level":254,"transtime":0}`,
	"color_temp":                `lightingColorCtrl.moveToColorTemp({"colortemp":366,"transtime":0}`,
	"position":                  `closuresWindowCovering.goToLiftPercentage({"percentageliftvalue":0}`,
	"occupied_heating_setpoint": `hvacThermostat.write({"occupiedHeatingSetpoint":2100}`,
	"system_mode":               `hvacThermostat.write({"systemMode":4}`,
}

// silence is Zigbee2MQTT's word for a device that did not answer.
func (d *device) silence(p property, verb string) string {
	frame, known := frames[p.name]
	switch {
	case verb == "read":
		frame = `genBasic.read(["` + p.name + `"]`
	case !known:
		frame = `genBasic.write({}`
	}
	return fmt.Sprintf(`ZCL command %s/%d %s, {"timeout":10000,"disableResponse":false,"disableRecovery":false,`+
		`"disableDefaultResponse":false,"direction":0,"reservedBits":0,"writeUndiv":false}) failed `+
		`(Data request failed with error: 'MAC_NO_ACK' (0xe9))`, d.IEEE, d.radioEndpoint(), frame)
}
