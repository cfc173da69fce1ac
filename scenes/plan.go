package scenes

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/concord-home/hub/home"
)

// plan sets the timers of schedules: of one scene or of all. A step of the clock moves what waits for a while with it.
func (e *Engine) plan(o *home.Occurrence, r home.Reader) []home.Reaction {
	ids := []string{o.Scene}
	if o.Scene == "" {
		ids = e.sortedScenes()
	}
	var out []home.Reaction
	for _, id := range ids {
		s := e.scenes[id]
		if s == nil {
			continue
		}
		re := home.Reaction{Scene: id}
		if o.Stepped != 0 && e.live[id] != nil {
			e.shift(s, o.Stepped, &re)
		}
		for i := range s.when {
			if t := &s.when[i]; t.timed() && s.enabled {
				if due, ok := e.dueOf(id, i); !ok || due.After(o.At) { // one that is due is about to fire
					e.planOne(s, t, &re, o.At, r)
				}
			}
		}
		if len(re.Timers)+len(re.Clear) > 0 {
			out = append(out, re)
		}
	}
	return out
}

func (e *Engine) dueOf(id string, n int) (time.Time, bool) {
	if m := e.live[id]; m != nil {
		due, ok := m.Due[n]
		return due, ok
	}
	return time.Time{}, false
}

// planOne sets the timer of one schedule. A moment that was had is not had again when the clock is put
// back, unless it lies so far ahead that the clock must have been wrong.
func (e *Engine) planOne(s *scene, t *trigger, re *home.Reaction, now time.Time, r home.Reader) {
	m := e.own(s.id)
	after := now
	if done, ok := m.Done[t.n]; ok && done.After(now) && done.Sub(now) < 25*time.Hour {
		after = done
	}
	timer := timerPrefix + s.id + "/" + timerAt + "/" + strconv.Itoa(t.n)
	at, ok := t.schedule.next(after, e.location(r), r.Surroundings().Place)
	if !ok {
		delete(m.Due, t.n)
		re.Clear = append(re.Clear, timer)
		return
	}
	if was, planned := m.Due[t.n]; planned && was.Equal(at) {
		return
	}
	if m.Due == nil {
		m.Due = map[int]time.Time{}
	}
	m.Due[t.n] = at
	re.Timers = append(re.Timers, home.SetTimer{Timer: timer, At: at})
}

// shift moves what waits for a while by as much as the clock was set.
func (e *Engine) shift(s *scene, by time.Duration, re *home.Reaction) {
	m := e.own(s.id)
	for i := range m.Runs {
		in := &m.Runs[i]
		if in.Due.IsZero() {
			continue
		}
		in.Due = in.Due.Add(by)
		if !in.Deadline.IsZero() {
			in.Deadline = in.Deadline.Add(by)
		}
		re.Timers = append(re.Timers, home.SetTimer{Timer: in.timer(s.id), At: in.Due})
	}
	for _, key := range slices.Sorted(maps.Keys(m.Held)) {
		held := m.Held[key]
		held.Since, held.Due = held.Since.Add(by), held.Due.Add(by)
		m.Held[key] = held
		re.Timers = append(re.Timers, home.SetTimer{Timer: timerPrefix + s.id + "/" + timerFor + "/" + key, At: held.Due})
	}
}

// giveUp clears the timers of a scene that is replaced or removed; its runs end.
func (e *Engine) giveUp(id string) []home.Reaction {
	m := e.live[id]
	if m == nil {
		return nil
	}
	re := home.Reaction{Scene: id, Ended: true}
	for i := range m.Runs {
		re.Clear = append(re.Clear, m.Runs[i].timer(id))
	}
	for _, key := range slices.Sorted(maps.Keys(m.Held)) {
		re.Clear = append(re.Clear, timerPrefix+id+"/"+timerFor+"/"+key)
	}
	for _, n := range slices.Sorted(maps.Keys(m.Due)) {
		re.Clear = append(re.Clear, timerPrefix+id+"/"+timerAt+"/"+strconv.Itoa(n))
	}
	if s := e.scenes[id]; s != nil {
		e.unwatch(s)
	}
	delete(e.live, id)
	return []home.Reaction{re}
}
