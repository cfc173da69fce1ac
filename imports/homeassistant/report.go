package homeassistant

import (
	"fmt"
	"maps"
	"slices"
)

// Outcome says what became of one thing.
type Outcome string

// The outcomes.
const (
	Taken  Outcome = "taken"
	Left   Outcome = "left"   // not taken over; Key and Args say why
	Failed Outcome = "failed" // could not be read
)

// Note is one line of the report.
type Note struct {
	Outcome Outcome  `json:"outcome"`
	Kind    string   `json:"kind"` // room, device, scene, automation, file
	Name    string   `json:"name"`
	Key     string   `json:"key,omitempty"` // the message that says why, in the messages' catalogue
	Args    []string `json:"args,omitempty"`
	Where   string   `json:"where,omitempty"` // the place within an automation: "action[2]"
}

func (c *Config) note(o Outcome, name, key string, args ...string) {
	c.Problems = append(c.Problems, Note{Outcome: o, Kind: "file", Name: name, Key: key, Args: args})
}

// untaken is why a thing cannot be taken over.
type untaken struct {
	where string
	key   string
	args  []string
}

func (u *untaken) Error() string { return fmt.Sprintf("%s: %s %q", u.where, u.key, u.args) }

func cannot(where, key string, args ...string) *untaken { return &untaken{where, key, args} }

// text is a plain value as a word; anything else is none.
func text(x any) string {
	switch x := x.(type) {
	case string:
		return x
	case float64, bool:
		return fmt.Sprint(x)
	}
	return ""
}

// list is a value as a list: Home Assistant lets a single one stand by itself.
func list(x any) []any {
	switch x := x.(type) {
	case nil:
		return nil
	case []any:
		return x
	}
	return []any{x}
}

// texts is a value as a list of words.
func texts(x any) []string {
	var out []string
	for _, v := range list(x) {
		if s := text(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
