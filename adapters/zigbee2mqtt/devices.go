package zigbee2mqtt

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// coalesce is how long a changed bridge/devices waits for the next: while devices join it is published
// several times for each, half a megabyte a time.
const coalesce = 300 * time.Millisecond

// rawList is a retained list as it came, waiting to be parsed.
type rawList struct {
	payload []byte
	sum     uint64
	loaded  bool // one has been parsed already: others may wait
	pending bool
}

// takeList keeps a list for load, which Run's goroutine calls: at once the first time, then after the dust has settled.
func (a *Adapter) takeList(l *rawList, payload []byte, load func()) {
	sum := maphash.Bytes(hashSeed, payload)
	if sum == l.sum && l.sum != 0 {
		return
	}
	l.sum, l.payload = sum, bytes.Clone(payload)
	if l.pending {
		return
	}
	l.pending = true
	if !l.loaded {
		l.loaded = true
		a.jobs.post(load)
		return
	}
	a.o.After(coalesce, func() { a.jobs.post(load) })
}

// take returns the list to parse.
func (a *Adapter) take(l *rawList) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	l.pending = false
	return l.payload
}

// parsedDevice is one changed element of bridge/devices.
type parsedDevice struct {
	entry deviceEntry
	def   *definition
	t     *translation
	sum   uint64 // of the element
	told  uint64 // of what the hub would be told
}

// loadDevices parses bridge/devices and applies what changed.
func (a *Adapter) loadDevices() {
	payload := a.take(&a.devicesIn)
	var elements []json.RawMessage
	if err := json.Unmarshal(payload, &elements); err != nil {
		a.log.Warn("bridge/devices of Zigbee2MQTT does not parse", "error", err)
		return
	}
	known := a.elementSums()
	present := map[string]bool{}
	var changed []parsedDevice
	for _, raw := range elements {
		sum := maphash.Bytes(hashSeed, raw)
		if ieee, same := known[sum]; same {
			present[ieee] = true
			continue
		}
		p, err := a.parseDevice(raw)
		if err != nil {
			a.log.Warn("a device in bridge/devices does not parse", "error", err)
			continue
		}
		if p.entry.Type == "Coordinator" || p.entry.IEEE == "" {
			continue
		}
		present[p.entry.IEEE] = true
		p.sum = sum
		changed = append(changed, p)
	}
	a.mu.Lock()
	first := len(a.devices) == 0
	a.applyDevices(changed, present)
	if first {
		a.startSweep()
	}
	a.mu.Unlock()
	a.followNames()
	a.applyGroups()
}

// elementSums returns the hash of each known device's element of bridge/devices.
func (a *Adapter) elementSums() map[uint64]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	sums := make(map[uint64]string, len(a.devices))
	for id, d := range a.devices {
		if !d.group {
			sums[d.entry] = id
		}
	}
	return sums
}

func (a *Adapter) parseDevice(raw []byte) (parsedDevice, error) {
	var p parsedDevice
	if err := json.Unmarshal(raw, &p.entry); err != nil {
		return p, err
	}
	def, err := parseDefinition(p.entry.Definition)
	if err != nil {
		return p, err
	}
	var h maphash.Hash
	h.SetSeed(hashSeed)
	h.Write(p.entry.Definition)
	h.WriteString(p.entry.PowerSource)
	sum := h.Sum64()
	if def == nil {
		def = &definition{}
	}
	p.def = def
	if p.t = a.translations[sum]; p.t == nil {
		p.t = translate(def, p.entry.PowerSource)
		a.translations[sum] = p.t
	}
	e := &p.entry
	for _, s := range []string{e.IEEE, e.Name, e.Firmware, e.Type, e.Manufacturer, e.ModelID} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	p.told = h.Sum64()
	return p, nil
}

// applyDevices makes the devices of the list the adapter's, under the lock.
func (a *Adapter) applyDevices(changed []parsedDevice, present map[string]bool) {
	for _, d := range a.devices {
		if !d.group && !present[d.id] {
			a.remove(d, "no longer in Zigbee2MQTT")
		}
	}
	for i := range changed {
		p := &changed[i]
		if len(p.entry.Definition) <= len("null") && !p.entry.interviewed() {
			continue // still being asked what it is
		}
		a.applyDevice(p)
	}
}

func (a *Adapter) applyDevice(p *parsedDevice) {
	d := a.devices[p.entry.IEEE]
	if d == nil {
		d = newDevice(p.entry.IEEE, p.entry.Name)
		a.devices[d.id] = d
	}
	a.rename(d, p.entry.Name)
	d.entry, d.disabled, d.sleepy = p.sum, p.entry.Disabled, p.entry.sleepy()
	d.leaves = p.def.leaves()
	d.setCodec(p.t.codec)
	if d.told != p.told {
		d.told = p.told
		a.hub.Describe(describe(&p.entry, p.def, p.t))
	}
	a.reach(d)
	a.replay(d)
}

// rename gives a device its name; another may have taken the old one in the meantime.
func (a *Adapter) rename(d *device, name string) {
	if a.names[d.name] == d {
		delete(a.names, d.name)
	}
	d.name = name
	a.names[name] = d
}

// replay hands a device the state that came under its name before the name was known.
func (a *Adapter) replay(d *device) {
	h, ok := a.held[d.name]
	if !ok {
		return
	}
	delete(a.held, d.name)
	a.state(d, h.payload, h.retained)
}

// remove forgets a device and tells the hub.
func (a *Adapter) remove(d *device, why string) {
	delete(a.devices, d.id)
	if a.names[d.name] == d {
		delete(a.names, d.name)
	}
	for _, c := range d.commands {
		c.stop()
		a.outcome(c, model.Rejected, model.ReasonUnknownDevice, why)
	}
	d.commands = nil
	a.hub.Gone(d.source, why)
}

// followNames subscribes to the topics of names with a slash, which "+" does not match, and
// gives up those of names that are gone. It runs in Run's goroutine, without the lock: a broker may deliver at once.
func (a *Adapter) followNames() {
	a.mu.Lock()
	var names []string
	for name := range a.names {
		if strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	wanted := map[string]bool{"": true}
	for _, n := range names {
		wanted[n] = true
	}
	a.mu.Unlock()
	for name, cancels := range a.subs {
		if !wanted[name] {
			for _, cancel := range cancels {
				cancel()
			}
			delete(a.subs, name)
		}
	}
	for _, name := range names {
		if a.subs[name] != nil || strings.ContainsAny(name, "+#") {
			continue
		}
		for _, filter := range []string{name, name + "/availability"} {
			if err := a.subscribe(name, filter); err != nil {
				a.log.Warn("following a device", "error", err)
			}
		}
	}
}
