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
		Routine bool      `json:"routine,omitempty" doc:"made by the schedule, which may remove it again"`
	}
	// BackupSchedule says when backups are made by themselves, and how many of those are kept.
	BackupSchedule struct {
		On     bool   `json:"on"`
		At     string `json:"at" doc:"the hour of the house's day, such as 03:30"`
		Daily  int    `json:"daily" doc:"the newest of each of so many days"`
		Weekly int    `json:"weekly" doc:"and of each of so many weeks"`
		MaxMB  int64  `json:"max_mb" doc:"what all backups may take of the disk"`
	}
	// BackupRoutine is how the schedule stands.
	BackupRoutine struct {
		Schedule BackupSchedule `json:"schedule"`
		Last     *time.Time     `json:"last,omitempty" doc:"the last that was made and proven"`
		Next     *time.Time     `json:"next,omitempty"`
		Problem  string         `json:"problem,omitempty" doc:"why the last attempt of the schedule failed"`
	}
	// Update is which hub runs, how it was started, and the newer one that lies ready.
	Update struct {
		Version  string         `json:"version"`
		Revision string         `json:"revision,omitempty" doc:"of its sources"`
		Go       string         `json:"go"`
		Platform string         `json:"platform"`
		Program  string         `json:"program" doc:"its file"`
		Data     string         `json:"data" doc:"its data directory"`
		Start    string         `json:"start" enum:"systemd,container,source,shell" doc:"how it was started"`
		Unit     string         `json:"unit,omitempty" doc:"of systemd"`
		Writable bool           `json:"writable" doc:"whether the hub can replace its program by itself"`
		Key      string         `json:"key,omitempty" doc:"the minisign public key whose releases this hub takes; pinned on its machine"`
		Ready    *UpdateReady   `json:"ready,omitempty" doc:"what lies ready; its signature is right"`
		Before   *UpdateApplied `json:"before,omitempty" doc:"the last update, which can be taken back"`
	}
	// UpdateReady is a release that lies ready.
	UpdateReady struct {
		Version string `json:"version"`
		File    string `json:"file"`
	}
	// UpdateApplied is an update that was made.
	UpdateApplied struct {
		From   string    `json:"from"`
		To     string    `json:"to"`
		At     time.Time `json:"at"`
		Backup string    `json:"backup" doc:"made just before"`
		File   string    `json:"file" doc:"the program before"`
	}
	// UpdateStep is what came of applying or taking back.
	UpdateStep struct {
		Restarts bool   `json:"restarts" doc:"the hub starts anew by itself; false: what is left to do is for somebody with rights on its machine"`
		Backup   string `json:"backup" doc:"the one that was made for it"`
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
