package conformance

import (
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// Tier is how far a plugin has come.
type Tier string

// The tiers, in order.
const (
	None     Tier = "none"
	Bronze   Tier = "bronze"
	Silver   Tier = "silver"
	Gold     Tier = "gold"
	Platinum Tier = "platinum"
)

// Tiers in order.
var Tiers = []Tier{Bronze, Silver, Gold, Platinum}

// Outcome is what became of a check.
type Outcome string

// The outcomes.
const (
	Passed        Outcome = "passed"
	Failed        Outcome = "failed"
	NotApplicable Outcome = "n/a" // counts as passed
)

// Finding is one check with its outcome.
type Finding struct {
	ID      string     `json:"id"`
	Tier    Tier       `json:"tier"`
	Title   model.Text `json:"title"`
	Outcome Outcome    `json:"outcome"`
	Detail  string     `json:"detail,omitempty"` // what is wrong, or why it does not apply
	Seconds float64    `json:"seconds"`
}

// Result is what the kit found.
type Result struct {
	Plugin   string    `json:"plugin"`
	Version  string    `json:"version"`
	Tier     Tier      `json:"tier"`
	Next     Tier      `json:"next,omitempty"` // the tier above
	Missing  []string  `json:"missing,omitempty"`
	Confined string    `json:"confinement,omitempty"`
	Findings []Finding `json:"findings"`
	Seconds  float64   `json:"seconds"`
	Checked  time.Time `json:"checked"`
}

// Checks lists all checks by tier, without outcomes.
func Checks() []Finding {
	var out []Finding
	for _, c := range checks {
		out = append(out, Finding{ID: c.id, Tier: c.tier, Title: c.title})
	}
	byTier(out)
	return out
}

// byTier sorts findings, and leaves those of a tier in their order.
func byTier(f []Finding) {
	slices.SortStableFunc(f, func(a, b Finding) int { return slices.Index(Tiers, a.Tier) - slices.Index(Tiers, b.Tier) })
}

// rate finds the tier: all checks up to it have passed. A partial run reaches none.
func (r *Result) rate(partial bool) {
	for i, tier := range Tiers {
		var missing []string
		for _, f := range r.Findings {
			if f.Tier == tier && f.Outcome == Failed {
				missing = append(missing, f.ID)
			}
		}
		if len(missing) > 0 || partial {
			r.Next, r.Missing = tier, missing
			return
		}
		r.Tier = Tiers[i]
	}
}
