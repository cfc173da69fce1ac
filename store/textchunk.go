package store

import (
	"encoding/binary"
	"slices"
)

// A chunk of texts holds samples of one series; each distinct text is stored once:
//
//	byte kindTexts, uvarint count, uvarint words, words times (uvarint length, bytes),
//	count times (varint change of the time step in ms, uvarint word)

// text is a text sample inside a chunk.
type text struct {
	ts    int64 // ms since 1970
	value string
}

// encodeTexts packs samples, of which there is at least one.
func encodeTexts(samples []text) []byte {
	var words []string
	number := map[string]int{}
	for _, s := range samples {
		if _, known := number[s.value]; !known {
			number[s.value] = len(words)
			words = append(words, s.value)
		}
	}
	out := binary.AppendUvarint([]byte{kindTexts}, uint64(len(samples)))
	out = binary.AppendUvarint(out, uint64(len(words)))
	for _, word := range words {
		out = binary.AppendUvarint(out, uint64(len(word)))
		out = append(out, word...)
	}
	var ts, step int64
	for _, s := range samples {
		next := s.ts - ts
		out = binary.AppendVarint(out, next-step)
		out = binary.AppendUvarint(out, uint64(number[s.value]))
		ts, step = s.ts, next
	}
	return slices.Clip(out)
}

// decodeTexts returns a chunk's samples. It reads any bytes safely.
func decodeTexts(data []byte) ([]text, error) {
	n, data, err := chunkHeader(data, kindTexts)
	if err != nil {
		return nil, err
	}
	words, data, err := decodeWords(data)
	if err != nil {
		return nil, err
	}
	out := make([]text, 0, n)
	var ts, step int64
	for range n {
		change, used := binary.Varint(data)
		if used <= 0 {
			return nil, errChunk
		}
		data = data[used:]
		word, used := binary.Uvarint(data)
		if used <= 0 || word >= uint64(len(words)) {
			return nil, errChunk
		}
		data = data[used:]
		step += change
		ts += step
		out = append(out, text{ts, words[word]})
	}
	return out, nil
}

// decodeWords reads the list of distinct texts.
func decodeWords(data []byte) (words []string, rest []byte, err error) {
	count, used := binary.Uvarint(data)
	if used <= 0 || count > maxChunkSamples {
		return nil, nil, errChunk
	}
	data = data[used:]
	for range count {
		size, used := binary.Uvarint(data)
		if used <= 0 || size > uint64(len(data)-used) {
			return nil, nil, errChunk
		}
		words = append(words, string(data[used:used+int(size)]))
		data = data[used+int(size):]
	}
	return words, data, nil
}
