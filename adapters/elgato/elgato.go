// Package elgato is the hub's adapter for Elgato Key Lights: lamps that need no pairing and announce nothing.
//
// API (not published by its maker): GET and PUT /elgato/lights, GET /elgato/accessory-info, on port 9123.
package elgato

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/adapters/lan/polled"
	"github.com/concord-home/hub/model"
)

// New makes the adapter.
func New() *polled.Adapter[state] {
	return polled.New(polled.Brand[state]{Name: "elgato", Label: "Key Light", Seeks: []adapters.Pattern{{Proto: "mdns", Type: "_elg._tcp"}},
		Every: 15 * time.Second, PerSecond: 10, Describe: describe, Read: read, Request: request, Join: join, Send: send})
}

// What a lamp can show, in kelvin.
var warmest, coldest = 2900.0, 7000.0

// state is what a lamp says and is told; what is nil is left alone.
type state struct {
	On          *int `json:"on,omitempty"`
	Brightness  *int `json:"brightness,omitempty"`  // percent
	Temperature *int `json:"temperature,omitempty"` // mired, 143..344
}

type lights struct {
	Number int     `json:"numberOfLights"`
	Lights []state `json:"lights"`
}

func describe(ctx context.Context, to lan.HTTP, f adapters.Found) (d model.Description, err error) {
	var who struct {
		Product  string `json:"productName"`
		Firmware string `json:"firmwareVersion"`
		Serial   string `json:"serialNumber"`
		Name     string `json:"displayName"`
	}
	if err := to.Ask(ctx, http.MethodGet, "/elgato/accessory-info", nil, &who); err != nil {
		return d, err
	}
	if who.Serial == "" {
		return d, errors.New("it does not say its serial number")
	}
	if who.Name == "" {
		who.Name = f.Instance
	}
	kelvin := *model.LookupAttribute("color_temperature.kelvin")
	kelvin.Min, kelvin.Max = &warmest, &coldest
	return model.Description{Source: model.SourceID("elgato/" + who.Serial), Identities: []model.Identity{{Kind: model.IdentitySerial, Value: "elgato/" + who.Serial}},
		Name: who.Name, Vendor: "Elgato", Model: who.Product, Product: who.Product, Firmware: who.Firmware, Type: "light_color_temperature",
		Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Type: "light_color_temperature",
			Properties: []model.Property{*model.LookupAttribute("on_off.on"), *model.LookupAttribute("level.level"), kelvin}}}}, nil
}

func read(ctx context.Context, to lan.HTTP) ([]model.Reading, error) {
	var s lights
	if err := to.Ask(ctx, http.MethodGet, "/elgato/lights", nil, &s); err != nil {
		return nil, err
	}
	return s.readings()
}

// readings are what a lamp says of itself.
func (s lights) readings() (out []model.Reading, err error) {
	if len(s.Lights) == 0 {
		return nil, errors.New("it says nothing of its light")
	}
	say := func(n *int, a model.Attribute, v func(float64) model.Value) {
		if n != nil {
			out = append(out, model.Reading{Endpoint: model.MainEndpoint, Attribute: a, Value: v(float64(*n))})
		}
	}
	say(s.Lights[0].On, "on_off.on", func(f float64) model.Value { return model.Bool(f == 1) })
	say(s.Lights[0].Brightness, "level.level", func(f float64) model.Value { return model.Number(min(max(f, 0), 100)) })
	say(s.Lights[0].Temperature, "color_temperature.kelvin", func(f float64) model.Value {
		return model.Number(min(max(math.Round(1e6/max(f, 1)), warmest), coldest))
	})
	return out, nil
}

// request turns a command into what the lamp is told.
func request(cmd model.Command) (s state, err error) {
	for _, w := range cmd.Writes {
		f, _ := w.Value.Number()
		on, _ := w.Value.Bool()
		n := 0
		switch w.Attribute {
		case "on_off.on":
			if s.On = &n; on {
				n = 1
			}
		case "level.level":
			s.Brightness, n = &n, max(1, int(math.Round(f))) // 0 is refused, and is not off
		case "color_temperature.kelvin":
			s.Temperature, n = &n, int(math.Round(1e6/max(f, 1)))
		default:
			return s, fmt.Errorf("%s cannot be set", w.Attribute)
		}
	}
	if len(cmd.Writes) == 0 {
		return s, fmt.Errorf("it cannot %s", cmd.Action)
	}
	return s, nil
}

func join(a, b state) state {
	if b.On != nil {
		a.On = b.On
	}
	if b.Brightness != nil {
		a.Brightness = b.Brightness
	}
	if b.Temperature != nil {
		a.Temperature = b.Temperature
	}
	return a
}

// send tells the lamp, which answers with its new state.
func send(ctx context.Context, to lan.HTTP, what state) ([]model.Reading, error) {
	var s lights
	if err := to.Ask(ctx, http.MethodPut, "/elgato/lights", lights{1, []state{what}}, &s); err != nil {
		return nil, err
	}
	return s.readings()
}
