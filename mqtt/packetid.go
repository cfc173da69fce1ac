package mqtt

import (
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// A client and the broker number their packets each for themselves (MQTT 5, 2.2.1), but mochi refuses a SUBSCRIBE or UNSUBSCRIBE
// whose number is that of a message on its way to the same client, as when what is retained comes after a first subscription.
// So mochi sees such a packet under a number that nobody uses, and the answer bears the client's own.

// renumber gives a packet another number where mochi would take its own for used.
func (h *hook) renumber(cl *mochi.Client, pk packets.Packet) packets.Packet {
	conn, ok := cl.Net.Conn.(*gateConn)
	used := func(id uint16) bool { _, used := cl.State.Inflight.Get(id); return used }
	if !ok || !used(pk.PacketID) {
		return pk
	}
	for id := uint16(65535); id > 0; id-- {
		if !used(id) {
			conn.standIn, conn.ownNumber, pk.PacketID = id, pk.PacketID, id
			break
		}
	}
	return pk
}

// OnPacketEncode gives the answer to a packet that was renumbered the client's number.
func (h *hook) OnPacketEncode(cl *mochi.Client, pk packets.Packet) packets.Packet {
	if t := pk.FixedHeader.Type; t == packets.Suback || t == packets.Unsuback {
		if conn, ok := cl.Net.Conn.(*gateConn); ok && conn.standIn != 0 && conn.standIn == pk.PacketID {
			pk.PacketID, conn.standIn = conn.ownNumber, 0
		}
	}
	return pk
}
