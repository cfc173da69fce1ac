package homekit

import (
	"bytes"
	"errors"
	"net/http"
	"slices"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/tlv8"
)

// Permissions of a controller.
const (
	permissionUser  = 0
	permissionAdmin = 1
)

// pairings adds, removes and lists controllers; only administrators may.
func (c *conn) pairings(body []byte) answer {
	tlv := func(b []byte) answer { return answer{status: http.StatusOK, content: contentTLV, body: b} }
	m, err := tlv8.Parse(body)
	if err != nil || m.Byte(pairing.TagState) != 1 {
		return tlv(pairing.Refusal(2, pairing.CodeUnknown))
	}
	c.mu.Lock()
	who := c.controller
	c.mu.Unlock()
	if me, ok := c.s.controllerOf(who); !ok || !me.Admin {
		return tlv(pairing.Refusal(2, pairing.CodeAuthentication))
	}
	done := tlv8.Items{{Type: pairing.TagState, Value: []byte{2}}}.Bytes()
	switch m.Byte(pairing.TagMethod) {
	case pairing.MethodList:
		return tlv(c.s.list())
	case pairing.MethodAdd:
		err = c.s.addController(controller{ID: string(m.Get(pairing.TagIdentifier)), Public: m.Get(pairing.TagPublicKey), Admin: m.Byte(pairing.TagPermissions)&permissionAdmin != 0})
	case pairing.MethodRemove:
		a := tlv(done)
		gone, err := c.s.removeController(string(m.Get(pairing.TagIdentifier)))
		if err != nil {
			return tlv(pairing.Refusal(2, pairing.CodeUnknown))
		}
		a.after = func() error {
			c.s.closeConns(func(x *conn) bool {
				x.mu.Lock()
				defer x.mu.Unlock()
				return slices.Contains(gone, x.controller) && !x.stranger.Load()
			})
			return nil
		}
		return a
	default:
		err = pairing.CodeUnknown
	}
	var code pairing.Code
	switch {
	case errors.As(err, &code):
		return tlv(pairing.Refusal(2, code))
	case err != nil:
		return tlv(pairing.Refusal(2, pairing.CodeUnknown))
	}
	return tlv(done)
}

// list is the answer that names all controllers.
func (s *server) list() []byte {
	out := tlv8.Items{{Type: pairing.TagState, Value: []byte{2}}}
	for i, x := range s.record().Controllers {
		if i > 0 {
			out = append(out, tlv8.Item{Type: pairing.TagSeparator})
		}
		permission := byte(permissionUser)
		if x.Admin {
			permission = permissionAdmin
		}
		out = append(out, tlv8.Item{Type: pairing.TagIdentifier, Value: []byte(x.ID)}, tlv8.Item{Type: pairing.TagPublicKey, Value: x.Public},
			tlv8.Item{Type: pairing.TagPermissions, Value: []byte{permission}})
	}
	return out.Bytes()
}

// addController adds a controller, or changes the rights of a known one.
func (s *server) addController(x controller) error {
	if x.ID == "" || len(x.ID) > 64 || len(x.Public) != 32 {
		return pairing.CodeUnknown
	}
	x.Public = bytes.Clone(x.Public)
	return s.change(func(r *bridgeRecord) error {
		i := slices.IndexFunc(r.Controllers, func(o controller) bool { return o.ID == x.ID })
		switch {
		case i >= 0 && !bytes.Equal(r.Controllers[i].Public, x.Public):
			return pairing.CodeUnknown
		case i >= 0:
			r.Controllers[i].Admin = x.Admin
		case len(r.Controllers) >= maxControllers:
			return pairing.CodeMaxPeers
		default:
			r.Controllers = append(r.Controllers, x)
		}
		return nil
	})
}

// removeController removes a controller; removing one that is not there is no error. With the last administrator all go.
func (s *server) removeController(id string) (gone []string, err error) {
	err = s.change(func(r *bridgeRecord) error {
		rest := slices.DeleteFunc(slices.Clone(r.Controllers), func(o controller) bool { return o.ID == id })
		if !slices.ContainsFunc(rest, func(o controller) bool { return o.Admin }) {
			rest = nil
		}
		for _, o := range r.Controllers {
			if !slices.ContainsFunc(rest, func(x controller) bool { return x.ID == o.ID }) {
				gone = append(gone, o.ID)
			}
		}
		r.Controllers = rest
		return nil
	})
	return gone, err
}
