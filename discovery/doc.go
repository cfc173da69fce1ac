// Package discovery is the hub's only ear on the local network: it listens for
// mDNS (DNS-SD) and SSDP, remembers what it hears in one bounded cache, and
// hands each change to the handlers whose patterns match.
//
//	l := discovery.New(discovery.Options{SSDP: true})
//	l.Handle("shelly", []discovery.Pattern{{Proto: "mdns", Type: "_shelly._tcp"}}, func(m discovery.Match) {
//		fmt.Println(m.Change.Kind, m.Change.Service.Instance, m.Change.Service.Addrs)
//	})
//	err := l.Run(ctx) // blocks; owns every socket
//
// # How it works
//
// One passive socket per address family hears every mDNS response, so it alone
// fills the cache: appearances, address and TXT changes, goodbyes and returns.
// Browsing through grandcat/zeroconf asks the questions that make devices
// speak; what it reports is only a hint, because it shows a service once,
// never its end, and takes probes for answers. A hint the cache does not know
// is asked about, and the answer is heard like any other.
//
// Records may come in separate packets: the cache keeps what it has and asks
// for what is missing. Before a record expires it is asked for again at 80, 85,
// 90 and 95 % of its TTL (RFC 6762 §5.2). A goodbye takes effect after one
// second (§10.1) and is checked by a question meanwhile, so a forged goodbye
// does not take a living device away.
//
// A lost record never means that a device is offline: only its adapter knows.
//
// # Concurrency and back-pressure
//
// All methods of Listener may be called from any goroutine. Each handler is
// called from its own goroutine, one match at a time, and may be slow: changes
// of the same service are merged while they wait, so the queue never holds
// more than one change per service and the last state is never lost.
//
// # Trust
//
// Anything on the LAN can say anything. Only responses from port 5353 and from
// an address on the link are read, sizes and counts are capped in total and per
// sender, loopback addresses are accepted from loopback only, and an SSDP
// LOCATION is recorded but never fetched.
package discovery
