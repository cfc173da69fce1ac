package dueros

import (
	"encoding/json"
	"unicode"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Names of facets as DuerOS says them.
var (
	power      = speakers.Named{Name: "turnOnState", Facet: speakers.Power, Form: speakers.Flag}
	brightness = speakers.Named{Name: "brightness", Facet: speakers.Brightness}
	fraction   = speakers.Named{Name: "brightness", Facet: speakers.Brightness, Scale: 0.01} // the first version of the protocol says 0 to 1
	tone       = speakers.Named{Name: "colorTemperatureInKelvin", Facet: speakers.Tone}
	target     = speakers.Named{Name: "temperature", Facet: speakers.Target}
	room       = speakers.Named{Name: "temperatureReading", Facet: speakers.RoomTemperature}
	humidity   = speakers.Named{Name: "humidity", Facet: speakers.Moisture}
	pm25       = speakers.Named{Name: "PM25", Facet: speakers.Dust}
	co2        = speakers.Named{Name: "co2", Facet: speakers.Carbon}
	fan        = speakers.Named{Name: "fanSpeed", Facet: speakers.FanSpeed, Scale: 0.1} // 1 to 10
	volume     = speakers.Named{Name: "volume", Facet: speakers.Loudness}
	mute       = speakers.Named{Name: "muteState", Facet: speakers.Silence, Form: speakers.Flag}
	opening    = speakers.Named{Name: "degree", Facet: speakers.Opening}
	lock       = speakers.Named{Name: "lockState", Facet: speakers.Locked, Form: speakers.Flag}
	battery    = speakers.Named{Name: "electricityCapacity", Facet: speakers.Charge}
	mode       = speakers.Named{Name: "mode", Facet: speakers.Climate, Form: speakers.Word, Words: [][2]string{
		{"AUTO", "auto"}, {"COOL", "cool"}, {"HEAT", "heat"}, {"FAN", "fan_only"}, {"DEHUMIDIFICATION", "dry"}, {"SLEEP", "sleep"}}}
)

// properties are the attributes of a device.
var properties = []speakers.Named{power, brightness, tone, target, room, humidity, pm25, co2, fan, mode, volume, mute, opening, lock, battery}

var scales = map[string]string{"brightness": "%", "temperature": "CELSIUS", "temperatureReading": "CELSIUS", "humidity": "%", "PM25": "μg/m3", "co2": "ppm", "volume": "%", "degree": "%", "electricityCapacity": "%", "colorTemperatureInKelvin": "K"}

// verbs are what DuerOS and Xiaowei say.
var verbs = envelope.NewTable(append(envelope.Switching(power), []envelope.Verb{
	{Name: "TimingTurnOn", Does: envelope.Fix, Named: power, Value: "true", Later: "打开"},
	{Name: "TimingTurnOff", Does: envelope.Fix, Named: power, Value: "false", Later: "关闭"},
	{Name: "TimingSetMode", Does: envelope.Set, Named: mode, Key: "mode", Later: "设置模式："},
	{Name: "SetBrightnessPercentage", Does: envelope.Set, Named: brightness, Key: "brightness"},
	{Name: "IncrementBrightnessPercentage", Does: envelope.Raise, Named: brightness, Step: 20, Key: "deltaPercentage"},
	{Name: "DecrementBrightnessPercentage", Does: envelope.Lower, Named: brightness, Step: 20, Key: "deltaPercentage"},
	{Name: "IncrementBrightness", Does: envelope.Raise, Named: fraction, Step: 20, Key: "deltaBrightness"},
	{Name: "DecrementBrightness", Does: envelope.Lower, Named: fraction, Step: 20, Key: "deltaBrightness"},
	{Name: "SetColor", Does: envelope.Act, Do: setColor, Key: "color"},
	{Name: "SetColorTemperature", Does: envelope.Set, Named: tone, Key: "colorTemperatureInKelvin"},
	{Name: "IncrementColorTemperature", Does: envelope.Raise, Named: tone, Step: 500, Key: "deltaPercentage"},
	{Name: "DecrementColorTemperature", Does: envelope.Lower, Named: tone, Step: 500, Key: "deltaPercentage"},
	{Name: "SetTemperature", Does: envelope.Set, Named: target, Key: "targetTemperature"},
	{Name: "IncrementTemperature", Does: envelope.Raise, Named: target, Step: 1, Key: "deltaValue"},
	{Name: "DecrementTemperature", Does: envelope.Lower, Named: target, Step: 1, Key: "deltaValue"},
	{Name: "SetFanSpeed", Does: envelope.Set, Named: fan, Key: "fanSpeed"},
	{Name: "IncrementFanSpeed", Does: envelope.Raise, Named: fan, Step: 33, Key: "deltaValue"},
	{Name: "DecrementFanSpeed", Does: envelope.Lower, Named: fan, Step: 33, Key: "deltaValue"},
	{Name: "SetMode", Does: envelope.Set, Named: mode, Key: "mode"},
	{Name: "TurnOnPercent", Does: envelope.Set, Named: opening, Key: "degree"},
	{Name: "SetVolume", Does: envelope.Set, Named: volume, Key: "deltaValue"},
	{Name: "IncrementVolume", Does: envelope.Raise, Named: volume, Step: 10, Key: "deltaValue"},
	{Name: "DecrementVolume", Does: envelope.Lower, Named: volume, Step: 10, Key: "deltaValue"},
	{Name: "SetVolumeMute", Does: envelope.Set, Named: mute, Key: "deltaValue"},
	{Name: "SetLockState", Does: envelope.Act, Do: setLock, Key: "lockState"},
	{Name: "SetCharging", Does: envelope.Act, Do: envelope.Command("robot_vacuum.dock")},
	{Name: "GetTurnOnState", Does: envelope.Read, Named: power, Key: "turnOnState"},
	{Name: "GetTemperatureReading", Does: envelope.Read, Named: room, Key: "temperatureReading"},
	{Name: "GetTargetTemperature", Does: envelope.Read, Named: target, Key: "targetTemperature"},
	{Name: "GetHumidity", Does: envelope.Read, Named: humidity, Key: "humidity"},
	{Name: "GetAirPM25", Does: envelope.Read, Named: pm25, Key: "PM25"},
	{Name: "GetCO2Quantity", Does: envelope.Read, Named: co2, Key: "ppm"},
	{Name: "GetLockState", Does: envelope.Read, Named: lock, Key: "lockState"},
	{Name: "GetElectricityCapacity", Does: envelope.Read, Named: battery, Key: "electricityCapacity"},
}...))

// setColor sets {"hue":0-360,"saturation":0-1,"brightness":0-1}.
func setColor(d *home.Device, raw json.RawMessage) (home.Ask, model.ReasonCode) {
	if !speakers.Can(d, speakers.Hue) {
		return home.Ask{}, model.ReasonUnsupported
	}
	var c struct {
		Hue        *float64 `json:"hue"`
		Saturation *float64 `json:"saturation"`
	}
	if json.Unmarshal(raw, &c) != nil || c.Hue == nil || c.Saturation == nil {
		return home.Ask{}, model.ReasonInvalidValue
	}
	return speakers.Paint(d, *c.Hue, *c.Saturation*100)
}

// setLock locks; what opens the house wants a PIN, which DuerOS passes on nowhere.
func setLock(d *home.Device, raw json.RawMessage) (home.Ask, model.ReasonCode) {
	if !speakers.Locked.Can(d) {
		return home.Ask{}, model.ReasonUnsupported
	}
	var state string
	_ = json.Unmarshal(raw, &state) // what is no text is no state
	switch state {
	case "LOCKED", "ON":
		return speakers.Locked.Set(d, model.Bool(true))
	case "UNLOCKED", "OFF":
		return speakers.Locked.Set(d, model.Bool(false))
	}
	return home.Ask{}, model.ReasonInvalidValue
}

// special are the signs that no name may have.
func special(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
