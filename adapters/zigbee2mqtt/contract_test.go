package zigbee2mqtt

import (
	"strings"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

// TestTheContractOfEveryAdapter holds the adapter against what plugins are held against, with what a real
// session left on the broker.
func TestTheContractOfEveryAdapter(t *testing.T) {
	b := adaptertest.NewBroker()
	for _, c := range readCapture(t, "testdata/capture.jsonl.gz") {
		if c.Topic == "zigbee2mqtt/bridge/state" && strings.Contains(c.Payload, "offline") {
			continue // the session's end
		}
		if strings.HasPrefix(c.Topic, "zigbee2mqtt/") && !strings.Contains(c.Topic, "/set") && !strings.HasSuffix(c.Topic, "/get") && !strings.HasPrefix(c.Topic, "zigbee2mqtt/bridge/log") {
			b.Deliver(c.Topic, c.Payload, true)
		}
	}
	b.Answer(func(m adapters.Message) { // a device that does as it is told
		if topic, ok := strings.CutSuffix(m.Topic, "/set"); ok {
			go b.Deliver(topic, string(m.Payload), false)
		}
	})
	adaptertest.Run(t, adaptertest.Subject{
		New:     func() adapters.Adapter { return New(Options{MQTT: b}) },
		Sources: len(types15),
		Command: model.Command{Source: sourceID("0x00158d0005bb0009"), Endpoint: model.MainEndpoint, Writes: []model.Write{{Attribute: model.AttrOnOffOn, Value: model.Bool(true)}}},
	})
}
