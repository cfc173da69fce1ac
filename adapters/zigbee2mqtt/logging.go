package zigbee2mqtt

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// failure is what a line of bridge/logging says went wrong with a command.
type failure struct {
	name   string // the device's friendly name; "" when the line does not say
	key    string // the property; "" when the line does not say
	detail string // Zigbee2MQTT's own words
	silent bool   // the device did not answer, rather than refuse
	get    bool   // it was a question, not a command
}

// failureRules read the only thing that Zigbee2MQTT says of a command that failed: free text.
// The groups are name, key, detail and kind.
var failureRules = []*regexp.Regexp{
	regexp.MustCompile(`(?s)Publish '(?P<kind>set|get)' '(?P<key>.*?)' to '(?P<name>.*?)' failed: (?P<detail>.*)$`),
	regexp.MustCompile(`(?s)No converter available for '(?P<key>.*?)' on '(?P<name>.*?)'(?P<detail>.*)$`),
	regexp.MustCompile(`(?s)No converter available for '(?P<key>.*?)'(?P<detail>.*)$`), // 1.x
	regexp.MustCompile(`(?s)Entity '(?P<name>.*)' is unknown`),
	regexp.MustCompile(`(?s)Invalid message '.*?', skipping`),
}

// silence tells errors of delivery from refusals.
var silence = regexp.MustCompile(`(?i)timeout|timed out|no response|not respond|delivery failed|no_ack|no_route|no network route|unreachable|route error|data request failed|channel_access`)

// parseFailure reads one line; ok is false when it is about something else.
func parseFailure(message string) (f failure, ok bool) {
	for _, r := range failureRules {
		m := r.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		group := func(name string) string {
			if i := r.SubexpIndex(name); i >= 0 {
				return m[i]
			}
			return ""
		}
		f = failure{name: group("name"), key: group("key"), get: group("kind") == "get"}
		f.detail = strings.Trim(group("detail"), "' ")
		f.silent = silence.MatchString(f.detail)
		if len(f.detail) < 5 {
			f.detail = strings.TrimPrefix(message, "z2m: ")
		}
		return f, true
	}
	return f, false
}

// logging handles bridge/logging, half of all messages, of which few matter.
func (a *Adapter) logging(payload []byte) {
	level := textOf(parseValue(member(payload, "level")))
	if level != "error" && level != "warning" && level != "warn" {
		return
	}
	var line struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(payload, &line) != nil { // 1.x logs objects too
		return
	}
	f, ok := parseFailure(line.Message)
	if !ok {
		if level == "error" {
			a.bridge.trouble, a.bridge.troubleAt = line.Message, a.o.Now()
		}
		return
	}
	if !f.get {
		a.fail(f)
	}
}

// fail ends the commands that a failure is about. A sleepy device that did not answer gets its command again when it is next heard.
func (a *Adapter) fail(f failure) {
	for _, c := range a.about(f) {
		d := c.device
		if f.silent && d.sleepy && !c.retried && a.o.Now().Before(c.deadline) {
			d.retry = c
			continue
		}
		if f.silent {
			a.outcome(c, model.TimedOut, model.ReasonNoAnswer, f.detail)
		} else {
			a.outcome(c, model.Rejected, model.ReasonDeviceError, f.detail)
		}
		a.drop(c)
	}
}

// about finds the commands that a failure may be about: those of the device not yet acknowledged that sent
// the property. A line without a name is only believed where a single command is under way that was sent just now.
func (a *Adapter) about(f failure) []*command {
	var found []*command
	for _, d := range a.devices {
		if f.name != "" && d.name != f.name {
			continue
		}
		for _, c := range d.commands {
			if !c.acked && (f.key == "" || c.sent(f.key)) {
				found = append(found, c)
			}
		}
	}
	if f.name == "" && (len(found) != 1 || a.o.Now().Sub(found[0].sentAt) > time.Second) {
		return nil
	}
	return found
}

// sent reports whether the command sent a property; Zigbee2MQTT names it without its endpoint.
func (c *command) sent(key string) bool {
	return slices.ContainsFunc(c.keys, func(k string) bool { return k == key || strings.HasPrefix(k, key+"_") })
}
