package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var keyA, keyB = bytes.Repeat([]byte{1}, KeySize), bytes.Repeat([]byte{2}, KeySize)

// pair is two ends of one connection, both secured.
func pair(t testing.TB) (a, b *Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialed := make(chan net.Conn, 1)
	go func() { c, _ := net.Dial("tcp", l.Addr().String()); dialed <- c }()
	y, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	a, b = NewConn(<-dialed, time.Second), NewConn(y, time.Second)
	t.Cleanup(func() { a.Close(); b.Close() })
	if err := errors.Join(a.Secure(keyB, keyA, nil), b.Secure(keyA, keyB, nil)); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// The sizes at which a transport that reads frame by frame goes wrong: the stock server hangs at n × 1,024.
func TestRequestsOfEverySizeArriveWhole(t *testing.T) {
	a, b := pair(t)
	r := NewReader(b, 1<<20)
	for _, n := range []int{0, 1, 700, 940, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 4096, 8192, 10000, 100000} {
		base := len(AppendRequest(nil, "PUT", "x", "/characteristics", "application/hap+json", make([]byte, n)))
		for _, size := range []int{n, n + (MaxFrame-base%MaxFrame)%MaxFrame} { // the second fills its last frame
			body := bytes.Repeat([]byte("x"), size)
			go func() {
				_, _ = a.Write(AppendRequest(nil, "PUT", "x", "/characteristics", "application/hap+json", body))
			}()
			got, err := r.Request()
			if err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			if got.Method != "PUT" || got.Path != "/characteristics" || len(got.Body) != size {
				t.Fatalf("%d bytes: got %s %s with %d", size, got.Method, got.Path, len(got.Body))
			}
		}
	}
}

func TestHeaderAndBodyInFramesOfTheirOwnAndPipelinedRequests(t *testing.T) {
	a, b := pair(t)
	msg := AppendRequest(nil, "PUT", "x", "/a", "t", []byte("hello"))
	go func() {
		_, _ = a.Write(msg[:len(msg)-5])
		_, _ = a.Write(msg[len(msg)-5:])
		_, _ = a.Write(append(append([]byte{}, msg...), msg...))
	}()
	r := NewReader(b, 100)
	for i := range 3 {
		got, err := r.Request()
		if err != nil || string(got.Body) != "hello" {
			t.Fatalf("request %d: %q, %v", i, got.Body, err)
		}
	}
}

func TestEventsAndResponsesWrittenAtOnceNeverMix(t *testing.T) {
	a, b := pair(t)
	const each = 200
	var writing sync.WaitGroup
	for _, event := range []bool{true, false} {
		writing.Go(func() {
			for i := range each {
				body := bytes.Repeat([]byte{byte('a' + i%26)}, 3000)
				if _, err := b.Write(AppendAnswer(nil, event, 200, "OK", "t", body)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	r, events := NewReader(a, 1<<20), 0
	for range 2 * each {
		got, err := r.Answer()
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Body) != 3000 || bytes.Count(got.Body, got.Body[:1]) != 3000 {
			t.Fatal("a message holds parts of another")
		}
		if got.Event {
			events++
		}
	}
	writing.Wait()
	if events != each {
		t.Errorf("%d events of %d", events, each)
	}
}

func TestAnswersOfAllKinds(t *testing.T) {
	for text, want := range map[string]Answer{
		"HTTP/1.1 204 No Content\r\n\r\n":                                                       {Status: 204},
		"HTTP/1.1 207 Multi-Status\r\nContent-Length: 2\r\n\r\n{}":                              {Status: 207, Body: []byte("{}")},
		"EVENT/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}":                                       {Event: true, Status: 200, Body: []byte("{}")},
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n": {Status: 200, Body: []byte("abcde")},
		"HTTP/1.0 200\r\n\r\n":                                                                  {Status: 200},
	} {
		for name, src := range map[string]io.Reader{"at once": strings.NewReader(text), "a byte at a time": iotest.OneByteReader(strings.NewReader(text))} {
			got, err := NewReader(src, 100).Answer()
			if err != nil {
				t.Errorf("%q %s: %v", text, name, err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%q %s: %s", text, name, d)
			}
		}
	}
}

func TestMessagesOfNoUseAreRefusedClearly(t *testing.T) {
	for text, want := range map[string]error{
		"": io.EOF, "GET": io.ErrUnexpectedEOF, "\x00\x01\x02\n": ErrMalformed, "GET / FTP/1.0\r\n\r\n": ErrMalformed, "GET x HTTP/1.1\r\n\r\n": ErrMalformed,
		"PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc":                                  io.ErrUnexpectedEOF,
		"PUT / HTTP/1.1\r\nContent-Length: 500\r\n\r\n":                                   ErrTooLarge,
		"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n":                                    ErrMalformed,
		"PUT / HTTP/1.1\r\nno colon\r\n\r\n":                                              ErrMalformed,
		"GET /" + strings.Repeat("x", 5000) + " HTTP/1.1\r\n":                             ErrTooLarge,
		"GET / HTTP/1.1\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 20): ErrTooLarge,
		"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n":                      ErrMalformed,
	} {
		if _, err := NewReader(strings.NewReader(text), 100).Request(); !errors.Is(err, want) {
			t.Errorf("%.30q: got %v, want %v", text, err, want)
		}
	}
}

func TestFramesOfNoUseEndTheConnection(t *testing.T) {
	forged := make([]byte, 2+10+tagSize)
	forged[0] = 10
	for name, c := range map[string]struct {
		sent []byte
		want error
	}{
		"too long":         {[]byte{0xff, 0xff, 1, 2, 3}, ErrFrame},
		"not encrypted":    {forged, ErrForged},
		"cut in the head":  {[]byte{5}, io.ErrUnexpectedEOF},
		"cut in its midst": {forged[:9], io.ErrUnexpectedEOF},
	} {
		x, y := net.Pipe()
		conn := NewConn(y, time.Second)
		if err := conn.Secure(keyA, keyB, nil); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = x.Write(c.sent); x.Close() }()
		if _, err := io.ReadAll(conn); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestAReplayedFrameIsRefused(t *testing.T) {
	x, y := net.Pipe()
	recorded := make(chan []byte, 1)
	go func() {
		b := make([]byte, 4096)
		n, _ := x.Read(b)
		recorded <- b[:n]
	}()
	sender := NewConn(y, time.Second)
	if err := sender.Secure(keyB, keyA, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Write([]byte("unlock")); err != nil {
		t.Fatal(err)
	}
	frame := <-recorded
	p, q := net.Pipe()
	receiver := NewConn(q, time.Second)
	if err := receiver.Secure(keyA, keyB, nil); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = p.Write(frame); _, _ = p.Write(frame) }()
	got := make([]byte, 6)
	if _, err := io.ReadFull(receiver, got); err != nil || string(got) != "unlock" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := receiver.Read(got); !errors.Is(err, ErrForged) {
		t.Errorf("the second time: %v", err)
	}
}

func TestBytesThatCameWithTheLastPlainMessageAreDecrypted(t *testing.T) {
	var sent bytes.Buffer
	x, y := net.Pipe()
	copied := make(chan struct{})
	go func() { _, _ = io.Copy(&sent, x); close(copied) }()
	sender := NewConn(y, time.Second)
	_, _ = sender.Write(AppendRequest(nil, "POST", "h", "/pair-verify", "t", []byte("M3")))
	_ = sender.Secure(keyB, keyA, nil)
	_, _ = sender.Write(AppendRequest(nil, "GET", "h", "/accessories", "", nil))
	y.Close()
	<-copied
	x.Close()
	p, q := net.Pipe()
	go func() { _, _ = p.Write(sent.Bytes()); p.Close() }()
	conn := NewConn(q, time.Second)
	r := NewReader(conn, 100)
	if got, err := r.Request(); err != nil || string(got.Body) != "M3" {
		t.Fatalf("%v %v", got, err)
	}
	if err := conn.Secure(keyA, keyB, r.Early()); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Request(); err != nil || got.Path != "/accessories" {
		t.Fatalf("%v %v", got, err)
	}
}

func TestAPeerThatTakesNothingEndsTheWriteAndTheConnection(t *testing.T) {
	_, y := net.Pipe()
	c := NewConn(y, time.Millisecond)
	if _, err := c.Write([]byte("x")); err == nil {
		t.Fatal("no error")
	}
	if _, err := c.Write([]byte("y")); err == nil || !strings.Contains(err.Error(), "does not take") {
		t.Errorf("afterwards: %v", err)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte("PUT /characteristics?id=1.2 HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := NewReader(bytes.NewReader(b), 1000).Request(); err == nil && len(r.Body) > 1000 {
			t.Fatal("a body beyond the limit")
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("EVENT/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), 1000)
		for range 10 {
			if a, err := r.Answer(); err != nil || len(a.Body) > 1000 {
				return
			}
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{1, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, y := net.Pipe()
		c := NewConn(y, time.Second)
		_ = c.Secure(keyA, keyB, nil)
		go func() { _, _ = x.Write(b); x.Close() }()
		if got, err := io.ReadAll(c); err == nil && len(got) > 0 {
			t.Fatal("forged frames were taken")
		}
		y.Close()
	})
}

// BenchmarkRoundTrip compares a request and its answer over a session with plain TCP of the same sizes.
func BenchmarkRoundTrip(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(fmt.Sprintf("secure=%v", secure), func(b *testing.B) {
			x, y := pair(b)
			if !secure {
				x.opener, x.sealer, y.opener, y.sealer = nil, nil, nil, nil
			}
			req := AppendRequest(nil, "PUT", "h", "/characteristics", "t", make([]byte, 60))
			go func() {
				r := NewReader(y, 1000)
				for {
					if _, err := r.Request(); err != nil {
						return
					}
					_, _ = y.Write(AppendAnswer(nil, false, 204, "No Content", "", nil))
				}
			}()
			r := NewReader(x, 1000)
			for b.Loop() {
				_, _ = x.Write(req)
				if _, err := r.Answer(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
