// Package envelope is what the Chinese speaker platforms share whose messages descend from Alexa's second version: a header with
// namespace and name, a payload, and verbs such as TurnOn and SetBrightness.
//
// Use: decode a [Message], find its link with [Message.Token], look its name up in a codec's table of [Verb], answer with
// [Message.Answer]. AliGenie and JD say the same [Verbs]; DuerOS and Xiaowei have a table of their own (package dueros).
package envelope

import (
	"encoding/json"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Message is what a platform sends. The header is kept whole: what it says of its version and user goes back as it came.
type Message struct {
	Header  map[string]any  `json:"header"`
	Payload json.RawMessage `json:"payload"`
}

func (m *Message) text(key string) string { s, _ := m.Header[key].(string); return s }

// Name is the header's name.
func (m *Message) Name() string { return m.text("name") }

// Namespace is the header's namespace.
func (m *Message) Namespace() string { return m.text("namespace") }

// Token is the access token, which all of these platforms send in the payload.
func (m *Message) Token() string {
	var p struct {
		AccessToken string `json:"accessToken"`
	}
	_ = json.Unmarshal(m.Payload, &p) // without one, nobody is found
	return p.AccessToken
}

// Answer is what goes back. Properties stand beside the payload where AliGenie wants them.
type Answer struct {
	Properties any            `json:"properties,omitempty"`
	Header     map[string]any `json:"header"`
	Payload    any            `json:"payload"`
}

// Answer makes the answer to a message.
func (m *Message) Answer(name string, payload any) Answer {
	header := map[string]any{}
	for k, v := range m.Header {
		header[k] = v
	}
	header["name"] = name
	return Answer{Header: header, Payload: payload}
}

// Doing is what a verb does with its facet.
type Doing int

// The doings.
const (
	Fix   Doing = iota // set it to the verb's own value
	Set                // set it to the message's value
	Raise              // by the message's value, else by Step
	Lower
	Read
	Act // Do is done
)

// Verb is a platform's word for doing something with a device.
type Verb struct {
	Name  string
	Does  Doing
	Named speakers.Named // what is set or read; Named.Name is the platform's name for it
	Value string         // of Fix, as JSON
	Step  float64        // of Raise and Lower
	Do    func(d *home.Device, value json.RawMessage) (home.Ask, model.ReasonCode)
	Key   string // where the payload has the value, when not at "value"
	Later string // it is done at a time that the message says; this, in the platform's language, before the device's name
}

// Offered reports whether a device knows the verb.
func (v *Verb) Offered(d *home.Device) bool {
	switch v.Does {
	case Read:
		return v.Named.Facet.Has(d)
	case Act:
		_, why := v.Do(d, nil)
		return why == "" || why == model.ReasonInvalidValue // it only lacks its value
	}
	return v.Named.Facet.Has(d) && v.Named.Facet.Can(d)
}

// Ask puts the verb with a value in the house's words.
func (v *Verb) Ask(raw json.RawMessage) func(*home.Device) (home.Ask, model.ReasonCode) {
	switch v.Does {
	case Fix:
		return v.Named.Set(json.RawMessage(v.Value))
	case Set:
		return v.Named.Set(raw)
	case Raise:
		return v.Named.Adjust(raw, v.Step, 1)
	case Lower:
		return v.Named.Adjust(raw, v.Step, -1)
	case Act:
		return func(d *home.Device) (home.Ask, model.ReasonCode) { return v.Do(d, raw) }
	}
	return func(*home.Device) (home.Ask, model.ReasonCode) { return home.Ask{}, model.ReasonUnsupported }
}

// Starts reports whether the verb, said to a scene, runs it.
func (v *Verb) Starts() bool {
	return v.Does == Fix && v.Value == "true" && v.Named.Form == speakers.Flag && v.Later == ""
}
