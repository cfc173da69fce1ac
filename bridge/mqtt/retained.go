package mqttbridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// collect notes which topics of ours the broker still has. A broker that is elsewhere sends them in its own time, but before
// what is published after it was asked.
func (b *Bridge) collect(ctx context.Context) error {
	for _, filter := range []string{"homie/5/+/$state", "homie/5/+/$description", "homie/5/+/+/+", b.o.Prefix + "/+/+/+/config"} {
		cancel, err := b.o.MQTT.Subscribe(filter, func(topic string, payload []byte, retained bool) {
			if retained && len(payload) > 0 && b.ours(topic) {
				b.mu.Lock()
				b.stale[topic] = true
				b.mu.Unlock()
			}
		})
		if err != nil {
			return err
		}
		defer cancel()
	}
	last := make(chan struct{}, 1)
	cancel, err := b.o.MQTT.Subscribe(b.root()+"/$collected", func(string, []byte, bool) {
		select {
		case last <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer cancel()
	if err := b.o.MQTT.Publish(b.root()+"/$collected", []byte("true"), false, 0); err != nil {
		return err
	}
	select {
	case <-last:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(collectTime):
		return errors.New("the broker does not say what it has of ours")
	}
}

// ours reports whether a topic was published by this hub.
func (b *Bridge) ours(topic string) bool {
	for part := range strings.SplitSeq(topic, "/") {
		if part == b.o.Instance || strings.HasPrefix(part, b.o.Instance+"-") {
			return true
		}
	}
	return false
}

// sweep clears what the broker had of ours and is not published any more.
func (b *Bridge) sweep() {
	b.mu.Lock()
	var old []string
	for topic := range b.stale {
		if _, wanted := b.sent[topic]; !wanted {
			old = append(old, topic)
		}
	}
	b.stale = map[string]bool{}
	b.mu.Unlock()
	slices.Sort(old)
	for _, topic := range old {
		if err := b.o.MQTT.Publish(topic, nil, true, 0); err != nil {
			b.log.Debug("clearing what was published earlier", "topic", topic, "error", err)
		}
	}
}

// clear takes back all that was published, as soon as there is a broker.
func (b *Bridge) clear(ctx context.Context) error {
	for b.collect(ctx) != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-b.anew:
		case <-time.After(retryAfter):
		}
	}
	b.mu.Lock()
	b.sent, b.shown, b.slots = map[string]string{}, map[model.DeviceID]*shown{}, map[string]target{}
	b.mu.Unlock()
	b.sweep()
	<-ctx.Done()
	return nil
}

// put publishes a retained message unless it is there already; an empty one takes it back.
func (b *Bridge) put(topic, payload string) error {
	b.mu.Lock()
	was, there := b.sent[topic]
	b.mu.Unlock()
	if there && was == payload || !there && payload == "" {
		return nil
	}
	if err := b.o.MQTT.Publish(topic, []byte(payload), true, 0); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if payload == "" {
		delete(b.sent, topic)
	} else {
		b.sent[topic] = payload
	}
	return nil
}
