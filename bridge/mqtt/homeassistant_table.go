package mqttbridge

import "github.com/concord-home/hub/model"

// entityClass says how Home Assistant calls an attribute that is read.
type entityClass struct {
	class, unit, state string // device class, unit of measurement, state class
}

// sensorClasses are attributes that Home Assistant shows as sensors of a class.
var sensorClasses = map[model.Attribute]entityClass{
	"temperature.celsius": {"temperature", "°C", "measurement"}, "thermostat.outdoor_temperature": {"temperature", "°C", "measurement"}, "humidity.percent": {"humidity", "%", "measurement"},
	"illuminance.lux": {"illuminance", "lx", "measurement"}, "pressure.hpa": {"atmospheric_pressure", "hPa", "measurement"}, "soil_moisture.percent": {"moisture", "%", "measurement"},
	"power_meter.watts": {"power", "W", "measurement"}, "power_meter.volts": {"voltage", "V", "measurement"}, "power_meter.amps": {"current", "A", "measurement"},
	"power_meter.hz": {"frequency", "Hz", "measurement"}, "power_meter.va": {"apparent_power", "VA", "measurement"}, "power_meter.var": {"reactive_power", "var", "measurement"},
	"energy_meter.imported_kwh": {"energy", "kWh", "total_increasing"}, "energy_meter.exported_kwh": {"energy", "kWh", "total_increasing"},
	"power_source.battery_pct": {"battery", "%", "measurement"}, "power_source.battery_voltage": {"voltage", "V", "measurement"}, "health.rssi": {"signal_strength", "dBm", "measurement"},
	"health.last_seen": {"timestamp", "", ""}, "concentration.co2_ppm": {"carbon_dioxide", "ppm", "measurement"}, "concentration.co_ppm": {"carbon_monoxide", "ppm", "measurement"},
	"concentration.pm1_ugm3": {"pm1", "µg/m³", "measurement"}, "concentration.pm25_ugm3": {"pm25", "µg/m³", "measurement"}, "concentration.pm10_ugm3": {"pm10", "µg/m³", "measurement"},
	"concentration.tvoc_ugm3": {"volatile_organic_compounds", "µg/m³", "measurement"}, "concentration.tvoc_ppb": {"volatile_organic_compounds_parts", "ppb", "measurement"},
	"air_quality.aqi": {"aqi", "", "measurement"}, "health.device_temperature": {"temperature", "°C", "measurement"},
}

// binaryClass says how Home Assistant calls an attribute that is true or false, or one member of an enum against the rest.
type binaryClass struct {
	class, on, off string
}

var binaryClasses = map[model.Attribute]binaryClass{
	"contact.open": {"door", "true", "false"}, "occupancy.occupied": {"occupancy", "true", "false"}, "water_leak.leak": {"moisture", "true", "false"},
	"tamper.tampered": {"tamper", "true", "false"}, "vibration.vibrating": {"vibration", "true", "false"}, "fault.active": {"problem", "true", "false"},
	"rain.raining": {"moisture", "true", "false"}, "freeze.freezing": {"cold", "true", "false"}, "thermostat.window_open": {"window", "true", "false"},
	"smoke_co_alarm.smoke": {"smoke", "critical", "normal"}, "smoke_co_alarm.co": {"carbon_monoxide", "critical", "normal"}, "gas_leak.gas": {"gas", "critical", "normal"},
	"power_source.battery_level": {"battery", "warning", "ok"},
}

// climateModes are the modes of a thermostat in Home Assistant's words, and climateActions what it is doing.
var (
	climateModes   = map[string]string{"off": "off", "auto": "heat_cool", "cool": "cool", "heat": "heat", "dry": "dry", "fan_only": "fan_only"}
	climateActions = map[string]string{"heat": "heating", "cool": "cooling", "fan": "fan", "idle": "idle"}
)
