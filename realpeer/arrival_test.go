package realpeer_test

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

// TestArrivalWarmsTheRealValveAndTheRealAirConditioner plays a day of Li's phone, published by mosquitto's own client: rooms with
// physics are set back, preheated while Li is still on the way, left alone when somebody turns the knob, and the hub
// that is killed in the middle goes on.
func TestArrivalWarmsTheRealValveAndTheRealAirConditioner(t *testing.T) {
	t.Parallel() // it mostly waits
	r := newRig(t)
	r.startHub()
	r.startRadio()
	r.configureZ2M()
	r.startZ2M()
	r.eventually(60*time.Second, "permit join through the hub", func() bool {
		return r.call(http.MethodPost, "/api/pair/zigbee2mqtt", api.PairRequest{Seconds: 120}, nil) == nil
	})
	names := map[string]string{"sonoff-trv": "living_trv", "haier-ac": "bedroom_ac"}
	addresses := r.ieee()
	for id := range names {
		r.control("/pair", map[string]string{"id": id})
	}
	r.eventually(90*time.Second, "the valve and the air conditioner have joined", func() bool {
		for id := range names {
			if d, ok := r.byIEEE(addresses[id]); !ok || !has(d, "thermostat.heat_setpoint") {
				return false
			}
		}
		return true
	})
	for id, name := range names {
		r.request("device/rename", map[string]any{"from": addresses[id], "to": name})
	}
	r.eventually(10*time.Second, "names are followed", func() bool { ds := r.devices(); return ds["living_trv"].ID != "" && ds["bedroom_ac"].ID != "" })
	r.control("/house", map[string]any{"speed": 300, "outdoor": 5, "rooms": map[string]any{"living": 21, "bedroom": 21}})
	r.confirmed("living_trv", "", map[string]any{"thermostat.mode": "heat"})
	r.confirmed("bedroom_ac", "", map[string]any{"on_off.on": true})
	r.confirmed("bedroom_ac", "", map[string]any{"thermostat.mode": "heat"})
	ds := r.devices()
	r.must(http.MethodPut, "/api/place", map[string]any{"latitude": 39.9, "longitude": 116.4, "radius_m": 150}, nil)
	r.must(http.MethodPut, "/api/people/li", map[string]any{"name": "Li", "role": "owner", "trackers": []string{"owntracks/li/phone"}}, nil)
	r.must(http.MethodPut, "/api/scenes/warm", map[string]any{"names": map[string]string{"": "Warm"},
		"arrival": map[string]any{"devices": []any{ds["living_trv"].ID, ds["bedroom_ac"].ID}, "people": []string{"li"}, "comfort_c": 21, "away_c": 17}}, nil)

	defer r.tellArrivalOnFailure()
	phone := &walker{r: r, at: time.Now().Add(-10 * time.Minute)}
	phone.user, phone.password = r.account("owntracks-li", "owntracks/li/#")
	// The house's hours are the hub's seconds: a compressor's least time, five minutes, would be a day of it. So the air
	// conditioner stands when Li leaves, and works, with more to give, when Li comes; its hours are real ones then.
	rooms := func(speed, living, bedroom float64) {
		r.control("/house", map[string]any{"speed": speed, "rooms": map[string]any{"living": living, "bedroom": bedroom}})
		r.eventually(30*time.Second, "the rooms are as they were set", func() bool {
			return math.Abs(r.temperature("bedroom_ac")-bedroom) < 0.6 && math.Abs(r.temperature("living_trv")-living) < 0.6
		})
	}
	rooms(1, 21, 14)
	phone.fix(0, 1)
	r.both("Li is in", "21")
	rooms(1, 21, 24)
	phone.leave()
	r.both("Li is far off: set back", "17")
	r.control("/house", map[string]any{"speed": 300})
	r.eventually(60*time.Second, "the living room cools", func() bool { return r.temperature("living_trv") < 19.5 })

	rooms(1, 18, 16)
	phone.fix(12, 1)
	phone.fix(5, 1)
	r.both("Li approaches: comfort is asked for", "21")
	r.control("/house", map[string]any{"speed": 300})
	r.told("Li", "arriving")
	r.hub.Process.Signal(syscall.SIGKILL)
	_ = r.hub.Wait()
	r.startHub()
	r.told("Li", "arriving")
	r.eventually(120*time.Second, "the living room is warm before Li is there", func() bool { return r.temperature("living_trv") >= 20.4 })
	phone.fix(0.02, 1)
	r.told("Li", "home")

	r.control("/set", map[string]any{"id": "sonoff-trv", "ep": 1, "cluster": 0x0201, "attr": 0x0012, "value": 1900})
	r.eventually(10*time.Second, "somebody turns the knob", r.is("living_trv", "thermostat.heat_setpoint", "19"))
	r.eventually(10*time.Second, "what was set by hand is kept, and said so", func() bool {
		for _, z := range r.arrival().Zones {
			if z.Name == "living_trv" && z.HoldUntil != nil {
				return value(r.devices()["living_trv"], "main", "thermostat.heat_setpoint") == "19"
			}
		}
		return false
	})
	for _, e := range r.arrival().Log {
		t.Logf("%s %s %s", e.At.Format("15:04:05"), e.Name, e.Text)
	}
	rooms(1, 20, 24)
	phone.leave()
	r.both("Li leaves again: set back, by hand or not", "17")
}

// walker is a phone that moves in a time of its own, which lies in the past.
type walker struct {
	r              *rig
	at             time.Time
	user, password string
}

// fix is a position so many kilometres north of home, so many minutes after the last.
func (w *walker) fix(km float64, minutes int) {
	w.at = w.at.Add(time.Duration(minutes) * time.Minute)
	w.r.publish(w.user, w.password, "owntracks/li/phone", fmt.Sprintf(`{"_type":"location","lat":%f,"lon":116.4,"acc":15,"tst":%d,"t":"p","vel":40,"batt":80}`, 39.9+km/111.2, w.at.Unix()))
}

// leave crosses the border and goes far away.
func (w *walker) leave() {
	w.at = w.at.Add(time.Minute)
	w.r.publish(w.user, w.password, "owntracks/li/phone/event", fmt.Sprintf(`{"_type":"transition","event":"leave","desc":"Home","lat":39.9035,"lon":116.4,"acc":20,"tst":%d,"wtst":1,"t":"c","tid":"li"}`, w.at.Unix()))
	w.fix(600, 2) // so far that nobody is back for hours
}

// tellArrivalOnFailure logs how a failed arrival came about.
func (r *rig) tellArrivalOnFailure() {
	if !r.t.Failed() {
		return
	}
	a := r.arrival()
	for _, z := range a.Zones {
		r.t.Logf("%s: %s", z.Name, z.Why)
	}
	for _, p := range a.People {
		r.t.Logf("%s: %+v", p.Name, p.Presence)
	}
	for _, e := range a.Log {
		r.t.Logf("%s %s %s", e.At.Format("15:04:05"), e.Name, e.Text)
	}
}

func (r *rig) both(what, want string) {
	r.t.Helper()
	r.eventually(30*time.Second, what, func() bool {
		return r.is("living_trv", "thermostat.heat_setpoint", want)() && r.is("bedroom_ac", "thermostat.heat_setpoint", want)()
	})
}

func (r *rig) temperature(name string) float64 {
	v, _ := strconv.ParseFloat(value(r.devices()[name], "main", "thermostat.local_temperature"), 64)
	return v
}

func (r *rig) arrival() api.Arrival {
	r.t.Helper()
	var all []api.Arrival
	r.must(http.MethodGet, "/api/arrival?lang=en", nil, &all)
	if len(all) != 1 {
		r.t.Fatalf("%d arrival scenes", len(all))
	}
	return all[0]
}

func (r *rig) told(who, state string) {
	r.t.Helper()
	r.eventually(20*time.Second, who+" is "+state, func() bool {
		for _, p := range r.arrival().People {
			if p.Name == who && p.Presence.State == state {
				return true
			}
		}
		return false
	})
}
