package homeassistant

import "strings"

func timeTriggers(where string, m map[string]any) ([]any, *untaken) {
	var out []any
	for _, x := range list(m["at"]) {
		at, ok := clock(x)
		if !ok {
			return nil, cannot(where, "import.time", text(x))
		}
		c := map[string]any{"at": at}
		if d := days(m["weekday"]); d != nil {
			c["days"] = d
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.time", "")
	}
	return out, nil
}

// patternTrigger takes "every so often"; a pattern such as "minute 7 of each hour" has no word here.
func patternTrigger(where string, m map[string]any) ([]any, *untaken) {
	hours, minutes, seconds := text(m["hours"]), text(m["minutes"]), text(m["seconds"])
	every := func(s, unit string) ([]any, *untaken) {
		return one(map[string]any{"every": strings.TrimPrefix(s, "/") + unit})
	}
	zero := func(s string) bool { return s == "" || s == "0" }
	switch {
	case strings.HasPrefix(hours, "/") && zero(minutes) && zero(seconds):
		return every(hours, "h")
	case strings.HasPrefix(minutes, "/") && (hours == "" || hours == "*") && zero(seconds):
		return every(minutes, "m")
	case strings.HasPrefix(seconds, "/") && (hours == "" || hours == "*") && (minutes == "" || minutes == "*"):
		return every(seconds, "s")
	case minutes == "0" && (hours == "" || hours == "*") && zero(seconds):
		return every("1", "h")
	}
	return nil, cannot(where, "import.pattern")
}

func sunTrigger(where string, m map[string]any) ([]any, *untaken) {
	event := text(m["event"])
	if event != "sunrise" && event != "sunset" {
		return nil, cannot(where, "import.trigger", "sun "+event)
	}
	c := map[string]any{"sun": event}
	offset, no := span(where, m["offset"])
	if no != nil {
		return nil, no
	}
	if offset != "" {
		c["offset"] = offset
	}
	return one(c)
}

// mqttTrigger takes a topic; what Zigbee2MQTT tells of a button is the button's own event here.
func (t *translator) mqttTrigger(where string, m map[string]any) ([]any, *untaken) {
	topic := text(m["topic"])
	if topic == "" || isTemplate(topic) || strings.ContainsAny(topic, "+#") {
		return nil, cannot(where, "import.trigger", "mqtt "+topic)
	}
	if name, ok := strings.CutSuffix(strings.TrimPrefix(topic, "zigbee2mqtt/"), "/action"); ok && strings.HasPrefix(topic, "zigbee2mqtt/") {
		for i := range t.h.Devices {
			if t.h.Devices[i].called(name) && m["payload"] != nil {
				return press(&t.h.Devices[i], text(m["payload"]))
			}
		}
	}
	c := map[string]any{"topic": topic}
	if m["payload"] != nil {
		c["payload"] = text(m["payload"])
	}
	return one(c)
}
