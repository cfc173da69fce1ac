package store

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// same compares bit by bit: -0 is not 0, and NaN is NaN.
func same(a, b []number) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ts != b[i].ts || math.Float64bits(a[i].value) != math.Float64bits(b[i].value) {
			return false
		}
	}
	return true
}

func TestNumbersReturnBitByBit(t *testing.T) {
	for name, samples := range map[string][]number{
		"one":          {{0, 21.5}},
		"constant":     {{0, 21.5}, {30_000, 21.5}, {60_000, 21.5}},
		"minus zero":   {{0, 0}, {1, math.Copysign(0, -1)}, {2, 0}},
		"denormals":    {{0, 5e-324}, {1, -5e-324}, {2, 2.2250738585072009e-308}},
		"extremes":     {{0, math.MaxFloat64}, {1, -math.MaxFloat64}, {2, 1}},
		"huge steps":   {{0, 1}, {math.MaxInt64, 2}, {math.MaxInt64, 3}},
		"backwards":    {{1000, 1}, {0, 2}, {-1000, 3}, {math.MinInt64, 4}},
		"decimals":     {{0, 21.5}, {9, 21.37}, {20, -0.000001}, {21, 1234.567}, {22, 0}},
		"big wholes":   {{0, 1<<53 - 1}, {9, -(1<<53 - 1)}, {20, 0}, {21, 1 << 60}},
		"every field":  {{0, 1}, {63, 2}, {127, 2}, {2300, 2}, {600_000, 2}, {1 << 40, 2}},
		"full windows": {{0, math.Float64frombits(1<<63 | 1)}, {1, 0}, {2, math.Float64frombits(math.MaxUint64)}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeNumbers(nil, encodeNumbers(samples))
			if err != nil || !same(samples, got) {
				t.Fatalf("got %v, %v", got, err)
			}
		})
	}
}

func TestCodecProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, maxChunkSamples).Draw(t, "n")
		value := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Uint64(), math.Float64frombits), rapid.Map(rapid.IntRange(-100, 400), func(i int) float64 { return float64(i) / 10 }))
		if rapid.Bool().Draw(t, "decimal") {
			value = rapid.Map(rapid.IntRange(-1<<40, 1<<40), func(i int) float64 { return float64(i) / 1e3 })
		}
		step := rapid.OneOf(rapid.Int64(), rapid.Int64Range(29_600, 30_400))
		samples := make([]number, n)
		ts := int64(0)
		for i := range samples {
			ts += step.Draw(t, "step")
			samples[i] = number{ts, value.Draw(t, "value")}
		}
		got, err := decodeNumbers(nil, encodeNumbers(samples))
		if err != nil || !same(samples, got) {
			t.Fatalf("%d samples do not return: %v", n, err)
		}
	})
}

func TestTextsReturn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []text
		for range rapid.IntRange(1, 50).Draw(t, "n") {
			want = append(want, text{rapid.Int64().Draw(t, "ts"), rapid.StringN(0, 3, 20).Draw(t, "text")})
		}
		got, err := decodeTexts(encodeTexts(want))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
	})
}

func TestTruncatedChunksAreErrors(t *testing.T) {
	numbers := encodeNumbers([]number{{1, 2}, {300, 4.5}, {700, 6.25}})
	texts := encodeTexts([]text{{1, "cleaning"}, {2, "docked"}})
	for _, whole := range [][]byte{numbers, texts} {
		for n := range whole {
			if _, err := decodeAny(whole[:n]); err == nil {
				t.Errorf("kind %d: %d of %d bytes were read without an error", whole[0], n, len(whole))
			}
		}
	}
}

func FuzzDecodeChunk(f *testing.F) {
	f.Add(encodeNumbers([]number{{1, 2}, {30_000, 4.5}, {60_100, 6.25}}))
	f.Add(encodeTexts([]text{{1, "cleaning"}, {2, "docked"}, {9, "cleaning"}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if numbers, err := decodeNumbers(nil, data); err == nil {
			again, err := decodeNumbers(nil, encodeNumbers(numbers))
			if err != nil || !same(numbers, again) {
				t.Fatal("what was read does not return")
			}
		}
		if texts, err := decodeTexts(data); err == nil {
			again, err := decodeTexts(encodeTexts(texts))
			if err != nil || fmt.Sprint(again) != fmt.Sprint(texts) {
				t.Fatal("what was read does not return")
			}
		}
	})
}
