// Package shorthand turns what a person types after a device's name ("on", "level 40",
// "thermostat.heat_setpoint 21.5", "step delta=-10") into a command request, by what the device can do.
//
// Use: Request(device, endpoint, words). A short form is taken only where it can mean one
// thing; else the error lists what it might mean. Values are read by the attribute's type here
// and checked against its range by the hub.
package shorthand

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
)

// Error says what cannot be understood and what could be said instead. It is a mistake of
// usage: nothing was asked of the hub. Format is English, for [fmt.Sprintf] with Args; who speaks
// another language looks it up there.
type Error struct {
	Format string
	Args   []any
}

func (e *Error) Error() string { return fmt.Sprintf(e.Format, e.Args...) }

func wrong(format string, args ...any) error { return &Error{format, args} }

// Expectation is an argument of an [Error]: what a value must be.
type Expectation struct{ Property *model.Property }

// String says it in English.
func (e Expectation) String() string { return e.Property.Expected() }

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

// Request reads words: a full name and a value or arguments; a short name and a value; a command; or a value alone.
func Request(d api.Device, endpoint model.EndpointID, words []string) (api.CommandRequest, error) {
	if len(words) == 0 {
		return api.CommandRequest{}, wrong("say what to set: %s", sayable(Choices(d, endpoint)))
	}
	all := Choices(d, endpoint)
	named := byName(all, words[0], len(words)-1)
	if len(named) > 0 {
		c, err := one(d, endpoint, words, named)
		if err != nil {
			return api.CommandRequest{}, err
		}
		return c.request(words[1:])
	}
	if a := readOnly(d, endpoint, words[0]); a != "" {
		return api.CommandRequest{}, wrong("%s of %s can be read, not set", a, d.Name)
	}
	if len(words) == 1 {
		return byValue(d, endpoint, all, words[0])
	}
	return api.CommandRequest{}, wrong("%s has no %q that can be set; it has %s", d.Name, words[0], sayable(all))
}

// byName finds what a name may mean, the closest way of naming first: in full, by an attribute's or command's own
// name or label, by a capability with one ordinary attribute. An attribute needs a value;
// of a command and an attribute of one name the number of words decides.
func byName(all []Choice, word string, values int) []Choice {
	for _, matches := range []func(Choice) bool{
		func(c Choice) bool { return strings.EqualFold(c.String(), word) },
		func(c Choice) bool { return strings.EqualFold(c.own(), word) || c.labelled(word) },
		func(c Choice) bool { return c.ordinary() && strings.EqualFold(capabilityOf(c), word) },
	} {
		found := filter(all, matches)
		if fitting := filter(found, func(c Choice) bool { return (c.Attribute != nil) == (values > 0) }); len(fitting) > 0 {
			return preferAttribute(fitting)
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// preferAttribute drops settings that are out of the way where an ordinary attribute has the name, too.
func preferAttribute(found []Choice) []Choice {
	if plain := filter(found, func(c Choice) bool { return c.Attribute == nil || c.ordinary() }); len(plain) > 0 {
		return plain
	}
	return found
}

func filter(all []Choice, keep func(Choice) bool) []Choice {
	var out []Choice
	for _, c := range all {
		if keep(c) {
			out = append(out, c)
		}
	}
	return out
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

// one picks the only thing meant. Without an endpoint the main one counts before the others;
// other parts have to be named.
func one(d api.Device, endpoint model.EndpointID, words []string, found []Choice) (Choice, error) {
	if len(found) > 1 && endpoint == "" {
		if main := filter(found, func(c Choice) bool { return c.Endpoint == model.MainEndpoint }); len(main) > 0 {
			found = main
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if !slices.ContainsFunc(found, func(c Choice) bool { return c.String() != found[0].String() }) {
		parts := make([]string, len(found))
		for i, c := range found {
			parts[i] = fmt.Sprintf("%s@%s", d.Name, c.Endpoint)
		}
		return Choice{}, wrong("%s has several parts that take %q; say which: %s", d.Name, words[0], strings.Join(parts, ", "))
	}
	return Choice{}, wrong("%q may mean %s; say which", words[0], sayable(found))
}

// sayable lists names once each.
func sayable(all []Choice) string {
	var out []string
	for _, c := range all {
		if s := c.String(); !slices.Contains(out, s) && (c.Attribute == nil || c.ordinary()) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return "nothing that can be set"
	}
	return strings.Join(out, ", ")
}

// readOnly finds an attribute that is meant but cannot be set; "" when there is none.
func readOnly(d api.Device, endpoint model.EndpointID, word string) model.Attribute {
	for _, e := range d.Endpoints {
		for _, a := range e.Attributes {
			_, own := a.Attribute.Split()
			if (endpoint == "" || e.ID == endpoint) && (strings.EqualFold(string(a.Attribute), word) || strings.EqualFold(own, word)) {
				return a.Attribute
			}
		}
	}
	return ""
}

// byValue reads a value alone: a number with a unit, or without one where one number can be
// set; a member of one enum; a truth where there is one.
func byValue(d api.Device, endpoint model.EndpointID, all []Choice, word string) (api.CommandRequest, error) {
	found := filter(all, func(c Choice) bool { return c.ordinary() && c.takesAlone(word) })
	if len(found) == 0 {
		return api.CommandRequest{}, wrong("%s has nothing to which %q can be set; it has %s", d.Name, word, sayable(all))
	}
	c, err := one(d, endpoint, []string{word}, found)
	if err != nil {
		return api.CommandRequest{}, err
	}
	return c.request([]string{word})
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
