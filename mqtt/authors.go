package mqtt

import (
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Stranger is [Message.From] when the client that published is known no longer; no account has that name.
const Stranger = ":"

// authors remember whose the retained messages are, by topic: what may follow from an announcement depends on who made it.
type authors struct {
	mu sync.Mutex
	of map[string]author
}

// author is a client with its account. Both are kept: of two that publish at once, the one noted last need not be the one
// whose message is held.
type author struct{ client, account string }

func (a *authors) note(topic string, by author, held bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[string]author{}
	}
	if held && by.account != "" {
		a.of[topic] = by
	} else {
		delete(a.of, topic)
	}
}

func (a *authors) get(topic string) (author, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	by, ok := a.of[topic]
	return by, ok
}

// noteAuthor follows a change of the retained store.
func (b *Broker) noteAuthor(cl *mochi.Client, pk packets.Packet) {
	by := author{client: cl.ID}
	if !cl.Net.Inline {
		by.account = string(cl.Properties.Username)
	}
	b.authors.note(pk.TopicName, by, len(pk.Payload) > 0)
}

// from is the account that published a message.
func (b *Broker) from(pk packets.Packet, retained bool) string {
	if retained {
		by, known := b.authors.get(pk.TopicName)
		if known && by.client != pk.Origin {
			return Stranger
		}
		return by.account
	}
	cl, ok := b.server.Clients.Get(pk.Origin)
	switch {
	case !ok:
		return Stranger
	case cl.Net.Inline:
		return ""
	}
	return string(cl.Properties.Username)
}
