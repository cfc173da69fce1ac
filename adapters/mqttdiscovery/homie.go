package mqttdiscovery

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// homieDescription is the document that a Homie 5 device publishes at $description; that of a Homie 4
// device is put together from its attributes.
type homieDescription struct {
	Homie  string               `json:"homie"`
	Name   string               `json:"name"`
	Type   string               `json:"type"`
	Root   string               `json:"root"`
	Parent string               `json:"parent"`
	Nodes  map[string]homieNode `json:"nodes"`
}

type homieNode struct {
	Name       string                   `json:"name"`
	Type       string                   `json:"type"`
	Properties map[string]homieProperty `json:"properties"`
}

type homieProperty struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Format   string `json:"format"`
	Unit     string `json:"unit"`
	Settable bool   `json:"settable"`
	Retained *bool  `json:"retained"` // true when not said
}

// homieDevice is a device of the Homie convention.
type homieDevice struct {
	base       string // "homie/5/kitchen", or with version 4 "homie/kitchen"
	version    int
	attributes map[string]string // version 4, by topic below the base
	document   []byte            // version 5
}

func (d *homieDevice) follows() []string {
	if d.version == 4 {
		return []string{d.base + "/#"}
	}
	return nil
}

func (a *Adapter) homie5(m adapters.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts := strings.Split(m.Topic, "/")
	if len(parts) != 4 || a.o.Own != "" && strings.HasPrefix(parts[2], a.o.Own) {
		return
	}
	d := a.homieDevice(m.Topic, strings.Join(parts[:3], "/"), 5)
	if d == nil {
		return
	}
	if parts[3] == "$description" {
		if len(m.Payload) > 4*maxConfigBytes {
			a.refuse(m.Topic, fmt.Errorf("it has %d bytes; at most %d", len(m.Payload), 4*maxConfigBytes))
			return
		}
		d.document = bytes.Clone(m.Payload)
	}
	if parts[3] == "$state" && len(m.Payload) == 0 { // removed for good
		delete(a.devices, "homie/"+d.base)
	}
	a.touch("homie/" + d.base)
}

func (a *Adapter) homie4(m adapters.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts := strings.Split(m.Topic, "/")
	if v := string(m.Payload); len(parts) != 3 || !strings.HasPrefix(v, "3.") && !strings.HasPrefix(v, "4.") {
		return
	}
	if d := a.homieDevice(m.Topic, strings.Join(parts[:2], "/"), 4); d != nil {
		a.touch("homie/" + d.base)
	}
}

func (a *Adapter) homieDevice(topic, base string, version int) *homieDevice {
	d, _ := a.devices["homie/"+base].(*homieDevice)
	if d == nil {
		if len(a.devices) >= maxDevices {
			a.refuse(topic, errTooManyDevices)
			return nil
		}
		d = &homieDevice{base: base, version: version, attributes: map[string]string{}}
		a.devices["homie/"+base] = d
	}
	return d
}

// homieAttribute takes note of an attribute of a Homie 4 device, under the lock, and reports whether it was one.
func (a *Adapter) homieAttribute(m adapters.Message) bool {
	i := strings.LastIndexByte(m.Topic, '/')
	if i < 0 || !strings.HasPrefix(m.Topic[i+1:], "$") || !strings.HasPrefix(m.Topic, "homie/") {
		return false
	}
	base := strings.Join(strings.SplitN(m.Topic, "/", 3)[:2], "/")
	d, ok := a.devices["homie/"+base].(*homieDevice)
	if !ok || d.version != 4 {
		return false
	}
	name := strings.TrimPrefix(m.Topic, base+"/")
	if name == "$state" {
		if len(m.Payload) == 0 {
			delete(a.devices, "homie/"+base)
			a.touch("homie/" + base)
		}
		return false // presence
	}
	if len(m.Payload) <= 4096 && len(d.attributes) < 4000 && d.attributes[name] != string(m.Payload) && !strings.HasPrefix(name, "$stats") {
		d.attributes[name] = string(m.Payload)
		a.touch("homie/" + base)
	}
	return true
}

// describe puts the document of a Homie 4 device together.
func (d *homieDevice) describe() (homieDescription, bool) {
	at := d.attributes
	doc := homieDescription{Name: at["$name"], Nodes: map[string]homieNode{}}
	for node := range strings.SplitSeq(at["$nodes"], ",") {
		n := homieNode{Name: at[node+"/$name"], Type: at[node+"/$type"], Properties: map[string]homieProperty{}}
		for id := range strings.SplitSeq(at[node+"/$properties"], ",") {
			p := node + "/" + id + "/"
			if at[p+"$datatype"] == "" {
				continue
			}
			retained := at[p+"$retained"] != "false"
			n.Properties[id] = homieProperty{at[p+"$name"], at[p+"$datatype"], at[p+"$format"], at[p+"$unit"], at[p+"$settable"] == "true", &retained}
		}
		if len(n.Properties) > 0 {
			doc.Nodes[node] = n
		}
	}
	return doc, len(doc.Nodes) > 0
}

func (d *homieDevice) thing() (*thing, error) {
	var doc homieDescription
	if d.version == 4 {
		var ok bool
		if doc, ok = d.describe(); !ok {
			return nil, nil
		}
	} else {
		if len(d.document) == 0 {
			return nil, nil
		}
		if err := json.Unmarshal(d.document, &doc); err != nil {
			return nil, fmt.Errorf("its $description does not parse: %w", err)
		}
	}
	id := d.base[strings.LastIndexByte(d.base, '/')+1:]
	domain, _, _ := strings.Cut(d.base, "/")
	t := &thing{description: model.Description{Source: model.SourceID(adapterName + "/homie-" + slug(domain+" "+id)), Name: cmp.Or(doc.Name, id), Vendor: "Homie", Product: cmp.Or(doc.Type, doc.Name)}}
	if m := macIn.FindStringSubmatch(id); m != nil {
		t.description.Identities = []model.Identity{{Kind: model.IdentityMAC, Value: m[1]}}
	} else if m := ieeeIn.FindStringSubmatch(id); m != nil {
		t.description.Identities = []model.Identity{{Kind: model.IdentityIEEE, Value: m[1]}}
	}
	states := []string{d.base + "/$state"}
	if doc.Root != "" && doc.Root != id && d.version == 5 {
		states = append(states, strings.TrimSuffix(d.base, id)+doc.Root+"/$state")
	}
	for _, topic := range states {
		t.presence = append(t.presence, presence{topic, func(m *message) (bool, bool) {
			s := m.text()
			return s == "ready" || s == "sleeping" || s == "alert", s != "" && s != "init"
		}})
	}
	mk := &homieMaker{d.base, t, map[model.EndpointID]string{}, doc}
	for _, node := range slices.Sorted(maps.Keys(doc.Nodes)) {
		for _, property := range slices.Sorted(maps.Keys(doc.Nodes[node].Properties)) {
			mk.property(node, property)
		}
	}
	t.finish(mk.labels)
	return t, nil
}
