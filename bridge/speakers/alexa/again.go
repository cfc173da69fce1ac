package alexa

import (
	"strings"
	"sync"
	"time"
)

// heard are the last directives by link and endpoint that change something by so much: one that comes again, because its answer was
// lost, is answered again and not done again.
type heard struct {
	mu sync.Mutex
	by map[string]said
}

type said struct {
	what   string
	at     time.Time
	answer message
}

const (
	againWithin = time.Minute
	maxHeard    = 1000
)

// what tells a directive from others; empty where doing it twice does no harm.
func what(d *directive) string {
	h := d.Header
	for _, begins := range []string{"Adjust", "Increase", "Decrease"} {
		if strings.HasPrefix(h.Name, begins) && h.MessageID != "" {
			return h.MessageID + " " + h.Correlation + " " + h.Namespace + " " + h.Name + " " + h.Instance + " " + string(d.Payload)
		}
	}
	return ""
}

// again is the answer that a directive was given before, if it is the last that the endpoint was sent.
func (x *heard) again(link string, d *directive, now time.Time) (message, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s, ok := x.by[link+"|"+d.Endpoint.ID]
	w := what(d)
	return s.answer, ok && w != "" && s.what == w && now.Sub(s.at) < againWithin
}

func (x *heard) note(link string, d *directive, now time.Time, answer message) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.by == nil || len(x.by) >= maxHeard {
		x.by = map[string]said{}
	}
	x.by[link+"|"+d.Endpoint.ID] = said{what(d), now, answer}
}
