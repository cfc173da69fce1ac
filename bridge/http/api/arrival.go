package api

import (
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Arrival is how one arrival scene stands: who is where, what each zone is set to and why, and the receipt.
type Arrival struct {
	Scene     string          `json:"scene"`
	Name      string          `json:"name"`
	Mode      string          `json:"mode" enum:"auto,vacation,guest,boost,pause"`
	ModeUntil *time.Time      `json:"mode_until,omitempty"`
	OutSince  *time.Time      `json:"out_since,omitempty" doc:"since when nobody is in"`
	People    []ArrivalPerson `json:"people"`
	Zones     []ArrivalZone   `json:"zones"`
	Log       []ArrivalEntry  `json:"log" doc:"the newest first"`
	Receipt   ArrivalReceipt  `json:"receipt"`
}

// ArrivalPerson is where somebody is, and how that is known.
type ArrivalPerson struct {
	Person   home.PersonID `json:"person"`
	Name     string        `json:"name"`
	Presence home.Presence `json:"presence"`
	Text     string        `json:"text"`
	Signs    []string      `json:"signs"`
}

// ArrivalZone is one endpoint with a setpoint.
type ArrivalZone struct {
	Device      model.DeviceID   `json:"device"`
	Endpoint    model.EndpointID `json:"endpoint"`
	Name        string           `json:"name"`
	Room        *float64         `json:"room,omitempty" doc:"°C in the room"`
	Set         *float64         `json:"set,omitempty" doc:"°C asked for"`
	DepthK      float64          `json:"depth_k" doc:"K of setback"`
	LeadMinutes float64          `json:"lead_minutes" doc:"needed to come to comfort from now"`
	HoldUntil   *time.Time       `json:"hold_until,omitempty" doc:"a change by hand is kept until then"`
	Window      bool             `json:"window" doc:"paused by an open window"`
	Stale       bool             `json:"stale" doc:"the room's temperature is not heard"`
	Learned     int              `json:"learned" doc:"recoveries learned from"`
	Why         string           `json:"why"`
	Line        home.Line        `json:"line"`
}

// ArrivalEntry is one decision.
type ArrivalEntry struct {
	At   time.Time `json:"at"`
	Name string    `json:"name" doc:"of the device"`
	Set  *float64  `json:"set,omitempty" doc:"°C asked for; missing: nothing was"`
	Room float64   `json:"room" doc:"°C in the room then"`
	Text string    `json:"text"`
	Line home.Line `json:"line"`
	Zone string    `json:"zone"`
}

// ArrivalReceipt sums up some days.
type ArrivalReceipt struct {
	Days          int              `json:"days"`
	Arrivals      int              `json:"arrivals"`
	Ready         int              `json:"ready" doc:"arrivals that found every zone within 0.5 K"`
	Cold          []ArrivalCold    `json:"cold,omitempty" doc:"those that did not"`
	False         []ArrivalPreheat `json:"false,omitempty" doc:"preheatings to which nobody came"`
	SavedPct      float64          `json:"saved_pct" doc:"of always-on's energy, by the house's own degree-hours"`
	SavedPctRange [2]float64       `json:"saved_pct_range"`
	MissMinutes   float64          `json:"miss_minutes" doc:"somebody was in and a zone more than 1 K off"`
}

// ArrivalCold is an arrival at a house that was not ready.
type ArrivalCold struct {
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	GapK float64   `json:"gap_k"`
}

// ArrivalPreheat is a preheating to which nobody came.
type ArrivalPreheat struct {
	At      time.Time `json:"at"`
	Minutes float64   `json:"minutes"`
	Text    string    `json:"text"`
}

// ArrivalRequest asks an arrival scene for a mode.
type ArrivalRequest struct {
	Mode  string     `json:"mode" enum:"auto,vacation,guest,boost,pause"`
	Until *time.Time `json:"until,omitempty"`
	Hours float64    `json:"hours,omitempty" minimum:"0" maximum:"4320"`
}

// PresenceRequest is what somebody says of himself.
type PresenceRequest struct {
	State   string     `json:"state" enum:"home,away,arriving,later,forget"`
	ETA     *time.Time `json:"eta,omitempty"`
	Minutes float64    `json:"minutes,omitempty" minimum:"0" maximum:"129600" doc:"from now, instead of eta"`
}

// PresenceLink is the secret address at which a person's phone, car or speaker tells where the person is.
type PresenceLink struct {
	Path string   `json:"path" doc:"secret; shown this once"`
	Uses []string `json:"uses" doc:"what to append"`
}
