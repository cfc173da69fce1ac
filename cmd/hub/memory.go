package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A home server has other work for its memory than to hold what a quiet hub no longer needs, and for its cores
// than to collect it over and over in a busy one: the heap may grow by leanPercent before it is collected, and by more,
// up to busyPercent, when that would be more often than collectionsPerSecond.
const (
	leanPercent          = 50
	busyPercent          = 200
	collectionsPerSecond = 1
	mostMemory           = 1 << 30 // bytes: near it the collector works whatever it costs
	memoryLook           = 2 * time.Second
	firstTrim            = 5 * time.Second // the start is over
	laterTrim            = time.Hour
)

// limitMemory begins with the lean setting.
func limitMemory() {
	debug.SetGCPercent(leanPercent)
	debug.SetMemoryLimit(mostMemory)
}

// tendMemory adapts the collector to the load until the context ends.
func tendMemory(ctx context.Context) error {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	read := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	tick := time.NewTicker(memoryLook)
	defer tick.Stop()
	percent, last := leanPercent, read()
	trim := time.After(firstTrim)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-trim:
			debug.FreeOSMemory()
			_ = trimProgram() // nothing depends on it
			trim = time.After(laterTrim)
			continue
		case <-tick.C:
		}
		now := read()
		if next := gcPercent(percent, now-last, memoryLook); next != percent {
			percent = next
			debug.SetGCPercent(percent)
		}
		last = now
	}
}

// gcPercent is the next setting after so many collections, at the present one, in so much time.
func gcPercent(percent int, collections uint64, in time.Duration) int {
	switch wanted := collectionsPerSecond * in.Seconds(); {
	case float64(collections) > wanted:
		percent = int(float64(percent) * float64(collections) / wanted)
	case float64(collections) < wanted/2:
		percent /= 2
	}
	return min(max(percent, leanPercent), busyPercent)
}
