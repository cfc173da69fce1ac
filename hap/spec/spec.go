// Package spec holds the names and numbers of Apple-defined services and characteristics, and the shape in
// which an accessory describes itself.
//
// Use: Short(uuid) brings a type to its short form; ServiceType("Lightbulb") and CharacteristicType("On") give the short
// form of a name; ParseAccessories reads what /accessories answers.
//
// Source: HAP Specification R2, chapters 8 and 9, and the definitions that later iOS versions use.
package spec

import "strings"

// base is the end of every Apple-defined UUID.
const base = "-0000-1000-8000-0026BB765291"

var (
	serviceByName, serviceByUUID, charByName, charByUUID = map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	infrastructure                                       = map[string]bool{}
)

func init() {
	for _, s := range services {
		serviceByName[s.name], serviceByUUID[s.uuid], infrastructure[s.uuid] = s.uuid, s.name, s.infra
	}
	for _, c := range characteristics {
		charByName[c.name], charByUUID[c.uuid] = c.uuid, c.name
	}
}

// Short is the short form of a type: "25" for Apple's 00000025-0000-1000-8000-0026BB765291; a vendor's
// own UUID stays whole. Letters are upper case.
func Short(uuid string) string {
	u := strings.ToUpper(uuid)
	if short, ok := strings.CutSuffix(u, base); ok || len(u) <= 8 {
		if !ok {
			short = u
		}
		if short = strings.TrimLeft(short, "0"); short == "" {
			return "0"
		}
		return short
	}
	return u
}

// Vendor reports whether a short form is a vendor's own.
func Vendor(short string) bool { return len(short) > 8 }

// ServiceType is the type of a service by its name, "" when there is none.
func ServiceType(name string) string { return serviceByName[name] }

// ServiceName is the name of an Apple-defined service, "" for a vendor's.
func ServiceName(short string) string { return serviceByUUID[short] }

// Infrastructure reports whether an Apple-defined service is no device by itself.
func Infrastructure(short string) bool { return infrastructure[short] }

// CharacteristicType is the type of a characteristic by its name, "" when there is none.
func CharacteristicType(name string) string { return charByName[name] }

// CharacteristicName is the name of an Apple-defined characteristic, "" for a vendor's.
func CharacteristicName(short string) string { return charByUUID[short] }
