package mqttdiscovery

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of what a stranger's discovery messages may fill.
const (
	maxConfigBytes = 64 << 10
	maxEntities    = 400 // of one device
)

// config is a discovery message with full keys and base topics filled in.
type config map[string]any

func (c config) text(key string) string {
	switch v := c[key].(type) {
	case string:
		return v
	case nil:
		return ""
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	return ""
}

func (c config) or(key, otherwise string) string {
	if _, given := c[key]; !given {
		return otherwise
	}
	return c.text(key)
}

func (c config) number(key string, otherwise float64) float64 {
	switch v := c[key].(type) {
	case float64:
		return v
	case string:
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f
		}
	}
	return otherwise
}

func (c config) truth(key string) bool {
	b, _ := c[key].(bool)
	return b || strings.EqualFold(c.text(key), "true")
}

func (c config) list(key string) []string {
	switch v := c[key].(type) {
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, config{"x": x}.text("x"))
		}
		return out
	case string:
		return []string{v}
	}
	return nil
}

func (c config) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return c[k] != nil && c[k] != "" })
}

// parseConfig reads a discovery message: keys in full, "~" replaced by the base topic.
func parseConfig(payload []byte) (config, error) {
	if len(payload) > maxConfigBytes {
		return nil, fmt.Errorf("it has %d bytes; at most %d", len(payload), maxConfigBytes)
	}
	var raw map[string]any
	if err := json.Unmarshal(payload, &raw); err != nil {
		return nil, fmt.Errorf("it is not a JSON object: %w", err)
	}
	c := fullKeys(raw)
	base, _ := c["~"].(string)
	if d, ok := c["device"].(map[string]any); ok {
		full := config{}
		for k, v := range d {
			full[cmp.Or(abbreviatedDeviceKeys[k], k)] = v
		}
		c["device"] = full
	}
	c.expand(base)
	return c, nil
}

// fullKeys unabbreviates, also within the lists and records that a message may hold.
func fullKeys(raw map[string]any) config {
	c := make(config, len(raw))
	for k, v := range raw {
		full := unabbreviated(k)
		if list, ok := v.([]any); ok && full == "availability" {
			for i, x := range list {
				if m, ok := x.(map[string]any); ok {
					list[i] = map[string]any(fullKeys(m))
				}
			}
		}
		if m, ok := v.(map[string]any); ok && (full == "availability" || full == "origin") {
			v = map[string]any(fullKeys(m))
		}
		c[full] = v
	}
	return c
}

// expand fills in the base topic in every topic.
func (c config) expand(base string) {
	if base == "" {
		return
	}
	for k, v := range c {
		switch v := v.(type) {
		case string:
			if strings.HasSuffix(k, "topic") {
				c[k] = withBase(v, base)
			}
		case []any:
			for _, x := range v {
				if m, ok := x.(map[string]any); ok && k == "availability" {
					config(m).expand(base)
				}
			}
		}
	}
}

func withBase(topic, base string) string {
	if rest, ok := strings.CutPrefix(topic, "~"); ok {
		return base + rest
	}
	if rest, ok := strings.CutSuffix(topic, "~"); ok {
		return rest + base
	}
	return topic
}
