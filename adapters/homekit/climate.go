package homekit

import (
	"slices"

	"github.com/concord-home/hub/hap/spec"
)

// The modes of a Thermostat.
const (
	modeOff  = 0
	modeHeat = 1
	modeCool = 2
	modeAuto = 3
)

// modes tells whether a thermostat has any of some modes.
func modes(any ...int) func(*spec.Service) bool {
	return func(s *spec.Service) bool {
		c := s.Find(spec.CharacteristicType("TargetHeatingCoolingState"))
		return c == nil || slices.ContainsFunc(any, func(m int) bool { return allowed(c, m) })
	}
}

// setpointOf picks which characteristic holds a setpoint now: TargetTemperature serves the mode that is on; the
// threshold holds it in mode auto and while another mode is on.
func setpointOf(threshold string, while ...int) func(*part) string {
	return func(p *part) string {
		if p.service.Find(spec.CharacteristicType(threshold)) == nil {
			return "TargetTemperature"
		}
		if m, ok := num(p.value("TargetHeatingCoolingState")); ok && (m == modeAuto || slices.Contains(while, int(m))) {
			return threshold
		}
		return "TargetTemperature"
	}
}
