package miot

import (
	"encoding/json"
	"flag"
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers/speakertest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

var auth = []string{"User-Token", "T"}

func ask(intent, rest string) speakertest.Pair {
	return speakertest.Pair{Name: intent + " " + rest, Header: auth, Request: `{"requestId":"r1","intent":"` + intent + `"` + rest + `}`}
}

func set(values ...string) speakertest.Pair {
	return ask("set-properties", `,"properties":[`+strings.Join(values, ",")+`]`)
}

func value(did string, iid, v string) string {
	siid, piid, _ := strings.Cut(iid, ".")
	return `{"did":"` + did + `","siid":` + siid + `,"piid":` + piid + `,"value":` + v + `}`
}

func TestAnswersAreTheGoldenOnes(t *testing.T) {
	h := speakertest.New(t)
	m, err := New(h.Core, nil, speakertest.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	h.Golden(m, *update, []speakertest.Pair{
		ask("get-devices", ""),
		set(value("$lamp", "2.1", "true"), value("$ac", "2.1", "true"), value("$dead", "2.1", "true"), value("x", "2.1", "true")),
		set(value("$lamp", "2.2", "70"), value("$lamp", "2.2", "700"), value("$lamp", "2.2", `"loud"`)), set(value("$lamp", "2.4", "65280")), set(value("$lamp", "2.4", "-1")), set(value("$lamp", "2.3", "4500")),
		set(value("$ac", "2.5", "3")), set(value("$ac", "2.5", "9")), set(value("$ac", "2.6", "24")), set(value("$ac", "2.7", "3")), set(value("$ac", "2.99", "3")), set(value("$ac", "9.1", "3")),
		set(value("$curtain", "2.8", "40")), set(value("$speaker", "2.9", "55"), value("$speaker", "2.10", "true")), set(value("scene-home", "2.1", "true")),
		ask("get-properties", `,"properties":[{"did":"$lamp","siid":2,"piid":1},{"did":"$lamp","siid":9,"piid":1},{"did":"$ac","siid":2,"piid":5},{"did":"$climate","siid":3,"piid":1},{"did":"x","siid":2,"piid":1}]`),
		ask("invoke-action", `,"action":[{"did":"$curtain","siid":2,"aiid":2},{"did":"$lamp","siid":2,"aiid":1},{"did":"$lamp","siid":2,"aiid":7}]`),
		ask("get-device-status", `,"devices":["$lamp","$dead","scene-home","x"]`),
		ask("subscribe", `,"devices":[{"did":"$lamp","subscriptionId":"123456"},{"did":"x","subscriptionId":"1"},{"did":"$ac"}]`),
		ask("unsubscribe", `,"devices":[{"did":"$lamp","subscriptionId":"9"},{"did":"$lamp","subscriptionId":"123456"}]`),
		ask("dance", ""),
		{Name: "wrong token", Request: `{"requestId":"r1","intent":"get-devices"}`},
	})
}

func TestChangesOfWhatWasSubscribedAreTold(t *testing.T) {
	xiaomi := speakertest.Listen(t, "Partner")
	h := speakertest.New(t)
	memory := speakertest.Memory{}
	m, err := New(h.Core, &Cloud{Address: xiaomi.URL, Headers: map[string]string{"Partner": "p1"}}, memory)
	if err != nil {
		t.Fatal(err)
	}
	h.Core.AddReporter(m)
	for _, p := range []speakertest.Pair{ask("get-devices", ""), ask("subscribe", `,"devices":[{"did":"$lamp","subscriptionId":"77"}]`), set(value("$lamp", "2.1", "true"), value("$ac", "2.1", "true"))} {
		h.Send(m, http.MethodPost, "/", p.Request, auth...)
	}
	if all := xiaomi.Wait(" p1 ", `"subscriptionId":"77"`); strings.Contains(all, h.ID["ac"]) {
		t.Errorf("told of what nobody subscribed to: %s", all)
	}
	if again, err := New(h.Core, nil, memory); err != nil || len(again.subs.by) != 1 {
		t.Errorf("after a restart: %v %v", again.subs.by, err)
	}
}

func TestADeviceThatNeverAnswersHoldsUpNoAnswer(t *testing.T) {
	h := speakertest.New(t)
	m, err := New(h.Core, nil, speakertest.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	h.AnswersForTheSlow(m, set(value("$lamp", "2.1", "true")))
}

func FuzzHandle(f *testing.F) {
	f.Add(set(value("$lamp", "2.2", "70")).Request)
	f.Add(ask("invoke-action", `,"action":[{"did":"$lamp","siid":2,"aiid":1,"in":[5]}]`).Request)
	c, in := speakertest.Still()
	m, err := New(c, nil, speakertest.Memory{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var q request
		if json.Unmarshal([]byte(in(text)), &q) != nil {
			return
		}
		link, _ := c.Links().ByToken(t.Context(), Platform, speakertest.Token)
		out, _ := m.Handle(t.Context(), link, &q)
		if _, err := json.Marshal(out); err != nil {
			t.Error(err)
		}
	})
}
