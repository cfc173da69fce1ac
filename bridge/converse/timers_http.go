package converse

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// TimerView is a timer as a program shows it.
type TimerView struct {
	ID string `json:"id"`
	// What is its name, what somebody wants to be told of, or the sentence that will be carried out; empty: a bare timer.
	What string `json:"what,omitempty"`
	// Kind is timer, reminder, or command: something will be done.
	Kind string `json:"kind"`
	// Due is when it goes off next; missing while it is paused.
	Due *time.Time `json:"due,omitempty"`
	// LeftS are the seconds that are left of one that is paused.
	LeftS float64 `json:"left_s,omitempty"`
	// Again says, in the caller's language, on which days it goes off again and again.
	Again string `json:"again,omitempty"`
	// Mine: the caller set it.
	Mine bool `json:"mine"`
}

// everybodys are the timers that a caller may see and end: his own, and all of them for who keeps the house.
func (k *clockwork) everybodys(c Caller) []timer {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []timer
	for _, id := range slices.Sorted(maps.Keys(k.all)) {
		if t := k.all[id]; t.Owner == c.ID() || c.Manages() {
			out = append(out, *t)
		}
	}
	now := k.engine.o.Now()
	next := func(t timer) time.Time { // of one that is paused: were it let go on now
		if t.Due.IsZero() {
			return now.Add(t.Left)
		}
		return t.Due
	}
	slices.SortStableFunc(out, func(a, b timer) int { return next(a).Compare(next(b)) })
	return out
}

func (t *timer) view(lang string, c Caller) TimerView {
	out := TimerView{ID: t.ID, What: cmp.Or(t.Said, t.Name), Kind: "timer", LeftS: t.Left.Seconds(), Mine: t.Owner == c.ID()}
	switch {
	case len(t.Asks) > 0:
		out.Kind = "command"
	case t.Reminds:
		out.Kind = "reminder"
	}
	if !t.Due.IsZero() {
		out.Due = &t.Due
	}
	if t.Every != nil {
		out.Again = phrase(lang, "every."+t.Every.Every)
	}
	return out
}

// serveTimers lists what was put off, what recurs, and the timers that run.
func (e *Engine) serveTimers(w http.ResponseWriter, r *http.Request, c Caller) {
	lang, ok := grammar.Match(r.Header.Get("Accept-Language"))
	if !ok {
		lang = "en"
	}
	out := []TimerView{}
	for _, t := range e.clock.everybodys(c) {
		out = append(out, t.view(lang, c))
	}
	answerJSON(w, http.StatusOK, out)
}

// serveEndTimer ends one. What somebody else set is as unknown as what never was.
func (e *Engine) serveEndTimer(w http.ResponseWriter, r *http.Request, c Caller) {
	id := r.PathValue("id")
	if !slices.ContainsFunc(e.clock.everybodys(c), func(t timer) bool { return t.ID == id }) {
		refuse(w, http.StatusNotFound, "there is no timer "+id)
		return
	}
	if err := e.clock.drop(r.Context(), id); err != nil {
		refuse(w, http.StatusInternalServerError, "the timer could not be removed: "+err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
