package realpeer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// homebridge with two plugins that need no cloud: homebridge-dummy's switch and homebridge-http-webhooks' sensors.
func TestOurControllerTakesOverHomebridge(t *testing.T) {
	peers := peersDir(t)
	port, hooks, dir := freePort(t), freePort(t), t.TempDir()
	config := map[string]any{
		"bridge":      map[string]any{"name": "Homebridge", "username": "1A:22:3D:E3:CE:30", "port": port, "pin": testCode, "bind": []string{"lo"}},
		"accessories": []any{map[string]any{"accessory": "DummySwitch", "name": "Dummy", "stateful": true}},
		"platforms": []any{map[string]any{"platform": "HttpWebHooks", "webhook_port": fmt.Sprint(hooks), "cache_directory": filepath.Join(dir, "cache"),
			"sensors":  []any{map[string]any{"id": "t1", "name": "Cellar", "type": "temperature"}, map[string]any{"id": "m1", "name": "Stairs", "type": "motion"}},
			"switches": []any{map[string]any{"id": "s1", "name": "Pump"}}}},
	}
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	startPeer(t, dir, []string{"NO_COLOR=1"}, "node", filepath.Join(peers, "node_modules/homebridge/bin/homebridge"), "-U", dir, "-P", filepath.Join(peers, "node_modules"), "-C")
	h := newInHouse(t, t.TempDir())
	eventually(t, 30*time.Second, "pairing", func() error {
		acc, err := h.adapter.Pair(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), testCode)
		if err == nil && acc.Devices < 5 {
			err = fmt.Errorf("%+v", acc)
		}
		return err
	})
	h.set("Dummy", "on_off.on", model.Bool(true))
	h.set("Pump", "on_off.on", model.Bool(true))
	hook := func(query string) {
		t.Helper()
		eventually(t, 10*time.Second, query, func() error {
			resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/?%s", hooks, query))
			if err == nil {
				_ = resp.Body.Close()
			}
			return err
		})
	}
	hook("accessoryId=t1&value=-7.5")
	h.awaitValue("Cellar", "temperature.celsius", model.Number(-7.5))
	hook("accessoryId=m1&state=true")
	h.awaitValue("Stairs", "occupancy.occupied", model.Bool(true))
	golden(t, "homebridge.txt", inventory(h.hub.View(), func(n string) bool { return n != "Homebridge" }))
	if d := h.device("Dummy"); d != nil {
		if s, ok := d.State(home.Slot{Endpoint: model.MainEndpoint, Attribute: "on_off.on"}); !ok || s.Quality != model.Good {
			t.Errorf("the switch is %+v", s)
		}
	}
}
