package sdk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// What can be commanded: a device implements those that fit it. Units are the catalogue's.
type (
	OnOff interface {
		SetOnOff(ctx context.Context, on bool) error
	}
	Leveler interface {
		SetLevel(ctx context.Context, percent float64) error
	}
	ColorTemperature interface {
		SetColorTemperature(ctx context.Context, kelvin int) error
	}
	Color interface {
		SetColor(ctx context.Context, hue, saturation float64) error
	}
	Heater interface {
		SetHeatSetpoint(ctx context.Context, celsius float64) error
	}
	Cooler interface {
		SetCoolSetpoint(ctx context.Context, celsius float64) error
	}
	Climate interface {
		SetThermostatMode(ctx context.Context, mode string) error
	}
	Cover interface {
		SetOpen(ctx context.Context, percent float64) error // 100 is open
	}
	Stopper interface {
		StopCover(ctx context.Context) error
	}
	Fan interface {
		SetFanSpeed(ctx context.Context, percent float64) error
	}
	// Writer takes what none of the others does.
	Writer interface {
		Write(ctx context.Context, endpoint string, writes []model.Write) error
	}
	// Actor carries out actions.
	Actor interface {
		Act(ctx context.Context, endpoint string, action model.Attribute, args map[string]model.Value) error
	}
)

// writer is one row of what can be commanded.
type writer struct {
	attributes []model.Attribute
	actions    []model.Attribute
	can        func(Device) bool
	do         func(ctx context.Context, d Device, v []model.Value) error // v: of attributes, in their order; unknown where not asked for
}

func can[T any](d Device) bool { _, ok := d.(T); return ok }

func number[T any](a model.Attribute, set func(T, context.Context, float64) error) writer {
	return writer{attributes: []model.Attribute{a}, can: can[T], do: func(ctx context.Context, d Device, v []model.Value) error {
		f, _ := v[0].Number()
		return set(d.(T), ctx, f)
	}}
}

// writers are all rows.
var writers = []writer{
	{attributes: []model.Attribute{model.AttrOnOffOn}, can: can[OnOff], do: func(ctx context.Context, d Device, v []model.Value) error {
		on, _ := v[0].Bool()
		return d.(OnOff).SetOnOff(ctx, on)
	}},
	number(model.AttrLevelLevel, Leveler.SetLevel),
	number(model.AttrColorTemperatureKelvin, func(d ColorTemperature, ctx context.Context, f float64) error {
		return d.SetColorTemperature(ctx, int(f))
	}),
	{attributes: []model.Attribute{model.AttrColorHue, model.AttrColorSaturation}, can: can[Color], do: func(ctx context.Context, d Device, v []model.Value) error {
		hue, ok1 := v[0].Number()
		saturation, ok2 := v[1].Number()
		if !ok1 || !ok2 {
			return protocol.Errorf(protocol.InvalidParams, "hue and saturation are set together")
		}
		return d.(Color).SetColor(ctx, hue, saturation)
	}},
	number(model.AttrThermostatHeatSetpoint, Heater.SetHeatSetpoint),
	number(model.AttrThermostatCoolSetpoint, Cooler.SetCoolSetpoint),
	{attributes: []model.Attribute{model.AttrThermostatMode}, can: can[Climate], do: func(ctx context.Context, d Device, v []model.Value) error {
		mode, _ := v[0].Text()
		return d.(Climate).SetThermostatMode(ctx, mode)
	}},
	number(model.AttrWindowCoveringOpenPct, Cover.SetOpen),
	{actions: []model.Attribute{"window_covering.stop"}, can: can[Stopper], do: func(ctx context.Context, d Device, _ []model.Value) error { return d.(Stopper).StopCover(ctx) }},
	number(model.AttrFanSpeedPct, Fan.SetFanSpeed),
}

// once is a command that is under way or was done.
type once struct {
	done chan struct{}
	err  error
}

// keepCommands is how many commands are remembered, to do a repeated one once.
const keepCommands = 256

// command carries a command out, once for each key.
func (s *session) command(in *protocol.Incoming, c protocol.Command) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Duration(c.DeadlineMS)*time.Millisecond)
	defer cancel()
	s.mu.Lock()
	o, repeated := s.done[c.Key]
	if !repeated {
		o = &once{done: make(chan struct{})}
		if c.Key != "" {
			s.done[c.Key] = o
			s.order = append(s.order, c.Key)
		}
		for len(s.order) > keepCommands {
			delete(s.done, s.order[0])
			s.order = s.order[1:]
		}
	}
	s.calls[in.ID()] = cancel
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.calls, in.ID())
	}()
	if repeated {
		select {
		case <-o.done:
			in.Reply(nil, o.err)
		case <-ctx.Done():
			in.Reply(nil, protocol.Errorf(protocol.DeadlineExceeded, "the command that it repeats was not done in time"))
		}
		return
	}
	o.err = s.carryOut(ctx, s.waitFor(ctx, c.Device), c)
	close(o.done)
	in.Reply(nil, o.err)
}

func (s *session) carryOut(ctx context.Context, r *runner, c protocol.Command) error {
	if r == nil {
		return protocol.Errorf(protocol.UnknownDevice, "there is no device %q", c.Device)
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	ended := make(chan error, 1)
	go func() { ended <- do(ctx, r.device, c) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done(): // whatever the device does
		err = ctx.Err()
	}
	var known *protocol.Error
	switch {
	case err == nil:
		r.reporter.again()
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return protocol.Errorf(protocol.DeadlineExceeded, "%s did not answer in time", c.Device)
	case errors.As(err, &known):
		return known
	}
	return protocol.Errorf(protocol.Unavailable, "%v", err)
}

// do finds who takes a command.
func do(ctx context.Context, d Device, c protocol.Command) error {
	if c.Action != "" {
		for _, w := range writers {
			if slices.Contains(w.actions, c.Action) && w.can(d) {
				return w.do(ctx, d, nil)
			}
		}
		if a, ok := d.(Actor); ok {
			return a.Act(ctx, c.Endpoint, c.Action, c.Args)
		}
		return protocol.Errorf(protocol.Rejected, "the device cannot %s", c.Action)
	}
	left := slices.Clone(c.Writes)
	if c.Endpoint == "" || c.Endpoint == string(model.MainEndpoint) {
		for _, w := range writers {
			values := make([]model.Value, len(w.attributes))
			asked := false
			for i, a := range w.attributes {
				if j := slices.IndexFunc(left, func(x model.Write) bool { return x.Attribute == a }); j >= 0 && w.can(d) {
					values[i], asked = left[j].Value, true
					left = slices.Delete(left, j, j+1)
				}
			}
			if asked {
				if err := w.do(ctx, d, values); err != nil {
					return err
				}
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	if w, ok := d.(Writer); ok {
		return w.Write(ctx, c.Endpoint, left)
	}
	return protocol.Errorf(protocol.Rejected, "the device cannot set %s", left[0].Attribute)
}

// Refused says that the device will not do something, and why, for a person.
func Refused(format string, args ...any) error {
	return protocol.Errorf(protocol.Rejected, "%s", fmt.Sprintf(format, args...))
}

// NeedsLogin says that a person has to log in or press a button, and where.
func NeedsLogin(format string, args ...any) error {
	return protocol.Errorf(protocol.AuthNeeded, "%s", fmt.Sprintf(format, args...))
}
