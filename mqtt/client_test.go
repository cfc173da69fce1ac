package mqtt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// peer is a broker that a test can stop and start again at the same address.
type peer struct {
	addr  string
	start func()
	stop  func()
}

// ownPeer is this package's Broker.
func ownPeer(t *testing.T) *peer {
	p := &peer{addr: "127.0.0.1:0"}
	p.start = func() {
		b, err := NewBroker(BrokerOptions{Listen: p.addr, AllowAnonymous: true})
		if err != nil {
			t.Fatal(err)
		}
		p.addr = b.Addr().String()
		p.stop = runConn(t, b)
	}
	p.start()
	return p
}

// mosquittoPeer is a real mosquitto. Without the program the test is skipped, unless
// CI_PEERS=1 says that it must be there.
func mosquittoPeer(t *testing.T) *peer {
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil && os.Getenv("CI_PEERS") == "1" {
		t.Fatal("mosquitto is not installed (apt-get install mosquitto), and CI_PEERS=1 asks for it")
	}
	if err != nil {
		t.Skip("mosquitto is not installed (apt-get install mosquitto)")
	}
	p := &peer{addr: freeAddr(t)}
	_, port, _ := net.SplitHostPort(p.addr)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(conf, []byte("listener "+port+" 127.0.0.1\nallow_anonymous true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start = func() {
		cmd := exec.Command(path, "-c", conf)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running := true
		p.stop = func() {
			if running {
				running = false
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
		}
		t.Cleanup(p.stop)
		eventually(t, "mosquitto answers", func() bool {
			c, err := net.Dial("tcp", p.addr)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
	}
	p.start()
	return p
}

func freeAddr(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func withPeers(t *testing.T, test func(t *testing.T, p *peer)) {
	for name, start := range map[string]func(*testing.T) *peer{"own broker": ownPeer, "mosquitto": mosquittoPeer} {
		t.Run(name, func(t *testing.T) { test(t, start(t)) })
	}
}

func startClient(t *testing.T, o ClientOptions) *Client {
	t.Helper()
	before := runtime.NumGoroutine()
	c := newTestClient(t, o)
	t.Cleanup(func() { wantGoroutines(t, before) })
	runConn(t, c)
	return c
}

func newTestClient(t *testing.T, o ClientOptions) *Client {
	t.Helper()
	o.Backoff = func(n int) time.Duration { return time.Duration(min(n, 1)) * 10 * time.Millisecond }
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClientDeliversRetainedAndLive(t *testing.T) {
	withPeers(t, func(t *testing.T, p *peer) {
		c := startClient(t, ClientOptions{URL: "mqtt://" + p.addr})
		publishAll(t, c, "home/a", "1")
		var in inbox
		cancel, err := c.Subscribe("home/+", in.add)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the retained message came", func() bool { return len(in.all()) == 1 })
		for qos := byte(0); qos < 3; qos++ {
			if err := c.Publish("home/b", []byte(itoa(int(qos))), false, qos); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"home/a=1 (retained)", "home/b=0", "home/b=1", "home/b=2"}
		eventually(t, "the live ones came", func() bool { return len(in.all()) >= len(want) })
		if diff := cmp.Diff(want, in.all()); diff != "" {
			t.Error(diff)
		}
		var other inbox
		if _, err := c.Subscribe("home/b", other.add); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := c.Publish("home/b", []byte("after"), false, 1); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the other handler heard it", func() bool { return len(other.all()) == 1 })
		if n := len(in.all()); n != len(want) {
			t.Errorf("the cancelled handler was called: %v", in.all())
		}
	})
}

func TestClientKeepsOrder(t *testing.T) {
	withPeers(t, func(t *testing.T, p *peer) {
		c := startClient(t, ClientOptions{URL: "mqtt://" + p.addr})
		var in inbox
		if _, err := c.Subscribe("n", in.add); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := range 2000 {
			if err := c.Publish("n", []byte(itoa(i)), false, 0); err != nil {
				t.Fatal(err)
			}
			want = append(want, "n="+itoa(i))
		}
		eventually(t, "all came", func() bool { return len(in.all()) >= len(want) })
		if diff := cmp.Diff(want, in.all()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestClientReturnsAfterTheBrokerWasGone(t *testing.T) {
	withPeers(t, func(t *testing.T, p *peer) {
		c := startClient(t, ClientOptions{URL: "mqtt://" + p.addr})
		var in inbox
		for _, f := range []string{"exact", "wild/#"} {
			if _, err := c.Subscribe(f, in.add); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			p.stop()
			waitState(t, c, false)
			for _, qos := range []byte{0, 1} {
				if err := c.Publish("exact", []byte("lost"), false, qos); !errors.Is(err, ErrNotConnected) {
					t.Errorf("Publish while down: %v", err)
				}
			}
			var late inbox
			cancelLate, err := c.Subscribe("late", late.add) // while down
			if err != nil {
				t.Fatal(err)
			}
			p.start()
			waitState(t, c, true)
			seen := len(in.all())
			publishAll(t, c, "exact", "back", "wild/x", "back", "late", "back")
			eventually(t, "all filters are subscribed again", func() bool {
				news := strings.Join(in.all()[seen:], " ")
				return strings.Contains(news, "exact=") && strings.Contains(news, "wild/x=") && len(late.all()) >= 1
			})
			// A message that came while the subscription was made may be sent live, retained, or both.
			got := map[string]bool{}
			for _, m := range in.all()[seen:] {
				got[strings.TrimSuffix(m, " (retained)")] = true
			}
			if diff := cmp.Diff(map[string]bool{"exact=back": true, "wild/x=back": true}, got); diff != "" {
				t.Error(diff)
			}
			cancelLate()
		}
	})
}

func TestHandlersAndWatchersOfAClientMayPublish(t *testing.T) {
	withPeers(t, func(t *testing.T, p *peer) {
		c := newTestClient(t, ClientOptions{URL: "mqtt://" + p.addr})
		answered := make(chan struct{}, 1)
		if _, err := c.Subscribe("ask", func(Message) {
			if err := c.Publish("answer", nil, false, 1); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Subscribe("answer", func(Message) { answered <- struct{}{} }); err != nil {
			t.Fatal(err)
		}
		c.OnState(func(connected bool, _ string) {
			if connected {
				if err := c.Publish("ask", nil, false, 1); err != nil {
					t.Error(err)
				}
			}
		})
		runConn(t, c)
		select {
		case <-answered:
		case <-time.After(testPatience):
			t.Fatal("no answer")
		}
	})
}

func TestClientSaysWhyItCannotConnect(t *testing.T) {
	b := startBroker(t, BrokerOptions{Users: users(map[string]string{"hub": "right"})})
	old := fakeOldBroker(t)
	tests := map[string]struct {
		o    ClientOptions
		want string
	}{
		"wrong password":    {ClientOptions{URL: "mqtt://" + b.Addr().String(), Username: "hub", Password: "secret-7"}, "refuses the user name or password"},
		"password in URL":   {ClientOptions{URL: "mqtt://hub:secret-7@" + b.Addr().String()}, "refuses the user name or password"},
		"nobody listens":    {ClientOptions{URL: "mqtt://hub:secret-7@" + freeAddr(t)}, "connection refused"},
		"only MQTT 3.1.1":   {ClientOptions{URL: "mqtt://" + old}, "3.1.1"},
		"TLS where none is": {ClientOptions{URL: "mqtts://" + b.Addr().String()}, "cannot connect"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, tt.o)
			whys := make(chan string, 100)
			c.OnState(func(_ bool, why string) {
				select {
				case whys <- why:
				default:
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- c.Run(ctx) }()
			why := ""
			for !strings.Contains(why, "cannot connect") {
				why = <-whys
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if !strings.Contains(why, tt.want) || strings.Contains(why, "secret-7") {
				t.Errorf("why = %q, want %q and no password", why, tt.want)
			}
		})
	}
}

// fakeOldBroker answers as MQTT 3.1.1 section 3.2.2.3 asks of a server that does not know
// the protocol version: code 1, then it hangs up.
func fakeOldBroker(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = readConnect(c, 1<<16)
			_, _ = c.Write([]byte{0x20, 2, 0, 1})
			_, _ = io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	return ln.Addr().String()
}

func TestNewClientRefusesBadURLsWithoutShowingThem(t *testing.T) {
	for _, u := range []string{"", "localhost:1883", "http://secret-7@x", "mqtt://", "mqtt://u:secret-7@[::1", "mqtt://u:secret-7%zz@x"} {
		if _, err := NewClient(ClientOptions{URL: u}); err == nil || strings.Contains(err.Error(), "secret-7") {
			t.Errorf("%q: %v", u, err)
		}
	}
}

func TestClientAndBrokerOverTLS(t *testing.T) {
	cert, pool := selfSigned(t)
	b := startBroker(t, BrokerOptions{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	c := startClient(t, ClientOptions{URL: "mqtts://" + b.Addr().String(), TLS: &tls.Config{RootCAs: pool}})
	got := make(chan string, 1)
	if _, err := b.Subscribe("a", func(m Message) { got <- string(m.Payload) }); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish("a", []byte("x"), false, 1); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "x" {
		t.Error(s)
	}
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}
