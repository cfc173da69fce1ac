// Command breeze-fan is an example of a plugin in Go for a device that is reached over MQTT alone: the Breeze ceiling fan, found by
// the topic that it publishes its state on. Try it with `hub plugin test plugins/examples/fan`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/concord-home/hub/plugins/sdk"
)

func main() { sdk.Main(sdk.Plugin{Open: open}) }

// fan is one fan. Its topics are breeze/SERIAL/status, …/online and …/set.
type fan struct {
	sdk.Candidate
	serial string
	status
}

type status struct {
	Name    string
	On      *bool
	Percent *float64
}

func open(_ context.Context, c sdk.Candidate) (sdk.Device, error) {
	f := &fan{Candidate: c}
	if levels := strings.Split(c.Text["topic"], "/"); len(levels) == 3 {
		f.serial = levels[1]
	} else {
		return nil, fmt.Errorf("the topic is %q, expected breeze/SERIAL/status", c.Text["topic"])
	}
	if err := json.Unmarshal([]byte(c.Text["payload"]), &f.status); err != nil {
		return nil, fmt.Errorf("the fan's state cannot be understood: %w", err)
	}
	return f, nil
}

func (f *fan) Describe() sdk.Descriptor {
	return sdk.Descriptor{ID: f.serial, Name: f.Name, Vendor: "Breeze", Model: "CF-2", Type: "fan"}
}

func (f *fan) Run(ctx context.Context, r *sdk.Reporter) error {
	for m := range f.Hear(ctx, "breeze/"+f.serial+"/+") {
		var s status
		switch {
		case strings.HasSuffix(m.Topic, "/online") && string(m.Payload) == "false":
			r.Offline("the fan has no power, or lost the network")
		case strings.HasSuffix(m.Topic, "/status") && json.Unmarshal(m.Payload, &s) == nil && s.On != nil && s.Percent != nil:
			r.Report(sdk.On(*s.On), sdk.FanSpeed(*s.Percent))
		}
	}
	return ctx.Err()
}

// ask publishes a wish and waits for the state with which the fan answers.
func (f *fan) ask(ctx context.Context, wish string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers := f.Hear(ctx, "breeze/"+f.serial+"/status")
	if err := f.Publish(ctx, "breeze/"+f.serial+"/set", []byte(wish), false); err != nil {
		return err
	}
	for m := range answers {
		if !m.Old {
			return nil
		}
	}
	return errors.Join(errors.New("the fan does not answer"), context.Cause(ctx))
}

// SetOnOff makes the fan a switch.
func (f *fan) SetOnOff(ctx context.Context, on bool) error {
	return f.ask(ctx, fmt.Sprintf(`{"on":%t}`, on))
}

// SetFanSpeed makes it a fan.
func (f *fan) SetFanSpeed(ctx context.Context, percent float64) error {
	return f.ask(ctx, fmt.Sprintf(`{"percent":%g}`, percent))
}
