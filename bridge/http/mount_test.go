package httpapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// deadlines is a response that notes until when its request may be read.
type deadlines struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error { d.read = at; return nil }
func (d *deadlines) SetWriteDeadline(time.Time) error   { return nil }

// A body that never ends would else hold its route, and what it holds, for ever.
func TestAMountedRouteIsReadForALimitedTime(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Mounts = append(o.Mounts, Mount{Pattern: "POST /fulfil/test", Open: true, Handle: func(w http.ResponseWriter, r *http.Request, _ Caller) {
			_, _ = io.Copy(io.Discard, r.Body)
		}})
	})
	req := httptest.NewRequest(http.MethodPost, r.base+"/fulfil/test", strings.NewReader("{}"))
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	before := time.Now()
	r.server.handler.ServeHTTP(w, req)
	if w.Code != http.StatusOK || w.read.Before(before) || w.read.After(time.Now().Add(mountTime)) {
		t.Errorf("answered %d, read until %v", w.Code, w.read)
	}
}
