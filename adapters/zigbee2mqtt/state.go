package zigbee2mqtt

import (
	"bytes"
	"hash/maphash"
	"strconv"
	"time"

	"github.com/concord-home/hub/model"
)

// freshEvery is how often an unchanged device's last_seen and link quality are reported.
const freshEvery = time.Minute

// state handles a device's state: the whole cache of what Zigbee2MQTT knows of it, repeated
// with every change. Only what differs from the last message is decoded and reported. A
// snapshot (a retained message, or the WebSocket's) is what was remembered: its
// values are restored, and its actions are no events.
func (a *Adapter) state(d *device, payload []byte, snapshot bool) {
	fields, ok := scanObject(payload, a.fields[:0])
	a.fields = fields
	if !ok {
		return // empty: the name was given up; otherwise not a state
	}
	a.readings, a.bindings = a.readings[:0], a.bindings[:0]
	var lastSeen, linkQuality, event []byte
	for _, f := range fields {
		switch string(f.key) {
		case "last_seen":
			lastSeen = f.raw
			continue
		case "linkquality":
			linkQuality = f.raw
			continue
		case d.codec.actionKey:
			event = f.raw
			continue
		}
		a.property(d, f, snapshot)
	}
	a.follow(d, lastSeen, snapshot)
	a.fresh(d, lastSeen, linkQuality, snapshot)
	if len(a.readings) > 0 {
		a.catchUp(d)
		a.hub.Report(d.source, append([]model.Reading(nil), a.readings...))
	}
	if event != nil && !snapshot {
		a.happened(d, event, fields, payload)
	}
	d.lastSeen = append(d.lastSeen[:0], lastSeen...)
	if d.retry != nil && !snapshot {
		a.resend(d)
	}
}

// catchUp marks readings that answer the adapter's own sweep: they may have become so while nobody listened.
func (a *Adapter) catchUp(d *device) {
	if d.sweptAt.IsZero() || len(d.commands) > 0 {
		return
	}
	if a.o.Now().Sub(d.sweptAt) > sweepAnswer {
		d.sweptAt = time.Time{}
		return
	}
	for i := range a.readings {
		a.readings[i].CaughtUp = true
	}
}

// property takes note of one property and, where it differs, of the attributes that hang on it.
// null says that Zigbee2MQTT has never seen a value: it is no report.
func (a *Adapter) property(d *device, f field, snapshot bool) {
	if len(f.raw) == 0 || f.raw[0] == 'n' {
		return
	}
	old, known := d.raw[string(f.key)]
	if known && bytes.Equal(old, f.raw) {
		if !snapshot && len(d.restored) > 0 && d.restored[string(f.key)] {
			delete(d.restored, string(f.key))
			a.read(d, string(f.key), model.Good, true)
		}
		return
	}
	key := string(f.key)
	d.raw[key] = append(old[:0], f.raw...)
	quality := model.Good
	if snapshot {
		quality = model.Restored
		d.restored[key] = true
	} else {
		delete(d.restored, key)
	}
	if key == "update" {
		a.firmware(f.raw)
		return
	}
	a.read(d, key, quality, false)
}

// read adds readings of the attributes that hang on a property: those that differ, or all when confirming.
func (a *Adapter) read(d *device, key string, q model.Quality, confirm bool) {
	for _, b := range d.codec.byKey[key] {
		v := d.read(b)
		if v.IsUnknown() || !confirm && d.values[b] == v {
			continue
		}
		d.values[b] = v
		a.add(b, v, q)
	}
}

// add adds a reading, in place of one of the same attribute from the same message.
func (a *Adapter) add(b *binding, v model.Value, q model.Quality) {
	r := model.Reading{Endpoint: b.endpoint, Attribute: b.attribute, Value: v, Quality: q}
	for i := range a.bindings {
		if a.bindings[i] == b {
			a.readings[i] = r
			return
		}
	}
	a.readings, a.bindings = append(a.readings, r), append(a.bindings, b)
}

func (a *Adapter) addMain(attribute model.Attribute, v model.Value, q model.Quality) {
	a.readings = append(a.readings, model.Reading{Endpoint: model.MainEndpoint, Attribute: attribute, Value: v, Quality: q})
	a.bindings = append(a.bindings, nil)
}

// fresh reports now and then that the device was heard, and how well.
func (a *Adapter) fresh(d *device, lastSeen, linkQuality []byte, snapshot bool) {
	now := a.o.Now()
	if d.group || now.Sub(d.freshAt) < freshEvery && !d.freshAt.IsZero() {
		return
	}
	q := model.Good
	at, ok := parseLastSeen(lastSeen)
	if snapshot {
		q = model.Restored
	} else {
		d.freshAt = now
	}
	if !ok && !snapshot {
		at, ok = now, true
	}
	if ok {
		a.addMain(model.AttrHealthLastSeen, model.Time(at), q)
	}
	if v, isNumber := parseValue(linkQuality).Number(); isNumber {
		a.addMain(model.AttrHealthLQI, model.Number(v), q)
	}
}

// parseLastSeen reads last_seen in the forms that the setting advanced.last_seen offers and that name a
// moment: ISO 8601 in UTC or local time, and milliseconds since 1970.
func parseLastSeen(raw []byte) (time.Time, bool) {
	if len(raw) == 0 {
		return time.Time{}, false
	}
	if raw[0] != '"' {
		ms, err := strconv.ParseInt(string(raw), 10, 64)
		return time.UnixMilli(ms), err == nil && ms > 0
	}
	s := string(unquote(raw))
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// firmware reports the state key "update" of devices that take updates over the air.
func (a *Adapter) firmware(raw []byte) {
	version := func(key string) (string, bool) {
		v := parseValue(member(raw, key))
		f, isNumber := v.Number()
		return v.String(), !v.IsUnknown() && !(isNumber && f < 0) // -1 is Zigbee2MQTT's "never asked"
	}
	if s, ok := version("installed_version"); ok {
		a.addMain(model.AttrFirmwareCurrent, model.String(s), model.Good)
	}
	if s, ok := version("latest_version"); ok {
		a.addMain(model.AttrFirmwareAvailable, model.String(s), model.Good)
	}
	if f, ok := parseValue(member(raw, "progress")).Number(); ok {
		a.addMain(model.AttrFirmwareProgress, model.Number(float64(int(f+0.5))), model.Good)
	}
	if s, ok := parseValue(member(raw, "state")).Text(); ok {
		if word, known := updateStates[s]; known {
			a.addMain(model.AttrFirmwareState, model.String(word), model.Good)
		}
	}
}

var updateStates = map[string]string{"idle": "idle", "available": "available", "updating": "downloading", "scheduled": "available"}

var hashSeed = maphash.MakeSeed()

// actionSum sums up a message without what changes when the device merely repeats itself.
func actionSum(fields []field, payload []byte, exact bool) uint64 {
	if exact {
		return maphash.Bytes(hashSeed, payload)
	}
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for _, f := range fields {
		if k := string(f.key); k != "last_seen" && k != "linkquality" {
			h.Write(f.key)
			h.WriteByte('=')
			h.Write(f.raw)
			h.WriteByte(',')
		}
	}
	return h.Sum64()
}
