// Command acme-plug is an example of a plugin in Go: the Acme Wi-Fi plug, a switch with a thermometer, which
// speaks HTTP. Try it with `hub plugin test plugins/examples/plug`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/concord-home/hub/plugins/sdk"
)

// pollSeconds is how often a plug is asked.
var pollSeconds atomic.Int64

func main() { sdk.Main(sdk.Plugin{Open: open, Configure: configure}) }

func configure(config json.RawMessage) error {
	c := struct{ PollSeconds int64 }{5}
	err := json.Unmarshal(config, &c)
	pollSeconds.Store(max(c.PollSeconds, 1))
	return err
}

// plug is one plug.
type plug struct {
	http *http.Client
	state
}

type state struct {
	Serial, Name string
	On           bool
	Celsius      *float64
}

func open(ctx context.Context, c sdk.Candidate) (sdk.Device, error) {
	p := &plug{http: c.HTTP()}
	if err := sdk.GetJSON(ctx, p.http, "/status", &p.state); err != nil {
		return nil, err
	}
	if p.Serial == "" {
		return nil, errors.New("the plug does not say its serial number")
	}
	return p, nil
}

func (p *plug) Describe() sdk.Descriptor {
	return sdk.Descriptor{ID: p.Serial, Name: p.Name, Vendor: "Acme", Model: "AP-1", Type: "plug", Capabilities: []sdk.Capability{"temperature"}}
}

func (p *plug) Run(ctx context.Context, r *sdk.Reporter) error {
	return r.Every(ctx, time.Duration(pollSeconds.Load())*time.Second, func(ctx context.Context) error {
		var s state
		if err := sdk.GetJSON(ctx, p.http, "/status", &s); err != nil {
			return err
		}
		r.Report(sdk.On(s.On))
		if s.Celsius != nil {
			r.Report(sdk.Celsius(*s.Celsius))
		}
		return nil
	})
}

// SetOnOff makes the plug a switch.
func (p *plug) SetOnOff(ctx context.Context, on bool) error {
	return sdk.GetJSON(ctx, p.http, fmt.Sprintf("/relay?on=%t", on), nil)
}
