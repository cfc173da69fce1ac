package zigbee2mqtt

// The tables in this file give the members of Zigbee2MQTT's enums, in the form that
// spelling makes of them, their names in the catalogue. Writes go back to the device's own spelling.

var startupNames = map[string]string{
	"off": "off", "on": "on", "toggle": "toggle", "inverted": "toggle", "reverse": "toggle",
	"previous": "previous", "restore": "previous", "last_state": "previous", "memory": "previous", "recover": "previous",
	"power_off": "off", "power_on": "on", "last": "previous", "last_status": "previous",
	"switch_off": "off", "switch_on": "on", "keep": "previous", "0": "off", "1": "on", "2": "previous",
}

var modeNames = map[string]string{
	"off": "off", "auto": "auto", "cool": "cool", "heat": "heat", "fan_only": "fan_only", "dry": "dry",
	"sleep": "sleep", "emergency_heating": "emergency_heat", "emergency_heat": "emergency_heat",
	"precooling": "precooling", "heat_cool": "auto", "cooling": "cool", "heating": "heat", "fan": "fan_only",
}

// boostModeNames holds for valves that keep heating in "heat" and regulate in "auto" (see forcedHeat):
// what the household calls heating is the device's auto, and its heat is forced.
var boostModeNames = map[string]string{"off": "off", "auto": "heat", "heat": "emergency_heat"}

var presetNames = map[string]string{
	"manual": "manual", "man": "manual", "hand": "manual", "none": "manual", "hold": "manual", "manu": "manual", "setpoint": "manual",
	"user": "manual", "permanent_override": "manual", "temporary_override": "other", "mixed": "other", "evening": "other", "wind_down": "going_to_sleep", "occupancy_off": "unoccupied",
	"auto": "schedule", "schedule": "schedule", "program": "schedule", "programming": "schedule", "timer": "schedule", "scheduled": "schedule", "programmed": "schedule",
	"comfort": "comfort", "comfort_1": "other", "comfort_2": "other", "comfort_mode": "comfort", "day": "comfort",
	"eco": "eco", "eco_mode": "eco", "economy": "eco", "energy_saving": "eco", "economic": "eco",
	"away": "away", "leave": "away", "away_mode": "away", "out": "away",
	"boost": "boost", "boost_mode": "boost", "heat": "boost", "fast": "boost", "turbo": "boost",
	"sleep": "sleep", "night": "sleep", "going_to_sleep": "sleep",
	"frost": "frost_protection", "frost_protection": "frost_protection", "antifrost": "frost_protection", "anti_frost": "frost_protection",
	"anti_freeze": "frost_protection", "antifreeze": "frost_protection", "freeze_protection": "frost_protection", "frost_off": "frost_protection",
	"holiday": "holiday", "vacation": "vacation", "off": "off", "standby": "off", "stop": "off",
	"occupied": "occupied", "unoccupied": "unoccupied", "wake": "wake", "home": "occupied",
	"temp_auto": "other", "temporary_manual": "other", "temp_manual": "other", "temporary": "other", "complex": "other", "on": "other",
	"comfort__1": "other", "comfort__2": "other", "comfort_minus_1": "other", "comfort_minus_2": "other", "window": "other", "activity": "other",
	"manual_heat": "other", "schedule_with_override": "other",
}

var runningNames = map[string]string{
	"idle": "idle", "off": "idle", "heat": "heat", "heating": "heat", "cool": "cool", "cooling": "cool",
	"fan_only": "fan", "fan": "fan", "standby": "idle", "dry": "cool",
}

var fanModeNames = map[string]string{
	"off": "off", "low": "low", "minimum": "low", "min": "low", "slow": "low", "medium": "medium", "mid": "medium", "middle": "medium",
	"high": "high", "maximum": "high", "max": "high", "fast": "high", "on": "on", "auto": "auto", "smart": "smart",
	"turbo": "turbo", "quiet": "quiet", "silent": "quiet", "strong": "turbo",
}

var sourceNames = map[string]string{"manual": "manual", "schedule": "schedule", "externally": "external", "external": "external"}

var chargeNames = map[string]string{
	"charging": "charging", "charged": "full", "full": "full", "fully_charged": "full", "not_charging": "not_charging", "discharging": "discharging",
	"uncharged": "not_charging", "unknown": "unknown", "complete": "full", "none": "not_charging",
}

var batteryNames = map[string]string{
	"low": "warning", "medium": "ok", "middle": "ok", "high": "ok", "full": "ok", "normal": "ok", "good": "ok",
	"critical": "critical", "very_low": "critical", "empty": "critical", "exhausted": "critical", "ok": "ok",
}

var airQualityNames = map[string]string{
	"excellent": "good", "good": "good", "fair": "fair", "moderate": "moderate", "poor": "poor", "unhealthy": "very_poor", "bad": "poor",
	"very_poor": "very_poor", "hazardous": "extremely_poor", "extremely_poor": "extremely_poor", "out_of_range": "unknown", "unknown": "unknown",
	"very_good": "good", "light_pollution": "moderate", "heavy_pollution": "very_poor", "mild": "fair", "severe": "extremely_poor",
}

var movingNames = map[string]string{
	"opening": "opening", "closing": "closing", "stopped": "stopped", "stop": "stopped", "idle": "stopped", "pause": "stopped",
	"up": "opening", "down": "closing", "open": "opening", "close": "closing", "blocked": "stopped",
}

var lockStateNames = map[string]string{
	"locked": "locked", "unlocked": "unlocked", "not_fully_locked": "not_fully_locked", "unlatched": "unlatched",
	"lock": "locked", "unlock": "unlocked", "unknown": "unknown",
}

var doorNames = map[string]string{
	"open": "open", "closed": "closed", "error_jammed": "jammed", "jammed": "jammed", "error_forced_open": "forced",
	"error_unspecified": "unspecified", "unspecified": "unspecified", "undefined": "unspecified", "ajar": "ajar", "close": "closed",
}

var alarmNames = map[string]string{
	"normal": "normal", "clear": "normal", "none": "normal", "no_alarm": "normal", "no_smoke": "normal", "off": "normal",
	"alarm": "critical", "detected": "critical", "critical": "critical", "warning": "warning", "pre_alarm": "warning", "on": "critical",
	"high": "critical", "low": "warning", "smoke": "critical",
}

var colorModeNames = map[string]string{"hs": "hs", "xy": "xy", "color_temp": "ct"}

// bits of fan.swing in the vane positions that ONOKOM air-conditioner adapters use.
var swingSets = map[string][]string{
	"0": {}, "1": {"left_right", "up_down"}, "2": {"left_right"}, "3": {"up_down"},
	"off": {}, "both": {"left_right", "up_down"}, "horizontal": {"left_right"}, "vertical": {"up_down"},
}

var valveNames = map[string]string{
	"open": "open", "opened": "open", "on": "open", "closed": "closed", "close": "closed", "off": "closed",
	"opening": "transitioning", "closing": "transitioning", "manual": "open", "auto": "open", "idle": "closed",
}
