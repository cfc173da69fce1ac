package home

import (
	"errors"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// keepResults is how many commands of a scene's last run are kept for what became of each.
const keepResults = 64

// retryAfter is how long a device that did not answer is left in peace.
const retryAfter = 5 * time.Second

// react carries out what a scene does about an occurrence.
func (h *Home) react(r Reaction, o Occurrence) {
	began := o.Cause
	if r.Began != nil {
		began = r.Began
	}
	cause := &model.Cause{Kind: model.CauseScene, Who: r.Scene, Fact: h.seq, Text: r.Because, Because: began}
	ran := SceneRan{Seq: h.seq, At: h.at, Scene: r.Scene, Cause: cause, Problems: r.Problems}
	for _, t := range r.Clear {
		h.clearTimer(t)
	}
	for _, t := range r.Timers {
		h.setTimer(t.Timer, t.At)
	}
	calls := r.Calls
	for n := 0; ; n++ {
		for ; len(calls) > 0 && calls[0].After <= n; calls = calls[1:] {
			h.call(calls[0], &ran)
		}
		if n == len(r.Asks) {
			break
		}
		h.askFor(r.Asks[n], r.Claim, &ran)
	}
	if r.Ended {
		h.releaseRun(r.Scene)
	}
	h.ranScene(r, ran)
	if r.Started {
		h.occur(Occurrence{Kind: OccurredScene, Scene: r.Scene, At: h.at, Cause: cause})
	}
}

func (h *Home) askFor(a Ask, by Claim, ran *SceneRan) {
	a.ID, a.Cause = h.sceneCommandID(ran.Scene), ran.Cause
	a.Claim, a.Retries = &by, by.Retries
	if err := h.ask(a); err != nil {
		ran.Problems = append(slices.Clip(ran.Problems), err.Error())
		var held *heldError
		if errors.As(err, &held) {
			ran.Held = append(ran.Held, held.by)
		}
		return
	}
	ran.Commands = append(ran.Commands, a.ID)
}

func (h *Home) call(c Call, ran *SceneRan) {
	var err error
	switch {
	case c.Mode != "":
		err = h.setMode(ModeSet{Mode: c.Mode, Cause: ran.Cause})
	case c.Scene != "":
		err = h.askScene(SceneAsked{ID: c.Scene, Cause: ran.Cause})
	case c.Notice != nil:
		n := *c.Notice
		n.Seq, n.At, n.Scene = h.seq, h.at, ran.Scene
		h.notify(n)
	}
	if err != nil {
		ran.Problems = append(slices.Clip(ran.Problems), err.Error())
	}
}

// ranScene keeps when a scene ran and why, or why not, and tells of it.
func (h *Home) ranScene(r Reaction, ran SceneRan) {
	rec, ok := h.st.Scenes[r.Scene]
	if !ok {
		return
	}
	if len(r.Asks) > 0 || r.Started {
		if r.Started {
			rec.Commands = nil
		}
		rec.LastRun = h.at
		rec.Commands = append(slices.Clip(rec.Commands), ran.Commands...)
		if n := len(rec.Commands); n > keepResults {
			rec.Commands = rec.Commands[n-keepResults:]
		}
		h.st.Scenes[r.Scene] = rec
	}
	if len(r.Asks) > 0 || len(ran.Problems) > 0 || r.Started {
		h.emit(ran)
	}
	switch {
	case r.Evaluation != nil:
		e := *r.Evaluation
		e.Scene, e.Refused, e.Held = r.Scene, ran.Problems, ran.Held
		h.evaluated(e)
	case len(ran.Problems) > 0:
		h.noteProblems(r.Scene, ran)
	}
}

// noteProblems adds to a scene's last evaluation what went wrong later in its run.
func (h *Home) noteProblems(scene string, ran SceneRan) {
	kept := slices.Clone(h.st.Evaluations[scene])
	n := len(kept) - 1
	if n < 0 || kept[n].Outcome != OutcomeRan || len(kept[n].Refused) >= keepResults {
		return
	}
	last := *kept[n]
	last.Refused, last.Held = append(slices.Clip(last.Refused), ran.Problems...), append(slices.Clip(last.Held), ran.Held...)
	kept[n] = &last
	h.st.Evaluations[scene] = kept
}

// retryLater plans another try for a scene's command that a device did not answer.
func (h *Home) retryLater(c *Command) {
	if c.Status == model.TimedOut && c.Retries > 0 && c.Action == "" && h.device(c.Device) != nil {
		h.setTimer(retryTimer+string(c.ID), h.at.Add(retryAfter))
	}
}

// retry sends a command anew, unless something newer was asked of the same thing since.
func (h *Home) retry(id model.CommandID) {
	c := h.st.Commands[id]
	if c == nil || h.device(c.Device) == nil {
		return
	}
	a := Ask{ID: c.ID + "+", Device: c.Device, Endpoint: c.Endpoint, Transition: c.Transition, Cause: c.Cause, Retries: c.Retries - 1, Claim: &Claim{}}
	for _, w := range c.Writes {
		a.Writes = append(a.Writes, model.Write{Attribute: w.Attribute, Value: w.Value})
	}
	for i := len(h.st.Order) - 1; i >= 0 && h.st.Order[i] != id; i-- {
		newer := h.st.Commands[h.st.Order[i]]
		if newer.Device == c.Device && newer.Endpoint == c.Endpoint && len(c.Writes) > 0 && newer.sets(c.Writes[0].Attribute) {
			return
		}
	}
	if h.ask(a) != nil { // a person holds it by now, or no path is left: the first try's record says enough
		return
	}
	rec, ok := h.st.Scenes[c.Cause.Who]
	if i := slices.Index(rec.Commands, id); ok && i >= 0 {
		rec.Commands = slices.Clone(rec.Commands)
		rec.Commands[i] = a.ID
		h.st.Scenes[rec.ID] = rec
	}
}

// mayBeLate is how long after its deadline a command is still worth handing out again.
const mayBeLate = time.Minute

// resend hands out again, after a start and before the timers are asked for, what was sent and never answered: a kill may have come between the decision and
// the adapter. What is asked for by its result can be asked for twice; an action cannot. It has its time anew: while
// nothing ran, nobody could answer.
func (h *Home) resend() {
	for _, id := range h.st.Order {
		c := h.st.Commands[id]
		if c.Status != model.Sent || c.Action != "" || c.Tried == 0 || c.Tried > len(c.Paths) {
			continue
		}
		src := h.source(c.Paths[c.Tried-1])
		if src == nil || !src.can(c) {
			continue
		}
		if h.at.Sub(c.Deadline) < mayBeLate {
			c = h.change(id)
			c.Deadline = h.at.Add(h.patience(c, 0))
			h.st.Timers[deadlineTimer+string(c.ID)] = c.Deadline.UnixNano()
		}
		h.emit(Send{src.words(c)})
	}
}
