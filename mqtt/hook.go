package mqtt

import (
	"net/netip"
	"slices"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

const (
	maxClientID      = 256        // bytes
	maxUsername      = 256        // bytes
	maxWillDelay     = 300        // seconds; mochi keeps a delayed will per client id that ever was
	serverKeepalive  = 600        // seconds, told to MQTT 5 clients that ask for none or more
	pinnedTopicLimit = 1024       // bytes of payload that a kept topic string may keep alive
	hookID           = "hardener" // mochi's name for us in its log, which is off
)

// hook is where mochi asks before it acts. It refuses by packets.ErrRejectPacket where
// mochi reads packets, because mochi carries on after any other error there.
type hook struct {
	mochi.HookBase
	b *Broker
}

func (h *hook) ID() string { return hookID }

func (h *hook) Provides(event byte) bool {
	return slices.Contains([]byte{
		mochi.OnConnect, mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPacketRead, mochi.OnPacketEncode,
		mochi.OnSubscribe, mochi.OnSubscribed, mochi.OnPacketProcessed, mochi.OnPublish, mochi.OnWill,
		mochi.OnRetainMessage, mochi.OnRetainedExpired, mochi.OnQosComplete, mochi.OnDisconnect, mochi.OnClientExpired,
	}, event)
}

// OnConnect checks what a CONNECT packet says before its password is looked at.
func (h *hook) OnConnect(cl *mochi.Client, pk packets.Packet) error {
	switch {
	case cl.ID == mochi.InlineClientId, len(cl.ID) > maxClientID:
		return h.refuseConnect(cl, packets.ErrClientIdentifierNotValid)
	case len(pk.Connect.Username) > maxUsername:
		return h.refuseConnect(cl, packets.ErrBadUsernameOrPassword)
	case pk.Connect.WillFlag && CheckTopic(pk.Connect.WillTopic) != nil:
		return h.refuseConnect(cl, packets.ErrTopicNameInvalid)
	}
	cl.ID = strings.Clone(cl.ID)
	cl.Properties.Will.TopicName = strings.Clone(cl.Properties.Will.TopicName)
	cl.Properties.Will.WillDelayInterval = min(cl.Properties.Will.WillDelayInterval, maxWillDelay)
	if v5 := cl.Properties.ProtocolVersion == 5; v5 && (cl.State.Keepalive == 0 || cl.State.Keepalive > serverKeepalive) {
		cl.State.Keepalive, cl.State.ServerKeepalive = serverKeepalive, true
	}
	return nil
}

func (h *hook) refuseConnect(cl *mochi.Client, code packets.Code) error {
	h.b.count.packetsRefused.Add(1)
	_ = h.b.server.SendConnack(cl, code, false, nil)
	return code
}

// OnConnectAuthenticate lets a client in, once: user and password, the right to its will,
// and the client id.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	conn := cl.Net.Conn.(*gateConn)
	user := string(pk.Connect.Username)
	if !h.b.login(conn.addr, user, string(pk.Connect.Password)) {
		return false
	}
	if pk.Connect.WillFlag && !h.b.allowed(user, pk.Connect.WillTopic, true) {
		h.b.log.Warn("MQTT client refused: it may not publish its last will", "client", cl.ID, "user", user, "topic", pk.Connect.WillTopic)
		return false
	}
	if err := h.b.sessions.claim(cl, conn); err != nil {
		h.b.log.Warn("MQTT client refused", "client", cl.ID, "user", user, "address", conn.addr, "error", err)
		return false
	}
	h.b.gate.loggedIn(conn)
	return true
}

// login decides about one user and password, and says why not in the log.
func (b *Broker) login(addr netip.Addr, user, password string) bool {
	if user == "" && b.options.AllowAnonymous {
		return true
	}
	if b.throttle.blocked(addr, user) {
		b.count.loginsThrottled.Add(1)
		return false
	}
	hash, known := "", false
	if b.options.Users != nil && user != "" {
		hash, known = b.options.Users(user)
	}
	if !known {
		hash = b.nobody // do the work all the same, so that time does not tell who exists
	}
	ok, err := CheckPassword(hash, password)
	if err != nil {
		b.log.Error("MQTT login refused", "user", user, "error", err)
		return false
	}
	if !ok || !known {
		b.throttle.failed(addr, user)
		b.count.loginsFailed.Add(1)
		b.log.Warn("MQTT login failed", "user", user, "address", addr)
		return false
	}
	return true
}

// allowed asks the household's rules.
func (b *Broker) allowed(user, topic string, write bool) bool {
	return b.options.Allow == nil || b.options.Allow(user, topic, write)
}

// OnACLCheck is asked for each publish, each filter and each delivery.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	return h.b.options.Allow == nil || h.b.options.Allow(string(cl.Properties.Username), topic, write)
}

// OnPacketRead refuses what would cost mochi's topic index too much, before it gets there.
func (h *hook) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	switch pk.FixedHeader.Type {
	case packets.Publish:
		if err := CheckTopic(pk.TopicName); err != nil {
			return pk, h.refuse(cl, packets.ErrTopicNameInvalid, err.Error())
		}
		// The topic is a piece of the packet's buffer, and mochi's index keeps pieces of
		// topics for ever: it must not keep a payload of megabytes with them.
		if pk.FixedHeader.Retain || len(pk.Payload) > pinnedTopicLimit {
			pk.TopicName = strings.Clone(pk.TopicName)
		}
	case packets.Subscribe:
		if cl.State.Subscriptions.Len()+len(pk.Filters) > h.b.limits.Subscriptions {
			return pk, h.refuse(cl, packets.ErrQuotaExceeded, "too many subscriptions")
		}
		return h.checkFilters(cl, h.renumber(cl, pk))
	case packets.Unsubscribe:
		return h.checkFilters(cl, h.renumber(cl, pk))
	}
	return pk, nil
}

func (h *hook) checkFilters(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	for i := range pk.Filters {
		if err := CheckFilter(pk.Filters[i].Filter); err != nil {
			return pk, h.refuse(cl, packets.ErrTopicFilterInvalid, err.Error())
		}
		pk.Filters[i].Filter = strings.Clone(pk.Filters[i].Filter)
	}
	return pk, nil
}

// refuse cuts a client off, telling it why if it speaks MQTT 5.
func (h *hook) refuse(cl *mochi.Client, code packets.Code, why string) error {
	h.b.count.packetsRefused.Add(1)
	h.b.log.Warn("MQTT client cut off", "client", cl.ID, "user", string(cl.Properties.Username), "error", why)
	if cl.Properties.ProtocolVersion == 5 {
		_ = h.b.server.DisconnectClient(cl, code)
	}
	return packets.ErrRejectPacket
}

// OnPublish lets a message that the retained store has no room for pass unkept.
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Retain && !cl.Net.Inline && !h.b.retained.room(pk.TopicName, len(pk.Payload)) {
		h.b.count.retainRefused.Add(1)
		pk.FixedHeader.Retain = false
	}
	return pk, nil
}

// OnWill does the same for last wills, which do not pass OnPublish.
func (h *hook) OnWill(cl *mochi.Client, will mochi.Will) (mochi.Will, error) {
	if will.Retain && !h.b.retained.room(will.TopicName, len(will.Payload)) {
		h.b.count.retainRefused.Add(1)
		will.Retain = false
	}
	return will, nil
}

func (h *hook) OnRetainMessage(cl *mochi.Client, pk packets.Packet, _ int64) {
	h.b.noteAuthor(cl, pk)
	h.b.noteRetained(pk.TopicName)
}

// OnRetainedExpired also removes the topic from mochi's index, which mochi forgets.
func (h *hook) OnRetainedExpired(topic string) {
	if _, held := h.b.server.Topics.Retained.Get(topic); !held { // else it was published again
		h.b.server.Topics.RetainMessage(packets.Packet{TopicName: topic})
	}
	h.b.noteRetained(topic)
}

// OnSubscribe takes the sending of retained messages over from mochi.
func (h *hook) OnSubscribe(cl *mochi.Client, pk packets.Packet) packets.Packet {
	conn := cl.Net.Conn.(*gateConn)
	conn.wanted = slices.Clone(pk.Filters)
	pk.Filters = slices.Clone(pk.Filters)
	for i, sub := range pk.Filters {
		_, existed := cl.State.Subscriptions.Get(sub.Filter)
		if sub.RetainHandling == 2 || sub.RetainHandling == 1 && existed {
			conn.wanted[i].Filter = ""
		}
		pk.Filters[i].RetainHandling = 2 // "do not send retained messages"
	}
	return pk
}

// OnSubscribed learns which filters were granted.
func (h *hook) OnSubscribed(cl *mochi.Client, _ packets.Packet, codes []byte) {
	conn := cl.Net.Conn.(*gateConn)
	for i, code := range codes {
		if code > packets.CodeGrantedQos2.Code {
			conn.wanted[i].Filter = ""
		}
		conn.wanted[i].Qos = code
	}
	conn.wanted = slices.DeleteFunc(conn.wanted, func(s packets.Subscription) bool { return s.Filter == "" })
}

// OnPacketProcessed comes after the SUBACK was written.
func (h *hook) OnPacketProcessed(cl *mochi.Client, pk packets.Packet, err error) {
	if pk.FixedHeader.Type != packets.Subscribe || cl.Net.Inline {
		return
	}
	conn := cl.Net.Conn.(*gateConn)
	if err == nil && len(conn.wanted) > 0 {
		if conn.replay == nil {
			conn.replay = &replay{b: h.b, cl: cl, conn: conn}
		}
		conn.replay.add(conn.wanted)
	}
	conn.wanted = nil
}

// OnQosComplete tells a replay that it may send on.
func (h *hook) OnQosComplete(cl *mochi.Client, _ packets.Packet) {
	if conn, ok := cl.Net.Conn.(*gateConn); ok {
		conn.signalAck()
	}
}

// OnDisconnect undoes what a DISCONNECT packet may have raised past the limit.
func (h *hook) OnDisconnect(cl *mochi.Client, _ error, _ bool) {
	limit := h.b.server.Options.Capabilities.MaximumSessionExpiryInterval
	cl.Properties.Props.SessionExpiryInterval = min(cl.Properties.Props.SessionExpiryInterval, limit)
}

func (h *hook) OnClientExpired(cl *mochi.Client) { h.b.sessions.expired(cl) }
