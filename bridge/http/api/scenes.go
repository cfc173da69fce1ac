package api

import (
	"encoding/json"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// The shapes of scenes, modes and holds.
type (
	// Scene is a scene of the house.
	Scene struct {
		ID       string          `json:"id"`
		Name     string          `json:"name"`
		Document json.RawMessage `json:"document"`
		Enabled  bool            `json:"enabled"`
		LastRun  *time.Time      `json:"last_run,omitempty"`
		// NextRun is when its schedule comes next; a scene that waits for something else has none.
		NextRun *time.Time `json:"next_run,omitempty"`
		// Running are the runs under way.
		Running []home.Run `json:"running,omitempty"`
		// Problem is why the scene's file, as it is now, is not taken: then the scene is still as it was before.
		Problem string `json:"problem,omitempty"`
		// Results are the commands of the last run and what became of each.
		Results []Command `json:"results,omitempty"`
	}
	// SceneText is a scene as the household wrote it.
	SceneText struct {
		Text string `json:"text" maxLength:"262144" doc:"YAML; names of devices, rooms and people may stand for their ids"`
	}
	// SceneSaved is a scene that was taken, and what it and others do to each other.
	SceneSaved struct {
		Scene
		Findings []SceneFinding `json:"findings,omitempty"`
	}
	// SceneFinding is a loop, or a conflict of scenes.
	SceneFinding struct {
		Kind   string   `json:"kind" enum:"loop,conflict"`
		Scenes []string `json:"scenes"`
		Text   string   `json:"text"`
		// Happens is what follows from the timeline, line by line.
		Happens []string `json:"happens"`
		// Timeline are the facts that show it: give them to a trial.
		Timeline []json.RawMessage `json:"timeline"`
	}
	// SceneSwitch puts a scene on or off.
	SceneSwitch struct {
		Enabled bool `json:"enabled"`
	}
	// SceneResult is what running a scene by hand did.
	SceneResult struct {
		Commands []Command `json:"commands"`
		Problems []string  `json:"problems,omitempty"`
	}
	// SceneWhy says why a scene ran or did not: the first sentence names the cause.
	SceneWhy struct {
		Scene     string         `json:"scene"`
		Name      string         `json:"name"`
		Text      []string       `json:"text"`
		Situation home.Situation `json:"situation"`
	}
	// SceneTrial asks what a scene would have done.
	SceneTrial struct {
		ID   string `json:"id" minLength:"1" maxLength:"64"`
		Text string `json:"text" maxLength:"262144"`
		// Since and Until are between which moments; Until is now when it is missing.
		Since time.Time  `json:"since"`
		Until *time.Time `json:"until,omitempty"`
		// Timeline, of a finding, is used instead of the record.
		Timeline []json.RawMessage `json:"timeline,omitempty" maxItems:"1000"`
	}
	// SceneTried is what a scene would have done.
	SceneTried struct {
		Scene    string               `json:"scene"`
		From     time.Time            `json:"from"`
		To       time.Time            `json:"to"`
		Facts    int                  `json:"facts"`
		Commands []SceneWould         `json:"commands"`
		More     int                  `json:"more,omitempty" doc:"commands beyond those listed"`
		Came     map[home.Outcome]int `json:"came" doc:"how often it was triggered, by outcome"`
		Text     []string             `json:"text" doc:"a summary in sentences"`
	}
	// SceneWould is one command that a scene would have sent, beside what happened.
	SceneWould struct {
		At      time.Time      `json:"at"`
		Device  model.DeviceID `json:"device"`
		Name    string         `json:"name"`
		Would   string         `json:"would"`
		Was     string         `json:"was,omitempty" doc:"what it really was then"`
		Then    string         `json:"then,omitempty" doc:"what really happened next, within an hour"`
		Because string         `json:"because"`
		Problem string         `json:"problem,omitempty" doc:"why it would not have been sent"`
	}
	// Mode is what the house is about.
	Mode struct {
		Mode  string     `json:"mode"`
		Name  string     `json:"name"`
		Since *time.Time `json:"since,omitempty"`
		Modes []string   `json:"modes"`
	}
	// ModeRequest begins a mode.
	ModeRequest struct {
		Mode string `json:"mode" minLength:"1" maxLength:"64"`
	}
	// ModesRequest says which modes the house has.
	ModesRequest struct {
		Modes []string `json:"modes" minItems:"1" maxItems:"32"`
	}
	// WebhookRequest is what a caller of a webhook may say.
	WebhookRequest struct {
		Payload string `json:"payload,omitempty" maxLength:"4096"`
	}
	// Zone is the time zone of the house.
	Zone struct {
		Zone string `json:"zone" minLength:"1" maxLength:"64" doc:"an IANA name such as Europe/Berlin"`
	}
	// Held is a value that somebody holds against scenes.
	Held struct {
		home.Hold
		Name string `json:"name" doc:"of the device"`
		Text string `json:"text"`
	}
)
