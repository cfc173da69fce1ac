package network

import (
	"context"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

func TestPayloadsAsRoutersAndDaemonsSendThem(t *testing.T) {
	for payload, want := range map[string]bool{
		"home": true, "not_home": false, "Online": true, " offline\n": false, "1": true, "0": false, "true": true,
		`{"connected":true,"tst":1736121600}`: true, `{"connected":false}`: false, // the yardstick's router
		`{"state":"home","mac":"aa:bb:cc:dd:ee:ff"}`: true, `{"presence":false,"rssi":-90}`: false, `{"status":"offline"}`: false, `{"online":1}`: true,
	} {
		if got, err := Decode([]byte(payload)); err != nil || got != want {
			t.Errorf("%s: %v, %v", payload, got, err)
		}
	}
	for _, payload := range []string{"", "maybe", "{}", `{"connected":"perhaps"}`, "[1]", "{"} {
		if _, err := Decode([]byte(payload)); err == nil {
			t.Errorf("%q was taken", payload)
		}
	}
}

// broker hands what is published to the one who subscribed.
type broker struct{ h func(adapters.Message) }

func (b *broker) Subscribe(_ string, h func(adapters.Message)) (func(), error) {
	b.h = h
	return func() {}, nil
}
func (b *broker) Publish(string, []byte, bool, byte) error { return nil }

type reach []string

func (r *reach) Associated(tracker string, on bool) {
	*r = append(*r, tracker+map[bool]string{true: " in", false: " out"}[on])
}

type outcomes struct {
	adapters.Hub
	rejected bool
}

func (o *outcomes) Outcome(_ model.CommandID, x model.Outcome) {
	o.rejected = x.Status == model.Rejected
}

func TestOnlyNewsIsPassedOn(t *testing.T) {
	b, got, hub := &broker{}, &reach{}, &outcomes{}
	a := New(Options{MQTT: b, Reach: got})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := a.Run(ctx, hub); err != nil {
		t.Fatal(err)
	}
	for _, m := range [][2]string{{"presence/router/li", "home"}, {"presence/router/li", "home"}, {"presence/router/li", "nonsense"}, {"presence/router/li", "not_home"}, {"presence/ble/li", "on"}} {
		b.h(adapters.Message{Topic: m[0], Payload: []byte(m[1])})
	}
	if len(*got) != 3 || (*got)[1] != "router/li out" {
		t.Errorf("%q", *got)
	}
	if a.Execute(model.Command{ID: "c"}); !hub.rejected {
		t.Error("a command was not rejected")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"connected":true}`))
	f.Add([]byte("home"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = Decode(b) })
}
