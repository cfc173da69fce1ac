package discovery

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The protocols a Service can come from, as used in Service.Proto and
// Pattern.Proto.
const (
	ProtoMDNS = "mdns" // DNS-SD over multicast DNS (RFC 6762, RFC 6763)
	ProtoSSDP = "ssdp" // UPnP Device Architecture 2.0, §1
)

// State says whether a service is announced at present.
type State string

// The states of a Service.
const (
	Alive       State = "alive"
	GoneGoodbye State = "goodbye" // it said goodbye (TTL 0 or ssdp:byebye)
	GoneExpired State = "expired" // its records ran out unanswered
)

// Service is one thing seen on the LAN. It is a snapshot: its slices and maps
// are never changed afterwards and must not be changed by the receiver.
type Service struct {
	Proto     string            // ProtoMDNS or ProtoSSDP
	Type      string            // "_hap._tcp", or the SSDP NT or ST
	Instance  string            // unescaped instance name in any script, or the SSDP USN
	Host      string            // "name.local", or the SSDP sender's address
	Port      int               // 1-65535; 0 when SSDP gave none
	Addrs     []netip.Addr      // IPv4 first; link-local IPv6 carries its zone
	TXT       map[string]string // keys in lower case; for SSDP its headers
	Location  string            // SSDP description URL as received: never fetch it unchecked
	Interface string            // where it was last heard
	FirstSeen time.Time
	LastSeen  time.Time // when its service record or announcement was last heard
	Expires   time.Time // when it is given up unless heard again
	State     State
}

// Key names the service stably across renames and address changes: the
// protocol and the device's own id where the type defines one ("id" of HAP),
// otherwise protocol, type and instance.
func (s Service) Key() string {
	if s.Proto == ProtoMDNS && strings.HasPrefix(s.Type, "_hap._") {
		if id := s.TXT["id"]; id != "" {
			return s.Proto + "/" + s.Type + "/id=" + strings.ToUpper(id)
		}
	}
	return s.Proto + "/" + s.Type + "/" + strings.ToLower(s.Instance)
}

// sameFacts reports whether a handler would see no difference between s and o:
// times, interface and the order of addresses do not count.
func (s Service) sameFacts(o Service) bool {
	return s.Host == o.Host && s.Port == o.Port && s.Location == o.Location && s.Instance == o.Instance &&
		maps.Equal(s.TXT, o.TXT) && sameSet(s.Addrs, o.Addrs)
}

func sameSet(a, b []netip.Addr) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// ChangeKind says what happened to a service.
type ChangeKind string

// The kinds of Change.
const (
	Appeared ChangeKind = "appeared" // seen for the first time
	Updated  ChangeKind = "updated"  // name, host, port, addresses or TXT differ
	Goodbye  ChangeKind = "goodbye"  // it said that it leaves
	Expired  ChangeKind = "expired"  // it fell silent and its records ran out
	Returned ChangeKind = "returned" // announced again after Goodbye or Expired
)

// Change is one thing that happened to a service.
type Change struct {
	Kind    ChangeKind
	Service Service
	Was     *Service // the service before; nil for Appeared
}

// Match is a change handed to a handler because one of its patterns matched.
type Match struct {
	Handler string
	Change  Change
}
