package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/store"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata, in which times and ids that vary are put aside.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, v := range []struct{ from, to string }{
		{`\(\d+ ms\)`, "(N ms)"},
		{`"(id|fact|seq)": ("c[0-9a-f]{16}"|\d+)`, `"$1": 0`},
	} {
		got = regexp.MustCompile(v.from).ReplaceAllString(got, v.to)
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (run with -update to accept):\n%s", path, diff)
	}
}

func TestWhatIsPrintedOfAHouse(t *testing.T) {
	l := start(t)
	l.must("rooms", "put", "desk lamp", "study")
	l.must("rename", "desk", "台灯", "--lang", "zh")
	l.recordHistory()
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"devices", []string{"devices"}},
		{"devices_zh", []string{"devices", "--lang", "zh"}},
		{"devices_room", []string{"devices", "--room", "书房"}},
		{"device", []string{"device", "desk lamp"}},
		{"device_zh", []string{"device", "台灯", "--lang", "zh"}},
		{"device_parts", []string{"device", "wall/switch"}},
		{"device_part", []string{"device", "wall/switch@left"}},
		{"rooms", []string{"rooms"}},
		{"history_number", []string{"history", "front door", "temperature", "--since", "1d"}},
		{"history_truth", []string{"history", "front door", "open", "--since", "24h"}},
		{"history_enum", []string{"history", "desk lamp", "startup", "--since", "24h", "--lang", "zh"}},
		{"history_none", []string{"history", "desk lamp", "level", "--since", "90m"}},
		{"discover", []string{"discover"}},
		{"explain", []string{"explain", "desk lamp", "level"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := *l
			l.t = t
			golden(t, tt.name, l.must(tt.args...))
		})
	}
}

// A capability of the test's own: those of the catalogue grow.
func TestACapabilityIsPrintedWithAllThatItHas(t *testing.T) {
	percent := model.Property{Attribute: "shade.openness", Label: model.Text{En: "Openness", Zh: "开度"}, Type: model.TypeInt, Unit: "%", Min: new(float64), Access: model.AccessWrite}
	arg := model.Property{Attribute: "openness", Type: model.TypeInt, Unit: "%"}
	spec := model.CapabilitySpec{
		ID: "shade", Label: model.Text{En: "Shade", Zh: "遮阳"}, About: model.Text{En: "Keeps the sun out.", Zh: "遮挡阳光。"},
		Attributes: []model.Property{percent},
		Commands:   []model.CommandSpec{{Name: "go_to", Label: model.Text{En: "Go to", Zh: "移动到"}, Args: []model.Property{arg}}},
		Events:     []model.EventSpec{{Name: "jammed", Label: model.Text{En: "Jammed", Zh: "卡住"}}},
	}
	var out bytes.Buffer
	if err := (&cli{lang: "en", out: &out}).printCapability(spec); err != nil {
		t.Fatal(err)
	}
	golden(t, "capability", out.String())
}

// recordHistory writes a day of history: a temperature, an open door, a setting.
func (l *live) recordHistory() {
	l.t.Helper()
	door, lamp := string(l.id("front door")), string(l.id("desk lamp"))
	var samples []store.Sample
	for h := range 24 {
		at := noon.Add(time.Duration(h-24) * time.Hour)
		samples = append(samples, store.Sample{Series: door + "/main/temperature.celsius", At: at, Num: 18 + float64(h%12)/3})
	}
	open := door + "/main/contact.open"
	for _, x := range []struct {
		hours float64
		open  float64
	}{{-20, 0}, {-12, 1}, {-11.99, 0}, {-6, 1}, {-4, 0}} {
		samples = append(samples, store.Sample{Series: open, At: noon.Add(time.Duration(x.hours * float64(time.Hour))), Num: x.open})
	}
	for i, word := range []string{"off", "previous", "off"} {
		samples = append(samples, store.Sample{Series: lamp + "/main/on_off.startup", At: noon.Add(time.Duration(i*6-20) * time.Hour), Text: word, IsText: true})
	}
	for _, s := range samples {
		l.store.Record(s)
	}
	if err := l.store.Sync(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

func TestACommandSaysWhatBecameOfIt(t *testing.T) {
	l := start(t)
	for _, tt := range []struct {
		name string
		args string
		code int
		out  string
	}{
		{"confirmed", "desk on", exitOK, "✓ Desk lamp: done"},
		{"with a value", "desk level 40%", exitOK, "✓ Desk lamp: done"},
		{"in Chinese", "散热器 21.5 --lang zh", exitOK, "✓ 散热器：已完成"},
		{"negative number", "散热器 heat_setpoint -18", exitOK, "✓ 散热器: done"},
		{"one part", "wall/switch@right on", exitOK, "✓ Wall/switch: done"},
		{"never answered", "mute on --timeout 100ms", exitFailed, "✗ Mute lamp: no answer in time"},
		{"refused by the device", "broken on", exitFailed, "✗ Broken lamp: refused – the device or its bridge refused – MAC no ack"},
		{"a part must be named", "wall/switch on", exitUsage, ""},
		{"out of range", "desk level 140", exitFailed, ""},
		{"no such attribute", "desk colour red", exitUsage, ""},
		{"no such device", "dsek on", exitNotFound, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := l.hubCmd(append([]string{"set"}, strings.Fields(tt.args)...)...)
			if r.code != tt.code || !strings.HasPrefix(r.out, tt.out) {
				t.Errorf("exit %d, want %d\n%s%s", r.code, tt.code, r.out, r.err)
			}
			if (r.code != exitOK) != (r.out == "" && r.err != "" || strings.HasPrefix(r.out, "✗")) {
				t.Errorf("exit %d without a word of why:\n%s%s", r.code, r.out, r.err)
			}
		})
	}
}

func TestJSONIsPrintedForPrograms(t *testing.T) {
	l := start(t)
	var done api.Command
	if err := json.Unmarshal([]byte(l.must("set", "desk", "level", "25", "--json")), &done); err != nil {
		t.Fatal(err)
	}
	if done.Status != model.Confirmed {
		t.Errorf("status %q", done.Status)
	}
	r := l.hubCmd("device", "nothing like it", "--json")
	var problem struct {
		Error string
		Exit  int
	}
	if err := json.Unmarshal([]byte(r.err), &problem); err != nil || problem.Exit != exitNotFound || r.code != exitNotFound {
		t.Errorf("exit %d, %v: %s", r.code, err, r.err)
	}
	for _, args := range [][]string{{"devices"}, {"rooms"}, {"people"}, {"scene", "list"}, {"discover"}, {"proposals"}, {"token", "list"}, {"capabilities"}, {"version"}, {"explain", "desk"}} {
		if out := l.must(append(args, "--json")...); !json.Valid([]byte(out)) {
			t.Errorf("%v: no JSON: %s", args, out)
		}
	}
}

func TestTheHouseCanBeArranged(t *testing.T) {
	l := start(t)
	for _, step := range []struct{ args, want string }{
		{"rooms add Kitchen", "the room Kitchen was added\n"},
		{"rooms rename kitchen 厨房 --lang zh", "kitchen现在叫厨房\n"},
		{"rooms put mute 厨房", "Mute lamp is now in Kitchen\n"},
		{"rooms put mute", "Mute lamp is in no room now\n"},
		{"rooms remove kitchen", "Kitchen was removed\n"},
		{"people add Li --role owner --tracker owntracks/li/phone", "Li was added\n"},
		{"people tracker li owntracks/li/watch", "owntracks/li/watch stands for Li\n"},
		{"people tracker li owntracks/li/watch --remove", "owntracks/li/watch no longer stands for Li\n"},
		{"people", "NAME  ROLE   PRESENCE                    TRACKERS\nLi    owner  nobody knows where Li is    owntracks/li/phone\n"},
		{"people remove li", "Li was removed\n"},
		{"place -33.86 151.21", "home is at -33.86, 151.21, within 150 m\n"},
		{"place", "home is at -33.86, 151.21, within 150 m\n"},
		{"rename mute Quiet", "Mute lamp is now called Quiet\n"},
		{"merge desk quiet", "Desk lamp and Quiet are one device now: Desk lamp\n"},
		{"split desk bench/mute", "bench/mute is a device of its own again, apart from Desk lamp\n"},
		{"swap desk quiet", "Quiet has taken the place of Desk lamp\n"},
		{"proposals", "there is nothing to settle\n"},
	} {
		got := l.must(strings.Fields(step.args)...)
		if squeeze(got) != squeeze(step.want) {
			t.Errorf("hub %s: got %q, want %q", step.args, got, step.want)
		}
	}
}

// squeeze makes columns of any width equal.
func squeeze(s string) string { return regexp.MustCompile(` +`).ReplaceAllString(s, " ") }

func TestAScenesFileMayNameThings(t *testing.T) {
	l := start(t)
	l.write("evening.yaml", "names: {\"\": Evening, zh: 傍晚}\nthen:\n  - device: Desk lamp\n    set: {on_off.on: true, level.level: 30}\n")
	if got := l.must("scene", "apply", filepath.Join(l.dir, "evening.yaml")); got != "the scene Evening was saved\n" {
		t.Errorf("apply: %q", got)
	}
	if got := l.must("scene", "run", "傍晚"); !strings.HasPrefix(got, "✓ Desk lamp: done") {
		t.Errorf("run: %q", got)
	}
	if got := l.must("scene", "list"); !strings.Contains(got, "Evening") || !strings.Contains(got, "just now") {
		t.Errorf("list: %q", got)
	}
	l.write("wrong.json", `{"then":[{"device":"Desk lmap","set":{"on_off.on":true}}]}`)
	if r := l.hubCmd("scene", "apply", filepath.Join(l.dir, "wrong.json")); r.code != exitFailed || !strings.Contains(r.err, "1:20 then[0].device") || !strings.Contains(r.err, "; Desk lamp") {
		t.Errorf("a wrong name: exit %d, %s", r.code, r.err)
	}
	l.must("scene", "delete", "evening")
	if r := l.hubCmd("scene", "run", "evening"); r.code != exitNotFound {
		t.Errorf("a deleted scene: exit %d", r.code)
	}
}

func TestATokenLetsInWhomItShould(t *testing.T) {
	l := start(t)
	var made api.NewToken
	if err := json.Unmarshal([]byte(l.must("token", "create", "screen", "--read-only", "--room", "study", "--expires", "30d", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	address, err := os.ReadFile(filepath.Join(l.dir, "address"))
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CONCORD_DATA": t.TempDir(), "CONCORD_HUB": strings.TrimSpace(string(address)), "CONCORD_TOKEN": made.Secret}
	if r := runCLI(t, env, "", "devices"); r.code != exitOK || strings.Contains(r.out, "Desk") {
		t.Errorf("devices of an empty room: exit %d, %s%s", r.code, r.out, r.err)
	}
	if r := runCLI(t, env, "", "rooms", "add", "Attic"); r.code != exitFailed {
		t.Errorf("a reader adds a room: exit %d", r.code)
	}
	if got := l.must("token", "list"); !strings.Contains(got, "see only, study") {
		t.Errorf("list: %s", got)
	}
	l.must("token", "revoke", "screen")
	if r := runCLI(t, env, "", "devices"); r.code != exitFailed || !strings.Contains(r.err, "CONCORD_TOKEN") {
		t.Errorf("a revoked token: exit %d, %s", r.code, r.err)
	}
}

func TestTheDoctorsFindingsDecideTheExitCode(t *testing.T) {
	l := start(t)
	r := l.hubCmd("doctor")
	if r.code != exitFailed || !strings.Contains(r.out, "✗  adapter bench  it is on fire") || r.err != "" {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestPairingShowsWhatJoinsAndCloses(t *testing.T) {
	l := start(t)
	got := l.must("pair", "zigbee", "--seconds", "1")
	if !strings.Contains(got, "New plug is new") || !strings.HasSuffix(got, "closed; new devices: 1\n") {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]int{1, 0}, l.bench.pairs); diff != "" {
		t.Error(diff)
	}
}
