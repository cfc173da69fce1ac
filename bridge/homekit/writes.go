package homekit

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// wish is one entry of a write.
type wish struct {
	AID   uint64          `json:"aid"`
	IID   uint64          `json:"iid"`
	Value json.RawMessage `json:"value"`
	Ev    *bool           `json:"ev"`
	R     bool            `json:"r"`
}

type wishes struct {
	Characteristics []wish  `json:"characteristics"`
	PID             *uint64 `json:"pid"`
}

// prepare announces a timed write.
func (c *conn) prepare(body []byte) answer {
	var p struct {
		TTL float64 `json:"ttl"` // milliseconds
		PID *uint64 `json:"pid"`
	}
	if json.Unmarshal(body, &p) != nil || p.PID == nil || p.TTL <= 0 {
		return failed(http.StatusBadRequest, statusInvalid)
	}
	now := time.Now()
	for pid, until := range c.timed {
		if now.After(until) {
			delete(c.timed, pid)
		}
	}
	if len(c.timed) >= 16 {
		return failed(http.StatusOK, statusNoResources)
	}
	c.timed[*p.PID] = now.Add(time.Duration(min(p.TTL, 60_000)) * time.Millisecond)
	return failed(http.StatusOK, statusOK)
}

// put writes and subscribes: 204 when all was done, else 207 with a status for each.
func (c *conn) put(ctx context.Context, body []byte) answer {
	var w wishes
	if err := json.Unmarshal(body, &w); err != nil || len(w.Characteristics) > maxRead {
		return failed(http.StatusBadRequest, statusInvalid)
	}
	prepared := false
	if w.PID != nil {
		until, known := c.timed[*w.PID]
		delete(c.timed, *w.PID)
		if prepared = known && time.Now().Before(until); !prepared {
			return c.all(w.Characteristics, statusInvalid)
		}
	}
	status, answers := c.s.apply(ctx, c, w.Characteristics, prepared)
	out, bad, reply := make([]entry, len(status)), false, false
	for i, x := range w.Characteristics {
		out[i] = refused(id{x.AID, x.IID}, status[i])
		bad = bad || status[i] != statusOK
		if v, ok := answers[i]; ok {
			out[i].Value, reply = &anyJSON{v}, true
		}
	}
	if !bad && !reply {
		return answer{status: http.StatusNoContent}
	}
	return jsonAnswer(http.StatusMultiStatus, entries{out})
}

func (c *conn) all(w []wish, status int) answer {
	out := make([]entry, len(w))
	for i, x := range w {
		out[i] = refused(id{x.AID, x.IID}, status)
	}
	return jsonAnswer(http.StatusMultiStatus, entries{out})
}

// group is what goes to the house as one command.
type group struct {
	ask     ask
	members []int // the wishes it fulfils
}

// apply carries out the entries of a write. What goes to one endpoint, as hue and saturation do, goes as one command.
func (s *server) apply(ctx context.Context, c *conn, w []wish, prepared bool) (status []int, answers map[int]any) {
	cat, view := s.catalogue.Load(), s.o.House.View()
	status, answers = make([]int, len(w)), map[int]any{}
	var groups []*group
	for i, x := range w {
		p := cat.points[id{x.AID, x.IID}]
		if p == nil {
			status[i] = statusNoSuch
			continue
		}
		if x.Ev != nil {
			if !p.c.IsObservable() {
				status[i] = statusNoEvents
				continue
			}
			c.subscribe(p.id, *x.Ev)
		}
		if len(x.Value) == 0 {
			continue
		}
		a, st := s.asked(p, view, x.Value, prepared)
		if status[i] = st; st != statusOK {
			continue
		}
		groups = join(groups, a, i)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	for _, g := range groups {
		running.Go(func() {
			st := s.do(ctx, c, g.ask)
			mu.Lock()
			defer mu.Unlock()
			for _, i := range g.members {
				status[i] = st
			}
		})
	}
	running.Wait()
	view = s.o.House.View()
	for i, x := range w {
		if x.R && len(x.Value) > 0 && status[i] == statusOK {
			if e := c.read(cat, view, id{x.AID, x.IID}); e.Value != nil {
				answers[i] = e.Value.v
			}
		}
	}
	return status, answers
}

// asked is what a write asks of the house.
func (s *server) asked(p *point, view *home.View, raw json.RawMessage, prepared bool) (ask, int) {
	switch {
	case !p.c.IsWritable() || p.write == nil:
		return ask{}, statusReadOnly
	case p.c.RequiresTimedWrite() && !prepared:
		return ask{}, statusInvalid
	}
	v, st := parse(p.c, raw)
	if st != statusOK {
		return ask{}, st
	}
	if p.device != "" {
		d := view.Device(p.device)
		if d == nil {
			return ask{}, statusUnreachable
		}
		if ok, _ := view.Reachable(d); !ok {
			return ask{}, statusUnreachable
		}
	}
	return p.write(view, v)
}

// join adds a wish to the group of its endpoint.
func join(groups []*group, a ask, i int) []*group {
	for _, g := range groups {
		if a.device != "" && g.ask.device == a.device && g.ask.endpoint == a.endpoint && g.ask.action == "" && a.action == "" {
			for _, w := range a.writes { // of two writes of the same the later counts
				g.ask.writes = slices.DeleteFunc(g.ask.writes, func(x model.Write) bool { return x.Attribute == w.Attribute })
				g.ask.writes = append(g.ask.writes, w)
			}
			g.ask.slow = g.ask.slow || a.slow
			g.members = append(g.members, i)
			return groups
		}
	}
	return append(groups, &group{a, []int{i}})
}

// do asks the house and waits for what becomes of it. What is not confirmed in time is an error in Home, but for
// what takes its time: there it is enough that the device has taken it.
func (s *server) do(ctx context.Context, c *conn, a ask) int {
	cause := &model.Cause{Kind: model.CausePerson, Via: "homekit"}
	ctx, cancel := context.WithTimeout(ctx, s.o.AnswerWithin+s.o.AnswerWithin/10)
	defer cancel()
	switch {
	case a.scene != "":
		if err := s.o.House.Do(ctx, home.SceneAsked{ID: a.scene, Cause: cause}); err != nil {
			return statusNoSuch
		}
		return statusOK
	case a.mode != "":
		if err := s.o.House.Do(ctx, home.ModeSet{Mode: a.mode, Cause: cause}); err != nil {
			return statusInvalid
		}
		return statusOK
	case a.session != nil:
		return a.session(ctx, c)
	case a.keep != nil:
		if err := a.keep(); err != nil {
			s.log.Error("a name was not kept", "err", err)
			return statusNoResources
		}
		return statusOK
	case a.action == "" && len(a.writes) == 0:
		return statusOK
	}
	wish := home.Ask{Device: a.device, Endpoint: a.endpoint, Writes: a.writes, Command: a.action, Args: a.args, Cause: cause}
	if !a.slow {
		wish.Timeout = s.o.AnswerWithin
	}
	waiting, enough := context.WithCancel(ctx)
	defer enough()
	taken := false
	cmd, err := s.o.House.Command(waiting, wish, func(cmd home.Command) {
		if a.slow && cmd.Status == model.Acked {
			taken = true
			enough()
		}
	})
	switch {
	case taken:
		return statusOK
	case err != nil && errors.Is(err, context.DeadlineExceeded):
		return statusTimedOut
	case err != nil:
		return statusOfError(err)
	}
	return statusOfCommand(cmd)
}
