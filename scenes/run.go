package scenes

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const (
	waitsTime      = "time"
	waitsCondition = "condition"
)

// maxInstructions is how many instructions a run may go through without waiting: more is a scene that runs in circles.
const maxInstructions = 20_000

// begin starts a run as the scene's run mode allows.
func (e *Engine) begin(out []home.Reaction, s *scene, re home.Reaction, o *home.Occurrence, r home.Reader) []home.Reaction {
	w := waiting{re.Because, o.Cause, o.Kind == home.OccurredAsked && isPersons(o.Cause)}
	under := len(e.runs(s.id))
	switch {
	case under == 0:
	case s.runs == single:
		re.Evaluation.Outcome = home.OutcomeBusy
		return append(out, re)
	case s.runs == restart:
		m := e.own(s.id)
		for i := range m.Runs {
			re.Clear = append(re.Clear, m.Runs[i].timer(s.id))
		}
		m.Runs = nil
		e.unwatch(s)
	case s.runs == queued:
		m := e.own(s.id)
		if re.Evaluation.Outcome = home.OutcomeFull; len(m.Queue) < s.maxRuns {
			m.Queue = append(m.Queue, w)
			re.Evaluation.Outcome = home.OutcomeRan
		}
		return append(out, re)
	case under >= s.maxRuns:
		re.Evaluation.Outcome = home.OutcomeFull
		return append(out, re)
	}
	re.Evaluation.Outcome = home.OutcomeRan
	out = append(out, e.start(s, w, re, o, r))
	return e.next(out, s, o, r)
}

// isPersons tells whether a person asked, through whatever.
func isPersons(c *model.Cause) bool {
	return c != nil && (c.Kind == model.CausePerson || c.Kind == model.CauseVoice)
}

// start makes a run and goes as far as it goes at once.
func (e *Engine) start(s *scene, w waiting, re home.Reaction, o *home.Occurrence, r home.Reader) home.Reaction {
	in := run{Began: o.At, Because: w.Because, Cause: w.Cause, ByHand: w.ByHand, Print: s.print, Counters: make([]int, s.counters)}
	re.Started, re.Began = true, w.Cause
	if e.advance(s, &in, &re, o, r, false) {
		e.ended(s, &re)
		return re
	}
	m := e.own(s.id)
	m.Next++
	in.ID = m.Next
	re.Timers = append(re.Timers, home.SetTimer{Timer: in.timer(s.id), At: in.Due})
	if in.Due.IsZero() {
		re.Timers = re.Timers[:len(re.Timers)-1]
	}
	m.Runs = append(m.Runs, in)
	return re
}

// ended tells that nothing of the scene is under way any more, where somebody wants to know.
func (e *Engine) ended(s *scene, re *home.Reaction) {
	re.Ended = s.claim.Lease < 0 && len(e.runs(s.id)) == 0
}

// next begins the runs that queue up, when nothing is under way.
func (e *Engine) next(out []home.Reaction, s *scene, o *home.Occurrence, r home.Reader) []home.Reaction {
	for m := e.live[s.id]; m != nil && len(m.Queue) > 0 && len(m.Runs) == 0; m = e.live[s.id] {
		m = e.own(s.id)
		w := m.Queue[0]
		m.Queue = m.Queue[1:]
		out = append(out, e.start(s, w, home.Reaction{Scene: s.id, Because: w.Because}, o, r))
	}
	return out
}

func (in *run) timer(scene string) string {
	return timerPrefix + scene + "/" + strconv.FormatUint(in.ID, 10) + "/" + strconv.Itoa(in.Step)
}

// resume goes on with a run that waited; timeout says that its time has come.
func (e *Engine) resume(out []home.Reaction, s *scene, id uint64, o *home.Occurrence, r home.Reader) []home.Reaction {
	m := e.own(s.id)
	i := slices.IndexFunc(m.Runs, func(x run) bool { return x.ID == id })
	if i < 0 {
		return out
	}
	in := m.Runs[i]
	re := home.Reaction{Scene: s.id, Because: in.Because, Began: in.Cause}
	if re.Began == nil {
		re.Began = &model.Cause{Kind: model.CauseHub}
	}
	old, due := in.timer(s.id), in.Due
	done := e.advance(s, &in, &re, o, r, true)
	switch {
	case done:
		m.Runs = slices.Delete(m.Runs, i, i+1)
		re.Clear = append(re.Clear, old)
		e.ended(s, &re)
	default:
		m.Runs[i] = in
		if in.timer(s.id) != old || !in.Due.Equal(due) {
			re.Clear = append(re.Clear, old)
			if !in.Due.IsZero() {
				re.Timers = append(re.Timers, home.SetTimer{Timer: in.timer(s.id), At: in.Due})
			}
		}
	}
	if !slices.ContainsFunc(m.Runs, func(x run) bool { return x.Waits == waitsCondition }) {
		e.unwatch(s)
	}
	return e.next(append(out, re), s, o, r)
}

// advance goes through the instructions until the run ends or waits. Woken is true for a run that waited.
func (e *Engine) advance(s *scene, in *run, re *home.Reaction, o *home.Occurrence, r home.Reader, woken bool) (done bool) {
	re.Claim = s.claim
	re.Claim.ByHand = in.ByHand
	if s.yieldRun {
		re.Claim.YieldSince = in.Began
	}
	for n := 0; in.PC < len(s.code); n++ {
		if n == maxInstructions {
			re.Problems = append(re.Problems, fmt.Sprintf("%s: ended, since it runs in circles without waiting", s.code[in.PC].path))
			return true
		}
		x := &s.code[in.PC]
		switch x.code {
		case opWait:
			if woken && !o.At.Before(in.Due) {
				break
			}
			if !woken {
				in.Step++
				in.Waits, in.At, in.Due = waitsTime, x.path, o.At.Add(x.span)
			}
			return false
		case opUntil:
			if met, over := e.met(s, x, in, o, r, woken); over {
				return true
			} else if !met {
				return false
			}
		case opStop:
			return true
		default:
			if e.step(s, x, in, re, o, r) {
				continue // it set the counter itself
			}
		}
		woken = false
		in.Waits, in.At, in.Due, in.Deadline = "", "", time.Time{}, time.Time{}
		in.PC++
	}
	return true
}

// step carries out one instruction that does not wait; jumped says that it set the counter.
func (e *Engine) step(s *scene, x *op, in *run, re *home.Reaction, o *home.Occurrence, r home.Reader) (jumped bool) {
	switch x.code {
	case opDo:
		x.target.do(re, r)
	case opJump:
		in.PC = x.to
		return true
	case opUnless:
		if x.cond.eval(&sight{now: o.At, loc: e.location(r), r: r}) != home.True {
			in.PC = x.to
			return true
		}
	case opClear:
		in.Counters[x.counter] = 0
	case opNext:
		if in.Counters[x.counter] >= x.times {
			in.PC = x.to
			return true
		}
		in.Counters[x.counter]++
	case opNotify:
		re.Calls = append(re.Calls, home.Call{After: len(re.Asks), Notice: x.notice})
	case opScene:
		re.Calls = append(re.Calls, home.Call{After: len(re.Asks), Scene: x.name})
	case opMode:
		re.Calls = append(re.Calls, home.Call{After: len(re.Asks), Mode: x.name})
	case opCapture:
		in.remember(x, r)
	case opRestore:
		in.restore(x, re)
	}
	return false
}

// met looks at a condition that a run waits for, and sets when to look again.
func (e *Engine) met(s *scene, x *op, in *run, o *home.Occurrence, r home.Reader, woken bool) (met, over bool) {
	look := sight{now: o.At, loc: e.location(r), r: r}
	if x.cond.eval(&look) == home.True {
		return true, false
	}
	if !woken {
		in.Step++
		in.Waits, in.At, in.Deadline = waitsCondition, x.path, time.Time{}
		if x.span > 0 {
			in.Deadline = o.At.Add(x.span)
		}
		e.watchFor(s)
	}
	if !in.Deadline.IsZero() && !o.At.Before(in.Deadline) {
		return !x.stops, x.stops
	}
	in.Due = in.Deadline
	if at, changes := x.cond.changesAt(&look); changes && (in.Due.IsZero() || at.Before(in.Due)) {
		in.Due = at.UTC()
	}
	return false, false
}

// remember captures values. What is not known cannot be restored.
func (in *run) remember(x *op, r home.Reader) {
	var all []capture
	for _, d := range x.target.devices(r) {
		for _, a := range x.attributes {
			for _, ep := range x.target.endpoints(d, settable(d, a)) {
				st, _ := d.State(home.Slot{Endpoint: ep, Attribute: a})
				if st.Value.IsUnknown() {
					continue
				}
				i := slices.IndexFunc(all, func(c capture) bool { return c.Device == d.ID && c.Endpoint == ep })
				if i < 0 {
					i = len(all)
					all = append(all, capture{Device: d.ID, Endpoint: ep})
				}
				all[i].Writes = append(all[i].Writes, model.Write{Attribute: a, Value: st.Value})
			}
		}
	}
	in.Captured = maps.Clone(in.Captured)
	if in.Captured == nil {
		in.Captured = map[string][]capture{}
	}
	in.Captured[x.name] = all
}

// restore asks for captured values. A lamp that was off is only put off: its brightness would put it on.
func (in *run) restore(x *op, re *home.Reaction) {
	if len(in.Captured[x.name]) == 0 {
		re.Problems = append(re.Problems, fmt.Sprintf("%s: nothing was captured as %s", x.path, x.name))
	}
	for _, c := range in.Captured[x.name] {
		writes := c.Writes
		if i := slices.Index(writes, model.Write{Attribute: "on_off.on", Value: model.Bool(false)}); i >= 0 {
			writes = writes[i : i+1]
		}
		re.Asks = append(re.Asks, home.Ask{Device: c.Device, Endpoint: c.Endpoint, Writes: slices.Clone(writes), Transition: x.transition})
	}
}
