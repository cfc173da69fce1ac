package mqttbridge

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// description is Homie's document about a device.
type description struct {
	Homie    string          `json:"homie"`
	Version  uint32          `json:"version"` // a hash of the rest: equal documents have equal versions
	Name     string          `json:"name"`
	Type     string          `json:"type,omitempty"`
	Root     string          `json:"root,omitempty"`
	Parent   string          `json:"parent,omitempty"`
	Children []string        `json:"children,omitempty"`
	Nodes    map[string]node `json:"nodes,omitempty"`
}

type node struct {
	Name       string                  `json:"name,omitempty"`
	Type       string                  `json:"type,omitempty"`
	Properties map[string]propertyInfo `json:"properties"`
}

type propertyInfo struct {
	Name     string `json:"name,omitempty"`
	Datatype string `json:"datatype"`
	Format   string `json:"format,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Settable bool   `json:"settable,omitempty"`
	Retained *bool  `json:"retained,omitempty"`
}

// datatypes gives the model's types their names in Homie.
var datatypes = map[model.Type]string{
	model.TypeBool: "boolean", model.TypeInt: "integer", model.TypeFloat: "float", model.TypeEnum: "enum", model.TypeString: "string", model.TypeTime: "datetime",
	model.TypeSet: "json", model.TypeList: "json", model.TypeObject: "json",
}

// shown is a device as it is published.
type shown struct {
	id     string // Homie's
	topics map[home.Slot]string
	colors map[string][2]home.Slot // by topic: what makes a colour
	events map[home.Slot]string
	config map[string]string // Home Assistant's messages, by topic
}

// target is what a command topic sets.
type target struct {
	device   model.DeviceID
	endpoint model.EndpointID
	property *model.Property // nil for an action or colour
	action   model.Capability
	color    string // "hs" or "xy"
}

func (b *Bridge) root() string { return "homie/5/" + b.o.Instance }

// kebab makes a Homie id: a-z, 0-9 and -. What was lost is made up for by a hash, so that ids stay apart.
func kebab(s string) string {
	var out strings.Builder
	lost := false
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case r == '_' || r == '-' || r == ' ' || r == '/' || r == '.':
			out.WriteByte('-')
		default:
			lost = true
		}
	}
	id := strings.Trim(out.String(), "-")
	for strings.Contains(id, "--") {
		id = strings.ReplaceAll(id, "--", "-")
	}
	if lost || id == "" {
		h := fnv.New32a()
		h.Write([]byte(s))
		id = strings.TrimPrefix(fmt.Sprintf("%s-%x", id, h.Sum32()), "-")
	}
	return id
}

// describeRoot publishes the hub's own device, whose children the others are.
func (b *Bridge) describeRoot() error {
	b.mu.Lock()
	d := description{Homie: "5.0", Name: "Concord", Type: "hub"}
	for _, x := range b.shown {
		d.Children = append(d.Children, x.id)
	}
	b.mu.Unlock()
	slices.Sort(d.Children)
	if err := b.put(b.root()+"/$description", d.encode()); err != nil {
		return err
	}
	return b.put(b.root()+"/$state", "ready")
}

func (d description) encode() string {
	d.Version = 0
	b, _ := json.Marshal(d) // strings and numbers always marshal
	h := fnv.New32a()
	h.Write(b)
	d.Version = h.Sum32()
	b, _ = json.Marshal(d)
	return string(b)
}

// device publishes a device, or takes it back where it is not to be.
func (b *Bridge) device(v *home.View, id model.DeviceID, s Settings) error {
	d := v.Device(id)
	b.mu.Lock()
	old := b.shown[id]
	b.mu.Unlock()
	if !s.chosen(v, d) {
		if old == nil {
			return nil
		}
		b.mu.Lock()
		delete(b.shown, id)
		maps.DeleteFunc(b.slots, func(_ string, t target) bool { return t.device == id })
		b.mu.Unlock()
		return b.takeBack(old.all(), nil)
	}
	x := &shown{id: b.o.Instance + "-" + kebab(string(id)), topics: map[home.Slot]string{}, colors: map[string][2]home.Slot{}, events: map[home.Slot]string{}, config: map[string]string{}}
	doc := description{Homie: "5.0", Name: nameOf(d), Type: string(d.Type()), Root: b.o.Instance, Parent: b.o.Instance, Nodes: map[string]node{}}
	slots := map[string]target{}
	for _, e := range d.Endpoints() {
		x.endpoint(d, e, doc.Nodes, slots)
	}
	if s.HomeAssistant {
		x.homeAssistant(b.o.Prefix, b.root(), v, d)
	}
	b.mu.Lock()
	maps.DeleteFunc(b.slots, func(_ string, t target) bool { return t.device == id })
	maps.Copy(b.slots, slots)
	b.shown[id] = x
	b.mu.Unlock()
	if old != nil {
		if err := b.takeBack(old.all(), x.all()); err != nil {
			return err
		}
	}
	return x.publish(b, v, d, doc)
}

func nameOf(d *home.Device) string {
	if n := d.Name("en"); n != "" {
		return n
	}
	return string(d.ID)
}

// all lists the retained topics of a device.
func (x *shown) all() map[string]bool {
	out := map[string]bool{x.base() + "/$description": true, x.base() + "/$state": true}
	for _, t := range x.topics {
		out[t] = true
	}
	for t := range x.colors {
		out[t] = true
	}
	for t := range x.config {
		out[t] = true
	}
	return out
}

func (b *Bridge) takeBack(old, now map[string]bool) error {
	for _, topic := range slices.Sorted(maps.Keys(old)) {
		if !now[topic] {
			if err := b.put(topic, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *shown) base() string { return "homie/5/" + x.id }

// publish publishes all of a device: described before it is said to be ready.
func (x *shown) publish(b *Bridge, v *home.View, d *home.Device, doc description) error {
	if err := b.put(x.base()+"/$description", doc.encode()); err != nil {
		return err
	}
	for slot := range x.topics {
		if err := x.value(b, d, slot); err != nil {
			return err
		}
	}
	state := "ready"
	if ok, _ := v.Reachable(d); !ok {
		state = "lost"
	}
	if err := b.put(x.base()+"/$state", state); err != nil {
		return err
	}
	for _, topic := range slices.Sorted(maps.Keys(x.config)) {
		if err := b.put(topic, x.config[topic]); err != nil {
			return err
		}
	}
	return nil
}

// value publishes an attribute, and the colour that it is a part of. What is unknown is not there.
func (x *shown) value(b *Bridge, d *home.Device, slot home.Slot) error {
	topic, ok := x.topics[slot]
	if !ok {
		return nil
	}
	st, _ := d.State(slot)
	if err := b.put(topic, text(st.Value)); err != nil {
		return err
	}
	for topic, pair := range x.colors {
		if slot != pair[0] && slot != pair[1] {
			continue
		}
		first, _ := d.State(pair[0])
		second, _ := d.State(pair[1])
		form, last := "hsv,", ",100"
		if pair[0].Attribute == "color.x" {
			form, last = "xyz,", ""
		}
		if first.Value.IsUnknown() || second.Value.IsUnknown() {
			continue
		}
		if err := b.put(topic, form+text(first.Value)+","+text(second.Value)+last); err != nil {
			return err
		}
	}
	return nil
}

// text renders a value as Homie has it. Empty text is a zero byte, since an empty message takes a topic back.
func text(v model.Value) string {
	switch {
	case v.IsUnknown():
		return ""
	case v == model.String(""):
		return "\x00"
	}
	return v.String()
}

// happened publishes an event, not retained: it is over when it is heard.
func (x *shown) happened(b *Bridge, e home.Occurred) {
	topic, ok := x.events[home.Slot{Endpoint: e.Endpoint, Attribute: e.Event}]
	if !ok {
		return
	}
	args := map[string]any{}
	for k, v := range e.Args {
		args[k] = v
	}
	_, args["event"] = e.Event.Split()
	payload, err := json.Marshal(args)
	if err != nil {
		return
	}
	if err := b.o.MQTT.Publish(topic, payload, false, 0); err != nil {
		b.log.Debug("an event was not published", "topic", topic, "error", err)
	}
}
