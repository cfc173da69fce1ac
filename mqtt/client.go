package mqtt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

// Client is a connection to an external broker that speaks MQTT 5, which it brings up
// again for as long as Run lasts. Nothing is queued while it is down: Publish fails with
// [ErrNotConnected], because a command that arrives late is worse than one that fails.
// After each connection the broker is asked for every filter again, and so sends its
// retained messages again.
type Client struct {
	options ClientOptions
	url     *url.URL
	log     *slog.Logger
	routes  routes
	state   state

	mu      sync.Mutex
	manager *autopaho.ConnectionManager // nil while down
	ran     bool
	epoch   int            // counts connections
	tasks   sync.WaitGroup // subscribing after a connection
	will    *paho.WillMessage
	anew    chan struct{} // has one when the will changed
}

// NewClient checks the options; connecting begins in Run.
func NewClient(o ClientOptions) (*Client, error) {
	u, err := brokerURL(&o)
	if err != nil {
		return nil, err
	}
	if o.ClientID == "" {
		o.ClientID = "concord-" + strings.ToLower(rand.Text()[:12])
	}
	if o.KeepAlive <= 0 {
		o.KeepAlive = 30 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Backoff == nil {
		o.Backoff = reconnectPause
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{options: o, url: u, log: o.Logger, anew: make(chan struct{}, 1)}
	c.state.set(false, "not started")
	return c, nil
}

// reconnectPause spreads the hubs and devices that lost the same broker.
func reconnectPause(n int) time.Duration {
	if n <= 0 {
		return 0
	}
	longest := min(500*time.Millisecond<<min(n-1, 6), 30*time.Second)
	var b [1]byte
	rand.Read(b[:])
	return longest/2 + longest/2*time.Duration(b[0])/255
}

// Run connects, and connects again whenever the connection is lost, until ctx ends.
func (c *Client) Run(ctx context.Context) error {
	c.mu.Lock()
	again := c.ran
	c.ran = true
	c.mu.Unlock()
	if again {
		return ErrClosed
	}
	c.state.set(false, "connecting to "+c.url.Host)
	for ctx.Err() == nil {
		if err := c.connect(ctx); err != nil {
			return err
		}
	}
	c.state.set(false, "closed")
	return nil
}

// connect keeps up a connection until ctx ends or the connection's will changed.
func (c *Client) connect(ctx context.Context) error {
	cm, err := autopaho.NewConnection(context.Background(), c.config())
	if err != nil {
		return fmt.Errorf("mqtt: cannot start connecting to %s: %w", c.url.Host, err)
	}
	select {
	case <-ctx.Done():
	case <-c.anew:
	}
	bye, cancel := context.WithTimeout(context.Background(), c.options.Timeout)
	defer cancel()
	err = cm.Disconnect(bye)
	c.down()
	c.tasks.Wait()
	if err != nil {
		return fmt.Errorf("mqtt: the connection to %s did not end in time: %w", c.url.Host, err)
	}
	return nil
}

func (c *Client) config() autopaho.ClientConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.anew: // this connection has the newest will
	default:
	}
	return autopaho.ClientConfig{
		WillMessage:                   c.will,
		ServerUrls:                    []*url.URL{c.url},
		KeepAlive:                     uint16(min(max(c.options.KeepAlive/time.Second, 1), 65535)),
		CleanStartOnInitialConnection: true,
		ReconnectBackoff:              c.options.Backoff,
		ConnectTimeout:                c.options.Timeout,
		AttemptConnection:             c.dial,
		ConnectUsername:               c.options.Username,
		ConnectPassword:               []byte(c.options.Password),
		ConnectPacketBuilder: func(p *paho.Connect, _ *url.URL) (*paho.Connect, error) {
			p.CleanStart = true // nothing of an earlier connection is to be sent late
			window, size := uint16(receiveMaximum), uint32(maxClientPacket)
			p.Properties = &paho.ConnectProperties{ReceiveMaximum: &window, MaximumPacketSize: &size}
			return p, nil
		},
		OnConnectionUp:   func(cm *autopaho.ConnectionManager, _ *paho.Connack) { c.up(cm) },
		OnConnectionDown: func() bool { c.lost(); return true },
		OnConnectError: func(err error) {
			why := explain(err)
			c.log.Warn("cannot connect to the MQTT broker", "broker", c.url.Host, "error", why)
			c.state.set(false, "cannot connect to "+c.url.Host+": "+why)
		},
		ClientConfig: paho.ClientConfig{
			ClientID:          c.options.ClientID,
			PacketTimeout:     c.options.Timeout,
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){c.received},
		},
	}
}

func (c *Client) up(cm *autopaho.ConnectionManager) {
	c.mu.Lock()
	c.manager = cm
	c.epoch++
	epoch := c.epoch
	c.mu.Unlock()
	c.tasks.Go(func() {
		c.subscribeAll(cm)
		c.state.setIf(true, "connected to "+c.url.Host, func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.manager != nil && c.epoch == epoch
		})
	})
}

func (c *Client) lost() {
	c.down()
	c.log.Warn("lost the MQTT broker", "broker", c.url.Host)
}

func (c *Client) down() {
	c.mu.Lock()
	c.manager = nil
	c.mu.Unlock()
	c.state.set(false, "lost the connection to "+c.url.Host)
}

func (c *Client) connection() *autopaho.ConnectionManager {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.manager
}

// OnState reports whether the broker is reached and every filter subscribed; see [Conn].
func (c *Client) OnState(f func(connected bool, why string)) { c.state.watch(f) }

// Publish sends to the broker; see [Conn]. Above qos 0 it waits for the acknowledgement.
func (c *Client) Publish(topic string, payload []byte, retain bool, qos byte) error {
	if err := checkPublish(topic, payload, qos, maxClientPacket); err != nil {
		return err
	}
	cm := c.connection()
	if cm == nil {
		return fmt.Errorf("mqtt: cannot publish to %q: %w", topic, ErrNotConnected)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.options.Timeout)
	defer cancel()
	_, err := cm.Publish(ctx, &paho.Publish{Topic: topic, Payload: payload, Retain: retain, QoS: qos})
	if errors.Is(err, autopaho.ConnectionDownError) {
		err = ErrNotConnected
	}
	if err != nil {
		return fmt.Errorf("mqtt: cannot publish to %q: %w", topic, err)
	}
	return nil
}

// Subscribe asks the broker if it is connected, and after each connection; see [Conn]. It
// is an error if the broker refuses now; a refusal later is logged.
func (c *Client) Subscribe(filter string, h func(Message)) (cancel func(), err error) {
	if err := CheckFilter(filter); err != nil {
		return nil, err
	}
	remove := c.routes.add(filter, h)
	cancel = sync.OnceFunc(func() {
		if last := remove(); last {
			c.unsubscribe(filter)
		}
	})
	if cm := c.connection(); cm != nil {
		if err := c.ask(cm, filter); err != nil && !errors.Is(err, ErrNotConnected) {
			cancel()
			return nil, err
		}
	}
	return cancel, nil
}
