package manifest_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/plugins/manifest"
)

const good = `{"name":"acme","version":"1.2.0","title":{"en":"Acme","zh":"艾克美"},"vendor":{"name":"Acme"},"protocol":{"min":1,"max":1},
"run":{"python":"main.py"},"discovery":[{"mdns":"_acme._tcp","text":{"model":"AP-*"}}],
"network":{"devices":["tcp/80"],"hosts":["api.acme.example:443"],"reason":{"en":"firmware check","zh":"固件检查"}},
"capabilities":["on_off","temperature"],"config":"config.schema.json"}`

const schema = `{"type":"object","required":["token"],"additionalProperties":false,"properties":{
"token":{"type":"string","minLength":4,"title":"Token","x-zh":{"title":"令牌"},"x-secret":true,"x-order":1},
"seconds":{"type":"integer","minimum":1,"maximum":60,"default":5,"title":"Poll every","x-zh":{"title":"间隔"},"x-order":2}}}`

func folder(text, config string) fstest.MapFS {
	return fstest.MapFS{"plugin.json": {Data: []byte(text)}, "config.schema.json": {Data: []byte(config)}}
}

func TestAManifestIsReadWithDefaults(t *testing.T) {
	m, err := manifest.Load(folder(good, schema))
	if err != nil {
		t.Fatal(err)
	}
	file, interpreter, err := m.Entry("linux/amd64")
	if m.Limits.MemoryMiB != 64 || file != "main.py" || interpreter != "python3" || err != nil || len(m.Discovery) != 1 || !m.Allows("on_off") || m.Allows("door_lock") {
		t.Errorf("%+v", m)
	}
}

func TestEachMistakeIsNamed(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"name", `"name":"acme"`, `"name":"../acme"`, "name is"},
		{"version", `1.2.0`, `1.2`, "version is"},
		{"title", `"zh":"艾克美"`, `"zh":""`, "title is"},
		{"protocol", `"min":1,"max":1`, `"min":9,"max":9`, "protocol.min is 9"},
		{"two ways to run", `"python":"main.py"`, `"python":"main.py","node":"main.js"`, "run is 2 ways"},
		{"no way to run", `"python":"main.py"`, `"args":[]`, "run is 0 ways"},
		{"a file outside", `main.py`, `../main.py`, "not below"},
		{"capability", `"temperature"]`, `"temprature"]`, "temprature"},
		{"port", `tcp/80`, `tcp/80000`, "network.devices"},
		{"host", `api.acme.example:443`, `*:443`, "network.hosts"},
		{"an address as host", `api.acme.example:443`, `10.0.0.1:443`, "network.hosts"},
		{"reason", `"zh":"固件检查"`, `"zh":""`, "network.reason"},
		{"pattern", `"mdns":"_acme._tcp"`, `"mdns":"_acme._tcp","ssdp":"x"`, "discovery.0"},
		{"an MQTT filter of all", `"mdns":"_acme._tcp"`, `"mqtt":"+/status"`, "discovery.0.mqtt"},
		{"a probe without a port", `"mdns":"_acme._tcp"`, `"udp":{"send":"who?"}`, "discovery.0.udp.port"},
		{"a probe of no bytes", `"mdns":"_acme._tcp"`, `"udp":{"port":9,"send":"hex:zz"}`, "discovery.0.udp.send"},
		{"a group that is none", `"mdns":"_acme._tcp"`, `"udp":{"port":9,"send":"x","group":"10.0.0.1"}`, "discovery.0.udp.group"},
		{"hardware address", `"mdns":"_acme._tcp"`, `"mac":"A0:B1"`, "discovery.0.mac"},
		{"a port of the system's", `"devices":`, `"listen":["tcp/80"],"devices":`, "network.listen"},
		{"topics of all", `"devices":`, `"mqtt":["#"],"devices":`, "network.mqtt"},
		{"limit", `"capabilities"`, `"limits":{"memoryMiB":4096},"capabilities"`, "limits.memoryMiB is 4096"},
		{"unknown member", `"capabilities"`, `"limit":{},"capabilities"`, `unknown field "limit"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := manifest.Load(folder(strings.Replace(good, tt.old, tt.new, 1), schema))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestAConfigurationIsCheckedFilledAndItsSecretsHidden(t *testing.T) {
	m, err := manifest.Load(folder(good, schema))
	if err != nil {
		t.Fatal(err)
	}
	filled, err := m.Schema.Fill([]byte(`{"token":"s3cret"}`))
	if err != nil || m.Schema.Check(filled) != nil {
		t.Fatalf("%s: %v, %v", filled, err, m.Schema.Check(filled))
	}
	for config, want := range map[string]string{`{}`: "lacks token", `{"token":"s3cret","seconds":99}`: "seconds", `{"token":"s3cret","other":1}`: "other"} {
		if err := m.Schema.Check([]byte(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", config, err, want)
		}
	}
	if got := string(m.Schema.Redacted(filled)); strings.Contains(got, "s3cret") {
		t.Error(got)
	}
	back, err := m.Schema.Restore(m.Schema.Redacted(filled), filled)
	if diff := cmp.Diff(string(filled), string(back)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestASchemaReadsNothingElse(t *testing.T) {
	_, err := manifest.ParseSchema([]byte(`{"type":"object","properties":{"a":{"type":"string","$ref":"file:///etc/passwd"}}}`))
	if err == nil {
		t.Error("a reference to a file was followed")
	}
}

// FuzzLoad holds that no manifest makes the reader panic.
func FuzzLoad(f *testing.F) {
	f.Add(good, schema)
	f.Add(`{}`, `{}`)
	f.Add(`{"run":{"exec":{"":""}}}`, `{"type":"object","properties":{"a":{"type":"array"}}}`)
	f.Fuzz(func(t *testing.T, text, config string) {
		m, err := manifest.Load(folder(text, config))
		if err == nil && !manifest.ValidName(m.Name) {
			t.Errorf("taken: %q", m.Name)
		}
	})
}
