package api

import (
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Activity is one line of the logbook: what happened in the house, and why.
type Activity struct {
	Seq    uint64         `json:"seq" doc:"ask for what is older with before"`
	At     time.Time      `json:"at"`
	Kind   string         `json:"kind" enum:"changed,occurred,command,device,presence,scene"`
	Device model.DeviceID `json:"device,omitempty"`
	Name   string         `json:"name,omitempty" doc:"of the device, person or scene"`
	Room   home.RoomID    `json:"room,omitempty"`
	Person home.PersonID  `json:"person,omitempty"`
	State  string         `json:"state,omitempty" doc:"where the person is from then on"`
	Text   string         `json:"text" doc:"what happened and why, in the language asked for"`
	Failed bool           `json:"failed,omitempty" doc:"something that was asked for did not happen"`
	Cause  string         `json:"cause,omitempty" enum:"person,scene,voice,physical,hub,program" doc:"who or what began it"`
}

// Energy is what devices used in a span of time.
type Energy struct {
	From    time.Time      `json:"from"`
	To      time.Time      `json:"to"`
	Step    float64        `json:"step" doc:"seconds of a bucket"`
	Watts   float64        `json:"watts" doc:"what all metered devices draw now"`
	KWh     float64        `json:"kwh" doc:"of all devices in the whole span"`
	Devices []EnergyDevice `json:"devices"`
}

// EnergyDevice is what one device used.
type EnergyDevice struct {
	Device model.DeviceID `json:"device"`
	Name   string         `json:"name"`
	Room   home.RoomID    `json:"room,omitempty"`
	Watts  *float64       `json:"watts,omitempty" doc:"what it draws now; absent: unknown"`
	KWh    float64        `json:"kwh"`
	// Buckets are what it used in each step from From on.
	Buckets   []float64 `json:"buckets"`
	Estimated bool      `json:"estimated,omitempty" doc:"reckoned from its power, since it has no meter of energy"`
}
