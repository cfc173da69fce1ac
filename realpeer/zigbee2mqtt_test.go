package realpeer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
)

// products are the simulated ones: their id in the rig, the name given to each, what it must be to the hub.
var products = []struct {
	id, name string
	kind     model.DeviceType
	has      []string
}{
	{"hue-bulb", "living/lamp", "light_color", []string{"on_off.on", "level.level", "color.hue", "color_temperature.kelvin"}},
	{"ikea-bulb", "hall lamp", "light_color_temperature", []string{"on_off.on", "level.level", "color_temperature.kelvin"}},
	{"sonoff-th", "客厅/温湿度", "climate_sensor", []string{"temperature.celsius", "humidity.percent", "power_source.battery_pct"}},
	{"sonoff-trv", "living_trv", "trv", []string{"thermostat.heat_setpoint", "thermostat.local_temperature", "thermostat.mode", "child_lock.locked"}},
	{"haier-ac", "bedroom_ac", "air_conditioner", []string{"on_off.on", "thermostat.mode", "thermostat.cool_setpoint", "thermostat.heat_setpoint", "thermostat.local_temperature"}},
	{"contact", "front_door", "contact_sensor", []string{"contact.open"}},
	{"motion", "hall_motion", "motion_sensor", []string{"occupancy.occupied"}},
	{"switch2", "wall_switch", "wall_switch", []string{"on_off.on"}},
	{"plug", "tv_plug", "plug", []string{"on_off.on", "power_meter.watts", "energy_meter.imported_kwh"}},
	{"blind", "bedroom_blind", "window_covering", []string{"window_covering.open_pct"}},
	{"lock", "front_lock", "door_lock", []string{"door_lock.lock"}},
	{"remote", "remote", "remote", []string{"power_source.battery_pct"}},
	{"tuya-trv", "bedroom_trv", "trv", []string{"thermostat.heat_setpoint", "thermostat.local_temperature"}},
	{"leak", "kitchen_leak", "leak_sensor", []string{"water_leak.leak"}},
	{"unknown-plug", "acme", "", []string{"on_off.on"}},
}

func has(d api.Device, attr string) bool {
	for _, e := range d.Endpoints {
		if slices.ContainsFunc(e.Attributes, func(a api.Attribute) bool { return string(a.Attribute) == attr }) {
			return true
		}
	}
	return false
}

// ieee maps the rig's ids to addresses.
func (r *rig) ieee() map[string]string {
	var list []struct{ ID, IEEE string }
	if err := json.Unmarshal(r.control("/devices", nil), &list); err != nil {
		r.t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range list {
		out[d.ID] = d.IEEE
	}
	return out
}

func (r *rig) byIEEE(address string) (api.Device, bool) {
	for _, d := range r.devices() {
		for _, s := range d.Sources {
			if strings.HasSuffix(string(s.ID), address) && !s.Gone {
				return d, true
			}
		}
	}
	return api.Device{}, false
}

// TestTheHouseWithARealZigbee2MQTT is one long day: joining, naming, commanding, failing, dying, coming back.
func TestTheHouseWithARealZigbee2MQTT(t *testing.T) {
	t.Parallel() // it mostly waits
	r := newRig(t)
	r.startHub()
	r.startRadio()
	r.configureZ2M()
	r.startZ2M()
	r.join()
	r.lamp()
	r.climate()
	r.others()
	r.button()
	r.thread()
	r.scenes()
	r.unpowered()
	r.leave()
	r.restarts()
}

func (r *rig) join() {
	t := r.t
	r.eventually(60*time.Second, "permit join through the hub", func() bool {
		return r.call(http.MethodPost, "/api/pair/zigbee2mqtt", api.PairRequest{Seconds: 120}, nil) == nil
	})
	r.control("/pair", map[string]string{"id": "all"})
	addresses := r.ieee()
	r.eventually(90*time.Second, "all 15 products are devices with their capabilities", func() bool {
		for _, p := range products {
			d, ok := r.byIEEE(addresses[p.id])
			if !ok || slices.ContainsFunc(p.has, func(a string) bool { return !has(d, a) }) {
				return false
			}
		}
		return true
	})
	for _, p := range products {
		d, _ := r.byIEEE(addresses[p.id])
		if d.Type != p.kind && p.kind != "" {
			t.Errorf("%s is a %s to the hub, want %s", p.id, d.Type, p.kind)
		}
	}
	if err := r.call(http.MethodPost, "/api/pair/zigbee2mqtt", api.PairRequest{Seconds: 0}, nil); err != nil {
		t.Error(err)
	}
	before, _ := r.byIEEE(addresses["hue-bulb"])
	for _, p := range products {
		r.request("device/rename", map[string]any{"from": addresses[p.id], "to": p.name})
	}
	r.eventually(10*time.Second, "names given in zigbee2mqtt are followed", func() bool {
		ds := r.devices()
		return !slices.ContainsFunc(products, func(p struct {
			id, name string
			kind     model.DeviceType
			has      []string
		}) bool {
			_, ok := ds[p.name]
			return !ok
		})
	})
	if after := r.devices()["living/lamp"]; after.ID != before.ID {
		t.Errorf("renamed, the lamp is another device: %s, was %s", after.ID, before.ID)
	}
}

// request asks zigbee2mqtt for something that the hub has no word for.
func (r *rig) request(what string, payload any) {
	r.t.Helper()
	b, _ := json.Marshal(payload)
	user, password := r.account("tester", "zigbee2mqtt/#")
	r.publish(user, password, "zigbee2mqtt/bridge/request/"+what, string(b))
}

func (r *rig) confirmed(name, endpoint string, set map[string]any) {
	r.t.Helper()
	if c := r.set(name, endpoint, set); c.Status != model.Confirmed {
		r.t.Errorf("%s %v: %s %v", name, set, c.Status, c.Reason)
	}
}

func (r *rig) lamp() {
	r.confirmed("living/lamp", "", map[string]any{"on_off.on": true})
	r.confirmed("living/lamp", "", map[string]any{"level.level": 50})
	r.confirmed("living/lamp", "", map[string]any{"color.hue": 240, "color.saturation": 100})
	r.confirmed("living/lamp", "", map[string]any{"color_temperature.kelvin": 4000})
	r.confirmed("living/lamp", "", map[string]any{"on_off.on": false})
	r.confirmed("wall_switch", "left", map[string]any{"on_off.on": true})
	r.confirmed("tv_plug", "", map[string]any{"on_off.on": true})
}

func (r *rig) climate() {
	r.confirmed("living_trv", "", map[string]any{"thermostat.heat_setpoint": 21})
	r.confirmed("living_trv", "", map[string]any{"thermostat.mode": "off"})
	r.confirmed("living_trv", "", map[string]any{"thermostat.mode": "heat"})
	for _, set := range []map[string]any{{"thermostat.heat_setpoint": 22}, {"thermostat.mode": "auto"}} {
		if c := r.set("bedroom_trv", "", set); c.Status != model.Confirmed && c.Status != model.Acked {
			r.t.Errorf("bedroom_trv %v: %s %v", set, c.Status, c.Reason)
		}
	}
	r.confirmed("bedroom_ac", "", map[string]any{"on_off.on": true})
	r.confirmed("bedroom_ac", "", map[string]any{"thermostat.mode": "cool"})
	r.confirmed("bedroom_ac", "", map[string]any{"thermostat.cool_setpoint": 23})
	r.confirmed("bedroom_ac", "", map[string]any{"thermostat.mode": "heat"})
	r.confirmed("bedroom_ac", "", map[string]any{"thermostat.heat_setpoint": 25})
	r.confirmed("bedroom_ac", "", map[string]any{"on_off.on": false})
}

func (r *rig) others() {
	r.confirmed("bedroom_blind", "", map[string]any{"window_covering.open_pct": 40})
	r.confirmed("front_lock", "", map[string]any{"door_lock.target": "unlocked"})
	r.confirmed("front_lock", "", map[string]any{"door_lock.target": "locked"})
	r.control("/ias", map[string]any{"id": "contact", "status": 1})
	r.eventually(6*time.Second, "the door is open", r.is("front_door", "contact.open", "true"))
	r.control("/ias", map[string]any{"id": "contact", "status": 0})
	r.eventually(6*time.Second, "the door is closed", r.is("front_door", "contact.open", "false"))
	r.control("/ias", map[string]any{"id": "leak", "status": 1})
	r.eventually(6*time.Second, "the leak is seen", r.is("kitchen_leak", "water_leak.leak", "true"))
	r.control("/ias", map[string]any{"id": "leak", "status": 0})
}

func (r *rig) button() {
	stop := r.events("occurred")
	r.control("/action", map[string]any{"id": "remote", "action": "on"})
	r.eventually(6*time.Second, "the motion sensor sees somebody, after the press", func() bool {
		r.control("/ias", map[string]any{"id": "motion", "status": 1})
		return value(r.devices()["hall_motion"], "main", "occupancy.occupied") == "true"
	})
	r.control("/ias", map[string]any{"id": "motion", "status": 0})
	if got := stop(); len(got) != 1 {
		r.t.Errorf("one press came %d times: %s", len(got), got)
	}
}

// thread is the whole mission at its thinnest: motion lights a lamp; somebody who comes home finds it warm.
func (r *rig) thread() {
	ds := r.devices()
	r.must(http.MethodPut, "/api/scenes/hall-light", map[string]any{"names": map[string]string{"": "Hall light"},
		"when": []any{map[string]any{"device": ds["hall_motion"].ID, "attribute": "occupancy.occupied", "to": true}},
		"then": []any{map[string]any{"device": ds["hall lamp"].ID, "set": map[string]any{"on_off.on": true}}}}, nil)
	r.confirmed("hall lamp", "", map[string]any{"on_off.on": false})
	r.free("hall lamp")
	r.eventually(6*time.Second, "nobody in the hall", r.is("hall_motion", "occupancy.occupied", "false"))
	r.control("/ias", map[string]any{"id": "motion", "status": 1})
	r.eventually(6*time.Second, "motion lit the lamp", r.is("hall lamp", "on_off.on", "true"))
	r.control("/ias", map[string]any{"id": "motion", "status": 0})

	r.must(http.MethodPut, "/api/place", map[string]any{"latitude": 39.9, "longitude": 116.4, "radius_m": 150}, nil)
	r.must(http.MethodPut, "/api/people/li", map[string]any{"name": "Li", "role": "owner", "trackers": []string{"owntracks/li/phone"}}, nil)
	r.must(http.MethodPut, "/api/scenes/arrival", map[string]any{"names": map[string]string{"": "Arrival"},
		"arrival": map[string]any{"devices": []any{ds["living_trv"].ID}, "people": []string{"li"}, "comfort_c": 21.5, "away_c": 17}}, nil)
	user, password := r.account("owntracks-li", "owntracks/li/#")
	at := time.Now().Add(-6 * time.Minute).Unix()
	fix := func(kmNorth float64, minutes int64) {
		at += minutes * 60
		r.publish(user, password, "owntracks/li/phone", fmt.Sprintf(`{"_type":"location","lat":%f,"lon":116.4,"acc":15,"tst":%d,"t":"p","vel":40,"batt":80}`, 39.9+kmNorth/111.2, at))
	}
	fix(0, 1)
	fix(600, 1)
	fix(601, 2) // so far that nobody is back for hours
	r.eventually(20*time.Second, "Li left: the valve is set back", r.is("living_trv", "thermostat.heat_setpoint", "17"))
	defer r.tellArrivalOnFailure()
	fix(12, 1)
	fix(4, 1)
	r.eventually(20*time.Second, "Li approaches: the valve is at comfort", r.is("living_trv", "thermostat.heat_setpoint", "21.5"))
	var why api.Explanation
	r.must(http.MethodGet, "/api/devices/"+string(ds["living_trv"].ID)+"/explain?attribute=thermostat.heat_setpoint&lang=en", nil, &why)
	if len(why.Attributes) == 0 || !strings.Contains(why.Attributes[0].Text, "Li") {
		r.t.Errorf("why is the valve at comfort? %+v", why)
	} else {
		r.t.Log("why: ", why.Attributes[0].Text)
	}
}

// account makes an MQTT account with its own topics and password, once.
func (r *rig) account(name string, topics ...string) (user, password string) {
	r.t.Helper()
	if p, ok := r.accounts[name]; ok {
		return name, p
	}
	var made struct{ Name, Password string }
	r.must(http.MethodPost, "/api/mqtt/clients", map[string]any{"name": name, "topics": topics}, &made)
	r.accounts[name] = made.Password
	return made.Name, made.Password
}

func (r *rig) unpowered() {
	r.control("/offline", map[string]any{"id": "hue-bulb", "offline": true})
	c := r.set("living/lamp", "", map[string]any{"on_off.on": true})
	if c.Status != model.TimedOut || c.Reason.Detail == "" || !strings.Contains(strings.ToLower(c.Reason.Detail), "failed") {
		r.t.Errorf("an unpowered lamp: %s, reason %q; want timed out with zigbee2mqtt's words", c.Status, c.Reason.Detail)
	}
	r.control("/offline", map[string]any{"id": "hue-bulb", "offline": false})
	r.control("/announce", map[string]any{"id": "hue-bulb"})
	r.eventually(60*time.Second, "powered again, the lamp answers", func() bool {
		return r.set("living/lamp", "", map[string]any{"on_off.on": true}).Status == model.Confirmed
	})
}

func (r *rig) leave() {
	address := r.ieee()["unknown-plug"]
	r.control("/leave", map[string]any{"id": "unknown-plug"})
	r.eventually(10*time.Second, "the plug that left is gone", func() bool { _, there := r.byIEEE(address); return !there })
}

// whole reports whether the picture is as it should be: all devices there and reachable, values known.
func (r *rig) whole() bool {
	ds := r.devices()
	for _, p := range products[:14] {
		if d, ok := ds[p.name]; !ok || !d.Reachable {
			return false
		}
	}
	return value(ds["living/lamp"], "main", "on_off.on") == "true" && value(ds["living_trv"], "main", "thermostat.heat_setpoint") == "21.5"
}

func (r *rig) restarts() {
	r.kill(r.z2m, syscall.SIGKILL)
	r.eventually(10*time.Second, "zigbee2mqtt killed: its devices cannot be reached", func() bool { return !r.devices()["living/lamp"].Reachable })
	r.startZ2M()
	r.eventually(60*time.Second, "zigbee2mqtt is back: the picture is whole", r.whole)
	r.confirmed("living/lamp", "", map[string]any{"on_off.on": true})

	r.kill(r.hub, syscall.SIGKILL)
	r.startHub()
	r.eventually(30*time.Second, "the hub was killed and is back: the picture is whole", r.whole)
	r.confirmed("living/lamp", "", map[string]any{"on_off.on": false})
	r.eventually(6*time.Second, "the scene still runs: nobody in the hall", r.is("hall_motion", "occupancy.occupied", "false"))
	r.confirmed("hall lamp", "", map[string]any{"on_off.on": false})
	r.free("hall lamp")
	r.control("/ias", map[string]any{"id": "motion", "status": 1})
	r.eventually(6*time.Second, "the scene still runs: motion lit the lamp", r.is("hall lamp", "on_off.on", "true"))
}
