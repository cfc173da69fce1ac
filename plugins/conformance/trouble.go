package conformance

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/concord-home/hub/plugins/simulator"
)

// trouble gives the device faults for a while, and then expects the plugin to have got over them.
func (k *kit) trouble(ctx context.Context, each time.Duration, faults ...simulator.Fault) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	for _, f := range faults {
		e.device.Misbehave(f)
		for began := time.Now(); time.Since(began) < each; wait(ctx, 100*time.Millisecond) {
			e.device.Touch(nil) // a device that tells of changes tells of them now
			if err := e.subject.alive(); err != nil {
				return err
			}
		}
	}
	e.device.Misbehave(simulator.Fault{})
	e.device.Off() // whoever waits for the rest of an answer starts afresh
	if err := e.device.On(); err != nil {
		return err
	}
	return e.recovers(ctx, "it was in order again")
}

func checkBrokenAnswers(ctx context.Context, k *kit) error {
	return k.trouble(ctx, 1500*time.Millisecond, simulator.Fault{Garbage: true}, simulator.Fault{Cut: true})
}

func checkSaidTwice(ctx context.Context, k *kit) error {
	return k.trouble(ctx, time.Second, simulator.Fault{Twice: true})
}

// absurd are values that no device can have.
var absurd = []string{"1e9", "-1e9", "null", "999999999999"}

func checkOutOfRange(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.subject.lenient = true // what it passes on is this check's matter alone
	for _, v := range absurd {
		for name, was := range k.script.State {
			if _, err := strconv.ParseFloat(was, 64); err != nil {
				continue
			}
			e.device.Touch(map[string]string{name: v})
			wait(ctx, 50*time.Millisecond)
		}
		wait(ctx, 1200*time.Millisecond)
		if err := e.subject.alive(); err != nil {
			return fmt.Errorf("when its device says %s: %w", v, err)
		}
	}
	if v := e.subject.hub.Violations(); len(v) > 0 {
		return fmt.Errorf("it passes on what its device cannot mean: %s", v[0].Detail)
	}
	e.device.Touch(k.script.State)
	return e.recovers(ctx, "it made sense again")
}

func checkNewerDevice(ctx context.Context, k *kit) error {
	if k.script.Transport != "http" && k.script.Transport != "mqtt" {
		return notApplicable("the device speaks no JSON over HTTP or MQTT")
	}
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.device.Misbehave(simulator.Fault{Extra: true})
	e.device.Touch(nil)
	wait(ctx, 2500*time.Millisecond)
	return e.recovers(ctx, "its answers had a member more")
}

func checkSlow(ctx context.Context, k *kit) error {
	e, err := k.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.leave(ctx)
	e.device.Misbehave(simulator.Fault{Slow: time.Second})
	if st, ok := k.aCommand(); ok {
		if err := e.subject.command(ctx, commandOf(e.id, st), commandLimit); err != nil {
			return fmt.Errorf("the command %s is not done within %v: %w", st.text, commandLimit, err)
		}
	}
	wait(ctx, 2*time.Second)
	return e.recovers(ctx, "it began to take a second for each answer")
}
