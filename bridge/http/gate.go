package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
)

// call is what the gate found out about a request.
type call struct {
	lang string
	who  *principal // nil on open routes
	w    http.ResponseWriter
	r    *http.Request
}

type callKey struct{}

// callOf is the call that a handler answers.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// csrfHeader must accompany what a session changes: another website cannot send it without being asked first.
const csrfHeader = "X-Concord"

// sessionCookie is the name of the cookie that holds a session's secret.
const sessionCookie = "concord_session"

// openRoutes need no caller. Everything else does, whether it exists or not.
var openRoutes = map[string]bool{
	"GET /healthz": true, "GET /api/setup": true, "POST /api/setup": true, "POST /api/login": true, "POST /api/login/key": true,
}

// gate is the way in: what does not pass it reaches no handler.
func (s *Server) gate() http.Handler {
	hosts := newHostList(s.o.Hosts)
	foreign := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		c := &call{lang: language(r), w: w, r: r}
		defer s.recovered(c)
		if s.forApp(r) && hosts.allows(r) {
			s.app.serve(c)
			return
		}
		if p := s.admit(c, hosts, foreign); p != nil {
			writeProblem(w, p)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r))
		s.route(c, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// harden sets what browsers need to be told.
func harden(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func language(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l != "" {
		return messages.Language(l)
	}
	return messages.Language(r.Header.Get("Accept-Language"))
}

// admit finds out who calls, or why the call is refused.
func (s *Server) admit(c *call, hosts *hostList, foreign *http.CrossOriginProtection) *api.Problem {
	r := c.r
	if !hosts.allows(r) {
		return problem(c.lang, http.StatusMisdirectedRequest, "host").expecting("host", hostName(r.Host), messages.Text(c.lang, "error.host.known")).build()
	}
	if s.mountedOpen(r) {
		return nil // the bridge checks by itself who calls; people come to its pages from other websites
	}
	if foreign.Check(r) != nil || foreignOrigin(r) {
		return problem(c.lang, http.StatusForbidden, "origin").build()
	}
	var bad bool
	c.who, bad = s.identify(r)
	if isLink(r.URL.Path) {
		return nil // its own secret says who calls
	}
	if (c.who == nil && !openRoutes[r.Method+" "+r.URL.Path]) || bad {
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return problem(c.lang, http.StatusUnauthorized, "unauthorized").build()
	}
	if c.who != nil && (c.who.kind == byPerson || c.who.browser) && !safe(r.Method) && r.Header.Get(csrfHeader) == "" {
		return problem(c.lang, http.StatusForbidden, "csrf").build()
	}
	return nil
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// foreignOrigin is stricter than the standard library's protection, which leaves reading to
// CORS: no other website has any business with the hub.
func foreignOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	_, host, _ := strings.Cut(origin, "://")
	return !strings.EqualFold(host, r.Host)
}

// identify finds the caller; bad is set when a token was shown that is not valid.
func (s *Server) identify(r *http.Request) (who *principal, bad bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		kind, secret, _ := strings.Cut(h, " ")
		if !strings.EqualFold(kind, "Bearer") {
			return nil, true
		}
		who = s.auth.byTokenHash(digest(strings.TrimSpace(secret)))
		return who, who == nil
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		if who = s.auth.bySessionHash(digest(cookie.Value), s.o.House.View()); who != nil {
			return who, false
		}
		if who = s.keyHolder(cookie.Value); who != nil {
			return who, false
		}
	}
	if s.o.Demo && isLoopback(r.RemoteAddr) {
		return &principal{kind: byDemo, level: levelAdmin}, false
	}
	if r.Method == http.MethodGet && r.URL.Path == "/metrics" && isLoopback(r.RemoteAddr) {
		return &principal{kind: byMonitor, level: levelRead}, false
	}
	return nil, false
}

func isLoopback(remote string) bool {
	ap, err := netip.ParseAddrPort(remote)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// route finds the handler. A path that is not in its plain form is no route: nothing is redirected. Below a bridge's own root a
// slash may end it, as Yandex ends the address that it looks at for signs of life.
func (s *Server) route(c *call, r *http.Request) {
	p := r.URL.Path
	if h, pattern := s.mux.Handler(r); pattern != "" && (path.Clean(p) == p || strings.HasSuffix(pattern, "/") && path.Clean(p)+"/" == p) {
		_ = h // ServeHTTP looks it up again and fills in the path's parameters
		if packs(r) {
			p := &packed{ResponseWriter: c.w}
			s.mux.ServeHTTP(p, r)
			_ = p.Close() // a client that has gone needs no end
			return
		}
		s.mux.ServeHTTP(c.w, r)
		return
	}
	writeProblem(c.w, problem(c.lang, http.StatusNotFound, "no_route").build())
}

// recovered turns a panic of a handler into a problem. Neither header nor body is logged: they may hold secrets.
func (s *Server) recovered(c *call) {
	switch x := recover(); x {
	case nil:
	case http.ErrAbortHandler:
		panic(x) // the server's own way to cut a connection
	default:
		s.log.Error("a request failed", "method", c.r.Method, "path", loggable(c.r.URL.Path), "panic", x)
		writeProblem(c.w, problem(c.lang, http.StatusInternalServerError, "internal").build())
	}
}

// hostList knows by which names the hub may be called: against DNS rebinding, where a foreign name is made to
// point at the hub.
type hostList struct {
	names []string
	own   atomic.Pointer[[]netip.Addr]
}

func newHostList(configured []string) *hostList {
	l := &hostList{names: []string{"localhost"}}
	for _, n := range configured {
		l.names = append(l.names, strings.ToLower(n))
	}
	if n, err := os.Hostname(); err == nil {
		l.names = append(l.names, strings.ToLower(n))
	}
	l.refresh()
	return l
}

// refresh reads the machine's addresses.
func (l *hostList) refresh() {
	var own []netip.Addr
	addrs, _ := net.InterfaceAddrs() // without them, the connection's own address still counts
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, p.Addr().Unmap())
		}
	}
	l.own.Store(&own)
}

func (l *hostList) allows(r *http.Request) bool {
	host := hostName(r.Host)
	if host == "" {
		return false
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".localhost") || slices.Contains(l.names, host)
	}
	ip = ip.Unmap().WithZone("")
	if ip.IsLoopback() || slices.Contains(l.names, host) || slices.Contains(*l.own.Load(), ip) {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if ok && clientIP(local.String()) == ip {
		l.refresh() // the machine has a new address
		return true
	}
	return false
}

func clientIP(addr string) netip.Addr {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// hostName is the Host header without port, brackets and final dot, in lower case.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
