package mqttdiscovery

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concord-home/hub/model"
)

// The announcements below are those of real firmware: ESPHome 2024, OpenMQTTGateway 1.7, Valetudo 2024, Shelly's
// script for Gen1, evcc, Zigbee2MQTT 1.x, EMS-ESP, shortened to what matters.

func TestAnnouncementsOfRealFirmware(t *testing.T) {
	for _, c := range []struct {
		name     string
		announce map[string]string // topic below homeassistant/ → payload
		source   string
		kind     model.DeviceType
		say      [][2]string         // topic, payload
		values   map[string]string   // "endpoint attribute" → value
		writes   map[string][]string // "endpoint attribute value" → published
	}{
		{
			name: "an ESPHome climate with a relay and sensors, abbreviated",
			announce: map[string]string{
				"climate/heatpump/haier/config":    `{"~":"heatpump/climate/haier","mode_cmd_t":"~/mode/command","mode_stat_t":"~/mode/state","modes":["off","cool","heat","fan_only","dry","heat_cool"],"curr_temp_t":"~/current_temperature/state","temp_cmd_t":"~/target_temperature/command","temp_stat_t":"~/target_temperature/state","min_temp":"16","max_temp":"30","temp_step":"1","act_t":"~/action/state","fan_mode_cmd_t":"~/fan_mode/command","fan_mode_stat_t":"~/fan_mode/state","fan_modes":["auto","low","medium","high"],"name":"Haier","avty_t":"heatpump/status","uniq_id":"ESPclimatehaier","dev":{"ids":"a4cf12f0e1d2","name":"heatpump","sw":"esphome v2024.3.0","mdl":"esp32dev","mf":"espressif","sa":"Living room"}}`,
				"sensor/heatpump/wifi/config":      `{"dev_cla":"signal_strength","unit_of_meas":"dBm","stat_cla":"measurement","name":"WiFi","ent_cat":"diagnostic","stat_t":"heatpump/sensor/wifi/state","avty_t":"heatpump/status","uniq_id":"ESPsensorwifi","dev":{"ids":"a4cf12f0e1d2","name":"heatpump"}}`,
				"switch/heatpump/display/config":   `{"name":"Display","ent_cat":"config","stat_t":"heatpump/switch/display/state","cmd_t":"heatpump/switch/display/command","avty_t":"heatpump/status","uniq_id":"ESPswitchdisplay","dev":{"ids":"a4cf12f0e1d2","name":"heatpump"}}`,
				"sensor/heatpump/outdoor_f/config": `{"dev_cla":"temperature","unit_of_meas":"°F","name":"Outdoor","stat_t":"heatpump/sensor/outdoor/state","uniq_id":"ESPsensoroutdoor","dev":{"ids":"a4cf12f0e1d2","name":"heatpump"}}`,
			},
			source: "ha-a4cf12f0e1d2", kind: "air_conditioner",
			say: [][2]string{{"heatpump/status", "online"}, {"heatpump/climate/haier/mode/state", "heat_cool"}, {"heatpump/climate/haier/target_temperature/state", "21.0"},
				{"heatpump/climate/haier/current_temperature/state", "nan"}, {"heatpump/climate/haier/action/state", "heating"}, {"heatpump/sensor/wifi/state", "-61"}, {"heatpump/sensor/outdoor/state", "50"}},
			values: map[string]string{"main thermostat.mode": "auto", "main thermostat.heat_setpoint": "21", "main thermostat.cool_setpoint": "21", "main thermostat.local_temperature": "never",
				"main thermostat.running": `["heat"]`, "main health.rssi": "-61", "main temperature.celsius": "10"},
			writes: map[string][]string{"main thermostat.mode cool": {"heatpump/climate/haier/mode/command cool"}, "main thermostat.heat_setpoint 22": {"heatpump/climate/haier/target_temperature/command 22"},
				"main fan.mode medium": {"heatpump/climate/haier/fan_mode/command medium"}, "main setting.display true": {"heatpump/switch/display/command ON"}},
		},
		{
			name: "an RGB lamp in the default schema",
			announce: map[string]string{"light/strip/config": `{"unique_id":"strip1","name":"Strip","command_topic":"strip/set","state_topic":"strip","brightness_command_topic":"strip/bri/set","brightness_state_topic":"strip/bri","rgb_command_topic":"strip/rgb/set","rgb_state_topic":"strip/rgb","color_temp_command_topic":"strip/ct/set","color_temp_state_topic":"strip/ct","effect_command_topic":"strip/fx/set","effect_state_topic":"strip/fx","effect_list":["Rainbow","Solid"],"qos":1,
				"device":{"identifiers":["strip1"],"connections":[["mac","AA:BB:CC:DD:EE:01"]],"name":"Strip","manufacturer":"WLED"}}`},
			source: "ha-strip1", kind: "light_color",
			say:    [][2]string{{"strip", "ON"}, {"strip/bri", "128"}, {"strip/rgb", "255,0,0"}, {"strip/ct", "250"}, {"strip/fx", "Rainbow"}},
			values: map[string]string{"main on_off.on": "true", "main level.level": "50", "main color.hue": "0", "main color.saturation": "100", "main color_temperature.kelvin": "4000", "main light_effect.effect": "Rainbow"},
			writes: map[string][]string{"main color.hue 120": {"strip/rgb/set 0,255,0"}, "main level.level 0": {"strip/bri/set 1"}, "main color_temperature.kelvin 5000": {"strip/ct/set 200"}, "main on_off.on false": {"strip/set OFF"}},
		},
		{
			name:     "a JSON lamp sends one object",
			announce: map[string]string{"light/desk/config": `{"schema":"json","name":"Desk","stat_t":"desk","cmd_t":"desk/set","brightness":true,"sup_clrm":["hs"],"uniq_id":"desk"}`},
			source:   "ha-desk", kind: "light_color",
			say:    [][2]string{{"desk", `{"state":"ON","brightness":255,"color":{"h":30,"s":50}}`}},
			values: map[string]string{"main on_off.on": "true", "main level.level": "100", "main color.hue": "30"},
			writes: map[string][]string{"main color.hue 10": {`desk/set {"color":{"h":10,"s":50}}`}, "main level.level 20": {`desk/set {"brightness":51}`}},
		},
		{
			name: "a two-gang ESPHome relay",
			announce: map[string]string{
				"switch/dual/relay_1/config": `{"name":"Relay 1","stat_t":"dual/switch/relay_1/state","cmd_t":"dual/switch/relay_1/command","uniq_id":"x1","obj_id":"relay_1","dev":{"ids":"84f3eb000001","name":"dual","mdl":"esp01_1m"}}`,
				"switch/dual/relay_2/config": `{"name":"Relay 2","stat_t":"dual/switch/relay_2/state","cmd_t":"dual/switch/relay_2/command","uniq_id":"x2","obj_id":"relay_2","dev":{"ids":"84f3eb000001","name":"dual","mdl":"esp01_1m"}}`,
			},
			source: "ha-84f3eb000001", kind: "wall_switch",
			say:    [][2]string{{"dual/switch/relay_2/state", "ON"}},
			values: map[string]string{"2 on_off.on": "true", "1 on_off.on": "never"},
			writes: map[string][]string{"1 on_off.on true": {"dual/switch/relay_1/command ON"}},
		},
		{
			name: "OpenMQTTGateway's Bluetooth thermometer",
			announce: map[string]string{
				"sensor/A4C138112233-temp/config": `{"stat_t":"+/+/BTtoMQTT/A4C138112233","dev_cla":"temperature","unit_of_meas":"°C","name":"temp","uniq_id":"A4C138112233-temp","val_tpl":"{{ value_json.tempc | is_defined }}","device":{"ids":["A4C138112233"],"cns":[["mac","A4C138112233"]],"mf":"Xiaomi","mdl":"LYWSD03MMC","name":"LYWSD03MMC"}}`,
				"sensor/A4C138112233-hum/config":  `{"stat_t":"home/OMG/BTtoMQTT/A4C138112233","dev_cla":"humidity","unit_of_meas":"%","name":"hum","uniq_id":"A4C138112233-hum","val_tpl":"{{ value_json.hum | is_defined }}","device":{"ids":["A4C138112233"],"name":"LYWSD03MMC"}}`,
				"sensor/A4C138112233-batt/config": `{"stat_t":"home/OMG/BTtoMQTT/A4C138112233","dev_cla":"battery","unit_of_meas":"%","name":"batt","uniq_id":"A4C138112233-batt","val_tpl":"{{ value_json.batt | is_defined }}","device":{"ids":["A4C138112233"],"name":"LYWSD03MMC"}}`,
			},
			source: "ha-a4c138112233", kind: "climate_sensor",
			say:    [][2]string{{"home/OMG/BTtoMQTT/A4C138112233", `{"id":"A4:C1:38:11:22:33","tempc":21.7,"hum":48,"batt":77}`}},
			values: map[string]string{"main humidity.percent": "48", "main power_source.battery_pct": "77", "main temperature.celsius": "21.7"},
		},
		{
			name:     "a robot with Valetudo",
			announce: map[string]string{"vacuum/robot/vacuum/config": `{"schema":"state","name":"Robot","unique_id":"valetudo_robot","supported_features":["start","pause","stop","return_home","locate","battery","fan_speed"],"state_topic":"valetudo/robot/hass/robot_state","command_topic":"valetudo/robot/BasicControlCapability/operation/set","payload_start":"START","payload_pause":"PAUSE","payload_stop":"STOP","payload_return_to_base":"HOME","fan_speed_list":["low","medium","max"],"set_fan_speed_topic":"valetudo/robot/fan_speed/preset/set","availability_topic":"valetudo/robot/$state","payload_available":"ready","payload_not_available":"lost","device":{"manufacturer":"Roborock","model":"S5","name":"Valetudo S5","identifiers":["robot"]}}`},
			source:   "ha-robot", kind: "robot_vacuum",
			say:    [][2]string{{"valetudo/robot/$state", "ready"}, {"valetudo/robot/hass/robot_state", `{"state":"docked","battery_level":100,"fan_speed":"max"}`}},
			values: map[string]string{"main robot_vacuum.state": "docked", "main power_source.battery_pct": "100", "main robot_vacuum.suction": "max"},
			writes: map[string][]string{"main robot_vacuum.suction low": {"valetudo/robot/fan_speed/preset/set low"}, "main !robot_vacuum.dock": {"valetudo/robot/BasicControlCapability/operation/set HOME"}},
		},
		{
			name: "device discovery with shared options",
			announce: map[string]string{"device/0AFFD2/config": `{"dev":{"ids":"0AFFD2","name":"Kitchen","mf":"Bla","mdl":"xya","sn":"ea334450945afc"},"o":{"name":"bla2mqtt","sw":"2.1"},"stat_t":"sensorBedroom/state","avty":[{"t":"sensorBedroom/up","pl_avail":"1","pl_not_avail":"0"}],
				"cmps":{"t":{"p":"sensor","dev_cla":"temperature","unit_of_meas":"°C","val_tpl":"{{ value_json.temperature}}","uniq_id":"t1"},"h":{"p":"sensor","dev_cla":"humidity","unit_of_meas":"%","val_tpl":"{{ value_json.humidity}}","uniq_id":"h1"},"gone":{"p":"sensor"}}}`},
			source: "ha-0affd2", kind: "climate_sensor",
			say:    [][2]string{{"sensorBedroom/up", "1"}, {"sensorBedroom/state", `{"temperature":19.5,"humidity":55}`}},
			values: map[string]string{"main temperature.celsius": "19.5", "main humidity.percent": "55"},
		},
		{
			name: "a blind with inverted positions and a garage door",
			announce: map[string]string{
				"cover/blind/config":  `{"name":"Blind","uniq_id":"b","cmd_t":"blind/set","pos_t":"blind/pos","set_pos_t":"blind/pos/set","pos_open":0,"pos_clsd":100,"dev":{"ids":"b","name":"Blind"}}`,
				"cover/garage/config": `{"name":"Garage","uniq_id":"g","dev_cla":"garage","cmd_t":"garage/set","stat_t":"garage/state","dev":{"ids":"g","name":"Garage"}}`,
			},
			source: "ha-b", kind: "window_covering",
			say:    [][2]string{{"blind/pos", "30"}, {"garage/state", "opening"}},
			values: map[string]string{"main window_covering.open_pct": "70"},
			writes: map[string][]string{"main window_covering.open_pct 25": {"blind/pos/set 75"}, "main window_covering.open_pct 100": {"blind/set OPEN"}, "main !window_covering.stop": {"blind/set STOP"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, Options{}, func(h *house) {
				for topic, payload := range c.announce {
					if strings.Contains(topic, "temp/config") { // a wildcard in a state topic cannot be followed for one device
						payload = strings.Replace(payload, "+/+/", "home/OMG/", 1)
					}
					h.broker.Deliver("homeassistant/"+topic, payload, true)
				}
				h.settle()
				d, ok := h.hub.described[model.SourceID("mqttdiscovery/"+c.source)]
				if !ok {
					t.Fatalf("not described: %v", h.hub.described)
				}
				if d.Type != c.kind {
					t.Errorf("type %s, want %s", d.Type, c.kind)
				}
				for _, say := range c.say {
					h.broker.Deliver(say[0], say[1], false)
				}
				for what, want := range c.values {
					at, attribute, _ := strings.Cut(what, " ")
					if got := h.hub.value(c.source, at, attribute); got != want {
						t.Errorf("%s = %s, want %s", what, got, want)
					}
				}
				for what, want := range c.writes {
					h.command(c.source, what)
					if got := h.broker.Published(); !slices.Equal(got, want) {
						t.Errorf("%s sends %q, want %q (%+v)", what, got, want, h.hub.outcomes["c"])
					}
				}
			})
		})
	}
}

// command carries out "ENDPOINT ATTRIBUTE VALUE" or "ENDPOINT !ACTION".
func (h *house) command(source, what string) {
	words := strings.SplitN(what, " ", 3)
	cmd := model.Command{ID: "c", Source: model.SourceID("mqttdiscovery/" + source), Endpoint: model.EndpointID(words[0])}
	if action, ok := strings.CutPrefix(words[1], "!"); ok {
		cmd.Action = model.Attribute(action)
	} else {
		var v model.Value
		if v.UnmarshalJSON([]byte(words[2])) != nil {
			v = model.String(words[2])
		}
		cmd.Writes = []model.Write{{Attribute: model.Attribute(words[1]), Value: v}}
	}
	h.broker.Published()
	h.adapter.Execute(cmd)
}

func TestEventsOfRemotesAndDoorbells(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		h.broker.Deliver("homeassistant/device_automation/remote/t1/config", `{"atype":"trigger","t":"remote/action","type":"button_long_press","stype":"button_2","pl":"hold2","dev":{"ids":["remote"],"name":"Remote"}}`, true)
		h.broker.Deliver("homeassistant/event/bell/config", `{"name":"Bell","uniq_id":"bell","stat_t":"bell/event","evt_typ":["pressed"],"dev_cla":"doorbell"}`, true)
		h.settle()
		h.broker.Deliver("remote/action", "hold2", false)
		h.broker.Deliver("remote/action", "other", false)
		h.broker.Deliver("bell/event", `{"event_type":"pressed"}`, false)
		h.broker.Deliver("bell/event", `{"event_type":"unheard of"}`, false)
		if n := len(h.hub.events); n != 2 {
			t.Fatalf("%d events: %v", n, h.hub.events)
		}
		if e := h.hub.events[0]; e.Event != "button.press" || e.Args["action"] != model.String("long_press") || e.Args["button"] != model.String("button_2") {
			t.Errorf("the remote: %v", e)
		}
		if e := h.hub.events[1]; e.Event != "doorbell.ring" {
			t.Errorf("the bell: %v", e)
		}
	})
}

const lamp = `{"name":"Lamp","uniq_id":"lamp","stat_t":"lamp","cmd_t":"lamp/set","avty":[{"t":"gw/state"},{"t":"lamp/up"}],"avty_mode":"all","dev":{"ids":"lamp","name":"Lamp"}}`

func TestAvailabilityRemovalAndGarbage(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		h.broker.Deliver("homeassistant/light/lamp/config", lamp, true)
		h.broker.Deliver("lamp", "ON", true)
		h.settle()
		source := model.SourceID("mqttdiscovery/ha-lamp")
		h.broker.Deliver("gw/state", "online", false)
		h.broker.Deliver("lamp/up", "offline", false)
		if h.hub.reachable[source] == "" {
			t.Error("the lamp is offline, yet reachable")
		}
		h.broker.Deliver("lamp/up", "online", false)
		if h.hub.reachable[source] != "" {
			t.Error("the lamp is online, yet not reachable")
		}
		for _, garbage := range []string{"{", "null", "[]", `"x"`, `{"device":3,"availability":7,"options":{}}`, strings.Repeat("[", 100_000), `{"dev":{"ids":[[]]}}`, "\xff\xfe"} {
			h.broker.Deliver("homeassistant/light/lamp/config", garbage, false)
			h.broker.Deliver("homeassistant/climate/x/config", garbage, false)
			h.broker.Deliver("homeassistant/device/x/config", garbage, false)
			h.broker.Deliver("lamp", garbage, false)
		}
		h.broker.Deliver("homeassistant/light/lamp/config", lamp, true)
		h.settle()
		h.broker.Deliver("lamp", "OFF", false)
		if got := h.hub.value("ha-lamp", "main", "on_off.on"); got != "false" {
			t.Errorf("after garbage the lamp is %s", got)
		}
		h.broker.Deliver("homeassistant/light/lamp/config", "", true)
		h.settle()
		if !h.hub.gone[source] {
			t.Error("its announcement was taken back, yet the lamp is there")
		}
		if o := h.write("ha-lamp", "main", set("on_off.on", model.Bool(true))); o.Status != model.Rejected {
			t.Errorf("a command to what is gone: %+v", o)
		}
		h.broker.Deliver("homeassistant/light/lamp/config", lamp, true)
		h.settle()
		if h.hub.gone[source] {
			t.Error("announced again, the lamp is not back")
		}
	})
}

func TestRetainedStatesAreNoNews(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		h.broker.Deliver("lamp", "ON", true)
		h.broker.Deliver("homeassistant/light/lamp/config", lamp, true)
		h.broker.Deliver("plug", "ON", true)
		h.broker.Deliver("homeassistant/switch/plug/config", `{"name":"Plug","uniq_id":"plug","stat_t":"plug","cmd_t":"plug/set"}`, true)
		h.settle()
		if x := h.hub.values["mqttdiscovery/ha-lamp main on_off.on"]; !x.CaughtUp || x.Quality != "" {
			t.Errorf("the lamp says whether it is there, so its retained state is good and caught up: %+v", x)
		}
		if got := h.hub.value("ha-plug", "main", "on_off.on"); got != "true restored" {
			t.Errorf("nobody knows whether the plug is there: %s", got)
		}
		h.broker.Deliver("plug", "ON", false)
		if got := h.hub.value("ha-plug", "main", "on_off.on"); got != "true" {
			t.Errorf("heard, the plug is %s", got)
		}
	})
}

func TestWhatIsNotToldAgainInTimeIsUnknown(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		if got := h.broker.Published(); len(got) != 1 || !strings.HasPrefix(got[0], "homeassistant/status online") {
			t.Errorf("devices are told of the hub by %q", got)
		}
		h.broker.Deliver("homeassistant/sensor/cellar/config", `{"name":"Cellar","uniq_id":"cellar","stat_t":"cellar","dev_cla":"temperature","unit_of_meas":"°C","exp_aft":60}`, true)
		h.settle()
		want := func(after time.Duration, value string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := h.hub.value("ha-cellar", "main", "temperature.celsius"); got != value {
				t.Errorf("%v later: got %q, want %q", after, got, value)
			}
		}
		h.broker.Deliver("cellar", "12.5", false)
		want(50*time.Second, "12.5")
		h.broker.Deliver("cellar", "12.5", false) // the same again holds as long again
		want(50*time.Second, "12.5")
		want(20*time.Second, "unknown")
		h.broker.Deliver("cellar", "12.5", false)
		want(time.Second, "12.5")
	})
}

func TestOwnAndNativeAnnouncementsAreLeftAlone(t *testing.T) {
	inHouse(t, Options{Own: "concord-ab12", Native: []string{"zigbee2mqtt"}}, func(h *house) {
		h.broker.Deliver("homeassistant/light/x/config", `{"uniq_id":"concord-ab12-lamp","stat_t":"homie/5/x","dev":{"ids":"concord-ab12-lamp"}}`, true)
		h.broker.Deliver("homeassistant/light/y/config", `{"uniq_id":"y","stat_t":"zigbee2mqtt/y","dev":{"ids":"zigbee2mqtt_0x00158d0005bb0009"}}`, true)
		h.broker.Deliver("homie/5/concord-ab12-lamp/$description", `{"name":"Lamp","nodes":{"main":{"properties":{"on":{"datatype":"boolean","settable":true}}}}}`, true)
		h.broker.Deliver("homie/5/concord-ab12-lamp/$state", `ready`, true)
		h.settle()
		if len(h.hub.described) != 0 {
			t.Errorf("taken in: %v", h.hub.described)
		}
	})
}

func TestIdentities(t *testing.T) {
	for payload, want := range map[string]model.Identity{
		`{"device":{"ids":["zigbee2mqtt_0x00158d0005bb0009"]}}`:    {Kind: model.IdentityIEEE, Value: "00158d0005bb0009"},
		`{"device":{"ids":"shellyplug-s-98CDAC123456"}}`:           {Kind: model.IdentityMAC, Value: "98CDAC123456"},
		`{"device":{"cns":[["mac","aa:bb:cc:dd:ee:ff"]]}}`:         {Kind: model.IdentityMAC, Value: "aa:bb:cc:dd:ee:ff"},
		`{"device":{"ids":"x","mf":"Acme","sn":"12"}}`:             {Kind: model.IdentitySerial, Value: "acme/12"},
		`{"device":{"cns":[["zigbee","0x00158d0005bb0009"]]}}`:     {Kind: model.IdentityIEEE, Value: "0x00158d0005bb0009"},
		`{"device":{"identifiers":["aa:bb:cc:dd:ee:ff","other"]}}`: {Kind: model.IdentityMAC, Value: "aa:bb:cc:dd:ee:ff"},
	} {
		c, err := parseConfig([]byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		d, _ := c["device"].(config)
		if got := identities(d); len(got) == 0 || got[0] != want {
			t.Errorf("%s: %v, want %v", payload, got, want)
		}
	}
}

func TestHundredDevicesAtOnceAndAReconnect(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		began := time.Now()
		for i := range 100 {
			id := "n" + string(rune('a'+i/26)) + string(rune('a'+i%26))
			h.broker.Deliver("homeassistant/switch/"+id+"/config", `{"uniq_id":"`+id+`","stat_t":"`+id+`","cmd_t":"`+id+`/set"}`, true)
		}
		h.settle()
		if n := len(h.hub.described); n != 100 {
			t.Errorf("%d devices", n)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("it took %v of simulated time", d)
		}
		h.broker.Cut(true)
		if o := h.write("ha-naa", "main", set("on_off.on", model.Bool(true))); o.Status != model.Rejected || o.Reason.Code != model.ReasonUnreachable {
			t.Errorf("without a broker: %+v", o)
		}
		h.broker.Cut(false)
	})
}

func FuzzHomeAssistant(f *testing.F) {
	f.Add("light", lamp, `{"state":"ON"}`)
	f.Add("climate", `{"modes":["off","heat"],"mode_stat_t":"s","temp_cmd_t":"c","curr_temp_t":"s","act_t":"s","act_tpl":"{{ value_json.a }}"}`, `{"a":1}`)
	f.Add("device", `{"dev":{"ids":"x"},"stat_t":"s","cmps":{"a":{"p":"sensor","dev_cla":"power","unit_of_meas":"W"}}}`, "12")
	f.Fuzz(func(t *testing.T, component, announce, say string) {
		device, es, err := entities(component, "x", []byte(announce))
		if err != nil || len(es) == 0 {
			return
		}
		th := homeAssistantThing(device, es)
		m := &message{topic: "s", payload: []byte(say)}
		for _, p := range th.points {
			if p.read != nil {
				p.read(m)
			}
			if p.write != nil {
				w := &writing{thing: th, endpoint: p.endpoint, writes: []model.Write{{Attribute: p.property.Attribute, Value: model.Number(1)}}}
				_, _, _ = th.compose(w)
			}
		}
		for _, p := range th.presence {
			p.read(m)
		}
		for _, x := range th.triggers {
			x.read(m)
		}
	})
}
