package discovery

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	maxPacket  = 9000 // bytes: RFC 6762 §17
	maxRecords = 512  // per packet
	maxTXTKeys = 64   // per service
	maxTTL     = 24 * time.Hour
	flushBit   = 1 << 15 // top bit of the class: cache-flush in answers, RFC 6762 §10.2
)

// metaName is the owner of the records that list service types, RFC 6763 §9.
const metaName = "_services._dns-sd._udp.local."

var (
	errNotResponse = errors.New("mDNS packet is not a response")
	errOversize    = errors.New("mDNS packet is larger than RFC 6762 §17 allows")
)

// Record is one resource record of a response. Names are in DNS presentation
// form, fully qualified.
type Record struct {
	Name   string
	Type   uint16        // dns.TypePTR, TypeSRV, TypeTXT, TypeA or TypeAAAA
	TTL    time.Duration // 0 is a goodbye; at most 24 h
	Flush  bool          // the cache-flush bit was set
	Target string        // PTR and SRV
	Port   int           // SRV
	TXT    map[string]string
	Addr   netip.Addr // A and AAAA, without zone
}

// Packet is what one mDNS response said, and where it came from.
type Packet struct {
	Interface string     // name of the receiving interface
	Loopback  bool       // that interface is the host's loopback
	From      netip.Addr // the sender
	Records   []Record
}

// ParseMDNS reads a DNS message of at most 9000 bytes and returns the records
// that DNS-SD uses. Queries and probes, which lack the QR bit, and messages
// with an opcode or response code (RFC 6762 §18) are errors.
func ParseMDNS(b []byte) ([]Record, error) {
	if len(b) > maxPacket {
		return nil, errOversize
	}
	if !isResponse(b) {
		return nil, errNotResponse
	}
	var m dns.Msg
	if err := m.Unpack(b); err != nil {
		return nil, fmt.Errorf("unpack mDNS response: %w", err)
	}
	if m.Opcode != dns.OpcodeQuery || m.Rcode != dns.RcodeSuccess {
		return nil, errNotResponse
	}
	var out []Record
	for _, section := range [][]dns.RR{m.Answer, m.Extra} {
		for _, rr := range section {
			if r, ok := recordOf(rr); ok && len(out) < maxRecords {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// isResponse tells responses from queries and probes by the QR bit, without
// the cost of parsing.
func isResponse(b []byte) bool { return len(b) > 2 && b[2]&0x80 != 0 }

func recordOf(rr dns.RR) (Record, bool) {
	h := rr.Header()
	if h.Class&^flushBit != dns.ClassINET || !strings.HasSuffix(fold(h.Name), ".local.") {
		return Record{}, false
	}
	r := Record{
		Name:  h.Name,
		Type:  h.Rrtype,
		TTL:   min(time.Duration(h.Ttl)*time.Second, maxTTL),
		Flush: h.Class&flushBit != 0,
	}
	switch rr := rr.(type) {
	case *dns.PTR:
		r.Target = rr.Ptr
	case *dns.SRV:
		r.Target, r.Port = rr.Target, int(rr.Port)
	case *dns.TXT:
		r.TXT = parseTXT(rr.Txt)
	case *dns.A:
		r.Addr, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		r.Addr, _ = netip.AddrFromSlice(rr.AAAA.To16())
		if r.Addr.Is4In6() {
			return Record{}, false // never valid on the wire
		}
	default:
		return Record{}, false
	}
	return r, true
}

// parseTXT reads the strings of a TXT record as RFC 6763 §6.4 says: keys
// ignore case, the first of equal keys counts, a key without "=" is present
// with an empty value, and a string that begins with "=" is ignored.
func parseTXT(txt []string) map[string]string {
	out := make(map[string]string, min(len(txt), maxTXTKeys))
	for _, s := range txt {
		key, value, _ := strings.Cut(unescape(s), "=")
		key = strings.ToLower(key)
		if _, dup := out[key]; dup || key == "" || len(out) >= maxTXTKeys {
			continue
		}
		out[key] = value
	}
	return out
}
