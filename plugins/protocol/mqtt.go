package protocol

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// NewHeard is a message of MQTT for a plugin.
func NewHeard(topic string, payload []byte, retained bool) Heard {
	if utf8.Valid(payload) {
		return Heard{Topic: topic, Payload: string(payload), Retained: retained}
	}
	return Heard{Topic: topic, Payload: base64.StdEncoding.EncodeToString(payload), Base64: true, Retained: retained}
}

// Bytes are the payload's.
func (h Heard) Bytes() ([]byte, error) { return bytesOf(h.Payload, h.Base64) }

// Bytes are the payload's.
func (p Publish) Bytes() ([]byte, error) { return bytesOf(p.Payload, p.Base64) }

func bytesOf(payload string, coded bool) ([]byte, error) {
	if !coded {
		return []byte(payload), nil
	}
	b, err := base64.StdEncoding.DecodeString(payload)
	if err != nil {
		return nil, Errorf(InvalidParams, "payload is no base64")
	}
	return b, nil
}

// MatchesTopic reports whether an MQTT topic is one of a filter's.
func MatchesTopic(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i >= len(t) || level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}
