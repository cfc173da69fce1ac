package dueros

import (
	"encoding/json"
	"flag"
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

func message(area, name, rest string) string {
	return `{"header":{"namespace":"DuerOS.ConnectedHome.` + area + `","name":"` + name + `","messageId":"m1","payloadVersion":"1"},"payload":{"accessToken":"T"` + rest + `}}`
}

func control(name, device, rest string) speakertest.Pair {
	return speakertest.Pair{Name: name + " " + device, Request: message("Control", name+"Request", `,"appliance":{"applianceId":"`+device+`","additionalApplianceDetails":{}}`+rest)}
}

// newHouse is a house and a codec in it.
func newHouse(t *testing.T, d Dialect, bot *Bot) (*speakertest.House, *Duer) {
	h := speakertest.New(t)
	return h, New(h.Core, d, bot)
}

func TestAnswersAreTheGoldenOnes(t *testing.T) {
	h, c := newHouse(t, DuerOS, nil)
	query := func(name, device string) speakertest.Pair {
		return speakertest.Pair{Name: name + " " + device, Request: message("Query", name+"Request", `,"appliance":{"applianceId":"`+device+`"}`)}
	}
	h.Golden(c, *update, []speakertest.Pair{
		{Name: "discovery", Request: message("Discovery", "DiscoverAppliancesRequest", `,"openUid":"o1"`)},
		control("TurnOn", "$lamp", ""), control("SetBrightnessPercentage", "$lamp", `,"brightness":{"value":70}`), control("IncrementBrightnessPercentage", "$lamp", `,"deltaPercentage":{"value":20}`),
		control("DecrementBrightness", "$lamp", `,"deltaBrightness":{"value":0.5}`), control("SetBrightnessPercentage", "$lamp", `,"brightness":{"value":700}`),
		control("SetColor", "$lamp", `,"color":{"hue":350.5,"saturation":0.7138,"brightness":0.6524}`), control("SetColorTemperature", "$lamp", `,"colorTemperatureInKelvin":4500`),
		control("TurnOn", "$ac", ""), control("SetTemperature", "$ac", `,"targetTemperature":{"value":24}`), control("DecrementTemperature", "$ac", `,"deltaValue":{"value":2}`),
		control("SetMode", "$ac", `,"mode":{"deviceType":"AIR_CONDITION","value":"HEAT"}`), control("SetMode", "$ac", `,"mode":{"value":"DANCE"}`), control("SetFanSpeed", "$ac", `,"fanSpeed":{"value":10}`),
		control("TurnOnPercent", "$curtain", `,"degree":{"value":30}`), control("Pause", "$curtain", ""), control("SetLockState", "$door", `,"lockState":{"value":"UNLOCKED"}`),
		control("SetVolume", "$speaker", `,"deltaValue":{"value":50}`), control("TurnOn", "$vacuum", ""),
		control("TurnOn", "$dead", ""), control("TurnOn", "nobody", ""), control("TimingTurnOn", "$lamp", `,"timestamp":{"value":1496741861}`), control("TurnOn", "scene-home", ""),
		query("GetTurnOnState", "$ac"), query("GetTemperatureReading", "$climate"), query("GetHumidity", "$climate"), query("GetLockState", "$door"), query("GetAirPM25", "$lamp"), query("GetTurnOnState", "$dead"),
		{Name: "state report", Request: message("Control", "ReportStateRequest", `,"appliance":{"applianceId":"$lamp","attributeName":"brightness"}`)},
		{Name: "wrong token", Request: strings.Replace(message("Control", "TurnOnRequest", `,"appliance":{"applianceId":"$lamp"}`), `"T"`, `"X"`, 1)},
		{Name: "wrong token at discovery", Request: strings.Replace(message("Discovery", "DiscoverAppliancesRequest", ""), `"T"`, `"X"`, 1)},
		{Name: "not of this platform", Request: `{"header":{"namespace":"Else","name":"X"}}`},
	})
}

func TestXiaoweiIsTheSameWithAnotherHeader(t *testing.T) {
	h, c := newHouse(t, Xiaowei, nil)
	p := control("TurnOn", "$lamp", "")
	p.Request = strings.Replace(strings.Replace(p.Request, "DuerOS.ConnectedHome", "SmartHome", 1), `Version":"1"`, `Version":"2"`, 1)
	status, body := h.Send(c, "POST", "/", p.Request)
	var m envelope.Message
	if err := json.Unmarshal([]byte(body), &m); err != nil || status != http.StatusOK || m.Name() != "TurnOnConfirmation" || m.Namespace() != "SmartHome.Control" || m.Header["payloadVersion"] != "2" {
		t.Errorf("%d %s %v", status, body, err)
	}
}

func TestChangesAreReportedForWhatWasDiscovered(t *testing.T) {
	baidu := speakertest.Listen(t)
	h, c := newHouse(t, DuerOS, &Bot{ID: "bot", Address: baidu.URL})
	h.Core.AddReporter(c)
	h.Send(c, "POST", "/", message("Discovery", "DiscoverAppliancesRequest", `,"openUid":"o1"`))
	h.Send(c, "POST", "/", control("TurnOn", "$lamp", "").Request)
	baidu.Wait(`"attributeName":"turnOnState"`, `"openUid":"o1"`, h.ID["lamp"])
	if err := c.Resync(t.Context(), "u1"); err != nil {
		t.Error(err)
	}
	baidu.Wait("/devicesync")
}

func TestADeviceThatNeverAnswersHoldsUpNoAnswer(t *testing.T) {
	for _, d := range []Dialect{DuerOS, Xiaowei} {
		h, c := newHouse(t, d, nil)
		p := control("TurnOn", "$lamp", "")
		if d.Name == Xiaowei.Name {
			p.Request = strings.Replace(p.Request, "DuerOS.ConnectedHome", "SmartHome", 1)
		}
		h.AnswersForTheSlow(c, p)
	}
}

func FuzzHandle(f *testing.F) {
	f.Add(control("SetBrightnessPercentage", "$lamp", `,"brightness":{"value":70}`).Request)
	f.Add(control("SetColor", "$lamp", `,"color":{"hue":350.5}`).Request)
	c, in := speakertest.Still()
	f.Fuzz(func(t *testing.T, text string) {
		var m envelope.Message
		if json.Unmarshal([]byte(in(text)), &m) != nil {
			return
		}
		if _, err := json.Marshal(New(c, DuerOS, nil).Handle(t.Context(), &m)); err != nil {
			t.Error(err)
		}
	})
}
