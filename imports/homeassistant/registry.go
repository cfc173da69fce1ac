package homeassistant

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"

	"github.com/concord-home/hub/model"
)

// The registries as .storage holds them, reduced to what a house can use.
type (
	// Area is a room.
	Area struct {
		ID   string `json:"area_id"`
		Old  string `json:"id"` // before 2023
		Name string `json:"name"`
	}
	// Device is a thing.
	Device struct {
		ID          string     `json:"id"`
		Area        string     `json:"area_id"`
		Name        string     `json:"name"`
		NameByUser  string     `json:"name_by_user"`
		Maker       string     `json:"manufacturer"`
		Serial      string     `json:"serial_number"`
		Identifiers [][]string `json:"identifiers"`
		Connections [][]string `json:"connections"`
	}
	// Entity is one function of a thing.
	Entity struct {
		ID            string `json:"entity_id"`
		Registry      string `json:"id"` // by which device triggers name it since 2023
		Device        string `json:"device_id"`
		Unique        string `json:"unique_id"`
		Area          string `json:"area_id"`
		Platform      string `json:"platform"`
		Name          string `json:"name"`
		OriginalName  string `json:"original_name"`
		Class         string `json:"device_class"`
		OriginalClass string `json:"original_device_class"`
		Unit          string `json:"unit_of_measurement"`
	}
)

// name is the device's name as its household knows it.
func (d Device) name() string {
	if d.NameByUser != "" {
		return d.NameByUser
	}
	return d.Name
}

// class is the entity's device class, the household's choice first.
func (e Entity) class() string {
	if e.Class != "" {
		return e.Class
	}
	return e.OriginalClass
}

// domain is the kind of an entity: "light" of "light.hall".
func domain(entity string) string { d, _, _ := strings.Cut(entity, "."); return d }

// registries reads what .storage holds and reports whether there was anything.
func (r reader) registries() (found bool) {
	load := func(name string, into any) {
		b, err := r.file(".storage/" + name)
		if err == nil {
			found = true
			err = json.Unmarshal(b, &struct {
				Data any `json:"data"`
			}{into})
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.c.note(Failed, name, "import.file", err.Error())
		}
	}
	load("core.area_registry", &struct {
		Areas *[]Area `json:"areas"`
	}{&r.c.Areas})
	var devices struct {
		Devices []json.RawMessage `json:"devices"`
	}
	load("core.device_registry", &devices)
	for _, raw := range devices.Devices {
		if d, ok := device(raw); ok {
			r.c.Devices = append(r.c.Devices, d)
		}
	}
	load("core.entity_registry", &struct {
		Entities *[]Entity `json:"entities"`
	}{&r.c.Entities})
	for i := range r.c.Areas {
		if a := &r.c.Areas[i]; a.ID == "" {
			a.ID = a.Old
		}
	}
	return found
}

// device reads one device. Identifiers are pairs of strings, but some integrations write numbers or triples there.
func device(raw json.RawMessage) (Device, bool) {
	var d struct {
		Device
		Identifiers [][]any `json:"identifiers"`
		Connections [][]any `json:"connections"`
	}
	if json.Unmarshal(raw, &d) != nil || d.ID == "" {
		return Device{}, false
	}
	d.Device.Identifiers, d.Device.Connections = strings2(d.Identifiers), strings2(d.Connections)
	return d.Device, true
}

func strings2(in [][]any) [][]string {
	var out [][]string
	for _, pair := range in {
		var words []string
		for _, x := range pair {
			words = append(words, text(x))
		}
		out = append(out, words)
	}
	return out
}

// identities are the strong identities of a device, spelled as the house spells them.
func (d Device) identities() []model.Identity {
	var out []model.Identity
	for _, c := range d.Connections {
		if len(c) < 2 {
			continue
		}
		switch c[0] {
		case "mac", "bluetooth":
			out = append(out, model.Identity{Kind: model.IdentityMAC, Value: plain(c[1])})
		case "zigbee":
			out = append(out, model.Identity{Kind: model.IdentityIEEE, Value: plain(c[1])})
		}
	}
	for _, id := range d.Identifiers {
		if len(id) < 2 {
			continue
		}
		switch last := id[len(id)-1]; {
		case id[0] == "mqtt" && strings.HasPrefix(last, "zigbee2mqtt_0x"):
			out = append(out, model.Identity{Kind: model.IdentityIEEE, Value: plain(strings.TrimPrefix(last, "zigbee2mqtt_"))})
		case id[0] == "zha" || id[0] == "deconz":
			out = append(out, model.Identity{Kind: model.IdentityIEEE, Value: plain(last)})
		case id[0] == "homekit_controller:accessory-id" || id[0] == "homekit":
			out = append(out, model.Identity{Kind: model.IdentityHAP, Value: plain(strings.TrimSuffix(last, ":aid:1"))})
		}
	}
	if d.Serial != "" && d.Maker != "" {
		out = append(out, model.Identity{Kind: model.IdentitySerial, Value: strings.ToLower(d.Maker + "/" + d.Serial)})
	}
	return out
}

// plain is an address without its separators, as the house compares them.
func plain(address string) string {
	return strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(address)), "0x"))
}
