package homekit

import (
	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// What a service says by which characteristics it has.

// lightKind is told by what the light can do.
func lightKind(s *spec.Service) model.DeviceType {
	has := func(c string) bool { return s.Find(spec.CharacteristicType(c)) != nil }
	switch {
	case has("Hue"):
		return "light_color"
	case has("ColorTemperature"):
		return "light_color_temperature"
	case has("Brightness"):
		return "light_dimmable"
	}
	return "light_on_off"
}

// humidifierKind is told by the modes the device has.
func humidifierKind(s *spec.Service) model.DeviceType {
	c := s.Find(spec.CharacteristicType("TargetHumidifierDehumidifierState"))
	if c != nil && !allowed(c, 1) && allowed(c, 2) {
		return "dehumidifier"
	}
	return "humidifier"
}

func is(t model.DeviceType) func(*spec.Service) model.DeviceType {
	return func(*spec.Service) model.DeviceType { return t }
}

// lacks tells whether a service has no such characteristic.
func lacks(char string) func(*spec.Service) bool {
	return func(s *spec.Service) bool { return s.Find(spec.CharacteristicType(char)) == nil }
}
