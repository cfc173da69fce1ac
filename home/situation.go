package home

import (
	"time"

	"github.com/concord-home/hub/model"
)

// Situation is how things stand with a scene at a moment: enough to say why it ran or did not.
type Situation struct {
	Scene   string    `json:"scene"`
	At      time.Time `json:"at"`
	Enabled bool      `json:"enabled"`
	// ByHand says that nothing runs the scene but people and other scenes.
	ByHand bool `json:"by_hand"`
	// Awaits are its triggers, and how it is with what each waits for.
	Awaits []Awaited `json:"awaits,omitempty"`
	// Conditions are those under if, as they are now; Verdict is what they come to.
	Conditions []Check   `json:"conditions,omitempty"`
	Verdict    Verdict   `json:"verdict,omitempty"`
	QuietUntil time.Time `json:"quiet_until,omitzero"`
	// Evaluations are the last, newest first.
	Evaluations []Evaluation `json:"evaluations,omitempty"`
	Running     []Run        `json:"running,omitempty"`
	LastRun     time.Time    `json:"last_run,omitzero"`
	// Failed are the commands of the last run that did not come to what was asked.
	Failed []model.CommandID `json:"failed,omitempty"`
	// Sets are the attributes that it sets, in the house as it is, and to what first.
	Sets []Aim `json:"sets,omitempty"`
}

// Touch is an attribute of a device.
type Touch struct {
	Device    model.DeviceID   `json:"device"`
	Endpoint  model.EndpointID `json:"endpoint"`
	Attribute model.Attribute  `json:"attribute"`
}

// Aim is an attribute and what it is set to; unknown when a command works that out.
type Aim struct {
	Touch
	Value model.Value `json:"value,omitzero"`
}

// Awaited is one trigger.
type Awaited struct {
	Path string `json:"path"`
	// Kind is attribute, event, presence, time, mode, scene, webhook or topic.
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"` // of the mode, scene, webhook, topic, event or time
	// Check is what it waits for and what is there now; true says that the value is there already.
	Check Check `json:"check"`
	// Due is when a trigger by the clock comes next; zero when never.
	Due time.Time `json:"due,omitzero"`
	// Silent is why its device cannot be reached; empty when it can.
	Silent string `json:"silent,omitempty"`
	// BatteryLow is the device's last word on its battery when that was low, in percent.
	BatteryLow *float64 `json:"battery_low,omitempty"`
	// LastHeard is when the device last said anything.
	LastHeard time.Time `json:"last_heard,omitzero"`
}

// batteryLow is the percentage from which a battery is likely to be why a device is silent.
const batteryLow = 10

// LowBattery is the device's last word on its battery, in percent, when that is low enough to be why it is silent.
func (d *Device) LowBattery() (pct float64, low bool) {
	slot, ok := d.Find(model.AttrPowerSourceBatteryPct)
	if !ok {
		return 0, false
	}
	st, _ := d.State(slot)
	pct, known := st.Value.Number()
	return pct, known && pct <= batteryLow
}
