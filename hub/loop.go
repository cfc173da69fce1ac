package hub

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/store"
)

// item is a fact on its way to the house; done, when given, hears what became of it.
type item struct {
	body home.Body
	done chan<- error
	late *model.Command // no fact, but a command that had to wait for its source
}

// loop is the one writer: it alone applies facts.
func (h *Hub) loop() {
	var batch []item
	for {
		var open bool
		if batch, open = h.queue.take(batch[:0]); !open {
			return
		}
		for i := 0; i < len(batch); {
			n := sceneTimers(batch[i:])
			if n == 0 {
				h.apply(batch[i])
				n = 1
			} else {
				h.applyDurably(batch[i : i+n])
			}
			clear(batch[i : i+n])
			i += n
		}
		if h.home.Seq()-h.lastSnapshot >= h.o.SnapshotEvery {
			h.snapshotSoon()
		}
	}
}

func (h *Hub) apply(it item) {
	if it.late != nil {
		h.sendIfWanted(*it.late)
		return
	}
	at := h.o.Now().UTC().Round(0)
	h.mu.Lock()
	before := h.home.Seq()
	f := home.Fact{Seq: before + 1, At: at, Body: it.body}
	effects, err := h.home.Apply(f)
	h.mu.Unlock()
	h.metrics.Facts.Add(1)
	if err == nil {
		h.carryOut(effects, at) // before the log: a command should not wait for the encoder
		h.keep(f)
		h.tellWaiters(effects)
	} else if it.done == nil {
		h.metrics.Refused.Add(1)
		h.refusals.note("", err.Error())
	}
	if it.done != nil {
		it.done <- err
	}
}

// tellWaiters comes last: who hears that a command is done syncs, and must find its fact in the log and its
// values in the history.
func (h *Hub) tellWaiters(effects []home.Effect) {
	for _, e := range effects {
		if c, ok := e.(home.CommandMoved); ok {
			h.waiters.tell(c.Command)
		}
	}
}

func (h *Hub) keep(f home.Fact) {
	data, err := f.Encode()
	if err != nil {
		h.log.Error("a fact is not in the log", "err", err)
		return
	}
	h.o.Store.Append(store.Entry{Seq: f.Seq, At: f.At, Data: data})
}

// carryOut does what effects ask for. Commands go first, and all the way out: neither they nor the goroutine that
// writes them to the network should wait for those who only watch.
func (h *Hub) carryOut(effects []home.Effect, at time.Time) {
	sent := false
	for _, e := range effects {
		if send, ok := e.(home.Send); ok {
			h.metrics.Sent.Add(1)
			h.portOf(send.Command.Source).execute(send.Command)
			sent = true
		}
	}
	if sent && h.queue.len() == 0 {
		runtime.Gosched()
	}
	for _, e := range effects {
		h.follow(e, at)
	}
}

// follow does what an effect other than Send asks for and tells the bridges.
func (h *Hub) follow(e home.Effect, at time.Time) {
	switch e := e.(type) {
	case home.Send:
		return
	case home.SetTimer:
		h.timers.set(e.Timer, e.At)
		return
	case home.ClearTimer:
		h.timers.clear(e.Timer)
		return
	case home.Refused:
		h.metrics.Refused.Add(1)
		h.refusals.note(string(e.Source), e.Why)
	case home.Changed:
		h.metrics.Changes.Add(1)
		h.record(e, at)
	case home.SceneEvaluated:
		if e.Again {
			return
		}
		h.remember(e.Evaluation)
	case home.CommandMoved:
		h.ended(e.Command, at)
	}
	h.subs.publish(e)
}

// ended counts a command that has just ended; what comes after its end (a late reason) is no second one.
func (h *Hub) ended(c home.Command, at time.Time) {
	if !c.Ended.Equal(at) || len(c.Paths) == 0 {
		return
	}
	h.portOf(c.Paths[max(c.Tried, 1)-1]).count(c)
}

// snapshotSoon writes the house beside the loop; the view it writes does not change.
func (h *Hub) snapshotSoon() {
	if !h.snapshotting.CompareAndSwap(false, true) {
		return
	}
	h.lastSnapshot = h.home.Seq()
	go func() {
		defer h.snapshotting.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.snapshot(ctx); err != nil {
			h.log.Warn("the house was not saved; the log is kept instead", "err", err)
		}
	}()
}

// seriesKey addresses a history series without building its name anew for each sample.
type seriesKey struct {
	device   model.DeviceID
	endpoint model.EndpointID
	attr     model.Attribute
}

// SeriesName is the name under which an attribute's history is kept.
func SeriesName(d model.DeviceID, e model.EndpointID, a model.Attribute) string {
	return string(d) + "/" + string(e) + "/" + string(a)
}

// keepsHistory keeps what a household would look at as a graph or a list.
func keepsHistory(p *model.Property) bool {
	if p.Access == model.AccessConst || p.Attribute.Capability() == model.Setting {
		return false
	}
	switch p.Type {
	case model.TypeBool, model.TypeInt, model.TypeFloat, model.TypeEnum:
		return true
	}
	return false
}

// record keeps a changed value for graphs. What was only assumed or remembered is no measurement: it is kept when the device
// says so itself, though for the house the value is then the same as before.
func (h *Hub) record(c home.Changed, at time.Time) {
	key := seriesKey{c.Device, c.Endpoint, c.Attribute}
	if c.State.Quality == model.Assumed {
		h.assumed[key] = true
		return
	}
	if c.State.Quality != model.Good || c.State.Value.IsUnknown() || c.State.Value == c.From && !h.assumed[key] {
		return
	}
	delete(h.assumed, key)
	name, known := h.series[key]
	if !known {
		if c.Property != nil && h.o.KeepHistory(c.Property) {
			name = SeriesName(c.Device, c.Endpoint, c.Attribute)
		}
		h.series[key] = name
	}
	if name == "" {
		return
	}
	s := store.Sample{Series: name, At: at}
	switch v := c.State.Value; v.Kind() {
	case model.KindNumber:
		s.Num, _ = v.Number()
	case model.KindBool:
		if b, _ := v.Bool(); b {
			s.Num = 1
		}
	default:
		s.Text, s.IsText = v.String(), true
	}
	h.o.Store.Record(s)
}

// soft is how many facts may wait before producers are slowed down.
const soft = 16_384

// refusalLog tells of what sources say wrongly, once per source and reason: a device that
// keeps saying it must not fill the log.
type refusalLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	seen map[string]int
}

const keepRefusals = 1000

func (r *refusalLog) note(source, why string) {
	r.mu.Lock()
	if r.seen == nil || len(r.seen) > keepRefusals {
		r.seen = map[string]int{}
	}
	key := source + " " + sortOf(why)
	r.seen[key]++
	first := r.seen[key] == 1
	r.mu.Unlock()
	if first {
		r.log.Warn("a part of a report was not taken", "source", source, "why", why)
	}
}

// sortOf is a refusal's words without what varies from one to the next of its kind: what came and the figures in it.
func sortOf(why string) string {
	if before, _, quotes := strings.Cut(why, ": got "); quotes {
		why = before
	}
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || r == '.' {
			return -1
		}
		return r
	}, why)
}
