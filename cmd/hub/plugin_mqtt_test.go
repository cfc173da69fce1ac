package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// A plugin whose device speaks MQTT alone, over the hub's own broker: found by its topic, heard, commanded, lost and found again.
func TestAPluginOverMQTTAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a plugin; not with -short")
	}
	h := demoHouse(t)
	eventuallyTrue(t, "the address is written", func() bool { _, err := os.Stat(filepath.Join(h.o.data, "address")); return err == nil })
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "plugins", "examples", "fan"))); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := &cli{in: strings.NewReader(""), out: &out, err: &out, env: func(k string) string {
		return map[string]string{"CONCORD_DATA": h.o.data, "HOME": dir, "LANG": "en"}[k]
	}, now: time.Now, width: 200, lang: "en", data: h.o.data}
	sdk, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module breeze-fan\n\ngo 1.26.0\n\nrequire github.com/concord-home/hub v0.0.0\n", "go.work": "go 1.26.0\n\nuse (\n\t.\n\t" + sdk + "\n)\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.build(t.Context(), dir, platform()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.plugins.Develop(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	d, off, err := c.startDevice(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer off()
	fan := func() (id model.DeviceID, reachable bool, speed float64) {
		v := h.hub.View()
		for _, x := range v.Devices() {
			if x.Name("") == "Fan" {
				reachable, _ = v.Reachable(x)
				if slot, ok := x.Find(model.AttrFanSpeedPct); ok {
					now, _ := x.State(slot)
					speed, _ = now.Value.Number()
				}
				return x.ID, reachable, speed
			}
		}
		return "", false, 0
	}
	eventuallyTrue(t, "the fan is found by its topic and says how it is", func() bool { _, ok, speed := fan(); return ok && speed == 30 })
	id, _, _ := fan()
	command := func(percent float64) {
		t.Helper()
		got, err := h.hub.Command(t.Context(), home.Ask{Device: id, Endpoint: model.MainEndpoint, Writes: []model.Write{{Attribute: model.AttrFanSpeedPct, Value: model.Number(percent)}}, Cause: &model.Cause{Kind: model.CausePerson}}, nil)
		if err != nil || got.Status != model.Confirmed || d.State("percent") != fmt.Sprint(percent) {
			t.Errorf("%v %v; the fan is at %s", got, err, d.State("percent"))
		}
	}
	command(80)
	d.Touch(map[string]string{"percent": "55"})
	eventuallyTrue(t, "what is set at the fan is heard", func() bool { _, _, speed := fan(); return speed == 55 })
	d.Off()
	eventuallyTrue(t, "its last will says that it is gone", func() bool { _, ok, _ := fan(); return !ok })
	if err := d.On(); err != nil {
		t.Fatal(err)
	}
	eventuallyTrue(t, "it is there again", func() bool { _, ok, _ := fan(); return ok })
	if _, err := h.plugins.Reload(t.Context(), "breeze-fan"); err != nil {
		t.Fatal(err)
	}
	command(20) // by another process, which knows the fan from what the broker keeps
}
