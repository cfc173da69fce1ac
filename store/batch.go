package store

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// A batch, uncompressed, is one or more groups back to back:
//
//	uvarint count, then count times: uvarint seq step, varint time step (ns), uvarint length, data
//
// The steps of a group start from zero, so batches are joined by joining bytes.
// On disk a batch is compressed with DEFLATE.

// batchLevel is flate's fastest level: full batches of facts in JSON become a
// third larger than at the default level, in a third of the time (see
// BenchmarkBatchLevels).
const batchLevel = flate.BestSpeed

// maxBatchBytes bounds what a stored batch may expand to (the largest fact plus
// a joined tail), so that a damaged row cannot eat the memory.
const maxBatchBytes = maxQueuedBytes + 2*tailBytes + 1<<20

var errBatch = errors.New("damaged batch of facts")

// appendGroup adds entries to an uncompressed batch.
func appendGroup(dst []byte, entries []Entry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	var seq uint64
	var at int64
	for _, e := range entries {
		t := nanos(e.At)
		dst = binary.AppendUvarint(dst, e.Seq-seq)
		dst = binary.AppendVarint(dst, t-at)
		dst = binary.AppendUvarint(dst, uint64(len(e.Data)))
		dst = append(dst, e.Data...)
		seq, at = e.Seq, t
	}
	return dst
}

// parseBatch reads an uncompressed batch. The entries' Data point into raw.
func parseBatch(raw []byte) ([]Entry, error) {
	var out []Entry
	r := bytes.NewReader(raw)
	for r.Len() > 0 {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > uint64(r.Len())/3 { // an entry takes 3 bytes or more
			return nil, errBatch
		}
		var seq uint64
		var at int64
		for range n {
			step, err1 := binary.ReadUvarint(r)
			dt, err2 := binary.ReadVarint(r)
			size, err3 := binary.ReadUvarint(r)
			if err1 != nil || err2 != nil || err3 != nil || size > uint64(r.Len()) {
				return nil, errBatch
			}
			seq, at = seq+step, at+dt
			from := len(raw) - r.Len()
			to := from + int(size)
			out = append(out, Entry{Seq: seq, At: time.Unix(0, at).UTC(), Data: raw[from:to:to]})
			r.Seek(int64(size), io.SeekCurrent) // cannot fail: size was checked
		}
	}
	return out, nil
}

// pack compresses an uncompressed batch.
func pack(z *flate.Writer, raw []byte) ([]byte, error) {
	var out bytes.Buffer
	z.Reset(&out)
	if _, err := z.Write(raw); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

// unpack is the inverse of pack, for at most limit bytes.
func unpack(data []byte, limit int64) ([]byte, error) {
	z := flate.NewReader(bytes.NewReader(data))
	raw, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = errors.New("too large")
	}
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return raw, nil
}

// nanos is t in ns since 1970; times that do not fit become the nearest that does.
func nanos(t time.Time) int64 {
	switch year := t.Year(); {
	case year < 1678:
		return math.MinInt64
	case year > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}
