package discovery

import (
	"cmp"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// Question is one thing to ask the network.
type Question struct {
	Name string // in DNS presentation form
	Type uint16 // dns.TypePTR, TypeSRV, TypeTXT, TypeA or TypeAAAA
}

// questions is a set that gathers at most max questions, or a few more.
type questions struct {
	max  int
	list []Question
	seen map[Question]bool
}

func (q *questions) full() bool { return len(q.list) >= q.max }

func (q *questions) add(name string, types ...uint16) {
	for _, t := range types {
		if k := (Question{fold(name), t}); !q.seen[k] {
			q.seen[k] = true
			q.list = append(q.list, Question{name, t})
		}
	}
}

// Questions returns what should be asked now, about limit of them: records
// that are missing, that run out soon, or whose goodbye is in doubt. It counts
// them as sent; what exceeds the limit stays due.
func (c *Cache) Questions(now time.Time, limit int) []Question {
	q := &questions{max: limit, seen: map[Question]bool{}}
	for _, e := range c.entries {
		if q.full() {
			break
		}
		if e.name != "" {
			e.askCheck(q, now)
			e.askMissing(q, now)
			e.askRefresh(q, now)
		}
	}
	for _, h := range c.hosts {
		if q.full() {
			break
		}
		h.askRefresh(q, now)
	}
	slices.SortFunc(q.list, func(a, b Question) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
	return q.list
}

// askCheck asks whether a service that said goodbye is really gone.
func (e *entry) askCheck(q *questions, now time.Time) {
	if !e.check.IsZero() && !e.check.After(now) {
		e.check = time.Time{}
		q.add(e.name, dns.TypeSRV)
	}
}

func (e *entry) askMissing(q *questions, now time.Time) {
	if e.nextAsk.IsZero() || e.nextAsk.After(now) {
		return
	}
	if !e.srv.known() {
		q.add(e.name, dns.TypeSRV)
	}
	if e.txt == nil {
		q.add(e.name, dns.TypeTXT)
	}
	if e.host != nil && len(e.host.addrs) == 0 {
		q.add(e.host.name, dns.TypeA, dns.TypeAAAA)
	}
	if e.asks >= lastAsks {
		q.add(e.base.Type+".local.", dns.TypePTR)
	}
	e.lastAsk, e.nextAsk = now, now.Add(time.Second<<e.asks)
	if e.asks++; e.asks >= maxAsks {
		e.nextAsk = time.Time{}
	}
}

func (e *entry) askRefresh(q *questions, now time.Time) {
	if !e.alive() {
		return
	}
	if e.srv.due(e.id, now) {
		q.add(e.name, dns.TypeSRV)
		if e.srv.asked > lastAsks {
			q.add(e.base.Type+".local.", dns.TypePTR)
		}
	}
	if e.text.due(e.id, now) {
		q.add(e.name, dns.TypeTXT)
	}
}

// askRefresh asks for addresses that run out. It also asks for one service of
// the host, since some responders give addresses only along with that.
func (h *host) askRefresh(q *questions, now time.Time) {
	due, last := false, false
	for _, a := range h.addrs {
		if !a.due(fold(h.name), now) {
			continue
		}
		due, last = true, last || a.asked > lastAsks
		if a.addr.Is4() {
			q.add(h.name, dns.TypeA)
		} else {
			q.add(h.name, dns.TypeAAAA)
		}
	}
	if !due {
		return
	}
	var user *entry
	for e := range h.users {
		if user == nil || e.id < user.id {
			user = e
		}
	}
	q.add(user.name, dns.TypeSRV)
	if last {
		q.add(user.base.Type+".local.", dns.TypePTR)
	}
}
