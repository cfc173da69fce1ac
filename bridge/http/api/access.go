package api

import (
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// SetupRequest claims a new hub with the code it printed.
type SetupRequest struct {
	Code     string `json:"code"`
	Name     string `json:"name" doc:"of the person who will own the hub"`
	Password string `json:"password" minLength:"10"`
}

// LoginRequest opens a session.
type LoginRequest struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// KeyRequest lets a browser use a token.
type KeyRequest struct {
	Key string `json:"key" minLength:"1" maxLength:"200"`
}

// Token is an access token without its secret.
type Token struct {
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Rooms        []home.RoomID      `json:"rooms,omitempty" doc:"empty: all"`
	Capabilities []model.Capability `json:"capabilities,omitempty" doc:"empty: all"`
	ReadOnly     bool               `json:"read_only,omitempty"`
	Admin        bool               `json:"admin,omitempty"`
	Expires      *time.Time         `json:"expires,omitempty"`
	Created      time.Time          `json:"created"`
}

// NewToken is a token just made: the secret is shown this once.
type NewToken struct {
	Token
	Secret string `json:"secret"`
}

// The requests about who may do what.
type (
	// TokenRequest makes a token.
	TokenRequest struct {
		Name         string             `json:"name" minLength:"1" maxLength:"100"`
		Rooms        []home.RoomID      `json:"rooms,omitempty" doc:"empty: all"`
		Capabilities []model.Capability `json:"capabilities,omitempty" doc:"empty: all"`
		ReadOnly     bool               `json:"read_only,omitempty"`
		Admin        bool               `json:"admin,omitempty" doc:"not together with any other restriction"`
		Expires      *time.Time         `json:"expires,omitempty"`
	}
	// PasswordRequest sets a person's password.
	PasswordRequest struct {
		Password string `json:"password" minLength:"10" maxLength:"256"`
	}
	// SetupState says whether somebody has claimed the hub.
	SetupState struct {
		SetUp bool `json:"set_up"`
	}
	// Session says who has logged in. The session itself is in a cookie.
	Session struct {
		Person  home.PersonID `json:"person"`
		Name    string        `json:"name"`
		Role    string        `json:"role"`
		Expires time.Time     `json:"expires"`
	}
)
