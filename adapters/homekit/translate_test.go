package homekit

import (
	"testing"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

func TestEveryRuleNamesWhatThereIs(t *testing.T) {
	check := func(service string, r rule) {
		for _, c := range append([]string{r.read, r.write}, r.with...) {
			if c != "" && spec.CharacteristicType(c) == "" && !spec.Vendor(c) {
				t.Errorf("%s: there is no characteristic %q", service, c)
			}
		}
		if model.LookupAttribute(r.attr) == nil {
			t.Errorf("%s: there is no attribute %q", service, r.attr)
		}
		if r.write != "" && r.conv.write == nil {
			t.Errorf("%s: %s cannot be written", service, r.attr)
		}
	}
	for name, s := range serviceRules {
		if spec.ServiceType(name) == "" && name != "Speaker" {
			t.Errorf("there is no service %q", name)
		}
		for _, r := range s.rules {
			check(name, r)
		}
		for _, a := range s.actions {
			if spec.CharacteristicType(a.char) == "" {
				t.Errorf("%s: there is no characteristic %q", name, a.char)
			}
		}
		if s.kind != nil && model.LookupDeviceType(s.kind(&spec.Service{})) == nil {
			t.Errorf("%s: there is no device type %q", name, s.kind(&spec.Service{}))
		}
	}
	for _, r := range commonRules {
		check("any", r)
	}
	for q := range quiet {
		if spec.CharacteristicType(q) == "" {
			t.Errorf("there is no characteristic %q", q)
		}
	}
}

func TestSerialNumbersThatIdentify(t *testing.T) {
	for serial, want := range map[string]model.IdentityKind{
		"0x00158d0005bb0009": model.IdentityIEEE, "00:15:8d:00:05:bb:00:09": model.IdentityIEEE, "00:11:22:33:44:55": model.IdentityMAC, "HK12A345": model.IdentitySerial,
		"Default-SerialNumber": "", "1": "", "": "", "000000": "", "unknown": "",
	} {
		ids := identities("Acme", serial)
		if got := model.IdentityKind(""); want == "" && len(ids) != 0 || want != "" && (len(ids) != 1 || ids[0].Kind != want) {
			t.Errorf("%q: %v%s", serial, ids, got)
		}
	}
}

func TestNamesBecomeKeys(t *testing.T) {
	for in, want := range map[string]string{"OutletInUse": "outlet_in_use", "Lamp hours": "lamp_hours", "PM2_5Density": "pm2_5_density", "LED mode": "led_mode", "灯": "灯"} {
		if got := slug(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	f.Add([]byte(lampDB))
	f.Fuzz(func(t *testing.T, b []byte) {
		db, err := spec.ParseAccessories(b)
		if err != nil {
			return
		}
		for i := range db {
			d := translate("homekit/x/1", "x", &db[i])
			for _, c := range d.chars {
				if v, ok := c.Decode(c.Value); ok {
					d.values[c.IID] = v
				}
			}
			d.readings(nil)
		}
	})
}

func FuzzEntries(f *testing.F) {
	f.Add([]byte(`{"characteristics":[{"aid":1,"iid":9,"value":true,"status":0}]}`))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = parseEntries(b) })
}
