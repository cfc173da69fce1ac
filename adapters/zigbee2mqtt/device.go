package zigbee2mqtt

import (
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// device is what the adapter knows of one device or group at present.
type device struct {
	id       string // IEEE address, or "group-7"
	source   model.SourceID
	name     string
	sleepy   bool
	disabled bool
	group    bool
	codec    *codec
	leaves   []leaf // what a group may share
	entry    uint64 // hash of its element of bridge/devices
	told     uint64 // hash of what the hub was told

	raw      map[string][]byte        // the last published value of each property
	values   map[*binding]model.Value // the last value reported of each attribute
	restored map[string]bool          // properties known from a snapshot only
	sweptAt  time.Time                // when it was last asked for all it has
	freshAt  time.Time                // when last_seen and lqi were last reported
	lastSeen []byte                   // last_seen as last published
	commands []*command
	retry    *command // failed for want of an answer, to be sent again when a sleepy device is heard

	reachable *bool // as the hub was last told; nil when it was not
	action    string
	actionAt  time.Time
	actionSum uint64
}

func newDevice(id, name string) *device {
	return &device{
		id: id, source: sourceID(id), name: name, group: strings.HasPrefix(id, "group-"),
		raw: map[string][]byte{}, values: map[*binding]model.Value{}, restored: map[string]bool{},
	}
}

// setCodec gives the device another codec: what was said in the old one's terms is forgotten and read anew.
func (d *device) setCodec(c *codec) {
	if d.codec == c {
		return
	}
	d.codec = c
	clear(d.raw)
	clear(d.values)
	clear(d.restored)
}

// property returns the device's value of a property, unknown when it never said.
func (d *device) property(key string) model.Value { return parseValue(d.raw[key]) }

// field returns the device's value of a property or a field of it.
func (d *device) field(key, path string) model.Value {
	if path == "" {
		return d.property(key)
	}
	return parseValue(member(d.raw[key], path))
}

// read returns the model's value of a binding.
func (d *device) read(b *binding) model.Value {
	if b.path == "" {
		return b.read(d.property)
	}
	return b.read(func(key string) model.Value { return d.field(key, b.path) })
}
