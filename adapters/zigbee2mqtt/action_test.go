package zigbee2mqtt

import (
	"bufio"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/model"
)

func TestActionStringsAreRead(t *testing.T) {
	for raw, want := range map[string]press{
		"single": {"", "single", 1}, "single_left": {"left", "single", 1}, "1_double": {"1", "double", 2}, "button_2_hold": {"button_2", "hold", 0},
		"on": {"on", "single", 1}, "off_2": {"off_2", "single", 1}, "toggle": {"toggle", "single", 1}, "brightness_move_up": {"brightness_up", "hold", 0},
		"brightness_move_down_2": {"brightness_down_2", "hold", 0}, "brightness_stop": {"brightness", "release", 0}, "brightness_step_up": {"brightness_up", "single", 1},
		"dial_rotate_left_slow": {"dial", "rotate_left", 0}, "rotate_right": {"", "rotate_right", 0}, "arrow_right_click": {"arrow_right", "single", 1},
		"arrow_left_hold": {"arrow_left", "hold", 0}, "5_click_l1": {"l1", "many", 5}, "quintuple_1": {"1", "many", 5}, "triple_both": {"both", "triple", 3},
		"long_press": {"", "long_press", 0}, "1_long": {"1", "long_press", 0}, "release_l2": {"l2", "release", 0}, "recall_3": {"recall_3", "single", 1},
		"scene_1": {"scene_1", "single", 1}, "emergency": {"emergency", "single", 1}, "flip90": {"", "other", 0}, "enhanced_move_to_hue_and_saturation": {"", "other", 0},
		"": {"", "other", 0},
	} {
		if got := parseAction(raw); got != want {
			t.Errorf("%q reads as %+v, want %+v", raw, got, want)
		}
	}
}

func TestCorpusActionsKeepToTheCatalogue(t *testing.T) {
	spec := model.LookupEvent("button", "press")
	i := slices.IndexFunc(spec.Args, func(p model.Property) bool { return p.Attribute == "action" })
	total, other := 0, 0
	err := eachDefinition(bufio.NewReader(openCorpus(t, corpusFile)), func(raw json.RawMessage) error {
		d, err := parseDefinition(raw)
		if err != nil {
			return err
		}
		for _, l := range d.leaves() {
			if l.Name != "action" {
				continue
			}
			for _, v := range l.values() {
				p := parseAction(v)
				if !slices.Contains(spec.Args[i].Options, p.action) {
					t.Errorf("%q reads as %q, which the catalogue has not", v, p.action)
				}
				if total++; p.action == "other" {
					other++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d action words are other", other, total)
}

func TestPercentagesSurviveTheRoundTrip(t *testing.T) {
	b := &binding{attribute: "level.level", scale: 254}
	rapid.Check(t, func(t *rapid.T) {
		want := model.Number(float64(rapid.IntRange(1, 100).Draw(t, "percent")))
		sent, err := writePercent(b, want)
		if err != nil {
			t.Fatal(err)
		}
		if got := readPercent(b, sent); got != want {
			t.Fatalf("%v %% comes back as %v", want, got)
		}
	})
	if v, _ := writePercent(b, model.Number(0)); v != model.Number(1) {
		t.Errorf("the lowest level is sent as %v, and 0 would mean off", v)
	}
}

func TestColourTemperatureStaysWithinTheLampsRange(t *testing.T) {
	l := leaf{context: "light", expose: &expose{Type: "numeric", Min: ptr(153), Max: ptr(500)}}
	p := *model.LookupAttribute("color_temperature.kelvin")
	b := &binding{attribute: p.Attribute}
	if !shapeMired(l, b, &p) {
		t.Fatal("not a colour temperature")
	}
	rapid.Check(t, func(t *rapid.T) {
		v := readMired(b, model.Number(float64(rapid.IntRange(150, 510).Draw(t, "mired"))))
		if _, err := p.Check(v); err != nil {
			t.Fatal(err)
		}
		sent, err := writeMired(b, v)
		if err != nil {
			t.Fatal(err)
		}
		back, _ := readMired(b, sent).Number()
		if f, _ := v.Number(); math.Abs(back-f) > f*f/1e6 {
			t.Fatalf("%v K comes back as %v", f, back)
		}
	})
}

func TestUnitsAreConverted(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     float64
		ok       bool
	}{
		{"mV", "V", 0.001, true}, {"kPa", "hPa", 10, true}, {"Wh", "kWh", 0.001, true}, {"mA", "A", 0.001, true}, {"sec", "s", 1, true}, {"min.", "s", 60, true},
		{"Seconds", "s", 1, true}, {"μg/m³", "µg/m³", 1, true}, {"", "W", 1, true}, {"°F", "°C", 0, false}, {"%", "lx", 0, false},
	} {
		got, ok := unitScale(c.from, c.to)
		if ok != c.ok || got != c.want {
			t.Errorf("%q to %q is %v, %v; want %v, %v", c.from, c.to, got, ok, c.want, c.ok)
		}
	}
}
