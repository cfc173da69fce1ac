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
	core, err := speakers.New(speakers.Options{House: still{view}, Memory: Memory{}, Links: &links{}})
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

// Memory keeps by "bucket|key" until the test ends.
type Memory map[string][]byte

// Put keeps a value.
func (m Memory) Put(_ context.Context, bucket, key string, v []byte) error {
	m[bucket+"|"+key] = v
	return nil
}

// Delete forgets one.
func (m Memory) Delete(_ context.Context, bucket, key string) error {
	delete(m, bucket+"|"+key)
	return nil
}

// List lists a bucket.
func (m Memory) List(_ context.Context, bucket string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for k, v := range m {
		if key, is := strings.CutPrefix(k, bucket+"|"); is {
			out[key] = v
		}
	}
	return out, nil
}
