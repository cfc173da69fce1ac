package zigbee2mqtt

import (
	"regexp"
	"slices"
	"strings"
)

// facts is what the rules may know of the whole device when they look at one expose.
type facts struct {
	text        string // vendor, model and description, in lower case
	powerSource string // bridge/devices' word; "" when only the definition is known
	exposed     map[string]bool
	bundled     map[string]bool // light, switch, ... that occur
	endpoints   map[string]int  // bundle -> number of endpoints it occurs on
	cools       bool            // system_mode has "cool"
}

func newFacts(d *definition, powerSource string) *facts {
	f := &facts{
		text:        strings.ToLower(d.Vendor + " " + d.Model + " " + d.Description),
		powerSource: powerSource,
		exposed:     map[string]bool{}, bundled: map[string]bool{}, endpoints: map[string]int{},
	}
	for _, l := range d.leaves() {
		f.exposed[l.Name] = true
		if l.Name == "system_mode" && slices.Contains(l.Values, "cool") {
			f.cools = true
		}
		if l.context != "" {
			f.bundled[l.context] = true
			if l.Name == "state" && ownState(f, l) {
				f.endpoints[l.context]++
			}
		}
	}
	return f
}

func (f *facts) any(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return f.exposed[n] })
}

// The predicates of the rules.

func has(names ...string) func(*facts, leaf) bool {
	return func(f *facts, _ leaf) bool { return f.any(names...) }
}

func is(bundle string) func(*facts, leaf) bool {
	return func(f *facts, _ leaf) bool { return f.bundled[bundle] }
}

func not(p func(*facts, leaf) bool) func(*facts, leaf) bool {
	return func(f *facts, l leaf) bool { return !p(f, l) }
}

func all(ps ...func(*facts, leaf) bool) func(*facts, leaf) bool {
	return func(f *facts, l leaf) bool {
		return !slices.ContainsFunc(ps, func(p func(*facts, leaf) bool) bool { return !p(f, l) })
	}
}

func unit(units ...string) func(*facts, leaf) bool {
	return func(_ *facts, l leaf) bool { return slices.Contains(units, unitName(l.Unit)) }
}

func settable(_ *facts, l leaf) bool { return l.Access&accessSet != 0 }

// ownState holds for the state that is the switch's own: a switch expose whose property is
// called otherwise (window_detection, away_mode) is a setting.
func ownState(_ *facts, l leaf) bool {
	return l.key() == l.Name || l.key() == "state" || strings.HasPrefix(l.Property, "state_")
}

func memberWords(l leaf) string {
	return spelling(l.ValueOn.String()) + "/" + spelling(l.ValueOff.String())
}

func lockWords(_ *facts, l leaf) bool {
	w := memberWords(l)
	return w == "unlock/lock" || w == "lock/unlock"
}

func onOffWords(f *facts, l leaf) bool {
	switch memberWords(l) {
	case "on/off", "true/false":
		return settable(f, l)
	}
	return false
}

var (
	garageText = regexp.MustCompile(`garage`)
	valveText  = regexp.MustCompile(`valve|irrigation|sprinkler|watering|water timer|faucet|water shut`)
	notAValve  = regexp.MustCompile(`radiator|thermostat|trv|fan with|underfloor|remote|heating|temperature control`)
	sirenText  = regexp.MustCompile(`siren|sound and|alarm with|chime|doorbell`)
)

func garage(f *facts, _ leaf) bool {
	return garageText.MatchString(f.text) && !f.exposed["contact"]
}

func valve(f *facts, _ leaf) bool {
	return valveText.MatchString(f.text) && !notAValve.MatchString(f.text) && !f.bundled["climate"] && !f.bundled["light"]
}

func siren(f *facts, _ leaf) bool {
	return sirenText.MatchString(f.text) || f.any("melody", "alarm_melody", "ringtone", "alarm_ringtone", "alarm_ring")
}

func blinks(_ *facts, l leaf) bool { return slices.Contains(l.Values, "blink") }

// togglesAfter holds for a countdown after which the relay toggles: on now and a countdown is "on for".
func togglesAfter(f *facts, l leaf) bool {
	return f.bundled["switch"] && (unitName(l.Unit) == "s" || l.Unit == "")
}

// climatic holds for devices that regulate a temperature, with a climate expose or, as
// adapters for air conditioners and pilot wire heaters often have it, without.
func climatic(f *facts, _ leaf) bool {
	return f.bundled["climate"] || bareAirConditioner(f) || bareThermostat(f)
}

func bareAirConditioner(f *facts) bool {
	return !f.bundled["climate"] && f.exposed["system_mode"] && f.exposed["state"] &&
		f.any("target_temperature", "occupied_heating_setpoint", "occupied_cooling_setpoint", "current_heating_setpoint", "current_cooling_setpoint")
}

func bareThermostat(f *facts) bool {
	return !f.bundled["climate"] && f.any("occupied_heating_setpoint", "current_heating_setpoint", "system_mode", "pilot_wire_mode", "target_temperature") &&
		f.any("local_temperature", "current_temperature", "system_mode", "pilot_wire_mode", "occupied_heating_setpoint", "current_heating_setpoint")
}

// oneSetpoint holds where one setpoint serves whichever of heating and cooling is active.
func oneSetpoint(f *facts, _ leaf) bool {
	return f.cools && !f.any("occupied_cooling_setpoint", "current_cooling_setpoint")
}

// fanMode keeps the rule for fans from an air conditioner's last mode and the like.
func fanMode(f *facts, l leaf) bool { return l.Name == "fan_mode" || l.context == "fan" }

func sensing(f *facts, _ leaf) bool {
	return f.any("occupancy", "presence", "motion", "pir", "presence_state", "human_presence_state")
}

// onBattery holds for a voltage that is the battery's: in mV without a meter beside it, or on
// a device that has a battery and measures neither power nor current.
func onBattery(f *facts, l leaf) bool {
	if f.any("power", "current", "energy") {
		return false
	}
	return f.any("battery", "battery_low") || strings.HasPrefix(f.powerSource, "Battery") || unitName(l.Unit) == "mV"
}

// forcedHeatWords is how the definitions of several Tuya valves warn that "heat" keeps the valve
// open whatever the temperature, and that "auto" is what regulates.
var forcedHeatWords = regexp.MustCompile(`(?i)continuously heating|fully open|does not regulate`)

func forcedHeat(l leaf) bool {
	v := l.values()
	return forcedHeatWords.MatchString(l.Description) && slices.Contains(v, "heat") && slices.Contains(v, "auto")
}
