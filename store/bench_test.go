package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// thirtyDays is one sensor's samples in 30 days at one in 30 s.
const thirtyDays = 86_400

// sensor yields a random walk in steps of a tenth of a degree, every 30 s with up
// to 400 ms of jitter.
func sensor(name string, n int, seed uint64) func(i int) Sample {
	r := rand.New(rand.NewPCG(seed, 1))
	tenths := make([]int16, n)
	jitter := make([]int16, n)
	for i, v := 0, int16(210); i < n; i++ {
		v += int16(r.IntN(3) - 1)
		tenths[i], jitter[i] = v, int16(r.IntN(400))
	}
	return func(i int) Sample {
		at := t0.Add(time.Duration(i)*30*time.Second + time.Duration(jitter[i])*time.Millisecond)
		return Sample{Series: name, At: at, Num: float64(tenths[i]) / 10}
	}
}

// recordAll records n samples of each sensor, interleaved, never overrunning the queue.
func recordAll(b *testing.B, s *Store, sensors []func(int) Sample, n int) {
	b.Helper()
	sent := 0
	for i := range n {
		for _, next := range sensors {
			s.Record(next(i))
			if sent++; sent%(maxQueued/2) == 0 {
				syncNow(b, s)
			}
		}
	}
	syncNow(b, s)
	if h := s.Health(); h.DroppedSamples > 0 {
		b.Fatalf("%d samples dropped", h.DroppedSamples)
	}
}

// BenchmarkRecord records 12 sensors of 30 days, interleaved, and compares with
// the floor: the same rows put into one clustered SQLite table, 1,000 a commit.
// Reported: samples a second, bytes a sample of the sealed data and of the whole
// file, and the ratio of the rates (above 1: faster than the floor).
func BenchmarkRecord(b *testing.B) {
	const sensors = 12
	var feeds []func(int) Sample
	for i := range sensors {
		feeds = append(feeds, sensor(fmt.Sprint("sensor/", i), thirtyDays, uint64(i)))
	}
	const total = sensors * thirtyDays
	var ours, floor time.Duration
	for b.Loop() {
		s := open(b, b.TempDir(), Options{})
		start := time.Now()
		recordAll(b, s, feeds, thirtyDays)
		ours += time.Since(start)
		var data, samples float64
		if err := s.read.QueryRow(`SELECT sum(length(data)), (SELECT sum(n) FROM span) FROM chunk`).Scan(&data, &samples); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(data/samples, "chunk-B/sample")
		s.Close()
		b.ReportMetric(float64(fileSize(s.path))/total, "file-B/sample")
		floor += insertPlainly(b, feeds)
	}
	b.ReportMetric(float64(b.N)*total/ours.Seconds(), "samples/s")
	b.ReportMetric(floor.Seconds()/ours.Seconds(), "x-floor")
}

// insertPlainly is the floor of BenchmarkRecord.
func insertPlainly(b *testing.B, feeds []func(int) Sample) time.Duration {
	b.Helper()
	db, err := openDB(b.TempDir()+"/plain.db", 1, writePragmas)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE s (e INTEGER, ts INTEGER, v REAL, PRIMARY KEY (e, ts)) WITHOUT ROWID`); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	rows := 0
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	insert, err := tx.Prepare(`INSERT INTO s VALUES (?, ?, ?)`)
	for i := 0; i < thirtyDays && err == nil; i++ {
		for e, next := range feeds {
			x := next(i)
			if _, err = insert.Exec(e, x.At.UnixMilli(), x.Num); err != nil {
				b.Fatal(err)
			}
			if rows++; rows%1000 != 0 {
				continue
			}
			if err = tx.Commit(); err != nil {
				b.Fatal(err)
			}
			if tx, err = db.Begin(); err != nil {
				b.Fatal(err)
			}
			insert, err = tx.Prepare(`INSERT INTO s VALUES (?, ?, ?)`)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkGraph30Days draws one sensor of 86,400 samples in 500 buckets from
// sealed chunks; the floor sums up the same rows in a clustered table with SQL.
func BenchmarkGraph30Days(b *testing.B) {
	feed := []func(int) Sample{sensor("a", thirtyDays, 1)}
	s := open(b, b.TempDir(), Options{})
	recordAll(b, s, feed, thirtyDays)
	from, to := t0, t0.Add(30*24*time.Hour+time.Second)
	db, err := openDB(b.TempDir()+"/plain.db", 1, writePragmas)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE s (e INTEGER, ts INTEGER, v REAL, PRIMARY KEY (e, ts)) WITHOUT ROWID; BEGIN`); err != nil {
		b.Fatal(err)
	}
	for i := range thirtyDays {
		x := feed[0](i)
		if _, err := db.Exec(`INSERT INTO s VALUES (1, ?, ?)`, x.At.UnixMilli(), x.Num); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := db.Exec(`COMMIT`); err != nil {
		b.Fatal(err)
	}
	var ours, floor time.Duration
	for b.Loop() {
		start := time.Now()
		points, err := s.Graph(b.Context(), "a", from, to, 500)
		if err != nil || len(points) != 500 {
			b.Fatalf("%d points, %v", len(points), err)
		}
		ours += time.Since(start)
		start = time.Now()
		rows, err := db.Query(`SELECT min(v), avg(v), max(v) FROM s WHERE e = 1 GROUP BY (ts-?1)*500/(?2-?1)`, from.UnixMilli(), to.UnixMilli())
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
		}
		if err := rows.Close(); err != nil {
			b.Fatal(err)
		}
		floor += time.Since(start)
	}
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/graph")
	b.ReportMetric(floor.Seconds()/ours.Seconds(), "x-floor")
}

// jsonFact looks like what the hub logs.
func jsonFact(i int) Entry {
	data := fmt.Appendf(nil, `{"kind":"report","source":"zigbee2mqtt/0x00158d000%07x","values":{"temperature":%.1f,"humidity":%.1f,"linkquality":%d}}`,
		i%1000, 20+math.Sin(float64(i)), 50+10*math.Cos(float64(i)), i*37%255)
	return Entry{Seq: uint64(i + 1), At: t0.Add(time.Duration(i) * 7 * time.Millisecond), Data: data}
}

// BenchmarkAppend appends 100,000 facts of about 130 bytes and waits for them; the
// floor inserts them as plain rows, 2,000 a commit.
func BenchmarkAppend(b *testing.B) {
	const total = 100_000
	facts := make([]Entry, total)
	for i := range facts {
		facts[i] = jsonFact(i)
	}
	var ours, floor time.Duration
	for b.Loop() {
		s := open(b, b.TempDir(), Options{})
		start := time.Now()
		for i, e := range facts {
			s.Append(e)
			if i%(maxQueued/4) == 0 {
				syncNow(b, s)
			}
		}
		syncNow(b, s)
		ours += time.Since(start)
		if h := s.Health(); h.DroppedEntries > 0 {
			b.Fatalf("%d dropped", h.DroppedEntries)
		}
		b.ReportMetric(float64(s.Health().LogBytes)/total, "B/fact")
		s.Close()
		floor += appendPlainly(b, facts)
	}
	b.ReportMetric(float64(b.N)*total/ours.Seconds(), "facts/s")
	b.ReportMetric(floor.Seconds()/ours.Seconds(), "x-floor")
}

// appendPlainly is the floor of BenchmarkAppend.
func appendPlainly(b *testing.B, facts []Entry) time.Duration {
	b.Helper()
	db, err := openDB(b.TempDir()+"/plain.db", 1, writePragmas)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE log (seq INTEGER PRIMARY KEY, t INTEGER, data BLOB)`); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for len(facts) > 0 {
		n := min(2000, len(facts))
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		insert, err := tx.Prepare(`INSERT INTO log VALUES (?, ?, ?)`)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range facts[:n] {
			if _, err := insert.Exec(int64(e.Seq), e.At.UnixNano(), e.Data); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
		facts = facts[n:]
	}
	return time.Since(start)
}

// BenchmarkAppendCall times Append alone, called faster than the writer can write:
// the queue is full most of the time and the cost of dropping is included.
func BenchmarkAppendCall(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	e := jsonFact(0)
	i := uint64(0)
	for b.Loop() {
		i++
		e.Seq = i
		s.Append(e)
	}
}

// BenchmarkSync appends one fact and waits until it is durable.
func BenchmarkSync(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	for i := 0; b.Loop(); i++ {
		s.Append(jsonFact(i))
		syncNow(b, s)
	}
}

// BenchmarkBatchLevels compares compression levels on batches of 10 and of 2,000
// facts: time a batch and bytes a fact.
func BenchmarkBatchLevels(b *testing.B) {
	for _, n := range []int{10, 2000} {
		var facts []Entry
		for i := range n {
			facts = append(facts, jsonFact(i))
		}
		raw := appendGroup(nil, facts)
		for _, level := range []int{flate.HuffmanOnly, flate.BestSpeed, flate.DefaultCompression} {
			b.Run(fmt.Sprintf("facts=%d/level=%d", n, level), func(b *testing.B) {
				z, err := flate.NewWriter(nil, level)
				if err != nil {
					b.Fatal(err)
				}
				var data []byte
				for b.Loop() {
					if data, err = pack(z, raw); err != nil {
						b.Fatal(err)
					}
				}
				if back, err := unpack(data, maxBatchBytes); err != nil || !bytes.Equal(back, raw) {
					b.Fatal("does not return")
				}
				b.ReportMetric(float64(len(data))/float64(n), "B/fact")
				b.ReportMetric(float64(len(raw))/float64(n), "raw-B/fact")
			})
		}
	}
}
