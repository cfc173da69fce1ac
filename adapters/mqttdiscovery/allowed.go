package mqttdiscovery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// may says on which topics the hub publishes because of what an account announced: on those that the account may publish on
// itself, and never on the hub's own, on another adapter's, or on those of announcements.
func (a *Adapter) may(account string) func(topic string) bool {
	return func(topic string) bool {
		return !a.reserved(topic) && (a.o.May == nil || a.o.May(account, topic))
	}
}

func (a *Adapter) reserved(topic string) bool {
	below := append([]string{"$SYS", a.o.Prefix, "tasmota/discovery", "concord"}, a.o.Native...)
	if a.o.Own != "" && strings.HasPrefix(topic, "homie/5/"+a.o.Own) {
		return true
	}
	return slices.ContainsFunc(below, func(base string) bool { return base != "" && strings.HasPrefix(topic, base+"/") })
}

// withhold takes the topics from an entity that it may not make the hub publish on: it can be read then, and not set.
func (e *entity) withhold(may func(topic string) bool) {
	for _, key := range slices.Sorted(maps.Keys(e.c)) {
		topic, ok := e.c[key].(string)
		if !ok || !commands(key) || may(topic) {
			continue
		}
		delete(e.c, key)
		e.withheld = append(e.withheld, topic)
	}
}

// commands reports whether a key of a configuration holds a topic to publish on.
func commands(key string) bool {
	return strings.HasSuffix(key, "command_topic") || strings.HasPrefix(key, "set_") && strings.HasSuffix(key, "_topic")
}

func notAllowed(topic string) error {
	return fmt.Errorf("whoever announced it may not publish on %s; give the account that topic with `hub mqtt add`", topic)
}
