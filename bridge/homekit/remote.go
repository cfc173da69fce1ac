package homekit

import (
	"encoding/json"
	"strings"

	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/model"
)

// remoteKeys are the names of a remote control's keys by Apple's number; "" has none (table 9-72).
var remoteKeys = []string{"rewind", "fast_forward", "next", "previous", "up", "down", "left", "right", "select", "back", "exit", "play_pause", "", "", "", "info"}

// skip is how far a press of rewind or fast forward goes, in seconds.
const skip = 10

// press is what a key asks of a device: its playback, or the infrared code that it has learned under the key's name.
func keyPress(n now, key string) (change, bool) {
	act := func(a model.Attribute, args map[string]model.Value) (change, bool) {
		return change{action: a, args: args}, n.d.HasAction(n.endpoint, a)
	}
	var x change
	ok := false
	switch key {
	case "next":
		x, ok = act("media_playback.next", nil)
	case "previous":
		x, ok = act("media_playback.previous", nil)
	case "play_pause":
		if s, _ := n.text("media_playback.state"); s == "playing" {
			x, ok = act("media_playback.pause", nil)
		} else {
			x, ok = act("media_playback.play", nil)
		}
	case "rewind", "fast_forward":
		if at, known := n.number("media_playback.position"); known {
			to := map[bool]float64{true: max(at-skip, 0), false: at + skip}[key == "rewind"]
			x, ok = act("media_playback.seek", map[string]model.Value{"seconds": model.Number(to)})
		}
	}
	if ok || key == "" {
		return x, ok
	}
	for _, c := range learned(n) {
		if strings.EqualFold(strings.NewReplacer(" ", "_", "-", "_").Replace(c.Name), key) {
			return act("ir_transmit.send", map[string]model.Value{"code": model.String(c.Code)})
		}
	}
	return change{}, false
}

// learnedCode is an infrared code that a device has learned.
type learnedCode struct{ Name, Code string }

func learned(n now) []learnedCode {
	var out []learnedCode
	decode(n.value("ir_transmit.learned"), &out)
	return out
}

// decode reads a structured value; what does not fit is left out.
func decode(v model.Value, into any) {
	if v.Kind() != model.KindList {
		return
	}
	if b, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(b, into)
	}
}

// canPress reports whether a key does anything, whatever plays at the moment.
func canPress(n now, key string) bool {
	switch key {
	case "play_pause":
		if n.d.HasAction(n.endpoint, "media_playback.play") || n.d.HasAction(n.endpoint, "media_playback.pause") {
			return true
		}
	case "rewind", "fast_forward":
		if n.has("media_playback.position") && n.d.HasAction(n.endpoint, "media_playback.seek") {
			return true
		}
	}
	_, ok := keyPress(n, key)
	return ok
}

var remoteKey = conversion{
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok { // the builder asks whether there is such a characteristic: a television has it in any case
			return change{}, true
		}
		if f < 0 || int(f) >= len(remoteKeys) {
			return change{}, false
		}
		return keyPress(n, remoteKeys[int(f)])
	},
	limit: func(c *characteristic.C, n now) {
		for i, key := range remoteKeys {
			if canPress(n, key) {
				c.ValidVals = append(c.ValidVals, i)
			}
		}
	},
}

// volumeStep is how much a press of a volume key changes, in percent.
const volumeStep = 5

// volumeKeys are a phone's own volume keys while its remote control is open: 0 louder, 1 quieter.
var volumeKeys = conversion{write: func(n now, v any) (change, bool) {
	f, pressed := v.(float64)
	by := map[bool]float64{true: volumeStep, false: -volumeStep}[f == 0]
	if at, known := n.number("audio_volume.volume"); known || !pressed {
		return set("audio_volume.volume", model.Number(min(max(at+by, 0), 100))), n.writable("audio_volume.volume")
	}
	return change{action: "audio_volume.step", args: map[string]model.Value{"delta": model.Number(by)}}, n.d.HasAction(n.endpoint, "audio_volume.step")
}}
