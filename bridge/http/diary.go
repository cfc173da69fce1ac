package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Bounds of the diary.
const (
	diaryBucket = "diary"
	diaryPage   = 128 // lines saved together
	diaryPages  = 32  // kept in all
	diaryPause  = 5 * time.Second
)

// diaryLine is one thing that happened, without words: those are chosen by who reads it.
type diaryLine struct {
	N         uint64                 `json:"n"`
	At        time.Time              `json:"at"`
	Kind      string                 `json:"kind"` // as api.Activity has it
	Device    model.DeviceID         `json:"device,omitempty"`
	Endpoint  model.EndpointID       `json:"endpoint,omitempty"`
	Attribute model.Attribute        `json:"attribute,omitempty"` // or event
	Value     model.Value            `json:"value,omitzero"`
	Args      map[string]model.Value `json:"args,omitempty"`
	Cause     *model.Cause           `json:"cause,omitempty"`
	Status    model.Status           `json:"status,omitempty"`
	Reason    model.Reason           `json:"reason,omitzero"`
	Who       string                 `json:"who,omitempty"`  // person or scene
	What      string                 `json:"what,omitempty"` // presence state, or what became of a device
	Problems  []string               `json:"problems,omitempty"`
}

// diary is the logbook of the house: what a person would tell of the day, not every reading. The
// newest few thousand lines are kept, in pages that are written a few seconds after they change.
type diary struct {
	memory Memory
	log    *slog.Logger

	mu      sync.Mutex
	lines   []*diaryLine            // oldest first
	saved   uint64                  // number of the last line that is on disk
	assumed map[slotKey]model.Value // what attributes were before a bridge's echo, until the device itself reports
}

func openDiary(ctx context.Context, m Memory, log *slog.Logger) (*diary, error) {
	d := &diary{memory: m, log: log, assumed: map[slotKey]model.Value{}}
	pages, err := m.List(ctx, diaryBucket)
	if err != nil {
		return nil, fmt.Errorf("the logbook cannot be read: %w", err)
	}
	for key, b := range pages {
		var lines []*diaryLine
		if err := json.Unmarshal(b, &lines); err != nil {
			log.Warn("a page of the logbook is damaged and left out", "page", key, "err", err)
			continue
		}
		d.lines = append(d.lines, slices.DeleteFunc(lines, func(l *diaryLine) bool { return l == nil })...)
	}
	slices.SortFunc(d.lines, func(a, b *diaryLine) int { return cmp.Compare(a.N, b.N) })
	if n := len(d.lines); n > 0 {
		d.saved = d.lines[n-1].N
	}
	return d, nil
}

// note writes down an effect that a person would tell of. Most effects are not told of and need no view of the
// house, which is not free.
func (d *diary) note(view func() *home.View, e home.Effect) {
	if x, changed := e.(home.Changed); changed {
		e = d.settled(x)
	}
	line, tells := diaryLineOf(view, e)
	if !tells {
		return
	}
	if line.At.IsZero() {
		line.At = view().At
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if line.What == "back" && !d.lost(line.Device) {
		return // it was found anew after a restart, not lost
	}
	line.N = 1
	if n := len(d.lines); n > 0 {
		line.N = d.lines[n-1].N + 1
	}
	d.lines = append(d.lines, &line)
	if len(d.lines) > diaryPage*(diaryPages+8) {
		d.lines = slices.Clone(d.lines[len(d.lines)-diaryPage*diaryPages:])
	}
}

// settled is a change as it looks without the echoes before it: from what was before the first of them.
func (d *diary) settled(x home.Changed) home.Changed {
	key := slotKey{string(x.Device), home.Slot{Endpoint: x.Endpoint, Attribute: x.Attribute}}
	d.mu.Lock()
	defer d.mu.Unlock()
	before, echoed := d.assumed[key]
	switch {
	case x.State.Quality == model.Assumed && !echoed:
		d.assumed[key] = x.From
	case x.State.Quality == model.Good && echoed:
		delete(d.assumed, key)
		x.From = before
	}
	return x
}

// lost reports whether the last that was told of the device's reachability is that it was lost. Under the lock.
func (d *diary) lost(id model.DeviceID) bool {
	for i := len(d.lines) - 1; i >= 0; i-- {
		if l := d.lines[i]; l.Device == id && (l.What == "lost" || l.What == "back") {
			return l.What == "lost"
		}
	}
	return false
}

func diaryLineOf(view func() *home.View, e home.Effect) (line diaryLine, tells bool) {
	switch x := e.(type) {
	case home.Changed:
		return diaryLine{At: x.State.Changed, Kind: "changed", Device: x.Device, Endpoint: x.Endpoint, Attribute: x.Attribute, Value: x.State.Value, Cause: x.State.Cause}, tellsOfChange(x)
	case home.Occurred:
		return diaryLine{At: x.At, Kind: "occurred", Device: x.Device, Endpoint: x.Endpoint, Attribute: x.Event, Args: x.Args}, true
	case home.CommandMoved:
		c := x.Command
		failed := !c.Ended.IsZero() && (c.Status == model.TimedOut || c.Status == model.Rejected || c.Status == model.Contradicted)
		return diaryLine{At: c.Ended, Kind: "command", Device: c.Device, Endpoint: c.Endpoint, Cause: c.Cause, Status: c.Status, Reason: c.Reason}, failed
	case home.DeviceMoved:
		what := x.What
		if what == "reachability" {
			what = "lost"
			v := view()
			if dev := v.Device(x.Device); dev != nil {
				if ok, _ := v.Reachable(dev); ok {
					what = "back"
				}
			}
		}
		return diaryLine{Kind: "device", Device: x.Device, What: what}, slices.Contains([]string{"added", "removed", "merged", "split", "swapped", "lost", "back"}, what)
	case home.PresenceMoved:
		return diaryLine{At: x.Presence.Since, Kind: "presence", Who: string(x.Person), What: x.Presence.State}, x.From != x.Presence.State
	case home.SceneRan:
		return diaryLine{At: x.At, Kind: "scene", Who: x.Scene, Cause: x.Cause, Problems: x.Problems}, true
	}
	return line, false
}

// tellsOfChange: turns and openings are told, and what somebody set; what was merely measured is for graphs.
func tellsOfChange(x home.Changed) bool {
	p, v := x.Property, x.State.Value
	if p == nil || p.Category != "" || p.Attribute.IsLongTail() || v.IsUnknown() || x.From.IsUnknown() || v == x.From || x.State.Quality != model.Good {
		return false
	}
	switch p.Attribute.Capability() {
	case "power_source", "health", "firmware", "fault", "identify", "indicator", "display":
		return false
	}
	switch p.Type {
	case model.TypeBool, model.TypeEnum:
		return true
	case model.TypeInt, model.TypeFloat:
		return p.Access.CanWrite() && x.State.Cause != nil && x.State.Cause.Kind != model.CausePhysical
	}
	return false
}

// save writes the pages that have changed and drops those that are too old.
func (d *diary) save(ctx context.Context) {
	d.mu.Lock()
	pages := map[uint64][]*diaryLine{}
	var last uint64
	saved := d.saved
	for _, l := range d.lines {
		if last = l.N; last/diaryPage >= saved/diaryPage {
			pages[last/diaryPage] = append(pages[last/diaryPage], l)
		}
	}
	d.mu.Unlock()
	if last == saved {
		return
	}
	for page, lines := range pages {
		if lines[len(lines)-1].N <= saved {
			continue
		}
		b, err := json.Marshal(lines)
		if err == nil {
			err = d.memory.Put(ctx, diaryBucket, pageKey(page), b)
		}
		if err != nil {
			d.log.Debug("the logbook waits to be saved", "err", err)
			return // tried again with the next
		}
	}
	for old := saved / diaryPage; old <= last/diaryPage; old++ {
		if old >= diaryPages {
			_ = d.memory.Delete(ctx, diaryBucket, pageKey(old-diaryPages)) // one that stays is dropped at the next turn of the page
		}
	}
	d.mu.Lock()
	d.saved = last
	d.mu.Unlock()
}

func pageKey(page uint64) string { return fmt.Sprintf("%012d", page) }

// before lists lines older than a number, newest first, until take has had enough.
func (d *diary) before(n uint64, take func(diaryLine) (enough bool)) {
	d.mu.Lock()
	lines := d.lines // append-only: what was read stays as it is
	d.mu.Unlock()
	for i := len(lines) - 1; i >= 0; i-- {
		if n > 0 && lines[i].N >= n {
			continue
		}
		if take(*lines[i]) {
			return
		}
	}
}
