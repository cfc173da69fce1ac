package mqtt

import (
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

const (
	replaysAtOnce   = 32               // clients being sent retained messages at a time
	replayInflight  = 256              // unacknowledged messages of a replay and the live flow together
	replayAckWait   = 30 * time.Second // without any acknowledgement; then the client is cut off
	replayCatchUps  = 8                // see sendCurrent
	perMessageBytes = 64               // what a retained message costs besides topic and payload, about
)

// retainedSizes accounts for what the retained store holds. It also answers which topics
// match a filter: mochi reads its index for that without the lock that writers hold.
type retainedSizes struct {
	maxCount int
	maxBytes int64

	mu    sync.Mutex
	sizes map[string]int64
	total int64
}

// room reports whether topic may keep a payload of n bytes. Clearing always may.
func (r *retainedSizes) room(topic string, n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, held := r.sizes[topic]
	return n == 0 || (held || len(r.sizes) < r.maxCount) && r.total-old+retainedSize(topic, n) <= r.maxBytes
}

// update records what topic keeps now, as size tells. It asks under the lock: of two
// publishers at once, the one that comes second here may have been first in the store.
func (r *retainedSizes) update(topic string, size func() int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total -= r.sizes[topic]
	n := size()
	if n == 0 {
		delete(r.sizes, topic)
		return
	}
	r.sizes[topic] = retainedSize(topic, n)
	r.total += r.sizes[topic]
}

// matching lists the topics that match filter.
func (r *retainedSizes) matching(filter string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !isWild(filter) {
		if _, held := r.sizes[filter]; held {
			return []string{filter}
		}
		return nil
	}
	var topics []string
	for topic := range r.sizes {
		if Match(filter, topic) {
			topics = append(topics, topic)
		}
	}
	return topics
}

func retainedSize(topic string, n int) int64 { return int64(len(topic) + n + perMessageBytes) }

func (r *retainedSizes) held() (count, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(len(r.sizes)), r.total
}

// noteRetained follows a change of the retained store.
func (b *Broker) noteRetained(topic string) {
	b.keeper.note(topic)
	b.retained.update(topic, func() int {
		pk, _ := b.server.Topics.Retained.Get(topic)
		return len(pk.Payload)
	})
}

// sendCurrent sends the retained message of topic. A live message that replaces it may
// overtake us: send is called again with what is stored then (an empty payload if that is
// nothing), so that what the subscriber hears last is true. A topic that changes faster
// than we send needs no help: its next live message is on the way.
func (b *Broker) sendCurrent(topic string, send func(packets.Packet) error) error {
	pk, ok := b.server.Topics.Retained.Get(topic)
	for i := 0; ok && i < replayCatchUps; i++ {
		if err := send(pk); err != nil {
			return err
		}
		now, still := b.server.Topics.Retained.Get(topic)
		if still && &now.Payload[0] == &pk.Payload[0] {
			return nil
		}
		if !still {
			pk.Payload = nil
			return send(pk)
		}
		pk = now
	}
	return nil
}

// replay sends one client the retained messages of its new filters, at the pace at which
// it reads and acknowledges. mochi queues them all at once and drops what exceeds the
// queue. At most one goroutine a client does this.
type replay struct {
	b    *Broker
	cl   *mochi.Client
	conn *gateConn

	mu      sync.Mutex
	due     []packets.Subscription // one for each filter at most
	running bool
}

// add makes subs due, replacing those with the same filter.
func (r *replay) add(subs []packets.Subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
next:
	for _, sub := range subs {
		for i := range r.due {
			if r.due[i].Filter == sub.Filter {
				r.due[i] = sub
				continue next
			}
		}
		r.due = append(r.due, sub)
	}
	if !r.running {
		r.running = true
		r.b.background.Go(r.run)
	}
}

func (r *replay) next() (sub packets.Subscription, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.due) == 0 {
		r.running = false
		return sub, false
	}
	sub, r.due = r.due[0], r.due[1:]
	return sub, true
}

func (r *replay) run() {
	select {
	case r.b.replays <- struct{}{}:
		defer func() { <-r.b.replays }()
	case <-r.conn.done:
		return
	}
	for sub, ok := r.next(); ok; sub, ok = r.next() {
		for _, topic := range r.b.retained.matching(sub.Filter) {
			if !r.b.allowed(string(r.cl.Properties.Username), topic, false) {
				continue
			}
			if err := r.b.sendCurrent(topic, func(pk packets.Packet) error { return r.send(sub, pk) }); err != nil {
				r.cl.Stop(err)
				return
			}
		}
	}
}

// send writes one message past mochi's queue; the socket holds us back.
func (r *replay) send(sub packets.Subscription, pk packets.Packet) error {
	out := pk.Copy(false)
	out.FixedHeader.Retain = len(pk.Payload) > 0
	out.FixedHeader.Qos = min(pk.FixedHeader.Qos, sub.Qos)
	if sub.Identifier > 0 {
		out.Properties.SubscriptionIdentifier = []int{sub.Identifier}
	}
	if out.FixedHeader.Qos > 0 {
		if err := r.track(&out); err != nil {
			return err
		}
	}
	err := r.cl.WritePacket(out)
	if err == packets.ErrPacketTooLarge { // the client said so; MQTT 5.0 section 3.1.2.11.4
		r.cl.State.Inflight.Delete(out.PacketID)
		return nil
	}
	return err
}

// track waits until the client has acknowledged enough, and gives out a packet id.
func (r *replay) track(out *packets.Packet) error {
	limit := replayInflight
	if m := int(r.cl.Properties.Props.ReceiveMaximum); m > 0 {
		limit = min(limit, m)
	}
	timeout := time.NewTimer(replayAckWait)
	defer timeout.Stop()
	for r.cl.State.Inflight.Len() >= limit {
		select {
		case <-r.conn.acked:
		case <-r.conn.done:
			return mochi.ErrConnectionClosed
		case <-timeout.C:
			return packets.ErrQuotaExceeded
		}
	}
	id, err := r.cl.NextPacketID()
	if err != nil {
		return err
	}
	out.PacketID = uint16(id)
	if r.cl.State.Inflight.Set(*out) {
		r.cl.State.Inflight.DecreaseSendQuota()
	}
	return nil
}
