package mqttdiscovery

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// entity is one component of a device: "a sensor".
type entity struct {
	component string
	id        string // where it was announced: sorts and names it
	key       string // of what it is, for the long tail and for parts
	endpoint  model.EndpointID
	c         config
	withheld  []string // topics that it names and whoever announced it may not publish on
}

// announcement reads the topic of a discovery message below the prefix: COMPONENT/[NODE/]OBJECT/config.
func announcement(topic string) (component, id string, ok bool) {
	parts := strings.Split(topic, "/")
	if len(parts) < 3 || len(parts) > 4 || parts[len(parts)-1] != "config" {
		return "", "", false
	}
	return parts[0], strings.Join(parts[1:len(parts)-1], "/"), true
}

// entities reads one discovery message: one entity, or with device discovery all of a device.
func entities(component, id string, payload []byte) (device string, out []entity, err error) {
	c, err := parseConfig(payload)
	if err != nil {
		return "", nil, err
	}
	if c.truth("migrate_discovery") {
		return "", nil, nil // it moves to a device's message
	}
	if component != "device" {
		e := entity{component: component, id: component + "/" + id, c: c}
		return e.device(), []entity{e}, nil
	}
	parts, _ := c["components"].(map[string]any)
	if len(parts) > maxEntities {
		return "", nil, fmt.Errorf("it has %d components; at most %d", len(parts), maxEntities)
	}
	base, _ := c["~"].(string)
	for name, x := range parts {
		m, ok := x.(map[string]any)
		if !ok {
			continue
		}
		own := fullKeys(m)
		own.expand(base)
		if len(own) < 2 {
			continue // only its platform: it is removed
		}
		for k, v := range c {
			if _, set := own[k]; !set && k != "components" && k != "~" {
				own[k] = v
			}
		}
		e := entity{component: own.text("platform"), id: "device/" + id + "/" + name, c: own}
		device = e.device()
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b entity) int { return cmp.Compare(a.id, b.id) })
	return device, out, nil
}

// device names the device that an entity belongs to: its first identifier, else connection, else the entity itself.
func (e *entity) device() string {
	d, _ := e.c["device"].(config)
	if ids := d.list("identifiers"); len(ids) > 0 && ids[0] != "" {
		return ids[0]
	}
	if cns := connections(d); len(cns) > 0 {
		return cns[0][1]
	}
	return cmp.Or(e.c.text("unique_id"), e.id)
}

// homeAssistantThing makes a thing of a device's entities.
func homeAssistantThing(device string, es []entity) *thing {
	slices.SortFunc(es, func(a, b entity) int { return cmp.Compare(a.id, b.id) })
	t := &thing{}
	d, _ := es[0].c["device"].(config)
	t.description = model.Description{
		Source: model.SourceID(adapterName + "/ha-" + slug(device)), Identities: identities(d),
		Name: cmp.Or(d.text("name"), es[0].c.text("name"), device), Vendor: d.text("manufacturer"), Model: cmp.Or(d.text("model_id"), d.text("model")),
		Product: d.text("model"), Firmware: d.text("sw_version"), Room: d.text("suggested_area"),
	}
	b := &builder{thing: t, labels: map[model.EndpointID]string{}, entities: es}
	b.survey()
	for i := range es {
		e := &es[i]
		build := components[e.component]
		if build == nil {
			t.omit(e.id, fmt.Errorf("the component %q is not one the hub has a use for", e.component))
			continue
		}
		for _, topic := range e.withheld {
			t.omit(e.id, notAllowed(topic))
		}
		b.presence(e)
		before := len(t.points)
		build(b, e)
		expires := time.Duration(min(max(e.c.number("expire_after", 0), 0), mostExpire) * float64(time.Second))
		for _, p := range t.points[before:] {
			p.expires = expires
		}
	}
	if b.bareClimate {
		b.gateMode()
	}
	t.finish(b.labels)
	return t
}

// mostExpire bounds expire_after, in seconds: what holds for a month holds.
const mostExpire = 31 * 86400

// builder makes points of entities.
type builder struct {
	thing    *thing
	entities []entity
	labels   map[model.EndpointID]string
	acts     map[string]int // how many entities of each acting component
	main     string         // the component that the device is for
	// bareClimate holds for air conditioners whose parts are announced one by one.
	bareClimate bool
}

// acting components make a part of a device of their own when there are several; the first of these that a device has is what it is for.
var acting = []string{"vacuum", "lawn_mower", "lock", "climate", "water_heater", "cover", "valve", "light", "fan", "humidifier", "siren", "switch"}

var partSuffix = regexp.MustCompile(`_(left|right|center|middle|top|bottom|top_left|top_right|bottom_left|bottom_right|center_left|center_right|l[1-9]|[1-9][0-9]?)$`)

// survey gives each entity its key and its endpoint, before any is built.
func (b *builder) survey() {
	b.acts = map[string]int{}
	device := slug(b.thing.description.Name)
	for i := range b.entities {
		e := &b.entities[i]
		e.key = e.findKey(device)
		if e.acts() {
			b.acts[e.component]++
		}
	}
	keyed := func(keys ...string) bool {
		return slices.ContainsFunc(b.entities, func(e entity) bool { return slices.Contains(keys, e.key) })
	}
	b.bareClimate = b.acts["climate"] == 0 && keyed("system_mode") && keyed("target_temperature", "occupied_heating_setpoint", "current_heating_setpoint")
	for _, c := range acting {
		if b.acts[c] > 0 {
			b.main = c
			break
		}
	}
	for i := range b.entities {
		e := &b.entities[i]
		e.endpoint = model.MainEndpoint
		m := partSuffix.FindStringSubmatch(e.key)
		if m != nil && (len(m[1]) > 2 || m[1][0] == 'l' || e.acts()) && b.acts[b.main] > 1 {
			e.endpoint = model.EndpointID(m[1])
		} else if e.acts() && b.acts[e.component] > 1 {
			e.endpoint = model.EndpointID(cmp.Or(e.key, slug(e.id)))
		}
		if e.acts() {
			b.labels[e.endpoint] = e.c.text("name")
		}
	}
}

// acts reports whether the entity is something that a household switches, rather than a setting.
func (e *entity) acts() bool {
	if !slices.Contains(acting, e.component) || e.c.has("entity_category") {
		return false
	}
	return e.component != "switch" || !settingKey.MatchString(e.key)
}

// settingKey matches what is a setting although its switch does not say so.
var settingKey = regexp.MustCompile(`(?i)(^|_)(mode|lock|child_lock|led|indicator|beep|beeper|protection|detection|schedule|away|eco|boost|sleep|turbo|quiet|light|cleaning|ionization|enabled?|inverted?|reverse|antifreeze|permit_join)($|_)`)

// findKey names what an entity is about: the member of the state that it shows, else its object's or its own name.
func (e *entity) findKey(device string) string {
	for _, k := range []string{"value_template", "state_value_template", "temperature_state_template"} {
		if t, err := template.Parse(e.c.text(k)); err == nil {
			if path := t.Path(); len(path) > 0 {
				return slug(path[len(path)-1])
			}
		}
	}
	if t := e.c.text("command_topic"); strings.Contains(t, "/set/") {
		return slug(t[strings.LastIndexByte(t, '/')+1:])
	}
	name := cmp.Or(e.c.text("object_id"), e.c.text("name"), e.id[strings.LastIndexByte(e.id, '/')+1:])
	key := slug(name)
	if rest := strings.Trim(strings.TrimPrefix(key, device), "_"); rest != "" {
		return rest
	}
	return cmp.Or(slug(e.c.text("name")), e.component)
}

// put adds a point for an entity: on its endpoint, or where that has the attribute already, on one named after the entity.
func (b *builder) put(e *entity, p *point) {
	p.endpoint = e.endpoint
	if b.thing.add(p) {
		return
	}
	if i, ok := b.thing.index[slot{p.endpoint, p.property.Attribute}]; ok && (p.topic == "" || p.topic == b.thing.points[i].topic) {
		return // another entity for the same: a thermostat's temperature as a sensor, a lamp's effect as a list
	}
	p.endpoint = model.EndpointID(cmp.Or(e.key, slug(e.id)))
	if p.endpoint == e.endpoint || !b.thing.add(p) {
		b.thing.omit(e.id, fmt.Errorf("%s is there twice", p.property.Attribute))
		return
	}
	if b.labels[p.endpoint] == "" {
		b.labels[p.endpoint] = e.c.text("name")
	}
}
