package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
)

// Limits of one message.
const (
	maxHeader = 16 << 10
	maxLine   = 4 << 10
)

// Errors of messages.
var (
	ErrTooLarge  = errors.New("the message is too large")
	ErrMalformed = errors.New("not an HTTP message")
)

// Request is what a controller asks.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Body   []byte
}

// Answer is what an accessory says: a response, or an event by itself.
type Answer struct {
	Event  bool // EVENT/1.0
	Status int
	Body   []byte
}

// Reader takes messages off a connection.
type Reader struct {
	br      *bufio.Reader
	maxBody int
}

// NewReader reads messages with bodies of at most maxBody bytes.
func NewReader(r io.Reader, maxBody int) *Reader {
	return &Reader{br: bufio.NewReaderSize(r, 4096), maxBody: maxBody}
}

// Early are bytes already taken from the connection, for [Conn.Secure]; the Reader forgets them.
func (r *Reader) Early() []byte {
	b, _ := r.br.Peek(r.br.Buffered())
	early := bytes.Clone(b)
	_, _ = r.br.Discard(len(b))
	return early
}

// Request reads the next request.
func (r *Reader) Request() (Request, error) {
	first, err := r.line()
	if err != nil {
		return Request{}, err
	}
	method, rest, ok := strings.Cut(first, " ")
	target, proto, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !strings.HasPrefix(proto, "HTTP/1.") || method == "" {
		return Request{}, fmt.Errorf("%w: %.40q", ErrMalformed, first)
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return Request{}, fmt.Errorf("%w: the address %.40q", ErrMalformed, target)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Request{}, fmt.Errorf("%w: the query %.40q", ErrMalformed, u.RawQuery)
	}
	body, err := r.rest(false)
	return Request{Method: method, Path: u.Path, Query: query, Body: body}, err
}

// Answer reads the next response or event.
func (r *Reader) Answer() (Answer, error) {
	first, err := r.line()
	if err != nil {
		return Answer{}, err
	}
	proto, rest, _ := strings.Cut(first, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	event := strings.HasPrefix(proto, "EVENT/1.")
	if err != nil || status < 100 || status > 999 || !event && !strings.HasPrefix(proto, "HTTP/1.") {
		return Answer{}, fmt.Errorf("%w: %.40q", ErrMalformed, first)
	}
	body, err := r.rest(status == 204 || status < 200)
	return Answer{Event: event, Status: status, Body: body}, err
}

// line reads one line without its end.
func (r *Reader) line() (string, error) {
	var line []byte
	for {
		part, err := r.br.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return "", fmt.Errorf("%w: a line of more than %d bytes", ErrTooLarge, maxLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			if len(line) > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// rest reads the header, of which only the body's length counts, and the body.
func (r *Reader) rest(empty bool) ([]byte, error) {
	length, chunked := 0, false
	for read := 0; ; {
		l, err := r.line()
		if err != nil {
			return nil, unexpected(err)
		}
		if l == "" {
			break
		}
		if read += len(l); read > maxHeader {
			return nil, fmt.Errorf("%w: a header of more than %d bytes", ErrTooLarge, maxHeader)
		}
		name, value, ok := strings.Cut(l, ":")
		if !ok {
			return nil, fmt.Errorf("%w: the header %.40q", ErrMalformed, l)
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "content-length":
			if length, err = strconv.Atoi(value); err != nil || length < 0 {
				return nil, fmt.Errorf("%w: a length of %.40q", ErrMalformed, value)
			}
		case "transfer-encoding":
			chunked = strings.EqualFold(value, "chunked")
		}
	}
	switch {
	case chunked:
		return r.chunks()
	case empty || length == 0:
		return nil, nil
	case length > r.maxBody:
		return nil, fmt.Errorf("%w: a body of %d bytes, at most %d", ErrTooLarge, length, r.maxBody)
	}
	var body bytes.Buffer // grows with what comes, not with what is claimed
	if _, err := io.CopyN(&body, r.br, int64(length)); err != nil {
		return nil, unexpected(err)
	}
	return body.Bytes(), nil
}

// chunks reads a chunked body with its trailer.
func (r *Reader) chunks() ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(httputil.NewChunkedReader(r.br), int64(r.maxBody)+1))
	if err != nil {
		return nil, fmt.Errorf("%w: chunks: %w", ErrMalformed, err)
	}
	if len(body) > r.maxBody {
		return nil, fmt.Errorf("%w: a body of more than %d bytes", ErrTooLarge, r.maxBody)
	}
	for {
		l, err := r.line()
		if err != nil {
			return nil, unexpected(err)
		}
		if l == "" {
			return body, nil
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// AppendRequest writes a request; a nil body means that there is none.
func AppendRequest(b []byte, method, host, target, contentType string, body []byte) []byte {
	b = fmt.Appendf(b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, host)
	if body != nil {
		b = fmt.Appendf(b, "Content-Type: %s\r\nContent-Length: %d\r\n", contentType, len(body))
	}
	return append(append(b, "\r\n"...), body...)
}

// AppendAnswer writes a response or event, whole, with its length.
func AppendAnswer(b []byte, event bool, status int, reason, contentType string, body []byte) []byte {
	proto := "HTTP/1.1"
	if event {
		proto = "EVENT/1.0"
	}
	b = fmt.Appendf(b, "%s %d %s\r\n", proto, status, reason)
	if status != 204 {
		b = fmt.Appendf(b, "Content-Type: %s\r\nContent-Length: %d\r\n", contentType, len(body))
	}
	return append(append(b, "\r\n"...), body...)
}
