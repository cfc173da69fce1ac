package polled

import (
	"context"
	"errors"
	"reflect"
	"sync"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/model"
)

// job is one request and the commands that it carries out.
type job[J any] struct {
	what     J
	commands []model.CommandID
}

// device is one thing that was found.
type device[J any] struct {
	a      *Adapter[J]
	wake   chan struct{}
	outbox *lan.Outbox[job[J]]

	// guarded by the adapter's lock
	found       adapters.Found
	stop        context.CancelFunc
	sure        string            // where it was asked who it is; asked again elsewhere, and after a silence
	description model.Description // of no source until it has said who it is
	why         string            // it does not answer; "" when it does
}

func newDevice[J any](a *Adapter[J], f adapters.Found) *device[J] {
	return &device[J]{a: a, found: f, wake: make(chan struct{}, 1), outbox: lan.NewOutbox(a.brand.PerSecond, 1, func(waiting, more job[J]) job[J] {
		return job[J]{a.brand.Join(waiting.what, more.what), append(waiting.commands, more.commands...)}
	})}
}

// knock has the device asked at once.
func (d *device[J]) knock() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run follows the device until the context ends.
func (d *device[J]) run(ctx context.Context) {
	var helper sync.WaitGroup
	defer helper.Wait()
	helper.Go(func() { d.outbox.Run(ctx, d.send) })
	lan.Poll(ctx, d.a.brand.Every, retryFirst, retryLongest, d.wake, d.poll)
}

// to is where the device is, and what was found there.
func (d *device[J]) to() (lan.HTTP, adapters.Found) {
	return lan.HTTP{Client: d.a.http, Base: base(d.found)}, d.found
}

// poll asks who the device is, where that is not sure, and how it is.
func (d *device[J]) poll(ctx context.Context) error {
	d.a.mu.Lock()
	to, found := d.to()
	sure := d.sure == to.Base
	d.a.mu.Unlock()
	var who model.Description
	var err error
	if !sure {
		who, err = d.a.brand.Describe(ctx, to, found)
	}
	var readings []model.Reading
	if err == nil {
		readings, err = d.a.brand.Read(ctx, to)
	}
	d.a.mu.Lock()
	defer d.a.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		d.silent(err)
		return err
	case !sure:
		d.identified(who, to.Base)
	}
	if d.why != "" {
		d.why = ""
		d.a.hub.Reachable(d.description.Source, true, "")
	}
	if len(readings) > 0 {
		d.a.hub.Report(d.description.Source, readings)
	}
	return nil
}

// silent takes note that the device does not answer as it should, under the lock.
func (d *device[J]) silent(err error) {
	first := d.why == ""
	d.why, d.sure = "the "+d.a.brand.Label+": "+lan.WithoutURL(err).Error(), ""
	if first && d.description.Source != "" {
		d.a.hub.Reachable(d.description.Source, false, d.why)
	}
}

// identified takes note of who answers there, under the lock: most often whoever did before.
func (d *device[J]) identified(who model.Description, base string) {
	a, before := d.a, d.description
	d.sure, d.description = base, who
	if before.Source != "" && before.Source != who.Source && a.known[before.Source] == d {
		delete(a.known, before.Source)
		a.hub.Reachable(before.Source, false, "another "+a.brand.Label+" answers at its address")
	}
	other := a.known[who.Source]
	if other != nil && other != d { // the same device under another name
		other.stop()
		delete(a.found, other.found.Key)
	}
	a.known[who.Source] = d
	if !reflect.DeepEqual(before, who) {
		a.hub.Describe(who)
	}
	if other != d {
		d.why = "it was not known yet" // so that it is said to answer
	}
}

// send carries a job out.
func (d *device[J]) send(ctx context.Context, _ string, j job[J]) {
	d.a.mu.Lock()
	to, _ := d.to()
	source := d.description.Source
	d.a.mu.Unlock()
	readings, err := d.a.brand.Send(ctx, to, j.what)
	d.a.mu.Lock()
	defer d.a.mu.Unlock()
	status, code, detail := model.Acked, model.ReasonNone, ""
	if err != nil {
		status, code, detail = model.Rejected, model.ReasonUnreachable, "the "+d.a.brand.Label+": "+lan.WithoutURL(err).Error()
		if refused := lan.StatusError(0); errors.As(err, &refused) {
			code = model.ReasonDeviceError
		}
		d.knock() // is it there at all?
	}
	for _, id := range j.commands {
		d.a.outcome(id, status, code, detail)
	}
	if err == nil && len(readings) > 0 && source == d.description.Source {
		d.a.hub.Report(source, readings)
	}
}
