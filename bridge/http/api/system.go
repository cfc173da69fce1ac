package api

import (
	"encoding/json"
	"time"
)

// The shapes of how the hub is kept: adapters' budgets, backups, log, diagnostics.
type (
	// AdapterHealth is how well an adapter does, beside what it should.
	AdapterHealth struct {
		Name      string  `json:"name"`
		Running   bool    `json:"running"`
		Problem   string  `json:"problem,omitempty" doc:"why it last ended by itself"`
		Restarts  int     `json:"restarts"`
		Commands  int     `json:"commands" doc:"that have ended"`
		Confirmed int     `json:"confirmed"`
		Failed    int     `json:"failed"`
		MeanMS    float64 `json:"mean_ms" doc:"from asked to confirmed, on average"`
		BudgetMS  float64 `json:"budget_ms" doc:"what that should not exceed"`
		// FailedShare and BudgetShare are of the commands that have ended, 0 to 1.
		FailedShare float64 `json:"failed_share"`
		BudgetShare float64 `json:"budget_share"`
		OK          bool    `json:"ok" doc:"it runs and keeps within both budgets"`
	}
	// Backup is a backup that was proven: unpacked, compared and opened.
	Backup struct {
		Name    string    `json:"name"`
		Made    time.Time `json:"made"`
		Version string    `json:"version" doc:"of the hub that made it"`
		Bytes   int64     `json:"bytes"`
		Files   int       `json:"files"`
		Facts   uint64    `json:"facts" doc:"the number of the last fact in it"`
	}
	// LogLine is a line of the hub's own log.
	LogLine struct {
		At    time.Time `json:"at"`
		Level string    `json:"level" enum:"DEBUG,INFO,WARN,ERROR"`
		Text  string    `json:"text"`
	}
	// Diagnostics is what somebody who helps may know of a hub: no names of people, rooms or devices, no addresses, no secrets.
	Diagnostics struct {
		Made     time.Time          `json:"made"`
		Info     Info               `json:"info"`
		Go       string             `json:"go"`
		System   string             `json:"system"`
		Doctor   Doctor             `json:"doctor"`
		Adapters []AdapterHealth    `json:"adapters"`
		Devices  []DiagnosticDevice `json:"devices"`
		Plugins  []DiagnosticPlugin `json:"plugins"`
		Counters json.RawMessage    `json:"counters,omitempty"`
		Log      []LogLine          `json:"log"`
	}
	// DiagnosticDevice is a device without its names.
	DiagnosticDevice struct {
		Number    int      `json:"number"`
		Type      string   `json:"type"`
		Vendor    string   `json:"vendor,omitempty"`
		Model     string   `json:"model,omitempty"`
		Adapters  []string `json:"adapters"`
		Reachable bool     `json:"reachable"`
		Has       []string `json:"has" doc:"its attributes"`
	}
	// DiagnosticPlugin is a plugin without its configuration.
	DiagnosticPlugin struct {
		Name     string `json:"name"`
		Version  string `json:"version"`
		State    string `json:"state"`
		Confined bool   `json:"confined"`
		Restarts int    `json:"restarts"`
		Faults   int    `json:"faults"`
	}
)
