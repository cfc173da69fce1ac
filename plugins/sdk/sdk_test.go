package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sdk"
)

// lamp is a device that is only its methods.
type lamp struct {
	mu     sync.Mutex
	set    []bool
	levels []float64
	refuse error
	run    func(ctx context.Context, r *sdk.Reporter) error
}

func (l *lamp) Describe() sdk.Descriptor { return sdk.Descriptor{ID: "l1", Name: "Lamp"} }
func (l *lamp) Run(ctx context.Context, r *sdk.Reporter) error {
	if l.run != nil {
		return l.run(ctx, r)
	}
	<-ctx.Done()
	return ctx.Err()
}
func (l *lamp) SetOnOff(_ context.Context, on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set = append(l.set, on)
	return l.refuse
}
func (l *lamp) SetLevel(_ context.Context, percent float64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.levels = append(l.levels, percent)
	return nil
}
func (l *lamp) SetColor(ctx context.Context, _, _ float64) error { <-ctx.Done(); return ctx.Err() }

// hub plays the hub to a plugin.
type hub struct {
	*protocol.Conn
	heard  chan *protocol.Incoming
	ended  chan error
	slow   sync.Mutex                            // while it is held the hub reads nothing
	answer func(*protocol.Incoming) (any, error) // nil: an empty one
}

func serve(t *testing.T, p sdk.Plugin) *hub {
	t.Helper()
	return serveWith(t, p, nil)
}

func serveWith(t *testing.T, p sdk.Plugin, answer func(*protocol.Incoming) (any, error)) *hub {
	t.Helper()
	in, toPlugin := io.Pipe()
	fromPlugin, out := io.Pipe()
	h := &hub{answer: answer, heard: make(chan *protocol.Incoming, 1000), ended: make(chan error, 1)}
	h.Conn = protocol.NewConn(fromPlugin, toPlugin, func(_ context.Context, in *protocol.Incoming) {
		h.slow.Lock()
		defer h.slow.Unlock()
		h.heard <- in
		var result any
		var err error
		if h.answer != nil {
			result, err = h.answer(in)
		}
		in.Reply(result, err)
	}, protocol.ConnOptions{})
	go func() { _ = h.Serve(context.Background()) }()
	go func() { h.ended <- sdk.Serve(t.Context(), p, "acme", "1.0.0", in, out) }()
	t.Cleanup(func() {
		for _, c := range []io.Closer{in, toPlugin, fromPlugin, out} {
			_ = c.Close()
		}
	})
	var i protocol.Initialized
	if err := h.Call(t.Context(), protocol.MethodInitialize, protocol.Initialize{Protocol: protocol.Versions{Min: 1, Max: 7}, Config: json.RawMessage(`{"a":1}`)}, &i); err != nil || i.Protocol != 1 || i.Plugin != "acme" {
		t.Fatal(i, err)
	}
	return h
}

// next waits for a message of a method.
func (h *hub) next(t *testing.T, method string, v any) {
	t.Helper()
	for {
		select {
		case in := <-h.heard:
			if in.Method != method {
				continue
			}
			if err := in.Decode(v); err != nil {
				t.Fatal(err)
			}
			return
		case <-time.After(time.Minute):
			t.Fatal("never heard ", method)
		}
	}
}

func with(l *lamp) sdk.Plugin {
	return sdk.Plugin{Open: func(context.Context, sdk.Candidate) (sdk.Device, error) { return l, nil }}
}

func (h *hub) find(t *testing.T) {
	t.Helper()
	if err := h.Call(t.Context(), protocol.MethodFound, protocol.Found{Key: "k", Host: "192.0.2.7"}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestWhatADeviceCanDoFollowsFromItsMethods(t *testing.T) {
	h := serve(t, with(&lamp{}))
	h.find(t)
	var d protocol.Device
	h.next(t, protocol.MethodPut, &d)
	if !slices.Equal(d.Capabilities, []model.Capability{"on_off", "level"}) || len(d.Properties) != 2 {
		t.Errorf("%+v", d)
	}
}

func TestCommandsReachTheMethodsOnceEach(t *testing.T) {
	l := &lamp{}
	h := serve(t, with(l))
	h.find(t)
	h.next(t, protocol.MethodPut, &protocol.Device{})
	command := func(key string, writes ...model.Write) error {
		limit := time.Minute
		if key == "slow" {
			limit = 100 * time.Millisecond // it is never done
		}
		return h.Call(t.Context(), protocol.MethodCommand, protocol.Command{Device: "l1", Endpoint: "main", Key: key, DeadlineMS: int(limit.Milliseconds()), Writes: writes}, nil)
	}
	on := model.Write{Attribute: model.AttrOnOffOn, Value: model.Bool(true)}
	level := model.Write{Attribute: model.AttrLevelLevel, Value: model.Number(40)}
	for range 3 {
		if err := command("same", on, level); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.set) != 1 || len(l.levels) != 1 || l.levels[0] != 40 {
		t.Errorf("%v %v", l.set, l.levels)
	}
	l.refuse = sdk.Refused("it is locked")
	hue := model.Write{Attribute: model.AttrColorHue, Value: model.Number(1)}
	for _, tt := range []struct {
		key    string
		writes []model.Write
		want   protocol.Code
	}{
		{"refused", []model.Write{on}, protocol.Rejected},
		{"half a colour", []model.Write{hue}, protocol.InvalidParams},
		{"slow", []model.Write{hue, {Attribute: model.AttrColorSaturation, Value: model.Number(1)}}, protocol.DeadlineExceeded},
		{"cannot", []model.Write{{Attribute: model.AttrFanSpeedPct, Value: model.Number(1)}}, protocol.Rejected},
	} {
		if err := command(tt.key, tt.writes...); protocol.CodeOf(err) != tt.want {
			t.Errorf("%s: %v", tt.key, err)
		}
	}
	err := h.Call(t.Context(), protocol.MethodCommand, protocol.Command{Device: "l2", DeadlineMS: 60000}, nil)
	if protocol.CodeOf(err) != protocol.UnknownDevice {
		t.Error(err)
	}
}

func TestReportsAreCoalescedAndWhatCannotBeIsUnknown(t *testing.T) {
	slow, reported := make(chan struct{}), make(chan struct{})
	h := serve(t, with(&lamp{run: func(ctx context.Context, r *sdk.Reporter) error {
		<-slow
		for i := range 1000 {
			r.Report(sdk.Level(float64(i % 101)))
		}
		r.Report(sdk.On(true), sdk.Of(model.AttrLevelLevel, 7777), sdk.Of("thermostat.mode", "boil"))
		r.Event("button.press", sdk.Of("action", "single"))
		close(reported)
		<-ctx.Done()
		return ctx.Err()
	}}))
	h.find(t)
	h.slow.Lock()
	close(slow)
	<-reported
	h.slow.Unlock()
	last, n := map[model.Attribute]model.Value{}, 0
	for {
		var r protocol.Report
		h.next(t, protocol.MethodReport, &r)
		n++
		for a, v := range r.Values {
			last[a] = v
		}
		if last[model.AttrOnOffOn] == model.Bool(true) {
			break
		}
	}
	if !last[model.AttrLevelLevel].IsUnknown() || !last["thermostat.mode"].IsUnknown() || n > 300 { // so many wait in the connection's queue
		t.Errorf("%v in %d reports", last, n)
	}
	var e protocol.Event
	if h.next(t, protocol.MethodEvent, &e); e.Event != "button.press" || e.Args["action"] != model.String("single") {
		t.Errorf("%+v", e)
	}
}

func TestADeviceThatFailsIsUnreachableAndTriedAgain(t *testing.T) {
	tries := make(chan struct{}, 10)
	h := serve(t, with(&lamp{run: func(ctx context.Context, r *sdk.Reporter) error {
		if tries <- struct{}{}; len(tries) == 1 {
			return errors.New("no answer")
		}
		r.Report(sdk.On(true))
		<-ctx.Done()
		return ctx.Err()
	}}))
	h.find(t)
	var s protocol.Status
	if h.next(t, protocol.MethodStatus, &s); s.Reachable || s.Why != "no answer" {
		t.Errorf("%+v", s)
	}
	if h.next(t, protocol.MethodStatus, &s); !s.Reachable {
		t.Errorf("%+v", s)
	}
}

func TestTheLifeOfAPlugin(t *testing.T) {
	var configs []string
	h := serve(t, sdk.Plugin{Configure: func(c json.RawMessage) error {
		configs = append(configs, string(c))
		if string(c) == `{"a":3}` {
			return errors.New("three is too much")
		}
		return nil
	}, Run: func(ctx context.Context, hub *sdk.Hub) error {
		_, _, err := hub.Get(ctx, "x")
		hub.Add(ctx, &lamp{})
		<-ctx.Done()
		return err
	}, Diagnostics: func() map[string]string { return map[string]string{"cloud": "ok"} }})
	h.next(t, protocol.MethodStoreGet, &protocol.StoreKey{})
	h.next(t, protocol.MethodPut, &protocol.Device{})
	err1 := h.Call(t.Context(), protocol.MethodConfigSet, protocol.ConfigSet{Config: json.RawMessage(`{"a":2}`)}, nil)
	err2 := h.Call(t.Context(), protocol.MethodConfigSet, protocol.ConfigSet{Config: json.RawMessage(`{"a":3}`)}, nil)
	if err1 != nil || protocol.CodeOf(err2) != protocol.InvalidParams || !slices.Equal(configs, []string{`{"a":1}`, `{"a":2}`, `{"a":3}`}) {
		t.Error(err1, err2, configs)
	}
	var d protocol.Diagnostics
	if err := h.Call(t.Context(), protocol.MethodDiagnostics, protocol.Empty{}, &d); err != nil || d.Lines["cloud"] != "ok" || d.Lines["device l1"] != "ok" {
		t.Errorf("%+v, %v", d, err)
	}
	if err := h.Call(t.Context(), "x/new", protocol.Empty{}, nil); protocol.CodeOf(err) != protocol.UnknownMethod {
		t.Error(err)
	}
	if err := h.Call(t.Context(), protocol.MethodShutdown, protocol.Empty{}, nil); err != nil {
		t.Error(err)
	}
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
}

func TestACandidateIsReachedOnlyThroughItsSockets(t *testing.T) {
	err := sdk.GetJSON(t.Context(), sdk.Candidate{Key: "k"}.HTTP(), "/", nil)
	if err == nil {
		t.Error("an answer from nowhere")
	}
	if _, err := (sdk.Candidate{}).Dial(t.Context(), "tcp"); err == nil {
		t.Error("a connection to nowhere")
	}
}
