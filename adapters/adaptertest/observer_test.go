package adaptertest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

func plug(props ...model.Property) model.Description {
	return model.Description{Source: "x/1", Name: "Plug", Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Properties: props}}}
}

func TestEachBreachOfTheContractIsNamed(t *testing.T) {
	on := *model.LookupAttribute(model.AttrOnOffOn)
	reading := func(a model.Attribute, v model.Value) []model.Reading {
		return []model.Reading{{Endpoint: model.MainEndpoint, Attribute: a, Value: v}}
	}
	for _, tt := range []struct {
		rule adaptertest.Rule
		tell func(h adapters.Hub)
	}{
		{"", func(h adapters.Hub) {
			h.Describe(plug(on))
			h.Report("x/1", reading(model.AttrOnOffOn, model.Bool(true)))
			h.Reachable("x/1", false, "unplugged")
			h.Outcome("c1", model.Outcome{Status: model.Acked})
			h.Gone("x/1", "")
		}},
		{adaptertest.RuleOwnSource, func(h adapters.Hub) { h.Describe(model.Description{Source: "y/1"}) }},
		{adaptertest.RuleDescribed, func(h adapters.Hub) { h.Report("x/1", reading(model.AttrOnOffOn, model.Bool(true))) }},
		{adaptertest.RuleInDescription, func(h adapters.Hub) {
			h.Describe(plug(on))
			h.Report("x/1", reading(model.AttrLevelLevel, model.Number(1)))
		}},
		{adaptertest.RuleInDescription, func(h adapters.Hub) {
			h.Describe(plug(on))
			h.Happened(model.Happening{Source: "x/1", Endpoint: model.MainEndpoint, Event: "button.press"})
		}},
		{adaptertest.RuleInRange, func(h adapters.Hub) {
			h.Describe(plug(on))
			h.Report("x/1", reading(model.AttrOnOffOn, model.Number(1)))
		}},
		{adaptertest.RuleCatalogue, func(h adapters.Hub) {
			h.Describe(plug(model.Property{Attribute: "on_off.colour", Type: model.TypeString}))
		}},
		{adaptertest.RuleWhy, func(h adapters.Hub) { h.Describe(plug(on)); h.Reachable("x/1", false, "") }},
		{adaptertest.RuleOneOutcome, func(h adapters.Hub) {
			h.Outcome("c1", model.Outcome{Status: model.Acked})
			h.Outcome("c1", model.Outcome{Status: model.Acked})
		}},
		{adaptertest.RuleOneOutcome, func(h adapters.Hub) { h.Outcome("c1", model.Outcome{Status: model.Confirmed}) }},
	} {
		o := adaptertest.NewObserver("x")
		tt.tell(o)
		got := o.Violations()
		if tt.rule == "" && len(got) > 0 || tt.rule != "" && !slices.ContainsFunc(got, func(v adaptertest.Violation) bool {
			return v.Rule == tt.rule && strings.Contains(v.String(), string(tt.rule))
		}) {
			t.Errorf("%v, expected %q", got, tt.rule)
		}
	}
}

func TestWhoWaitsIsToldOfEachChange(t *testing.T) {
	o := adaptertest.NewObserver("x")
	go o.Describe(plug(*model.LookupAttribute(model.AttrOnOffOn)))
	if !o.Wait(t.Context(), func() bool { return len(o.Sources()) == 1 }) {
		t.Error("never told")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o.Wait(ctx, func() bool { return false }) {
		t.Error("it came true")
	}
}
