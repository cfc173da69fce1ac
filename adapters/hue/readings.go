package hue

import (
	"math"

	"github.com/concord-home/hub/model"
)

// readings are what a resource, whole or in part, says of its endpoint.
func readings(at model.EndpointID, r *resource) (out []model.Reading) {
	say := func(a model.Attribute, v model.Value) {
		out = append(out, model.Reading{Endpoint: at, Attribute: a, Value: v})
	}
	if r.On != nil {
		say("on_off.on", model.Bool(r.On.On))
	}
	if r.Dimming != nil {
		say("level.level", model.Number(math.Round(r.Dimming.Brightness*100)/100))
	}
	if r.Mirek != nil && r.Mirek.Mirek != nil && *r.Mirek.Mirek > 0 {
		say("color_temperature.kelvin", model.Number(math.Round(1e6 / *r.Mirek.Mirek)))
	}
	if r.Color != nil && r.Color.XY != nil {
		say("color.x", model.Number(r.Color.XY.X))
		say("color.y", model.Number(r.Color.XY.Y))
	}
	if r.Effects != nil && r.Effects.Status != "" {
		say("light_effect.effect", model.String(r.Effects.Status))
	}
	if m := r.Motion; m != nil && (m.Valid == nil || *m.Valid) {
		switch {
		case m.Report != nil:
			say("occupancy.occupied", model.Bool(m.Report.Motion))
		case m.Motion != nil:
			say("occupancy.occupied", model.Bool(*m.Motion))
		}
	}
	if x := r.Temp; x != nil {
		switch {
		case x.Report != nil:
			say("temperature.celsius", model.Number(x.Report.Celsius))
		case x.Celsius != nil:
			say("temperature.celsius", model.Number(*x.Celsius))
		}
	}
	if x := r.Light; x != nil {
		switch {
		case x.Report != nil:
			say("illuminance.lux", lux(x.Report.Level))
		case x.Level != nil:
			say("illuminance.lux", lux(*x.Level))
		}
	}
	if r.Contact != nil {
		say("contact.open", model.Bool(r.Contact.State == "no_contact"))
	}
	if len(r.Tampers) > 0 {
		say("tamper.tampered", model.Bool(r.Tampers[0].State == "tampered"))
	}
	if p := r.Power; p != nil {
		if p.Level != nil {
			say("power_source.battery_pct", model.Number(*p.Level))
		}
		if w, ok := map[string]string{"normal": "ok", "low": "warning", "critical": "critical"}[p.State]; ok {
			say("power_source.battery_level", model.String(w))
		}
	}
	if state, ok := r.active(); ok && r.Type == "scene" {
		say("scene.active", model.Bool(state != "inactive"))
	}
	return out
}

// lux undoes the bridge's logarithm: level = 10000 log10(lux) + 1.
func lux(level float64) model.Value {
	if level <= 0 {
		return model.Number(0)
	}
	return model.Number(math.Round(math.Pow(10, (level-1)/10000)*10) / 10)
}

// gestures are the bridge's words for presses. initial_press comes before every other and says nothing by itself.
var gestures = map[string]string{
	"short_release": "single", "double_short_press": "double", "long_press": "long_press", "long_release": "release", "repeat": "hold",
}

// pressed turns an event of a button or dial into what happened; ok is false for what is no gesture by itself.
func pressed(source model.SourceID, name string, r *resource) (h model.Happening, ok bool) {
	h = model.Happening{Source: source, Endpoint: model.MainEndpoint, Event: "button.press", Args: map[string]model.Value{"button": model.String(name)}}
	switch {
	case r.Button != nil && r.Button.Report != nil:
		g, known := gestures[r.Button.Report.Event]
		h.Args["action"] = model.String(g)
		h.Key = r.ID + r.Button.Report.Updated + r.Button.Report.Event
		return h, known
	case r.Button != nil:
		g, known := gestures[r.Button.Last]
		h.Args["action"] = model.String(g)
		return h, known
	case r.Rotary != nil && r.Rotary.Report != nil:
		turn := r.Rotary.Report.Rotation
		h.Args["action"] = model.String(map[bool]string{true: "rotate_right", false: "rotate_left"}[turn.Direction == "clock_wise"])
		h.Args["count"] = model.Number(math.Round(turn.Steps))
		return h, true
	}
	return h, false
}
