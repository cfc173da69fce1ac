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
	Ack *bool  `json:"ack"`
	PIN string `json:"pin"`
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
			for range more {
				owners = append(owners, t.ID)
			}
			asks = append(asks, more...)
		}
	}
	outcomes := g.core.Do(ctx, asks)
	for i, id := range owners {
		if i > 0 && owners[i-1] == id && outcomes[i].Status == speakers.Done && len(out) > 0 && slices.Contains(out[len(out)-1].IDs, id) {
			d, _ := g.core.Device(Platform, model.DeviceID(id))
			out[len(out)-1].States = g.States(d) // one answer a device; a failure before stays
			continue
		}
		r := g.result(id, outcomes[i])
		if asks[i].Command == model.ActionRobotVacuumLocate && r.States != nil {
			r.States["generatedAlert"] = true
		}
		out = append(out, r)
	}
	return out
}

func failed(id, code string) *result {
	return &result{IDs: []string{id}, Status: "ERROR", ErrorCode: code}
}

// prepare puts the commands for one device in the house's words, or answers at once.
func (g *Google) prepare(ctx context.Context, link speakers.Link, id string, execs []execution) (*result, []home.Ask) {
	if scene, ok := strings.CutPrefix(id, scenePrefix); ok {
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

// challenge asks for the PIN before something opens the house.
func (g *Google) challenge(d *home.Device, command string, p *params, e *execution) *result {
	opening := command == "OpenClose" && p.OpenPercent != nil && *p.OpenPercent > 0 || command == "OpenCloseRelative" || command == "LockUnlock" && p.Lock != nil && !*p.Lock
	disarming := command == "ArmDisarm" && (p.Cancel || p.Arm != nil && !*p.Arm)
	if (!speakers.Opens(d) || !opening) && !disarming {
		return nil
	}
	need := func(code, kind string) *result {
		return &result{IDs: []string{string(d.ID)}, Status: "ERROR", ErrorCode: code, Challenge: map[string]string{"type": kind}}
	}
	if e.Challenge == nil || e.Challenge.PIN == "" {
		return need("challengeNeeded", "pinNeeded")
	}
	switch g.core.CheckPIN(e.Challenge.PIN) {
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
