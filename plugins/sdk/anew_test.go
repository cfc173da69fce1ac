package sdk_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sdk"
)

func TestACommandWaitsForADeviceThatIsOpenedAnew(t *testing.T) {
	again, over := make(chan struct{}), make(chan struct{}, 1)
	l := &lamp{run: func(ctx context.Context, _ *sdk.Reporter) error {
		<-ctx.Done()
		over <- struct{}{}
		return ctx.Err()
	}}
	var opened atomic.Int32
	h := serve(t, sdk.Plugin{Open: func(ctx context.Context, _ sdk.Candidate) (sdk.Device, error) {
		if opened.Add(1) > 1 {
			<-again
		}
		return l, nil
	}})
	h.find(t)
	h.next(t, protocol.MethodPut, &protocol.Device{})
	if err := h.Call(t.Context(), protocol.MethodFound, protocol.Found{Key: "k", Host: "192.0.2.7", Text: map[string]string{"firmware": "2"}}, nil); err != nil {
		t.Fatal(err)
	}
	<-over
	done := make(chan error, 1)
	go func() {
		done <- h.Call(t.Context(), protocol.MethodCommand, protocol.Command{Device: "l1", Endpoint: "main", Key: "k1", DeadlineMS: int(time.Minute.Milliseconds()),
			Writes: []model.Write{{Attribute: model.AttrOnOffOn, Value: model.Bool(true)}}}, nil)
	}()
	for range 100 { // whatever answers at once has its turn: a refusal comes before the device does
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			done <- nil
		default:
		}
		_ = h.Call(t.Context(), protocol.MethodPing, nil, nil)
	}
	close(again)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
