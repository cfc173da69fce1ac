// Package camera reads and writes what HAP cameras say in TLV8: which streams they have, and the steps by which a
// controller and a camera agree on one. Pictures and sound themselves are SRTP between those two and not seen here.
//
// Use: Videos and Codecs read what a camera can; SetupOf, AnswerOf and ControlOf read the steps, whose bytes are
// otherwise passed on as they are; Refusal, Status and Stopped write what a camera that sends nothing says.
//
// Source: HAP Specification R2 (non-commercial), chapters 9 and 11 (IP cameras).
package camera

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/concord-home/hub/hap/tlv8"
)

// Streaming is what one stream service of a camera says of itself, as TLV8.
type Streaming struct {
	Video []byte `json:"video"` // SupportedVideoStreamConfiguration
	Audio []byte `json:"audio"` // SupportedAudioStreamConfiguration
	RTP   []byte `json:"rtp"`   // SupportedRTPConfiguration
}

// Equal reports whether two are the same.
func (s Streaming) Equal(o Streaming) bool {
	return bytes.Equal(s.Video, o.Video) && bytes.Equal(s.Audio, o.Audio) && bytes.Equal(s.RTP, o.RTP)
}

// Session names a stream while it is agreed on and runs: a UUID that the controller makes up.
type Session [16]byte

// ErrMalformed says that a message is TLV8, but not the one that it should be.
var ErrMalformed = errors.New("camera: not the message that it should be")

// Limits of a list: a camera lists a dozen.
const maxListed = 64

// Video is a picture that a camera can stream.
type Video struct {
	Codec         string // "h264", or "codec 5" for a number that has no name
	Width, Height int    // pixels
	FPS           int    // frames a second
}

// The types of SupportedVideoStreamConfiguration and what is in it.
const (
	tagVideoCodec      = 1
	tagCodecType       = 1
	tagVideoAttributes = 3
	tagWidth           = 1
	tagHeight          = 2
	tagFPS             = 3
)

// Videos reads a SupportedVideoStreamConfiguration.
func Videos(b []byte) ([]Video, error) {
	var out []Video
	err := each(b, tagVideoCodec, func(codec tlv8.Items) error {
		name := named(videoCodecs, codec.Get(tagCodecType))
		for _, it := range codec {
			if it.Type != tagVideoAttributes {
				continue
			}
			a, err := tlv8.Parse(it.Value)
			if err != nil {
				return err
			}
			v := Video{name, number(a.Get(tagWidth)), number(a.Get(tagHeight)), number(a.Get(tagFPS))}
			if v.Width == 0 || v.Height == 0 || len(out) >= maxListed {
				return fmt.Errorf("%w: a picture of %d × %d, number %d", ErrMalformed, v.Width, v.Height, len(out)+1)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// Codecs reads the names of the sound's codecs from a SupportedAudioStreamConfiguration, each once.
func Codecs(b []byte) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	err := each(b, 1, func(codec tlv8.Items) error {
		name := named(audioCodecs, codec.Get(tagCodecType))
		if !seen[name] {
			seen[name], out = true, append(out, name)
		}
		if len(out) > maxListed {
			return fmt.Errorf("%w: more than %d codecs", ErrMalformed, maxListed)
		}
		return nil
	})
	return out, err
}

var (
	videoCodecs = []string{"h264", "h265"}
	audioCodecs = []string{"pcmu", "pcma", "aac_eld", "opus", "msbc", "amr", "amr_wb"}
)

func named(names []string, b []byte) string {
	if n := number(b); n < len(names) {
		return names[n]
	}
	return fmt.Sprintf("codec %d", number(b))
}

// each calls f with every item of a type.
func each(b []byte, t byte, f func(tlv8.Items) error) error {
	m, err := tlv8.Parse(b)
	if err != nil {
		return err
	}
	for _, it := range m {
		if it.Type != t {
			continue
		}
		in, err := tlv8.Parse(it.Value)
		if err != nil {
			return err
		}
		if err := f(in); err != nil {
			return err
		}
	}
	return nil
}

// number is an unsigned number of up to four bytes, the lowest first; what is longer is none.
func number(b []byte) int {
	if len(b) > 4 {
		return 0
	}
	var whole [4]byte
	copy(whole[:], b)
	return int(binary.LittleEndian.Uint32(whole[:]))
}
