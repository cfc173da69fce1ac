package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
)

// refusing is the answer of a mounted route. What other bridges refuse they say in English, as {"title":"…","status":404}; the
// caller gets it as a problem in his language. Whatever else is answered passes as it is.
type refusing struct {
	http.ResponseWriter
	lang   string
	status int // of a refusal; 0: none so far
	body   bytes.Buffer
}

// maxRefusal bounds what is kept of a refusal, in bytes.
const maxRefusal = 64 << 10

// WriteHeader holds a refusal back.
func (w *refusing) WriteHeader(status int) {
	if status < http.StatusBadRequest || w.status != 0 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.status = status
}

func (w *refusing) Write(b []byte) (int, error) {
	if w.status == 0 {
		return w.ResponseWriter.Write(b)
	}
	if w.body.Len()+len(b) > maxRefusal {
		return 0, http.ErrContentLength
	}
	return w.body.Write(b)
}

// Unwrap lets a WebSocket take the connection over.
func (w *refusing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish sends a refusal that was held back.
func (w *refusing) finish() {
	if w.status == 0 {
		return
	}
	var p api.Problem
	if err := json.Unmarshal(w.body.Bytes(), &p); err != nil || p.Title == "" { // another protocol's own shape
		w.ResponseWriter.WriteHeader(w.status)
		_, _ = w.ResponseWriter.Write(w.body.Bytes()) // who has gone needs no answer
		return
	}
	p.Type, p.Status, p.Title = cmp.Or(p.Type, "about:blank"), w.status, messages.Phrase(w.lang, p.Title)
	writeProblem(w.ResponseWriter, &p)
}
