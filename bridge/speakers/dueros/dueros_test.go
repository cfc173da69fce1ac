package dueros

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

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
		control("TimingTurnOn", "$lamp", `,"timestamp":"soon"`), control("TimingTurnOn", "scene-home", `,"timestamp":{"value":1798000000}`),
		query("GetTurnOnState", "$ac"), query("GetTemperatureReading", "$climate"), query("GetHumidity", "$climate"), query("GetLockState", "$door"), query("GetAirPM25", "$lamp"), query("GetTurnOnState", "$dead"),
		{Name: "state report", Request: message("Control", "ReportStateRequest", `,"appliance":{"applianceId":"$lamp","attributeName":"brightness"}`)},
		{Name: "wrong token", Request: strings.Replace(message("Control", "TurnOnRequest", `,"appliance":{"applianceId":"$lamp"}`), `"T"`, `"X"`, 1)},
		{Name: "wrong token at discovery", Request: strings.Replace(message("Discovery", "DiscoverAppliancesRequest", ""), `"T"`, `"X"`, 1)},
		{Name: "not of this platform", Request: `{"header":{"namespace":"Else","name":"X"}}`},
	})
}

func TestWhatIsToBeDoneLaterIsPutOff(t *testing.T) {
	h, c := newHouse(t, DuerOS, nil)
	at := speakertest.Now().Add(2 * time.Hour).Truncate(time.Second)
	when := fmt.Sprintf(`,"timestamp":{"value":%d}`, at.Unix())
	for _, p := range []speakertest.Pair{control("TimingTurnOff", "$lamp", when), control("TimingSetMode", "$ac", `,"mode":{"value":"HEAT"}`+when)} {
		if _, body := h.Send(c, "POST", "/", p.Request); !strings.Contains(body, "Confirmation") || strings.Contains(body, "previousState") {
			t.Errorf("%s: %s", p.Name, body)
		}
	}
	if len(h.Later) != 2 || h.Later[0].Said != "关闭落地灯" || !h.Later[0].At.Equal(at) || string(h.Later[0].Ask.Device) != h.ID["lamp"] || string(h.Later[1].Ask.Device) != h.ID["ac"] || len(h.Later[1].Ask.Writes) == 0 {
		t.Errorf("put off: %+v", h.Later)
	}
	for name, p := range map[string]speakertest.Pair{"ValueOutOfRangeError": control("TimingTurnOff", "$lamp", `,"timestamp":{"value":1496741861}`), "UnwillingToSetValueError": control("TimingTurnOn", "$door", when)} {
		if _, body := h.Send(c, "POST", "/", p.Request); !strings.Contains(body, "Error") {
			t.Errorf("%s: %s, expected %s", p.Name, body, name)
		}
	}
	if len(h.Later) != 2 {
		t.Errorf("put off in spite of the refusal: %+v", h.Later[2:])
	}
}

func TestRoomsAreGroups(t *testing.T) {
	found := []appliance{{ID: "a", room: "卧室"}, {ID: "b", room: "客厅"}, {ID: "c", room: "客厅"}, {ID: "d"}, {ID: "e", room: "a very long name of a room"}, {ID: "f", room: "书房?"}}
	for i := range 20 {
		found = append(found, appliance{ID: fmt.Sprint(i), room: fmt.Sprint("room ", i)})
	}
	for range 60 {
		found = append(found, appliance{ID: "x", room: "大厅"})
	}
	got := groups(found)
	if len(got) != maxGroups || got[0].Name != "大厅" || len(got[0].IDs) != maxGrouped || got[1].Name != "客厅" || !slices.Equal(got[1].IDs, []string{"b", "c"}) || got[2].Name != "卧室" {
		t.Errorf("groups: %+v", got)
	}
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
