package hue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strings"

	"github.com/concord-home/hub/model"
)

// job is one request to change a resource, and the commands that it carries out.
type job struct {
	body     map[string]any
	commands []model.CommandID
}

// join makes one request of two for the same resource: the later value of a field counts.
func join(a, b job) job {
	body := maps.Clone(a.body)
	maps.Copy(body, b.body)
	if _, color := b.body["color"]; color {
		delete(body, "color_temperature")
	}
	if _, white := b.body["color_temperature"]; white {
		delete(body, "color")
	}
	return job{body, append(a.commands, b.commands...)}
}

// request works out what a command asks of which resource.
func (t *thing) request(cmd model.Command) (to target, body map[string]any, code model.ReasonCode, err error) {
	name := t.description.Name
	if cmd.Action != "" {
		switch id := t.scenes[cmd.Endpoint]; {
		case cmd.Action == "scene.activate" && id != "":
			recall := map[string]any{"action": "active"}
			if cmd.Transition > 0 {
				recall["duration"] = math.Round(cmd.Transition * 1000)
			}
			return target{"scene", id}, map[string]any{"recall": recall}, "", nil
		case cmd.Action == "identify.identify" && t.lights[cmd.Endpoint].id != "":
			return t.lights[cmd.Endpoint], map[string]any{"alert": map[string]any{"action": "breathe"}}, "", nil
		}
		return to, nil, model.ReasonUnsupported, fmt.Errorf("%s cannot %s", name, cmd.Action)
	}
	to, ok := t.lights[cmd.Endpoint]
	if !ok {
		return to, nil, model.ReasonUnsupported, fmt.Errorf("%s has nothing to set on endpoint %s", name, cmd.Endpoint)
	}
	body = map[string]any{}
	for _, w := range cmd.Writes {
		if !write(body, w) {
			return to, nil, model.ReasonReadOnly, fmt.Errorf("%s of %s cannot be set to %s", w.Attribute, name, w.Value)
		}
	}
	if cmd.Transition > 0 {
		body["dynamics"] = map[string]any{"duration": math.Round(cmd.Transition * 1000)}
	}
	return to, body, "", nil
}

// write puts one attribute into a request.
func write(body map[string]any, w model.Write) bool {
	f, number := w.Value.Number()
	switch w.Attribute {
	case "on_off.on":
		on, ok := w.Value.Bool()
		body["on"] = map[string]any{"on": on}
		return ok
	case "level.level":
		body["dimming"] = map[string]any{"brightness": math.Max(f, 0.01)} // 0 is refused, and is not off
		return number
	case "color_temperature.kelvin":
		if !number || f <= 0 {
			return false
		}
		body["color_temperature"] = map[string]any{"mirek": math.Round(1e6 / f)}
		return true
	case "color.x", "color.y":
		c, ok := body["color"].(map[string]any)
		if !ok {
			c = map[string]any{"xy": map[string]any{}}
			body["color"] = c
		}
		c["xy"].(map[string]any)[strings.TrimPrefix(string(w.Attribute), "color.")] = f
		return number
	case "light_effect.effect":
		body["effects"] = map[string]any{"effect": w.Value.String()}
		return true
	}
	return false
}

// execute queues a command.
func (b *bridge) execute(cmd model.Command) {
	b.mu.Lock()
	t := b.things[cmd.Source]
	b.mu.Unlock()
	if t == nil {
		b.outcome([]model.CommandID{cmd.ID}, model.Rejected, model.ReasonUnknownDevice, "the Hue bridge no longer has this device")
		return
	}
	to, body, code, err := t.request(cmd)
	if err == nil {
		code, err = b.complete(t, cmd, body)
	}
	if err != nil {
		b.outcome([]model.CommandID{cmd.ID}, model.Rejected, code, err.Error())
		return
	}
	j := job{body, []model.CommandID{cmd.ID}}
	if to.kind == "grouped_light" || to.kind == "scene" {
		b.groups.Put(to.kind+"/"+to.id, j)
		return
	}
	b.lamps.Put(to.kind+"/"+to.id, j)
}

// complete adds the half of a colour that was not asked for: the bridge wants both.
func (b *bridge) complete(t *thing, cmd model.Command, body map[string]any) (model.ReasonCode, error) {
	c, ok := body["color"].(map[string]any)
	if !ok {
		return "", nil
	}
	xy := c["xy"].(map[string]any)
	b.mu.Lock()
	known := b.colors[t.lights[cmd.Endpoint].id]
	b.mu.Unlock()
	for i, axis := range []string{"x", "y"} {
		if xy[axis] == nil {
			if known == [2]float64{} {
				return model.ReasonUnknownState, errors.New("half a colour was asked for, and the other half is not known")
			}
			xy[axis] = known[i]
		}
	}
	return "", nil
}

// send carries a job out. A busy bridge is asked again after a pause; what does not work is said to every command.
func (b *bridge) send(ctx context.Context, path string, j job) {
	var reply answer
	status, err := b.client.do(ctx, http.MethodPut, "/clip/v2/resource/"+path, j.body, &reply)
	switch {
	case err != nil:
		b.outcome(j.commands, model.Rejected, model.ReasonUnreachable, "the Hue bridge does not answer: "+err.Error())
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		b.outcome(j.commands, model.Rejected, model.ReasonForbidden, errWrongKey.Error())
	case len(reply.Errors) > 0:
		b.outcome(j.commands, model.Rejected, model.ReasonDeviceError, reply.Errors[0].Description)
	case status >= 300:
		b.outcome(j.commands, model.Rejected, model.ReasonDeviceError, fmt.Sprintf("the Hue bridge answers %d", status))
	default:
		b.outcome(j.commands, model.Acked, "", "")
	}
}

func (b *bridge) outcome(ids []model.CommandID, s model.Status, code model.ReasonCode, detail string) {
	for _, id := range ids {
		b.hub.Outcome(id, model.Outcome{Status: s, Reason: model.Reason{Code: code, Detail: detail}})
	}
}
