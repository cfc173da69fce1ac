package homekit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// One lamp, seen directly (as by Zigbee2MQTT) and through a HAP bridge: one device where its address proves it, a proposal
// where it is merely alike.
func TestADeviceSeenByTwoWaysIsOne(t *testing.T) {
	ieee := []model.Identity{{Kind: model.IdentityIEEE, Value: "0x00158d0005bb0009"}}
	strong := one("lamp", "Desk lamp", "light_dimmable", yes("on_off.on", false), num("level.level", 40))
	strong.identity = ieee
	weak := one("plug", "Kettle plug", "plug", yes("on_off.on", false))
	r := newRig(t, t.TempDir(), []device{strong, weak})

	direct := &workshop{devices: []model.Description{strong.describe(), weak.describe()}, values: map[model.SourceID][]model.Reading{"bench/lamp": strong.readings(), "bench/plug": weak.readings()},
		ready: make(chan struct{}), mute: map[model.SourceID]bool{}, refuse: map[model.SourceID]model.ReasonCode{}}
	o := newOtherHub(t, direct)
	<-direct.ready
	o.pair(r.addr(1), r.bridge.Bridges()[0].Code)
	eventually(t, "the lamp has two paths", func() error {
		if d := o.device("Desk lamp"); d == nil || len(d.Sources) != 2 {
			return fmt.Errorf("%+v", d)
		}
		return nil
	})
	eventually(t, "the plugs are two, and proposed to be one", func() error { // it is described after the lamp
		plugs := 0
		for _, d := range o.hub.View().Devices() {
			if d.Name("") == "Kettle plug" {
				plugs++
			}
		}
		if plugs != 2 || len(o.hub.View().Proposals()) == 0 {
			return fmt.Errorf("%d plugs, proposals %+v", plugs, o.hub.View().Proposals())
		}
		return nil
	})

	turn := func(on bool) home.Command {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		d := o.device("Desk lamp")
		c, err := o.hub.Command(ctx, home.Ask{Device: d.ID, Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(on)}}, Timeout: 15 * time.Second}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	// The direct path is silent: the command goes on over HAP and is confirmed there.
	direct.hold("bench/lamp", true)
	if c := turn(true); c.Status != model.Confirmed || c.Tried != 2 {
		t.Errorf("with the direct path cut: %s after %d paths, %s", c.Status, c.Tried, c.Reason)
	}
	// The HAP path is cut: the direct one does it.
	direct.hold("bench/lamp", false)
	r.stop()
	if c := turn(false); c.Status != model.Confirmed {
		t.Errorf("with HAP cut: %s, %s", c.Status, c.Reason)
	}
	var hap model.SourceID
	for _, s := range o.device("Desk lamp").Sources {
		if s != "bench/lamp" {
			hap = s
		}
	}
	if err := o.hub.Do(t.Context(), home.Split{Source: hap}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two devices again", func() error {
		n := 0
		for _, d := range o.hub.View().Devices() {
			if d.Name("") == "Desk lamp" && len(d.Sources) == 1 {
				n++
			}
		}
		if n != 2 {
			return errors.New(fmt.Sprint(n))
		}
		return nil
	})
}
