package httpapi

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// packs reports whether an answer is worth packing: the list of all devices is a megabyte in a large house, and the
// app asks for it at each visit.
func packs(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Path == "/api/devices" || r.URL.Path == "/api/activity") &&
		accepts(strings.ToLower(r.Header.Get("Accept-Encoding")), "gzip")
}

// packed is an answer that is compressed on its way. Close it when the handler is done.
type packed struct {
	http.ResponseWriter
	began bool
	zip   *gzip.Writer // nil for what is not compressed
}

// WriteHeader says that the body is compressed, where there will be one that is.
func (p *packed) WriteHeader(status int) {
	p.began = true
	h := p.Header()
	h.Add("Vary", "Accept-Encoding")
	if status == http.StatusOK {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		p.zip, _ = gzip.NewWriterLevel(p.ResponseWriter, gzip.BestSpeed) // the level is one there is
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write compresses what belongs to an answer that is compressed.
func (p *packed) Write(b []byte) (int, error) {
	if !p.began {
		p.WriteHeader(http.StatusOK)
	}
	if p.zip == nil {
		return p.ResponseWriter.Write(b)
	}
	return p.zip.Write(b)
}

// Close ends the compressed body.
func (p *packed) Close() error {
	if p.zip == nil {
		return nil
	}
	return p.zip.Close()
}

// Unwrap gives a response controller the connection's own writer.
func (p *packed) Unwrap() http.ResponseWriter { return p.ResponseWriter }
