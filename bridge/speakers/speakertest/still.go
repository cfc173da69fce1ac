package speakertest

import (
	"context"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Still is a core for fuzzing: the shop's devices in a house in which nothing runs, and where every command is confirmed at once.
// in puts device ids for the shop's names: "$lamp".
func Still() (core *speakers.Core, in func(string) string) {
	h := home.New(nil, nil)
	seq := uint64(0)
	tell := func(b home.Body) {
		seq++
		if _, err := h.Apply(home.Fact{Seq: seq, At: Now(), Body: b}); err != nil {
			panic(err) // the shop's own devices fit
		}
	}
	for _, w := range wares {
		d, rs := w.describe()
		tell(home.Described{Description: d})
		tell(home.Reported{Source: d.Source, Readings: rs})
		tell(home.Reached{Source: d.Source, Reachable: true})
	}
	view := h.View()
	core, err := speakers.New(speakers.Options{House: still{view}, Memory: nowhere{}, Links: &links{}})
	if err != nil {
		panic(err) // it has all that it wants
	}
	return core, func(text string) string {
		for _, d := range view.Devices() {
			text = strings.ReplaceAll(text, "$"+d.Name(""), string(d.ID))
		}
		return text
	}
}

type still struct{ view *home.View }

func (s still) View() *home.View                      { return s.view }
func (still) Do(context.Context, home.Body) error     { return nil }
func (still) Events(int) (<-chan home.Effect, func()) { return nil, func() {} }
func (still) Command(context.Context, home.Ask, func(home.Command)) (home.Command, error) {
	return home.Command{Status: model.Confirmed}, nil
}

type nowhere struct{}

func (nowhere) Put(context.Context, string, string, []byte) error       { return nil }
func (nowhere) Delete(context.Context, string, string) error            { return nil }
func (nowhere) List(context.Context, string) (map[string][]byte, error) { return nil, nil }
