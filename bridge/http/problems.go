package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// problemBuilder puts a problem together. The code is the message's key after "error.".
type problemBuilder struct{ p api.Problem }

func problem(lang string, status int, code string, args ...any) *problemBuilder {
	return &problemBuilder{api.Problem{Type: "about:blank", Title: messages.Text(lang, "error."+code, args...), Status: status, Code: code}}
}

func (b *problemBuilder) expecting(field, value, expected string) *problemBuilder {
	b.p.Field, b.p.Value, b.p.Expected = field, value, expected
	return b
}

func (b *problemBuilder) detail(d string) *problemBuilder { b.p.Detail = d; return b }
func (b *problemBuilder) code(c string) *problemBuilder   { b.p.Code = c; return b }
func (b *problemBuilder) build() *api.Problem             { return &b.p }

func writeProblem(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

// notFound says that there is no such thing and which names are like it.
func notFound(lang, thing, id string, known map[string]string) *api.Problem {
	b := problem(lang, http.StatusNotFound, "not_found", messages.Text(lang, "thing."+thing), id)
	if b.p.Near = near(id, known); len(b.p.Near) > 0 {
		b.detail(messages.Text(lang, "error.near", strings.Join(b.p.Near, messages.Text(lang, "list.comma"))))
	}
	return b.build()
}

// tooMany asks for patience.
func tooMany(lang string, wait time.Duration) error {
	wait = wait.Round(time.Second) + time.Second
	p := problem(lang, http.StatusTooManyRequests, "too_many", messages.Span(lang, wait)).build()
	return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(int(wait / time.Second))}})
}

// ofError is the problem of what the house did not take.
func (s *Server) ofError(lang string, err error) error {
	var refusal *home.RefusalError
	var command *home.CommandError
	var value *model.ValueError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		expected := messages.Phrase(lang, refusal.Expected)
		return problem(lang, http.StatusUnprocessableEntity, "refused", messages.Known(lang, "thing", refusal.Field), refusal.Value, expected).
			expecting(refusal.Field, refusal.Value, expected).build()
	case errors.As(err, &command):
		return ofReason(lang, command.Reason)
	case errors.As(err, &value):
		return problem(lang, http.StatusUnprocessableEntity, "invalid").expecting(string(value.Attribute), value.Value, messages.Phrase(lang, value.Expected)).build()
	}
	return problem(lang, http.StatusConflict, "conflict").detail(messages.Phrase(lang, err.Error())).build()
}

// reasonStatus are the statuses of commands that were refused before anything was sent.
var reasonStatus = map[model.ReasonCode]int{
	model.ReasonUnknownDevice: http.StatusNotFound,
	model.ReasonForbidden:     http.StatusForbidden,
	model.ReasonUnreachable:   http.StatusConflict,
	model.ReasonUnknownState:  http.StatusConflict,
}

func ofReason(lang string, r model.Reason) *api.Problem {
	status, ok := reasonStatus[r.Code]
	if !ok {
		status = http.StatusUnprocessableEntity
	}
	b := problem(lang, status, "command").code(string(r.Code)).detail(messages.Phrase(lang, r.Detail))
	b.p.Title += messages.Text(lang, "colon") + messages.Known(lang, "reason", string(r.Code))
	return b.build()
}

// failed is the problem of what should not have failed. The reason goes to the log, not to the client.
func (s *Server) failed(lang, what string, err error) error {
	s.log.Error(what, "err", err)
	return problem(lang, http.StatusInternalServerError, "internal").build()
}

// absent is the problem of a part that this hub does not have.
func absent(lang string) error {
	return problem(lang, http.StatusNotImplemented, "not_supported").build()
}

// localise turns the errors of the router's own checks into problems of ours.
func localise(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	lang := messages.Languages[0]
	if c := callOf(ctx.Context()); c != nil {
		lang = c.lang
	}
	code := map[int]string{http.StatusRequestEntityTooLarge: "too_large", http.StatusInternalServerError: "internal", http.StatusUnprocessableEntity: "invalid"}[m.Status]
	if code == "" {
		code = "bad_request"
	}
	b := problem(lang, m.Status, code)
	if m.Status == http.StatusInternalServerError {
		return b.build(), nil // its words are for the log
	}
	for _, e := range m.Errors {
		b.p.Errors = append(b.p.Errors, api.Problem{Type: "about:blank", Title: messages.Phrase(lang, e.Message), Status: m.Status, Field: e.Location})
	}
	if len(b.p.Errors) > 0 {
		b.p.Field, b.p.Expected = b.p.Errors[0].Field, b.p.Errors[0].Title
	} else {
		b.p.Detail = messages.Phrase(lang, m.Detail)
	}
	return b.build(), nil
}

// maxNear is how many like names are suggested.
const maxNear = 3

// near lists the names, by id, that are like the one asked for: as "name (id)".
func near(id string, known map[string]string) []string {
	type candidate struct {
		text string
		far  int
	}
	var all []candidate
	for k, name := range known {
		far := min(distance(id, k), distance(id, name))
		if contains(name, id) || contains(k, id) {
			far = min(far, 1)
		}
		if far <= max(2, len([]rune(id))/3) {
			all = append(all, candidate{label(k, name), far})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.far != b.far {
			return a.far - b.far
		}
		return strings.Compare(a.text, b.text)
	})
	out := []string{}
	for _, c := range all[:min(maxNear, len(all))] {
		out = append(out, c.text)
	}
	return out
}

func label(id, name string) string {
	if name == "" || name == id {
		return id
	}
	return name + " (" + id + ")"
}

func contains(s, part string) bool {
	return part != "" && strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// distance is the edit distance of two short names, without regard to case.
func distance(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) > 64 || len(y) > 64 {
		return max(len(x), len(y))
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
