package dueros

import (
	"slices"
	"strings"
)

// group is a room: who says its name means all that is in it.
type group struct {
	Name    string         `json:"groupName"`
	IDs     []string       `json:"applianceIds"`
	Notes   string         `json:"groupNotes"`
	Details map[string]any `json:"additionalGroupDetails"`
}

// What a discovery takes of groups.
const (
	maxGroups    = 10
	maxGroupName = 20 // bytes: six Chinese signs
	maxGrouped   = 50
)

// groups are the rooms of what was found, the fullest first where there are too many.
func groups(found []appliance) []group {
	out := []group{}
	at := map[string]int{}
	for _, a := range found {
		if a.room == "" || len(a.room) > maxGroupName || strings.ContainsFunc(a.room, special) {
			continue
		}
		i, known := at[a.room]
		if !known {
			i = len(out)
			at[a.room] = i
			out = append(out, group{Name: a.room, Notes: a.room, Details: map[string]any{}})
		}
		if len(out[i].IDs) < maxGrouped {
			out[i].IDs = append(out[i].IDs, a.ID)
		}
	}
	slices.SortStableFunc(out, func(a, b group) int { return len(b.IDs) - len(a.IDs) })
	return out[:min(len(out), maxGroups)]
}
