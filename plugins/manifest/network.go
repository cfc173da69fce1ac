package manifest

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// Pattern is something on the network that is the plugin's: one of MDNS, SSDP, MQTT, UDP and MAC.
type Pattern struct {
	MDNS     string            `json:"mdns,omitempty"`     // _acme._tcp
	SSDP     string            `json:"ssdp,omitempty"`     // a search target
	Instance string            `json:"instance,omitempty"` // of mdns and ssdp, with * and ?
	Text     map[string]string `json:"text,omitempty"`     // of mdns: values with * and ?; "" demands the key alone
	MQTT     string            `json:"mqtt,omitempty"`     // a topic filter: each topic that something is published on is a find
	UDP      *Probe            `json:"udp,omitempty"`      // what answers a question to everybody
	MAC      string            `json:"mac,omitempty"`      // the first three to six bytes of hardware addresses: A0:B1:C2
}

// Probe is a question that the hub asks everybody on the network once a minute.
type Probe struct {
	Port  int    `json:"port"`
	Send  string `json:"send"`            // text, or bytes as hex:d00dfeed
	Group string `json:"group,omitempty"` // an IPv4 multicast group; default: broadcast
	Match string `json:"match,omitempty"` // of the answer: text with * and ?, or its first bytes as hex:d00d
}

// hexPrefix is how bytes are written where text stands, too.
const hexPrefix = "hex:"

// Bytes are what a text of a probe stands for.
func Bytes(text string) ([]byte, error) {
	if h, ok := strings.CutPrefix(text, hexPrefix); ok {
		return hex.DecodeString(h)
	}
	return []byte(text), nil
}

// Network says whom the plugin speaks to, and why.
type Network struct {
	// Devices are ports of what was found, beside the one announced: "tcp/80", "udp/9999".
	Devices []string `json:"devices,omitempty"`
	// Hosts are servers: "api.acme.example:443".
	Hosts []string `json:"hosts,omitempty"`
	// Listen are ports of the hub at which devices may reach the plugin: "tcp/8123".
	Listen []string `json:"listen,omitempty"`
	// MQTT are topic filters of which the plugin may hear and publish: "acme/#".
	MQTT []string `json:"mqtt,omitempty"`
	// Reason is shown at installation.
	Reason model.Text `json:"reason,omitzero"`
}

// Asks lists all that the plugin asks for beside what is found.
func (n Network) Asks() []string {
	out := append(append([]string{}, n.Devices...), n.Hosts...)
	for _, p := range n.Listen {
		out = append(out, "listen "+p)
	}
	for _, f := range n.MQTT {
		out = append(out, "mqtt "+f)
	}
	return out
}

// Speaks reports whether the plugin may publish on a topic.
func (n Network) Speaks(topic string) bool {
	return !strings.ContainsAny(topic, "+#\x00") && slices.ContainsFunc(n.MQTT, func(f string) bool { return protocol.MatchesTopic(f, topic) })
}

var (
	portForm = regexp.MustCompile(`^(tcp|udp)/(\d{1,5})$`)
	macForm  = regexp.MustCompile(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){2,5}$`)
)

// lowestListen is the least port to listen at: those below are the system's.
const lowestListen = 1024

func (m *Manifest) checkNetwork(bad func(string, any, string)) {
	for i, p := range m.Discovery {
		p.check(func(field string, value any, expected string) {
			bad(strings.TrimSuffix(fmt.Sprintf("discovery.%d.%s", i, field), "."), value, expected)
		})
	}
	for _, d := range m.Network.Devices {
		if _, ok := port(d); !ok {
			bad("network.devices", strconv.Quote(d), "tcp/PORT or udp/PORT")
		}
	}
	for _, d := range m.Network.Listen {
		if n, ok := port(d); !ok || n < lowestListen {
			bad("network.listen", strconv.Quote(d), fmt.Sprintf("tcp/PORT or udp/PORT, of at least %d", lowestListen))
		}
	}
	for _, f := range m.Network.MQTT {
		if !validFilter(f) {
			bad("network.mqtt", strconv.Quote(f), filterWords)
		}
	}
	for _, h := range m.Network.Hosts {
		host, port, err := net.SplitHostPort(h)
		if err != nil || host == "" || strings.ContainsAny(host, "/ *") || net.ParseIP(host) != nil || !strings.Contains(host, ".") || !validPort(port) {
			bad("network.hosts", strconv.Quote(h), "a domain's NAME:PORT")
		}
	}
	if len(m.Network.Asks()) > 0 && (m.Network.Reason.En == "" || m.Network.Reason.Zh == "") {
		bad("network.reason", "missing", "why the network is needed, in en and zh")
	}
}

// check says what is wrong with a pattern.
func (p Pattern) check(bad func(field string, value any, expected string)) {
	ways := 0
	for _, given := range []bool{p.MDNS != "", p.SSDP != "", p.MQTT != "", p.UDP != nil, p.MAC != ""} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		bad("", "unclear", "one of mdns, ssdp, mqtt, udp and mac")
	}
	if p.MQTT != "" && !validFilter(p.MQTT) {
		bad("mqtt", strconv.Quote(p.MQTT), filterWords)
	}
	if p.MAC != "" && !macForm.MatchString(p.MAC) {
		bad("mac", strconv.Quote(p.MAC), "three to six bytes, A0:B1:C2")
	}
	if u := p.UDP; u != nil {
		if u.Port < 1 || u.Port > 65535 {
			bad("udp.port", u.Port, "1 to 65535")
		}
		if b, err := Bytes(u.Send); err != nil || len(b) == 0 || len(b) > maxProbe {
			bad("udp.send", strconv.Quote(u.Send), fmt.Sprintf("text, or hex: and 1 to %d bytes", maxProbe))
		}
		if _, err := Bytes(u.Match); err != nil {
			bad("udp.match", strconv.Quote(u.Match), "text with * and ?, or hex: and the first bytes")
		}
		if a, err := netip.ParseAddr(u.Group); u.Group != "" && (err != nil || !a.Is4() || !a.IsMulticast()) {
			bad("udp.group", strconv.Quote(u.Group), "an IPv4 multicast group")
		}
	}
}

// maxProbe is how long a question to everybody may be: it must fit into one packet of any network.
const maxProbe = 512

const filterWords = "an MQTT topic filter that begins with a name of its own, acme/+/status"

// validFilter reports whether a topic filter is one, and leads to somebody's own topics and not to all of the house's.
func validFilter(f string) bool {
	levels := strings.Split(f, "/")
	if len(f) > 256 || len(levels) < 2 || levels[0] == "" || strings.ContainsAny(levels[0], "+#$") {
		return false
	}
	for i, l := range levels {
		if l == "#" && i == len(levels)-1 || l == "+" {
			continue
		}
		if strings.ContainsAny(l, "+#\x00") {
			return false
		}
	}
	return true
}

func port(s string) (n int, ok bool) {
	g := portForm.FindStringSubmatch(s)
	if g == nil || !validPort(g[2]) {
		return 0, false
	}
	n, _ = strconv.Atoi(g[2])
	return n, true
}

func validPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && n < 65536
}
