package realpeer_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
)

// answer is what the hub answers to a sentence.
type answer struct {
	Kind   string `json:"kind"`
	Speech string `json:"speech"`
	Failed []struct {
		Reason string `json:"reason"`
	} `json:"failed"`
}

func (r *rig) say(sentence string) answer {
	r.t.Helper()
	var a answer
	r.must(http.MethodPost, "/v1/converse", map[string]string{"text": sentence}, &a)
	return a
}

// TestASentenceMovesALampOfARealZigbee2MQTT says sentences over HTTP and, with the protocol's own client, over Wyoming: the
// answer comes when the lamp has confirmed; a lamp without power is answered with the reason.
func TestASentenceMovesALampOfARealZigbee2MQTT(t *testing.T) {
	t.Parallel() // it mostly waits
	r := newRig(t)
	python := filepath.Join(r.peers, "wyoming/bin/python")
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("a peer is missing: %v; run scripts/install-peers.sh", err)
	}
	wyoming := freeAddr(t)
	r.flags = []string{"--wyoming", wyoming, "--discover=false"}
	r.startHub()
	r.startRadio()
	r.configureZ2M()
	r.startZ2M()
	r.join()
	r.set("living/lamp", "", map[string]any{"on_off.on": false})

	if a := r.say("turn on the living lamp"); a.Kind != "done" || !strings.Contains(a.Speech, "is on") {
		t.Errorf("over HTTP: %+v", a)
	}
	if !r.is("living/lamp", "on_off.on", "true")() {
		t.Error("answered before the lamp was on")
	}
	if a := r.say("把living lamp亮度调到40%"); a.Kind != "done" {
		t.Errorf("in Chinese: %+v", a)
	}

	out, err := exec.CommandContext(t.Context(), python, "testdata/wyoming_say.py", "tcp://"+wyoming, "en", "turn off the living lamp").Output()
	if err != nil {
		t.Fatalf("the Wyoming client: %v", err)
	}
	var said struct {
		Programs, Languages []string
		Handled             bool
		Text                string
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	if !said.Handled || !strings.Contains(said.Text, "is off") || !slices.Contains(said.Programs, "concord") || !slices.Contains(said.Languages, "zh-CN") {
		t.Errorf("over Wyoming: %s", out)
	}
	if !r.is("living/lamp", "on_off.on", "false")() {
		t.Error("answered before the lamp was off")
	}

	r.control("/offline", map[string]any{"id": "hue-bulb", "offline": true})
	a := r.say("turn on the living lamp")
	if a.Kind != "error" || len(a.Failed) != 1 || a.Failed[0].Reason == "" || !strings.Contains(a.Speech, a.Failed[0].Reason) {
		t.Errorf("a lamp without power: %+v", a)
	}
	t.Logf("a lamp without power: %q", a.Speech)
	r.control("/offline", map[string]any{"id": "hue-bulb", "offline": false})
	r.control("/announce", map[string]any{"id": "hue-bulb"})
	r.eventually(60*time.Second, "powered again, the lamp answers", func() bool {
		return r.set("living/lamp", "", map[string]any{"on_off.on": true}).Status == model.Confirmed
	})
}
