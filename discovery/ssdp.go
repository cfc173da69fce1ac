package discovery

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxSSDPHeaders = 32
	defaultMaxAge  = 30 * time.Minute // UPnP asks for no less
)

var errNotSSDP = errors.New("not an SSDP announcement")

// transient headers differ from packet to packet and say nothing of the device.
var transient = []string{"date", "cache-control", "nts", "man", "mx", "host", "ext", "content-length"}

// Notice is one SSDP announcement, or one answer to a search.
type Notice struct {
	Type     string        // NT, or ST of an answer
	USN      string        // unique service name
	Bye      bool          // ssdp:byebye
	MaxAge   time.Duration // from CACHE-CONTROL; at most 24 h
	Location string        // http or https URL, or empty
	Headers  map[string]string
}

// ParseSSDP reads a NOTIFY message or an answer to M-SEARCH (UPnP Device
// Architecture 2.0 §1.2 and §1.3). Searches by others are errors.
func ParseSSDP(b []byte) (Notice, error) {
	if len(b) > maxPacket {
		return Notice{}, fmt.Errorf("%w: larger than %d bytes", errNotSSDP, maxPacket)
	}
	first, rest, _ := bytes.Cut(b, []byte("\n"))
	start := strings.ToUpper(strings.TrimSpace(string(first)))
	answer := strings.HasPrefix(start, "HTTP/1.1 200")
	if !answer && !strings.HasPrefix(start, "NOTIFY *") {
		return Notice{}, errNotSSDP
	}
	h := parseHeaders(rest)
	n := Notice{Type: h["nt"], USN: h["usn"], MaxAge: maxAge(h["cache-control"]), Headers: h}
	if answer {
		n.Type = h["st"]
	}
	if n.Type == "" || n.USN == "" {
		return Notice{}, fmt.Errorf("%w: type or USN is missing", errNotSSDP)
	}
	switch nts := strings.ToLower(h["nts"]); {
	case nts == "ssdp:byebye":
		n.Bye = true
	case !answer && nts != "ssdp:alive" && nts != "ssdp:update":
		return Notice{}, fmt.Errorf("%w: unknown NTS", errNotSSDP)
	}
	if u, err := url.Parse(h["location"]); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		n.Location = h["location"]
	}
	maps.DeleteFunc(h, func(k, _ string) bool { return slices.Contains(transient, k) })
	return n, nil
}

func parseHeaders(b []byte) map[string]string {
	h := map[string]string{}
	for line := range bytes.Lines(b) {
		key, value, ok := strings.Cut(strings.ToValidUTF8(string(line), "\uFFFD"), ":")
		key = strings.ToLower(strings.TrimSpace(key))
		if _, dup := h[key]; ok && !dup && key != "" && len(h) < maxSSDPHeaders {
			h[key] = strings.TrimSpace(value)
		}
	}
	return h
}

func maxAge(cacheControl string) time.Duration {
	for part := range strings.SplitSeq(cacheControl, ",") {
		key, value, _ := strings.Cut(part, "=")
		if !strings.EqualFold(strings.TrimSpace(key), "max-age") {
			continue
		}
		if s, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil && s > 0 {
			return min(time.Duration(s)*time.Second, maxTTL)
		}
	}
	return defaultMaxAge
}

// ApplySSDP takes in one SSDP message heard from a sender and returns what it
// changed.
func (c *Cache) ApplySSDP(n Notice, iface string, from netip.Addr, now time.Time) []Change {
	id := ProtoSSDP + "/" + n.Type + "/" + n.USN
	if n.Bye {
		if e := c.entries[id]; e != nil && e.base.Addrs[0] == from { // only its own sender may
			e.sayGoodbye(now)
			e.check = time.Time{}
		}
		return nil
	}
	e, _ := c.obtain(id, from, now)
	if e == nil {
		return nil
	}
	e.heard, e.goodbye = now, time.Time{}
	e.srv = lease{from: now, ttl: n.MaxAge, asked: len(askAt)}
	e.base = Service{
		Proto: ProtoSSDP, Type: n.Type, Instance: n.USN, State: Alive, Interface: iface,
		Host: from.String(), Addrs: []netip.Addr{from}, TXT: n.Headers,
		Location: n.Location, Port: portOf(n.Location),
	}
	return c.settle(e, now, c.takeEvicted())
}

// portOf returns the port a URL names or implies, or 0.
func portOf(location string) int {
	u, err := url.Parse(location)
	if err != nil {
		return 0
	}
	if p, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return int(p)
	}
	return map[string]int{"http": 80, "https": 443}[u.Scheme]
}
