package climate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// TestNoCompressorRunsOrStandsTooShortForWhatTheHubWrites: people who change their minds by the minute, and rooms about comfort. The
// rig itself checks every write (turns).
func TestNoCompressorRunsOrStandsTooShortForWhatTheHubWrites(t *testing.T) {
	modes := []string{"auto", "boost", "vacation", "guest"}
	rapid.Check(t, func(rt *rapid.T) {
		x := newRig(rt, climate.Settings{Enabled: true, Comfort: 21, Away: 16, Max: 40, Saving: 50, Hold: time.Hour,
			Emitter: rapid.SampledFrom([]string{"radiator", "heat_pump", "split"}).Draw(rt, "emitter")})
		x.moves("li", "home")
		x.moves("ann", "extended_away")
		for range 40 {
			x.until(x.now.Add(time.Duration(rapid.IntRange(20, 200).Draw(rt, "seconds")) * time.Second))
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				x.weather(5, float64(rapid.IntRange(60, 250).Draw(rt, "room"))/10)
			case 1:
				x.moves("li", rapid.SampledFrom([]string{"home", "away", "arriving"}).Draw(rt, "state"))
			default:
				x.asks(rapid.SampledFrom(modes).Draw(rt, "mode"))
			}
		}
	})
}

// TestWhatIsTooSoonIsDoneLater: a boost that is taken back within the minute lets the burner run its time, and no longer.
func TestWhatIsTooSoonIsDoneLater(t *testing.T) {
	x := newRig(t, climate.Settings{Enabled: true, Comfort: 21, Away: 16, Max: 40, Saving: 50, Hold: time.Hour})
	x.moves("li", "home")
	x.moves("ann", "extended_away")
	x.passes(2, 0, 21.5)
	x.asks("boost")
	x.until(x.now.Add(time.Minute))
	x.asks("auto")
	if x.points[valve] != 23 {
		t.Errorf("a minute after the burner has lit it is set to %v °C", x.points[valve])
	}
	x.until(x.now.Add(20 * time.Minute))
	if x.points[valve] != 21 {
		t.Errorf("twenty minutes later it is set to %v °C", x.points[valve])
	}
}

// asks is that somebody asks the scene for a mode of two hours.
func (x *rig) asks(mode string) {
	x.do(home.SceneAsked{ID: "warm", Args: map[string]model.Value{"mode": model.String(mode), "hours": model.Number(2)}})
}
