package speakertest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ear is a platform's cloud that hears what it is told. Make it with [Listen].
type Ear struct {
	URL string
	t   *testing.T
	mu  sync.Mutex
	all []string
}

// Listen starts a cloud that ends with the test. Each thing it is told is a line of the path, the named headers and the body.
func Listen(t *testing.T, headers ...string) *Ear {
	t.Helper()
	e := &Ear{t: t}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		line := []string{r.URL.Path}
		for _, h := range headers {
			line = append(line, r.Header.Get(h))
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all = append(e.all, strings.Join(append(line, string(b)), " "))
	}))
	t.Cleanup(s.Close)
	e.URL = s.URL
	return e
}

// Heard is all that was told so far.
func (e *Ear) Heard() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.all, "\n")
}

// Wait waits until all of the texts were told, and returns what was told.
func (e *Ear) Wait(texts ...string) string {
	e.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; <-time.After(20 * time.Millisecond) {
		all, missing := e.Heard(), ""
		for _, x := range texts {
			if !strings.Contains(all, x) {
				missing = x
			}
		}
		if missing == "" {
			return all
		}
		if time.Now().After(end) {
			e.t.Fatalf("%s was not told: %s", missing, all)
		}
	}
}
