package yandex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// types are Yandex's types by ours.
var types = map[model.DeviceType]string{
	"light_on_off": "light", "light_dimmable": "light", "light_color_temperature": "light", "light_color": "light", "plug": "socket", "plug_dimmable": "socket", "wall_switch": "switch",
	"thermostat": "thermostat", "trv": "thermostat", "floor_heating": "thermostat", "heater": "thermostat", "boiler": "thermostat", "air_conditioner": "thermostat.ac", "ir_air_conditioner": "thermostat.ac",
	"fan": "ventilation.fan", "fresh_air": "ventilation", "air_purifier": "purifier", "humidifier": "humidifier", "dehumidifier": "humidifier", "window_covering": "openable.curtain", "garage_door": "openable",
	"gate": "openable", "door_lock": "openable", "valve": "openable.valve", "robot_vacuum": "vacuum_cleaner", "tv": "media_device.tv", "speaker": "media_device", "kettle": "cooking.kettle", "oven": "cooking",
	"cooker": "cooking.multicooker", "washer": "washing_machine", "dishwasher": "dishwasher", "pet_feeder": "pet_feeder", "camera": "camera", "climate_sensor": "sensor.climate", "air_monitor": "sensor.climate",
	"contact_sensor": "sensor.open", "motion_sensor": "sensor.motion", "presence_sensor": "sensor.motion", "leak_sensor": "sensor.water_leak", "smoke_co_alarm": "sensor.smoke", "gas_alarm": "sensor.gas",
	"light_sensor": "sensor.illumination", "remote": "sensor.button", "water_heater": "other", "irrigation": "other", "bath_heater": "other", "hood": "ventilation",
}

// capability is one of Yandex's: Named.Name is the instance.
type capability struct {
	kind string // without "devices.capabilities."
	speakers.Named
	unit      string
	low, high float64 // what a number is bounded to where the device does not bound it
	precision float64
}

var capabilities = []capability{
	{kind: "on_off", Named: speakers.Named{Name: "on", Facet: speakers.Power, Form: speakers.Flag}},
	{kind: "range", Named: speakers.Named{Name: "brightness", Facet: speakers.Brightness}, unit: "percent", low: 1, high: 100, precision: 1},
	{kind: "color_setting", Named: speakers.Named{Name: "temperature_k", Facet: speakers.Tone}, low: 2000, high: 9000},
	{kind: "range", Named: speakers.Named{Name: "temperature", Facet: speakers.Target}, unit: "temperature.celsius", low: 5, high: 35, precision: 0.5},
	{kind: "range", Named: speakers.Named{Name: "humidity", Facet: speakers.TargetMoisture}, unit: "percent", low: 0, high: 100, precision: 1},
	{kind: "range", Named: speakers.Named{Name: "open", Facet: speakers.Opening}, unit: "percent", low: 0, high: 100, precision: 1},
	{kind: "range", Named: speakers.Named{Name: "volume", Facet: speakers.Loudness}, low: 0, high: 100, precision: 1},
	{kind: "toggle", Named: speakers.Named{Name: "mute", Facet: speakers.Silence, Form: speakers.Flag}},
	{kind: "mode", Named: speakers.Named{Name: "thermostat", Facet: speakers.Climate, Form: speakers.Word, Words: [][2]string{{"auto", "auto"}, {"cool", "cool"}, {"heat", "heat"}, {"fan_only", "fan_only"}, {"dry", "dry"}}}},
	{kind: "mode", Named: speakers.Named{Name: "fan_speed", Facet: speakers.FanWord, Form: speakers.Word, Words: [][2]string{{"auto", "auto"}, {"quiet", "quiet"}, {"low", "low"}, {"medium", "medium"}, {"high", "high"}, {"turbo", "turbo"}}}},
}

// properties are what a device measures: Name is the instance.
var properties = []capability{
	{Named: speakers.Named{Name: "temperature", Facet: speakers.RoomTemperature}, unit: "temperature.celsius"},
	{Named: speakers.Named{Name: "humidity", Facet: speakers.Moisture}, unit: "percent"},
	{Named: speakers.Named{Name: "pm2.5_density", Facet: speakers.Dust}, unit: "density.mcg_m3"},
	{Named: speakers.Named{Name: "co2_level", Facet: speakers.Carbon}, unit: "ppm"},
	{Named: speakers.Named{Name: "battery_level", Facet: speakers.Charge}, unit: "percent"},
	{Named: speakers.Named{Name: "power", Facet: speakers.Watts}, unit: "watt"},
}

// events are what a device notices.
var events = []struct {
	attribute model.Attribute
	instance  string
	yes, no   string
}{
	{speakers.Contact, "open", "opened", "closed"},
	{speakers.Occupied, "motion", "detected", "not_detected"},
	{"water_leak.leak", "water_leak", "leak", "dry"},
	{"smoke_co_alarm.smoke", "smoke", "detected", "not_detected"},
	{"gas_leak.gas", "gas", "detected", "not_detected"},
}

func (c *capability) there(d *home.Device) bool {
	return c.Facet.Has(d) && c.Facet.Can(d) && (c.Form != speakers.Word || len(c.Offers(d)) > 0)
}

func painted(d *home.Device) bool {
	return speakers.Can(d, speakers.Hue) && speakers.Can(d, speakers.Sat)
}

// describe lists what a device can and measures.
func (y *Yandex) describe(d *home.Device) (can, measures []map[string]any) {
	reports := y.skill != nil
	color := map[string]any{}
	for i := range capabilities {
		c := &capabilities[i]
		if !c.there(d) {
			continue
		}
		p := map[string]any{"instance": c.Name}
		switch c.kind {
		case "on_off":
			p = map[string]any{"split": false}
		case "range":
			low, high := c.Facet.Range(d, c.low, c.high)
			p["random_access"], p["range"] = true, map[string]any{"min": low, "max": high, "precision": c.precision}
			if c.unit != "" {
				p["unit"] = "unit." + c.unit
			}
		case "mode":
			list := []map[string]string{}
			for _, w := range c.Offers(d) {
				list = append(list, map[string]string{"value": w})
			}
			p["modes"] = list
		case "color_setting":
			low, high := c.Facet.Range(d, c.low, c.high)
			color["temperature_k"] = map[string]any{"min": math.Round(low), "max": math.Round(high)}
			continue
		}
		can = append(can, map[string]any{"type": "devices.capabilities." + c.kind, "retrievable": true, "reportable": reports, "parameters": p})
	}
	if painted(d) {
		color["color_model"] = "hsv"
	}
	if len(color) > 0 {
		can = append(can, map[string]any{"type": "devices.capabilities.color_setting", "retrievable": true, "reportable": reports, "parameters": color})
	}
	for _, p := range properties {
		if p.Facet.Has(d) {
			measures = append(measures, map[string]any{"type": "devices.properties.float", "retrievable": true, "reportable": reports, "parameters": map[string]any{"instance": p.Name, "unit": "unit." + p.unit}})
		}
	}
	for _, e := range events {
		if speakers.Has(d, e.attribute) {
			measures = append(measures, map[string]any{"type": "devices.properties.event", "retrievable": true, "reportable": reports,
				"parameters": map[string]any{"instance": e.instance, "events": []map[string]string{{"value": e.yes}, {"value": e.no}}}})
		}
	}
	return can, measures
}

// states are what is known of a device.
func states(d *home.Device) (can, measures []map[string]any) {
	state := func(kind, instance string, v any) map[string]any {
		return map[string]any{"type": "devices." + kind, "state": map[string]any{"instance": instance, "value": v}}
	}
	hued := speakers.Text(d, "color.mode") == "hs" || speakers.Text(d, "color.mode") == "xy"
	for i := range capabilities {
		c := &capabilities[i]
		if v, known := c.Say(d); known && c.there(d) && !(c.kind == "color_setting" && hued) {
			can = append(can, state("capabilities."+c.kind, c.Name, v))
		}
	}
	if h, ok := speakers.Number(d, speakers.Hue); ok && painted(d) && (hued || !speakers.Can(d, speakers.Kelvin)) {
		s, _ := speakers.Number(d, speakers.Sat)
		v, known := speakers.Number(d, speakers.Level)
		if !known {
			v = 100
		}
		can = append(can, state("capabilities.color_setting", "hsv", map[string]any{"h": math.Round(h), "s": math.Round(s), "v": math.Round(v)}))
	}
	for _, p := range properties {
		if v, known := p.Say(d); known {
			measures = append(measures, state("properties.float", p.Name, v))
		}
	}
	for _, e := range events {
		b, known := speakers.Truth(d, e.attribute)
		word := map[bool]string{true: e.yes, false: e.no}[b]
		switch speakers.Text(d, e.attribute) {
		case "warning", "critical":
			word, known = e.yes, true
		case "normal":
			word, known = e.no, true
		}
		if known {
			measures = append(measures, state("properties.event", e.instance, word))
		}
	}
	return can, measures
}

// wish puts one state that is asked for in the house's words.
func wish(kind, instance string, value json.RawMessage, relative bool) func(*home.Device) (home.Ask, model.ReasonCode) {
	if kind == "devices.capabilities.color_setting" && instance == "hsv" {
		return func(d *home.Device) (home.Ask, model.ReasonCode) {
			var c struct{ H, S *float64 }
			if json.Unmarshal(value, &c) != nil || c.H == nil || c.S == nil {
				return home.Ask{}, model.ReasonInvalidValue
			}
			return speakers.Paint(d, *c.H, *c.S)
		}
	}
	if kind == "devices.capabilities.toggle" && instance == "pause" {
		return speakers.Halt
	}
	for _, c := range capabilities {
		if "devices.capabilities."+c.kind != kind || c.Name != instance {
			continue
		}
		if relative {
			return c.Adjust(value, 0, 1)
		}
		return c.Set(value)
	}
	return func(*home.Device) (home.Ask, model.ReasonCode) { return home.Ask{}, model.ReasonUnsupported }
}

// Skill is what callbacks are sent with.
type Skill struct {
	ID      string `json:"skill_id"`
	Token   string `json:"oauth_token"`
	Address string `json:"address"` // empty: Yandex's own
}

// ReadSkill reads a skill's file.
func ReadSkill(r io.Reader) (*Skill, error) {
	var s Skill
	if err := json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&s); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if s.ID == "" || s.Token == "" {
		return nil, errors.New("skill_id and oauth_token of the console of Yandex Dialogs were expected")
	}
	if s.Address == "" {
		s.Address = "https://dialogs.yandex.net"
	}
	return &s, nil
}

func (y *Yandex) callback(ctx context.Context, what string, payload map[string]any) error {
	ts := float64(y.core.Now().UnixMilli()) / 1000
	return speakers.Post(ctx, y.skill.Address+"/api/v1/skills/"+y.skill.ID+"/callback/"+what, http.Header{"Authorization": {"OAuth " + y.skill.Token}}, map[string]any{"ts": ts, "payload": payload})
}

// Report tells Yandex of states.
func (y *Yandex) Report(ctx context.Context, link string, devices []*home.Device) error {
	var list []device
	for _, d := range devices {
		k := device{ID: string(d.ID)}
		k.Capabilities, k.Properties = states(d)
		list = append(list, k)
	}
	return y.callback(ctx, "state", map[string]any{"user_id": link, "devices": list})
}

// Resync asks Yandex to discover anew.
func (y *Yandex) Resync(ctx context.Context, link string) error {
	return y.callback(ctx, "discovery", map[string]any{"user_id": link})
}
