package demo

import (
	"encoding/json"
	"fmt"

	"github.com/concord-home/hub/model"
)

// The devices that the scenes and the physics name, by IEEE address; data/house.json holds the rest about them.
const (
	floorLamp     = "0x0017880110d20001"
	tvPlug        = "0x00158d0007d20002"
	livingTRV     = "0x0c4314fffed20003"
	livingAir     = "0x3410f4fffed20004"
	bedsideLamp   = "0x00158d0008d20006"
	bedroomAC     = "0x54ef44fffed20007"
	bedroomBlind  = "0x842e14fffed20008"
	bedroomWindow = "0x00124b0029d20009"
	bedroomTemp   = "0x00124b0029d2000a"
	kitchenLights = "0x00124b002ad2000b"
	kitchenTRV    = "0xa4c138fffed2000c"
	hallLamp      = "0x842e14fffed2000f"
	hallMotion    = "0x00124b0029d20010"
	frontDoor     = "0x00124b0029d20011"
	frontLock     = "0x000d6f0019d20012"
)

// Scenes are three documents by scene id: one to apply by hand, one automation, and arrival heating. The resolver
// turns an IEEE address into the hub's device. The arrival scene listens to everybody who carries a tracker.
func Scenes(device func(ieee string) model.DeviceID) map[string]json.RawMessage {
	return map[string]json.RawMessage{
		"demo-movie": fill(`{"names":{"":"Movie night","zh":"观影"},"then":[
			{"device":%q,"set":{"on_off.on":true,"level.level":20},"transition":2},
			{"device":%q,"set":{"on_off.on":true}},
			{"device":%q,"endpoint":"left","set":{"on_off.on":false}},
			{"device":%q,"set":{"window_covering.open_pct":0}}]}`, device, floorLamp, tvPlug, kitchenLights, bedroomBlind),
		"demo-motion": fill(`{"names":{"":"Light in the hall","zh":"玄关灯"},
			"when":[{"device":%q,"attribute":"occupancy.occupied","to":true}],
			"then":[{"device":%q,"set":{"on_off.on":true}}]}`, device, hallMotion, hallLamp),
		"demo-arrival": fill(`{"names":{"":"Warm when we come home","zh":"回家暖"},
			"arrival":{"devices":[%q,%q,%q],"comfort_c":21,"away_c":17}}`, device, livingTRV, kitchenTRV, bedroomAC),
	}
}

func fill(format string, device func(ieee string) model.DeviceID, addresses ...string) json.RawMessage {
	ids := make([]any, len(addresses))
	for i, a := range addresses {
		ids[i] = string(device(a))
	}
	return json.RawMessage(fmt.Sprintf(format, ids...))
}
