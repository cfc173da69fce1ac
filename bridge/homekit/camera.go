package homekit

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Camera is one camera of the house, by whoever speaks to it.
type Camera interface {
	// Snapshot takes a picture (JPEG) of about that size in pixels.
	Snapshot(ctx context.Context, width, height int) ([]byte, error)
	// Streams are the streams that it can send at a time; none: it has pictures only, or cannot be asked now.
	Streams() []camera.Streaming
	// Open begins a session for one of them, counted from 0.
	Open(ctx context.Context, number int) (Stream, error)
}

// cameraOf is the endpoint with a device's camera.
func cameraOf(d *home.Device) (*model.EndpointDescription, bool) {
	s, ok := d.Find("camera.streams")
	if !ok {
		return nil, false
	}
	all := d.Endpoints()
	i := slices.IndexFunc(all, func(e model.EndpointDescription) bool { return e.ID == s.Endpoint })
	return &all[i], true
}

// typeCameraOperatingMode is how a camera works (the library has no such service).
const typeCameraOperatingMode = "21A"

// operatingMode are its characteristics. Apple demands EventSnapshotsActive, which says that others than the owner may see pictures.
var operatingMode = []charMap{
	{c: mode("21B", "uint8", 1, "pr", "pw", "ev"), attr: "camera.privacy", conversion: conversion{
		read: func(n now) (any, bool) { b, ok := n.bool("camera.privacy"); return !b, ok },
		write: func(n now, v any) (change, bool) {
			on, ok := asBool(v)
			return set("camera.privacy", model.Bool(!on)), ok
		},
	}},
	{c: mode("223", "uint8", 1, "pr", "ev"), conversion: constant(1)},
	{c: mode("11B", "bool", false, "pr", "pw", "ev", "tw"), attr: "camera.night_vision", conversion: conversion{
		read: func(n now) (any, bool) { s, ok := n.text("camera.night_vision"); return s != "off", ok },
		write: func(n now, v any) (change, bool) {
			on, ok := asBool(v)
			word := "off"
			if can := n.options("camera.night_vision"); on {
				word = map[bool]string{true: "on", false: "auto"}[slices.Contains(can, "on")]
			}
			return set("camera.night_vision", model.String(word)), ok
		},
	}},
}

func mode(typ, format string, resting any, perms ...string) *characteristic.C {
	c := characteristic.New()
	c.Type, c.Format, c.Val, c.Permissions = typ, format, resting, perms
	if format == characteristic.FormatUInt8 {
		c.MinVal, c.MaxVal = 0, 1
	}
	return c
}

// microphone are the characteristics of a camera's microphone: the accessory's own settings (adapters/homekit names them).
var microphone = []charMap{
	{c: characteristic.NewMute().C, attr: "setting.microphone_mute", conversion: truth("setting.microphone_mute")},
	{c: characteristic.NewVolume().C, attr: "setting.microphone_volume", conversion: percent("setting.microphone_volume")},
}

// camera adds what controllers need of a camera: a service for each stream, microphone and loudspeaker, how it works.
// It leads the accessory, but for a doorbell's button.
func (b *builder) camera(d *home.Device, cams *cameras) {
	e, ok := cameraOf(d)
	if !ok {
		return
	}
	var live []camera.Streaming
	if cam := cams.find(d.ID); cam != nil {
		live = cam.Streams()
	}
	streams := b.n.streams(live)
	b.into.cameras[b.n.AID] = d.ID
	key, name := string(e.ID), b.partName(d, e)
	var lead *service.S
	for i, s := range streams {
		made := b.stream(fmt.Sprintf("%s/%s/%d", key, service.TypeCameraRTPStreamManagement, i), streamKey{d.ID, i}, s, cams)
		if i == 0 {
			lead = made
		}
	}
	n := now{d, e.ID}
	if n.has("setting.microphone_mute") {
		b.compose(key+"/"+service.TypeMicrophone, service.TypeMicrophone, append([]*point{title(name)}, b.points(d, e, microphone)...))
	}
	if n.has("audio_volume.muted") {
		b.compose(key+"/"+service.TypeSpeaker, service.TypeSpeaker, append([]*point{title(name)}, b.points(d, e, loudness)...))
	}
	if n.has("camera.privacy") {
		b.compose(key+"/"+typeCameraOperatingMode, typeCameraOperatingMode, b.points(d, e, operatingMode))
	}
	if i := slices.IndexFunc(b.a.Ss, func(s *service.S) bool { return s.Type == service.TypeDoorbell }); i >= 0 {
		lead = b.a.Ss[i]
	}
	for _, s := range b.a.Ss {
		s.Primary = s == lead
	}
}

// streams are the streams that are shown: those that the camera has, else those that it had; a camera that never had
// any has one that is unavailable, since no controller takes a camera without.
func (n *number) streams(live []camera.Streaming) []camera.Streaming {
	defer n.locked()()
	if len(live) > 0 {
		live = live[:min(len(live), maxStreams)]
		n.changed = n.changed || !slices.EqualFunc(live, n.Streams, camera.Streaming.Equal)
		n.Streams = live
	}
	if len(n.Streams) == 0 {
		return []camera.Streaming{camera.PicturesOnly()}
	}
	return n.Streams
}

// maxStreams bounds the stream services of one camera; real ones have two or three.
const maxStreams = 8

// packed is a TLV8 characteristic with something that is there by itself.
func packed(from *characteristic.C, b []byte) *point {
	c, text := pattern(from), base64.StdEncoding.EncodeToString(b)
	c.Val = text
	return &point{c: c, read: func(*home.View) (any, int) { return text, statusOK }}
}

// stream adds the service of one stream.
func (b *builder) stream(key string, x streamKey, s camera.Streaming, cams *cameras) *service.S {
	status := packed(characteristic.NewStreamingStatus().C, camera.Status(camera.Available))
	status.device, status.deps = x.device, b.slotsOf(x.device, "camera.privacy")
	status.read = func(v *home.View) (any, int) {
		d := v.Device(x.device)
		if d == nil {
			return nil, statusUnreachable
		}
		if ok, _ := v.Reachable(d); !ok {
			return nil, statusUnreachable
		}
		return base64.StdEncoding.EncodeToString(camera.Status(cams.status(d, x))), statusOK
	}
	setup := packed(characteristic.NewSetupEndpoints().C, camera.Idle())
	setup.device = x.device
	setup.readBy = func(c *conn) any { return c.setupAnswer(x) }
	setup.write = written(func(ctx context.Context, c *conn, b []byte) int { return cams.setup(ctx, c, x, b) })
	selected := packed(characteristic.NewSelectedRTPStreamConfiguration().C, camera.Command(nil, camera.Suspend))
	selected.device = x.device
	selected.readBy = func(*conn) any { return cams.selected(x) }
	selected.write = written(func(ctx context.Context, c *conn, b []byte) int { return cams.control(ctx, c, x, b) })
	b.into.streams[x] = status
	return b.compose(key, service.TypeCameraRTPStreamManagement, []*point{
		packed(characteristic.NewSupportedVideoStreamConfiguration().C, s.Video),
		packed(characteristic.NewSupportedAudioStreamConfiguration().C, s.Audio),
		packed(characteristic.NewSupportedRTPConfiguration().C, s.RTP), selected, status, setup})
}

// slotsOf are where a device has an attribute.
func (b *builder) slotsOf(id model.DeviceID, a model.Attribute) []home.Slot {
	if d := b.house.View().Device(id); d != nil {
		if s, ok := d.Find(a); ok {
			return []home.Slot{s}
		}
	}
	return nil
}

// written is a write of TLV8 that concerns the phone's own session.
func written(f func(ctx context.Context, c *conn, b []byte) int) func(*home.View, any) (ask, int) {
	return func(_ *home.View, v any) (ask, int) {
		text, _ := v.(string)
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return ask{}, statusInvalid
		}
		return ask{session: func(ctx context.Context, c *conn) int { return f(ctx, c, b) }}, statusOK
	}
}

// ready is why a camera cannot be asked for anything now; statusOK when it can.
func ready(v *home.View, device model.DeviceID) int {
	d := v.Device(device)
	if d == nil {
		return statusUnreachable
	}
	if ok, _ := v.Reachable(d); !ok {
		return statusUnreachable
	}
	if private(d) {
		return statusNotNow
	}
	return statusOK
}

// private reports whether a camera must not look.
func private(d *home.Device) bool {
	on, _ := now{d, model.MainEndpoint}.bool("camera.privacy")
	return on
}
