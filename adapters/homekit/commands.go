package homekit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

const (
	// maxQueue bounds the commands that wait for one accessory.
	maxQueue = 256
	// pairUp is how long a lone hue waits for its saturation, and the other way round: sent one after the other
	// they make the lamp flash in a colour that nobody asked for.
	pairUp = 50 * time.Millisecond
)

// operation is one command on its way.
type operation struct {
	cmd    model.Command
	aid    uint64
	writes []pendingWrite
	until  time.Time // held back until then for its other half; zero: not held
}

type pendingWrite struct {
	char  *spec.Characteristic
	value json.RawMessage
}

// enqueue takes a command on; Run's goroutine of the link carries it out.
func (l *link) enqueue(aid uint64, cmd model.Command) {
	op := &operation{cmd: cmd, aid: aid}
	l.mu.Lock()
	d, connected := l.devices[aid], l.client != nil
	var problem *model.Outcome
	switch {
	case !connected:
		problem = rejected(model.ReasonUnreachable, l.problem)
	case d == nil:
		problem = rejected(model.ReasonUnknownDevice, "the bridge has no such accessory")
	case len(l.queue) >= maxQueue:
		problem = rejected(model.ReasonDeviceError, "too many commands wait for this accessory")
	default:
		problem = op.prepare(d)
	}
	if problem == nil {
		if half(cmd) {
			op.until = time.Now().Add(pairUp)
		}
		l.queue = append(l.queue, op)
	}
	l.mu.Unlock()
	if problem != nil {
		l.a.hub.Outcome(cmd.ID, *problem)
		return
	}
	l.nudge()
}

func rejected(code model.ReasonCode, detail string) *model.Outcome {
	return &model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: code, Detail: detail}}
}

// half reports whether a command sets only one of hue and saturation.
func half(cmd model.Command) bool {
	return len(cmd.Writes) == 1 && (cmd.Writes[0].Attribute == "color.hue" || cmd.Writes[0].Attribute == "color.saturation")
}

// prepare works out what to write.
func (op *operation) prepare(d *device) *model.Outcome {
	if op.cmd.Action != "" {
		key := slot{op.cmd.Endpoint, op.cmd.Action}
		c := d.actions[key]
		if c == nil {
			return rejected(model.ReasonUnsupported, fmt.Sprintf("%s has no %s", d.desc.Name, op.cmd.Action))
		}
		text, err := encode(c, d.amounts[key])
		if err != nil {
			return rejected(model.ReasonInvalidValue, err.Error())
		}
		op.writes = []pendingWrite{{c, json.RawMessage(text)}}
		return nil
	}
	for _, w := range op.cmd.Writes {
		b := d.bindings[slot{op.cmd.Endpoint, w.Attribute}]
		if b == nil {
			return rejected(model.ReasonUnsupported, fmt.Sprintf("%s has no %s on endpoint %s", d.desc.Name, w.Attribute, op.cmd.Endpoint))
		}
		c := b.written()
		if c == nil || b.rule.conv.write == nil {
			return rejected(model.ReasonReadOnly, fmt.Sprintf("%s of %s cannot be set", w.Attribute, d.desc.Name))
		}
		v, err := b.rule.conv.write(w.Value, b.part)
		if err != nil {
			return rejected(model.ReasonInvalidValue, err.Error())
		}
		text, err := encode(c, v)
		if err != nil {
			return rejected(model.ReasonInvalidValue, err.Error())
		}
		op.writes = append(op.writes, pendingWrite{c, json.RawMessage(text)})
	}
	return nil
}

// ready takes what may go now off the queue, and says how long the rest waits. What is held back goes as soon as
// anything else comes for the same device.
func (l *link) ready() (ops []*operation, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var rest []*operation
	for i, op := range l.queue {
		another := func(o *operation) bool { return o != op && o.aid == op.aid }
		if now.Before(op.until) && !slices.ContainsFunc(l.queue[i:], another) && !slices.ContainsFunc(ops, another) {
			rest, wait = append(rest, op), max(op.until.Sub(now), time.Millisecond)
			continue
		}
		ops = append(ops, op)
	}
	l.queue = rest
	return ops, wait
}

// carryOut sends what is queued in as few requests as there can be, reads back what was written, and says what became of each.
func (l *link) carryOut(ctx context.Context, c *client) (wait time.Duration, err error) {
	for {
		var ops []*operation
		if ops, wait = l.ready(); len(ops) == 0 {
			return wait, nil
		}
		for part := range slices.Chunk(ops, batch) {
			if err := l.send(ctx, c, part); err != nil {
				return 0, err
			}
		}
	}
}

// send sends some commands in one request. Of two writes of the same characteristic the later counts.
func (l *link) send(ctx context.Context, c *client, ops []*operation) error {
	index := map[id]int{}
	var e []entry
	timed := false
	deadline := time.Now().Add(requestTimeout)
	for _, op := range ops {
		for _, w := range op.writes {
			key := id{op.aid, w.char.IID}
			timed = timed || w.char.Can(spec.TimedWrite)
			x := entry{AID: op.aid, IID: w.char.IID, Value: w.value, R: w.char.Can(spec.WriteResponse)}
			if i, again := index[key]; again {
				e[i] = x
				continue
			}
			index[key] = len(e)
			e = append(e, x)
		}
	}
	l.pid++
	wctx, cancel := context.WithDeadline(ctx, deadline)
	got, err := c.write(wctx, e, timed, l.pid)
	cancel()
	failed := map[id]error{}
	var responses []entry
	for _, x := range got {
		if x.Status != nil && *x.Status != 0 {
			failed[id{x.AID, x.IID}] = statusError(*x.Status)
		} else if len(x.Value) > 0 {
			responses = append(responses, x)
		}
	}
	for _, op := range ops {
		verdict := err
		for _, w := range op.writes {
			verdict = firstError(verdict, failed[id{op.aid, w.char.IID}])
		}
		l.a.hub.Outcome(op.cmd.ID, outcomeOf(verdict))
	}
	l.take(responses, false)
	var refused statusError
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	return l.readBack(ctx, c, ops)
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// readBack reads what was written and what follows from it: an accessory tells everybody of a change but the one
// who made it.
func (l *link) readBack(ctx context.Context, c *client, ops []*operation) error {
	l.mu.Lock()
	seen := map[id]bool{}
	var ids []id
	for _, op := range ops {
		d := l.devices[op.aid]
		if d == nil {
			continue
		}
		for _, w := range op.writes {
			for _, b := range d.byIID[w.char.IID] {
				for _, ch := range []*spec.Characteristic{w.char, b.reads} {
					if key := (id{op.aid, ch.IID}); !seen[key] && ch.Can(spec.Read) {
						seen[key] = true
						ids = append(ids, key)
					}
				}
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
		l.take(got, false)
	}
	return nil
}

// failQueue answers all that waits.
func (l *link) failQueue(why string) {
	l.mu.Lock()
	ops := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, op := range ops {
		l.a.hub.Outcome(op.cmd.ID, *rejected(model.ReasonUnreachable, why))
	}
}
