package api

import (
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Me says who calls and what the caller may do.
type Me struct {
	Kind         string             `json:"kind" enum:"person,token,local,demo" doc:"a person with a session, a program with a token, the command line, or anybody at a demo"`
	Person       home.PersonID      `json:"person,omitempty"`
	Name         string             `json:"name,omitempty"`
	Level        string             `json:"level" enum:"none,read,control,house,admin" doc:"how much the caller may do; each includes those before"`
	Rooms        []home.RoomID      `json:"rooms,omitempty" doc:"empty: all"`
	Capabilities []model.Capability `json:"capabilities,omitempty" doc:"empty: all"`
	Expires      *time.Time         `json:"expires,omitempty"`
	Lang         string             `json:"lang" doc:"the language that the caller's Accept-Language asks for"`
	Version      string             `json:"version"`
	Started      time.Time          `json:"started" doc:"when the hub came up: another time is another run"`
	Time         time.Time          `json:"time" doc:"the hub's clock"`
	SetUp        bool               `json:"set_up"`
}
