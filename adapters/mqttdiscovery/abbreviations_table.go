package mqttdiscovery

import "strings"

// Home Assistant discovery lets nearly every word of a key be abbreviated: "bri_stat_t" is brightness_state_topic.
// The words, then the keys that do not follow from them.
// Source: https://www.home-assistant.io/integrations/mqtt/#supported-abbreviations-in-mqtt-discovery-messages.
var abbreviatedWords = map[string]string{
	"act": "action", "aft": "after", "attr": "attributes", "av": "available", "avail": "available", "avty": "availability", "b": "blue", "bat": "battery",
	"bri": "brightness", "cat": "category", "chrg": "charging", "cla": "class", "cln": "clean", "clr": "color", "cls": "close", "clsd": "closed", "cmd": "command", "cmps": "components",
	"cod": "code", "cont": "content", "curr": "current", "dev": "device", "dir": "direction", "dis": "disarm", "dly": "delay", "dsp": "display",
	"dur": "duration", "e": "encoding", "ent": "entity", "err": "error", "evt": "event", "exp": "expire", "feat": "features", "form": "format", "frc": "force",
	"fx": "effect", "g": "green", "hi": "high", "hum": "humidity", "ic": "icon", "img": "image", "init": "initial", "inst": "install", "jam": "jammed",
	"l": "latest", "lev": "level", "lo": "low", "loc": "locate", "med": "medium", "meas": "measurement", "mirs": "mireds", "mw": "mowing", "nite": "night", "o": "origin", "obj": "object",
	"opnd": "opened", "ops": "options", "opt": "optimistic", "osc": "oscillation", "p": "platform", "paus": "pause", "pct": "percentage", "pic": "picture",
	"pl": "payload", "pos": "position", "pow": "power", "pr": "preset", "prc": "precision", "prs": "press", "ptrn": "pattern", "r": "red", "rel": "release",
	"req": "required", "ret": "retain", "rng": "range", "rst": "reset", "s": "summary", "scl": "scale", "sp": "spot", "spd": "speed", "src": "source", "stat": "state",
	"strt": "start", "stype": "subtype", "sug": "suggested", "sup": "support", "t": "topic", "temp": "temperature", "tit": "title", "tpl": "template", "trig": "trigger",
	"typ": "types", "u": "url", "uniq": "unique", "unlk": "unlock", "upd": "update", "val": "value", "ver": "version", "whit": "white",
}

var abbreviatedKeys = map[string]string{
	"act_stat_t": "activity_state_topic", "act_val_tpl": "activity_value_template", "atype": "automation_type", "clrm": "color_mode",
	"clrm_stat_t": "color_mode_state_topic", "clrm_val_tpl": "color_mode_value_template", "clr_temp_cmd_tpl": "color_temp_command_template",
	"clr_temp_cmd_t": "color_temp_command_topic", "clr_temp_stat_t": "color_temp_state_topic", "clr_temp_tpl": "color_temp_template", "clr_temp_k": "color_temp_kelvin",
	"clr_temp_val_tpl": "color_temp_value_template", "en": "enabled_by_default", "fanspd_lst": "fan_speed_list", "fanspd_t": "fan_speed_topic", "fanspd_tpl": "fan_speed_template",
	"set_fan_spd_t": "set_fan_speed_topic", "flsh_tlng": "flash_time_long", "flsh_tsht": "flash_time_short", "hum_cmd_t": "target_humidity_command_topic",
	"hum_cmd_tpl": "target_humidity_command_template", "hum_stat_t": "target_humidity_state_topic", "hum_state_tpl": "target_humidity_state_template",
	"hum_stat_tpl": "target_humidity_state_template", "lrst_t": "last_reset_topic", "lrst_val_tpl": "last_reset_value_template", "pause_mw_cmd_tpl": "pause_command_template",
	"pl_arm_custom_b": "payload_arm_custom_bypass", "pl_ret": "payload_return_to_base", "pl_stpa": "payload_start_pause", "pl_toff": "payload_turn_off", "pl_ton": "payload_turn_on",
	"pos": "reports_position", "sup_vol": "support_volume_set", "sup_feat": "supported_features", "sup_clrm": "supported_color_modes", "opt": "optimistic",
	// full keys that contain an abbreviated word
	"max_temp": "max_temp", "min_temp": "min_temp", "temp_step": "temp_step", "color_temp_kelvin": "color_temp_kelvin", "color_temp": "color_temp",
	"color_temp_command_topic": "color_temp_command_topic", "color_temp_command_template": "color_temp_command_template", "color_temp_state_topic": "color_temp_state_topic",
	"color_temp_value_template": "color_temp_value_template", "color_temp_template": "color_temp_template",
}

var abbreviatedDeviceKeys = map[string]string{
	"cns": "connections", "cu": "configuration_url", "ids": "identifiers", "mf": "manufacturer", "mdl": "model", "mdl_id": "model_id",
	"hw": "hw_version", "sw": "sw_version", "sa": "suggested_area", "sn": "serial_number",
}

// unabbreviated returns the full key.
func unabbreviated(key string) string {
	if full, ok := abbreviatedKeys[key]; ok {
		return full
	}
	parts := strings.Split(key, "_")
	for i, p := range parts {
		if w, ok := abbreviatedWords[p]; ok {
			parts[i] = w
		}
	}
	return strings.Join(parts, "_")
}
