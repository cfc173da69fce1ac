package model

import "time"

// Fix is where a tracker (usually a phone) said it was. It stays in the hub and never enters a log line.
type Fix struct {
	At         time.Time `json:"at"` // when the position was taken, by the tracker's clock
	Latitude   float64   `json:"latitude"`
	Longitude  float64   `json:"longitude"`
	AccuracyM  float64   `json:"accuracy_m,omitempty"`  // radius, metres; 0 when the tracker did not say
	SpeedMS    float64   `json:"speed_ms,omitempty"`    // metres a second
	BatteryPct float64   `json:"battery_pct,omitempty"` // of the tracker
	// Transition is "enter" or "leave" when the tracker itself saw a region's border crossed, and Region that region's name.
	Transition string `json:"transition,omitempty"`
	Region     string `json:"region,omitempty"`
	// AtHome is that the tracker itself holds it is within the region that it calls home.
	AtHome bool `json:"at_home,omitempty"`
	// Within are the names of the regions that the tracker holds it is within.
	Within []string `json:"within,omitempty"`
	// Network stands for the Wi-Fi that the tracker is on: the same text for the same network, from which its name cannot be read.
	Network string `json:"network,omitempty"`
	// AccessPoint stands likewise for the access point, of which there is one in the world.
	AccessPoint string `json:"access_point,omitempty"`
}

// Regions are circles whose borders a tracker watches, as its app publishes them.
type Regions struct {
	// Complete says that there are no others: what is not named is watched no more.
	Complete bool     `json:"complete,omitempty"`
	Known    []Region `json:"known,omitempty"`
}

// Region is one of them.
type Region struct {
	Name      string  `json:"name"`
	ID        string  `json:"id,omitempty"` // stays when the region is named anew
	Latitude  float64 `json:"latitude,omitempty"`
	Longitude float64 `json:"longitude,omitempty"`
	RadiusM   float64 `json:"radius_m,omitempty"`
	Gone      bool    `json:"gone,omitempty"` // watched no more
}
