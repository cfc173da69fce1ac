package mqttdiscovery

import (
	"regexp"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

func connections(d config) (out [][2]string) {
	list, _ := d["connections"].([]any)
	for _, x := range list {
		if pair, ok := x.([]any); ok && len(pair) == 2 {
			kind, _ := pair[0].(string)
			value, _ := pair[1].(string)
			if value != "" {
				out = append(out, [2]string{kind, value})
			}
		}
	}
	return out
}

var (
	ieeeIn = regexp.MustCompile(`0x([0-9a-fA-F]{16})(?:$|[^0-9a-fA-F])`)
	macIn  = regexp.MustCompile(`(?:^|[-_ ])([0-9A-Fa-f]{12})$`)
	macAll = regexp.MustCompile(`^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$`)
)

// identities finds the addresses in what a device says of itself.
func identities(d config) (out []model.Identity) {
	add := func(kind model.IdentityKind, value string) {
		if id := (model.Identity{Kind: kind, Value: value}); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, c := range connections(d) {
		switch {
		case c[0] == "mac":
			add(model.IdentityMAC, c[1])
		case c[0] == "zigbee":
			add(model.IdentityIEEE, c[1])
		}
	}
	for _, s := range d.list("identifiers") {
		if m := ieeeIn.FindStringSubmatch(s); m != nil {
			add(model.IdentityIEEE, m[1])
		} else if m := macIn.FindStringSubmatch(s); m != nil {
			add(model.IdentityMAC, m[1])
		} else if macAll.MatchString(s) {
			add(model.IdentityMAC, s)
		}
	}
	if sn, mf := d.text("serial_number"), d.text("manufacturer"); sn != "" && mf != "" {
		add(model.IdentitySerial, strings.ToLower(mf)+"/"+sn)
	}
	return out
}
