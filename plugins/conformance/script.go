package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// script is a *.test file: steps, one a line, # begins a comment.
type script struct {
	name  string
	steps []step
}

// step is one line of a script:
//
//	value ATTRIBUTE VALUE        the hub knows, soon, that the attribute has the value
//	command ATTRIBUTE=VALUE...   the hub asks for it, and the plugin answers that it is done
//	command CAPABILITY.ACTION NAME=VALUE...
//	event EVENT NAME=VALUE...    the plugin tells, soon, of the event
//	touch STATE=VALUE...         somebody changes the device's state
//	send TEXT                    the device sends a line of its own
//	state NAME=VALUE             the device's state is so, soon
//	request TEXT                 the device was asked something that begins so
//	offline | online             the device is switched off, on
//	unreachable | reachable      the hub knows, soon
//
// An attribute of a part is "PART ATTRIBUTE", as in "value left:on_off.on true".
type step struct {
	line int
	verb string
	args []string
	text string // all after the verb
}

var verbs = map[string]int{"value": 2, "command": 1, "event": 1, "touch": 1, "send": 1, "state": 1, "request": 1, "offline": 0, "online": 0, "unreachable": 0, "reachable": 0}

func parseScript(name, text string) (script, error) {
	s := script{name: name}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		verb, rest, _ := strings.Cut(line, " ")
		st := step{line: i + 1, verb: verb, text: strings.TrimSpace(rest), args: strings.Fields(rest)}
		least, known := verbs[verb]
		if !known {
			return s, fmt.Errorf("line %d: %q is no step", i+1, verb)
		}
		if len(st.args) < least {
			return s, fmt.Errorf("line %d: %s needs more than %q", i+1, verb, rest)
		}
		s.steps = append(s.steps, st)
	}
	return s, nil
}

// capabilities are those that the script shows to work.
func (s script) capabilities() (out []model.Capability) {
	for _, st := range s.steps {
		switch st.verb {
		case "value", "event", "command":
			for _, a := range st.args {
				_, attr := attribute(strings.SplitN(a, "=", 2)[0])
				if c := attr.Capability(); c != "" {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// attribute takes "left:on_off.on" apart.
func attribute(s string) (model.EndpointID, model.Attribute) {
	if e, a, ok := strings.Cut(s, ":"); ok {
		return model.EndpointID(e), model.Attribute(a)
	}
	return model.MainEndpoint, model.Attribute(s)
}

// parse reads a value: JSON, or a bare word.
func parse(s string) model.Value {
	var v model.Value
	if json.Unmarshal([]byte(s), &v) == nil {
		return v
	}
	return model.String(s)
}

// same compares values; numbers may differ by what is lost in a device's own units.
func same(a, b model.Value) bool {
	x, ok1 := a.Number()
	y, ok2 := b.Number()
	if ok1 && ok2 {
		return math.Abs(x-y) <= 1e-6+0.02*math.Max(math.Abs(x), math.Abs(y))
	}
	return a == b || a.String() == b.String()
}

func pairs(args []string) map[string]string {
	out := map[string]string{}
	for _, a := range args {
		k, v, _ := strings.Cut(a, "=")
		out[k] = v
	}
	return out
}

// soon is how long a step may take to come true.
func (k *kit) soon() time.Duration { return max(k.offline, 10*time.Second) }

// commandLimit is the deadline of the kit's commands: that they are done is what counts, not how soon.
const commandLimit = 15 * time.Second

// do carries a step out; the error says what did not come true.
func (e *env) do(ctx context.Context, st step) error {
	s, d, k := e.subject, e.device, e.kit
	switch st.verb {
	case "value":
		part, attr := attribute(st.args[0])
		want := parse(st.args[1])
		var got model.Value
		if !s.wait(ctx, k.soon(), func() bool { got, _ = s.hub.Value(e.source, part, attr); return same(got, want) }) {
			return fmt.Errorf("%s is %s, expected %s", attr, got, want)
		}
	case "command":
		c := commandOf(e.id, st)
		if err := s.command(ctx, c, commandLimit); err != nil {
			return fmt.Errorf("the command %s is not done: %w", st.text, err)
		}
	case "event":
		if !s.wait(ctx, k.soon(), func() bool { return e.happened(st) }) {
			return fmt.Errorf("the event %s never came; there were: %v", st.text, s.hub.Events())
		}
	case "touch":
		d.Touch(pairs(st.args))
	case "send":
		d.Send(st.text)
	case "state":
		for name, want := range pairs(st.args) {
			if !until(ctx, k.soon(), func() bool { return same(parse(d.State(name)), parse(want)) }) {
				return fmt.Errorf("the device's %s is %s, expected %s; it was asked: %s", name, d.State(name), want, strings.Join(last(d.Requests(), 3), ", "))
			}
		}
	case "request":
		if !until(ctx, k.soon(), func() bool { return d.Count(st.text) > 0 }) {
			return fmt.Errorf("the device was never asked %q, but: %s", st.text, strings.Join(last(d.Requests(), 3), ", "))
		}
	case "offline":
		d.Off()
	case "online":
		return d.On()
	case "unreachable", "reachable":
		want := st.verb == "reachable"
		if !s.wait(ctx, k.offline+2*time.Second, func() bool { ok, _ := s.hub.IsReachable(e.source); return ok == want }) {
			return fmt.Errorf("the device is not said to be %s", st.verb)
		}
	}
	return nil
}

// commandOf makes the command of a step.
func commandOf(device string, st step) protocol.Command {
	c := protocol.Command{Device: device, Key: fmt.Sprintf("kit-%d-%d", time.Now().UnixNano(), st.line)}
	first, _, writes := strings.Cut(st.args[0], "=")
	part, attr := attribute(first)
	c.Endpoint = string(part)
	if !writes {
		c.Action, c.Args = attr, map[string]model.Value{}
		for k, v := range pairs(st.args[1:]) {
			c.Args[k] = parse(v)
		}
		return c
	}
	for _, a := range st.args {
		name, value, _ := strings.Cut(a, "=")
		_, attr := attribute(name)
		c.Writes = append(c.Writes, model.Write{Attribute: attr, Value: parse(value)})
	}
	return c
}

func (e *env) happened(st step) bool {
	part, event := attribute(st.args[0])
	want := map[string]string{}
	maps.Copy(want, pairs(st.args[1:]))
	for _, h := range e.subject.hub.Events() {
		if h.Source != e.source || h.Endpoint != part || h.Event != event {
			continue
		}
		fits := true
		for k, v := range want {
			fits = fits && same(h.Args[k], parse(v))
		}
		if fits {
			return true
		}
	}
	return false
}

func last(list []string, n int) []string { return list[max(0, len(list)-n):] }

// until polls for something that nobody tells of.
func until(ctx context.Context, limit time.Duration, ok func() bool) bool {
	deadline := time.After(limit)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return false
		case <-deadline:
			return ok()
		case <-tick.C:
		}
	}
	return true
}
