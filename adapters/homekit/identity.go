package homekit

import (
	"regexp"
	"strings"

	"github.com/concord-home/hub/model"
)

var (
	ieeeSerial = regexp.MustCompile(`^(0[xX])?[0-9A-Fa-f]{16}$|^([0-9A-Fa-f]{2}[:-]){7}[0-9A-Fa-f]{2}$`)
	macSerial  = regexp.MustCompile(`^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$`)
	anySerial  = regexp.MustCompile(`[0-9]`)
)

// identities are what a serial number proves. Many programs make one up for all their accessories: what has no
// digit, or is short, is none.
func identities(vendor, serial string) []model.Identity {
	switch {
	case ieeeSerial.MatchString(serial):
		return []model.Identity{{Kind: model.IdentityIEEE, Value: serial}}
	case macSerial.MatchString(serial):
		return []model.Identity{{Kind: model.IdentityMAC, Value: serial}}
	case len(serial) >= 6 && anySerial.MatchString(serial) && strings.Trim(serial, serial[:1]) != "" && vendor != "":
		return []model.Identity{{Kind: model.IdentitySerial, Value: vendor + "/" + serial}}
	}
	return nil
}
