package discovery

import (
	"fmt"
	"testing"

	"github.com/miekg/dns"
)

// BenchmarkRefresh is one announcement of one of 200 known services: parse it
// and apply it to the cache. The floor is the DNS library's parsing alone.
func BenchmarkRefresh(b *testing.B) {
	const services = 200
	packets := make([][]byte, services)
	c := NewCache(Limits{PerHost: services})
	for i := range packets {
		packets[i] = packed(b, true,
			fmt.Sprintf(`_hap._tcp.local. 4500 IN PTR lamp%d._hap._tcp.local.`, i),
			fmt.Sprintf(`lamp%d._hap._tcp.local. 120 IN SRV 0 0 80 host%d.local.`, i, i),
			fmt.Sprintf(`lamp%d._hap._tcp.local. 4500 IN TXT "id=%d" "c#=1" "sf=0" "md=Lamp"`, i, i),
			fmt.Sprintf(`host%d.local. 120 IN A 10.0.0.%d`, i, 1+i))
	}
	var floor, ours float64
	b.Run("floor", func(b *testing.B) {
		for i := range b.N {
			var m dns.Msg
			if err := m.Unpack(packets[i%services]); err != nil {
				b.Fatal(err)
			}
		}
		floor = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	})
	b.Run("apply", func(b *testing.B) {
		for i := range b.N {
			records, err := ParseMDNS(packets[i%services])
			if err != nil {
				b.Fatal(err)
			}
			c.Apply(pkt(records...), at(float64(i%3)))
		}
		ours = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
		b.ReportMetric(ours/floor, "x-floor")
	})
}
