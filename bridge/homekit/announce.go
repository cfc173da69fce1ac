package homekit

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"net"
	"strconv"
	"time"
)

// Advert is what a bridge announces by mDNS.
type Advert struct {
	Name string
	Port int
	TXT  map[string]string
}

// advert is what the bridge announces now.
func (s *server) advert() Advert {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := "0"
	if len(s.rec.Controllers) == 0 {
		open = "1"
	}
	sum := sha512.Sum512([]byte(s.rec.SetupID + s.rec.ID))
	port := 0
	if s.listener != nil {
		port = s.listener.Addr().(*net.TCPAddr).Port
	}
	return Advert{Name: s.rec.Name, Port: port, TXT: map[string]string{
		"c#": strconv.Itoa(int(s.rec.Config)), "ff": "0", "id": s.rec.ID, "md": "Concord", "pv": "1.1", "s#": "1", "sf": open, "ci": "2",
		"sh": base64.StdEncoding.EncodeToString(sum[:4]),
	}}
}

// announceAgain is how long after a failure the announcement is tried again.
const announceAgain = 30 * time.Second

// announce keeps the advert up to date.
func (s *server) announce(ctx context.Context) {
	if s.o.Announce == nil {
		return
	}
	for ctx.Err() == nil {
		was := s.advert()
		one, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		failed := make(chan error, 1)
		s.is(true, "")
		go func() {
			defer close(ended)
			failed <- s.o.Announce(one, was)
		}()
		var again <-chan time.Time
		for changed := false; !changed; {
			select {
			case <-ctx.Done():
				changed = true
			case <-again:
				changed = true
			case err := <-failed:
				if err != nil && ctx.Err() == nil {
					s.log.Warn("a HomeKit bridge is not announced on the network", "err", err)
					s.is(false, err.Error())
				}
				again = time.After(announceAgain)
			case <-s.advertise:
				now := s.advert()
				changed = now.Name != was.Name || !equalTXT(now.TXT, was.TXT)
			}
		}
		stop()
		<-ended
	}
	s.is(false, "")
}

// is keeps how the bridge is, for people to see.
func (s *server) is(announced bool, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announced, s.problem = announced, problem
}

func equalTXT(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}
