package store

import "encoding/binary"

// bitWriter appends bits, most significant first.
type bitWriter struct {
	buf  []byte
	acc  uint64 // pending bits, left-aligned
	used uint   // how many, below 64
}

// write appends the low n bits of v, n <= 64.
func (w *bitWriter) write(v uint64, n uint) {
	if n < 64 {
		v &= 1<<n - 1
	}
	room := 64 - w.used
	if n < room {
		w.acc |= v << (room - n)
		w.used += n
		return
	}
	rest := n - room
	w.buf = binary.BigEndian.AppendUint64(w.buf, w.acc|v>>rest)
	w.acc, w.used = 0, rest
	if rest > 0 {
		w.acc = v << (64 - rest)
	}
}

// bytes returns everything written, padded with zero bits to whole bytes.
func (w *bitWriter) bytes() []byte {
	var last [8]byte
	binary.BigEndian.PutUint64(last[:], w.acc)
	return append(w.buf, last[:(w.used+7)/8]...)
}

// bitReader reads what a bitWriter wrote. Reading past the end yields zeros and
// sets over.
type bitReader struct {
	buf  []byte
	pos  uint // in bits
	over bool
}

// read returns the next n bits, n <= 64.
func (r *bitReader) read(n uint) uint64 {
	if n > 56 {
		high := r.read(n - 32)
		return high<<32 | r.read(32)
	}
	if n == 0 {
		return 0
	}
	if r.pos+n > uint(len(r.buf))*8 {
		r.over = true
		return 0
	}
	v := r.load(r.pos/8) << (r.pos % 8) >> (64 - n)
	r.pos += n
	return v
}

// load returns the eight bytes at i, with zeros past the end.
func (r *bitReader) load(i uint) uint64 {
	if i+8 <= uint(len(r.buf)) {
		return binary.BigEndian.Uint64(r.buf[i:])
	}
	var part [8]byte
	copy(part[:], r.buf[i:])
	return binary.BigEndian.Uint64(part[:])
}
