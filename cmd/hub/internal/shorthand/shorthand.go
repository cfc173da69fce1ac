// Package shorthand turns what a person types after a device's name ("on", "level 40",
// "thermostat.heat_setpoint 21.5", "step delta=-10") into a command request, by what the device can do.
//
// Use: Request(device, endpoint, words). A short form is taken only where it can mean one
// thing; else the error lists what it might mean. Values are read by the attribute's type here
// and checked against its range by the hub.
package shorthand

import (
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
