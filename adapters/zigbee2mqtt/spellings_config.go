package zigbee2mqtt

// Members of enums that set a device up, as in spellings.go. Here every member of an
// expose must be found, and no two may mean the same: see shapeChosen.

var inputTypeNames = map[string]string{
	"toggle": "toggle", "normal_on_off": "toggle", "state": "state", "momentary": "momentary", "push_button": "momentary",
	"three_way": "three_way", "multifunction": "multifunction", "scene": "scene",
	"brightness_level": "level", "brightness_level_up": "level_up", "brightness_level_down": "level_down",
	"move_to_color_temperature": "color_temperature", "move_to_color_temperature_up": "color_temperature_up", "move_to_color_temperature_down": "color_temperature_down",
}

// A switch that acts as a scene button is one that leaves its relay alone.
var inputModeNames = map[string]string{
	"control_relay": "relay", "decoupled": "decoupled", "wireless": "decoupled", "switch": "relay", "scene": "decoupled",
	"switch_1": "relay", "switch_2": "relay", "switch_3": "relay", "switch_4": "relay",
	"scene_1": "decoupled", "scene_2": "decoupled", "scene_3": "decoupled", "scene_4": "decoupled",
}

var inputActionNames = map[string]string{"on": "on", "off": "off", "toggle": "toggle"}

// Of Zigbee2MQTT's "off/on" and "on/off" the first word is the indicator's while the load is off. Tuya's "pos" helps to
// find the switch in the dark; "relay" follows the load.
var indicatorNames = map[string]string{
	"off": "off", "always_off": "off", "none": "off", "on": "on", "always_on": "on",
	"off/on": "when_on", "consistent_with_load": "when_on", "relay": "when_on", "on_off_status": "when_on", "normal": "when_on",
	"on/off": "when_off", "reverse_with_load": "when_off", "pos": "when_off", "switch_position": "when_off", "inverted": "when_off", "invert": "when_off",
	"flash_on_click": "on_press",
}

var dimStepNames = map[string]string{"off": "off", "low": "low", "medium": "medium", "middle": "medium", "high": "high"}

var dimmingNames = map[string]string{
	"auto": "auto", "rc": "trailing_edge", "rl": "leading_edge", "trailing_edge": "trailing_edge", "leading_edge": "leading_edge",
}

var (
	colorStartNames    = map[string]string{"initial": "default", "previous": "previous", "customized": "custom"}
	gradientStyleNames = map[string]string{"linear": "linear", "scattered": "scattered", "mirrored": "mirrored"}
	degreeNames        = map[string]string{"celsius": "celsius", "fahrenheit": "fahrenheit", "c": "celsius", "f": "fahrenheit", "°c": "celsius", "°f": "fahrenheit"}
	clockNames         = map[string]string{"12h": "12h", "24h": "24h"}
	orientationNames   = map[string]string{"up": "up", "right": "right", "down": "down", "left": "left", "normal": "up", "inverted": "down"}
	lockVolumeNames    = map[string]string{"silent_mode": "silent", "silent": "silent", "off": "silent", "low_volume": "low", "low": "low", "medium": "medium", "high_volume": "high", "high": "high"}
	volumeStepNames    = map[string]string{"mute": "mute", "low": "low", "medium": "medium", "middle": "medium", "high": "high", "max": "maximum", "reduced": "low", "loud": "high"}
	signalNames        = map[string]string{"off": "off", "normal": "off", "sound": "sound", "alarm_sound": "sound", "light": "light", "alarm_light": "light", "sound_light": "both", "alarm_sound_light": "both"}
	protectNames       = map[string]string{"ignore": "ignore", "closed": "ignore", "off": "ignore", "alarm": "alarm", "trip": "trip", "on": "trip"}
	programNames       = map[string]string{"setpoint": "manual", "schedule": "schedule", "eco": "eco"}
	outputNames        = map[string]string{"inactive": "idle", "active": "heat"}
)

// The sensor that a thermostat regulates by: its own in the room, or one outside of it, in the floor as a rule.
var sensorNames = map[string]string{
	"internal": "internal", "inner_(in)": "internal", "in": "internal", "air": "internal", "air_sensor": "internal", "room": "internal",
	"external": "external", "outer_(ou)": "external", "ou": "external", "floor": "external", "floor_sensor": "external",
	"both": "both", "all_(al)": "both", "al": "both",
}

var sensitivityNames = map[string]string{
	"low": "low", "medium": "medium", "middle": "medium", "high": "high", "very_high": "very_high", "max": "maximum",
}

// reversedNames are what definitions call the two directions of a motor. Left and right say nothing about which is reversed.
var reversedNames = map[string]bool{
	"reversed": true, "reverse": true, "back": true, "backward": true, "on": true,
	"normal": false, "forward": false, "off": false,
}
