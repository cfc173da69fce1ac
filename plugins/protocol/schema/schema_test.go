package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/protocol/schema"
)

func TestMessagesAreCheckedMemberByMember(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ method, params, want string }{
		{"device/put", `{"id":"7","name":"Plug","capabilities":["on_off"],"later":1}`, ""},
		{"device/put", `{"id":"7"}`, "lacks name"},
		{"device/put", `{"id":"a b","name":"x"}`, "id"},
		{"device/put", `{"id":"7","name":"x","properties":[{"attribute":"on_off.on","min":"a"}]}`, "properties.0.min"},
		{"state/report", `{"device":"7","values":{"on_off.on":true,"temperature.temperature":null}}`, ""},
		{"state/report", `{"device":"7","values":[1]}`, "values"},
		{"log", `{"level":"loud","message":"x"}`, "level"},
		{"nonsense", `{}`, "has no"},
	} {
		err := s.Params(tt.method, json.RawMessage(tt.params))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s %s: %v, want %q", tt.method, tt.params, err, tt.want)
		}
	}
	if err := s.Result("initialize", json.RawMessage(`{"protocol":1,"plugin":"acme"}`)); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("%v", err)
	}
}

func TestEveryMethodHasItsSchemas(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range protocol.Methods {
		b, err := json.Marshal(m.Params)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Params(m.Name, b); err != nil && strings.Contains(err.Error(), "has no") {
			t.Error(err)
		}
		if m.Result != nil {
			if err := s.Result(m.Name, json.RawMessage(`{}`)); err != nil && strings.Contains(err.Error(), "has no") {
				t.Error(err)
			}
		}
	}
}
