package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

// testApp is a web app of few files.
func testApp() fstest.MapFS {
	f := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"index.html": f("<!doctype html><title>x</title>"), "index.html.gz": f("gz page"), "index.html.br": f("br page"),
		"assets/app-1a2b.js": f("let x = 1"), "assets/app-1a2b.js.gz": f("gz script"), "sw.js": f("self.x = 1"), "icon-192.png": f("png"),
	}
}

func TestTheAppIsServedToEverybodyUnderAStrictPolicy(t *testing.T) {
	r := newRig(t, func(o *Options) { o.App = testApp() })
	for _, c := range []struct {
		path, accept       string
		status             int
		body, kind, coding string
		cache              string
	}{
		{path: "/", status: 200, body: "<!doctype html><title>x</title>", kind: "text/html; charset=utf-8", cache: "no-cache"},
		{path: "/", accept: "gzip, deflate", status: 200, body: "gz page", kind: "text/html; charset=utf-8", coding: "gzip", cache: "no-cache"},
		{path: "/", accept: "gzip, deflate, br", status: 200, body: "br page", kind: "text/html; charset=utf-8", coding: "br", cache: "no-cache"},
		{path: "/", accept: "br;q=0, gzip;q=0.0", status: 200, body: "<!doctype html><title>x</title>", kind: "text/html; charset=utf-8", cache: "no-cache"},
		{path: "/rooms/hall", status: 200, body: "<!doctype html><title>x</title>", kind: "text/html; charset=utf-8", cache: "no-cache"},
		{path: "/assets/app-1a2b.js", accept: "gzip", status: 200, body: "gz script", kind: "text/javascript; charset=utf-8", coding: "gzip", cache: "public, max-age=31536000, immutable"},
		{path: "/sw.js", accept: "gzip", status: 200, body: "self.x = 1", kind: "text/javascript; charset=utf-8", cache: "no-cache"},
		{path: "/icon-192.png", status: 200, body: "png", kind: "image/png", cache: "no-cache"},
		{path: "/assets/none.js", status: 404}, {path: "/index.html.gz", status: 404}, {path: "/..%2f..%2fetc%2fpasswd.txt", status: 404}, {path: "/rooms/../x", status: 404},
	} {
		res := r.send(request{method: "GET", path: c.path, header: map[string]string{"Accept-Encoding": c.accept}})
		if res.status != c.status {
			t.Errorf("%s (%s): %d, want %d", c.path, c.accept, res.status, c.status)
			continue
		}
		if c.status != 200 {
			continue
		}
		h := res.header
		if res.body != c.body || h.Get("Content-Type") != c.kind || h.Get("Content-Encoding") != c.coding || h.Get("Cache-Control") != c.cache || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s (%s): %q with %v", c.path, c.accept, res.body, h)
		}
		if p := h.Get("Content-Security-Policy"); p != appPolicy || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", c.path, p)
		}
		again := r.send(request{method: "GET", path: c.path, header: map[string]string{"Accept-Encoding": c.accept, "If-None-Match": h.Get("ETag")}})
		if again.status != http.StatusNotModified || again.body != "" {
			t.Errorf("%s asked for again: %d %q", c.path, again.status, again.body)
		}
	}
}

func TestTheAppTakesNothingFromTheAPI(t *testing.T) {
	r := newRig(t, func(o *Options) { o.App = testApp() })
	for _, q := range []request{{method: "GET", path: "/api/none"}, {method: "GET", path: "/api"}, {method: "GET", path: "/api/devices"}, {method: "POST", path: "/"}} {
		if res := r.send(q); res.status != http.StatusUnauthorized {
			t.Errorf("%s %s without a caller: %d", q.method, q.path, res.status)
		}
	}
	if res := r.send(request{method: "GET", path: "/", host: "evil.example"}); res.status != http.StatusMisdirectedRequest {
		t.Errorf("by a foreign name: %d", res.status)
	}
	if res := r.send(request{method: "GET", path: "/", header: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Accept-Encoding": "identity"}}); res.status != http.StatusOK {
		t.Errorf("by a link of another website: %d", res.status)
	}
}

func TestAnAppWithoutAPageOrWithAnUnknownKindIsRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{"no page": {"x.js": {}}, "unknown kind": {"index.html": {}, "x.exe": {}}} {
		if _, err := openApp(files); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
