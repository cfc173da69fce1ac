package home

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// deviceID derives an opaque id from the source that the device is first seen through: the
// same thing gets the same id again even when the house's memory is lost. An id that stands
// for another thing, or once did and still leads to it, is not given again.
func (h *Home) deviceID(source model.SourceID) model.DeviceID {
	h.ownIndex()
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", source, n))
		id := model.DeviceID(strings.ToLower(base32.HexEncoding.EncodeToString(sum[:])[:10]))
		_, owned := h.st.DeviceIDs[id]
		_, live := h.deviceN[id]
		_, dormant := h.st.Dormant[id]
		if !owned && !live && !dormant {
			h.st.DeviceIDs[id] = source
			return id
		}
	}
}

// present finds the device that an id means now: one merged into another goes on by its old id too.
func present(devices map[model.DeviceID]int, dormant map[model.DeviceID]Dormant, id model.DeviceID) (int, bool) {
	i, ok := devices[id]
	if !ok {
		if d, merged := dormant[id]; merged {
			i, ok = devices[d.Into]
		}
	}
	return i, ok
}

// indexAliases makes the list of the ids that lead to each device beside its own, in order.
func (h *Home) indexAliases() {
	h.aliases = map[model.DeviceID][]model.DeviceID{}
	for _, id := range sortedKeys(h.st.Dormant) {
		into := h.st.Dormant[id].Into
		h.aliases[into] = append(h.aliases[into], id)
	}
}

// twins are the devices that share an identity of equal kind with the source, oldest first. A
// device that a person split from the source's own is none.
func (h *Home) twins(src *Source) []model.DeviceID {
	mine := []model.SourceID{src.Description.Source}
	if dev := h.device(src.Device); dev != nil && slices.Contains(dev.Sources, mine[0]) {
		mine = dev.Sources
	}
	var out []model.DeviceID
	for _, id := range src.Description.Identities {
		for _, other := range h.st.Identity[identityKey(id)] {
			o := h.source(other)
			if o == nil || slices.Contains(mine, other) || slices.Contains(out, o.Device) || h.apart(mine, h.device(o.Device).Sources) {
				continue
			}
			out = append(out, o.Device)
		}
	}
	slices.SortFunc(out, func(a, b model.DeviceID) int { return h.deviceN[a] - h.deviceN[b] })
	return out
}

// apart reports whether a person has split any of these sources from any of those.
func (h *Home) apart(a, b []model.SourceID) bool {
	if len(h.st.Apart) == 0 {
		return false
	}
	return slices.ContainsFunc(a, func(x model.SourceID) bool {
		return slices.ContainsFunc(b, func(y model.SourceID) bool { return h.st.Apart[pairKey(x, y)] })
	})
}

func pairKey(a, b model.SourceID) string {
	if b < a {
		a, b = b, a
	}
	return string(a) + " " + string(b)
}

func identityKey(id model.Identity) string { return string(id.Kind) + "=" + id.Value }

// normalIdentities brings addresses to one spelling and drops those that identify nothing.
func normalIdentities(ids []model.Identity) []model.Identity {
	var out []model.Identity
	for _, id := range ids {
		v := strings.ToLower(strings.TrimSpace(id.Value))
		if id.Kind == model.IdentityMAC || id.Kind == model.IdentityIEEE || id.Kind == model.IdentityHAP {
			v = strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimPrefix(v, "0x"))
		}
		if strings.Trim(v, "0") == "" || strings.Trim(v, "f") == "" || (id.Kind == model.IdentitySerial && !strings.Contains(v, "/")) {
			continue
		}
		out = append(out, model.Identity{Kind: id.Kind, Value: v})
	}
	return out
}

func (h *Home) indexIdentities(src *Source) {
	h.ownIndex()
	for _, id := range src.Description.Identities {
		k := identityKey(id)
		if !slices.Contains(h.st.Identity[k], src.Description.Source) {
			h.st.Identity[k] = append(slices.Clone(h.st.Identity[k]), src.Description.Source)
		}
	}
}

func (h *Home) forgetIdentities(src *Source) {
	h.ownIndex()
	for _, id := range src.Description.Identities {
		k := identityKey(id)
		rest := slices.DeleteFunc(slices.Clone(h.st.Identity[k]), func(s model.SourceID) bool { return s == src.Description.Source })
		if h.st.Identity[k] = rest; len(rest) == 0 {
			delete(h.st.Identity, k)
		}
	}
}
