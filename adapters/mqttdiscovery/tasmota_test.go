package mqttdiscovery

import (
	"slices"
	"testing"

	"github.com/concord-home/hub/model"
)

const (
	tasmotaPlug   = `{"ip":"192.168.1.30","dn":"Washer","fn":["Washer",null],"hn":"tasmota-123456-1234","mac":"A1B2C3123456","md":"Sonoff POW R2","ty":0,"if":0,"ofln":"Offline","onln":"Online","state":["OFF","ON","TOGGLE","HOLD"],"sw":"13.4.0","t":"washer","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"],"rl":[1,0,0,0,0,0,0,0],"swc":[-1,-1],"swn":[null,null],"btn":[0,0],"so":{"4":0,"11":0,"13":0,"17":0,"20":0,"30":0,"68":0,"73":0,"82":0,"114":0,"117":0},"lk":0,"lt_st":0,"bat":0,"dslp":0,"sho":[0],"ver":1}`
	tasmotaSensed = `{"sn":{"Time":"2026-11-20T10:00:00","ENERGY":{"TotalStartTime":"2026-01-01T00:00:00","Total":12.345,"Power":[5,6],"Voltage":230,"Factor":0.5},"DS18B20":{"Id":"0114","Temperature":70.7},"TempUnit":"F"},"ver":1}`
	tasmotaLight  = `{"dn":"Ceiling","fn":["Ceiling"],"hn":"c","mac":"A1B2C3000002","md":"Bulb","ofln":"Offline","onln":"Online","state":["OFF","ON"],"sw":"13","t":"ceiling","ft":"home/%topic%/%prefix%/","tp":["cmnd","stat","tele"],"rl":[2],"so":{"73":1,"82":0},"btn":[1],"lt_st":5,"lk":1}`
	tasmotaBlind  = `{"dn":"Blind","fn":["Blind","x"],"mac":"A1B2C3000003","md":"Shutter","state":["OFF","ON"],"t":"blind","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"],"rl":[3,3],"so":{},"sho":[1],"lt_st":0}`
)

func TestTasmota(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		h.broker.Deliver("tasmota/discovery/A1B2C3123456/config", tasmotaPlug, true)
		h.broker.Deliver("tasmota/discovery/A1B2C3123456/sensors", tasmotaSensed, true)
		h.broker.Deliver("tasmota/discovery/A1B2C3000002/config", tasmotaLight, true)
		h.broker.Deliver("tasmota/discovery/A1B2C3000003/config", tasmotaBlind, true)
		h.settle()
		if got := h.broker.Published(); !slices.Contains(got, "cmnd/washer/STATE") || !slices.Contains(got, "cmnd/washer/STATUS 8") {
			t.Errorf("the plug is not asked for its state: %q", got)
		}
		plug := h.hub.described["mqttdiscovery/tasmota-a1b2c3123456"]
		if plug.Name != "Washer" || len(plug.Identities) != 1 || plug.Identities[0].Value != "A1B2C3123456" {
			t.Errorf("the plug: %+v", plug)
		}
		for _, m := range [][2]string{
			{"tele/washer/LWT", "Online"}, {"tele/washer/STATE", `{"Time":"x","UptimeSec":99,"POWER":"ON","Wifi":{"AP":1,"RSSI":78,"Signal":-61}}`},
			{"stat/washer/STATUS8", `{"StatusSNS":{"ENERGY":{"Total":12.5,"Power":[7,8],"Voltage":231,"Factor":0.5},"DS18B20":{"Temperature":32},"TempUnit":"F"}}`},
			{"home/ceiling/stat/RESULT", `{"POWER":"ON","Dimmer":40,"Color":"00","HSBColor":"120,50,40","CT":200}`}, {"home/ceiling/stat/RESULT", `{"Button1":{"Action":"DOUBLE"}}`},
			{"stat/blind/RESULT", `{"Shutter1":{"Position":30,"Direction":1,"Target":50}}`},
		} {
			h.broker.Deliver(m[0], m[1], false)
		}
		for what, want := range map[[3]string]string{
			{"tasmota-a1b2c3123456", "main", "on_off.on"}: "true", {"tasmota-a1b2c3123456", "main", "health.rssi"}: "-61",
			{"tasmota-a1b2c3123456", "phase2", "power_meter.watts"}: "8", {"tasmota-a1b2c3123456", "main", "energy_meter.imported_kwh"}: "12.5", {"tasmota-a1b2c3123456", "main", "temperature.celsius"}: "0",
			{"tasmota-a1b2c3000002", "main", "level.level"}: "40", {"tasmota-a1b2c3000002", "main", "color.hue"}: "120", {"tasmota-a1b2c3000002", "main", "color_temperature.kelvin"}: "5000",
			{"tasmota-a1b2c3000003", "main", "window_covering.open_pct"}: "70", {"tasmota-a1b2c3000003", "main", "window_covering.moving"}: "closing",
		} {
			if got := h.hub.value(what[0], what[1], what[2]); got != want {
				t.Errorf("%v = %s, want %s", what, got, want)
			}
		}
		if len(h.hub.events) != 1 || h.hub.events[0].Args["action"] != model.String("double") {
			t.Errorf("the button: %v", h.hub.events)
		}
		for what, want := range map[[2]string]string{
			{"tasmota-a1b2c3123456", "main on_off.on false"}: "cmnd/washer/POWER OFF", {"tasmota-a1b2c3000002", "main color_temperature.kelvin 4000"}: "home/ceiling/cmnd/CT 250",
			{"tasmota-a1b2c3000002", "main color.hue 240"}: "home/ceiling/cmnd/HSBColor 240,50,40", {"tasmota-a1b2c3000003", "main window_covering.open_pct 100"}: "cmnd/blind/ShutterPosition1 0",
			{"tasmota-a1b2c3000003", "main !window_covering.stop"}: "cmnd/blind/ShutterStop1",
		} {
			h.command(what[0], what[1])
			if got := h.broker.Published(); !slices.Equal(got, []string{want}) {
				t.Errorf("%v sends %q, want %q (%+v)", what, got, want, h.hub.outcomes["c"])
			}
		}
		h.broker.Deliver("tele/washer/LWT", "Offline", false)
		if h.hub.reachable["mqttdiscovery/tasmota-a1b2c3123456"] == "" {
			t.Error("the plug is offline, yet reachable")
		}
		h.broker.Deliver("tasmota/discovery/A1B2C3123456/config", "", true)
		h.settle()
		if !h.hub.gone["mqttdiscovery/tasmota-a1b2c3123456"] {
			t.Error("the plug was removed, yet it is there")
		}
	})
}

func FuzzTasmota(f *testing.F) {
	f.Add(tasmotaPlug, tasmotaSensed, `{"POWER":"ON"}`)
	f.Add(tasmotaLight, "", `{"HSBColor":"1,2,3"}`)
	f.Add(tasmotaBlind, "{}", `{"Shutter1":{"Position":30}}`)
	f.Fuzz(func(t *testing.T, config, sensors, say string) {
		th, err := (&tasmotaDevice{config: []byte(config), sensors: []byte(sensors)}).thing()
		if err != nil || th == nil {
			return
		}
		for _, p := range th.points {
			p.read(&message{topic: p.topic, payload: []byte(say)})
		}
	})
}
