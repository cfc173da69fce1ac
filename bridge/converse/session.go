package converse

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Bounds of a talk.
const (
	sessionLife = 5 * time.Minute // "it" and undo are remembered so long
	pendingLife = 45 * time.Second
	maxSessions = 1000
)

// session is one talk: what "it" is, what is asked back, what can be undone.
type session struct {
	mu      sync.Mutex // one sentence at a time
	id      string
	used    time.Time
	lang    string           // of what was said last
	last    []model.DeviceID // what "it" is
	pending *pending
	undo    []home.Ask
	did     *grammar.Clause // the last command, for "no, the other one"
}

// pending is a question of the house that waits for its answer.
type pending struct {
	at      time.Time
	clause  grammar.Clause
	rest    []grammar.Clause
	options []model.DeviceID // which one?
	rooms   []home.RoomID    // which room?
	confirm string           // pin, yesno; empty when it asks which
	// more is what was said, where a time is missing that is said behind it: "set a timer" – for how long? – "five minutes".
	more string
}

type sessions struct {
	mu  sync.Mutex
	all map[string]*session
}

// get finds a talk or begins one. A talk belongs to who began it: nobody else can go on with it.
func (s *sessions) get(id string, owner string, now time.Time) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.all {
		if now.Sub(old.used) > sessionLife {
			delete(s.all, key)
		}
	}
	if id == "" || len(id) > 128 {
		var b [9]byte
		_, _ = rand.Read(b[:])
		id = hex.EncodeToString(b[:])
	}
	key := owner + "\x00" + id
	t := s.all[key]
	if t == nil {
		if len(s.all) >= maxSessions {
			for k := range s.all {
				delete(s.all, k)
				break
			}
		}
		t = &session{id: id}
		s.all[key] = t
	}
	t.used = now
	return t
}
