// Package rehearsal runs scenes before they count: over a recorded log ([Try]), by a test script in simulated
// time ([Script]), and against each other in a search for loops and conflicts ([Search]). It is pure: the same
// input gives the same bytes. The houses are real ones of package home; only devices and the clock are simulated.
package rehearsal

import (
	"container/heap"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Zones finds a time zone by its name: [time.LoadLocation], handed in since this package does not look into the world.
type Zones func(name string) (*time.Location, error)

// sim is a house with a simulated clock. Its timers fire when time passes; its devices obey at once, but for deaf ones.
type sim struct {
	h      *home.Home
	seq    uint64
	now    time.Time
	timers timerHeap
	due    map[string]time.Time // of the timers that still count
	// mine tells which timers are the simulation's own to fire; nil is all.
	mine func(timer string) bool
	// obeys tells whether a device does what a command asks; nil is every one.
	obeys func(model.Command) bool
	// saw is told of every effect, in order.
	saw func(home.Effect)
}

func newSim(h *home.Home, now time.Time) *sim {
	return &sim{h: h, seq: h.Seq(), now: now, due: map[string]time.Time{}}
}

// apply takes a fact now, and what devices make of it. The error is the house's refusal.
func (s *sim) apply(b home.Body) error {
	s.seq++
	return s.applyAs(s.seq, b)
}

func (s *sim) applyAs(seq uint64, b home.Body) error {
	effects, err := s.h.Apply(home.Fact{Seq: seq, At: s.now, Body: b})
	var sends []model.Command
	for _, e := range effects { // valid until the next fact only
		switch e := e.(type) {
		case home.SetTimer:
			s.plan(e)
		case home.ClearTimer:
			delete(s.due, e.Timer)
		case home.Send:
			sends = append(sends, e.Command)
		}
		if s.saw != nil {
			s.saw(e)
		}
	}
	for _, c := range sends {
		if s.obeys == nil || s.obeys(c) {
			s.obey(c)
		}
	}
	return err
}

// plan takes a wish for a timer.
func (s *sim) plan(t home.SetTimer) {
	if s.mine == nil || s.mine(t.Timer) {
		s.due[t.Timer] = t.At
		heap.Push(&s.timers, timer{t.At, t.Timer})
	}
}

// obey makes a device report what it was asked for.
func (s *sim) obey(c model.Command) {
	if c.Action != "" {
		_ = s.apply(home.Answered{Command: c.ID, Outcome: model.Outcome{Status: model.Acked}})
		return
	}
	var readings []model.Reading
	for _, w := range c.Writes {
		readings = append(readings, model.Reading{Endpoint: c.Endpoint, Attribute: w.Attribute, Value: w.Value})
	}
	_ = s.apply(home.Reported{Source: c.Source, Readings: readings}) // of a device that the house knows: it asked
}

// maxFirings bounds how many timers may be due at one moment: more is a scene that runs in circles.
const maxFirings = 10_000

// until lets time pass up to a moment; timers fire in the order of their time, then of their name.
func (s *sim) until(at time.Time) {
	for n := 0; s.timers.Len() > 0 && !s.timers[0].at.After(at) && n < maxFirings; n++ {
		t := heap.Pop(&s.timers).(timer)
		if due, ok := s.due[t.name]; !ok || !due.Equal(t.at) {
			continue // replaced or cleared
		}
		delete(s.due, t.name)
		if t.at.After(s.now) {
			s.now, n = t.at, 0
		}
		_ = s.apply(home.Fired{Timer: t.name}) // a timer is never refused
	}
	if at.After(s.now) {
		s.now = at
	}
}

type timer struct {
	at   time.Time
	name string
}

type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].name < h[j].name
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds a [timer].
func (h *timerHeap) Push(x any) { *h = append(*h, x.(timer)) }

// Pop takes the last.
func (h *timerHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// isScenes tells whether a timer belongs to a scene, or to a command that it gave.
func isScenes(timer, scene string) bool {
	if strings.HasPrefix(timer, home.SceneTimer+scene+"/") {
		return true
	}
	_, command, ok := strings.Cut(timer, "/")
	return ok && strings.HasPrefix(command, scene+"-")
}
