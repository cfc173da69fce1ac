package alexa

import (
	"math"
	"sync"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Amazon's own test plans say how a lamp behaves: one that is off has no brightness, one without brightness is off and comes back as
// it was, and one that is given a colour or a white is lit.

// brightness sets a lamp's brightness, or changes it.
func brightness(d *home.Device, name string, p *payload) (home.Ask, *trouble) {
	if !speakers.Can(d, speakers.Level) {
		return home.Ask{}, unsupported()
	}
	on, switched := speakers.Truth(d, speakers.On)
	want := p.Brightness
	if name == "AdjustBrightness" {
		is, known := speakers.Number(d, speakers.Level)
		if switched && !on {
			is, known = 0, true
		}
		if !known || p.BrightnessDelta == nil {
			return home.Ask{}, unsupported()
		}
		n := min(100, max(0, is+*p.BrightnessDelta))
		want = &n
	}
	switch {
	case want == nil:
		return home.Ask{}, unsupported()
	case *want == 0 && speakers.Can(d, speakers.On):
		return set(speakers.Write(speakers.On, model.Bool(false)))
	}
	return lit(d)(set(speakers.Write(speakers.Level, model.Number(*want))))
}

// brightnessNow is a lamp's brightness as Alexa is told it.
func brightnessNow(d *home.Device) []property {
	out := number("BrightnessController", "", "brightness", speakers.Level)(d)
	if on, known := speakers.Truth(d, speakers.On); known && !on && len(out) > 0 {
		out[0].Value = 0
	}
	return out
}

// lit lights a lamp that is off with what it is set to.
func lit(d *home.Device) func(home.Ask, *trouble) (home.Ask, *trouble) {
	return func(ask home.Ask, t *trouble) (home.Ask, *trouble) {
		if on, known := speakers.Truth(d, speakers.On); t == nil && known && !on && speakers.Can(d, speakers.On) {
			ask.Writes = append(ask.Writes, speakers.Write(speakers.On, model.Bool(true)))
		}
		return ask, t
	}
}

// shade is a colour as Alexa sets it: the hue in degrees, saturation and brightness from 0 to 1.
type shade struct{ hue, saturation, brightness float64 }

// shades are the colours that Alexa has set. The brightness of a colour stays what it was said to be, whatever BrightnessController
// does after: Amazon's test plans want it so.
type shades struct {
	mu sync.Mutex
	by map[model.DeviceID]shade
}

func (s *shades) note(id model.DeviceID, c shade) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[model.DeviceID]shade{}
	}
	s.by[id] = c
}

// of is the brightness of a colour that a device has.
func (s *shades) of(id model.DeviceID, hue, saturation, otherwise float64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, set := s.by[id]
	if gap := math.Mod(math.Abs(c.hue-hue), 360); !set || min(gap, 360-gap) > 2 || math.Abs(c.saturation-saturation) > 0.02 {
		return otherwise
	}
	return c.brightness
}
