package speakertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"

	"github.com/google/go-cmp/cmp"
)

// Pair is one request and what is answered.
type Pair struct {
	Name    string
	Method  string // POST when empty
	Path    string
	Request string
	Header  []string
}

// Golden sends requests in their order and compares the answers with testdata/golden.json, which -update writes anew.
func (h *House) Golden(c http.Handler, update bool, pairs []Pair) {
	h.T.Helper()
	type record struct {
		Name     string `json:"name"`
		Request  any    `json:"request,omitempty"`
		Path     string `json:"path,omitempty"`
		Status   int    `json:"status"`
		Response any    `json:"response,omitempty"`
	}
	var got []record
	for _, p := range pairs {
		method := p.Method
		if method == "" {
			method = http.MethodPost
		}
		path := p.Path
		if path == "" {
			path = "/"
		}
		status, body := h.Send(c, method, path, p.Request, p.Header...)
		x := record{Name: p.Name, Path: p.Path, Status: status}
		if p.Request != "" {
			if err := json.Unmarshal([]byte(p.Request), &x.Request); err != nil {
				h.T.Fatalf("%s: %v", p.Name, err)
			}
		}
		if body != "" {
			if err := json.Unmarshal([]byte(body), &x.Response); err != nil {
				h.T.Fatalf("%s: %v: %s", p.Name, err, body)
			}
		}
		got = append(got, x)
	}
	file := filepath.Join("testdata", "golden.json")
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(got); err != nil {
		h.T.Fatal(err)
	}
	if update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			h.T.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			h.T.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		h.T.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		h.T.Errorf("answers are not the golden ones (-want +got):\n%s", diff)
	}
}
