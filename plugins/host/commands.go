package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// queue holds the commands of one device: one at a time goes to the plugin.
type queue struct {
	waiting []model.Command
	busy    bool
}

// maxWaiting is how many commands may wait for a device that is slow.
const maxWaiting = 16

// commandTimeout is for a command without a deadline.
const commandTimeout = 10 * time.Second

func rejected(code model.ReasonCode, detail string) model.Outcome {
	return model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: code, Detail: detail}}
}

// execute queues a command. It does not wait.
func (p *plugin) execute(device string, cmd model.Command) {
	hub := p.host.hub
	if cmd.Deadline.IsZero() {
		cmd.Deadline = time.Now().Add(commandTimeout)
	}
	p.mu.Lock()
	state, problem := p.state, p.problem
	q := p.queues[device]
	if q == nil {
		q = &queue{}
		p.queues[device] = q
	}
	switch {
	case state == Disabled || state == Failed:
		p.mu.Unlock()
		hub.Outcome(cmd.ID, rejected(model.ReasonUnreachable, strings.TrimSuffix(fmt.Sprintf("the plugin does not run: %s: %s", state, problem), ": ")))
		return
	case len(q.waiting) >= maxWaiting:
		p.mu.Unlock()
		hub.Outcome(cmd.ID, rejected(model.ReasonDeviceError, fmt.Sprintf("%d commands already wait for the device", maxWaiting)))
		return
	}
	q.waiting = append(q.waiting, cmd)
	begin := !q.busy
	q.busy = true
	p.mu.Unlock()
	if begin {
		go p.work(device, q)
	}
}

// work carries out a device's commands until none waits.
func (p *plugin) work(device string, q *queue) {
	for {
		p.mu.Lock()
		if len(q.waiting) == 0 {
			q.busy = false
			delete(p.queues, device)
			p.mu.Unlock()
			return
		}
		cmd := q.waiting[0]
		q.waiting = q.waiting[1:]
		p.mu.Unlock()
		p.host.hub.Outcome(cmd.ID, p.carryOut(device, cmd))
	}
}

// dropCommands answers what waits for a plugin that has failed: carryOut sees that nothing runs.
func (p *plugin) dropCommands() { p.wake() }

// wake lets whoever waits for the plugin look again.
func (p *plugin) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cur == nil {
		select {
		case <-p.ready:
		default:
			close(p.ready)
		}
		p.ready = make(chan struct{})
	}
}

// has takes down that the process has spoken of a device. The plugin's lock is held.
func (r *process) has(device string) {
	c := r.meeting(device)
	select {
	case <-c:
	default:
		close(c)
	}
}

func (r *process) meeting(device string) chan struct{} {
	c := r.met[device]
	if c == nil {
		c = make(chan struct{})
		r.met[device] = c
	}
	return c
}

// acquainted is closed once a command to the device may be sent: a process that has just been started need not know yet of
// what the one before it, or the one before the hub's restart, told. Of a device that none ever told of there is nothing to wait for.
func (r *process) acquainted(device string) <-chan struct{} {
	p := r.plugin
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.devices[device] == nil && !slices.Contains(p.record.Devices, device) {
		r.has(device)
	}
	return r.meeting(device)
}

// carryOut sends a command and waits for what became of it. When the plugin ends meanwhile the command is
// repeated, with its key, to the next process, as long as there is time.
func (p *plugin) carryOut(device string, cmd model.Command) model.Outcome {
	ctx, cancel := context.WithDeadline(context.Background(), cmd.Deadline)
	defer cancel()
	for {
		p.mu.Lock()
		r, ready, state, problem := p.cur, p.ready, p.state, p.problem
		p.mu.Unlock()
		if r == nil {
			if state == Failed || state == Disabled {
				return rejected(model.ReasonUnreachable, strings.TrimSuffix("the plugin does not run: "+problem, ": "))
			}
			select {
			case <-ready:
				continue
			case <-ctx.Done():
				return rejected(model.ReasonUnreachable, strings.TrimSuffix("the plugin does not run: "+problem, ": "))
			}
		}
		met := r.acquainted(device)
		select {
		case <-met:
		case <-r.exited:
			p.gone(r)
			continue
		case <-ctx.Done():
			select {
			case <-met: // both: the command's time was over before its turn came
			default:
				return rejected(model.ReasonUnreachable, "the plugin was started and has not told of the device yet")
			}
		}
		err := r.send(ctx, device, cmd)
		if errors.Is(err, protocol.ErrClosed) && ctx.Err() == nil {
			select { // tend has not yet noticed
			case <-ctx.Done():
			case <-r.exited:
				p.gone(r)
			}
			continue
		}
		return p.outcome(err)
	}
}

// send is one try.
func (r *process) send(ctx context.Context, device string, cmd model.Command) error {
	select {
	case r.inflight <- struct{}{}:
		defer func() { <-r.inflight }()
	case <-ctx.Done():
		return ctx.Err()
	}
	left := time.Until(cmd.Deadline).Milliseconds()
	return r.conn.Call(ctx, protocol.MethodCommand, protocol.Command{Device: device, Endpoint: string(cmd.Endpoint), Writes: cmd.Writes, Action: cmd.Action,
		Args: cmd.Args, Transition: cmd.Transition, DeadlineMS: int(max(left, 1)), Key: string(cmd.ID)}, nil)
}

// reasons are the reasons behind the codes of the protocol.
var reasons = map[protocol.Code]model.ReasonCode{
	protocol.UnknownDevice: model.ReasonUnknownDevice, protocol.Unavailable: model.ReasonUnreachable,
	protocol.InvalidParams: model.ReasonInvalidValue, protocol.UnknownMethod: model.ReasonUnsupported,
}

func (p *plugin) outcome(err error) model.Outcome {
	var e *protocol.Error
	switch {
	case err == nil:
		return model.Outcome{Status: model.Acked}
	case errors.As(err, &e) && e.Code == protocol.DeadlineExceeded:
		return model.Outcome{Status: model.TimedOut, Reason: model.Reason{Code: model.ReasonNoAnswer, Detail: p.mask(cut(e.Message))}}
	case errors.As(err, &e):
		if e.Code == protocol.AuthNeeded {
			p.ail(cut(e.Message))
		}
		code, ok := reasons[e.Code]
		if !ok {
			code = model.ReasonDeviceError
		}
		return rejected(code, p.mask(cut(e.Error())))
	}
	p.fault("a command was not answered in time")
	return model.Outcome{Status: model.TimedOut, Reason: model.Reason{Code: model.ReasonNoAnswer, Detail: "the plugin did not answer in time"}}
}
