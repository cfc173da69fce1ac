package discovery

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// The namespace test starts this test binary again in other roles: role and
// its arguments come in the environment, commands on standard input, and its
// end ends the process.
const roleVar = "DISCOVERY_TEST_ROLE"

func TestMain(m *testing.M) {
	role := strings.Fields(os.Getenv(roleVar))
	if len(role) == 0 {
		os.Exit(m.Run())
	}
	flag.Parse()
	roles := map[string]func(args []string, lines *bufio.Scanner) error{
		"hub": playHub, "house": playHouse, "announcer": playAnnouncer,
	}
	if err := roles[role[0]](role[1:], bufio.NewScanner(os.Stdin)); err != nil {
		fmt.Fprintln(os.Stderr, role[0]+":", err)
		os.Exit(1)
	}
}

// heard is one change as the hub role prints it.
type heard struct {
	Kind     ChangeKind
	Instance string
	Addrs    []netip.Addr
	Port     int
}

// playHub runs a Listener and prints each match as a line of JSON.
func playHub(_ []string, lines *bufio.Scanner) error {
	ctx, cancel := context.WithCancel(context.Background())
	l := New(Options{SSDP: true, LinkPoll: 200 * time.Millisecond})
	out := json.NewEncoder(os.Stdout)
	l.Handle("test", []Pattern{{Type: "_hap._tcp"}, {Proto: ProtoSSDP, Type: "urn:acme:*"}}, func(m Match) {
		s := m.Change.Service
		if err := out.Encode(heard{m.Change.Kind, s.Instance, s.Addrs, s.Port}); err != nil {
			cancel()
		}
	})
	go func() {
		defer cancel()
		for lines.Scan() {
			l.Refresh()
		}
	}()
	err := l.Run(ctx)
	return errors.Join(err, out.Encode(heard{Kind: "refused", Port: int(l.Refused())}))
}

// playAnnouncer publishes lamps with Announce.
func playAnnouncer(args []string, lines *bufio.Scanner) error {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for lines.Scan() {
		}
	}()
	var list []Announcement
	for i := range 3 {
		list = append(list, Announcement{
			Instance: fmt.Sprintf("客厅 Lamp.%d", i), Type: "_hap._tcp", Host: fmt.Sprintf("demo%d", i), Port: 5001 + i,
			Addrs: []netip.Addr{netip.MustParseAddr(args[0])}, TXT: map[string]string{"id": fmt.Sprintf("demo:%d", i), "md": `a\b`},
		})
	}
	return Announce(ctx, list, AnnounceOptions{Interfaces: args[1:]})
}

// house answers for many services on one host, with TTLs of its own.
type house struct {
	sock         *socket
	first, count int
	ttl          uint32
	addr         netip.Addr
	apart        bool // one record to a packet
}

// playHouse takes: first count ttl address mode; mode is "whole", "apart" or
// "silent" (answers only). It prints a line when it has
// announced everything.
func playHouse(args []string, lines *bufio.Scanner) error {
	links, err := findLinks([]string{"eth0"}, false)
	if err != nil {
		return err
	}
	sock, err := join(context.Background(), mdnsGroup4, links)
	if err != nil {
		return err
	}
	h := &house{sock: sock, addr: netip.MustParseAddr(args[3]), apart: args[4] == "apart"}
	h.first, _ = strconv.Atoi(args[0])
	h.count, _ = strconv.Atoi(args[1])
	ttl, _ := strconv.Atoi(args[2])
	h.ttl = uint32(ttl)
	if args[4] != "silent" {
		h.say(h.ttl, h.first, h.count)
	}
	fmt.Println("ready")
	commands := make(chan string)
	go func() {
		defer close(commands)
		for lines.Scan() {
			commands <- lines.Text()
		}
	}()
	questions := make(chan dns.Question, 1024)
	go h.listen(questions)
	for {
		select {
		case q := <-questions:
			h.answer(q)
		case c, ok := <-commands:
			if !ok {
				return nil
			}
			h.obey(strings.Fields(c))
		}
	}
}

func (h *house) obey(command []string) {
	switch command[0] {
	case "goodbye":
		h.say(0, h.first, h.count)
		h.count = 0 // answers no more
	case "move":
		h.addr = netip.MustParseAddr(command[1])
		h.send(h.a())
	case "forge": // say goodbye for others
		first, _ := strconv.Atoi(command[1])
		for i := first; i < first+50; i++ {
			h.send(h.records(i, 0)[:2]...)
		}
	case "notify":
		conn, err := join(context.Background(), ssdpGroup4, h.sock.links)
		if err != nil {
			panic(err)
		}
		defer conn.close()
		if err := conn.send([]byte("NOTIFY * HTTP/1.1\r\nNT: urn:acme:lamp:1\r\nUSN: uuid:1::urn:acme:lamp:1\r\nNTS: " +
			command[1] + "\r\nCACHE-CONTROL: max-age=" + command[2] + "\r\nLOCATION: http://10.78.0.9:8080/d.xml\r\n\r\n")); err != nil {
			panic(err)
		}
	}
}

func (h *house) listen(questions chan<- dns.Question) {
	buf := make([]byte, maxPacket)
	for {
		n, _, _, err := h.sock.read(buf)
		if err != nil {
			return
		}
		var m dns.Msg
		if m.Unpack(buf[:n]) == nil && !m.Response {
			for _, q := range m.Question {
				questions <- q
			}
		}
	}
}

func (h *house) answer(q dns.Question) {
	if q.Qtype == dns.TypePTR && q.Name == "_hap._tcp.local." {
		h.say(h.ttl, h.first, h.count)
		return
	}
	if q.Name == h.hostName() && q.Qtype == dns.TypeA && h.count > 0 {
		h.send(h.a())
	}
	for i := h.first; i < h.first+h.count; i++ {
		for _, rr := range h.records(i, h.ttl) {
			if rr.Header().Name == q.Name && rr.Header().Rrtype == q.Qtype {
				h.send(rr)
			}
		}
	}
}

func (h *house) hostName() string { return fmt.Sprintf("house%d.local.", h.first) }

func (h *house) a() dns.RR {
	return &dns.A{Hdr: dns.RR_Header{Name: h.hostName(), Rrtype: dns.TypeA, Class: dns.ClassINET | flushBit, Ttl: h.ttl}, A: h.addr.AsSlice()}
}

func (h *house) records(i int, ttl uint32) []dns.RR {
	name := fmt.Sprintf(`lamp\ %d._hap._tcp.local.`, i)
	hdr := func(typ uint16) dns.RR_Header {
		return dns.RR_Header{Name: name, Rrtype: typ, Class: dns.ClassINET | flushBit, Ttl: ttl}
	}
	return []dns.RR{
		&dns.PTR{Hdr: dns.RR_Header{Name: "_hap._tcp.local.", Rrtype: dns.TypePTR, Class: dns.ClassINET, Ttl: ttl}, Ptr: name},
		&dns.SRV{Hdr: hdr(dns.TypeSRV), Port: uint16(1000 + i), Target: h.hostName()},
		&dns.TXT{Hdr: hdr(dns.TypeTXT), Txt: []string{fmt.Sprintf("id=%d", i)}},
	}
}

// say announces services, or with TTL 0 says goodbye for them.
func (h *house) say(ttl uint32, first, count int) {
	var rrs []dns.RR
	for i := first; i < first+count; i++ {
		if rrs = append(rrs, h.records(i, ttl)...); len(rrs) > 20 {
			if ttl > 0 {
				rrs = append(rrs, h.a())
			}
			h.send(rrs...)
			rrs = nil
		}
	}
	if ttl > 0 && count > 0 {
		rrs = append(rrs, h.a())
	}
	h.send(rrs...)
}

func (h *house) send(rrs ...dns.RR) {
	if h.apart && len(rrs) > 1 {
		for _, rr := range rrs {
			h.send(rr)
		}
		return
	}
	m := dns.Msg{Answer: rrs, Compress: true}
	m.Response, m.Authoritative = true, true
	b, err := m.Pack()
	if err == nil {
		err = h.sock.send(b)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err) // the link may be down
	}
}
