package mqtt

import (
	"encoding/binary"
	"testing"
)

// TestASubscriptionMayBearTheNumberOfAMessageOnItsWay: the client leaves what came unacknowledged, and asks on with the broker's numbers.
func TestASubscriptionMayBearTheNumberOfAMessageOnItsWay(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	fill(t, b, 3, 1)
	w := login(t, b.Addr(), connect{id: "asks on", v5: true})
	ask := func(first byte, number uint16, tail ...byte) {
		w.send(packet(first, binary.BigEndian.AppendUint16(nil, number), []byte{0}, text("ret/#"), tail))
	}
	answer := func(kind byte, number uint16) {
		t.Helper()
		body := w.want(kind)
		if got := binary.BigEndian.Uint16(body); got != number {
			t.Errorf("the answer to %d is for %d", number, got)
		}
		if code := body[len(body)-1]; code > 2 {
			t.Errorf("%d was refused: 0x%x", number, code)
		}
	}
	ask(0x82, 1, 1)
	answer(9, 1)
	for range 3 {
		w.want(3)
	}
	for number := uint16(1); number <= 4; number++ {
		ask(0x82, number, 1)
		answer(9, number)
		for range 3 {
			w.want(3)
		}
	}
	ask(0xa2, 2)
	answer(11, 2)
}
