package home

import (
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// Outcome is what became of a trigger.
type Outcome string

// The outcomes of an evaluation.
const (
	OutcomeRan       Outcome = "ran"
	OutcomeDisabled  Outcome = "disabled"  // the scene is switched off
	OutcomeLoop      Outcome = "loop"      // the scene is itself a cause of what happened
	OutcomeQuiet     Outcome = "quiet"     // within the scene's quiet hours
	OutcomeLimited   Outcome = "limited"   // it ran as often as it may
	OutcomeCondition Outcome = "condition" // a condition was false
	OutcomeUnknown   Outcome = "unknown"   // a condition was unknown
	OutcomeBusy      Outcome = "busy"      // a run is under way, and runs is single
	OutcomeFull      Outcome = "full"      // as many runs are under way or queued as may be
	OutcomeMissed    Outcome = "missed"    // the moment passed while the hub was not running
	OutcomeNotHeld   Outcome = "not_held"  // the value did not stay for as long as asked
)

// Verdict is three-valued: what is unknown is never true.
type Verdict string

// The verdicts.
const (
	True    Verdict = "true"
	False   Verdict = "false"
	Unknown Verdict = "unknown"
)

// Check is one condition, or one trigger's value, as it was looked at.
type Check struct {
	Path string `json:"path"` // in the document: if[0]
	// Kind is attribute, time, mode or presence.
	Kind      string           `json:"kind"`
	Device    model.DeviceID   `json:"device,omitempty"`
	Endpoint  model.EndpointID `json:"endpoint,omitempty"`
	Attribute model.Attribute  `json:"attribute,omitempty"`
	Person    PersonID         `json:"person,omitempty"`
	// Op is what was asked: is, is_not, above, below, one_of, within; Want is what of.
	Op   string      `json:"op,omitempty"`
	Want model.Value `json:"want,omitzero"`
	// Value is what it was, since when, when last heard, from which source and how sure.
	Value   model.Value    `json:"value,omitzero"`
	Since   time.Time      `json:"since,omitzero"`
	Heard   time.Time      `json:"heard,omitzero"`
	Source  model.SourceID `json:"source,omitempty"`
	Quality model.Quality  `json:"quality,omitempty"`
	Verdict Verdict        `json:"verdict"`
	// Why is why it is unknown, or false though the value is right: no_value, stale, not_fresh, too_short, gone.
	Why string        `json:"why,omitempty"`
	For time.Duration `json:"for,omitempty"` // with not_fresh and too_short: what was asked for
	// Beside says that the whole did not come out as it did because of this one.
	Beside bool `json:"beside,omitempty"`
}

// Evaluation is why a scene ran or did not run, when something triggered it.
type Evaluation struct {
	Scene   string       `json:"scene"`
	Seq     uint64       `json:"seq"`
	At      time.Time    `json:"at"`
	Trigger string       `json:"trigger,omitempty"` // its path in the document: when[0]; empty by hand
	Cause   *model.Cause `json:"cause,omitempty"`
	Text    string       `json:"text,omitempty"` // what came, in a few words
	// Came is what came: its Kind may also be event, scene, webhook, topic or hand, with the name as its Value.
	Came    Check     `json:"came,omitzero"`
	Checks  []Check   `json:"checks,omitempty"`
	Outcome Outcome   `json:"outcome"`
	Until   time.Time `json:"until,omitzero"` // quiet and limited: when it may run again
	// Refused says which commands were not taken, or failed, and why.
	Refused []string `json:"refused,omitempty"`
	// Held are the holds of others that kept values from being set.
	Held []Hold `json:"held,omitempty"`
	// Times is how often it came out the same in a row; Last is the last time.
	Times int       `json:"times"`
	Last  time.Time `json:"last"`
}

// keepEvaluations is how many are kept of each scene in the house; the store's history keeps more.
const keepEvaluations = 8

// same tells whether two evaluations come out the same for the same reasons.
func (e *Evaluation) same(o *Evaluation) bool {
	return e.Outcome == o.Outcome && e.Trigger == o.Trigger && slices.Equal(e.Refused, o.Refused) &&
		slices.EqualFunc(e.Checks, o.Checks, func(a, b Check) bool {
			return a.Path == b.Path && a.Device == b.Device && a.Verdict == b.Verdict && a.Why == b.Why
		})
}

// evaluated keeps an evaluation; one that came out as the one before only counts it.
func (h *Home) evaluated(e Evaluation) {
	e.Seq, e.At, e.Last, e.Times = h.seq, h.at, h.at, 1
	kept := h.st.Evaluations[e.Scene]
	if n := len(kept); n > 0 && kept[n-1].same(&e) {
		e.Times, e.At = kept[n-1].Times+1, kept[n-1].At
		kept = slices.Clone(kept)
		kept[n-1] = &e
		h.st.Evaluations[e.Scene] = kept
		h.emit(SceneEvaluated{Evaluation: e, Again: true})
		return
	}
	if len(kept) >= keepEvaluations {
		kept = kept[1:]
	}
	h.st.Evaluations[e.Scene] = append(slices.Clone(kept), &e)
	h.emit(SceneEvaluated{Evaluation: e})
}

// Evaluations are the last evaluations of a scene, oldest first.
func (v *View) Evaluations(scene string) []Evaluation {
	var out []Evaluation
	for _, e := range v.st.Evaluations[scene] {
		out = append(out, *e)
	}
	return out
}

// Run is one run of a scene under way.
type Run struct {
	Scene   string       `json:"scene"`
	ID      uint64       `json:"id"`
	Since   time.Time    `json:"since"`
	Because string       `json:"because,omitempty"`
	Cause   *model.Cause `json:"cause,omitempty"`
	// Waits says what the run waits for: time, condition.
	Waits string    `json:"waits,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// At is the step that waits, by its path in the document: then[2].
	At string `json:"at,omitempty"`
}

// Running lists the runs under way of a scene; "" of all.
func (v *View) Running(scene string) []Run { return v.engine.Running(scene) }

// Notice is something that a scene says to people.
type Notice struct {
	Seq   uint64            `json:"seq"`
	At    time.Time         `json:"at"`
	Scene string            `json:"scene"`
	Texts map[string]string `json:"texts"` // by language; "" for all
	To    []PersonID        `json:"to,omitempty"`
}

// keepNotices is how many notices stay to be read.
const keepNotices = 50

// Notices are the last notices, oldest first.
func (v *View) Notices() []Notice { return v.st.Notices }

func (h *Home) notify(n Notice) {
	kept := h.st.Notices
	if len(kept) >= keepNotices {
		kept = kept[1:]
	}
	h.st.Notices = append(slices.Clip(kept), n)
	h.emit(Notified{n})
}
