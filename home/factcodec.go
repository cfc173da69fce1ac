package home

import (
	"encoding/json"
	"fmt"
	"time"
)

// decoders makes a body from its JSON, by fact type.
var decoders = map[string]func([]byte) (Body, error){}

func init() {
	decodes[Described]()
	decodes[Reported]()
	decodes[Happened]()
	decodes[Reached]()
	decodes[Left]()
	decodes[Answered]()
	decodes[Located]()
	decodes[RegionsTold]()
	decodes[Associated]()
	decodes[Stated]()
	decodes[Fired]()
	decodes[Started]()
	decodes[Asked]()
	decodes[Named]()
	decodes[Placed]()
	decodes[Assigned]()
	decodes[Merged]()
	decodes[Split]()
	decodes[Swapped]()
	decodes[Forgotten]()
	decodes[Settled]()
	decodes[RoomSet]()
	decodes[RoomRemoved]()
	decodes[PersonSet]()
	decodes[PersonRemoved]()
	decodes[PlaceSet]()
	decodes[SceneSet]()
	decodes[SceneRemoved]()
	decodes[SceneAsked]()
	decodes[ModeSet]()
	decodes[ModesSet]()
	decodes[ZoneSet]()
	decodes[ClockStepped]()
	decodes[WebhookCalled]()
	decodes[TopicHeard]()
	decodes[HoldEnded]()
}

func decodes[T Body]() {
	var zero T
	decoders[zero.factType()] = func(b []byte) (Body, error) {
		var body T
		err := json.Unmarshal(b, &body)
		return body, err
	}
}

type wireFact struct {
	Seq  uint64          `json:"seq"`
	At   time.Time       `json:"at"`
	Type string          `json:"type"`
	Body json.RawMessage `json:"body"`
}

// Encode renders the fact for the log.
func (f Fact) Encode() ([]byte, error) {
	b := make([]byte, 0, 256)
	b = fmt.Appendf(b, `{"seq":%d,"at":"%s","type":"%s","body":`, f.Seq, f.At.UTC().Format(time.RFC3339Nano), f.Body.factType())
	if r, ok := f.Body.(Reported); ok {
		b = r.appendJSON(b)
	} else {
		body, err := json.Marshal(f.Body)
		if err != nil {
			return nil, fmt.Errorf("fact %d (%s) cannot be encoded: %w", f.Seq, f.Body.factType(), err)
		}
		b = append(b, body...)
	}
	return append(b, '}'), nil
}

// appendJSON writes what json.Marshal writes, at a fifth of the cost: reports are nearly all of the log.
func (r Reported) appendJSON(b []byte) []byte {
	b = append(append(b, `{"source":`...), quote(string(r.Source))...)
	b = append(b, `,"readings":[`...)
	for i, rd := range r.Readings {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"endpoint":`...), quote(string(rd.Endpoint))...)
		b = append(append(b, `,"attribute":`...), quote(string(rd.Attribute))...)
		b = rd.Value.AppendJSON(append(b, `,"value":`...))
		if rd.Quality != "" {
			b = append(append(b, `,"quality":`...), quote(string(rd.Quality))...)
		}
		if rd.CaughtUp {
			b = append(b, `,"caught_up":true`...)
		}
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

func quote(s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			q, _ := json.Marshal(s)
			return q
		}
	}
	return append(append(append(make([]byte, 0, len(s)+2), '"'), s...), '"')
}

// DecodeFact reads what Encode wrote.
func DecodeFact(b []byte) (Fact, error) {
	var w wireFact
	if err := json.Unmarshal(b, &w); err != nil {
		return Fact{}, fmt.Errorf("a fact in the log cannot be read: %w", err)
	}
	decode := decoders[w.Type]
	if decode == nil {
		return Fact{}, fmt.Errorf("fact %d in the log is of type %q, which this version does not know", w.Seq, w.Type)
	}
	body, err := decode(w.Body)
	if err != nil {
		return Fact{}, fmt.Errorf("fact %d (%s) in the log cannot be read: %w", w.Seq, w.Type, err)
	}
	return Fact{Seq: w.Seq, At: w.At, Body: body}, nil
}
