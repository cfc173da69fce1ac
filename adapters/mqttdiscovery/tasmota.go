package mqttdiscovery

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// tasmotaConfig is what a device publishes, retained, at tasmota/discovery/MAC/config.
type tasmotaConfig struct {
	IP       string         `json:"ip"`
	Name     string         `json:"dn"`
	Labels   []*string      `json:"fn"`
	Host     string         `json:"hn"`
	MAC      string         `json:"mac"`
	Model    string         `json:"md"`
	Fan      int            `json:"if"`
	Offline  string         `json:"ofln"`
	Online   string         `json:"onln"`
	Firmware string         `json:"sw"`
	Topic    string         `json:"t"`
	Full     string         `json:"ft"`
	Prefixes []string       `json:"tp"`
	Relays   []int          `json:"rl"` // 1 a relay, 2 a light, 3 a shutter's
	Switches []int          `json:"swc"`
	Buttons  []int          `json:"btn"`
	Options  map[string]int `json:"so"`
	Linked   int            `json:"lk"`
	Light    int            `json:"lt_st"` // 1 dimmer, 2 white, 3 RGB, 4 RGBW, 5 RGBCW
	Battery  int            `json:"bat"`
	Sleeps   int            `json:"dslp"`
	Shutters []int          `json:"sho"`
	States   []string       `json:"state"`
}

// tasmotaDevice is a device of Tasmota's own discovery.
type tasmotaDevice struct {
	config, sensors []byte
	may             func(topic string) bool // of whoever sent config
}

func (d *tasmotaDevice) follows() []string { return nil }

// tasmota handles tasmota/discovery/MAC/config and /sensors.
func (a *Adapter) tasmota(m adapters.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts := strings.Split(m.Topic, "/")
	if len(parts) != 4 {
		return
	}
	key := "tasmota/" + parts[2]
	d, _ := a.devices[key].(*tasmotaDevice)
	if d == nil {
		if len(m.Payload) == 0 {
			return
		}
		if len(a.devices) >= maxDevices {
			a.refuse(m.Topic, errTooManyDevices)
			return
		}
		d = &tasmotaDevice{}
		a.devices[key] = d
	}
	if len(m.Payload) > maxConfigBytes {
		a.refuse(m.Topic, fmt.Errorf("it has %d bytes; at most %d", len(m.Payload), maxConfigBytes))
		return
	}
	if parts[3] == "sensors" {
		d.sensors = bytes.Clone(m.Payload)
	} else if d.config, d.may = bytes.Clone(m.Payload), a.may(m.From); len(d.config) == 0 {
		delete(a.devices, key)
	}
	a.touch(key)
}

// tasmotaMaker makes points of a Tasmota device's configuration.
type tasmotaMaker struct {
	c      tasmotaConfig
	t      *thing
	labels map[model.EndpointID]string
}

func (d *tasmotaDevice) thing() (*thing, error) {
	if d.config == nil {
		return nil, nil
	}
	var c tasmotaConfig
	if err := json.Unmarshal(d.config, &c); err != nil {
		return nil, fmt.Errorf("the configuration does not parse: %w", err)
	}
	if len(c.MAC) != 12 || c.Topic == "" || len(c.Prefixes) < 3 || !strings.Contains(c.Full, "%prefix%") {
		return nil, errors.New("the configuration lacks mac, t, tp or ft")
	}
	t := &thing{description: model.Description{
		Source: model.SourceID(adapterName + "/tasmota-" + strings.ToLower(c.MAC)), Identities: []model.Identity{{Kind: model.IdentityMAC, Value: c.MAC}},
		Name: cmp.Or(c.Name, c.label(0), c.Topic), Vendor: "Tasmota", Model: c.Model, Product: c.Model, Firmware: c.Firmware, Sleepy: c.Sleeps != 0,
	}}
	mk := &tasmotaMaker{c, t, map[model.EndpointID]string{}}
	if topic := mk.topic(0, "STATE"); d.may != nil && !d.may(topic) {
		return nil, notAllowed(topic)
	}
	t.presence = []presence{{mk.topic(2, "LWT"), func(m *message) (bool, bool) {
		s := m.text()
		return s == cmp.Or(c.Online, "Online"), s == cmp.Or(c.Online, "Online") || s == cmp.Or(c.Offline, "Offline")
	}}}
	mk.relays()
	mk.inputs()
	mk.sensors(d.sensors)
	mk.tell("health.rssi", model.MainEndpoint, func(m *message) model.Value { return numberOf(m.member("Wifi", "Signal")) })
	mk.tell("health.uptime", model.MainEndpoint, func(m *message) model.Value { return numberOf(m.member("UptimeSec")) })
	t.asks = []outgoing{{topic: mk.topic(0, "STATE")}, {topic: mk.topic(0, "STATUS"), payload: "8"}}
	t.finish(mk.labels)
	return t, nil
}

func (c *tasmotaConfig) label(i int) string {
	if i < len(c.Labels) && c.Labels[i] != nil {
		return *c.Labels[i]
	}
	return ""
}

// topic fills in the full topic for a prefix: 0 commands, 1 states, 2 telemetry.
func (mk *tasmotaMaker) topic(prefix int, leaf string) string {
	c := &mk.c
	full := strings.NewReplacer("%prefix%", c.Prefixes[prefix], "%topic%", c.Topic, "%hostname%", c.Host, "%id%", c.MAC[6:]).Replace(c.Full)
	return strings.TrimSuffix(full, "/") + "/" + leaf
}

func numberOf(v any) model.Value {
	if f, ok := float(v); ok {
		return model.Number(f)
	}
	return model.Value{}
}

// tell adds a point that the state and the result of a command tell.
func (mk *tasmotaMaker) tell(a model.Attribute, at model.EndpointID, read func(*message) model.Value) *point {
	p := &point{endpoint: at, property: property(a, model.AccessRead), topic: mk.topic(2, "STATE"), more: []string{mk.topic(1, "RESULT"), mk.topic(1, "STATUS11")}}
	p.read = func(m *message) model.Value {
		if inner := m.member("StatusSTS"); inner != nil {
			m = &message{topic: m.topic, json: inner, decoded: true}
		}
		return read(m)
	}
	mk.t.add(p)
	return p
}

// set lets a point be set by a command.
func (mk *tasmotaMaker) set(p *point, command string, write func(v model.Value, w *writing) (string, error)) {
	p.property.Access = model.AccessWrite
	if mk.c.Options["4"] == 1 { // results come under the command's own name
		p.more = append(p.more, mk.topic(1, strings.ToUpper(command)))
	}
	p.write = func(v model.Value, w *writing) ([]outgoing, error) {
		text, err := write(v, w)
		return []outgoing{{topic: mk.topic(0, command), payload: text}}, err
	}
}

func plainWrite(c conversion) func(model.Value, *writing) (string, error) {
	return func(v model.Value, _ *writing) (string, error) { return c.write(v) }
}
