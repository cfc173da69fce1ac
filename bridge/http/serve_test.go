package httpapi

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/store"
)

func TestTheServerBoundsWhatClientsCanHold(t *testing.T) {
	srv := newRig(t).server.httpServer()
	if srv.ReadHeaderTimeout != 5*time.Second || srv.ReadTimeout == 0 || srv.WriteTimeout == 0 || srv.IdleTimeout == 0 || srv.MaxHeaderBytes != 32<<10 {
		t.Errorf("got %+v", srv)
	}
}

func TestHalfARequestIsCutOffWhileOthersAreServed(t *testing.T) {
	r := newRig(t, func(o *Options) { o.HeaderTimeout = 100 * time.Millisecond })
	var slow []net.Conn
	for range 50 {
		c, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: loc"); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	r.get("/api/devices", nil)
	for _, c := range slow {
		if err := c.SetReadDeadline(time.Now().Add(deadline)); err != nil {
			t.Fatal(err)
		}
		_, err := io.Copy(io.Discard, c)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Fatal("half a request is kept open")
		}
	}
}

func TestOneClientCannotTakeAllConnections(t *testing.T) {
	l := &boundedListener{open: map[string]int{}}
	for n := range maxConnsPerHost {
		if !l.enter("a") {
			t.Fatalf("connection %d is refused", n)
		}
	}
	if l.enter("a") || !l.enter("b") {
		t.Error("the bound of one client is that of others, or none")
	}
	l.exit("a")
	if !l.enter("a") {
		t.Error("a connection that ended still counts")
	}
	for n := 0; l.total < maxConns; n++ {
		l.enter(strings.Repeat("c", n/maxConnsPerHost+1))
	}
	if l.enter("z") {
		t.Error("there is no bound for all together")
	}
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	r := newRig(t)
	big := map[string]any{"names": map[string]string{"": strings.Repeat("x", maxBodyBytes)}}
	if res := r.send(request{method: "PUT", path: "/api/rooms/x", body: big, token: r.local}); res.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body gets %d", res.status)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { // the server may close before it has read all
		_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 2*maxHeaderBytes)+"\r\n\r\n")
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil && res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a large header gets %d", res.StatusCode)
	}
}

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	r := newRig(t)
	for _, q := range []request{{method: "GET", path: "/nowhere"}, {method: "DELETE", path: "/api/devices"}, {method: "OPTIONS", path: "/api/devices"}} {
		q.token = r.local
		if p := r.send(q).problem(t); p.Status != http.StatusNotFound {
			t.Errorf("%s %s: %+v", q.method, q.path, p)
		}
	}
}

// sick is a memory that cannot write.
type sick struct{ *store.Store }

func (sick) Health() store.Health { return store.Health{Problem: "The disk is full."} }

func TestHealthSaysNothingButWhetherTheHubWorks(t *testing.T) {
	if res := newRig(t).send(request{method: "GET", path: "/healthz"}); res.status != http.StatusOK || res.body != "" {
		t.Errorf("got %d %q", res.status, res.body)
	}
	r := newRig(t, func(o *Options) { o.Memory = sick{o.Memory.(*store.Store)} })
	if res := r.send(request{method: "GET", path: "/healthz"}); res.status != http.StatusServiceUnavailable || res.body != "" {
		t.Errorf("got %d %q", res.status, res.body)
	}
}

func TestAPanicIsAProblemWithoutItsWords(t *testing.T) {
	r := newRig(t)
	r.server.mux.HandleFunc("GET /api/boom", func(http.ResponseWriter, *http.Request) { panic("secret words") })
	res := r.send(request{method: "GET", path: "/api/boom", token: r.local})
	if p := res.problem(t); p.Status != http.StatusInternalServerError || strings.Contains(res.body, "secret") {
		t.Errorf("got %s", res.body)
	}
}
