package httpapi

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Counters are the hub's own figures, for /metrics. Counts are since the hub started.
type Counters struct {
	Facts, Refused, Changes, Sent uint64
	Queue                         int // facts waiting
	Adapters                      []AdapterCounters
	// MQTT holds the broker's figures by name ("clients", "messages_received"); empty: no broker.
	MQTT map[string]float64
}

// AdapterCounters are one adapter's figures.
type AdapterCounters struct {
	Name     string
	Running  bool
	Restarts int
	// Commands counts those that ended, by outcome ("confirmed", "timed_out").
	Commands map[string]int
}

// collector gives Prometheus what is counted elsewhere.
type collector struct{ s *Server }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("concord_"+name, help, labels, nil)
}

var (
	descFacts    = describe("facts_total", "Facts applied to the house.")
	descRefused  = describe("refused_total", "Facts, or parts of them, that were not taken.")
	descChanges  = describe("changes_total", "Attributes that changed.")
	descSent     = describe("commands_sent_total", "Commands handed to adapters.")
	descQueue    = describe("queue_length", "Facts waiting to be applied.")
	descCommands = describe("commands_total", "Commands that ended.", "adapter", "outcome")
	descRunning  = describe("adapter_running", "Whether the adapter runs.", "adapter")
	descRestarts = describe("adapter_restarts_total", "Times the adapter was started again.", "adapter")
	descMQTT     = describe("mqtt", "Figures of the MQTT broker.", "figure")
	descDevices  = describe("devices", "Devices of the house.", "reachable")
	descOK       = describe("store_ok", "Whether the store can write.")
	descBytes    = describe("store_bytes", "Size of the store's parts.", "part")
	descQueued   = describe("store_queued", "Items not yet on disk.", "kind")
	descDropped  = describe("store_dropped_total", "Items lost.", "kind")
)

// Describe lists what Collect gives.
func (collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descFacts, descRefused, descChanges, descSent, descQueue, descCommands, descRunning,
		descRestarts, descMQTT, descDevices, descOK, descBytes, descQueued, descDropped} {
		out <- d
	}
}

// Collect reads the figures as they are now.
func (c collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	c.store(gauge, count)
	reachable := map[bool]int{}
	v := c.s.o.House.View()
	for _, d := range v.Devices() {
		ok, _ := v.Reachable(d)
		reachable[ok]++
	}
	gauge(descDevices, float64(reachable[true]), "true")
	gauge(descDevices, float64(reachable[false]), "false")
	if c.s.o.Counters != nil {
		c.hub(c.s.o.Counters(), gauge, count)
	}
}

type emit func(d *prometheus.Desc, v float64, labels ...string)

func (c collector) store(gauge, count emit) {
	h := c.s.o.Memory.Health()
	gauge(descOK, truth(h.OK))
	gauge(descBytes, float64(h.LogBytes), "log")
	gauge(descBytes, float64(h.HistoryBytes), "history")
	gauge(descBytes, float64(h.FileBytes), "file")
	gauge(descQueued, float64(h.QueuedEntries), "entries")
	gauge(descQueued, float64(h.QueuedSamples), "samples")
	count(descDropped, float64(h.DroppedEntries), "entries")
	count(descDropped, float64(h.DroppedSamples), "samples")
}

func (c collector) hub(n Counters, gauge, count emit) {
	count(descFacts, float64(n.Facts))
	count(descRefused, float64(n.Refused))
	count(descChanges, float64(n.Changes))
	count(descSent, float64(n.Sent))
	gauge(descQueue, float64(n.Queue))
	for _, a := range n.Adapters {
		gauge(descRunning, truth(a.Running), a.Name)
		count(descRestarts, float64(a.Restarts), a.Name)
		for outcome, k := range a.Commands {
			count(descCommands, float64(k), a.Name, outcome)
		}
	}
	for figure, v := range n.MQTT {
		gauge(descMQTT, v, figure)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
