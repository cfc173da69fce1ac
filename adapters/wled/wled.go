// Package wled is the hub's adapter for WLED: LED strips on controllers that need no pairing.
//
// API: https://kno.wled.ge/interfaces/json-api/. A strip is one lamp here: its colour is that of its main segment, and is set for
// the segments selected in WLED's own app.
package wled

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/adapters/lan/polled"
	"github.com/concord-home/hub/model"
)

// New makes the adapter.
func New() *polled.Adapter[change] {
	return polled.New(polled.Brand[change]{Name: "wled", Label: "WLED controller", Seeks: []adapters.Pattern{{Proto: "mdns", Type: "_wled._tcp"}},
		Every: 10 * time.Second, PerSecond: 5, Describe: describe, Read: read, Request: request, Join: join, Send: send})
}

// change is what a strip is told; what is nil is left alone.
type change struct {
	on              *bool
	level           *float64 // percent
	hue, saturation *float64
	transition      float64 // seconds
}

// state is what a strip says of itself.
type state struct {
	On   *bool `json:"on"`
	Bri  *int  `json:"bri"` // 1..255
	Main int   `json:"mainseg"`
	Seg  []struct {
		ID  int         `json:"id"`
		Col [][]float64 `json:"col"` // red, green, blue and, on some, white, 0..255
	} `json:"seg"`
}

// rgb is bit 0 of a strip's abilities; older firmware does not say them.
const rgb = 1

func describe(ctx context.Context, to lan.HTTP, f adapters.Found) (d model.Description, err error) {
	var info struct {
		Version string `json:"ver"`
		Name    string `json:"name"`
		MAC     string `json:"mac"`
		Brand   string `json:"brand"`
		Product string `json:"product"`
		LEDs    struct {
			Can *int `json:"lc"`
		} `json:"leds"`
	}
	if err := to.Ask(ctx, http.MethodGet, "/json/info", nil, &info); err != nil {
		return d, err
	}
	mac := strings.ToLower(info.MAC)
	if len(mac) != 12 {
		return d, errors.New("it does not say its hardware address")
	}
	kind, has := model.DeviceType("light_color"), []model.Attribute{"on_off.on", "level.level", "color.hue", "color.saturation"}
	if info.LEDs.Can != nil && *info.LEDs.Can&rgb == 0 {
		kind, has = "light_dimmable", has[:2]
	}
	var properties []model.Property
	for _, a := range has {
		properties = append(properties, *model.LookupAttribute(a))
	}
	return model.Description{Source: model.SourceID("wled/" + mac), Identities: []model.Identity{{Kind: model.IdentityMAC, Value: mac}}, Name: cmp.Or(info.Name, f.Instance),
		Vendor: cmp.Or(info.Brand, "WLED"), Model: cmp.Or(info.Product, "WLED"), Firmware: info.Version, Type: kind,
		Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Type: kind, Properties: properties}}}, nil
}

func read(ctx context.Context, to lan.HTTP) ([]model.Reading, error) {
	var s state
	if err := to.Ask(ctx, http.MethodGet, "/json/state", nil, &s); err != nil {
		return nil, err
	}
	return s.readings()
}

func (s state) readings() (out []model.Reading, err error) {
	if s.On == nil || s.Bri == nil {
		return nil, errors.New("it does not say how it is")
	}
	say := func(a model.Attribute, v model.Value) {
		out = append(out, model.Reading{Endpoint: model.MainEndpoint, Attribute: a, Value: v})
	}
	say("on_off.on", model.Bool(*s.On))
	say("level.level", model.Number(math.Round(float64(min(max(*s.Bri, 0), 255))/2.55)))
	for _, g := range s.Seg {
		if g.ID == s.Main && len(g.Col) > 0 && len(g.Col[0]) >= 3 {
			hue, saturation := model.HueSaturation(g.Col[0][0], g.Col[0][1], g.Col[0][2])
			say("color.hue", model.Number(math.Round(hue)))
			say("color.saturation", model.Number(math.Round(saturation)))
		}
	}
	return out, nil
}

// request turns a command into what the strip is told.
func request(cmd model.Command) (c change, err error) {
	c.transition = cmd.Transition
	for _, w := range cmd.Writes {
		f, _ := w.Value.Number()
		on, _ := w.Value.Bool()
		switch w.Attribute {
		case "on_off.on":
			c.on = &on
		case "level.level":
			c.level = &f
		case "color.hue":
			c.hue = &f
		case "color.saturation":
			c.saturation = &f
		default:
			return c, fmt.Errorf("%s cannot be set", w.Attribute)
		}
	}
	if len(cmd.Writes) == 0 {
		return c, fmt.Errorf("it cannot %s", cmd.Action)
	}
	return c, nil
}

func join(a, b change) change {
	return change{cmp.Or(b.on, a.on), cmp.Or(b.level, a.level), cmp.Or(b.hue, a.hue), cmp.Or(b.saturation, a.saturation), b.transition}
}

// send tells the strip, and asks it how it is then: its own answer is at times no more than that it heard.
func send(ctx context.Context, to lan.HTTP, c change) ([]model.Reading, error) {
	body := map[string]any{}
	if c.on != nil {
		body["on"] = *c.on
	}
	if c.level != nil {
		body["bri"] = max(1, math.Round(*c.level*2.55)) // 0 would be off
	}
	if c.transition > 0 {
		body["tt"] = math.Round(min(c.transition, 6000) * 10)
	}
	if c.hue != nil || c.saturation != nil {
		now, err := read(ctx, to)
		if err != nil {
			return nil, err
		}
		color := map[model.Attribute]float64{"color.saturation": 100} // the half that was not asked for
		for _, r := range now {
			color[r.Attribute], _ = r.Value.Number()
		}
		r, g, b := model.RGB(*cmp.Or(c.hue, new(color["color.hue"])), *cmp.Or(c.saturation, new(color["color.saturation"])))
		body["seg"] = map[string]any{"fx": 0, "col": [][]int{{byte255(r), byte255(g), byte255(b)}}} // effect 0 shows the colour
	}
	if err := to.Ask(ctx, http.MethodPost, "/json/state", body, nil); err != nil {
		return nil, err
	}
	return read(ctx, to)
}

func byte255(f float64) int { return int(math.Round(f * 255)) }
