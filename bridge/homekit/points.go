package homekit

import (
	"cmp"
	"slices"
	"strings"

	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// points are the points of those characteristics that an endpoint has.
func (b *builder) points(d *home.Device, e *model.EndpointDescription, maps []charMap) []*point {
	var out []*point
	for _, m := range maps {
		if p := b.point(d, e.ID, m); p != nil {
			out = append(out, p)
		}
	}
	return out
}

// compose adds a service of some points.
func (b *builder) compose(key, typ string, points []*point) *service.S {
	s := service.New(typ)
	for _, p := range points {
		s.AddC(p.c)
	}
	b.add(key, s, points)
	return s
}

// fixed is a characteristic that never changes, and cannot be written.
func fixed(from *characteristic.C, v int) *point {
	c := pattern(from)
	c.Val, c.Permissions = v, []string{characteristic.PermissionRead}
	return &point{c: c, read: func(*home.View) (any, int) { return v, statusOK }}
}

// configuredName is a name that Home lets people change; what they call it there is kept apart from the house's name.
func (b *builder) configuredName(key, name string) *point {
	c, n := pattern(characteristic.NewConfiguredName().C), b.n
	called := func() string { return cmp.Or(n.name(key), name) }
	c.Val = called()
	return &point{c: c,
		read: func(*home.View) (any, int) { return called(), statusOK },
		write: func(_ *home.View, v any) (ask, int) {
			text, _ := v.(string)
			if text = strings.TrimSpace(text); text == "" || len(text) > 64 {
				return ask{}, statusInvalid
			}
			return ask{keep: func() error { return n.rename(key, text) }}, statusOK
		}}
}

// pattern is a characteristic of one's own after the library's.
func pattern(from *characteristic.C) *characteristic.C {
	c := characteristic.New()
	c.Type, c.Permissions, c.Description, c.Val, c.Format, c.Unit = from.Type, slices.Clone(from.Permissions), from.Description, from.Val, from.Format, from.Unit
	c.MaxLen, c.MaxVal, c.MinVal, c.StepVal = from.MaxLen, from.MaxVal, from.MinVal, from.StepVal
	c.ValidVals, c.ValidRange = slices.Clone(from.ValidVals), slices.Clone(from.ValidRange)
	if c.Format == characteristic.FormatInt32 {
		c.Format = "int" // as the specification writes it (table 6-5)
	}
	return c
}

// title is a service's name characteristic.
func title(text string) *point {
	c := pattern(characteristic.NewName().C)
	c.Val = text
	return &point{c: c, read: func(*home.View) (any, int) { return text, 0 }}
}
