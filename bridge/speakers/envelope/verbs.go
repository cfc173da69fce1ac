package envelope

import (
	"encoding/json"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Names of facets as AliGenie and JD say them.
var (
	power      = speakers.Named{Name: "powerstate", Facet: speakers.Power, Form: speakers.Flag}
	brightness = speakers.Named{Name: "brightness", Facet: speakers.Brightness}
	tone       = speakers.Named{Name: "colorTemperature", Facet: speakers.Tone}
	target     = speakers.Named{Name: "temperature", Facet: speakers.Target}
	room       = speakers.Named{Name: "temperature", Facet: speakers.RoomTemperature}
	humidity   = speakers.Named{Name: "humidity", Facet: speakers.Moisture}
	dust       = speakers.Named{Name: "pm2.5", Facet: speakers.Dust}
	volume     = speakers.Named{Name: "volume", Facet: speakers.Loudness}
	mute       = speakers.Named{Name: "mute", Facet: speakers.Silence, Form: speakers.Flag}
	position   = speakers.Named{Name: "position", Facet: speakers.Opening}
	windStep   = speakers.Named{Name: "windspeed", Facet: speakers.FanSpeed}
	wind       = speakers.Named{Name: "windspeed", Facet: speakers.FanWord, Form: speakers.Word, Words: [][2]string{
		{"auto", "auto"}, {"low", "low"}, {"medium", "medium"}, {"high", "high"}, {"min", "low"}, {"max", "high"}, {"1", "low"}, {"2", "medium"}, {"3", "high"},
		{"quiet", "quiet"}, {"strong", "turbo"}}}
	mode = speakers.Named{Name: "mode", Facet: speakers.Climate, Form: speakers.Word, Words: [][2]string{
		{"auto", "auto"}, {"cold", "cool"}, {"heat", "heat"}, {"ventilate", "fan_only"}, {"dehumidification", "dry"}, {"sleep", "sleep"},
		{"cool", "cool"}, {"airsupply", "fan_only"}, {"fan", "fan_only"}, {"dry", "dry"}}}
)

// Properties are what AliGenie and JD read of a device. Where two have one name, the first that a device has counts.
var Properties = []speakers.Named{power, brightness, tone, target, room, humidity, wind, mode, dust, volume, mute, position}

// Verbs are what AliGenie and JD say.
var Verbs = NewTable(append(Switching(power), []Verb{
	{Name: "Play", Does: Act, Do: Command("media_playback.play")},
	{Name: "Next", Does: Act, Do: Command("media_playback.next")},
	{Name: "Previous", Does: Act, Do: Command("media_playback.previous")},
	{Name: "SetBrightness", Does: Set, Named: brightness},
	{Name: "AdjustUpBrightness", Does: Raise, Named: brightness, Step: 20},
	{Name: "AdjustDownBrightness", Does: Lower, Named: brightness, Step: 20},
	{Name: "SetColor", Does: Act, Do: colorByName},
	{Name: "SetTemperature", Does: Set, Named: target},
	{Name: "AdjustUpTemperature", Does: Raise, Named: target, Step: 1},
	{Name: "AdjustDownTemperature", Does: Lower, Named: target, Step: 1},
	{Name: "SetWindSpeed", Does: Set, Named: wind},
	{Name: "AdjustUpWindSpeed", Does: Raise, Named: windStep, Step: 33},
	{Name: "AdjustDownWindSpeed", Does: Lower, Named: windStep, Step: 33},
	{Name: "SetMode", Does: Set, Named: mode},
	{Name: "SetVolume", Does: Set, Named: volume},
	{Name: "AdjustUpVolume", Does: Raise, Named: volume, Step: 10},
	{Name: "AdjustDownVolume", Does: Lower, Named: volume, Step: 10},
	{Name: "SetMute", Does: Fix, Named: mute, Value: "true"},
	{Name: "CancelMute", Does: Fix, Named: mute, Value: "false"},
	{Name: "QueryPowerState", Does: Read, Named: power},
	{Name: "QueryBrightness", Does: Read, Named: brightness},
	{Name: "QueryTemperature", Does: Read, Named: room},
	{Name: "QueryHumidity", Does: Read, Named: humidity},
	{Name: "QueryWindSpeed", Does: Read, Named: wind},
	{Name: "QueryMode", Does: Read, Named: mode},
	{Name: "QueryPM25", Does: Read, Named: dust},
}...))

// Switching are the verbs that all of the platforms have: on and off, by the platform's name for power, and holding still.
func Switching(power speakers.Named) []Verb {
	return []Verb{
		{Name: "TurnOn", Does: Fix, Named: power, Value: "true"},
		{Name: "TurnOff", Does: Fix, Named: power, Value: "false"},
		{Name: "Pause", Does: Act, Do: Always(speakers.Halt)},
		{Name: "Stop", Does: Act, Do: Always(speakers.Halt)},
		{Name: "Continue", Does: Act, Do: Command("media_playback.play", "robot_vacuum.resume")},
	}
}

// Table finds a verb by its name, and keeps the order in which they are told.
type Table struct {
	List   []Verb
	byName map[string]*Verb
}

// NewTable makes a table of a codec's verbs.
func NewTable(list []Verb) Table {
	t := Table{list, map[string]*Verb{}}
	for i := range list {
		t.byName[list[i].Name] = &list[i]
	}
	return t
}

// Find is the verb of a name; nil: there is none.
func (t Table) Find(name string) *Verb { return t.byName[name] }

// Offered are the verbs that a device knows. A scene (nil) can be turned on.
func (t Table) Offered(d *home.Device) []*Verb {
	var out []*Verb
	for i := range t.List {
		v := &t.List[i]
		if d == nil && v.Starts() || d != nil && v.Offered(d) {
			out = append(out, v)
		}
	}
	return out
}

// Always does the same whatever the value.
func Always(f func(*home.Device) (home.Ask, model.ReasonCode)) func(*home.Device, json.RawMessage) (home.Ask, model.ReasonCode) {
	return func(d *home.Device, _ json.RawMessage) (home.Ask, model.ReasonCode) { return f(d) }
}

// Command is the first of the catalogue's commands that the device takes.
func Command(names ...model.Attribute) func(*home.Device, json.RawMessage) (home.Ask, model.ReasonCode) {
	return func(d *home.Device, _ json.RawMessage) (home.Ask, model.ReasonCode) {
		for _, n := range names {
			if ask, why := speakers.Act(d, n); why == "" {
				return ask, ""
			}
		}
		return home.Ask{}, model.ReasonUnsupported
	}
}

// colors are hue in degrees and saturation in percent of the colours that have a name.
var colors = map[string][2]float64{
	"red": {0, 100}, "orange": {30, 100}, "yellow": {60, 100}, "green": {120, 100}, "cyan": {180, 100}, "blue": {240, 100}, "purple": {280, 100}, "pink": {330, 60}, "white": {0, 0},
	"红色": {0, 100}, "橙色": {30, 100}, "黄色": {60, 100}, "绿色": {120, 100}, "青色": {180, 100}, "蓝色": {240, 100}, "紫色": {280, 100}, "粉色": {330, 60}, "白色": {0, 0},
}

func colorByName(d *home.Device, raw json.RawMessage) (home.Ask, model.ReasonCode) {
	if !speakers.Can(d, speakers.Hue) {
		return home.Ask{}, model.ReasonUnsupported
	}
	var name string
	_ = json.Unmarshal(raw, &name) // what is no text is no colour
	c, ok := colors[strings.ToLower(name)]
	if !ok {
		return home.Ask{}, model.ReasonInvalidValue
	}
	return speakers.Paint(d, c[0], c[1])
}
