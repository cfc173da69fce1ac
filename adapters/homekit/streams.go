package homekit

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// streamManagement is the service of one stream that a camera can send.
const streamManagement = "CameraRTPStreamManagement"

// streamService is one such service: what it can, and where a stream is agreed on.
type streamService struct {
	about           camera.Streaming
	setup, selected uint64 // iids
}

// always is an attribute with the same value in each such service.
func always(a model.Attribute, text string) func(*spec.Service) map[model.Attribute]model.Value {
	return func(*spec.Service) map[model.Attribute]model.Value {
		return map[model.Attribute]model.Value{a: model.String(text)}
	}
}

// bytesOf are the bytes of a TLV8 characteristic, by name, as the description of the accessory has them.
func bytesOf(s *spec.Service, char string) []byte {
	b, err := base64.StdEncoding.DecodeString(text(s, char))
	if err != nil {
		return nil
	}
	return b
}

// streams are the pictures that a stream service offers, and the codecs of its sound. A list that cannot be read
// to its end counts as far as it can.
func streams(s *spec.Service) map[model.Attribute]model.Value {
	type stream struct {
		Codec string `json:"codec"`
		W     int    `json:"w"`
		H     int    `json:"h"`
		FPS   int    `json:"fps"`
	}
	list := []stream{}
	videos, _ := camera.Videos(bytesOf(s, "SupportedVideoStreamConfiguration"))
	for _, v := range videos {
		if x := (stream{v.Codec, v.Width, v.Height, v.FPS}); !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	out := map[model.Attribute]model.Value{}
	var v model.Value
	if b, err := json.Marshal(list); err == nil && v.UnmarshalJSON(b) == nil {
		out["camera.streams"] = v
	}
	codecs, _ := camera.Codecs(bytesOf(s, "SupportedAudioStreamConfiguration"))
	known := model.LookupAttribute("camera.audio").Options
	codecs = slices.DeleteFunc(codecs, func(c string) bool { return !slices.Contains(known, c) })
	if len(codecs) > 0 {
		out["camera.audio"] = model.Set(codecs...)
	}
	return out
}

// stream keeps where a stream is agreed on.
func (t *translation) stream(s *spec.Service) {
	setup, selected := s.Find(spec.CharacteristicType("SetupEndpoints")), s.Find(spec.CharacteristicType("SelectedRTPStreamConfiguration"))
	if setup == nil || selected == nil {
		return
	}
	t.d.streams = append(t.d.streams, streamService{setup: setup.IID, selected: selected.IID, about: camera.Streaming{
		Video: bytesOf(s, "SupportedVideoStreamConfiguration"), Audio: bytesOf(s, "SupportedAudioStreamConfiguration"), RTP: bytesOf(s, "SupportedRTPConfiguration")}})
}
