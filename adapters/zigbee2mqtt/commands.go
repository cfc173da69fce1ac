package zigbee2mqtt

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

const (
	// confirmAfter is how long an echo waits for the device's own report before the device is asked.
	confirmAfter = 700 * time.Millisecond
	// silentAfter is when a command that leaves no trace in the state counts as taken, unless an error was logged.
	silentAfter = 2 * time.Second
	// Zigbee2MQTT says that it is online before it listens to commands: what is sent within
	// starting of that, and has left no trace repeatAfter later, is sent again.
	starting    = 15 * time.Second
	repeatAfter = 3 * time.Second
)

// command is one command on its way.
type command struct {
	cmd      model.Command
	device   *device
	topic    string // of the device: without base and "/set"
	payload  []byte
	keys     []string // the properties sent
	writes   []*write
	acked    bool
	retried  bool
	sentAt   time.Time
	deadline time.Time
	timers   []func()
}

func (c *command) stop() {
	for _, stop := range c.timers {
		stop()
	}
}

// write is one attribute of a command, followed until the device itself confirms it.
type write struct {
	b        *binding
	prop     property    // what was sent
	want     model.Value // what was asked for
	echoed   bool        // Zigbee2MQTT published the target
	echoSeen string      // last_seen at that time
	asked    bool        // the device has been asked for its value since
	done     bool
}

// execute carries out one command, under the lock.
func (a *Adapter) execute(cmd model.Command) {
	c := &command{cmd: cmd, sentAt: a.o.Now(), deadline: cmd.Deadline}
	id := strings.TrimPrefix(string(cmd.Source), adapterName+"/")
	d := a.devices[id]
	switch {
	case d == nil:
		a.outcome(c, model.Rejected, model.ReasonUnknownDevice, "Zigbee2MQTT has no such device")
		return
	case a.bridge.known && !a.bridge.online:
		a.outcome(c, model.Rejected, model.ReasonUnreachable, "Zigbee2MQTT is offline")
		return
	}
	c.device, c.topic = d, d.name
	if c.deadline.IsZero() {
		c.deadline = c.sentAt.Add(mainsTimeout)
		if d.sleepy {
			c.deadline = c.sentAt.Add(sleepyTimeout)
		}
	}
	if cmd.Action != "" {
		a.act(c)
		return
	}
	props, code, err := c.prepare()
	if err != nil {
		a.outcome(c, model.Rejected, code, err.Error())
		return
	}
	a.send(c, props)
}

// prepare works out what to send for a command's writes.
func (c *command) prepare() ([]property, model.ReasonCode, error) {
	var props []property
	gradual := false
	for _, w := range c.cmd.Writes {
		b := c.device.codec.byAttribute[attributeKey{c.cmd.Endpoint, w.Attribute}]
		if b == nil {
			return nil, model.ReasonUnsupported, fmt.Errorf("%s has no %s on endpoint %s", c.device.name, w.Attribute, c.cmd.Endpoint)
		}
		if b.access&accessSet == 0 || b.conv.write == nil {
			return nil, model.ReasonReadOnly, fmt.Errorf("%s of %s cannot be set", w.Attribute, c.device.name)
		}
		sent, err := b.encode(w.Value)
		if err != nil {
			return nil, model.ReasonInvalidValue, err
		}
		props = append(props, sent...)
		gradual = gradual || b.gradual
		if b.access&accessPublished != 0 {
			c.writes = append(c.writes, &write{b: b, prop: sent[len(sent)-1], want: w.Value})
		}
	}
	if gradual && c.cmd.Transition > 0 {
		props = append(props, property{key: "transition", value: model.Number(c.cmd.Transition)})
	}
	return props, "", nil
}

// compose makes one JSON object of what is to be sent: a group of writes acts together.
func compose(props []property) []byte {
	object := map[string]any{}
	for _, p := range props {
		if p.path == "" {
			object[p.key] = p.value
			continue
		}
		inner, ok := object[p.key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[p.key] = inner
		}
		inner[p.path] = p.value
	}
	b, _ := json.Marshal(object) // values of the model always marshal
	return b
}

// send publishes a command and begins to follow it.
func (a *Adapter) send(c *command, props []property) {
	d := c.device
	c.payload = compose(props)
	for _, p := range props {
		c.keys = append(c.keys, p.key)
	}
	if err := a.o.MQTT.Publish(a.o.Base+"/"+c.topic+"/set", c.payload, false, 0); err != nil {
		a.outcome(c, model.Rejected, model.ReasonUnreachable, "the MQTT broker cannot be reached: "+err.Error())
		return
	}
	a.supersede(d, c)
	d.commands = append(d.commands, c)
	c.timers = append(c.timers, a.after(c.deadline.Sub(a.o.Now()), func() { a.drop(c) }))
	if len(c.writes) == 0 {
		c.timers = append(c.timers, a.after(silentAfter, func() { a.ack(c) }))
	} else if a.o.Now().Sub(a.bridge.startedAt) < starting {
		c.timers = append(c.timers, a.after(repeatAfter, func() { a.repeat(c) }))
	}
}

// repeatUnheard repeats what was sent before Zigbee2MQTT came (back) online, as when both restart together.
func (a *Adapter) repeatUnheard() {
	for _, d := range a.devices {
		for _, c := range d.commands {
			if len(c.writes) > 0 {
				c.timers = append(c.timers, a.after(repeatAfter, func() { a.repeat(c) }))
			}
		}
	}
}

// repeat sends writes once more that Zigbee2MQTT seems not to have heard.
func (a *Adapter) repeat(c *command) {
	if c.acked || slices.ContainsFunc(c.writes, func(w *write) bool { return w.echoed || w.done }) {
		return
	}
	if err := a.o.MQTT.Publish(a.o.Base+"/"+c.topic+"/set", c.payload, false, 0); err != nil {
		a.log.Warn("a command to Zigbee2MQTT was not repeated", "device", c.device.name, "error", err)
	}
}

// supersede stops following what earlier commands asked of the same attributes, and forgets
// those of which nothing is left: a lamp that never answers must not gather them.
func (a *Adapter) supersede(d *device, c *command) {
	for _, old := range slices.Clone(d.commands) {
		left := len(old.writes) == 0
		for _, w := range old.writes {
			if slices.ContainsFunc(c.writes, func(n *write) bool { return n.b == w.b }) {
				w.done = true
			}
			left = left || !w.done
		}
		if !left {
			a.drop(old)
		}
	}
	if d.retry != nil && d.retry != c {
		d.retry = nil
	}
}

// act carries out an action.
func (a *Adapter) act(c *command) {
	switch c.cmd.Action {
	case "firmware.update":
		a.request("device/ota_update/update", map[string]any{"id": c.device.name})
		a.ack(c)
		return
	case "firmware.check":
		a.request("device/ota_update/check", map[string]any{"id": c.device.name})
		a.ack(c)
		return
	case refresh:
		if err := a.get(c.device, c.device.codec.readable); err != nil {
			a.outcome(c, model.Rejected, model.ReasonUnreachable, err.Error())
			return
		}
		a.ack(c)
		return
	}
	act, ok := c.device.codec.actions[attributeKey{c.cmd.Endpoint, c.cmd.Action}]
	if !ok {
		a.outcome(c, model.Rejected, model.ReasonUnsupported, fmt.Sprintf("%s cannot %s", c.device.name, c.cmd.Action))
		return
	}
	value := act.value
	if act.arg != "" {
		if value = c.cmd.Args[act.arg]; value.IsUnknown() {
			a.outcome(c, model.Rejected, model.ReasonInvalidValue, fmt.Sprintf("%s needs %q", c.cmd.Action, act.arg))
			return
		}
	}
	if act.record != nil {
		if value, ok = act.record(c.cmd.Args); !ok {
			a.outcome(c, model.Rejected, model.ReasonInvalidValue, fmt.Sprintf("%s of %s needs a number as id, and to set one a secret of the kind pin", c.cmd.Action, c.device.name))
			return
		}
	}
	a.send(c, append(slices.Clone(act.with), property{key: act.key, value: value}))
}

// get asks a device for properties; the answer is a state.
func (a *Adapter) get(d *device, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	ask := make(map[string]string, len(keys))
	for _, k := range keys {
		ask[k] = ""
	}
	b, _ := json.Marshal(ask)
	return a.o.MQTT.Publish(a.o.Base+"/"+d.name+"/get", b, false, 0)
}

func (a *Adapter) outcome(c *command, s model.Status, code model.ReasonCode, detail string) {
	a.hub.Outcome(c.cmd.ID, model.Outcome{Status: s, Reason: model.Reason{Code: code, Detail: detail}})
}

func (a *Adapter) ack(c *command) {
	if c.acked {
		return
	}
	c.acked = true
	a.hub.Outcome(c.cmd.ID, model.Outcome{Status: model.Acked})
	if len(c.writes) == 0 {
		a.drop(c)
	}
}

// drop stops following a command.
func (a *Adapter) drop(c *command) {
	c.stop()
	if d := c.device; d != nil {
		d.commands = slices.DeleteFunc(d.commands, func(o *command) bool { return o == c })
		if d.retry == c {
			d.retry = nil
		}
	}
}

// resend sends once more what a sleepy device missed, now that it was heard.
func (a *Adapter) resend(d *device) {
	c := d.retry
	d.retry = nil
	if a.o.Now().After(c.deadline) {
		return
	}
	c.retried = true
	if err := a.o.MQTT.Publish(a.o.Base+"/"+d.name+"/set", c.payload, false, 0); err != nil {
		a.log.Debug("sending a command again", "device", d.name, "error", err)
	}
}
