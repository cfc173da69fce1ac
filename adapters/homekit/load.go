package homekit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/concord-home/hub/model"
)

func (l *link) takeStale() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	stale := l.stale
	l.stale = false
	return stale
}

// load reads the accessories, tells the hub of them, subscribes and reads their values.
func (l *link) load(ctx context.Context, c *client) error {
	rctx, cancel := context.WithTimeout(ctx, 3*requestTimeout)
	defer cancel()
	db, err := c.accessories(rctx)
	if err != nil {
		return err
	}
	devices := map[uint64]*device{}
	var aids []uint64
	serials := map[string]int{}
	for i := range db {
		hapID := l.id
		if len(db) > 1 || db[i].AID != 1 {
			hapID = fmt.Sprintf("%s/%d", l.id, db[i].AID)
		}
		d := translate(sourceID(l.id, db[i].AID), hapID, &db[i])
		devices[d.aid], aids = d, append(aids, d.aid)
		for _, x := range d.desc.Identities {
			serials[string(x.Kind)+x.Value]++
		}
		for _, ch := range d.chars {
			if v, ok := ch.Decode(ch.Value); ok {
				d.values[ch.IID] = v
			}
		}
	}
	for _, d := range devices {
		d.reachable = true
		// A serial number that several share is none.
		d.desc.Identities = slices.DeleteFunc(d.desc.Identities, func(x model.Identity) bool { return serials[string(x.Kind)+x.Value] > 1 })
	}
	l.adopt(ctx, c, devices, aids)
	return l.subscribe(ctx, c, devices)
}

// adopt tells the hub of the devices, and of those that have gone.
func (l *link) adopt(ctx context.Context, c *client, devices map[uint64]*device, aids []uint64) {
	values := map[uint64][]model.Reading{} // before events can change them
	for aid, d := range devices {
		values[aid] = d.readings(nil)
	}
	l.mu.Lock()
	before := l.rec.AIDs
	l.devices, l.client, l.problem = devices, c, ""
	l.rec.AIDs = aids
	if d := devices[1]; d != nil && d.desc.Name != "" {
		l.rec.Name = d.desc.Name
		l.rec.Model = cmp.Or(l.rec.Model, d.desc.Model)
	}
	rec := l.rec
	l.mu.Unlock()
	if !slices.Equal(before, aids) {
		if err := l.a.keep(ctx, rec); err != nil {
			l.log.Warn("a bridge's list of accessories was not kept", "err", err)
		}
	}
	for _, aid := range before {
		if devices[aid] == nil {
			l.a.hub.Gone(sourceID(l.id, aid), "its bridge no longer has it")
		}
	}
	for _, aid := range aids {
		d, r := devices[aid], values[aid]
		l.a.hub.Describe(d.desc)
		l.a.hub.Reachable(d.source, true, "")
		for i := range r {
			r[i].CaughtUp = true
		}
		if len(r) > 0 {
			l.a.hub.Report(d.source, r)
		}
	}
}

// batch is how many characteristics one request names: well within what a small accessory takes.
const batch = 40

// subscribe asks to be told of changes, and reads what the description may have had from memory.
func (l *link) subscribe(ctx context.Context, c *client, devices map[uint64]*device) error {
	yes := true
	var all []entry
	for _, aid := range sortedAIDs(devices) {
		d := devices[aid]
		for _, iid := range d.iids() {
			if d.chars[iid].Can("ev") {
				all = append(all, entry{AID: aid, IID: iid, Ev: &yes})
			}
		}
	}
	for part := range slices.Chunk(all, batch) {
		rctx, cancel := context.WithTimeout(ctx, requestTimeout)
		got, err := c.write(rctx, part, false, 0)
		cancel()
		var refused statusError
		if err != nil && !errors.As(err, &refused) {
			return err
		}
		for _, e := range got {
			if e.Status != nil && *e.Status != 0 {
				l.log.Debug("an accessory does not tell of changes of a characteristic", "aid", e.AID, "iid", e.IID, "status", *e.Status)
			}
		}
	}
	return l.readAll(ctx, c, func(d *device, iid uint64) bool { return d.events[iid] == nil }, true)
}

func sortedAIDs(devices map[uint64]*device) []uint64 {
	out := make([]uint64, 0, len(devices))
	for aid := range devices {
		out = append(out, aid)
	}
	slices.Sort(out)
	return out
}

// readAll reads all readable characteristics that are wanted.
func (l *link) readAll(ctx context.Context, c *client, want func(*device, uint64) bool, caughtUp bool) error {
	var ids []id
	l.mu.Lock()
	for _, aid := range sortedAIDs(l.devices) {
		d := l.devices[aid]
		for _, iid := range d.iids() {
			if d.chars[iid].Can("pr") && want(d, iid) {
				ids = append(ids, id{aid, iid})
			}
		}
	}
	l.mu.Unlock()
	for part := range slices.Chunk(ids, batch) {
		rctx, cancel := context.WithTimeout(ctx, requestTimeout)
		got, err := c.read(rctx, part)
		cancel()
		if err != nil {
			return err
		}
		l.take(got, caughtUp)
	}
	return nil
}

// refresh reads what does not tell of changes, and else something small: a cut cable gives no sign by itself.
func (l *link) refresh(ctx context.Context, c *client) error {
	polled := false
	err := l.readAll(ctx, c, func(d *device, iid uint64) bool {
		need := !d.chars[iid].Can("ev") || !d.reachable
		polled = polled || need
		return need
	}, false)
	if err != nil || polled {
		return err
	}
	rctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	l.mu.Lock()
	aids := l.rec.AIDs
	l.mu.Unlock()
	_, err = c.read(rctx, []id{{aids[0], 1}}) // any answer will do
	return err
}
