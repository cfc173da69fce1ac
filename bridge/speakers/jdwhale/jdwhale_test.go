package jdwhale

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

func message(area, name, rest string) string {
	return `{"header":{"namespace":"Alpha.Iot.Device.` + area + `","name":"` + name + `","messageId":"m1","payLoadVersion":"1","userId":"u1"},"payload":{"accessToken":"T"` + rest + `}}`
}

func TestAnswersAreTheGoldenOnes(t *testing.T) {
	h := speakertest.New(t)
	control := func(name, device, rest string) speakertest.Pair {
		return speakertest.Pair{Name: name + " " + device, Request: message("Control", name+"Request", `,"deviceId":"`+device+`"`+rest)}
	}
	h.Golden(New(h.Core), *update, []speakertest.Pair{
		{Name: "discovery", Request: message("Discover", "DiscoverDevicesRequest", "")},
		control("TurnOn", "$lamp", ""), control("SetBrightness", "$lamp", `,"brightness":{"value":70}`), control("AdjustUpBrightness", "$lamp", ""),
		control("TurnOn", "$ac", ""), control("SetTemperature", "$ac", `,"temperature":{"value":"25"}`), control("SetTemperature", "$ac", `,"value":60`), control("SetMode", "$ac", `,"mode":{"value":"cold"}`),
		control("TurnOff", "$curtain", ""), control("TurnOn", "$dead", ""), control("TurnOn", "nobody", ""), control("Dance", "$lamp", ""), control("TurnOn", "scene-home", ""),
		{Name: "query", Request: message("Query", "QueryRequest", `,"deviceId":"$ac"`)},
		{Name: "query of one", Request: message("Query", "QueryHumidityRequest", `,"deviceId":"$climate"`)},
		{Name: "query of what is away", Request: message("Query", "QueryRequest", `,"deviceId":"$dead"`)},
		{Name: "wrong token", Request: strings.Replace(message("Control", "TurnOnRequest", `,"deviceId":"$lamp"`), `"T"`, `"X"`, 1)},
	})
}

func TestADeviceThatNeverAnswersHoldsUpNoAnswer(t *testing.T) {
	h := speakertest.New(t)
	h.AnswersForTheSlow(New(h.Core), speakertest.Pair{Name: "turn on", Request: message("Control", "TurnOnRequest", `,"deviceId":"$lamp"`)})
}

func FuzzHandle(f *testing.F) {
	f.Add(message("Control", "SetBrightnessRequest", `,"deviceId":"$lamp","brightness":{"value":"max"}`))
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
