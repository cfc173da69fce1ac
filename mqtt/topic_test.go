package mqtt

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCheckTopicAndFilter(t *testing.T) {
	tests := []struct {
		text          string
		topic, filter bool
	}{
		{"a", true, true},
		{"/", true, true},
		{"zigbee2mqtt/Küche 1/set", true, true},
		{topicOfLevels(MaxTopicLevels), true, true},
		{topicOfLevels(MaxTopicLevels + 1), false, false},
		{strings.Repeat("x", MaxTopicBytes), true, true},
		{strings.Repeat("x", MaxTopicBytes+1), false, false},
		{"", false, false},
		{"a\x00", false, false},
		{"\xff", false, false},
		{"#", false, true},
		{"+/+/#", false, true},
		{"a/+/b", false, true},
		{"a+/b", false, false},
		{"a/#/b", false, false},
		{"a#", false, false},
		{"##", false, false},
		{"$SYS/x", false, true},
		{"$share/g/a", false, false},
		{"$Share/g/a", false, false},
	}
	for _, tt := range tests {
		if err := CheckTopic(tt.text); (err == nil) != tt.topic || err != nil && !errors.Is(err, ErrTopic) {
			t.Errorf("CheckTopic(%.40q) = %v", tt.text, err)
		}
		if err := CheckFilter(tt.text); (err == nil) != tt.filter || err != nil && !errors.Is(err, ErrTopic) {
			t.Errorf("CheckFilter(%.40q) = %v", tt.text, err)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/b/c", "a/b", false},
		{"a/+", "a/b", true},
		{"a/+", "a", false},
		{"a/+", "a/", true},
		{"+", "/a", false},
		{"+/+", "/a", true},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"a/#", "ab", false},
		{"+/#", "a", true},
		{"#", "a/b", true},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true},
	}
	for _, tt := range tests {
		if got := Match(tt.filter, tt.topic); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.filter, tt.topic, got)
		}
	}
}

// The embedded broker must deliver to the hub's own handlers exactly what Match says,
// live and retained.
func TestBrokerDeliversWhatMatches(t *testing.T) {
	level := rapid.SampledFrom([]string{"a", "b", ""})
	topics := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(level, 1, 4).Draw(t, "levels"), "/")
	}).Filter(func(s string) bool { return CheckTopic(s) == nil })
	filters := rapid.Custom(func(t *rapid.T) string {
		levels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "", "+"}), 0, 4).Draw(t, "levels")
		if rapid.Bool().Draw(t, "hash") {
			levels = append(levels, "#")
		}
		return strings.Join(levels, "/")
	}).Filter(func(s string) bool { return CheckFilter(s) == nil })
	rapid.Check(t, func(t *rapid.T) {
		filter, topic := filters.Draw(t, "filter"), topics.Draw(t, "topic")
		b, err := NewBroker(BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		var live, retained int
		if _, err := b.Subscribe(filter, func(Message) { live++ }); err != nil {
			t.Fatal(err)
		}
		if err := b.Publish(topic, []byte("x"), true, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Subscribe(filter, func(Message) { retained++ }); err != nil {
			t.Fatal(err)
		}
		want := 0
		if Match(filter, topic) {
			want = 1
		}
		if live != want || retained != want {
			t.Errorf("%d live, %d retained, want %d", live, retained, want)
		}
	})
}

func FuzzTopic(f *testing.F) {
	f.Add("a/+/#", "a/b/c")
	f.Add("#", "$SYS")
	f.Fuzz(func(t *testing.T, filter, topic string) {
		if CheckTopic(topic) == nil {
			if !utf8.ValidString(topic) || len(topic) > MaxTopicBytes || CheckFilter(topic) != nil || !Match(topic, topic) {
				t.Errorf("topic %q", topic)
			}
			if CheckFilter(filter) == nil {
				Match(filter, topic)
			}
		}
	})
}
