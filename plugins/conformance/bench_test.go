package conformance_test

import (
	"testing"

	"github.com/concord-home/hub/plugins/conformance"
)

// BenchmarkIdle measures what each example takes: from its start to its device's first report, and its memory with that device.
func BenchmarkIdle(b *testing.B) {
	for _, name := range []string{"plug", "fan", "lamp", "heater"} {
		b.Run(name, func(b *testing.B) {
			dir := example(b, name)
			var seconds, mib float64
			for b.Loop() {
				s, m, err := conformance.Idle(b.Context(), dir)
				if err != nil {
					b.Fatal(err)
				}
				seconds, mib = s, m
			}
			b.ReportMetric(1000*seconds, "ms-to-first-report")
			b.ReportMetric(mib, "MiB-RSS")
		})
	}
}
