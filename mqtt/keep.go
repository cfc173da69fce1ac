package mqtt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// RetainedMemory keeps retained messages through a restart of the hub. Zigbee2MQTT publishes its
// devices only at its own start: a broker that forgets them when the hub restarts leaves it without any.
type RetainedMemory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

const (
	retainedBucket = "mqtt_retained"
	authorsBucket  = "mqtt_retained_from" // whose they are, by topic
	// keepEvery is how often changed topics are written; a kill loses at most this much.
	keepEvery = time.Second
)

// keeper writes changed retained messages to memory, each topic at most once in keepEvery.
type keeper struct {
	memory RetainedMemory // nil: nothing is kept
	mu     sync.Mutex
	dirty  map[string]bool
}

func (k *keeper) note(topic string) {
	if k.memory == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dirty == nil {
		k.dirty = map[string]bool{}
	}
	k.dirty[topic] = true
}

func (k *keeper) take() map[string]bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	topics := k.dirty
	k.dirty = nil
	return topics
}

// recall publishes what was kept, before any client is let in.
func (b *Broker) recall() error {
	if b.keeper.memory == nil {
		return nil
	}
	kept, err := b.keeper.memory.List(context.Background(), retainedBucket)
	if err != nil {
		return fmt.Errorf("mqtt: the retained messages of before cannot be read: %w", err)
	}
	from, err := b.keeper.memory.List(context.Background(), authorsBucket)
	if err != nil {
		return fmt.Errorf("mqtt: whose the retained messages of before are cannot be read: %w", err)
	}
	for topic, payload := range kept {
		if err := b.Publish(topic, payload, true, 0); err != nil {
			b.log.Warn("MQTT retained message of before not taken", "topic", topic, "error", err)
			continue
		}
		pk, held := b.server.Topics.Retained.Get(topic)
		b.authors.note(topic, author{pk.Origin, string(from[topic])}, held)
	}
	b.keeper.take() // they are kept already
	return nil
}

// keep writes what changes until ctx ends, and then what is left.
func (b *Broker) keep(ctx context.Context) {
	if b.keeper.memory == nil {
		return
	}
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.flush(ctx)
		case <-ctx.Done():
			b.flush(context.WithoutCancel(ctx))
			return
		}
	}
}

func (b *Broker) flush(ctx context.Context) {
	for topic := range maps.Keys(b.keeper.take()) {
		if err := b.remember(ctx, topic); err != nil {
			b.keeper.note(topic) // again next time
			b.log.Warn("MQTT retained message not kept for the next start", "topic", topic, "error", err)
			return
		}
	}
}

// remember writes what a topic holds now, and whose it is: first the latter, so that a kill between leaves nobody more rights.
func (b *Broker) remember(ctx context.Context, topic string) error {
	pk, held := b.server.Topics.Retained.Get(topic)
	if !held || len(pk.Payload) == 0 {
		return errors.Join(b.keeper.memory.Delete(ctx, retainedBucket, topic), b.keeper.memory.Delete(ctx, authorsBucket, topic))
	}
	if account := b.from(pk, true); account != "" {
		if err := b.keeper.memory.Put(ctx, authorsBucket, topic, []byte(account)); err != nil {
			return err
		}
		return b.keeper.memory.Put(ctx, retainedBucket, topic, pk.Payload)
	}
	return errors.Join(b.keeper.memory.Put(ctx, retainedBucket, topic, pk.Payload), b.keeper.memory.Delete(ctx, authorsBucket, topic))
}
