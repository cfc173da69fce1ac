package echonet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Port is ECHONET Lite's UDP port, of both sides of every datagram.
const Port = 3610

// object names an object on a node: class group, class, instance.
type object [3]byte

func (o object) class() uint16 { return uint16(o[0])<<8 | uint16(o[1]) }

func (o object) String() string { return fmt.Sprintf("%x", o[:]) }

var (
	nodeProfile = object{0x0e, 0xf0, 0x01}
	controller  = object{0x05, 0xff, 0x01} // what the hub is
)

// The services (ESV) in use.
const (
	setC     = 0x61 // set, answer expected
	get      = 0x62
	infReq   = 0x63
	setRes   = 0x71
	getRes   = 0x72
	inf      = 0x73
	infC     = 0x74 // announcement that wants an answer
	infCRes  = 0x7a
	setSNA   = 0x51 // not all could be set
	getSNA   = 0x52 // not all could be read
	infSNA   = 0x53
	setISNA  = 0x50
	setGet   = 0x6e
	setGetOK = 0x7e
	setGetNA = 0x5e
)

// prop is one property in a frame: its code and data. Data is empty in a question, and in an answer for what did not work.
type prop struct {
	epc byte
	edt []byte
}

// frame is one ECHONET Lite message of format 1.
type frame struct {
	tid        uint16
	seoj, deoj object
	esv        byte
	props      []prop
	more       []prop // the second list of SetGet services
}

var errFrame = errors.New("not an ECHONET Lite frame")

func twoLists(esv byte) bool { return esv == setGet || esv == setGetOK || esv == setGetNA }

// encode writes the frame. More than 255 properties or data bytes do not fit and are cut off by the caller.
func (f *frame) encode() []byte {
	b := []byte{0x10, 0x81}
	b = binary.BigEndian.AppendUint16(b, f.tid)
	b = append(b, f.seoj[:]...)
	b = append(b, f.deoj[:]...)
	b = appendProps(append(b, f.esv), f.props)
	if twoLists(f.esv) {
		b = appendProps(b, f.more)
	}
	return b
}

func appendProps(b []byte, ps []prop) []byte {
	b = append(b, byte(len(ps)))
	for _, p := range ps {
		b = append(b, p.epc, byte(len(p.edt)))
		b = append(b, p.edt...)
	}
	return b
}

// parseFrame reads a datagram. The frame's data are parts of b.
func parseFrame(b []byte) (frame, error) {
	var f frame
	if len(b) < 12 || b[0] != 0x10 || b[1] != 0x81 {
		return f, errFrame
	}
	f.tid = binary.BigEndian.Uint16(b[2:])
	copy(f.seoj[:], b[4:7])
	copy(f.deoj[:], b[7:10])
	f.esv = b[10]
	var err error
	if f.props, b, err = parseProps(b[11:]); err != nil {
		return f, err
	}
	if twoLists(f.esv) {
		if f.more, b, err = parseProps(b); err != nil {
			return f, err
		}
	}
	if len(b) > 0 {
		return f, fmt.Errorf("%w: %d bytes too many", errFrame, len(b))
	}
	return f, nil
}

func parseProps(b []byte) (ps []prop, rest []byte, err error) {
	if len(b) == 0 {
		return nil, nil, fmt.Errorf("%w: it breaks off", errFrame)
	}
	n := int(b[0])
	b = b[1:]
	for range n {
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return nil, nil, fmt.Errorf("%w: it breaks off", errFrame)
		}
		end := 2 + int(b[1])
		ps = append(ps, prop{b[0], b[2:end:end]})
		b = b[end:]
	}
	return ps, b, nil
}

// answer returns the frame's data by code, without what is empty.
func (f *frame) answer() map[byte][]byte {
	out := make(map[byte][]byte, len(f.props))
	for _, p := range f.props {
		if len(p.edt) > 0 {
			out[p.epc] = p.edt
		}
	}
	return out
}

// parseMap reads a property map: up to 15 codes as a list, more as a table of bits.
func parseMap(edt []byte) map[byte]bool {
	out := map[byte]bool{}
	if len(edt) == 0 {
		return out
	}
	n, rest := int(edt[0]), edt[1:]
	if n < 16 {
		for _, epc := range rest[:min(n, len(rest))] {
			out[epc] = true
		}
		return out
	}
	for low, bits := range rest[:min(16, len(rest))] {
		for high := range 8 {
			if bits&(1<<high) != 0 {
				out[byte(high+8)<<4|byte(low)] = true
			}
		}
	}
	return out
}

// encodeMap is the inverse for the few codes of the hub's own objects.
func encodeMap(epcs ...byte) []byte { return append([]byte{byte(len(epcs))}, epcs...) }

// parseInstances reads the list of a node's objects (D5, D6).
func parseInstances(edt []byte) (out []object) {
	if len(edt) == 0 {
		return nil
	}
	n, rest := int(edt[0]), edt[1:]
	for ; n > 0 && len(rest) >= 3; n-- {
		out = append(out, object(rest[:3]))
		rest = rest[3:]
	}
	return out
}
