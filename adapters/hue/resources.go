package hue

import "encoding/json"

// resource is one CLIP v2 resource, whole or, in an event, in part: what is missing was not said.
type resource struct {
	ID       string      `json:"id"`
	Type     string      `json:"type"`
	Owner    *reference  `json:"owner"`
	Metadata *metadata   `json:"metadata"`
	Product  *product    `json:"product_data"`
	Services []reference `json:"services"`
	Children []reference `json:"children"`
	Group    *reference  `json:"group"` // of a scene

	On       *struct{ On bool } `json:"on"`
	Dimming  *dimming           `json:"dimming"`
	Mirek    *mirek             `json:"color_temperature"`
	Color    *color             `json:"color"`
	Effects  *effects           `json:"effects"`
	Motion   *motion            `json:"motion"`
	Enabled  *bool              `json:"enabled"`
	Temp     *temperature       `json:"temperature"`
	Light    *lightLevel        `json:"light"`
	Button   *button            `json:"button"`
	Rotary   *rotary            `json:"relative_rotary"`
	Contact  *contact           `json:"contact_report"`
	Tampers  []tamper           `json:"tamper_reports"`
	Power    *power             `json:"power_state"`
	Status   json.RawMessage    `json:"status"` // a word, of a scene an object
	Address  string             `json:"mac_address"`
	BridgeID string             `json:"bridge_id"`
}

type reference struct {
	ID   string `json:"rid"`
	Type string `json:"rtype"`
}

type metadata struct {
	Name      string `json:"name"`
	Archetype string `json:"archetype"`
	ControlID int    `json:"control_id"`
}

type product struct {
	ModelID      string `json:"model_id"`
	Manufacturer string `json:"manufacturer_name"`
	Name         string `json:"product_name"`
	Archetype    string `json:"product_archetype"`
	Software     string `json:"software_version"`
}

type dimming struct {
	Brightness float64 `json:"brightness"`
	Least      float64 `json:"min_dim_level"`
}

type mirek struct {
	Mirek  *float64 `json:"mirek"`
	Schema *struct {
		Min float64 `json:"mirek_minimum"`
		Max float64 `json:"mirek_maximum"`
	} `json:"mirek_schema"`
}

type color struct {
	XY *struct{ X, Y float64 } `json:"xy"`
}

type effects struct {
	Status string   `json:"status"`
	Values []string `json:"effect_values"`
}

type motion struct {
	Report *struct {
		Motion bool `json:"motion"`
	} `json:"motion_report"`
	Motion *bool `json:"motion"` // before firmware 1.60
	Valid  *bool `json:"motion_valid"`
}

type temperature struct {
	Report *struct {
		Celsius float64 `json:"temperature"`
	} `json:"temperature_report"`
	Celsius *float64 `json:"temperature"`
}

type lightLevel struct {
	Report *struct {
		Level float64 `json:"light_level"`
	} `json:"light_level_report"`
	Level *float64 `json:"light_level"`
}

type button struct {
	Report *struct {
		Updated string `json:"updated"`
		Event   string `json:"event"`
	} `json:"button_report"`
	Last string `json:"last_event"`
}

type rotary struct {
	Report *struct {
		Updated  string `json:"updated"`
		Action   string `json:"action"`
		Rotation struct {
			Direction string  `json:"direction"`
			Steps     float64 `json:"steps"`
		} `json:"rotation"`
	} `json:"rotary_report"`
}

type contact struct {
	State string `json:"state"` // contact or no_contact
}

type tamper struct {
	State string `json:"state"`
}

type power struct {
	Level *float64 `json:"battery_level"`
	State string   `json:"battery_state"`
}

// answer is what every CLIP v2 request is answered with.
type answer struct {
	Errors []struct {
		Description string `json:"description"`
	} `json:"errors"`
	Data []resource `json:"data"`
}

// event is one entry of the event stream.
type event struct {
	Type string     `json:"type"` // add, update, delete, error
	ID   string     `json:"id"`
	Data []resource `json:"data"`
}

// parseEvents reads the data of one server-sent event.
func parseEvents(data []byte) ([]event, error) {
	var out []event
	err := json.Unmarshal(data, &out)
	return out, err
}

// word is the status of a resource where it is a plain word.
func (r *resource) word() string {
	var s string
	_ = json.Unmarshal(r.Status, &s) // a scene's is an object
	return s
}

// active is the status of a scene.
func (r *resource) active() (string, bool) {
	var s struct {
		Active string `json:"active"`
	}
	return s.Active, json.Unmarshal(r.Status, &s) == nil && s.Active != ""
}
