package accounts

import (
	"errors"
	"testing"

	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/store"
)

func TestCoversComparesFiltersLevelByLevel(t *testing.T) {
	for _, tc := range []struct {
		wide, narrow string
		want         bool
	}{
		{"zigbee2mqtt/#", "zigbee2mqtt/lamp/set", true},
		{"zigbee2mqtt/#", "zigbee2mqtt", true},
		{"zigbee2mqtt/#", "#", false},
		{"zigbee2mqtt/#", "+/lamp", false},
		{"zigbee2mqtt/#", "zigbee2mqttx/lamp", false},
		{"a/+/c", "a/b/c", true},
		{"a/+/c", "a/+/c", true},
		{"a/+/c", "a/#", false},
		{"a/+/c", "a/b", false},
		{"a/b", "a/b/c", false},
	} {
		if got := covers(tc.wide, tc.narrow); got != tc.want {
			t.Errorf("covers(%q, %q) = %v", tc.wide, tc.narrow, got)
		}
	}
}

func TestAccountsSurviveAndKeepToTheirTopics(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	password, err := a.Make(t.Context(), "zigbee2mqtt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, err = Load(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	hash, ok := a.Lookup("zigbee2mqtt")
	right, _ := mqtt.CheckPassword(hash, password)
	wrong, _ := mqtt.CheckPassword(hash, password+"x")
	if !ok || !right || wrong {
		t.Error("the password made must be the one that fits, and no other")
	}
	if !a.Allow("zigbee2mqtt", "zigbee2mqtt/bridge/state", true) || a.Allow("zigbee2mqtt", "owntracks/li/phone", false) || a.Allow("nobody", "zigbee2mqtt/x", true) {
		t.Error("an account reaches its own topics only")
	}
	if err := a.Remove(t.Context(), "zigbee2mqtt"); err != nil {
		t.Error(err)
	}
	if err := a.Remove(t.Context(), "zigbee2mqtt"); !errors.Is(err, ErrNone) {
		t.Errorf("removing nobody: %v", err)
	}
}

func TestBadNamesAndTopicsAreRefused(t *testing.T) {
	a := &Accounts{all: map[string]record{}}
	for _, name := range []string{"", "a/b", "a b", "a#"} {
		if _, err := a.Make(t.Context(), name, nil); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	if _, err := a.Make(t.Context(), "x", []string{"a/#/b"}); err == nil {
		t.Error("a bad filter was taken")
	}
}
