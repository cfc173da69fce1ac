package lan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxAnswer bounds what a device may answer, bytes: a Hue bridge with 60 lamps and 500 scenes has half a megabyte.
const maxAnswer = 16 << 20

// HTTP asks one device over HTTP, in JSON.
type HTTP struct {
	Client *http.Client
	Base   string      // "http://192.168.1.2:9123"
	Header http.Header // of every request; may be nil
}

// StatusError is an answer's HTTP status where that says that the device did not do what it was asked.
type StatusError int

func (s StatusError) Error() string {
	return fmt.Sprintf("it answers %d %s", int(s), http.StatusText(int(s)))
}

// Request makes a request with in, unless nil, as its body.
func (h HTTP) Request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, h.Base+path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range h.Header {
		r.Header[name] = values
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// Do asks and reads the answer into out, unless that is nil or the answer is empty. Whatever the status, it is no error; the body
// of an answer that refuses need not be JSON.
func (h HTTP) Do(ctx context.Context, method, path string, in, out any) (status int, err error) {
	r, err := h.Request(ctx, method, path, in)
	if err != nil {
		return 0, err
	}
	resp, err := h.Client.Do(r)
	if err != nil {
		return 0, WithoutURL(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("its answer breaks off: %w", err)
	}
	if resp.StatusCode < 500 && out != nil && len(b) > 0 && json.Unmarshal(b, out) != nil && resp.StatusCode < 300 {
		return resp.StatusCode, errors.New("its answer is not the JSON that was expected")
	}
	return resp.StatusCode, nil
}

// Ask is [HTTP.Do] where any status but 2xx is a [StatusError].
func (h HTTP) Ask(ctx context.Context, method, path string, in, out any) error {
	status, err := h.Do(ctx, method, path, in, out)
	if err == nil && status/100 != 2 {
		err = StatusError(status)
	}
	return err
}

// WithoutURL leaves out method and URL, which net/http puts before every error.
func WithoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
