// Command acme-plug is an example of a plugin in Go: the Acme Wi-Fi plug, a switch with a thermometer, which
// speaks HTTP. Try it with `hub plugin test plugins/examples/plug`.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/concord-home/hub/plugins/sdk"
)

func main() { sdk.Main(sdk.Plugin{Open: open}) }

// plug is one plug.
type plug struct {
	http *http.Client // reaches this plug only
	state
}

type state struct {
	Serial, Name string
	On           bool
	Celsius      *float64
}

func open(ctx context.Context, c sdk.Candidate) (sdk.Device, error) {
	p := &plug{http: c.HTTP()}
	err := sdk.GetJSON(ctx, p.http, "/status", &p.state)
	if err == nil && p.Serial == "" {
		err = errors.New("the plug does not say its serial number")
	}
	return p, err
}

func (p *plug) Describe() sdk.Descriptor {
	return sdk.Descriptor{ID: p.Serial, Name: p.Name, Vendor: "Acme", Model: "AP-1", Type: "plug", Capabilities: []sdk.Capability{"temperature"}}
}

func (p *plug) Run(ctx context.Context, r *sdk.Reporter) error {
	return r.Every(ctx, 5*time.Second, func(ctx context.Context) error {
		var s state
		err := sdk.GetJSON(ctx, p.http, "/status", &s)
		if err == nil && s.Celsius != nil {
			r.Report(sdk.On(s.On), sdk.Celsius(*s.Celsius))
		}
		return err
	})
}

// SetOnOff makes the plug a switch.
func (p *plug) SetOnOff(ctx context.Context, on bool) error {
	return sdk.GetJSON(ctx, p.http, fmt.Sprintf("/relay?on=%t", on), nil)
}
