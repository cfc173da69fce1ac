package main

import (
	"context"
	"errors"

	"github.com/concord-home/hub/adapters"
	inward "github.com/concord-home/hub/adapters/homekit"
	outward "github.com/concord-home/hub/bridge/homekit"
	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/model"
)

// errNoPicture says that none of a device's sources has a camera that can be asked now.
var errNoPicture = errors.New("the camera cannot be reached")

// camera finds who has a device's pictures, and its streams where it is a HomeKit accessory; nil when nobody has.
func (h *house) camera(id model.DeviceID) outward.Camera {
	d := h.hub.View().Device(id)
	if d == nil {
		return nil
	}
	for _, s := range d.Sources {
		if c, ok := h.homekit.in.Camera(s); ok {
			return hapCamera{c}
		}
	}
	for _, s := range d.Sources {
		if p := h.hub.Photographer(s); p != nil && p != adapters.Photographer(h.homekit.in) {
			return pictures{p, s}
		}
	}
	return nil
}

// snapshot takes a picture of a device.
func (h *house) snapshot(ctx context.Context, id model.DeviceID, width, height int) ([]byte, error) {
	c := h.camera(id)
	if c == nil {
		return nil, errNoPicture
	}
	return c.Snapshot(ctx, width, height)
}

// hapCamera is a HomeKit accessory's camera as the bridge has it.
type hapCamera struct{ *inward.Camera }

func (c hapCamera) Open(ctx context.Context, number int) (outward.Stream, error) {
	s, err := c.Camera.Open(ctx, number)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// pictures is a camera that has pictures only.
type pictures struct {
	from   adapters.Photographer
	source model.SourceID
}

func (p pictures) Snapshot(ctx context.Context, width, height int) ([]byte, error) {
	return p.from.Snapshot(ctx, p.source, width, height)
}

func (pictures) Streams() []camera.Streaming { return nil }

func (pictures) Open(context.Context, int) (outward.Stream, error) { return nil, errNoPicture }
