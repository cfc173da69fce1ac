package store

// Bounds of each queue between the callers and the writer. They hold several
// seconds of the busiest home and keep the memory of a hub with a full disk small.
const (
	maxQueued      = 1 << 16
	maxQueuedBytes = 8 << 20
	segmentItems   = 2000
	segmentBytes   = 256 << 10
)

// segment is a run of queued items; it is dropped, taken and returned as a whole.
type segment[T any] struct {
	items []T
	bytes int
}

// queue is a bounded first-in-first-out list of segments. Taken segments count
// against its bounds until done or giveBack. It is not safe for concurrent use:
// Store.mu guards it.
type queue[T any] struct {
	maxItems, maxBytes int
	segments           []segment[T]
	items, bytes       int
}

// push adds an item of the given size and returns the items that had to make
// room for it, oldest first. When even that does not help (the rest is being
// written), the item itself is returned.
func (q *queue[T]) push(item T, size int) (dropped []T) {
	for q.items >= q.maxItems || q.bytes+size > q.maxBytes {
		if len(q.segments) == 0 {
			return append(dropped, item)
		}
		old := q.segments[0]
		q.segments = q.segments[1:]
		q.done([]segment[T]{old})
		dropped = append(dropped, old.items...)
	}
	last := len(q.segments) - 1
	if last < 0 || len(q.segments[last].items) >= segmentItems || q.segments[last].bytes >= segmentBytes {
		q.segments = append(q.segments, segment[T]{})
		last++
	}
	seg := &q.segments[last]
	seg.items = append(seg.items, item)
	seg.bytes += size
	q.items++
	q.bytes += size
	return dropped
}

// batchReady reports whether at least one whole segment waits.
func (q *queue[T]) batchReady() bool {
	return len(q.segments) > 0 && (len(q.segments[0].items) >= segmentItems || q.segments[0].bytes >= segmentBytes)
}

// take hands out everything queued.
func (q *queue[T]) take() []segment[T] {
	taken := q.segments
	q.segments = nil
	return taken
}

// done forgets taken segments.
func (q *queue[T]) done(taken []segment[T]) {
	for _, seg := range taken {
		q.items -= len(seg.items)
		q.bytes -= seg.bytes
	}
}

// giveBack returns taken segments to the front.
func (q *queue[T]) giveBack(taken []segment[T]) {
	q.segments = append(taken, q.segments...)
}
