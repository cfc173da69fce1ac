package shorthand

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
)

// Choice is one thing that can be asked of a part of a device: an attribute to set or a command.
type Choice struct {
	Endpoint  model.EndpointID
	Attribute *api.Attribute     // nil for a command
	Command   model.Attribute    // empty for an attribute
	Spec      *model.CommandSpec // of the command
}

// String names the choice in full: "on_off.on", "level.step".
func (c Choice) String() string {
	if c.Attribute != nil {
		return string(c.Attribute.Attribute)
	}
	return string(c.Command)
}

// own is the name without its capability.
func (c Choice) own() string { _, n := model.Attribute(c.String()).Split(); return n }

// Choices lists what can be asked of the device, or of one endpoint of it when given: the attributes
// that can be set, then the commands.
func Choices(d api.Device, endpoint model.EndpointID) []Choice {
	var settable, commands []Choice
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		if endpoint != "" && e.ID != endpoint {
			continue
		}
		for j := range e.Attributes {
			if a := &e.Attributes[j]; a.Access.CanWrite() {
				settable = append(settable, Choice{Endpoint: e.ID, Attribute: a})
			}
		}
		commands = append(commands, commandsOf(e)...)
	}
	return slices.Concat(settable, commands)
}

// commandsOf are the commands an endpoint takes: its actions, and those of the catalogue that
// change attributes which it has and which can be set.
func commandsOf(e *api.Endpoint) []Choice {
	var out []Choice
	seen := map[model.Capability]bool{}
	add := func(c model.Capability) {
		spec := model.LookupCapability(c)
		if spec == nil || seen[c] {
			return
		}
		seen[c] = true
		for i := range spec.Commands {
			name := model.Attribute(string(c) + "." + spec.Commands[i].Name)
			if slices.Contains(e.Actions, name) || changes(e, c, &spec.Commands[i]) {
				out = append(out, Choice{Endpoint: e.ID, Command: name, Spec: &spec.Commands[i]})
			}
		}
	}
	for _, a := range e.Attributes {
		add(a.Attribute.Capability())
	}
	for _, a := range e.Actions {
		add(a.Capability())
	}
	return out
}

// changes reports whether a command sets, toggles or adds to an attribute that the endpoint lets be set.
func changes(e *api.Endpoint, c model.Capability, spec *model.CommandSpec) bool {
	can := func(name string) bool {
		return slices.ContainsFunc(e.Attributes, func(a api.Attribute) bool {
			return a.Attribute == model.Attribute(string(c)+"."+name) && a.Access.CanWrite()
		})
	}
	if spec.Toggles != "" {
		return can(spec.Toggles)
	}
	for name := range spec.Sets {
		if can(name) {
			return true
		}
	}
	for name := range spec.Adds {
		if can(name) {
			return true
		}
	}
	return false
}

func capabilityOf(c Choice) string { return string(model.Attribute(c.String()).Capability()) }

// ordinary attributes are those of everyday use: no configuration, not of the long tail.
func (c Choice) ordinary() bool {
	return c.Attribute != nil && c.Attribute.Category == "" && !c.Attribute.Attribute.IsLongTail()
}

func (c Choice) labelled(word string) bool {
	var l model.Text
	switch {
	case c.Attribute == nil:
		l = c.Spec.Label
	case model.LookupAttribute(c.Attribute.Attribute) != nil:
		l = model.LookupAttribute(c.Attribute.Attribute).Label
	}
	shown := c.Attribute != nil && strings.EqualFold(c.Attribute.Label, word)
	return shown || strings.EqualFold(l.En, word) || l.Zh != "" && l.Zh == word
}

func (c Choice) takesAlone(word string) bool {
	a := c.Attribute
	switch a.Type {
	case model.TypeInt, model.TypeFloat:
		_, unit, ok := number(word)
		return ok && (unit == "" || sameUnit(unit, a.Unit))
	case model.TypeEnum:
		_, ok := member(a.Attribute, a.Options, word)
		return ok
	case model.TypeBool:
		_, ok := truths[strings.ToLower(word)]
		return ok
	}
	return false
}

// request makes the request of a choice and the words after its name.
func (c Choice) request(words []string) (api.CommandRequest, error) {
	r := api.CommandRequest{Endpoint: c.Endpoint}
	if c.Attribute == nil {
		args, err := c.arguments(words)
		r.Command, r.Args = c.Command, args
		return r, err
	}
	p := property(c.Attribute)
	if len(words) == 0 {
		return r, wrong("%s needs a value: %s", c, Expectation{p})
	}
	v, err := Value(p, p.Attribute, strings.Join(words, " "))
	r.Set = map[model.Attribute]json.RawMessage{p.Attribute: v}
	return r, err
}

func property(a *api.Attribute) *model.Property {
	return &model.Property{Attribute: a.Attribute, Type: a.Type, Unit: a.Unit, Min: a.Min, Max: a.Max, Options: a.Options}
}

// arguments reads name=value words, and values alone in the order of the command's arguments.
func (c Choice) arguments(words []string) (map[string]json.RawMessage, error) {
	args := map[string]json.RawMessage{}
	for i, w := range words {
		var spec *model.Property
		name, value, named := strings.Cut(w, "=")
		switch {
		case named:
			spec = c.argument(name)
		case i < len(c.Spec.Args):
			spec, value = &c.Spec.Args[i], w
		}
		if spec == nil {
			return nil, wrong("%s takes %s, not %q", c, c.usage(), w)
		}
		v, err := Value(spec, c.Command+"."+spec.Attribute, value)
		if err != nil {
			return nil, err
		}
		args[string(spec.Attribute)] = v
	}
	for _, a := range c.Spec.Args {
		if _, given := args[string(a.Attribute)]; !given && !a.Optional {
			return nil, wrong("%s needs %s", c, c.usage())
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	return args, nil
}

func (c Choice) argument(name string) *model.Property {
	for i := range c.Spec.Args {
		if strings.EqualFold(string(c.Spec.Args[i].Attribute), name) {
			return &c.Spec.Args[i]
		}
	}
	return nil
}

// usage says what arguments a command takes.
func (c Choice) usage() string {
	var out []string
	for _, a := range c.Spec.Args {
		s := fmt.Sprintf("%s=(%s)", a.Attribute, a.Expected())
		if a.Optional {
			s = "[" + s + "]"
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return "no argument"
	}
	return strings.Join(out, " ")
}
