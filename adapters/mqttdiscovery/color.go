package mqttdiscovery

import (
	"math"
	"strconv"
	"strings"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// colorForm is one way in which two attributes travel as one text.
type colorForm struct {
	name  string
	attrs [2]model.Attribute
	read  func(parts []float64) (a, b float64)
	write func(a, b float64) []float64
	vars  []string // what a command template calls the parts
}

var colorForms = []colorForm{
	{"hs", [2]model.Attribute{"color.hue", "color.saturation"}, firstTwo, func(a, b float64) []float64 { return []float64{round(a, 2), round(b, 2)} }, []string{"hue", "sat"}},
	{"xy", [2]model.Attribute{"color.x", "color.y"}, firstTwo, func(a, b float64) []float64 { return []float64{round(a, 4), round(b, 4)} }, []string{"x", "y"}},
	{"rgb", [2]model.Attribute{"color.hue", "color.saturation"}, fromRGB, toRGB, []string{"red", "green", "blue"}},
	{"rgbw", [2]model.Attribute{"color.hue", "color.saturation"}, fromRGB, func(a, b float64) []float64 { return append(toRGB(a, b), 0) }, []string{"red", "green", "blue", "white"}},
	{"rgbww", [2]model.Attribute{"color.hue", "color.saturation"}, fromRGB, func(a, b float64) []float64 { return append(toRGB(a, b), 0, 0) }, []string{"red", "green", "blue", "cold_white", "warm_white"}},
}

func firstTwo(p []float64) (float64, float64) { return p[0], p[1] }

func fromRGB(p []float64) (float64, float64) {
	if len(p) < 3 {
		return 0, 0
	}
	return hueOf(p[0], p[1], p[2])
}

func toRGB(hue, saturation float64) []float64 {
	r, g, b := rgbOf(hue, saturation)
	return []float64{r, g, b}
}

func (b *builder) color(e *entity, form colorForm) {
	topic := e.c.text(form.name + "_state_topic")
	render, err := renderer(e.c.text(form.name + "_value_template"))
	send := b.sender(e, form.name+"_command_topic", form.name+"_command_template")
	if err != nil || send == nil {
		b.thing.omit(e.id, err)
		return
	}
	access := model.AccessWrite
	if topic == "" {
		access = model.AccessWriteOnly
	}
	for i, a := range form.attrs {
		b.put(e, &point{property: property(a, access), topic: topic, read: func(m *message) model.Value {
			text, ok := render(m)
			if !ok {
				return model.Value{}
			}
			parts := numbersIn(text)
			if len(parts) < 2 || form.name != "hs" && form.name != "xy" && len(parts) < 3 {
				return model.Value{}
			}
			x, y := form.read(parts)
			return model.Number([]float64{x, y}[i])
		}, write: func(_ model.Value, w *writing) ([]outgoing, error) {
			x, _ := w.other(form.attrs[0]).Number()
			y, known := w.other(form.attrs[1]).Number()
			if !known {
				y = 100
			}
			var texts []string
			more := template.Vars{}
			for j, f := range form.write(x, y) {
				texts = append(texts, format(f))
				more[form.vars[j]] = scalar(format(f))
			}
			return send(strings.Join(texts, ","), more)
		}})
	}
}

func numbersIn(text string) (out []float64) {
	for s := range strings.SplitSeq(strings.Trim(text, "()[] "), ",") {
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return nil
		}
		out = append(out, f)
	}
	return out
}

// hueOf turns red, green and blue into hue (degrees) and saturation (percent).
func hueOf(r, g, b float64) (hue, saturation float64) {
	hue, saturation = model.HueSaturation(r, g, b)
	return round(hue, 2), round(saturation, 2)
}

// rgbOf is the inverse of hueOf at full brightness, 0 to 255.
func rgbOf(hue, saturation float64) (r, g, b float64) {
	r, g, b = model.RGB(hue, saturation)
	return math.Round(255 * r), math.Round(255 * g), math.Round(255 * b)
}
