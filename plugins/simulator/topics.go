package simulator

import (
	"maps"
	"slices"
	"sync"

	"github.com/concord-home/hub/plugins/protocol"
)

// Topics is a broker without a network: what is published is heard at once, and the last of what is to be kept by whoever
// comes later. The zero value is ready.
type Topics struct {
	mu   sync.Mutex
	kept map[string][]byte
	ears map[*ear]bool
}

type ear struct {
	filter string
	heard  func(topic string, payload []byte, retained bool)
}

// Subscribe is of [Wire].
func (t *Topics) Subscribe(filter string, heard func(topic string, payload []byte, retained bool)) (cancel func(), err error) {
	e := &ear{filter, heard}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ears == nil {
		t.ears = map[*ear]bool{}
	}
	t.ears[e] = true
	for _, topic := range slices.Sorted(maps.Keys(t.kept)) {
		if protocol.MatchesTopic(filter, topic) {
			heard(topic, t.kept[topic], true)
		}
	}
	return func() { t.mu.Lock(); defer t.mu.Unlock(); delete(t.ears, e) }, nil
}

// Publish is of [Wire].
func (t *Topics) Publish(topic string, payload []byte, retain bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if retain && len(payload) == 0 {
		delete(t.kept, topic)
	} else if retain {
		if t.kept == nil {
			t.kept = map[string][]byte{}
		}
		t.kept[topic] = slices.Clone(payload)
	}
	for e := range t.ears {
		if protocol.MatchesTopic(e.filter, topic) {
			e.heard(topic, payload, false)
		}
	}
	return nil
}
