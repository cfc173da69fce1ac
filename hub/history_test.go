package hub_test

import (
	"testing"
	"time"

	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
)

// An adapter says at once what it sent, as an echo, and the device a moment later that it is so: for the house nothing changes
// then, but the history begins there.
func TestHistoryKeepsWhatADeviceConfirmsAfterAnEcho(t *testing.T) {
	w := newWire()
	h, _ := running(t, t.TempDir(), w)
	id := lampID(t, h)
	w.say(false)
	w.deaf.Store(true)
	(*w.hub.Load()).Report("wire/1", []model.Reading{{Endpoint: "main", Attribute: "on_off.on", Value: model.Bool(true), Quality: model.Assumed}})
	w.say(true)
	eventually(t, "the confirmed value is in the history", func() bool {
		got, err := h.Store().Samples(t.Context(), hub.SeriesName(id, "main", "on_off.on"), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), 10)
		return err == nil && len(got) > 0 && got[len(got)-1].Num == 1
	})
}
