package home_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// BenchmarkFacts applies reports, each of one changed value, round robin over 1,000 devices. The
// budget is 500,000 facts a second on one core.
func BenchmarkFacts(b *testing.B) {
	h := home.New(nil, nil)
	at := time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)
	var seq uint64
	sources := make([]model.SourceID, 1000)
	for i := range sources {
		d := lamp(fmt.Sprintf("zigbee/%d", i))
		sources[i] = d.Description.Source
		seq++
		_, _ = h.Apply(home.Fact{Seq: seq, At: at, Body: d})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		seq++
		_, err := h.Apply(home.Fact{Seq: seq, At: at, Body: home.Reported{Source: sources[i%1000], Readings: []model.Reading{
			{Endpoint: model.MainEndpoint, Attribute: "on_off.on", Value: model.Bool(i/1000%2 == 0)}}}})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "facts/s")
}

// BenchmarkView takes a view after each fact, the worst case for copying: 10,000 devices.
func BenchmarkView(b *testing.B) {
	h := home.New(nil, nil)
	at := time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)
	for i := range 10_000 {
		_, _ = h.Apply(home.Fact{Seq: uint64(i + 1), At: at, Body: lamp(fmt.Sprintf("zigbee/%d", i))})
	}
	for i := 0; b.Loop(); i++ {
		_, _ = h.Apply(home.Fact{Seq: uint64(10_001 + i), At: at, Body: home.Reported{Source: "zigbee/7", Readings: []model.Reading{
			{Endpoint: model.MainEndpoint, Attribute: "on_off.on", Value: model.Bool(i%2 == 0)}}}})
		h.View()
	}
}
