package echonet

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

func TestTheContractOfEveryAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{socks: map[netip.Addr]*socket{}}
		box := newSim(n, "10.0.0.7", 7, airConditioner())
		adaptertest.Run(t, adaptertest.Subject{
			New: func() adapters.Adapter {
				return New(Options{Listen: func(context.Context) (Socket, error) { return n.open("10.0.0.1"), nil }})
			},
			Sources: 2,
			Command: model.Command{Source: acSource, Endpoint: model.MainEndpoint, Writes: []model.Write{set("on_off.on", model.Bool(false))}},
		})
		_ = box.Close()
	})
}
