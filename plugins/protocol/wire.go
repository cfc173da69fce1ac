package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxMessage is how long a line may be, in bytes, its end not counted.
const MaxMessage = 1 << 20

// ErrTooLong says that a line is longer than [MaxMessage]. Nothing can be read after it.
var ErrTooLong = fmt.Errorf("a message is longer than %d bytes", MaxMessage)

// Message is one line: a request (ID and Method), a notification (Method alone), or the answer to a request (ID alone).
type Message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// Request, Notification and Answer tell the three kinds of message apart.
func (m *Message) Request() bool      { return m.Method != "" && m.ID != nil }
func (m *Message) Notification() bool { return m.Method != "" && m.ID == nil }
func (m *Message) Answer() bool       { return m.Method == "" && m.ID != nil }

// Reader reads messages from lines.
type Reader struct{ r *bufio.Reader }

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, 16<<10)} }

// Read returns the next message, or an *[Error] with the code [ParseError] or [InvalidRequest] for a line
// that is none (reading may go on), or any other error when the stream has ended. Empty lines are passed over.
func (r *Reader) Read() (Message, error) {
	for {
		line, err := r.line()
		if err != nil {
			return Message{}, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return Parse(line)
		}
	}
}

func (r *Reader) line() ([]byte, error) {
	var long []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(long)+len(part) > MaxMessage+1 {
			return nil, ErrTooLong
		}
		switch {
		case err == nil && long == nil:
			return part, nil
		case err == nil:
			return append(long, part...), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			if errors.Is(err, io.EOF) && len(long)+len(part) > 0 {
				return append(long, part...), nil
			}
			return nil, err
		}
		long = append(long, part...)
	}
}

// Parse reads one line; the error is an *[Error].
func Parse(line []byte) (Message, error) {
	if !utf8.Valid(line) {
		return Message{}, Errorf(ParseError, "a line is not UTF-8: %.80q", line)
	}
	var m Message
	if err := json.Unmarshal(line, &m); err != nil {
		return Message{}, Errorf(ParseError, "a line is no message: %.80q: %v", line, err)
	}
	switch {
	case m.JSONRPC != "2.0":
		return Message{}, Errorf(InvalidRequest, `a message without "jsonrpc":"2.0": %.80q`, line)
	case !validID(m.ID):
		return Message{}, Errorf(InvalidRequest, "an id is a whole number or a text, not %.40s", m.ID)
	case m.Method == "" && m.ID == nil && m.Error == nil:
		return Message{}, Errorf(InvalidRequest, "a message with neither method nor id: %.80q", line)
	case m.Method != "" && (m.Result != nil || m.Error != nil):
		return Message{}, Errorf(InvalidRequest, "a message that asks and answers at once: %.80q", line)
	case m.Answer() && (m.Result == nil) == (m.Error == nil):
		return Message{}, Errorf(InvalidRequest, "an answer has either a result or an error: %.80q", line)
	}
	return m, nil
}

func validID(id json.RawMessage) bool {
	if id == nil {
		return true
	}
	if len(id) > 64 || len(id) == 0 {
		return false
	}
	return id[0] == '"' || id[0] == '-' || id[0] >= '0' && id[0] <= '9'
}

// Encode writes a message as its line, end included.
func Encode(m Message) ([]byte, error) {
	m.JSONRPC = "2.0"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("the message %s cannot be written: %w", m.Method, err)
	}
	if b.Len() > MaxMessage {
		return nil, ErrTooLong
	}
	return b.Bytes(), nil
}

// marshal is json.Marshal that leaves < > & as they are.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
