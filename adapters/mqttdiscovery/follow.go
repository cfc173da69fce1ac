package mqttdiscovery

import "strings"

// wanted lists the filters to be followed beside those of discovery.
func (a *Adapter) wanted() map[string]bool {
	out := map[string]bool{}
	for topic := range a.topics {
		out[topic] = true
	}
	for _, d := range a.devices {
		for _, filter := range d.follows() {
			out[filter] = true
		}
	}
	return out
}

// follow subscribes to what is wanted and gives up what is not. It runs without the lock: a broker may deliver at once.
func (a *Adapter) follow(wanted map[string]bool) error {
	for filter := range wanted {
		if _, have := a.subs[filter]; have {
			continue
		}
		if err := a.subscribe(filter, a.message); err != nil {
			return err
		}
	}
	for filter, cancel := range a.subs {
		if !wanted[filter] && !a.discovers(filter) {
			cancel()
			delete(a.subs, filter)
		}
	}
	return nil
}

// discovers reports whether a filter is one of discovery's own.
func (a *Adapter) discovers(filter string) bool {
	return strings.HasPrefix(filter, a.o.Prefix+"/+/") || strings.HasPrefix(filter, "tasmota/discovery/+/") ||
		strings.HasPrefix(filter, "+/5/") || filter == "homie/+/$homie"
}
