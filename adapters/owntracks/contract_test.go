package owntracks

import (
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
)

// TestTheContractOfEveryAdapter holds the adapter against what plugins are held against.
func TestTheContractOfEveryAdapter(t *testing.T) {
	b := newBroker(t)
	phone(t, b)("owntracks/li/phone", iosLocation)
	adaptertest.Run(t, adaptertest.Subject{New: func() adapters.Adapter {
		for len(b.subscribed) > 0 { // of the life before
			<-b.subscribed
		}
		return New(Options{MQTT: b, Fixes: newInbox()})
	}, Ready: func() bool { return len(b.subscribed) == len(filters) }})
}
