package realpeer_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

// free lets scenes set a device again that the test, as a person would, has set by hand.
func (r *rig) free(name string) {
	r.t.Helper()
	_ = r.call(http.MethodDelete, "/api/devices/"+string(r.devices()[name].ID)+"/hold", nil, nil) // nothing may be held
}

func (r *rig) sceneText(id, text string) {
	r.t.Helper()
	var saved api.SceneSaved
	r.must(http.MethodPut, "/api/scenes/"+id+"/text", api.SceneText{Text: text}, &saved)
}

// scenes are those that a household writes first, with devices by their names: a button, and a window over a radiator.
func (r *rig) scenes() {
	r.sceneText("button", `# the remote puts the plug on
names: {"": Remote, zh: 遥控器}
when:
  - {device: remote, event: button.press}
then:
  - {device: tv_plug, set: {on_off.on: on}}
`)
	r.confirmed("tv_plug", "", map[string]any{"on_off.on": false})
	r.control("/action", map[string]any{"id": "remote", "action": "on"})
	r.eventually(10*time.Second, "the plug was put off by hand, so the button leaves it alone, and says so", func() bool {
		var why api.SceneWhy
		r.must(http.MethodGet, "/api/scenes/button/why?lang=en", nil, &why)
		return strings.Contains(why.Text[0], "is held")
	})
	r.free("tv_plug")
	r.eventually(15*time.Second, "the button put the plug on", func() bool {
		r.control("/action", map[string]any{"id": "remote", "action": "on"})
		return r.is("tv_plug", "on_off.on", "true")()
	})

	r.confirmed("bedroom_trv", "", map[string]any{"thermostat.heat_setpoint": 21})
	r.sceneText("window", `names: {"": Window open, zh: 开窗}
when:
  - {device: front_door, attribute: contact.open, to: true, for: 1s}
override: true
then:
  - {capture: before, device: bedroom_trv, attributes: [thermostat.heat_setpoint]}
  - {device: bedroom_trv, set: {thermostat.heat_setpoint: 7}}
  - {wait_until: {device: front_door, attribute: contact.open, is: false}, timeout: 1h}
  - {restore: before}
`)
	r.control("/ias", map[string]any{"id": "contact", "status": 0})
	r.eventually(10*time.Second, "the window is shut", r.is("front_door", "contact.open", "false"))
	r.control("/ias", map[string]any{"id": "contact", "status": 1})
	r.eventually(20*time.Second, "the window is open: the radiator is put down", r.is("bedroom_trv", "thermostat.heat_setpoint", "7"))
	var running api.Scene
	r.must(http.MethodGet, "/api/scenes/window", nil, &running)
	if len(running.Running) != 1 || running.Running[0].Waits != "condition" {
		r.t.Errorf("under way: %+v", running.Running)
	}
	r.control("/ias", map[string]any{"id": "contact", "status": 0})
	r.eventually(20*time.Second, "the window is shut: the radiator is as before", r.is("bedroom_trv", "thermostat.heat_setpoint", "21"))
	r.must(http.MethodDelete, "/api/scenes/window", nil, nil)
	r.must(http.MethodDelete, "/api/scenes/button", nil, nil)
}
