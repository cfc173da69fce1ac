package homekit

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/concord-home/hub/hap/pairing"
)

// controller is who may use the bridge.
type controller struct {
	ID     string            `json:"id"`
	Public ed25519.PublicKey `json:"public"`
	Admin  bool              `json:"admin"`
}

// bridgeRecord is what is remembered of a bridge.
type bridgeRecord struct {
	Number      int          `json:"number"` // from 1
	ID          string       `json:"id"`     // device id, "AA:BB:CC:DD:EE:FF"
	Key         []byte       `json:"key"`
	Code        string       `json:"code"`
	SetupID     string       `json:"setup_id"`
	Name        string       `json:"name"`
	Config      uint32       `json:"config"` // c#: rises when what is shown changes
	Shape       string       `json:"shape"`  // hash of what was shown at that number
	Controllers []controller `json:"controllers,omitempty"`
	Tries       int          `json:"tries,omitempty"` // wrong codes since it was last paired or reset
}

func (r bridgeRecord) identity() pairing.Identity {
	return pairing.Identity{ID: r.ID, Key: ed25519.PrivateKey(r.Key)}
}

func (s *server) record() bridgeRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rec
	r.Controllers = slices.Clone(r.Controllers)
	return r
}

// change changes what is remembered of the bridge: durably, or not at all.
func (s *server) change(f func(*bridgeRecord) error) error {
	s.mu.Lock()
	r := s.rec
	r.Controllers = slices.Clone(r.Controllers)
	err := f(&r)
	if err == nil {
		err = keepBridge(context.Background(), s.o.Memory, r)
	}
	if err == nil {
		s.rec = r
	}
	s.mu.Unlock()
	select {
	case s.advertise <- struct{}{}:
	default:
	}
	return err
}

func keepBridge(ctx context.Context, m Memory, r bridgeRecord) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := m.Put(ctx, bucketBridges, strconv.Itoa(r.Number), b); err != nil {
		return fmt.Errorf("the HomeKit bridge %s was not kept: %w", r.Name, err)
	}
	return nil
}

// controllerOf finds a paired controller.
func (s *server) controllerOf(id string) (controller, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.rec.Controllers, func(c controller) bool { return c.ID == id })
	if i < 0 {
		return controller{}, false
	}
	return s.rec.Controllers[i], true
}
