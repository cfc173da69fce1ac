package mqttdiscovery

import (
	"fmt"
	"slices"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

type people struct{ told []string }

func (p *people) Located(t string, f model.Fix) {
	p.told = append(p.told, fmt.Sprintf("%s at %g,%g ±%g", t, f.Latitude, f.Longitude, f.AccuracyM))
}
func (p *people) Associated(t string, home bool) {
	p.told = append(p.told, fmt.Sprintf("%s home %v", t, home))
}

// The announcements are those of Home Assistant's documentation and of OpenMQTTGateway's and Traccar-to-MQTT's trackers.
func TestTrackersTellOfPeople(t *testing.T) {
	for _, c := range []struct {
		name, announce string
		say            [][2]string
		want           []string
	}{
		{"a tag that is home or not", `{"state_topic":"home/tag/li","name":"Li's tag","payload_home":"home","payload_not_home":"not_home","source_type":"bluetooth_le","uniq_id":"li-tag"}`,
			[][2]string{{"home/tag/li", "home"}, {"home/tag/li", "not_home"}, {"home/tag/li", "None"}, {"home/tag/li", "office"}},
			[]string{"mqtt/li_tag home true", "mqtt/li_tag home false", "mqtt/li_tag home false"}},
		{"a tag by its strength", `{"stat_t":"ble/1","val_tpl":"{% if value_json.rssi is defined -%}home{%- else -%}not_home{%- endif %}","src_type":"bluetooth_le","uniq_id":"t1"}`,
			[][2]string{{"ble/1", `{"rssi":-60}`}, {"ble/1", `{"id":1}`}}, []string{"mqtt/t1 home true", "mqtt/t1 home false"}},
		{"a phone with positions", `{"json_attributes_topic":"car/where","state_topic":"car/state","source_type":"gps","uniq_id":"car"}`,
			[][2]string{{"car/where", `{"latitude":32.87336,"longitude":-117.22743,"gps_accuracy":1.2}`}, {"car/state", "home"}, {"car/where", `{"latitude":99,"longitude":0}`}, {"car/where", `{"latitude":"x"}`}},
			[]string{"mqtt/car at 32.87336,-117.22743 ±1.2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &people{}
			inHouse(t, Options{People: p}, func(h *house) {
				h.broker.Deliver("homeassistant/device_tracker/x/config", c.announce, true)
				h.settle()
				for _, m := range c.say {
					h.broker.Deliver(m[0], m[1], false)
				}
				if !slices.Equal(p.told, c.want) {
					t.Errorf("told %q, expected %q; %+v", p.told, c.want, h.adapter.Checks())
				}
			})
		})
	}
}

func TestPicturesDatesAndTimes(t *testing.T) {
	inHouse(t, Options{}, func(h *house) {
		for topic, payload := range map[string]string{
			"camera/front/config":  `{"topic":"frigate/front/person/snapshot","name":"Front","uniq_id":"front","dev":{"ids":"frigate"}}`,
			"image/last/config":    `{"url_topic":"frigate/last","name":"Last","uniq_id":"last","dev":{"ids":"frigate"}}`,
			"time/wake/config":     `{"cmd_t":"clock/wake/set","stat_t":"clock/wake","name":"Wake","uniq_id":"wake","dev":{"ids":"frigate"}}`,
			"date/day/config":      `{"cmd_t":"clock/day/set","stat_t":"clock/day","name":"Day","uniq_id":"day","dev":{"ids":"frigate"}}`,
			"datetime/next/config": `{"cmd_t":"clock/next/set","stat_t":"clock/next","name":"Next","uniq_id":"next","dev":{"ids":"frigate"}}`,
		} {
			h.broker.Deliver("homeassistant/"+topic, payload, true)
		}
		h.settle()
		for _, m := range []adapters.Message{{Topic: "frigate/front/person/snapshot", Payload: []byte("\xff\xd8\xff")}, {Topic: "frigate/last", Payload: []byte("http://192.0.2.4/last.jpg")},
			{Topic: "clock/wake", Payload: []byte("07:30:00")}, {Topic: "clock/day", Payload: []byte("2026-11-26")}, {Topic: "clock/next", Payload: []byte("tomorrow")}} {
			h.broker.Say(m, false)
		}
		for what, want := range map[string]string{"measurement.last": "http://192.0.2.4/last.jpg", "setting.wake": "07:30:00", "setting.day": "2026-11-26", "setting.next": "never"} {
			if got := h.hub.value("ha-frigate", "main", what); got != want {
				t.Errorf("%s = %s, expected %s", what, got, want)
			}
		}
		if got := h.hub.value("ha-frigate", "main", "measurement.front"); got == "never" {
			t.Error("nothing is told of the picture")
		}
		for write, sent := range map[string]string{"setting.wake 06:15": "clock/wake/set 06:15", "setting.day 2026-12-01": "clock/day/set 2026-12-01", "setting.next 2026-12-01T06:15:00Z": "clock/next/set 2026-12-01T06:15:00Z", "setting.day tomorrow": ""} {
			var a, v string
			_, _ = fmt.Sscan(write, &a, &v)
			o := h.write("ha-frigate", "main", set(model.Attribute(a), model.String(v)))
			if got := h.broker.Published(); sent != "" && !slices.Contains(got, sent) || sent == "" && (o.Status != model.Rejected || len(got) > 0) {
				t.Errorf("%s: %+v, %q", write, o, got)
			}
		}
	})
}
