// Package tlv8 reads and writes TLV8, the encoding of HAP's pairing messages: a list of items, each
// a one-byte type, a one-byte length and up to 255 bytes; a longer value goes on in items of the same
// type that follow at once.
//
// Use: Parse(body), then Get; or Items{{State, []byte{1}}}.Bytes().
//
// Source: HAP Specification R2, chapter 14 (TLVs).
package tlv8

import (
	"errors"
	"fmt"
)

// Item is one value with its type.
type Item struct {
	Type  byte
	Value []byte
}

// Items are a message, in order. The same type may occur again after another.
type Items []Item

// maxFragment is the most that one item on the wire carries.
const maxFragment = 255

// ErrTruncated says that the last item is shorter than it claims.
var ErrTruncated = errors.New("tlv8: the last item is cut short")

// Parse reads a message; the values share b's memory where they came in one piece.
func Parse(b []byte) (Items, error) {
	var items Items
	full := false // the item before was of the greatest length, so an equal type goes on
	for len(b) > 0 {
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return nil, fmt.Errorf("%w: %d bytes are left", ErrTruncated, len(b))
		}
		t, v := b[0], b[2:2+int(b[1]):2+int(b[1])]
		if n := len(items); full && n > 0 && items[n-1].Type == t {
			items[n-1].Value = append(items[n-1].Value, v...)
		} else {
			items = append(items, Item{t, v})
		}
		full = len(v) == maxFragment
		b = b[2+len(v):]
	}
	return items, nil
}

// Bytes writes the message.
func (items Items) Bytes() []byte {
	var out []byte
	for _, it := range items {
		v := it.Value
		for {
			n := min(len(v), maxFragment)
			out = append(append(out, it.Type, byte(n)), v[:n]...)
			if v = v[n:]; len(v) == 0 {
				break
			}
		}
	}
	return out
}

// Get returns the first value of a type, nil when there is none.
func (items Items) Get(t byte) []byte {
	for _, it := range items {
		if it.Type == t {
			return it.Value
		}
	}
	return nil
}

// Byte returns the first value of a type when it is one byte long, else 0.
func (items Items) Byte(t byte) byte {
	if v := items.Get(t); len(v) == 1 {
		return v[0]
	}
	return 0
}

// Has reports whether the message holds an item of the type.
func (items Items) Has(t byte) bool {
	for _, it := range items {
		if it.Type == t {
			return true
		}
	}
	return false
}
