package httpapi

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
)

// backlog is how many effects are kept for streams that come back.
const backlog = 4096

// recent remembers the last effects, so that a stream which was cut goes on where it was.
type recent struct {
	mu   sync.Mutex
	ring []remembered // oldest first
	from uint64       // all effects of this number and later are in ring; 0: none is kept
	last uint64       // the highest number seen
}

// remembered is an effect with the number of its fact; one that has none goes by the number before it.
type remembered struct {
	seq    uint64
	effect home.Effect
}

// begin forgets what was, and says that everything after seq will be told.
func (r *recent) begin(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring, r.from, r.last = nil, seq+1, max(seq, r.last)
}

func (r *recent) keep(e home.Effect) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = max(r.last, effectSeq(e))
	if len(r.ring) == backlog {
		n := copy(r.ring, r.ring[backlog/4:])
		r.from = r.ring[0].seq + 1
		clear(r.ring[n:])
		r.ring = r.ring[:n]
	}
	r.ring = append(r.ring, remembered{r.last, e})
}

// since lists the effects after a number, some of them perhaps again; ok is false when some are forgotten.
func (r *recent) since(seq uint64) (effects []home.Effect, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.from == 0 || seq+1 < r.from {
		return nil, false
	}
	for _, x := range r.ring {
		if x.seq >= seq {
			effects = append(effects, x.effect)
		}
	}
	return effects, true
}

// effectSeq is the number of the fact that made the effect; 0 where it does not say.
func effectSeq(e home.Effect) uint64 {
	switch x := e.(type) {
	case home.Changed:
		return x.Seq
	case home.Occurred:
		return x.Seq
	case home.DeviceMoved:
		return x.Seq
	case home.PresenceMoved:
		return x.Seq
	case home.HouseMoved:
		return x.Seq
	case home.SceneRan:
		return x.Seq
	}
	return 0
}

var homePackage = reflect.TypeFor[home.Changed]().PkgPath()

// missedSome reports whether an effect is the hub's word that some did not reach us: it is of no type of package home.
func missedSome(e home.Effect) bool { return reflect.TypeOf(e).PkgPath() != homePackage }

// follow feeds what the server remembers of the house's life until the context ends.
func (s *Server) follow(ctx context.Context) {
	effects, stop := s.o.House.Events(backlog)
	defer stop()
	s.recent.begin(s.o.House.View().Seq)
	save := time.NewTicker(diaryPause)
	defer save.Stop()
	defer func() { s.diary.save(context.WithoutCancel(ctx)) }()
	for {
		select {
		case e, open := <-effects:
			if !open {
				return
			}
			if missedSome(e) {
				s.recent.begin(s.o.House.View().Seq)
				continue
			}
			s.recent.keep(e)
			s.diary.note(s.o.House.View, e)
		case <-save.C:
			s.diary.save(ctx)
		case <-ctx.Done():
			return
		}
	}
}
