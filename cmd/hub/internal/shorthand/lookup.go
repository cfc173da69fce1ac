package shorthand

import (
	"errors"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/concord-home/hub/model"
)

// Endpoint finds a part of a device by id or label.
func Endpoint(d api.Device, word string) (model.EndpointID, error) {
	things := make([]names.Thing, len(d.Endpoints))
	for i, e := range d.Endpoints {
		things[i] = names.Thing{ID: string(e.ID), Names: []string{string(e.ID)}}
		if e.Label != "" {
			things[i].Names = append(things[i].Names, e.Label)
		}
	}
	i, err := names.Find(things, word)
	if err != nil {
		return "", err
	}
	return d.Endpoints[i].ID, nil
}

// Readable is an attribute of a device with its part.
type Readable struct {
	Endpoint  model.EndpointID
	Attribute api.Attribute
}

// Attribute finds an attribute by its full name, its own name, its capability's or its label,
// in all the device or in one endpoint. Of equal ones the main endpoint's is meant.
func Attribute(d api.Device, endpoint model.EndpointID, word string) (Readable, error) {
	var all []Readable
	for _, e := range d.Endpoints {
		for _, a := range e.Attributes {
			if endpoint == "" || e.ID == endpoint {
				all = append(all, Readable{e.ID, a})
			}
		}
	}
	for _, matches := range []func(Readable) bool{
		func(r Readable) bool { return strings.EqualFold(string(r.Attribute.Attribute), word) },
		func(r Readable) bool {
			_, own := r.Attribute.Attribute.Split()
			return strings.EqualFold(own, word) || r.labelled(word)
		},
		func(r Readable) bool {
			return strings.EqualFold(string(r.Attribute.Attribute.Capability()), word) && r.Attribute.Category == ""
		},
	} {
		found, err := onlyReadable(all, word, matches)
		if found != nil || err != nil {
			return deref(found), err
		}
	}
	return Readable{}, unknownAttribute(all, word)
}

func deref(r *Readable) Readable {
	if r == nil {
		return Readable{}
	}
	return *r
}

func (r Readable) labelled(word string) bool {
	if strings.EqualFold(r.Attribute.Label, word) {
		return true
	}
	p := model.LookupAttribute(r.Attribute.Attribute)
	return p != nil && (strings.EqualFold(p.Label.En, word) || p.Label.Zh == word)
}

// onlyReadable finds the one attribute that matches; nil when there is none.
func onlyReadable(all []Readable, word string, matches func(Readable) bool) (*Readable, error) {
	var found []Readable
	for _, r := range all {
		if matches(r) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	best := &found[0]
	var others []string
	for i := range found {
		if found[i].Endpoint == model.MainEndpoint && best.Endpoint != model.MainEndpoint {
			best = &found[i]
		}
		others = append(others, string(found[i].Attribute.Attribute)+"@"+string(found[i].Endpoint))
	}
	for _, r := range found {
		if r.Attribute.Attribute != best.Attribute.Attribute || best.Endpoint != model.MainEndpoint && r.Endpoint != best.Endpoint {
			return nil, wrong("%q may mean %s; say which", word, strings.Join(others, ", "))
		}
	}
	return best, nil
}

func unknownAttribute(all []Readable, word string) error {
	var things []names.Thing
	for _, r := range all {
		_, own := r.Attribute.Attribute.Split()
		things = append(things, names.Thing{ID: string(r.Attribute.Attribute), Names: []string{string(r.Attribute.Attribute), own, r.Attribute.Label}})
	}
	i, err := names.Find(things, word)
	if err == nil { // only part of one attribute's name: near enough to suggest, too little to take
		return &names.UnknownError{Query: word, Near: things[i : i+1]}
	}
	var several *names.AmbiguousError
	if errors.As(err, &several) {
		return &names.UnknownError{Query: word, Near: several.Candidates}
	}
	return err
}
