package homekit

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// typeSmartSpeaker is a loudspeaker that plays by itself (the library has no such service).
const typeSmartSpeaker = "228"

// maxInputs bounds a television's inputs: an accessory may have 100 services.
const maxInputs = 64

// loudness are the characteristics of a loudspeaker, a television's or one of its own.
var loudness = []charMap{
	{c: characteristic.NewMute().C, with: []model.Attribute{"audio_volume.muted"}, conversion: orElse("audio_volume.muted", truth("audio_volume.muted"), false)},
	{c: characteristic.NewVolume().C, attr: "audio_volume.volume", conversion: percent("audio_volume.volume")},
}

// playing are the characteristics of what plays.
var playing = []charMap{
	{c: characteristic.NewCurrentMediaState().C, attr: "media_playback.state", conversion: conversion{read: mediaNow,
		limit: func(c *characteristic.C, _ now) { c.MaxVal, c.Unit = 5, "" }}}, // the library has neither its 4 nor its 5
	{c: characteristic.NewTargetMediaState().C, with: []model.Attribute{"media_playback.state"}, conversion: mediaTarget},
}

// mediaNow: 0 playing, 1 paused, 2 stopped, 4 loading.
func mediaNow(n now) (any, bool) {
	s, ok := n.text("media_playback.state")
	switch s {
	case "playing":
		return 0, ok
	case "paused":
		return 1, ok
	case "buffering":
		return 4, ok
	}
	return 2, ok
}

// mediaActions do what TargetMediaState's numbers ask for.
var mediaActions = []model.Attribute{"media_playback.play", "media_playback.pause", "media_playback.stop"}

var mediaTarget = conversion{
	read: func(n now) (any, bool) {
		v, ok := mediaNow(n)
		if v == 4 { // loads in order to play
			v = 0
		}
		return v, ok
	},
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok || f < 0 || int(f) >= len(mediaActions) {
			return change{}, false
		}
		a := mediaActions[int(f)]
		return change{action: a}, n.d.HasAction(n.endpoint, a)
	},
	limit: func(c *characteristic.C, n now) {
		if !slices.ContainsFunc(mediaActions, func(a model.Attribute) bool { return n.d.HasAction(n.endpoint, a) }) {
			c.Permissions = []string{characteristic.PermissionRead, characteristic.PermissionEvents}
		}
	},
}

// remoteKeys are the names of a remote control's keys by Apple's number; "" has none (table 9-72).
var remoteKeys = []string{"rewind", "fast_forward", "next", "previous", "up", "down", "left", "right", "select", "back", "exit", "play_pause", "", "", "", "info"}

// skip is how far a press of rewind or fast forward goes, in seconds.
const skip = 10

// press is what a key asks of a device: its playback, or the infrared code that it has learned under the key's name.
func keyPress(n now, key string) (change, bool) {
	act := func(a model.Attribute, args map[string]model.Value) (change, bool) {
		return change{action: a, args: args}, n.d.HasAction(n.endpoint, a)
	}
	var x change
	ok := false
	switch key {
	case "next":
		x, ok = act("media_playback.next", nil)
	case "previous":
		x, ok = act("media_playback.previous", nil)
	case "play_pause":
		if s, _ := n.text("media_playback.state"); s == "playing" {
			x, ok = act("media_playback.pause", nil)
		} else {
			x, ok = act("media_playback.play", nil)
		}
	case "rewind", "fast_forward":
		if at, known := n.number("media_playback.position"); known {
			to := map[bool]float64{true: max(at-skip, 0), false: at + skip}[key == "rewind"]
			x, ok = act("media_playback.seek", map[string]model.Value{"seconds": model.Number(to)})
		}
	}
	if ok || key == "" {
		return x, ok
	}
	for _, c := range learned(n) {
		if strings.EqualFold(strings.NewReplacer(" ", "_", "-", "_").Replace(c.Name), key) {
			return act("ir_transmit.send", map[string]model.Value{"code": model.String(c.Code)})
		}
	}
	return change{}, false
}

// learnedCode is an infrared code that a device has learned.
type learnedCode struct{ Name, Code string }

func learned(n now) []learnedCode {
	var out []learnedCode
	decode(n.value("ir_transmit.learned"), &out)
	return out
}

// decode reads a structured value; what does not fit is left out.
func decode(v model.Value, into any) {
	if v.Kind() != model.KindList {
		return
	}
	if b, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(b, into)
	}
}

// canPress reports whether a key does anything, whatever plays at the moment.
func canPress(n now, key string) bool {
	switch key {
	case "play_pause":
		if n.d.HasAction(n.endpoint, "media_playback.play") || n.d.HasAction(n.endpoint, "media_playback.pause") {
			return true
		}
	case "rewind", "fast_forward":
		if n.has("media_playback.position") && n.d.HasAction(n.endpoint, "media_playback.seek") {
			return true
		}
	}
	_, ok := keyPress(n, key)
	return ok
}

var remoteKey = conversion{
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok { // the builder asks whether there is such a characteristic: a television has it in any case
			return change{}, true
		}
		if f < 0 || int(f) >= len(remoteKeys) {
			return change{}, false
		}
		return keyPress(n, remoteKeys[int(f)])
	},
	limit: func(c *characteristic.C, n now) {
		for i, key := range remoteKeys {
			if canPress(n, key) {
				c.ValidVals = append(c.ValidVals, i)
			}
		}
	},
}

// volumeStep is how much a press of a volume key changes, in percent.
const volumeStep = 5

// volumeKeys are a phone's own volume keys while its remote control is open: 0 louder, 1 quieter.
var volumeKeys = conversion{write: func(n now, v any) (change, bool) {
	f, pressed := v.(float64)
	by := map[bool]float64{true: volumeStep, false: -volumeStep}[f == 0]
	if at, known := n.number("audio_volume.volume"); known || !pressed {
		return set("audio_volume.volume", model.Number(min(max(at+by, 0), 100))), n.writable("audio_volume.volume")
	}
	return change{action: "audio_volume.step", args: map[string]model.Value{"delta": model.Number(by)}}, n.d.HasAction(n.endpoint, "audio_volume.step")
}}

// tvSpeaker is a television's loudspeaker.
var tvSpeaker = append([]charMap{
	{c: characteristic.NewVolumeControlType().C, conversion: constant(3)}, // an absolute volume
	{c: characteristic.NewVolumeSelector().C, conversion: volumeKeys},
}, loudness...)

// inputOf is one thing that a television can show.
type inputOf struct {
	id, name string // the member of media_input.input, and what people call it
	number   uint64 // in HAP: the instance id of its service, which never changes
}

// inputs lists them.
func (b *builder) inputs(n now, key string) []inputOf {
	var named []struct{ ID, Name string }
	decode(n.value("media_input.inputs"), &named)
	var out []inputOf
	add := func(id, name string) {
		if id != "" && len(out) < maxInputs && !slices.ContainsFunc(out, func(i inputOf) bool { return i.id == id }) {
			out = append(out, inputOf{id, name, b.n.iid(key + "/" + service.TypeInputSource + "/" + id)})
		}
	}
	for _, x := range named {
		add(x.ID, cmp.Or(x.Name, x.ID))
	}
	for _, o := range n.options("media_input.input") {
		add(o, o)
	}
	return out
}

// inputType is what kind of input a name tells of: 0 other, 2 tuner, 3 HDMI, 4 composite video, 6 component video, 8 AirPlay, 9 USB, 10 app.
func inputType(name string) int {
	name = strings.ToLower(name)
	for _, x := range []struct {
		word string
		is   int
	}{{"hdmi", 3}, {"usb", 9}, {"airplay", 8}, {"component", 6}, {"composite", 4}, {"av", 4}, {"tuner", 2}, {"tv", 2}, {"app", 10}} {
		if strings.HasPrefix(name, x.word) {
			return x.is
		}
	}
	return 0
}

// television makes an endpoint a television with its inputs and its loudspeaker; nil when it is none.
func (b *builder) television(d *home.Device, e *model.EndpointDescription) *service.S {
	n := now{d, e.ID}
	if !ofType([]model.DeviceType{"tv"}, d, e) || !n.has("on_off.on") {
		return nil
	}
	key := string(e.ID)
	inputs := b.inputs(n, key)
	chosen := conversion{
		read: func(n now) (any, bool) { // 0: none of them, or nobody knows
			s, _ := n.text("media_input.input")
			for _, in := range inputs {
				if in.id == s {
					return float64(in.number), true
				}
			}
			return 0.0, true
		},
		write: func(n now, v any) (change, bool) {
			for _, in := range inputs {
				if f, ok := v.(float64); ok && f == float64(in.number) {
					return set("media_input.input", model.String(in.id)), n.writable("media_input.input")
				}
			}
			return change{}, false
		},
	}
	points := b.points(d, e, append([]charMap{
		{c: characteristic.NewActive().C, attr: "on_off.on", conversion: digit("on_off.on")},
		{c: characteristic.NewActiveIdentifier().C, with: []model.Attribute{"media_input.input"}, conversion: chosen},
		{c: characteristic.NewSleepDiscoveryMode().C, conversion: constant(1)}, // found also while it is off
		{c: characteristic.NewRemoteKey().C, conversion: remoteKey},
	}, playing...))
	tv := b.compose(key+"/"+service.TypeTelevision, service.TypeTelevision, append(points, b.configuredName(key+"/"+service.TypeTelevision, b.partName(d, e))))
	for _, in := range inputs {
		source := key + "/" + service.TypeInputSource + "/" + in.id
		tv.AddS(b.compose(source, service.TypeInputSource, append([]*point{b.configuredName(source, in.name), fixed(characteristic.NewIdentifier().C, int(in.number))},
			fixed(characteristic.NewInputSourceType().C, inputType(in.id)), fixed(characteristic.NewIsConfigured().C, 1), fixed(characteristic.NewCurrentVisibilityState().C, 0))))
	}
	if n.has("audio_volume.volume") || n.has("audio_volume.muted") {
		speaker := key + "/" + service.TypeSpeaker
		tv.AddS(b.compose(speaker, service.TypeSpeaker, append([]*point{title(b.partName(d, e))}, b.points(d, e, tvSpeaker)...)))
	}
	for _, p := range e.Properties {
		if c := p.Attribute.Capability(); c == "on_off" || c == "media_playback" || c == "media_input" || c == "audio_volume" {
			b.taken[slotKey{e.ID, p.Attribute}] = true
		}
	}
	return tv
}

// points are the points of those characteristics that an endpoint has.
func (b *builder) points(d *home.Device, e *model.EndpointDescription, maps []charMap) []*point {
	var out []*point
	for _, m := range maps {
		if p := b.point(d, e.ID, m); p != nil {
			out = append(out, p)
		}
	}
	return out
}

// compose adds a service of some points.
func (b *builder) compose(key, typ string, points []*point) *service.S {
	s := service.New(typ)
	for _, p := range points {
		s.AddC(p.c)
	}
	b.add(key, s, points)
	return s
}

// fixed is a characteristic that never changes, and cannot be written.
func fixed(from *characteristic.C, v int) *point {
	c := pattern(from)
	c.Val, c.Permissions = v, []string{characteristic.PermissionRead}
	return &point{c: c, read: func(*home.View) (any, int) { return v, statusOK }}
}

// configuredName is a name that Home lets people change; what they call it there is kept apart from the house's name.
func (b *builder) configuredName(key, name string) *point {
	c, n := pattern(characteristic.NewConfiguredName().C), b.n
	called := func() string { return cmp.Or(n.name(key), name) }
	c.Val = called()
	return &point{c: c,
		read: func(*home.View) (any, int) { return called(), statusOK },
		write: func(_ *home.View, v any) (ask, int) {
			text, _ := v.(string)
			if text = strings.TrimSpace(text); text == "" || len(text) > 64 {
				return ask{}, statusInvalid
			}
			return ask{keep: func() error { return n.rename(key, text) }}, statusOK
		}}
}
