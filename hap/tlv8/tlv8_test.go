package tlv8

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValuesOfAnyLengthComeBack(t *testing.T) {
	for _, n := range []int{0, 1, 254, 255, 256, 509, 510, 511, 1000, 65536} {
		v := bytes.Repeat([]byte{7}, n)
		in := Items{{6, []byte{1}}, {3, v}, {5, []byte("end")}}
		out, err := Parse(in.Bytes())
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if !bytes.Equal(out.Get(3), v) || out.Byte(6) != 1 || string(out.Get(5)) != "end" {
			t.Errorf("%d bytes came back as %d", n, len(out.Get(3)))
		}
	}
}

func TestEqualTypesAfterASeparatorStayApart(t *testing.T) {
	in := Items{{1, []byte("a")}, {0xff, nil}, {1, []byte("b")}, {1, []byte("c")}}
	out, err := Parse(in.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := Items{{1, []byte("a")}, {0xff, []byte{}}, {1, []byte("b")}, {1, []byte("c")}}
	if d := cmp.Diff(want, out); d != "" {
		t.Error(d)
	}
}

func TestACutMessageIsAnError(t *testing.T) {
	whole := Items{{3, bytes.Repeat([]byte{1}, 300)}}.Bytes()
	for n := 1; n < len(whole); n++ {
		if n == 257 {
			continue // exactly one item
		}
		if _, err := Parse(whole[:n]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d bytes of %d: %v", n, len(whole), err)
		}
	}
}

func TestParsingDoesNotWriteIntoItsInput(t *testing.T) {
	in := Items{{3, bytes.Repeat([]byte{1}, 300)}, {4, []byte("after")}}.Bytes()
	before := bytes.Clone(in)
	if _, err := Parse(in); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, in) {
		t.Error("joining fragments overwrote what follows")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{6, 1, 1})
	f.Add(Items{{3, bytes.Repeat([]byte{9}, 600)}}.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		items, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(items.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i := range items {
			_ = items.Get(items[i].Type)
		}
		if len(again) > len(items) {
			t.Fatalf("%d items became %d", len(items), len(again))
		}
	})
}
