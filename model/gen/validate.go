package main

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// longTail are the capabilities whose attributes are not listed: each device has its own.
var longTail = map[string]bool{"setting": true, "measurement": true}

var (
	validName  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	types      = []string{"bool", "int", "float", "enum", "string", "time", "set", "list", "object"}
	accesses   = []string{"const", "read", "write", "write_only"}
	categories = []string{"", "config", "diagnostic"}
	ecosystems = []string{"matter", "hap", "google", "alexa", "smartthings", "miot", "ha", "z2m"}
)

// problems collects what is wrong with the spec.
type problems []error

func (ps *problems) check(ok bool, at place, format string, args ...any) {
	if !ok {
		*ps = append(*ps, at.errorf(format, args...))
	}
}

// validate returns everything that is wrong with the spec, each with its file and line.
func (s *spec) validate() error {
	var ps problems
	seen := map[string]bool{}
	for _, c := range s.capabilities {
		ps.check(validName.MatchString(c.ID), c.at.field("id"), "id %q: want lower case words joined by _", c.ID)
		ps.check(!seen[c.ID], c.at.field("id"), "id %q: there are two such capabilities", c.ID)
		seen[c.ID] = true
		s.validateCapability(&ps, c)
	}
	for _, d := range s.deviceTypes {
		validateDeviceType(&ps, d, seen)
	}
	types := map[string]bool{}
	for _, d := range s.deviceTypes {
		ps.check(!types[d.ID], d.at.field("id"), "id %q: there are two such device types", d.ID)
		types[d.ID] = true
	}
	return errors.Join(ps...)
}

func (s *spec) validateCapability(ps *problems, c capability) {
	ps.check(c.Version >= 1, c.at.field("version"), "version %d: want 1 or more", c.Version)
	ps.check(c.Tier >= 1 && c.Tier <= 3, c.at.field("tier"), "tier %d: want 1, 2 or 3", c.Tier)
	ps.text(c.at, "label", c.Label)
	ps.text(c.at, "about", c.About)
	ps.text(c.at, "group", c.group)
	ps.check(longTail[c.ID] || len(c.Attributes)+len(c.Commands)+len(c.Events) > 0, c.at, "%s: has no attribute, command or event", c.ID)
	ps.ecosystems(c.at, c.Names)
	used := map[string]bool{}
	s.validateProperties(ps, c.at.field("attributes"), c.Attributes)
	for _, a := range c.Attributes {
		used[a.Name] = true
	}
	commands := map[string]bool{}
	for i, k := range c.Commands {
		at := c.at.field("commands", i)
		ps.check(!commands[k.Name], at, "command %q: is there twice", k.Name)
		commands[k.Name] = true
		if k.isAction() {
			ps.unused(at, used, k.Name)
		}
		s.validateCommand(ps, at, c, k)
	}
	for i, e := range c.Events {
		at := c.at.field("events", i)
		ps.unused(at, used, e.Name)
		ps.check(validName.MatchString(e.Name), at, "event %q: want lower case words joined by _", e.Name)
		ps.text(at, "label", e.Label)
		s.validateProperties(ps, at.field("args"), e.Args)
	}
}

// unused holds that attributes, actions and events share one name space: "siren.active" is one thing.
func (ps *problems) unused(at place, used map[string]bool, name string) {
	ps.check(!used[name], at, "name %q: an attribute, action or event of the capability has it already", name)
	used[name] = true
}

func (ps *problems) text(at place, field string, w words) {
	ps.check(w[0] != "" && w[1] != "", at.field(field), "%s: want [English, 中文], got %q", field, w)
}

func (ps *problems) ecosystems(at place, names map[string]string) {
	for k, v := range names {
		ps.check(slices.Contains(ecosystems, k) && v != "", at.field("names", k), "names: %q: want one of %s, with a text", k, strings.Join(ecosystems, ", "))
	}
}

func (s *spec) validateProperties(ps *problems, at place, props []property) {
	seen := map[string]bool{}
	for i, p := range props {
		at := at.field(i)
		ps.check(validName.MatchString(p.Name), at.field("name"), "name %q: want lower case words joined by _", p.Name)
		ps.check(!seen[p.Name], at.field("name"), "name %q: is there twice", p.Name)
		seen[p.Name] = true
		ps.text(at, "label", p.Label)
		ps.check(slices.Contains(types, p.Type), at.field("type"), "type %q: want one of %s", p.Type, strings.Join(types, ", "))
		ps.check(slices.Contains(accesses, p.Access), at.field("access"), "access %q: want one of %s", p.Access, strings.Join(accesses, ", "))
		ps.check(slices.Contains(categories, p.Category), at.field("category"), "category %q: want config or diagnostic", p.Category)
		validateNumber(ps, at, p)
		s.validateOptions(ps, at, p)
		structured := p.Type == "list" || p.Type == "object"
		for _, f := range p.fieldPairs() {
			ps.check(structured && slices.Contains(types, f[1]), at.field("fields", f[0]), "fields: %s: %s: want a type, on a list or object", f[0], f[1])
		}
	}
}

func validateNumber(ps *problems, at place, p property) {
	numeric := p.Type == "int" || p.Type == "float"
	ps.check(numeric || (p.Unit == "" && p.Range == nil && p.Step == 0 && !p.Counter), at, "%s: a %s has no unit, range, step or counter", p.Name, p.Type)
	ps.check(len(p.Range) == 0 || len(p.Range) == 2, at.field("range"), "range: want [min, max]")
	low, high := p.limits()
	ps.check(low == nil || high == nil || *low < *high, at.field("range"), "range: the minimum is not below the maximum")
}

func (s *spec) validateOptions(ps *problems, at place, p property) {
	choice := p.Type == "enum" || p.Type == "set"
	if !choice {
		ps.check(len(p.Options) == 0 && !p.Open, at, "%s: a %s has no options", p.Name, p.Type)
		return
	}
	ps.check(p.Open != (len(p.Options) > 0), at, "%s: want options, or open: true when each device has its own", p.Name)
	seen := map[string]bool{}
	for _, o := range p.Options {
		ps.check(!seen[o], at.field("options"), "options: %q is there twice", o)
		seen[o] = true
		w, ok := s.optionLabel(p, o)
		ps.check(ok && w[0] != "" && w[1] != "", at.field("options"), "options: %q has no label: add it to words.yaml", o)
	}
	for w := range p.Words {
		ps.check(seen[w], at.field("words", w), "words: %q is not among the options", w)
	}
}

func (s *spec) validateCommand(ps *problems, at place, c capability, k command) {
	ps.check(validName.MatchString(k.Name), at, "command %q: want lower case words joined by _", k.Name)
	ps.text(at, "label", k.Label)
	s.validateProperties(ps, at.field("args"), k.Args)
	w := writes{ps: ps, at: at, capability: c, command: k, used: map[string]bool{"transition": true}}
	for _, name := range slices.Sorted(maps.Keys(k.Sets)) {
		w.set(name, k.Sets[name])
	}
	for _, name := range slices.Sorted(maps.Keys(k.Adds)) {
		w.add(name, k.Adds[name])
	}
	if k.Toggles != "" {
		w.attribute(at.field("toggles"), k.Toggles, "bool")
	}
	if k.isAction() {
		return
	}
	for i, a := range k.Args {
		ps.check(w.used[a.Name], at.field("args", i), "argument %q: nothing is set from it, so it would be lost", a.Name)
	}
}

// writes checks what a command does to attributes.
type writes struct {
	ps         *problems
	at         place
	capability capability
	command    command
	used       map[string]bool // arguments that reach the device
}

func (w writes) set(name string, value any) {
	at := w.at.field("sets", name)
	a, ok := w.attribute(at, name)
	ref, isText := value.(string)
	if !ok || !isText || !strings.HasPrefix(ref, "$") {
		return // the test of the generated catalogue checks literals with Property.Check
	}
	arg := w.argument(at, ref)
	w.ps.check(arg.Type == a.Type && slices.Equal(arg.Options, a.Options), at, "sets: %s: the argument's type or options are not the attribute's", name)
}

func (w writes) add(name, ref string) {
	at := w.at.field("adds", name)
	w.attribute(at, name, "int", "float")
	arg := w.argument(at, ref)
	w.ps.check(arg.Type == "int" || arg.Type == "float", at, "adds: %s: want a number argument such as $delta", name)
}

func (w writes) attribute(at place, name string, types ...string) (property, bool) {
	i := slices.IndexFunc(w.capability.Attributes, func(a property) bool { return a.Name == name })
	if i < 0 {
		w.ps.check(false, at, "command %s: %s has no attribute %q", w.command.Name, w.capability.ID, name)
		return property{}, false
	}
	a := w.capability.Attributes[i]
	w.ps.check(strings.HasPrefix(a.Access, "write"), at, "command %s: attribute %q cannot be written", w.command.Name, name)
	w.ps.check(len(types) == 0 || slices.Contains(types, a.Type), at, "command %s: attribute %q is of type %s", w.command.Name, name, a.Type)
	return a, true
}

func (w writes) argument(at place, ref string) property {
	name, ok := strings.CutPrefix(ref, "$")
	i := slices.IndexFunc(w.command.Args, func(a property) bool { return a.Name == name })
	if !ok || i < 0 {
		w.ps.check(false, at, "command %s: %q is none of its arguments", w.command.Name, ref)
		return property{}
	}
	w.used[name] = true
	return w.command.Args[i]
}

func validateDeviceType(ps *problems, d deviceType, capabilities map[string]bool) {
	ps.check(validName.MatchString(d.ID), d.at.field("id"), "id %q: want lower case words joined by _", d.ID)
	ps.text(d.at, "label", d.Label)
	ps.ecosystems(d.at, d.Names)
	ps.check(len(d.Required) > 0, d.at, "%s: requires no capability", d.ID)
	seen := map[string]bool{}
	for _, c := range slices.Concat(d.Required, d.Optional) {
		ps.check(capabilities[c], d.at, "%s: there is no capability %q", d.ID, c)
		ps.check(!seen[c], d.at, "%s: capability %q is there twice", d.ID, c)
		seen[c] = true
	}
}
