package mqtt

import (
	"sync/atomic"
	"time"
)

// Limits bound what clients can make a Broker spend. A zero field takes the default in
// its comment.
type Limits struct {
	Clients       int           // logged-in clients at a time: 1,000
	PerAddress    int           // connections at a time from one IP address, loopback excepted: 256
	PreLogin      int           // connections that have not logged in yet; the oldest gives way: 128
	PreLoginPerIP int           // the same from one IP address: 32
	LoginTimeout  time.Duration // from accept to a whole CONNECT packet: 5 s
	WriteTimeout  time.Duration // how long a client may refuse to read before it is cut off: 10 s
	LoginPacket   int           // largest CONNECT packet, bytes: 64 KiB
	Packet        int           // largest packet after login, bytes: 8 MiB
	Subscriptions int           // filters of one client: 1,000
	Sessions      int           // sessions kept for clients that are away; the oldest gives way: 1,000
	SessionExpiry time.Duration // how long a session outlives its connection, whole seconds: 1 h
	Retained      int           // retained messages of all clients: 50,000
	RetainedBytes int64         // their topics and payloads together: 256 MiB
}

func (l Limits) withDefaults() Limits {
	orInt := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	orInt(&l.Clients, 1000)
	orInt(&l.PerAddress, 256)
	orInt(&l.PreLogin, 128)
	orInt(&l.PreLoginPerIP, 32)
	orTime(&l.LoginTimeout, 5*time.Second)
	orTime(&l.WriteTimeout, 10*time.Second)
	orInt(&l.LoginPacket, 64<<10)
	orInt(&l.Packet, 8<<20)
	orInt(&l.Subscriptions, 1000)
	orInt(&l.Sessions, 1000)
	orTime(&l.SessionExpiry, time.Hour)
	orInt(&l.Retained, 50_000)
	if l.RetainedBytes <= 0 {
		l.RetainedBytes = 256 << 20
	}
	return l
}

// Stats are a Broker's gauges and its counters since start.
type Stats struct {
	Clients       int64 // connected and logged in
	Sessions      int64 // kept for clients that are away
	Subscriptions int64 // of network clients
	Retained      int64 // messages kept
	RetainedBytes int64 // their topics and payloads

	MessagesIn      int64 // publishes received from clients and from the hub
	MessagesOut     int64 // publishes written to clients
	MessagesDropped int64 // not queued because a client reads too slowly

	ConnectionsRefused int64 // too many from one address
	LoginsTimedOut     int64 // no CONNECT in time, or pushed out by newer connections
	LoginsMalformed    int64 // the first bytes were not an acceptable CONNECT
	LoginsFailed       int64 // wrong user or password
	LoginsThrottled    int64 // refused unseen after too many failures
	PacketsRefused     int64 // bad topic, too many subscriptions; the client was cut off
	RetainRefused      int64 // delivered but not kept, because the retained store is full
	SessionsEvicted    int64 // dropped before their time to make room
	Panics             int64 // packets that made a decoder or handler panic; the client was cut off
}

// counters are the parts of Stats that this package counts itself.
type counters struct {
	connectionsRefused, loginsTimedOut, loginsMalformed, loginsFailed, loginsThrottled,
	packetsRefused, retainRefused, sessionsEvicted, panics atomic.Int64
}
