package aligenie

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

func first(area, name, rest string) string {
	return `{"header":{"namespace":"AliGenie.Iot.Device.` + area + `","name":"` + name + `","messageId":"1","payLoadVersion":1},"payload":{"accessToken":"T"` + rest + `}}`
}

func second(name, rest string) string {
	return `{"header":{"namespace":"AliGenie.Iot.Device.Control","name":"` + name + `","messageId":"1","payLoadVersion":2},"payload":{"accessToken":"T",` + rest + `}}`
}

func TestAnswersAreTheGoldenOnes(t *testing.T) {
	h := speakertest.New(t)
	control := func(name, device, rest string) speakertest.Pair {
		return speakertest.Pair{Name: name + " " + device, Request: first("Control", name, `,"deviceId":"`+device+`"`+rest)}
	}
	value := func(attribute, v string) string {
		return `,"attribute":"` + attribute + `","value":` + v
	}
	h.Golden(New(h.Core), *update, []speakertest.Pair{
		{Name: "discovery of version 1", Request: first("Discovery", "DiscoveryDevices", "")},
		{Name: "discovery of version 2", Request: strings.Replace(first("Discovery", "DiscoveryDevices", ""), `Version":1`, `Version":2`, 1)},
		control("TurnOn", "$lamp", value("powerstate", `"on"`)),
		control("SetBrightness", "$lamp", value("brightness", `"max"`)),
		control("AdjustDownBrightness", "$lamp", value("brightness", `"30"`)),
		control("SetColor", "$lamp", value("color", `"Red"`)),
		control("SetColor", "$lamp", value("color", `"Sky"`)),
		control("TurnOn", "$ac", value("powerstate", `"on"`)),
		control("SetTemperature", "$ac", value("temperature", `"24"`)),
		control("SetTemperature", "$ac", value("temperature", `"99"`)),
		control("AdjustUpTemperature", "$ac", value("temperature", `"2"`)),
		control("SetMode", "$ac", value("mode", `"heat"`)),
		control("SetWindSpeed", "$ac", value("windspeed", `"high"`)),
		control("TurnOn", "$curtain", ""), control("Pause", "$curtain", ""),
		control("TurnOn", "$vacuum", ""), control("SetVolume", "$speaker", value("volume", `"55"`)), control("SetMute", "$speaker", ""),
		control("TurnOn", "$dead", ""), control("TurnOn", "$door", ""), control("TurnOn", "nobody", ""), control("Dance", "$lamp", ""),
		control("TurnOn", "scene-home", ""), control("TurnOff", "scene-home", ""),
		{Name: "query", Request: first("Query", "Query", `,"deviceId":"$ac"`)},
		{Name: "query of one", Request: first("Query", "QueryTemperature", `,"deviceId":"$climate"`)},
		{Name: "query of what is away", Request: first("Query", "Query", `,"deviceId":"$dead"`)},
		{Name: "wrong token", Request: strings.Replace(first("Control", "TurnOn", `,"deviceId":"$lamp"`), `"T"`, `"X"`, 1)},
		{Name: "set of version 2", Request: second("thing.attribute.set", `"deviceIds":["$lamp","$dead"],"params":{"powerstate":0}`)},
		{Name: "set of words in numbers", Request: second("thing.attribute.set", `"deviceIds":["$ac"],"params":{"mode":1,"windspeed":3}`)},
		{Name: "adjust of version 2", Request: second("thing.attribute.adjust", `"deviceIds":["$lamp"],"params":{"brightness":-20}`)},
		{Name: "get of version 2", Request: second("thing.attribute.get", `"deviceIds":["$lamp","$ac","nobody"]`)},
		{Name: "not this way", Request: second("thing.attribute.set", `"deviceIds":[],"params":{}`)},
	})
}

func TestWhatAliGenieCannotTakeIsLeftOutWithAReason(t *testing.T) {
	h := speakertest.New(t)
	a := New(h.Core)
	reasons := map[string]string{}
	for _, d := range h.Hub.View().Devices() {
		reasons[d.Name("")] = a.Refuses(d)
	}
	for name, part := range map[string]string{"lamp": "", "bad/name": "signs that cannot be said", "speaker": "no such type"} {
		if got := reasons[name]; part == "" && got != "" || !strings.Contains(got, part) {
			t.Errorf("%s: %q, expected %q", name, got, part)
		}
	}
}

func TestADeviceThatNeverAnswersHoldsUpNoAnswer(t *testing.T) {
	h := speakertest.New(t)
	h.AnswersForTheSlow(New(h.Core), speakertest.Pair{Name: "turn on", Request: first("Control", "TurnOn", `,"deviceId":"$lamp"`)})
}

func FuzzHandle(f *testing.F) {
	f.Add(first("Control", "SetBrightness", `,"deviceId":"$lamp","value":"max"`))
	f.Add(second("thing.attribute.set", `"deviceIds":["$ac"],"params":{"powerstate":1}`))
	c, in := speakertest.Still()
	f.Fuzz(func(t *testing.T, text string) {
		var m envelope.Message
		if json.Unmarshal([]byte(in(text)), &m) != nil {
			return
		}
		if _, err := json.Marshal(New(c).Handle(t.Context(), &m)); err != nil {
			t.Error(err)
		}
	})
}
