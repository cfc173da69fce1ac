package google

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// group is one part of an EXECUTE: some commands for some devices.
type group struct {
	Devices   []target    `json:"devices"`
	Execution []execution `json:"execution"`
}

type execution struct {
	Command   string          `json:"command"`
	Params    json.RawMessage `json:"params"`
	Challenge *challenge      `json:"challenge"`
}

// challenge is what the person answered whom Google asked.
type challenge struct {
	Ack *bool `json:"ack"`
	PIN pin   `json:"pin"`
}

// pin is a PIN, as text or as a number: one that is written otherwise shall not spoil the other commands.
type pin string

// UnmarshalJSON takes the PIN without its quotes.
func (p *pin) UnmarshalJSON(b []byte) error {
	*p = pin(strings.Trim(string(b), `"`))
	if *p == "null" {
		*p = ""
	}
	return nil
}

// result is what became of one device.
type result struct {
	IDs       []string          `json:"ids"`
	Status    string            `json:"status"`
	States    map[string]any    `json:"states,omitempty"`
	ErrorCode string            `json:"errorCode,omitempty"`
	Challenge map[string]string `json:"challengeNeeded,omitempty"`
}

func (g *Google) execute(ctx context.Context, link speakers.Link, groups []group) []result {
	out := []result{}
	var asks []home.Ask
	var owners []string // of asks: the id
	for _, grp := range groups {
		for _, t := range grp.Devices {
			r, more := g.prepare(ctx, link, t.ID, grp.Execution)
			if r != nil {
				out = append(out, *r)
				continue
			}
			for _, ask := range more {
				if last := slices.Index(owners, t.ID); last >= 0 && together(&asks[last], ask) {
					continue
				}
				owners, asks = append(owners, t.ID), append(asks, ask)
			}
		}
	}
	for i, o := range g.core.Do(ctx, asks) {
		r := g.result(owners[i], o)
		if asks[i].Command == model.ActionRobotVacuumLocate && r.States != nil {
			r.States["generatedAlert"] = true
		}
		out = append(out, r)
	}
	return worst(out)
}

// together puts what is to be set after the one into the same command, the later value of an attribute before the earlier: a device
// is asked once, and in time.
func together(one *home.Ask, after home.Ask) bool {
	if one.Command != "" || after.Command != "" || one.Endpoint != after.Endpoint {
		return false
	}
	for _, w := range after.Writes {
		one.Writes = append(slices.DeleteFunc(one.Writes, func(x model.Write) bool { return x.Attribute == w.Attribute }), w)
	}
	return true
}

func deactivates(raw json.RawMessage) bool {
	var p params
	return json.Unmarshal(raw, &p) == nil && p.Deactivate
}

// rank is how bad a status is.
var rank = map[string]int{"SUCCESS": 0, "PENDING": 1, "OFFLINE": 2, "ERROR": 3}

// worst leaves one result for each device: that of the command that went worst, and of two alike the later, whose state is newer.
func worst(all []result) []result {
	out := []result{}
	at := map[string]int{}
	for _, r := range all {
		i, there := at[r.IDs[0]]
		switch {
		case !there:
			at[r.IDs[0]] = len(out)
			out = append(out, r)
		case rank[r.Status] >= rank[out[i].Status]:
			out[i] = r
		}
	}
	return out
}

func failed(id, code string) *result {
	return &result{IDs: []string{id}, Status: "ERROR", ErrorCode: code}
}

// prepare puts the commands for one device in the house's words, or answers at once.
func (g *Google) prepare(ctx context.Context, link speakers.Link, id string, execs []execution) (*result, []home.Ask) {
	if scene, ok := strings.CutPrefix(id, scenePrefix); ok {
		if len(execs) == 0 || execs[0].Command != commandPrefix+"ActivateScene" || deactivates(execs[0].Params) {
			return failed(id, "functionNotSupported"), nil // no scene is taken back
		}
		if err := g.core.RunScene(ctx, scene, link); err != nil {
			return failed(id, "deviceNotFound"), nil
		}
		return &result{IDs: []string{id}, Status: "SUCCESS", States: map[string]any{"online": true}}, nil
	}
	d, ok := g.core.Device(Platform, model.DeviceID(id))
	if !ok {
		return failed(id, "deviceNotFound"), nil
	}
	var asks []home.Ask
	for i := range execs {
		var p params
		if len(execs[i].Params) > 0 {
			if err := json.Unmarshal(execs[i].Params, &p); err != nil {
				return failed(id, "protocolError"), nil
			}
		}
		command := strings.TrimPrefix(execs[i].Command, commandPrefix)
		if r := g.challenge(d, command, &p, &execs[i]); r != nil {
			return r, nil
		}
		ask, err := askOf(d, command, &p)
		if err != nil {
			return failed(id, err.Error()), nil
		}
		ask.Device, ask.Cause = d.ID, speakers.Cause(link)
		asks = append(asks, ask)
	}
	if len(asks) == 0 {
		return failed(id, "protocolError"), nil
	}
	return nil, asks
}

// opening reports whether a command opens the house or turns its watch off, for which Google's certification wants a PIN.
func opening(d *home.Device, command string, p *params) bool {
	switch command {
	case "OpenClose":
		return speakers.Opens(d) && p.OpenPercent != nil && *p.OpenPercent > 0
	case "OpenCloseRelative":
		return speakers.Opens(d)
	case "LockUnlock":
		return speakers.Opens(d) && p.Lock != nil && !*p.Lock
	case "ArmDisarm":
		return p.Cancel || p.Arm != nil && !*p.Arm
	case "OnOff":
		return d.Type() == "camera"
	}
	return false
}

// heats are the commands of TemperatureSetting, which in Japan somebody must have said yes to for an air conditioner.
var heats = map[string]bool{"ThermostatTemperatureSetpoint": true, "ThermostatTemperatureSetRange": true, "ThermostatSetMode": true, "TemperatureRelative": true}

func (g *Google) japan() bool {
	zone := g.core.View().Surroundings().Zone
	return zone == "Asia/Tokyo" || zone == "Japan"
}

// challenge asks for the PIN before something opens the house, and for a yes where the law wants one.
func (g *Google) challenge(d *home.Device, command string, p *params, e *execution) *result {
	heating := heats[command] && (d.Type() == "air_conditioner" || d.Type() == "ir_air_conditioner") && g.japan()
	if !heating && !opening(d, command, p) {
		return nil
	}
	need := func(code, kind string) *result {
		return &result{IDs: []string{string(d.ID)}, Status: "ERROR", ErrorCode: code, Challenge: map[string]string{"type": kind}}
	}
	switch {
	case heating && (e.Challenge == nil || e.Challenge.Ack == nil):
		return need("challengeNeeded", "ackNeeded")
	case heating && *e.Challenge.Ack:
		return nil
	case heating:
		return failed(string(d.ID), "userCancelled")
	case e.Challenge == nil || e.Challenge.PIN == "":
		return need("challengeNeeded", "pinNeeded")
	}
	switch g.core.CheckPIN(string(e.Challenge.PIN)) {
	case speakers.PINRight:
		return nil
	case speakers.PINWrong:
		return need("challengeNeeded", "challengeFailedPinNeeded")
	case speakers.PINLocked:
		return failed(string(d.ID), "tooManyFailedAttempts")
	}
	return failed(string(d.ID), "challengeFailedNotSetup")
}

func (g *Google) result(id string, o speakers.Outcome) result {
	r := result{IDs: []string{id}}
	d, _ := g.core.Device(Platform, model.DeviceID(id))
	switch o.Status {
	case speakers.Done:
		r.Status, r.States = "SUCCESS", g.States(d)
	case speakers.Pending:
		r.Status = "PENDING"
	case speakers.Offline:
		r.Status, r.ErrorCode = "OFFLINE", "deviceOffline"
	default:
		r.Status, r.ErrorCode = "ERROR", code(o.Reason.Code)
	}
	return r
}

// code is Google's word for a reason.
func code(r model.ReasonCode) string {
	switch r {
	case model.ReasonInvalidValue:
		return "valueOutOfRange"
	case model.ReasonUnsupported, model.ReasonReadOnly:
		return "functionNotSupported"
	case model.ReasonUnknownDevice:
		return "deviceNotFound"
	case model.ReasonUnreachable, model.ReasonNoAnswer:
		return "deviceOffline"
	case model.ReasonUnknownState:
		return "deviceNotReady"
	}
	return "hardError"
}
