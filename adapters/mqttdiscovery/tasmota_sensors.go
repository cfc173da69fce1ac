package mqttdiscovery

import (
	"maps"
	"slices"
	"strconv"

	"github.com/concord-home/hub/model"
)

// tasmotaSensors gives the readings of Tasmota's sensors their names in the catalogue.
var tasmotaSensors = map[string]model.Attribute{
	"Temperature": "temperature.celsius", "Humidity": "humidity.percent", "Pressure": "pressure.hpa", "Illuminance": "illuminance.lux",
	"CarbonDioxide": "concentration.co2_ppm", "eCO2": "concentration.co2_ppm", "TVOC": "concentration.tvoc_ppb", "PM2.5": "concentration.pm25_ugm3", "PB2.5": "concentration.pm25_ugm3",
	"PM10": "concentration.pm10_ugm3", "PM1": "concentration.pm1_ugm3", "Moisture": "soil_moisture.percent",
	"Power": "power_meter.watts", "Voltage": "power_meter.volts", "Current": "power_meter.amps", "Frequency": "power_meter.hz", "Factor": "power_meter.power_factor",
	"ApparentPower": "power_meter.va", "ReactivePower": "power_meter.var", "Total": "energy_meter.imported_kwh", "ExportActive": "energy_meter.exported_kwh",
}

// sensors adds what the sensors message shows: an object a sensor, with numbers, or lists of them for the phases of a meter.
func (mk *tasmotaMaker) sensors(payload []byte) {
	m := &message{payload: payload}
	all, _ := m.member("sn").(map[string]any)
	unit, _ := all["TempUnit"].(string)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		values, ok := all[name].(map[string]any)
		if !ok {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			switch v := values[key].(type) {
			case int64, float64:
				mk.sensor(model.MainEndpoint, name, key, unit, -1)
			case []any:
				for i := range v {
					mk.sensor(model.EndpointID("phase"+strconv.Itoa(i+1)), name, key, unit, i)
				}
			}
		}
	}
}

func (mk *tasmotaMaker) sensor(at model.EndpointID, name, key, unit string, phase int) {
	a, known := tasmotaSensors[key]
	if !known {
		a = model.Attribute("measurement." + slug(name+" "+key))
	}
	conv := scaled(1, 0)
	if a == "temperature.celsius" && unit == "F" {
		conv = scaled(5.0/9, -160.0/9)
	}
	p := &point{endpoint: at, property: property(a, model.AccessRead), topic: mk.topic(2, "SENSOR"), more: []string{mk.topic(1, "STATUS8"), mk.topic(1, "STATUS10")}}
	if a.IsLongTail() {
		p.property.Type, p.property.Label = model.TypeFloat, model.Text{En: name + " " + key}
	}
	p.read = func(m *message) model.Value {
		v := m.member(name, key)
		if v == nil {
			v = m.member("StatusSNS", name, key)
		}
		if list, ok := v.([]any); ok && phase >= 0 && phase < len(list) {
			v = list[phase]
		}
		if f, ok := float(v); ok {
			return conv.read(format(f))
		}
		return model.Value{}
	}
	if !mk.t.add(p) {
		p.endpoint = model.EndpointID(slug(name))
		mk.labels[p.endpoint] = name
		mk.t.add(p)
	}
}
