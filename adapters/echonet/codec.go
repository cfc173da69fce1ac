package echonet

import (
	"fmt"
	"math"
	"slices"

	"github.com/concord-home/hub/model"
)

// codec turns a property's data into a model value and back. other gives the object's other properties, as last heard.
type codec struct {
	read  func(edt []byte, other func(epc byte) []byte) model.Value
	write func(v model.Value) ([]prop, error) // without the property's own code: epc 0 stands for it
	shape func(p *model.Property)             // narrows the contract; may be nil
}

func refuse(v model.Value, expected string) error {
	return fmt.Errorf("got %s, expected %s", v, expected)
}

// bytes reads a big-endian number of 1, 2 or 4 bytes.
func integer(edt []byte, signed bool) (int64, bool) {
	var n uint32
	if l := len(edt); l != 1 && l != 2 && l != 4 {
		return 0, false
	}
	for _, b := range edt {
		n = n<<8 | uint32(b)
	}
	if !signed {
		return int64(n), true
	}
	shift := 32 - 8*len(edt)
	return int64(int32(n<<shift) >> shift), true
}

// number is an unsigned number of so many bytes; those in none say nothing.
func number(size int, factor float64, none ...int64) codec { return numeric(size, false, factor, none) }

// signed is a signed number.
func signed(size int, factor float64, none ...int64) codec { return numeric(size, true, factor, none) }

func numeric(size int, sign bool, factor float64, none []int64) codec {
	return codec{
		read: func(edt []byte, _ func(byte) []byte) model.Value {
			n, ok := integer(edt, sign)
			if !ok || len(edt) != size || slices.Contains(none, n) {
				return model.Value{}
			}
			return model.Number(math.Round(float64(n)*factor*1e6) / 1e6)
		},
		write: func(v model.Value) ([]prop, error) {
			f, ok := v.Number()
			n := int64(math.Round(f / factor))
			lo, hi := int64(0), int64(1)<<(8*size)-1
			if sign {
				lo, hi = -(hi+1)/2, hi/2
			}
			if !ok || n < lo || n > hi {
				return nil, refuse(v, fmt.Sprintf("a number from %v to %v", float64(lo)*factor, float64(hi)*factor))
			}
			edt := make([]byte, size)
			for i := range edt {
				edt[size-1-i] = byte(n >> (8 * i))
			}
			return []prop{{edt: edt}}, nil
		},
	}
}

// between is a number that can be set within bounds, in steps.
func between(c codec, lo, hi, step float64) codec {
	c.shape = func(p *model.Property) { p.Min, p.Max, p.Step = &lo, &hi, step }
	return c
}

// truth is one byte for true and one for false.
func truth(yes, no byte) codec { return either(yes, no, model.Bool(true), model.Bool(false)) }

func either(yes, no byte, a, b model.Value) codec {
	return codec{
		read: func(edt []byte, _ func(byte) []byte) model.Value {
			switch {
			case len(edt) != 1:
			case edt[0] == yes:
				return a
			case edt[0] == no:
				return b
			}
			return model.Value{}
		},
		write: func(v model.Value) ([]prop, error) {
			switch v {
			case a:
				return []prop{{edt: []byte{yes}}}, nil
			case b:
				return []prop{{edt: []byte{no}}}, nil
			}
			return nil, refuse(v, a.String()+" or "+b.String())
		},
	}
}

// word is one byte of an enum; the first byte for a word is the one written.
type word struct {
	code byte
	name string
}

func words(ws ...word) codec {
	var members []string
	for _, w := range ws {
		if !slices.Contains(members, w.name) {
			members = append(members, w.name)
		}
	}
	return codec{
		read: func(edt []byte, _ func(byte) []byte) model.Value {
			for _, w := range ws {
				if len(edt) == 1 && edt[0] == w.code {
					return model.String(w.name)
				}
			}
			return model.Value{}
		},
		write: func(v model.Value) ([]prop, error) {
			for _, w := range ws {
				if v == model.String(w.name) {
					return []prop{{edt: []byte{w.code}}}, nil
				}
			}
			return nil, refuse(v, fmt.Sprintf("one of %v", members))
		},
		shape: func(p *model.Property) { p.Type, p.Options = model.TypeEnum, members },
	}
}

// sets is one byte that stands for a set of members.
func sets(m map[byte][]string, members ...string) codec {
	return codec{
		read: func(edt []byte, _ func(byte) []byte) model.Value {
			if len(edt) != 1 {
				return model.Value{}
			}
			s, ok := m[edt[0]]
			if !ok {
				return model.Value{}
			}
			return model.Set(s...)
		},
		write: func(v model.Value) ([]prop, error) {
			for code, s := range m {
				if v == model.Set(s...) {
					return []prop{{edt: []byte{code}}}, nil
				}
			}
			return nil, refuse(v, fmt.Sprintf("any of %v", members))
		},
		shape: func(p *model.Property) { p.Options = members },
	}
}

// gated is an enum that the power switch (80) overrides: off is off whatever the mode was, and choosing a mode switches on.
func gated(c codec) codec {
	return codec{
		read: func(edt []byte, other func(byte) []byte) model.Value {
			if p := other(0x80); len(p) == 1 && p[0] == 0x31 {
				return model.String("off")
			}
			return c.read(edt, other)
		},
		write: func(v model.Value) ([]prop, error) {
			if v == model.String("off") {
				return []prop{{0x80, []byte{0x31}}}, nil
			}
			own, err := c.write(v)
			return append([]prop{{0x80, []byte{0x30}}}, own...), err
		},
		shape: func(p *model.Property) { c.shape(p); p.Options = append([]string{"off"}, p.Options...) },
	}
}

// steps is a level from 31 to 38, or 41 for automatic, as a step; automatic says nothing here.
func steps() codec {
	return codec{
		read: func(edt []byte, _ func(byte) []byte) model.Value {
			if len(edt) != 1 || edt[0] < 0x31 || edt[0] > 0x38 {
				return model.Value{}
			}
			return model.Number(float64(edt[0] - 0x30))
		},
		write: func(v model.Value) ([]prop, error) {
			f, ok := v.Number()
			if !ok || f < 1 || f > 8 || f != math.Trunc(f) {
				return nil, refuse(v, "a step from 1 to 8")
			}
			return []prop{{edt: []byte{0x30 + byte(f)}}}, nil
		},
		shape: func(p *model.Property) { lo, hi := 1.0, 8.0; p.Min, p.Max, p.Step = &lo, &hi, 1 },
	}
}

// negative turns the sign around: what a source gives is negative import.
func negative(c codec) codec {
	return codec{read: func(edt []byte, other func(byte) []byte) model.Value {
		f, ok := c.read(edt, other).Number()
		if !ok {
			return model.Value{}
		}
		return model.Number(-f)
	}}
}

// units of cumulative energy, kWh.
var energyUnits = map[byte]float64{0x00: 1, 0x01: 0.1, 0x02: 0.01, 0x03: 0.001, 0x04: 0.0001, 0x0a: 10, 0x0b: 100, 0x0c: 1000, 0x0d: 10000}

// energy is a meter's count, whose unit and, where there is one, coefficient are properties of their own.
func energy(unit, coefficient byte) codec {
	return codec{read: func(edt []byte, other func(byte) []byte) model.Value {
		n, ok := integer(edt, false)
		u := other(unit)
		if !ok || len(edt) != 4 || n == 0xfffffffe || len(u) != 1 {
			return model.Value{}
		}
		factor, ok := energyUnits[u[0]]
		if !ok {
			return model.Value{}
		}
		if k, ok := integer(other(coefficient), false); ok && coefficient != 0 {
			factor *= float64(k)
		}
		return model.Number(math.Round(float64(n)*factor*1e4) / 1e4)
	}}
}

// share is a number as percent of another property's.
func share(of byte) codec {
	return codec{read: func(edt []byte, other func(byte) []byte) model.Value {
		n, ok := integer(edt, false)
		whole, ok2 := integer(other(of), false)
		if !ok || !ok2 || whole == 0 || n > whole {
			return model.Value{}
		}
		return model.Number(math.Round(float64(n) / float64(whole) * 100))
	}}
}
