package camera

import "github.com/concord-home/hub/hap/tlv8"

// PicturesOnly is the Streaming of a camera that has pictures but no stream. Controllers take no camera without a
// stream service: it names the least that HAP demands of one (1280 × 720 and 320 × 240 H.264, Opus), and its status
// is Unavailable.
func PicturesOnly() Streaming {
	size := func(w, h uint16) []byte {
		return tlv8.Items{{Type: tagWidth, Value: []byte{byte(w), byte(w >> 8)}}, {Type: tagHeight, Value: []byte{byte(h), byte(h >> 8)}}, {Type: tagFPS, Value: []byte{30}}}.Bytes()
	}
	profile := tlv8.Items{{Type: 1, Value: []byte{1}}, {Type: 2, Value: []byte{0}}, {Type: 3, Value: []byte{0}}}.Bytes() // main, 3.1, not interleaved
	video := tlv8.Items{{Type: tagCodecType, Value: []byte{0}}, {Type: 2, Value: profile}, {Type: tagVideoAttributes, Value: size(1280, 720)}, {}, {Type: tagVideoAttributes, Value: size(320, 240)}}.Bytes()
	sound := tlv8.Items{{Type: 1, Value: []byte{1}}, {Type: 2, Value: []byte{0}}, {Type: 3, Value: []byte{1}}}.Bytes() // one channel, variable, 16 kHz
	opus := tlv8.Items{{Type: tagCodecType, Value: []byte{3}}, {Type: 2, Value: sound}}.Bytes()
	return Streaming{
		Video: tlv8.Items{{Type: tagVideoCodec, Value: video}}.Bytes(),
		Audio: tlv8.Items{{Type: 1, Value: opus}, {Type: 2, Value: []byte{0}}}.Bytes(),
		RTP:   tlv8.Items{{Type: 2, Value: []byte{0}}}.Bytes(), // AES_CM_128_HMAC_SHA1_80
	}
}
