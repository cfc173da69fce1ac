package main

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/concord-home/hub/cmd/hub/internal/names"
	"go.yaml.in/yaml/v3"
)

// parseScene reads a scene's document. JSON is YAML, too.
func parseScene(text []byte) (map[string]any, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, usage("the scene is neither JSON nor YAML: %v", err)
	}
	if len(doc) == 0 {
		return nil, usage("the scene is empty")
	}
	if _, err := json.Marshal(doc); err != nil {
		return nil, usage("the scene holds what JSON cannot say: %v", err)
	}
	return doc, nil
}

// documentNames are the names in a scene's document, by language.
func documentNames(doc json.RawMessage) map[string]string {
	var d struct {
		Names map[string]string `json:"names"`
	}
	_ = json.Unmarshal(doc, &d) // one without names has none
	return d.Names
}

// references are the keys of a scene's document under which things are named, one or several,
// and the words that stand for no thing of their own.
var references = map[string]struct {
	kind string
	also []string
}{
	"device": {kind: "device"}, "devices": {kind: "device"},
	"room": {kind: "room"}, "rooms": {kind: "room"},
	"person": {kind: "person", also: []string{"anyone", "everyone"}}, "people": {kind: "person", also: []string{"anyone", "everyone"}},
}

// resolveNames puts ids in the place of the names by which people write scenes. A name must be
// given in full here: a file outlives the moment in which a part of a name was clear.
func (cl *client) resolveNames(ctx context.Context, doc map[string]any) error {
	known := map[string][]names.Thing{}
	lookup := func(kind, word string) (string, error) {
		things, ok := known[kind]
		if !ok {
			var err error
			if things, err = cl.things(ctx, kind); err != nil {
				return "", err
			}
			known[kind] = things
		}
		i, err := names.Exact(things, word)
		if err == nil && i < 0 {
			if i, err = names.Find(things, word); err == nil { // part of a name: suggest it
				err = &names.UnknownError{Query: word, Near: things[i : i+1]}
			}
		}
		if err != nil {
			return "", &lookupError{kind, err}
		}
		return things[i].ID, nil
	}
	return resolveIn(doc, lookup)
}

// resolveIn replaces the references in a document and all that it holds, but not in
// values that are set and arguments.
func resolveIn(doc map[string]any, lookup func(kind, word string) (string, error)) error {
	for key, v := range doc {
		if key == "set" || key == "args" || key == "names" {
			continue
		}
		ref, isRef := references[key]
		resolve := func(word string) (string, error) {
			if !isRef || slices.Contains(ref.also, word) {
				return word, nil
			}
			return lookup(ref.kind, word)
		}
		replaced, err := resolveValue(v, resolve, lookup)
		if err != nil {
			return err
		}
		doc[key] = replaced
	}
	return nil
}

func resolveValue(v any, resolve func(string) (string, error), lookup func(kind, word string) (string, error)) (any, error) {
	switch v := v.(type) {
	case string:
		return resolve(v)
	case map[string]any:
		return v, resolveIn(v, lookup)
	case []any:
		for i := range v {
			replaced, err := resolveValue(v[i], resolve, lookup)
			if err != nil {
				return nil, err
			}
			v[i] = replaced
		}
	}
	return v, nil
}

// things lists what can be named of a kind.
func (cl *client) things(ctx context.Context, kind string) ([]names.Thing, error) {
	switch kind {
	case "device":
		all, err := cl.devices(ctx)
		return thingsOf(all, deviceThing), err
	case "room":
		all, err := cl.rooms(ctx)
		return thingsOf(all, roomThing(cl.lang)), err
	default:
		all, err := cl.people(ctx)
		return thingsOf(all, personThing), err
	}
}

func thingsOf[T any](all []T, thing func(T) names.Thing) []names.Thing {
	out := make([]names.Thing, len(all))
	for i, x := range all {
		out[i] = thing(x)
	}
	return out
}
