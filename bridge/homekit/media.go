package homekit

import (
	"cmp"
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
