package mqtt

import "github.com/eclipse/paho.golang/paho"

// SetWill gives the broker a last will: what it publishes, retained, when the connection breaks without a goodbye. An empty topic takes it
// back. A will is part of connecting, so a client that is connected says goodbye and connects anew when its will changes.
func (c *Client) SetWill(topic string, payload []byte) error {
	if topic != "" {
		if err := checkPublish(topic, payload, 1, maxClientPacket); err != nil {
			return err
		}
	}
	var will *paho.WillMessage
	if topic != "" {
		will = &paho.WillMessage{Topic: topic, Payload: payload, Retain: true, QoS: 1}
	}
	c.mu.Lock()
	changed := !same(c.will, will)
	c.will = will
	connected := c.manager != nil
	c.mu.Unlock()
	if !changed {
		return nil
	}
	if connected {
		c.down() // from here on, so that nobody waits for an answer over a connection that ends
	}
	select {
	case c.anew <- struct{}{}:
	default:
	}
	return nil
}

func same(a, b *paho.WillMessage) bool {
	return a == b || a != nil && b != nil && a.Topic == b.Topic && string(a.Payload) == string(b.Payload)
}
