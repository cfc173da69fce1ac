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
	// Network stands for the Wi-Fi that the tracker is on: the same text for the same network, from which its name cannot be read.
	Network string `json:"network,omitempty"`
}
