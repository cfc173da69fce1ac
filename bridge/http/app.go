package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// appPolicy is what a page of the web app may do: its own scripts and styles, its own hub, nothing else. Markup made
// from text is stopped by the browser too (trusted types): only the framework's own templates pass.
const appPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types svelte-trusted-html concord"

// app is the web app: files that hold no secret and are the same for everybody, so they are open. What it shows, it
// asks the API for.
type app struct {
	files map[string]*appFile
}

type appFile struct {
	body, gzip, brotli []byte
	kind, tag          string
	forever            bool // its name carries a hash of its content
}

// appKinds are the media types of the app's files: the machine's own table must not matter.
var appKinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".png": "image/png",
	".txt": "text/plain; charset=utf-8",
}

// openApp reads the files into memory: they are part of the binary anyhow.
func openApp(files fs.FS) (*app, error) {
	a := &app{files: map[string]*appFile{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br") {
			return err
		}
		kind, known := appKinds[path.Ext(name)]
		if !known {
			return fmt.Errorf("the web app's file %s is of no kind that browsers are told of", name)
		}
		f := &appFile{kind: kind, forever: strings.HasPrefix(name, "assets/")}
		if f.body, err = fs.ReadFile(files, name); err != nil {
			return err
		}
		f.gzip, _ = fs.ReadFile(files, name+".gz") // a file that does not shrink has no twin
		f.brotli, _ = fs.ReadFile(files, name+".br")
		sum := sha256.Sum256(f.body)
		f.tag = base64.RawURLEncoding.EncodeToString(sum[:12])
		a.files["/"+name] = f
		return nil
	})
	if err == nil && a.files["/index.html"] == nil {
		err = fmt.Errorf("the web app has no index.html: build it with `npm run build` in web/")
	}
	return a, err
}

// forApp reports whether a request is for the app rather than for the API or what is mounted beside it.
func (s *Server) forApp(r *http.Request) bool {
	if s.app == nil || !safe(r.Method) || r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/v1/") {
		return false
	}
	_, pattern := s.mux.Handler(r)
	return pattern == ""
}

// find is the file of a path. The app's own addresses (/rooms/hall) are no files: they get its page.
func (a *app) find(p string) *appFile {
	if f := a.files[p]; f != nil {
		return f
	}
	if path.Ext(p) != "" || path.Clean(p) != p {
		return nil
	}
	return a.files["/index.html"]
}

func (a *app) serve(c *call) {
	f := a.find(c.r.URL.Path)
	if f == nil {
		writeProblem(c.w, problem(c.lang, http.StatusNotFound, "no_route").build())
		return
	}
	h := c.w.Header()
	h.Set("Content-Security-Policy", appPolicy)
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, coding := f.coded(c.r.Header.Get("Accept-Encoding"))
	tag := `"` + f.tag + coding + `"`
	h.Set("ETag", tag)
	if strings.Contains(c.r.Header.Get("If-None-Match"), tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body) // a client that has gone needs no answer
	}
}

// coded is the shortest form that the client takes.
func (f *appFile) coded(accepted string) (body []byte, coding string) {
	accepted = strings.ToLower(accepted)
	switch {
	case f.brotli != nil && accepts(accepted, "br"):
		return f.brotli, "br"
	case f.gzip != nil && accepts(accepted, "gzip"):
		return f.gzip, "gzip"
	}
	return f.body, ""
}

// accepts reports whether a list such as "gzip, br;q=0" has the coding, and not as one refused.
func accepts(list, coding string) bool {
	for part := range strings.SplitSeq(list, ",") {
		name, q, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == coding {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(q), "q="), "0.") != "" || strings.TrimSpace(q) == ""
		}
	}
	return false
}
