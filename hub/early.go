package hub

import (
	"time"

	"github.com/concord-home/hub/model"
)

// introduction is how long after its start an adapter is given to tell of its sources.
const introduction = 10 * time.Second

// early keeps the commands for sources of which an adapter has not told since it started: it could only refuse them. So
// after a start of the hub, what scenes' timers set that came due meanwhile, and what a kill kept from a device, waits
// for the device.
type early struct {
	over    bool // whatever comes now is the adapter's to judge
	told    map[model.SourceID]bool
	waiting []model.Command
}

// tooEarly keeps a command for later, if its source is yet to be told of.
func (p *port) tooEarly(c model.Command) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.early.over || p.early.told[c.Source] {
		return false
	}
	p.early.waiting = append(p.early.waiting, c)
	return true
}

// heardOf hands the adapter what waited for a source.
func (p *port) heardOf(s model.SourceID) {
	p.mu.Lock()
	if p.early.told == nil {
		p.early.told = map[model.SourceID]bool{}
	}
	p.early.told[s] = true
	var due, rest []model.Command
	for _, c := range p.early.waiting {
		if c.Source == s {
			due = append(due, c)
		} else {
			rest = append(rest, c)
		}
	}
	p.early.waiting = rest
	p.mu.Unlock()
	p.sendLate(due)
}

// introduced ends the waiting.
func (p *port) introduced() {
	p.mu.Lock()
	due := p.early.waiting
	p.early = early{over: true}
	p.mu.Unlock()
	p.sendLate(due)
}

// sendLate sends from the loop, as all is sent, what is still wanted.
func (p *port) sendLate(due []model.Command) {
	for _, c := range due {
		p.hub.queue.push(item{late: &c})
	}
}

// sendIfWanted sends a command that had to wait, unless it has ended meanwhile.
func (h *Hub) sendIfWanted(c model.Command) {
	if now, ok := h.View().Command(c.ID); ok && now.Ended.IsZero() {
		h.portOf(c.Source).execute(c)
	}
}
