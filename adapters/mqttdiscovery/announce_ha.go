package mqttdiscovery

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/concord-home/hub/adapters"
)

// haDevice is a device of Home Assistant discovery: its entities by where they were announced.
type haDevice struct {
	key      string
	entities map[string]entity
}

func (d *haDevice) follows() []string { return nil }

func (d *haDevice) thing() (*thing, error) {
	if len(d.entities) == 0 {
		return nil, nil
	}
	es := make([]entity, 0, len(d.entities))
	for _, e := range d.entities {
		es = append(es, e)
	}
	return homeAssistantThing(d.key, es), nil
}

var errTooManyDevices = errors.New("too many devices are announced")

// homeAssistant handles one discovery message. An empty one takes back what was announced there.
func (a *Adapter) homeAssistant(m adapters.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	component, id, ok := announcement(strings.TrimPrefix(m.Topic, a.o.Prefix+"/"))
	if !ok {
		return
	}
	at := component + "/" + id
	var es []entity
	device := ""
	if len(bytes.TrimSpace(m.Payload)) > 0 {
		var err error
		if device, es, err = entities(component, id, m.Payload); err != nil {
			a.refuse(m.Topic, err) // what was announced before stays
			return
		}
		es = slices.DeleteFunc(es, a.foreign)
		for i := range es {
			es[i].withhold(a.may(m.From))
		}
	}
	a.withdraw(at)
	if len(es) == 0 {
		return
	}
	key := "ha/" + device
	d, _ := a.devices[key].(*haDevice)
	if d == nil {
		if len(a.devices) >= maxDevices {
			a.refuse(m.Topic, errTooManyDevices)
			return
		}
		d = &haDevice{key: device, entities: map[string]entity{}}
		a.devices[key] = d
	}
	for _, e := range es {
		if len(d.entities) < maxEntities {
			d.entities[e.id] = e
		}
	}
	a.entity[at] = key
	a.touch(key)
}

// withdraw takes back what was announced at a topic.
func (a *Adapter) withdraw(at string) {
	key, known := a.entity[at]
	if !known {
		return
	}
	delete(a.entity, at)
	d := a.devices[key].(*haDevice)
	for id := range d.entities {
		if id == at || strings.HasPrefix(at, "device/") && strings.HasPrefix(id, at+"/") {
			delete(d.entities, id)
		}
	}
	if len(d.entities) == 0 {
		delete(a.devices, key)
	}
	a.touch(key)
}

// foreign holds for what is the hub's own, or another adapter's.
func (a *Adapter) foreign(e entity) bool {
	if a.o.Own != "" && (strings.HasPrefix(e.device(), a.o.Own) || strings.HasPrefix(e.c.text("unique_id"), a.o.Own)) {
		return true
	}
	for _, key := range []string{"state_topic", "command_topic", "topic", "mode_state_topic", "json_attributes_topic"} {
		if strings.HasPrefix(e.c.text(key), "homie/5/") {
			return true // announced twice, by another hub of this kind: Homie's description says more
		}
		for _, base := range a.o.Native {
			if strings.HasPrefix(e.c.text(key), base+"/") {
				return true
			}
		}
	}
	return false
}
