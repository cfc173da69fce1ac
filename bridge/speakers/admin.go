package speakers

import (
	"encoding/json"
	"net/http"

	"github.com/concord-home/hub/model"
)

// Admin serves what a household settles about voice platforms: GET the doctor's findings, PUT what a platform sees. Who calls was
// checked before.
type Admin struct {
	Core   *Core
	Codecs []Codec
}

// refuse answers in English; the front door puts it in the caller's language.
func refuse(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": title}) // who has gone needs no answer
}

// Findings answers with what the doctor found.
func (a Admin) Findings(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a.Core.Doctor(a.Codecs)) // who has gone needs no answer
}

// Seen is one device as a platform sees it.
type Seen struct {
	Device model.DeviceID `json:"device"`
	Name   string         `json:"name"`
	Shown  bool           `json:"shown"`         // nobody has hidden it
	Why    string         `json:"why,omitempty"` // the platform cannot take it; empty: it can
}

// Sight is all that a platform sees, and what it does not.
type Sight struct {
	Platform string `json:"platform"`
	Devices  []Seen `json:"devices"`
}

// Sees answers with what each platform sees of the house.
func (a Admin) Sees(w http.ResponseWriter, _ *http.Request) {
	out := []Sight{}
	for _, k := range a.Codecs {
		s := Sight{Platform: k.Platform(), Devices: []Seen{}}
		for _, d := range a.Core.View().Devices() {
			name, _ := Name(d)
			s.Devices = append(s.Devices, Seen{Device: d.ID, Name: name, Shown: a.Core.Shown(k.Platform(), d), Why: k.Refuses(d)})
		}
		out = append(out, s)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // who has gone needs no answer
}

// Show shows a device to a platform, or hides it: the path's {platform} and {device}, the body {"shown":true}.
func (a Admin) Show(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Shown *bool `json:"shown"`
	}
	platform, id := r.PathValue("platform"), model.DeviceID(r.PathValue("device"))
	known := false
	for _, c := range a.Codecs {
		known = known || c.Platform() == platform
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&body)
	switch {
	case !known || a.Core.View().Device(id) == nil:
		refuse(w, http.StatusNotFound, "there is no such platform or device")
	case err != nil || body.Shown == nil:
		refuse(w, http.StatusUnprocessableEntity, "shown: true or false was expected")
	default:
		if err := a.Core.Expose(r.Context(), platform, id, *body.Shown); err != nil {
			refuse(w, http.StatusInternalServerError, "it could not be kept")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
