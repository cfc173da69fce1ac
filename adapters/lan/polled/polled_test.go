package polled_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/adapters/lan/polled"
	"github.com/concord-home/hub/model"
)

// What happens to a brand's devices is in adaptertest's drill, which the brands run. This is what a fake device cannot see.
func TestASliderBecomesTwoRequests(t *testing.T) {
	const positions = 50
	all := make(chan struct{}) // closed when all positions were asked for
	var mu sync.Mutex
	var sent [][]float64
	a := polled.New(polled.Brand[[]float64]{Name: "dimmer", Label: "dimmer", Every: time.Minute, PerSecond: 1000,
		Describe: func(context.Context, lan.HTTP, adapters.Found) (model.Description, error) {
			return model.Description{Source: "dimmer/1", Name: "Dimmer", Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Properties: []model.Property{*model.LookupAttribute(model.AttrLevelLevel)}}}}, nil
		},
		Read: func(context.Context, lan.HTTP) ([]model.Reading, error) { return nil, nil },
		Request: func(cmd model.Command) ([]float64, error) {
			f, _ := cmd.Writes[0].Value.Number()
			return []float64{f}, nil
		},
		Join: func(waiting, more []float64) []float64 { return append(waiting, more...) },
		Send: func(_ context.Context, _ lan.HTTP, what []float64) ([]model.Reading, error) {
			<-all
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, what)
			return nil, nil
		}})
	o := adaptertest.NewObserver("dimmer")
	stop := adaptertest.Start(t, a, o)
	a.Found(adapters.Found{Key: "1", Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Port: 1})
	o.Await(t, "it is known", func() bool { ok, _ := o.IsReachable("dimmer/1"); return ok })
	var want []float64
	for i := range positions {
		want = append(want, float64(i))
		a.Execute(model.Command{ID: model.CommandID(fmt.Sprint(i)), Source: "dimmer/1", Endpoint: model.MainEndpoint, Writes: []model.Write{{Attribute: model.AttrLevelLevel, Value: model.Number(float64(i))}}})
	}
	close(all)
	o.Await(t, "all are answered", func() bool {
		for i := range positions {
			if x, _ := o.OutcomeOf(model.CommandID(fmt.Sprint(i))); x.Status != model.Acked {
				return false
			}
		}
		return true
	})
	stop()
	if got := slices.Concat(sent...); len(sent) > 2 || !slices.Equal(got, want) {
		t.Errorf("%d requests: %v", len(sent), sent)
	}
}

// A device must not make the hub ask another machine for it.
func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the hub was sent elsewhere") }))
	defer elsewhere.Close()
	asked := make(chan struct{}, 1)
	device := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer device.Close()
	a := polled.New(polled.Brand[int]{Name: "x", Label: "thing", Every: time.Minute, PerSecond: 1, Describe: func(ctx context.Context, to lan.HTTP, _ adapters.Found) (d model.Description, err error) {
		err = to.Ask(ctx, http.MethodGet, "/", nil, &d)
		if err == nil {
			t.Error("a redirect is taken for an answer")
		}
		select {
		case asked <- struct{}{}:
		default:
		}
		return d, err
	}})
	stop := adaptertest.Start(t, a, adaptertest.NewObserver("x"))
	at := netip.MustParseAddrPort(device.Listener.Addr().String())
	a.Found(adapters.Found{Key: "1", Addrs: []netip.Addr{at.Addr()}, Port: int(at.Port())})
	<-asked
	stop()
}
