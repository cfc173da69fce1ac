package store

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// A chunk of numbers holds samples of one series. Times are written as delta of
// delta. Values are written as whole numbers of the same decimal unit (21.5 as
// 215 tenths) when each of them returns from that exactly, as what sensors report
// mostly does, and otherwise as XOR with the one before. Time and XOR follow
// Facebook's Gorilla (Pelkonen et al., VLDB 2015). Layout:
//
//	byte kindNumbers, uvarint count, varint first time (ms), byte digits, first value, bit stream
//
// The first value is a varint of 10^-digits when digits is 0 to 6, and 8 bytes of
// float64 when it is noDecimals. Each further sample puts the change of the time
// step into the stream (stepBits) and then the change of the whole number
// (unitBits) or the XOR (window). Every float64 returns bit by bit.
const (
	kindNumbers = 1
	kindTexts   = 2

	chunkSamples    = 240  // sealed at this size
	maxChunkSamples = 1024 // what a chunk may hold at most

	noDecimals = 0xff // digits: the values are XORed
)

// errChunk says that a chunk cannot be read.
var errChunk = errors.New("damaged chunk of history")

// number is a numeric sample inside a chunk.
type number struct {
	ts    int64 // ms since 1970
	value float64
}

// powers are the decimal units, by their number of digits after the point.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

// widths are the sizes of signed whole numbers in a bit stream. A 0 bit is the
// number 0; i+1 one bits and a 0 bit announce size i; the last, 64 bits, takes
// any number and has no 0 bit.
type widths [5]uint

// Sizes that fit jitter of a report every few seconds, and sensors' small changes.
var (
	stepBits = widths{7, 10, 12, 20, 64}
	unitBits = widths{4, 7, 12, 20, 64}
)

func (ws *widths) write(w *bitWriter, v int64) {
	if v == 0 {
		w.write(0, 1)
		return
	}
	last := len(ws) - 1
	for i, n := range ws[:last] {
		if v>>(n-1) == v>>63 { // fits in n signed bits
			w.write(1<<(i+2)-2, uint(i+2))
			w.write(uint64(v), n)
			return
		}
	}
	w.write(1<<(last+1)-1, uint(last+1))
	w.write(uint64(v), ws[last])
}

func (ws *widths) read(r *bitReader) int64 {
	if r.read(1) == 0 {
		return 0
	}
	i := 0
	for i < len(ws)-1 && r.read(1) == 1 {
		i++
	}
	n := ws[i]
	return int64(r.read(n)<<(64-n)) >> (64 - n)
}

// digitsOf is the smallest number of decimal digits that every sample returns
// from bit by bit, or noDecimals.
func digitsOf(samples []number) int {
	digits := 0
	for _, x := range samples {
		for !isDecimal(x.value, digits) {
			if digits++; digits == len(powers) {
				return noDecimals
			}
		}
	}
	return exactly(samples, digits)
}

// exactly checks again what had passed with fewer digits.
func exactly(samples []number, digits int) int {
	for _, x := range samples {
		if !isDecimal(x.value, digits) {
			return noDecimals
		}
	}
	return digits
}

func isDecimal(v float64, digits int) bool {
	k := units(v, digits)
	return k > -1<<53 && k < 1<<53 && math.Float64bits(k/powers[digits]) == math.Float64bits(v)
}

// units is v in units of 10^-digits. Adding 0 makes -0 a 0, which is not exact.
func units(v float64, digits int) float64 { return math.RoundToEven(v*powers[digits]) + 0 }

// encodeNumbers packs samples, of which there is at least one.
func encodeNumbers(samples []number) []byte {
	digits := digitsOf(samples)
	head := binary.AppendUvarint([]byte{kindNumbers}, uint64(len(samples)))
	head = binary.AppendVarint(head, samples[0].ts)
	head = append(head, byte(digits))
	first := samples[0].value
	if digits == noDecimals {
		head = binary.BigEndian.AppendUint64(head, math.Float64bits(first))
	} else {
		head = binary.AppendVarint(head, int64(units(first, digits)))
	}
	w := bitWriter{buf: head}
	var step int64
	var win window
	for i, x := range samples[1:] {
		last := samples[i]
		stepBits.write(&w, x.ts-last.ts-step)
		step = x.ts - last.ts
		if digits == noDecimals {
			win.write(&w, math.Float64bits(x.value)^math.Float64bits(last.value))
		} else {
			unitBits.write(&w, int64(units(x.value, digits))-int64(units(last.value, digits)))
		}
	}
	return w.bytes()
}

// window is where the meaningful bits of the last XOR lay.
type window struct{ lead, size uint }

// write writes a XOR: 0 for none, 10 and the bits that fit the last window, or
// 11, 5 bits leading zeros, 6 bits length-1 and the bits.
func (win *window) write(w *bitWriter, x uint64) {
	if x == 0 {
		w.write(0, 1)
		return
	}
	lead := min(uint(bits.LeadingZeros64(x)), 31)
	trail := uint(bits.TrailingZeros64(x))
	if win.size > 0 && lead >= win.lead && trail >= 64-win.lead-win.size {
		w.write(0b10, 2)
	} else {
		win.lead, win.size = lead, 64-lead-trail
		w.write(0b11, 2)
		w.write(uint64(lead), 5)
		w.write(uint64(win.size-1), 6)
	}
	w.write(x>>(64-win.lead-win.size), win.size)
}

// read is the inverse of write. A window that cannot be sets r.over.
func (win *window) read(r *bitReader) uint64 {
	if r.read(1) == 0 {
		return 0
	}
	if r.read(1) == 1 {
		win.lead, win.size = uint(r.read(5)), uint(r.read(6))+1
	}
	if win.size == 0 || win.lead+win.size > 64 {
		r.over = true
		return 0
	}
	return r.read(win.size) << (64 - win.lead - win.size)
}

// decodeNumbers appends a chunk's samples to dst. It reads any bytes safely.
func decodeNumbers(dst []number, data []byte) ([]number, error) {
	n, data, err := chunkHeader(data, kindNumbers)
	if err != nil {
		return dst, err
	}
	ts, used := binary.Varint(data)
	if used <= 0 || used == len(data) {
		return dst, errChunk
	}
	digits, data := data[used], data[used+1:]
	switch {
	case digits == noDecimals && len(data) >= 8:
		r := bitReader{buf: data[8:]}
		return decodeXOR(dst, &r, n, ts, binary.BigEndian.Uint64(data))
	case int(digits) < len(powers):
		k, used := binary.Varint(data)
		if used <= 0 {
			return dst, errChunk
		}
		r := bitReader{buf: data[used:]}
		return decodeDecimals(dst, &r, n, ts, k, powers[digits])
	}
	return dst, errChunk
}

// decodeDecimals appends n samples that begin at ts with k/power.
func decodeDecimals(dst []number, r *bitReader, n int, ts, k int64, power float64) ([]number, error) {
	dst = append(dst, number{ts, float64(k) / power})
	var step int64
	for range n - 1 {
		step += stepBits.read(r)
		ts += step
		k += unitBits.read(r)
		dst = append(dst, number{ts, float64(k) / power})
	}
	if r.over {
		return dst, errChunk
	}
	return dst, nil
}

// decodeXOR appends n samples that begin at ts with the bits of value.
func decodeXOR(dst []number, r *bitReader, n int, ts int64, value uint64) ([]number, error) {
	dst = append(dst, number{ts, math.Float64frombits(value)})
	var step int64
	var win window
	for range n - 1 {
		step += stepBits.read(r)
		ts += step
		value ^= win.read(r)
		dst = append(dst, number{ts, math.Float64frombits(value)})
	}
	if r.over {
		return dst, errChunk
	}
	return dst, nil
}

// chunkHeader checks the kind and reads the number of samples.
func chunkHeader(data []byte, kind byte) (n int, rest []byte, err error) {
	if len(data) < 2 || data[0] != kind {
		return 0, nil, errChunk
	}
	count, used := binary.Uvarint(data[1:])
	if used <= 0 || count == 0 || count > maxChunkSamples {
		return 0, nil, errChunk
	}
	return int(count), data[1+used:], nil
}
