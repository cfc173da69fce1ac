package envelope

import (
	"encoding/json"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// types are DuerOS's types, which Xiaowei and JD say as well, by ours.
var types = map[model.DeviceType]string{
	"light_on_off": "LIGHT", "light_dimmable": "LIGHT", "light_color_temperature": "LIGHT", "light_color": "LIGHT", "plug": "SOCKET", "plug_dimmable": "SOCKET", "wall_switch": "SWITCH",
	"air_conditioner": "AIR_CONDITION", "ir_air_conditioner": "AIR_CONDITION", "air_purifier": "AIR_PURIFIER", "fresh_air": "FRESH_AIR", "robot_vacuum": "SWEEPING_ROBOT", "window_covering": "CURTAIN",
	"airer": "CLOTHES_RACK", "humidifier": "HUMIDIFIER", "dehumidifier": "DEHUMIDIFIER", "fan": "FAN", "tv": "TV_SET", "speaker": "SPEAKER", "climate_sensor": "AIR_MONITOR", "air_monitor": "AIR_MONITOR",
	"thermostat": "HEATER", "trv": "HEATER", "heater": "HEATER", "floor_heating": "HEATER", "boiler": "GAS_WATER_HEATER", "water_heater": "WATER_HEATER", "bath_heater": "BATHROOM_HEATER",
	"hood": "RANGE_HOOD", "washer": "WASHING_MACHINE", "door_lock": "LOCK", "kettle": "KETTLE", "oven": "OVEN", "fridge": "REFRIGERATOR", "dishwasher": "DISHWASHER", "camera": "WEBCAM",
}

// Type is DuerOS's type of a device; a scene's (nil) is SCENE_TRIGGER, empty when there is none.
func Type(d *home.Device) string {
	if d == nil {
		return "SCENE_TRIGGER"
	}
	return types[d.Type()]
}

// ValueOf finds a value in a payload: under a key or under "value", bare or as {"value": …}.
func ValueOf(payload map[string]json.RawMessage, key string) json.RawMessage {
	for _, k := range []string{key, "value"} {
		raw, ok := payload[k]
		if !ok {
			continue
		}
		var inner struct {
			Value json.RawMessage `json:"value"`
		}
		if json.Unmarshal(raw, &inner) == nil && inner.Value != nil {
			return inner.Value
		}
		return raw
	}
	return nil
}
