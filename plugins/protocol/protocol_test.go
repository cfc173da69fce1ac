package protocol_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concord-home/hub/plugins/protocol"
)

func TestALineIsAMessageOrSaysWhyNot(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		code       protocol.Code
	}{
		{"request", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, 0},
		{"request with a text as id", `{"jsonrpc":"2.0","id":"a","method":"ping"}`, 0},
		{"notification", `{"jsonrpc":"2.0","method":"log","params":{}}`, 0},
		{"answer of nothing", `{"jsonrpc":"2.0","id":1,"result":null}`, 0},
		{"answer with a result", `{"jsonrpc":"2.0","id":1,"result":{}}`, 0},
		{"refusal", `{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"message":"no"}}`, 0},
		{"unknown members", `{"jsonrpc":"2.0","method":"log","later":[1]}`, 0},
		{"no version", `{"id":1,"method":"ping"}`, protocol.InvalidRequest},
		{"both", `{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`, protocol.InvalidRequest},
		{"neither", `{"jsonrpc":"2.0"}`, protocol.InvalidRequest},
		{"an object as id", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, protocol.InvalidRequest},
		{"a batch", `[{"jsonrpc":"2.0","method":"log"}]`, protocol.ParseError},
		{"text", `hello`, protocol.ParseError},
		{"no UTF-8", "{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}", protocol.ParseError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := protocol.Parse([]byte(tt.line))
			if got := protocol.CodeOf(err); got != tt.code {
				t.Errorf("code %d (%v), want %d", got, err, tt.code)
			}
		})
	}
}

func TestALineTooLongEndsTheReading(t *testing.T) {
	r := protocol.NewReader(strings.NewReader(strings.Repeat("x", protocol.MaxMessage+2) + "\n"))
	if _, err := r.Read(); !errors.Is(err, protocol.ErrTooLong) {
		t.Errorf("%v", err)
	}
	fits := `{"jsonrpc":"2.0","method":"` + strings.Repeat("x", protocol.MaxMessage-29) + `"}`
	if m, err := protocol.NewReader(strings.NewReader(fits + "\n")).Read(); err != nil || len(fits) != protocol.MaxMessage {
		t.Errorf("%d bytes: %v, method of %d", len(fits), err, len(m.Method))
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		params, _ := json.Marshal(rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "params"))
		m := protocol.Message{JSONRPC: "2.0", Method: rapid.StringN(1, 40, -1).Draw(t, "method"), Params: params}
		line, err := protocol.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := protocol.NewReader(bytes.NewReader(line)).Read()
		if err != nil || got.Method != m.Method {
			t.Fatalf("%q: %+v, %v", line, got, err)
		}
	})
}

// pair connects two sides.
func pair(t *testing.T, a, b protocol.Handler, o protocol.ConnOptions) (*protocol.Conn, *protocol.Conn) {
	ar, bw := io.Pipe()
	br, aw := io.Pipe()
	x, y := protocol.NewConn(ar, aw, a, o), protocol.NewConn(br, bw, b, o)
	ended := make(chan struct{}, 2)
	for _, c := range []*protocol.Conn{x, y} {
		go func() { _ = c.Serve(context.Background()); ended <- struct{}{} }()
	}
	t.Cleanup(func() {
		for _, c := range []io.Closer{ar, aw, br, bw} {
			_ = c.Close()
		}
		<-ended
		<-ended
	})
	return x, y
}

func TestBothSidesAsk(t *testing.T) {
	echo := func(_ context.Context, in *protocol.Incoming) {
		if in.Method == "no" {
			in.Reply(nil, protocol.Errorf(protocol.Unavailable, "not now").RetryAfter(1500e6))
			return
		}
		in.Reply(in.Params, nil)
	}
	x, y := pair(t, echo, echo, protocol.ConnOptions{})
	for _, c := range []*protocol.Conn{x, y} {
		var got map[string]string
		if err := c.Call(t.Context(), "yes", map[string]string{"a": "<b>"}, &got); err != nil || got["a"] != "<b>" {
			t.Errorf("%v, %v", got, err)
		}
		var e *protocol.Error
		if err := c.Call(t.Context(), "no", nil, nil); !errors.As(err, &e) || e.Code != protocol.Unavailable || e.Data.RetryAfterMS != 1500 {
			t.Errorf("%v", err)
		}
	}
}

func TestACallThatIsGivenUpIsCancelledAtTheOtherSide(t *testing.T) {
	asked, cancelled := make(chan string, 1), make(chan string, 1)
	x, _ := pair(t, nil, func(_ context.Context, in *protocol.Incoming) {
		if in.Method == protocol.MethodCancel {
			var c protocol.Cancel
			_ = in.Decode(&c)
			cancelled <- string(c.ID)
			return
		}
		asked <- in.ID()
	}, protocol.ConnOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Call(ctx, "slow", nil, nil) }()
	id := <-asked
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if got := <-cancelled; got != id {
		t.Errorf("cancelled %s, asked %s", got, id)
	}
}

func TestASideThatDoesNotReadIsNotWaitedFor(t *testing.T) {
	r, w := io.Pipe() // nobody reads w's other end
	defer r.Close()
	in, _ := io.Pipe()
	c := protocol.NewConn(in, w, nil, protocol.ConnOptions{Queue: 4})
	go func() { _ = c.Serve(context.Background()) }()
	defer in.Close()
	var err error
	for range 10 {
		err = errors.Join(err, c.Notify("x", nil))
	}
	if protocol.CodeOf(err) != protocol.Busy {
		t.Errorf("%v", err)
	}
}

func TestCallsEndWithTheConnection(t *testing.T) {
	in, w := io.Pipe()
	c := protocol.NewConn(in, io.Discard, nil, protocol.ConnOptions{})
	done := make(chan error, 1)
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(context.Background()) }()
	go func() { done <- c.Call(context.Background(), "x", nil, nil) }()
	_ = w.Close()
	if err := <-done; !errors.Is(err, protocol.ErrClosed) {
		t.Errorf("%v", err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}

func TestEveryMethodIsListedOnceWithItsKind(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range protocol.Methods {
		if seen[m.Name] || m.About == "" || m.Params == nil {
			t.Errorf("%+v", m)
		}
		seen[m.Name] = true
	}
	if diff := cmp.Diff(protocol.MethodPing, protocol.LookupMethod("ping").Name); diff != "" || protocol.LookupMethod("nothing") != nil {
		t.Error(diff)
	}
}

// FuzzReader holds that no stream of bytes makes the reader panic or go on for ever, and what it takes can be written again.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"jsonrpc":"2.0","id":1,"method":"ping"}` + "\n\n", `{"jsonrpc":"2.0","id":1,"result":{"a":[1]}}`, "x\n{}\n", "\xff\n", `{"jsonrpc":"2.0","id":"","method":"m","params":[[[[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := protocol.NewReader(bytes.NewReader(b))
		for range len(b) + 2 {
			m, err := r.Read()
			var bad *protocol.Error
			switch {
			case errors.As(err, &bad):
				continue
			case err != nil:
				return
			}
			line, err := protocol.Encode(m)
			if err != nil {
				t.Fatalf("%+v was read and cannot be written: %v", m, err)
			}
			if _, err := protocol.Parse(bytes.TrimSpace(line)); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		t.Fatal("the reader does not end")
	})
}
