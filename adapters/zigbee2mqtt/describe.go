package zigbee2mqtt

import (
	"cmp"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// The time a device may take: Zigbee2MQTT itself gives a mains device up to 18.5 s before it
// reports failure, and holds a command for a sleeping one until it next asks for its messages.
const (
	mainsTimeout  = 25 * time.Second
	sleepyTimeout = 60 * time.Second
)

// sourceID is the source of a device.
func sourceID(ieee string) model.SourceID { return model.SourceID(adapterName + "/" + ieee) }

// describe puts together what the hub is told of a device.
func describe(e *deviceEntry, d *definition, t *translation) model.Description {
	out := model.Description{
		Source: sourceID(e.IEEE), Name: e.Name, Vendor: cmp.Or(d.Vendor, e.Manufacturer), Model: cmp.Or(d.Model, e.ModelID),
		Product: d.Description, Firmware: e.Firmware, Type: t.kind, Sleepy: e.sleepy(), Endpoints: t.endpoints,
		CommandTimeout: mainsTimeout,
	}
	if e.IEEE == "" { // a definition without a device
		out.Source = ""
	} else {
		out.Identities = []model.Identity{{Kind: model.IdentityIEEE, Value: e.IEEE}}
	}
	if out.Sleepy {
		out.CommandTimeout = sleepyTimeout
	}
	if room, rest, ok := strings.Cut(e.Name, "/"); ok && rest != "" {
		out.Room = room
	}
	return out
}

const adapterName = "zigbee2mqtt"
