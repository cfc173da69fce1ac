package consent

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// issued are the hashes of what was given out for a link, oldest first.
type issued struct {
	Access  []token `json:"access"`
	Refresh []token `json:"refresh"`
}

// token is one of them. An access token is good until its time; a refresh token is while it has none, and after it was replaced
// until then. One that is good no longer is remembered, to be known when it comes again.
type token struct {
	Hash  string    `json:"hash"`
	Until time.Time `json:"until,omitzero"`
}

const (
	maxAccess  = 8  // the oldest are forgotten; a platform asks for one an hour
	maxRefresh = 24 // so many replaced ones are known again
)

// add notes new tokens.
func (t *issued) add(access, refresh string, now time.Time) {
	t.Access = append(slices.DeleteFunc(t.Access, func(k token) bool { return !now.Before(k.Until) }), token{access, now.Add(accessLife)})
	t.Refresh = append(t.Refresh, token{Hash: refresh})
	t.Access = t.Access[max(0, len(t.Access)-maxAccess):]
	t.Refresh = t.Refresh[max(0, len(t.Refresh)-maxRefresh):]
}

// opens reports whether an access token is good.
func (t *issued) opens(hash string, now time.Time) bool {
	return t != nil && slices.ContainsFunc(t.Access, func(k token) bool { return same(k.Hash, hash) && now.Before(k.Until) })
}

// renew reports whether a refresh token is good, and whether it is one that was good so long ago that no lost answer explains it.
func (t *issued) renew(hash string, now time.Time) (good, stolen bool) {
	if t == nil {
		return false, false
	}
	for _, k := range t.Refresh {
		if same(k.Hash, hash) {
			return k.Until.IsZero() || now.Before(k.Until), !k.Until.IsZero() && now.Sub(k.Until) > graceLife
		}
	}
	return false, false
}

// renewed are the tokens after a refresh token was used: all that were good without an end are replaced now, and what those had
// replaced is good no more: the platform has its answer. One that is itself in its time of grace replaces nothing: its first answer
// may have arrived, and which of the two is used, only the platform knows.
func (t *issued) renewed(hash string, now time.Time) *issued {
	out := &issued{slices.Clone(t.Access), slices.Clone(t.Refresh)}
	if slices.ContainsFunc(out.Refresh, func(k token) bool { return same(k.Hash, hash) && !k.Until.IsZero() }) {
		return out
	}
	for i := range out.Refresh {
		switch k := &out.Refresh[i]; {
		case k.Until.IsZero():
			k.Until = now.Add(graceLife)
		case now.Before(k.Until):
			k.Until = now
		}
	}
	return out
}

// holds reports whether a token, of either kind, was given out and is not forgotten.
func (t *issued) holds(hash string) bool {
	return t != nil && slices.ContainsFunc(slices.Concat(t.Access, t.Refresh), func(k token) bool { return same(k.Hash, hash) })
}

// readLink reads a link as it is kept, or as it was kept before there could be several tokens of a kind.
func readLink(b []byte) (*Link, error) {
	var l Link
	var before struct {
		Access  string    `json:"access"`
		Expires time.Time `json:"access_expires"`
		Refresh string    `json:"refresh"`
	}
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &before); err == nil && l.Tokens == nil && before.Refresh != "" {
		l.Tokens = &issued{[]token{{before.Access, before.Expires}}, []token{{Hash: before.Refresh}}}
	}
	return &l, nil
}

// tries counts what was refused, by who asked.
type tries struct {
	mu    sync.Mutex
	since time.Time
	by    map[string]int
}

const (
	manyTries  = 20 // refusals in a span after which who asks is told to wait
	triesSpan  = time.Minute
	maxTriesBy = 10_000
)

// again counts one more and reports how long who asks shall wait; zero: not at all.
func (t *tries) again(who string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.since) >= triesSpan || len(t.by) >= maxTriesBy {
		t.since, t.by = now, map[string]int{}
	}
	t.by[who]++
	if t.by[who] <= manyTries {
		return 0
	}
	return triesSpan - now.Sub(t.since)
}

// host is who asks, as an address without its port.
func host(r *http.Request) string {
	if h, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return h
	}
	return r.RemoteAddr
}

// turnAway answers a token request that is refused; who was refused too often is told to wait. What is right is never held up:
// behind a relay all platforms come from one address.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, otherwise func(http.ResponseWriter)) {
	if wait := s.wrong.again(host(r), s.o.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		oauthError(w, http.StatusTooManyRequests, "slow_down", "too many requests that were refused")
		return
	}
	otherwise(w)
}
