package mqttdiscovery

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// conversion is one way a device's text becomes a model value and back; write is nil for what is only read.
type conversion struct {
	read  func(text string) model.Value
	write func(v model.Value) (string, error)
}

// silent are the words that say that nothing is known.
func silent(text string) bool {
	switch strings.ToLower(text) {
	case "", "none", "null", "unknown", "unavailable", "nan", "undefined":
		return true
	}
	return false
}

// scaled reads a number and multiplies it; digits bounds what the multiplication leaves behind the point.
func scaled(factor, offset float64) conversion {
	return conversion{
		func(text string) model.Value {
			f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				return model.Value{}
			}
			return model.Number(round(f*factor+offset, 6))
		},
		func(v model.Value) (string, error) {
			f, ok := v.Number()
			if !ok {
				return "", refuse(v, "a number")
			}
			return format(round((f-offset)/factor, 6)), nil
		},
	}
}

// ranged maps lo..hi of the device to 0..100 %.
func ranged(lo, hi float64) conversion {
	return conversion{
		func(text string) model.Value {
			f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || hi == lo {
				return model.Value{}
			}
			return model.Number(math.Max(0, math.Min(100, wholePercent((f-lo)/(hi-lo)*100))))
		},
		func(v model.Value) (string, error) {
			f, ok := v.Number()
			if !ok {
				return "", refuse(v, "a number from 0 to 100")
			}
			return format(math.Round(lo + f/100*(hi-lo))), nil
		},
	}
}

// mired reads mired as kelvin, held within the model's range.
func mired() conversion {
	flip := func(f float64) float64 { return math.Round(1e6 / f) }
	return conversion{
		func(text string) model.Value {
			f, err := strconv.ParseFloat(text, 64)
			if err != nil || f < 100 || f > 1000 {
				return model.Value{}
			}
			return model.Number(flip(f))
		},
		func(v model.Value) (string, error) {
			f, ok := v.Number()
			if !ok || f <= 0 {
				return "", refuse(v, "a colour temperature in K")
			}
			return format(flip(f)), nil
		},
	}
}

// truth reads two words as true and false, whatever their case where that is unambiguous.
func truth(on, off string) conversion {
	return two(on, off, model.Bool(true), model.Bool(false))
}

func two(on, off string, yes, no model.Value) conversion {
	return conversion{
		func(text string) model.Value {
			switch {
			case text == on:
				return yes
			case text == off:
				return no
			case strings.EqualFold(text, on):
				return yes
			case strings.EqualFold(text, off):
				return no
			}
			return model.Value{}
		},
		func(v model.Value) (string, error) {
			switch v {
			case yes:
				return on, nil
			case no:
				return off, nil
			}
			return "", refuse(v, yes.String()+" or "+no.String())
		},
	}
}

// words maps the device's spellings to ours; options are the device's, in its order, and restrict what is written.
func words(names map[string]string, options []string) (conversion, []string) {
	ours := func(text string) (string, bool) {
		w, ok := names[spelling(text)]
		return w, ok
	}
	var members []string
	back := map[string]string{}
	for _, o := range options {
		w, ok := ours(o)
		if !ok {
			continue
		}
		if _, have := back[w]; !have {
			back[w] = o
			members = append(members, w)
		}
	}
	return conversion{
		func(text string) model.Value {
			if w, ok := ours(text); ok && (len(options) == 0 || slices.Contains(members, w)) {
				return model.String(w)
			}
			return model.Value{}
		},
		func(v model.Value) (string, error) {
			s, _ := v.Text()
			if o, ok := back[s]; ok {
				return o, nil
			}
			return "", refuse(v, "one of "+strings.Join(members, ", "))
		},
	}, members
}

// sets reads one word as a set of at most one member.
func sets(names map[string]string) conversion {
	return conversion{read: func(text string) model.Value {
		w, ok := names[spelling(text)]
		if !ok {
			return model.Value{}
		}
		return model.Set(w)
	}}
}

// plain takes texts as they are.
func plain() conversion {
	return conversion{func(text string) model.Value { return model.String(text) }, func(v model.Value) (string, error) { return v.String(), nil }}
}

// moment reads a time: RFC 3339, with or without zone colon, or seconds or milliseconds since 1970.
func moment() conversion {
	return conversion{read: func(text string) model.Value {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05Z07:00"} {
			if t, err := time.Parse(layout, text); err == nil {
				return model.Time(t)
			}
		}
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || f < 1e8:
			return model.Value{}
		case f > 1e11:
			return model.Time(time.UnixMilli(int64(f)))
		}
		return model.Time(time.Unix(int64(f), 0))
	}}
}

func spelling(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.NewReplacer(" ", "_", "-", "_").Replace(s)
}

func refuse(v model.Value, expected string) error {
	return fmt.Errorf("got %s, expected %s", v, expected)
}

// wholePercent rounds, but what is on and dim is not 0.
func wholePercent(f float64) float64 {
	if f > 0 && f < 1 {
		return 1
	}
	return math.Round(f)
}

func round(f float64, digits int) float64 {
	k := math.Pow10(digits)
	return math.Round(f*k) / k
}

func format(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func ptr(f float64) *float64 { return &f }
