package zigbee2mqtt

import "strings"

// unitNames gives Zigbee2MQTT's spellings of a unit the one the hub uses. What is not listed stays as it is.
var unitNames = map[string]string{
	"sec": "s", "seconds": "s", "second": "s", "Seconds": "s", "secs": "s",
	"min.": "min", "mins": "min", "minutes": "min", "minute": "min", "Minutes": "min", "m.": "min",
	"hours": "h", "Hours": "h", "hour": "h",
	"days": "d", "Days": "d", "day": "d",
	"C": "°C", "℃": "°C", "F": "°F", "℉": "°F",
	"μg/m³": "µg/m³", "ug/m3": "µg/m³", "µg/m3": "µg/m³", "μg/m3": "µg/m³", "ug/m³": "µg/m³",
	"mg/m3": "mg/m³", "m3": "m³", "m3/h": "m³/h", "L": "l", "Bq/m3": "Bq/m³",
	"VAR": "var", "kVARh": "kvarh", "kVAh": "kVAh", "percent": "%", "lux": "lx", "lqi": "",
	"hertz": "Hz", "deg": "°", "degrees": "°", "degree": "°", "meters": "m", "Kbps": "kbit/s",
}

// unitName returns the hub's spelling of a unit.
func unitName(unit string) string {
	unit = strings.TrimSpace(unit)
	if n, ok := unitNames[unit]; ok {
		return n
	}
	return unit
}

type unitPair struct{ from, to string }

// unitScales says by what to multiply a value in one unit to have it in another.
var unitScales = map[unitPair]float64{
	{"mV", "V"}: 1e-3, {"kV", "V"}: 1e3,
	{"mA", "A"}: 1e-3,
	{"kW", "W"}: 1e3, {"mW", "W"}: 1e-3, {"kVA", "VA"}: 1e3,
	{"Wh", "kWh"}: 1e-3, {"MWh", "kWh"}: 1e3,
	{"kPa", "hPa"}: 10, {"Pa", "hPa"}: 1e-2, {"mbar", "hPa"}: 1,
	{"min", "s"}: 60, {"h", "s"}: 3600, {"ms", "s"}: 1e-3,
	{"cm", "m"}: 1e-2, {"mm", "m"}: 1e-3,
	{"l", "m³"}: 1e-3, {"l/min", "m³/h"}: 0.06, {"l/h", "m³/h"}: 1e-3,
	{"µg/m³", "mg/m³"}: 1e-3, {"mg/m³", "µg/m³"}: 1e3, {"ppm", "ppb"}: 1e3, {"ppb", "ppm"}: 1e-3,
	{"%", ""}:   1e-2,              // a power factor
	{"°C", "K"}: 1, {"K", "°C"}: 1, // differences only: calibrations
	{"dBA", "dB"}: 1, {"kHz", "Hz"}: 1e3,
}

// unitScale returns the factor from one unit to another. A value without a unit is taken to be in the unit
// wanted; ok is false when the two are not the same quantity.
func unitScale(from, to string) (factor float64, ok bool) {
	from, to = unitName(from), unitName(to)
	if from == to || from == "" {
		return 1, true
	}
	factor, ok = unitScales[unitPair{from, to}]
	return factor, ok
}
