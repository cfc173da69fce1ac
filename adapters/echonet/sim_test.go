package echonet

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
)

// network is a local network in memory: datagrams as bytes, lost and garbled on request.
type network struct {
	mu    sync.Mutex
	socks map[netip.Addr]*socket
	lose  int // so many datagrams are lost
}

type datagram struct {
	b    []byte
	from netip.AddrPort
}

type socket struct {
	net    *network
	addr   netip.Addr
	port   uint16 // answers may come from any
	in     chan datagram
	closed chan struct{}
	once   sync.Once
}

func (n *network) open(addr string) *socket {
	s := &socket{net: n, addr: netip.MustParseAddr(addr), port: Port, in: make(chan datagram, 10_000), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.socks[s.addr] = s
	return s
}

func (s *socket) Read(b []byte) (int, netip.AddrPort, error) {
	select {
	case d := <-s.in:
		return copy(b, d.b), d.from, nil
	case <-s.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (s *socket) deliver(to *socket, b []byte) {
	if s.net.lose > 0 {
		s.net.lose--
		return
	}
	to.in <- datagram{slices.Clone(b), netip.AddrPortFrom(s.addr, s.port)}
}

func (s *socket) Send(b []byte, to netip.AddrPort) error {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	if t := s.net.socks[to.Addr()]; t != nil {
		s.deliver(t, b)
	}
	return nil
}

func (s *socket) Multicast(b []byte) error {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	for _, t := range s.net.socks {
		s.deliver(t, b)
	}
	return nil
}

func (s *socket) Close() error {
	s.once.Do(func() { close(s.closed) })
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	if s.net.socks[s.addr] == s {
		delete(s.net.socks, s.addr)
	}
	return nil
}

// sim is a node with objects, as the specification has it: answers to gets and sets with SNA for what it lacks, announcements after changes.
type sim struct {
	*socket
	mu      sync.Mutex
	objects map[object]map[byte][]byte
	sets    [][]prop
	deaf    bool
	quiet   bool // announces nothing
}

func newSim(n *network, addr string, id byte, objects map[object]map[byte][]byte) *sim {
	s := &sim{socket: n.open(addr), objects: objects}
	s.port = 23610
	var list []object
	for o, props := range objects {
		list = append(list, o)
		has := make([]byte, 0, len(props))
		for epc := range props {
			has = append(has, epc)
		}
		has = append(has, 0x9f)
		slices.Sort(has)
		props[0x9f] = bitmap(has)
	}
	slices.SortFunc(list, func(a, b object) int { return slices.Compare(a[:], b[:]) })
	unique := append([]byte{0xfe, 0, 0, 0x0b}, make([]byte, 13)...)
	unique[16] = id
	objects[nodeProfile] = map[byte][]byte{0x80: {0x30}, 0x83: unique, 0x8a: {0, 0, 0x0b}, 0xd5: instances(list...), 0xd6: instances(list...)}
	go s.run()
	return s
}

// bitmap encodes a property map in whichever form its length asks for.
func bitmap(epcs []byte) []byte {
	if len(epcs) < 16 {
		return encodeMap(epcs...)
	}
	b := make([]byte, 17)
	b[0] = byte(len(epcs))
	for _, e := range epcs {
		b[1+e&0x0f] |= 1 << (e>>4 - 8)
	}
	return b
}

func (s *sim) run() {
	buf := make([]byte, 2048)
	for {
		n, from, err := s.Read(buf)
		if err != nil {
			return
		}
		f, err := parseFrame(slices.Clone(buf[:n]))
		if err != nil || from.Addr() == s.addr {
			continue
		}
		s.mu.Lock()
		out, changed := s.answer(&f)
		quiet := s.quiet
		s.mu.Unlock()
		if out != nil {
			_ = s.Send(out.encode(), netip.AddrPortFrom(from.Addr(), Port))
		}
		if len(changed) > 0 && !quiet {
			s.announce(f.deoj, changed...)
		}
	}
}

func (s *sim) answer(f *frame) (out *frame, changed []byte) {
	props := s.objects[f.deoj]
	if s.deaf || props == nil {
		return nil, nil
	}
	out = &frame{tid: f.tid, seoj: f.deoj, deoj: f.seoj}
	switch f.esv {
	case get:
		out.esv = getRes
		for _, p := range f.props {
			if props[p.epc] == nil {
				out.esv = getSNA
			}
			out.props = append(out.props, prop{p.epc, props[p.epc]})
		}
	case setC:
		out.esv = setRes
		s.sets = append(s.sets, f.props)
		for _, p := range f.props {
			if !parseMap(props[0x9e])[p.epc] {
				out.esv = setSNA
				out.props = append(out.props, p)
				continue
			}
			props[p.epc] = p.edt
			changed = append(changed, p.epc)
			out.props = append(out.props, prop{epc: p.epc})
		}
	default:
		return nil, nil
	}
	return out, changed
}

// announce multicasts properties, as a device does by itself.
func (s *sim) announce(o object, epcs ...byte) {
	f := frame{seoj: o, deoj: nodeProfile, esv: inf}
	s.mu.Lock()
	for _, e := range epcs {
		f.props = append(f.props, prop{e, s.objects[o][e]})
	}
	s.mu.Unlock()
	_ = s.Multicast(f.encode())
}

func (s *sim) become(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// said is what it was told to set.
func (s *sim) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.sets)
}

func (s *sim) change(o object, epc byte, edt ...byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[o][epc] = edt
}

var (
	airCon  = object{0x01, 0x30, 0x01}
	theLamp = object{0x02, 0x90, 0x01}
	meter   = object{0x02, 0x88, 0x01}
	blind   = object{0x02, 0x60, 0x01}
)

// airConditioner is a Panasonic one as the reference emulator shows it.
func airConditioner() map[object]map[byte][]byte {
	return map[object]map[byte][]byte{
		airCon: {0x80: {0x30}, 0x81: {0x08}, 0x82: {0, 0, 'R', 0}, 0x88: {0x42}, 0x84: {0x01, 0xf4}, 0x8a: {0, 0, 0x0b}, 0x8c: []byte("CS-X\x00\x00\x00"), 0x8f: {0x42}, 0x9d: encodeMap(0x80, 0xb0, 0xb3), 0x9e: encodeMap(0x80, 0x8f, 0xa0, 0xa3, 0xb0, 0xb3),
			0xa0: {0x41}, 0xa3: {0x31}, 0xb0: {0x42}, 0xb3: {26}, 0xbb: {28}, 0xbe: {0xfb}, 0xba: {55}},
		theLamp: {0x80: {0x31}, 0xb0: {40}, 0x9e: encodeMap(0x80, 0xb0)},
	}
}
