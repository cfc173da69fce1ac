package zigbee2mqtt

import (
	"regexp"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// facts is what the rules may know of the whole device when they look at one expose.
type facts struct {
	text        string // vendor, model and description, in lower case
	model       string // vendor and model, in lower case
	powerSource string // bridge/devices' word; "" when only the definition is known
	exposed     map[string]bool
	at          map[model.EndpointID]map[string]bool // what each endpoint exposes
	bundled     map[string]bool                      // light, switch, ... that occur
	endpoints   map[string]int                       // bundle -> number of endpoints it occurs on
	cools       bool                                 // system_mode has "cool"
}

func newFacts(d *definition, powerSource string) *facts {
	f := &facts{
		text:        strings.ToLower(d.Vendor + " " + d.Model + " " + d.Description),
		model:       strings.ToLower(d.Vendor + " " + d.Model),
		powerSource: powerSource,
		exposed:     map[string]bool{}, at: map[model.EndpointID]map[string]bool{}, bundled: map[string]bool{}, endpoints: map[string]int{},
	}
	for _, l := range d.leaves() {
		f.exposed[l.Name] = true
		if f.at[l.endpoint] == nil {
			f.at[l.endpoint] = map[string]bool{}
		}
		f.at[l.endpoint][l.Name] = true
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

// beside holds when the same endpoint exposes one of the names too.
func beside(names ...string) func(*facts, leaf) bool {
	return func(f *facts, l leaf) bool {
		return slices.ContainsFunc(names, func(n string) bool { return f.at[l.endpoint][n] })
	}
}

// says holds when the expose's description contains one of the words.
func says(words ...string) func(*facts, leaf) bool {
	return func(_ *facts, l leaf) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(l.Description, w) })
	}
}

// named holds for an expose that is published under another name than its own.
func named(key string) func(*facts, leaf) bool {
	return func(_ *facts, l leaf) bool { return l.key() == key }
}

// timed holds for a value with a unit of time: a bare number may be minutes or seconds.
func timed(_ *facts, l leaf) bool {
	_, ok := unitScale(l.Unit, "s")
	return ok && l.Unit != ""
}

// single holds for an enum with one member: a push button.
func single(_ *facts, l leaf) bool { return len(l.Values) == 1 }

// fromZero holds for a scale that begins near nothing, of which a percentage can be taken.
func fromZero(_ *facts, l leaf) bool {
	return l.Max != nil && *l.Max > 1 && *l.Max <= 100 && l.Min != nil && (*l.Min == 0 || *l.Min == 1)
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

// onlySensing keeps the sensitivity of a knob, a gas sensor or a vibration sensor from being taken for a motion sensor's.
func onlySensing(f *facts, l leaf) bool {
	return settable(f, l) && sensing(f, l) && !f.any("vibration", "gas", "smoke") && !f.bundled["light"] &&
		!says("otation", "ibration", "udio", "lux")(f, l)
}

// onBattery holds for a voltage that is the battery's: in mV without a meter beside it, or on
// a device that has a battery and measures neither power nor current.
func onBattery(f *facts, l leaf) bool {
	if f.any("power", "current", "energy") {
		return false
	}
	return f.any("battery", "battery_low") || strings.HasPrefix(f.powerSource, "Battery") || unitName(l.Unit) == "mV"
}

// forcedHeatModels lists what is known to keep the valve open in "heat" whatever the temperature, and to regulate in
// "auto", by vendor and model in lower case: older definitions do not say so themselves.
var forcedHeatModels = map[string]bool{
	"tuya ts0601_thermostat": true,
	"tech vnth-t2_v1":        true,
}

// forcedHeatWords is how definitions warn of it.
var forcedHeatWords = regexp.MustCompile(`(?i)continuously heating|fully open|does not regulate`)

func forcedHeat(f *facts, l leaf) bool {
	v := l.values()
	return (forcedHeatModels[f.model] || forcedHeatWords.MatchString(l.Description)) &&
		slices.Contains(v, "heat") && slices.Contains(v, "auto") && !slices.Contains(v, "cool")
}
