package homekit

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/concord-home/hub/hap/camera"
)

// Memory is the durable map that keeps keys, controllers and numbers; it encrypts them at rest.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// The buckets in memory.
const (
	bucketIDs     = "homekit_ids"
	bucketBridges = "homekit_bridges"
	bucketShown   = "homekit_shown"
)

// number is what an accessory is called in HAP, for ever: Apple forgets rooms and scenes of one whose number changes.
type number struct {
	AID    uint64            `json:"aid"`
	Bridge int               `json:"bridge"`          // the bridge that it is on, from 1
	Next   uint64            `json:"next"`            // the next free instance id
	IIDs   map[string]uint64 `json:"iids"`            // by endpoint, service and characteristic
	Names  map[string]string `json:"names,omitempty"` // what people call a service in Home, where it has a name of its own

	// Streams are those of a camera, as it last had them.
	Streams []camera.Streaming `json:"streams,omitempty"`

	changed bool
	owner   *ids // nil: a draft, which nobody keeps
}

// locked guards a number that is kept.
func (n *number) locked() func() {
	if n.owner == nil {
		return func() {}
	}
	n.owner.mu.Lock()
	return n.owner.mu.Unlock
}

// name is what people call a service in Home; "" when they did not say.
func (n *number) name(key string) string {
	defer n.locked()()
	return n.Names[key]
}

// rename keeps what people call a service in Home.
func (n *number) rename(key, name string) error {
	unlock := n.locked()
	if n.Names == nil {
		n.Names = map[string]string{}
	}
	n.Names[key], n.changed = name, true
	unlock()
	return n.owner.keep(context.Background())
}

// iid is the number of a service or characteristic; a new one gets the next that was never used.
func (n *number) iid(key string) uint64 {
	defer n.locked()()
	if n.IIDs[key] == 0 {
		n.IIDs[key] = n.Next
		n.Next++
		n.changed = true
	}
	return n.IIDs[key]
}

// ids are the numbers of everything that was ever shown.
type ids struct {
	memory Memory
	mu     sync.Mutex
	all    map[string]*number
	last   uint64 // the highest accessory id ever given
}

func loadIDs(ctx context.Context, m Memory) (*ids, error) {
	kept, err := m.List(ctx, bucketIDs)
	if err != nil {
		return nil, fmt.Errorf("the HomeKit numbers cannot be read: %w", err)
	}
	x := &ids{memory: m, all: map[string]*number{}, last: 1} // 1 is the bridge itself
	for key, b := range kept {
		n := &number{owner: x}
		if err := json.Unmarshal(b, n); err != nil {
			return nil, fmt.Errorf("the HomeKit number of %s cannot be read: %w", key, err)
		}
		x.all[key] = n
		x.last = max(x.last, n.AID)
	}
	return x, nil
}

// of is the number of a thing; ok is false when it never had one.
func (x *ids) of(key string) (n *number, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n, ok = x.all[key]
	return n, ok
}

// give numbers a thing. Nothing is ever forgotten, so that what comes back is what it was.
func (x *ids) give(key string, bridge int) *number {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last++
	n := &number{AID: x.last, Bridge: bridge, Next: 1, IIDs: map[string]uint64{}, changed: true, owner: x}
	x.all[key] = n
	return n
}

// keep stores what has changed.
func (x *ids) keep(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, n := range x.all {
		if !n.changed {
			continue
		}
		b, err := json.Marshal(n)
		if err != nil {
			return err
		}
		if err := x.memory.Put(ctx, bucketIDs, key, b); err != nil {
			return fmt.Errorf("a HomeKit number was not kept: %w", err)
		}
		n.changed = false
	}
	return nil
}
