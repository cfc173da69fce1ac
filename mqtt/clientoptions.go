package mqtt

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
)

// ClientOptions say how a [Client] reaches its broker. Only URL is needed.
type ClientOptions struct {
	// URL is mqtt://host:1883 or, with TLS, mqtts://host:8883; the ports may be left out.
	// User and password in it serve if the fields below are empty.
	URL                string
	Username, Password string
	// ClientID must be the connection's own at the broker; "" makes one up.
	ClientID string
	// TLS is for mqtts; nil verifies the host against the system's roots.
	TLS *tls.Config
	// KeepAlive is how often a silent connection is probed, whole seconds; 0 is 30 s.
	KeepAlive time.Duration
	// Timeout is for connecting and for each answer of the broker; 0 is 10 s.
	Timeout time.Duration
	// Backoff is the pause before attempt n to connect, which counts from 0 after each
	// connection; nil doubles from 0.5 s to 30 s, with chance, at no pause for n = 0.
	Backoff func(n int) time.Duration
	// Logger takes lost connections and refused subscriptions (Warn); nil is silent.
	Logger *slog.Logger
	// Now is the clock for Message.At; nil is time.Now.
	Now func() time.Time
}

// maxClientPacket is the largest packet asked of and sent to an external broker, bytes.
const maxClientPacket = 8 << 20

// receiveMaximum is how many unacknowledged messages an external broker may send at once.
const receiveMaximum = 1024

// brokerURL moves user and password out of the URL, so that no error or log shows them.
func brokerURL(o *ClientOptions) (*url.URL, error) {
	u, err := url.Parse(o.URL)
	if err != nil { // err quotes the URL, which may hold a password
		return nil, errors.New("mqtt: the broker's URL is malformed; write mqtt://host:1883")
	}
	port := map[string]string{"mqtt": "1883", "mqtts": "8883"}[u.Scheme]
	if port == "" || u.Hostname() == "" {
		return nil, errors.New("mqtt: the broker's URL must begin with mqtt:// or mqtts:// and name a host")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	if u.User != nil && o.Username == "" {
		o.Username = u.User.Username()
		o.Password, _ = u.User.Password()
	}
	o.URL = ""
	return &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(u.Hostname(), port)}, nil
}

// explain says in the household's words what paho could not do.
func explain(err error) string {
	var refused *autopaho.ConnackError
	switch {
	case errors.As(err, &refused):
		switch refused.ReasonCode {
		case 0x01, 0x84:
			return "the broker does not speak MQTT 5; update it or use the hub's own"
		case 0x86, 0x87:
			return "the broker refuses the user name or password"
		}
		return fmt.Sprintf("the broker refuses us with reason %#x %s", refused.ReasonCode, refused.Reason)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the broker hung up without an MQTT 5 answer; it may speak only 3.1.1, or expect TLS"
	}
	return err.Error()
}
