package mqttbridge

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// command carries out a message on a /set topic. A retained one is somebody's mistake and is no command.
func (b *Bridge) command(topic string, payload []byte, retained bool) {
	if retained || !b.ours(topic) || len(payload) > maxPayload {
		return
	}
	b.mu.Lock()
	t, ok := b.slots[topic]
	b.mu.Unlock()
	if !ok {
		return
	}
	ask, err := t.ask(string(payload))
	if err != nil {
		b.log.Warn("a command on MQTT was refused", "topic", topic, "error", err)
		return
	}
	ask.Cause = &model.Cause{Kind: model.CauseProgram, Via: "mqtt", Text: strings.TrimSuffix(topic, "/set")}
	go func() { // never wait for the house in the broker's goroutine
		if _, err := b.o.House.Ask(context.Background(), ask); err != nil {
			b.log.Warn("a command on MQTT was refused", "topic", topic, "error", err)
		}
	}()
}

// ask turns a payload into what is asked of the house.
func (t target) ask(payload string) (home.Ask, error) {
	a := home.Ask{Device: t.device, Endpoint: t.endpoint}
	switch {
	case t.action != "":
		a.Command = model.Attribute(string(t.action) + "." + payload)
		if model.LookupCommand(t.action, payload) == nil {
			return a, fmt.Errorf("got the action %.40q, which %s does not have", payload, t.action)
		}
		return a, nil
	case t.color != "":
		writes, err := colorWrites(t.color, payload)
		a.Writes = writes
		return a, err
	}
	v, err := parse(t.property, payload)
	a.Writes = []model.Write{{Attribute: t.property.Attribute, Value: v}}
	return a, err
}

// parse reads a value as Homie writes it, held to what the property takes.
func parse(p *model.Property, payload string) (model.Value, error) {
	v := model.String(strings.TrimPrefix(payload, "\x00"))
	switch p.Type {
	case model.TypeBool:
		switch payload {
		case "true":
			v = model.Bool(true)
		case "false":
			v = model.Bool(false)
		}
	case model.TypeInt, model.TypeFloat:
		if f, err := strconv.ParseFloat(payload, 64); err == nil {
			v = model.Number(f)
		}
	case model.TypeSet, model.TypeList, model.TypeObject:
		if err := v.UnmarshalJSON([]byte(payload)); err != nil {
			return v, err
		}
	}
	v, err := p.Check(v)
	if err == nil && v.IsUnknown() {
		err = &model.ValueError{Attribute: p.Attribute, Value: payload, Expected: p.Expected()}
	}
	return v, err
}

// colorWrites reads "hsv,H,S,V" (V is left to the brightness), "rgb,R,G,B" and "xyz,X,Y".
func colorWrites(kind, payload string) ([]model.Write, error) {
	form, rest, _ := strings.Cut(payload, ",")
	var n []float64
	for part := range strings.SplitSeq(rest, ",") {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return nil, fmt.Errorf("got the colour %.40q, expected hsv,H,S,V", payload)
		}
		n = append(n, f)
	}
	names := map[string][]model.Attribute{"hsv hs": {"color.hue", "color.saturation"}, "xyz xy": {"color.x", "color.y"}}[form+" "+kind]
	if names == nil || len(n) < 2 || slices.ContainsFunc(n, func(f float64) bool { return f < 0 }) {
		return nil, fmt.Errorf("got the colour %.40q, expected hsv,H,S,V or xyz,X,Y as the description says", payload)
	}
	return []model.Write{{Attribute: names[0], Value: model.Number(n[0])}, {Attribute: names[1], Value: model.Number(n[1])}}, nil
}
