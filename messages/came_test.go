package messages

import (
	"testing"

	"github.com/concord-home/hub/model"
)

func TestWhatMadeASceneRunIsSaidWithoutNamesOfAttributes(t *testing.T) {
	for _, tt := range []struct{ text, en, zh string }{
		{"Hall motion sensor: occupancy.occupied is true", "the scene “Night” ran, because Hall motion sensor: occupied", "场景“Night”已运行，因为Hall motion sensor：有人"},
		{"温度计: temperature.celsius is 26.5, above 26", "the scene “Night” ran, because 温度计: Temperature 26.5 °C", "场景“Night”已运行，因为温度计：温度26.5 °C"},
		{"AC: thermostat.mode is cool", "the scene “Night” ran, because AC: Mode Cool", "场景“Night”已运行，因为AC：模式制冷"},
		{"Li is home", "the scene “Night” ran, because Li is at home", "场景“Night”已运行，因为Li在家"},
		{"it is 07:30", "the scene “Night” ran, because it is 07:30", "场景“Night”已运行，因为到了07:30"},
		{"run by hand", "the scene “Night” ran, because it was run by hand", "场景“Night”已运行，因为手动运行"},
		{"X: no_such.attribute is 3", "the scene “Night” ran, because X: no_such.attribute is 3", "场景“Night”已运行，因为X: no_such.attribute is 3"},
	} {
		c := &model.Cause{Kind: model.CauseScene, Who: "night", Text: tt.text}
		for lang, want := range map[string]string{"en": tt.en, "zh": tt.zh} {
			if got := Ran(lang, "Night", c, nil); got != want {
				t.Errorf("%s: %q, want %q", lang, got, want)
			}
		}
	}
}
