package mqtt

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a topic or filter. MQTT allows 65,535 bytes and as many levels; the
// index of the embedded broker takes time quadratic in the levels (8 s of CPU for
// one message of 32,000), and no device in a home comes near these.
const (
	// MaxTopicBytes is the longest topic or filter, in bytes of UTF-8.
	MaxTopicBytes = 1024
	// MaxTopicLevels is the highest number of levels, which is one more than the slashes.
	MaxTopicLevels = 32
)

// CheckTopic reports whether a message may be published to topic: not empty, within
// the limits, UTF-8 without NUL, no wildcard, and not in the broker's own $ tree
// (MQTT 5.0 section 4.7). The error wraps [ErrTopic].
func CheckTopic(topic string) error {
	if err := checkText(topic); err != nil {
		return err
	}
	if strings.ContainsAny(topic, "+#") {
		return fmt.Errorf("%w %q: + and # are for subscriptions only", ErrTopic, topic)
	}
	if topic[0] == '$' {
		return fmt.Errorf("%w %q: topics that begin with $ belong to the broker", ErrTopic, topic)
	}
	return nil
}

// CheckFilter reports whether filter may be subscribed to: as [CheckTopic], but + may
// stand for one whole level and # for all levels at the end, and $ may begin it. Shared
// subscriptions ($share/...) are refused: in a home every subscriber wants every message.
func CheckFilter(filter string) error {
	if err := checkText(filter); err != nil {
		return err
	}
	first, _, _ := strings.Cut(filter, "/")
	if strings.EqualFold(first, "$share") {
		return fmt.Errorf("%w %q: shared subscriptions are not offered", ErrTopic, filter)
	}
	for rest, more := filter, true; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if len(level) > 1 && strings.ContainsAny(level, "+#") {
			return fmt.Errorf("%w %q: + and # must be a whole level", ErrTopic, filter)
		}
		if level == "#" && more {
			return fmt.Errorf("%w %q: # must be the last level", ErrTopic, filter)
		}
	}
	return nil
}

// checkText holds the rules that topics and filters share. Its errors do not quote the
// text, which may be long or unprintable.
func checkText(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%w: it is empty", ErrTopic)
	case len(s) > MaxTopicBytes:
		return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTopic, len(s), MaxTopicBytes)
	case strings.Count(s, "/") >= MaxTopicLevels:
		return fmt.Errorf("%w: more than %d levels", ErrTopic, MaxTopicLevels)
	case !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0:
		return fmt.Errorf("%w: not UTF-8 text without NUL", ErrTopic)
	}
	return nil
}

// Match reports whether topic matches filter by the rules of MQTT 5.0 section 4.7:
// "a/#" also matches "a", and a wildcard at the front never matches a $ topic. Both
// must be valid.
func Match(filter, topic string) bool {
	if wildFront(filter) && strings.HasPrefix(topic, "$") {
		return false
	}
	for {
		f, fRest, fMore := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		t, tRest, tMore := strings.Cut(topic, "/")
		if f != "+" && f != t {
			return false
		}
		if !tMore {
			return !fMore || fRest == "#"
		}
		if !fMore {
			return false
		}
		filter, topic = fRest, tRest
	}
}

func wildFront(filter string) bool { return filter != "" && (filter[0] == '+' || filter[0] == '#') }

func isWild(filter string) bool { return strings.ContainsAny(filter, "+#") }
