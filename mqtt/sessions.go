package mqtt

import (
	"container/list"
	"errors"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

var (
	errOtherUser = errors.New("mqtt: the client id belongs to another user's session")
	errTakeover  = errors.New("mqtt: the client id's previous connection does not end")
)

// takeoverTimeout is how long a new connection waits for the one it replaces.
const takeoverTimeout = 5 * time.Second

// sessions keeps who has which client id. mochi itself lets any user take over any id,
// may delete the new session when an old connection ends at the wrong moment, keeps any
// number of sessions, and leaves the subscriptions of an expired one in its index.
type sessions struct {
	server *mochi.Server
	max    int
	count  *counters

	mu     sync.Mutex
	online map[string]*gateConn
	away   map[string]*list.Element // of *mochi.Client
	order  *list.List               // away, oldest first
}

func newSessions(server *mochi.Server, maxAway int, count *counters) *sessions {
	return &sessions{server: server, max: maxAway, count: count,
		online: make(map[string]*gateConn), away: make(map[string]*list.Element), order: list.New()}
}

// claim gives cl's id to conn. A previous connection of the same user is disconnected and
// waited for; another user's session is an error, whether connected or away.
func (s *sessions) claim(cl *mochi.Client, conn *gateConn) error {
	timeout := time.NewTimer(takeoverTimeout)
	defer timeout.Stop()
	for {
		prev, err := s.tryClaim(cl, conn)
		if prev == nil || err != nil {
			return err
		}
		prev.hurry()
		_ = s.server.DisconnectClient(prev.client, packets.ErrSessionTakenOver)
		select {
		case <-prev.done:
		case <-timeout.C:
			return errTakeover
		}
	}
}

// tryClaim returns the connection that holds the id, if one does.
func (s *sessions) tryClaim(cl *mochi.Client, conn *gateConn) (*gateConn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	holder, _ := s.server.Clients.Get(cl.ID)
	prev := s.online[cl.ID]
	if prev != nil {
		holder = prev.client
	}
	if holder != nil && string(holder.Properties.Username) != string(cl.Properties.Username) {
		return nil, errOtherUser
	}
	if prev != nil {
		return prev, nil
	}
	s.forget(cl.ID)
	conn.client = cl
	s.online[cl.ID] = conn
	return nil, nil
}

// release ends conn's hold on its id, if it has one, after mochi is finished with it. A
// session that outlives its connection is kept, and those away longest make room.
func (s *sessions) release(conn *gateConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cl := conn.client
	if cl == nil || s.online[cl.ID] != conn {
		return
	}
	delete(s.online, cl.ID)
	if endsWithConnection(cl) {
		s.drop(cl)
		return
	}
	s.away[cl.ID] = s.order.PushBack(cl)
	for s.order.Len() > s.max {
		s.count.sessionsEvicted.Add(1)
		s.drop(s.order.Front().Value.(*mochi.Client))
	}
}

// goodbye disconnects every client, all at once because some may not read.
func (s *sessions) goodbye() {
	s.mu.Lock()
	var wg sync.WaitGroup
	for _, conn := range s.online {
		cl := conn.client
		wg.Go(func() { _ = s.server.DisconnectClient(cl, packets.ErrServerShuttingDown) })
	}
	s.mu.Unlock()
	wg.Wait()
}

// endsWithConnection tells a session that nobody can resume (MQTT 5.0 section 3.1.2.11.2,
// MQTT 3.1.1 section 3.1.2.4).
func endsWithConnection(cl *mochi.Client) bool {
	if cl.Properties.ProtocolVersion == 5 {
		return cl.Properties.Props.SessionExpiryInterval == 0
	}
	return cl.Properties.Clean
}

// expired cleans up after a session that mochi is about to forget.
func (s *sessions) expired(cl *mochi.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.online[cl.ID] == nil {
		s.drop(cl)
	}
}

func (s *sessions) drop(cl *mochi.Client) {
	s.forget(cl.ID)
	cl.ClearInflights()
	s.server.UnsubscribeClient(cl)
	s.server.Clients.Delete(cl.ID)
}

func (s *sessions) forget(id string) {
	if e := s.away[id]; e != nil {
		s.order.Remove(e)
		delete(s.away, id)
	}
}

func (s *sessions) kept() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.Len()
}
