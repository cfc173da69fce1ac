package miot

import (
	"encoding/json"
	"math"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// product is a product as it must be registered with Xiaomi.
type product struct{ kind, code string }

func (p product) urn() string {
	return "urn:miot-spec-v2:device:" + p.kind + ":" + p.code + ":concord-" + p.kind + ":1"
}

// products are Xiaomi's device types by ours.
var products = map[model.DeviceType]product{
	"light_on_off": {"light", "0000A001"}, "light_dimmable": {"light", "0000A001"}, "light_color_temperature": {"light", "0000A001"}, "light_color": {"light", "0000A001"},
	"plug": {"outlet", "0000A002"}, "plug_dimmable": {"outlet", "0000A002"}, "wall_switch": {"switch", "0000A003"}, "air_conditioner": {"air-conditioner", "0000A004"},
	"ir_air_conditioner": {"air-conditioner", "0000A004"}, "fan": {"fan", "0000A005"}, "robot_vacuum": {"vacuum", "0000A006"}, "air_purifier": {"air-purifier", "0000A007"},
	"climate_sensor": {"temperature-humidity-sensor", "0000A00A"}, "window_covering": {"curtain", "0000A00C"}, "humidifier": {"humidifier", "0000A00E"}, "motion_sensor": {"motion-sensor", "0000A014"},
	"speaker": {"speaker", "0000A015"}, "contact_sensor": {"magnet-sensor", "0000A016"}, "heater": {"heater", "0000A01A"}, "trv": {"heater", "0000A01A"}, "thermostat": {"thermostat", "0000A031"}, "floor_heating": {"thermostat", "0000A031"},
}

var sceneProduct = product{"switch", "0000A003"}

// property is one numbered property of the products.
type property struct {
	siid, piid int
	speakers.Named
	numbers []string // words that are said as numbers, from 0 on
}

var on = speakers.Named{Name: "on", Facet: speakers.Power, Form: speakers.Flag}

// properties are those of all products, alike in each: service 2 is the device itself, 3 its surroundings, 4 its battery.
var properties = []property{
	{2, 1, on, nil},
	{2, 2, speakers.Named{Name: "brightness", Facet: speakers.Brightness}, nil},
	{2, 3, speakers.Named{Name: "color-temperature", Facet: speakers.Tone}, nil},
	{2, 5, speakers.Named{Name: "mode", Facet: speakers.Climate, Form: speakers.Word, Words: same("auto", "cool", "dry", "heat", "fan_only")}, []string{"auto", "cool", "dry", "heat", "fan_only"}},
	{2, 6, speakers.Named{Name: "target-temperature", Facet: speakers.Target}, nil},
	{2, 7, speakers.Named{Name: "fan-level", Facet: speakers.FanWord, Form: speakers.Word, Words: same("auto", "low", "medium", "high")}, []string{"auto", "low", "medium", "high"}},
	{2, 8, speakers.Named{Name: "target-position", Facet: speakers.Opening}, nil},
	{2, 9, speakers.Named{Name: "volume", Facet: speakers.Loudness}, nil},
	{2, 10, speakers.Named{Name: "mute", Facet: speakers.Silence, Form: speakers.Flag}, nil},
	{2, 11, speakers.Named{Name: "target-humidity", Facet: speakers.TargetMoisture}, nil},
	{3, 1, speakers.Named{Name: "temperature", Facet: speakers.RoomTemperature}, nil},
	{3, 2, speakers.Named{Name: "relative-humidity", Facet: speakers.Moisture}, nil},
	{3, 3, speakers.Named{Name: "pm2.5-density", Facet: speakers.Dust}, nil},
	{3, 4, speakers.Named{Name: "co2-density", Facet: speakers.Carbon}, nil},
	{4, 1, speakers.Named{Name: "battery-level", Facet: speakers.Charge}, nil},
}

// colorIID is the property of a lamp's colour, 0xRRGGBB.
const colorIID = 4

func same(words ...string) [][2]string {
	var out [][2]string
	for _, w := range words {
		out = append(out, [2]string{w, w})
	}
	return out
}

// find is a property that a device has, or the status that says what is missing.
func find(d *home.Device, siid, piid int) (property, int) {
	why := noService
	for _, p := range properties {
		if p.siid != siid {
			continue
		}
		if p.Facet.Has(d) {
			why = noProperty
			if p.piid == piid {
				return p, 0
			}
		}
	}
	return property{}, why
}

func (p *property) say(d *home.Device) (any, bool) {
	v, known := p.Say(d)
	if word, is := v.(string); is && known {
		for i, w := range p.numbers {
			if w == word {
				return i, true
			}
		}
		return nil, false
	}
	return v, known
}

// setting puts setting a property in the house's words.
func setting(i item) wish {
	raw, err := json.Marshal(i.Value)
	if err != nil {
		raw = nil
	}
	return wish{starts: i.SIID == 2 && i.PIID == 1 && string(raw) == "true", ask: func(d *home.Device) (home.Ask, model.ReasonCode) {
		if n, is := i.Value.(float64); is && i.SIID == 2 && i.PIID == colorIID {
			if n < 0 || n > 0xFFFFFF || n != math.Trunc(n) {
				return home.Ask{}, model.ReasonInvalidValue
			}
			hue, saturation := speakers.HueOf(int(n))
			return speakers.Paint(d, hue, saturation)
		}
		p, why := find(d, i.SIID, i.PIID)
		if why != 0 {
			return home.Ask{}, model.ReasonUnsupported
		}
		if p.numbers != nil {
			n, is := i.Value.(float64)
			if !is || n != math.Trunc(n) || n < 0 || int(n) >= len(p.numbers) {
				return home.Ask{}, model.ReasonInvalidValue
			}
			return p.Facet.Set(d, model.String(p.numbers[int(n)]))
		}
		return p.Set(raw)(d)
	}}
}

// action puts an action of service 2 in the house's words: 1 toggles, 2 stops.
func action(i item) wish {
	none := func(*home.Device) (home.Ask, model.ReasonCode) { return home.Ask{}, model.ReasonUnsupported }
	switch {
	case i.SIID == 2 && i.AIID == 1:
		return wish{starts: true, ask: func(d *home.Device) (home.Ask, model.ReasonCode) {
			now, known := speakers.Power.Read(d).Bool()
			if !known {
				return home.Ask{}, model.ReasonUnknownState
			}
			return speakers.Power.Set(d, model.Bool(!now))
		}}
	case i.SIID == 2 && i.AIID == 2:
		return wish{ask: speakers.Halt}
	}
	return wish{ask: none}
}
