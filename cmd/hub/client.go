package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
)

// defaultAddress is where a hub listens that was not told otherwise.
const defaultAddress = "http://127.0.0.1:8377"

// Times that requests may take.
const (
	askTimeout  = 15 * time.Second
	waitTimeout = 11 * time.Minute // a command's longest life is 10 minutes
)

// client speaks to a running hub.
type client struct {
	base  string // without a slash at its end
	local bool   // base was not given but found
	token string // empty: none
	lang  string
	http  *http.Client
}

// client finds the hub and the token to speak to it with. The token in a data directory is
// the key to the hub that runs there: it is sent to no other machine.
func (c *cli) client() (*client, error) {
	base, dir, local := c.hubURL, c.data, false
	if base == "" {
		base, dir = c.running()
		local = true
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage("the hub's address %q is not like http://hub.local:8377", base)
	}
	cl := &client{base: strings.TrimRight(base, "/"), local: local, lang: c.lang, http: &http.Client{CheckRedirect: noRedirect}}
	cl.token = c.env("CONCORD_TOKEN")
	if cl.token == "" && (local || loopback(u.Hostname())) {
		cl.token, err = localToken(dir)
	}
	return cl, err
}

// running finds the hub that runs on this machine: the one of the data directory, else the demo house, by
// the addresses that they wrote; dir is its data directory.
func (c *cli) running() (base, dir string) {
	for _, dir := range []string{c.data, filepath.Join(c.data, demoDir)} {
		b, err := os.ReadFile(filepath.Join(dir, "address"))
		base := strings.TrimSpace(string(b))
		if err == nil && answers(base) {
			return base, dir
		}
	}
	return defaultAddress, c.data
}

// answers reports whether anything listens there: an address outlives the hub that wrote it.
func answers(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// noRedirect keeps the token from following one elsewhere.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// localToken reads the token of the hub on this machine. Without a data directory there is none.
func localToken(dir string) (string, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return httpapi.LocalToken(dir)
}

// apiError is the hub's answer to what it does not do.
type apiError struct{ api.Problem }

// Error says what was not done and, field by field, what would have been right.
func (e *apiError) Error() string {
	text := e.Problem.Error()
	each := e.Errors
	if len(each) == 0 {
		each = []api.Problem{e.Problem}
	}
	for _, x := range each {
		if x.Line > 0 { // in a text that somebody wrote
			text += fmt.Sprintf("\n  %d:%d %s: %s", x.Line, x.Column, x.Field, x.Title)
			if x.Expected != "" {
				text += "; " + x.Expected
			}
			continue
		}
		if x.Expected != "" && !strings.Contains(text, x.Expected) {
			text += fmt.Sprintf(" – %s %q: %s", x.Field, x.Value, x.Expected)
		} else if len(e.Errors) > 0 {
			text += fmt.Sprintf(" – %s: %s", x.Field, x.Title)
		}
	}
	return text
}

// route joins parts of a path, each escaped: names and ids may hold anything.
func route(parts ...string) string {
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// request makes a request to /api/path, or to the path itself when it begins with a slash; in, unless nil, is sent as JSON.
func (cl *client) request(ctx context.Context, method, path string, query url.Values, in any) (*http.Request, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("lang", cl.lang)
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("the request cannot be written as JSON: %w", err)
		}
		body = bytes.NewReader(b)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/api/" + path
	}
	r, err := http.NewRequestWithContext(ctx, method, cl.base+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept-Language", cl.lang)
	if cl.token != "" {
		r.Header.Set("Authorization", "Bearer "+cl.token)
	}
	return r, nil
}

// send sends a request and returns the answer when it is one of success.
func (cl *client) send(r *http.Request) (*http.Response, error) {
	res, err := cl.http.Do(r)
	if err != nil {
		if errors.Is(r.Context().Err(), context.Canceled) {
			return nil, r.Context().Err()
		}
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, &unreachableError{url: cl.base, local: cl.local, err: err}
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	e := &apiError{}
	b, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if json.Unmarshal(b, &e.Problem) != nil || e.Title == "" {
		e.Title = "the hub answers " + res.Status
	}
	e.Status = res.StatusCode
	return nil, e
}

// call asks for something and decodes the answer into out, unless it is nil.
func (cl *client) call(ctx context.Context, method, path string, query url.Values, in, out any, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := cl.request(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	return cl.decode(r, out)
}

// decode sends a request and decodes the answer into out, unless it is nil.
func (cl *client) decode(r *http.Request, out any) error {
	res, err := cl.send(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil || res.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("the answer of %s cannot be read (is it a hub of this version?): %w", cl.base, err)
	}
	return nil
}

// get, put, post, patch and remove are the short forms of call.
func (cl *client) get(ctx context.Context, path string, query url.Values, out any) error {
	return cl.call(ctx, http.MethodGet, path, query, nil, out, askTimeout)
}

func (cl *client) put(ctx context.Context, path string, in, out any) error {
	return cl.call(ctx, http.MethodPut, path, nil, in, out, askTimeout)
}

func (cl *client) post(ctx context.Context, path string, in, out any) error {
	return cl.call(ctx, http.MethodPost, path, nil, in, out, askTimeout)
}

func (cl *client) patch(ctx context.Context, path string, in, out any) error {
	return cl.call(ctx, http.MethodPatch, path, nil, in, out, askTimeout)
}

func (cl *client) remove(ctx context.Context, path string) error {
	return cl.call(ctx, http.MethodDelete, path, nil, nil, nil, askTimeout)
}
