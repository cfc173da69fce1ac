package scenes

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// op is one instruction of a compiled scene. A run is a counter into these, so that it can be written down
// anywhere and go on after a restart.
type op struct {
	code opcode
	path string // of the step in the document

	target     *target
	cond       *cond         // unless, until
	to         int           // jump, unless, next: where to go on
	span       time.Duration // wait; until: the timeout, 0 for none
	stops      bool          // until: whether the timeout ends the run
	counter    int           // clear, next
	times      int           // next: how often at most
	name       string        // scene, mode, capture, restore
	notice     *home.Notice
	attributes []model.Attribute // capture
	transition float64           // restore
}

type opcode uint8

const (
	opDo      opcode = iota // set or command
	opWait                  // for a time
	opUntil                 // a condition is true
	opJump                  // to
	opUnless                // the condition is true, jump
	opClear                 // a counter
	opNext                  // count; jump when it was often enough
	opNotify                // people
	opScene                 // run another
	opMode                  // begin
	opCapture               // remember values
	opRestore               // set them again
	opStop                  // the run
)

const (
	maxRepeat = 1000
	maxSteps  = 500 // in one document
)

// compiler turns steps into instructions.
type compiler struct {
	p        *problems
	code     []op
	counters int
	steps    int
	depth    int
}

func (c *compiler) emit(o op) int {
	c.code = append(c.code, o)
	return len(c.code) - 1
}

// list compiles the steps of a list.
func (c *compiler) list(m member) {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.p.add(m.path, fmt.Sprintf("at most %d levels", maxDepth), "steps are too deep within each other")
		return
	}
	c.p.list(m, func(path string, raw json.RawMessage) {
		if c.steps++; c.steps == maxSteps+1 {
			c.p.add(path, fmt.Sprintf("at most %d steps", maxSteps), "the scene has more")
		}
		if c.steps <= maxSteps {
			c.step(path, raw)
		}
	})
}

// stepKinds are the keys that tell what a step does; one without any is a target.
var stepKinds = []string{"wait", "wait_until", "repeat", "choose", "if", "notify", "scene", "mode", "capture", "restore", "stop"}

func (c *compiler) step(path string, raw json.RawMessage) {
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(raw, &keys) // what is no object is told of by whoever reads it
	kind := ""
	for _, k := range stepKinds {
		if _, ok := keys[k]; ok {
			kind = k
			break
		}
	}
	switch kind {
	case "wait":
		o := op{code: opWait, path: path}
		c.p.fields(path, raw, "wait", readers{"wait": c.p.span(&o.span, time.Second, 30*day)})
		c.emit(o)
	case "wait_until":
		c.until(path, raw)
	case "repeat":
		c.p.fields(path, raw, "repeat", readers{"repeat": func(m member) { c.repeat(m) }})
	case "choose":
		c.choose(path, raw)
	case "if":
		c.branch(path, raw, true, nil)
	case "notify":
		n := &home.Notice{}
		c.p.fields(path, raw, "notify, to", readers{"notify": func(m member) { n.Texts = c.p.texts(m) },
			"to": c.p.into(&n.To, "a list of people's ids")})
		c.emit(op{code: opNotify, path: path, notice: n})
	case "capture":
		c.capture(path, raw)
	case "restore":
		o := op{code: opRestore, path: path}
		c.p.fields(path, raw, "restore, transition", readers{"restore": c.p.into(&o.name, "the name of what was captured"),
			"transition": c.p.into(&o.transition, "a number of seconds")})
		c.p.transition(path, o.transition)
		c.emit(o)
	case "scene", "mode":
		o := op{code: opScene, path: path}
		if kind == "mode" {
			o.code = opMode
		}
		c.p.fields(path, raw, kind, readers{kind: c.p.into(&o.name, "the name of a "+kind)})
		if o.name == "" {
			c.p.add(Join(path, kind), "the name of a "+kind, "it is empty")
		}
		c.emit(o)
	case "stop":
		yes := false
		c.p.fields(path, raw, "stop", readers{"stop": c.p.into(&yes, "true")})
		c.emit(op{code: opStop, path: path})
	default:
		t := c.p.target(path, raw)
		c.emit(op{code: opDo, path: path, target: &t})
	}
}

// texts reads a text for all, or texts by language.
func (p *problems) texts(m member) map[string]string {
	var one string
	out := map[string]string{}
	if json.Unmarshal(m.raw, &one) == nil {
		out[""] = one
	} else {
		p.into(&out, `a text, or texts by language, such as {"": "Door open", "zh": "门开着"}`)(m)
	}
	if len(out) == 0 || strings.TrimSpace(strings.Join(sortedTexts(out), "")) == "" {
		p.add(m.path, "a text", "it is empty")
	}
	return out
}

func (c *compiler) until(path string, raw json.RawMessage) {
	o := op{code: opUntil, path: path}
	then := "continue"
	c.p.fields(path, raw, "wait_until, timeout, on_timeout", readers{
		"wait_until": func(m member) { o.cond = c.p.conds(m, 0) },
		"timeout":    c.p.span(&o.span, time.Second, 30*day),
		"on_timeout": c.p.into(&then, `"continue" or "stop"`),
	})
	if then != "continue" && then != "stop" {
		c.p.add(Join(path, "on_timeout"), `"continue" or "stop"`, "got %q", then)
	}
	o.stops = then == "stop"
	c.emit(o)
}

// repeat: count; unless while: out; body; unless until: again.
func (c *compiler) repeat(m member) {
	var body *member
	var during, until *cond
	times := 0
	c.p.fields(m.path, m.raw, "times, while, until, do", readers{
		"times": c.p.into(&times, fmt.Sprintf("1 to %d", maxRepeat)),
		"while": func(m member) { during = c.p.conds(m, 0) },
		"until": func(m member) { until = c.p.conds(m, 0) },
		"do":    func(m member) { body = &m },
	})
	if times < 0 || times > maxRepeat || times == 0 && during == nil && until == nil {
		c.p.add(m.path, fmt.Sprintf("times from 1 to %d, while or until", maxRepeat), "it does not say how often")
	}
	if body == nil {
		c.p.add(m.path, "steps under do", "it repeats nothing")
		return
	}
	if times == 0 {
		times = maxRepeat
	}
	counter := c.counters
	c.counters++
	c.emit(op{code: opClear, path: m.path, counter: counter})
	head := c.emit(op{code: opNext, path: m.path, counter: counter, times: times})
	exits := []int{head}
	if during != nil {
		exits = append(exits, c.emit(op{code: opUnless, path: m.path, cond: during}))
	}
	c.list(*body)
	if until == nil {
		c.emit(op{code: opJump, path: m.path, to: head})
	} else {
		c.emit(op{code: opUnless, path: m.path, cond: until, to: head})
	}
	for _, i := range exits {
		c.code[i].to = len(c.code)
	}
}

// branch compiles if and then, and else where it may stand; it adds the jump to the end to exits.
func (c *compiler) branch(path string, raw json.RawMessage, mayElse bool, exits *[]int) {
	var when *cond
	var then, other *member
	known := readers{"if": func(m member) { when = c.p.conds(m, 0) }, "then": func(m member) { then = &m }}
	names := "if, then"
	if mayElse {
		known["else"] = func(m member) { other = &m }
		names += ", else"
	}
	c.p.fields(path, raw, names, known)
	if when == nil || then == nil {
		c.p.add(path, "if, with a condition, and then, with steps", "one of them is missing")
		return
	}
	skip := c.emit(op{code: opUnless, path: path, cond: when})
	c.list(*then)
	if exits != nil || other != nil {
		end := c.emit(op{code: opJump, path: path})
		if exits != nil {
			*exits = append(*exits, end)
		}
		c.code[skip].to = len(c.code)
		if other != nil {
			c.list(*other)
			c.code[end].to = len(c.code)
		}
		return
	}
	c.code[skip].to = len(c.code)
}

func (c *compiler) choose(path string, raw json.RawMessage) {
	var exits []int
	var branches, other *member
	c.p.fields(path, raw, "choose, else", readers{"choose": func(m member) { branches = &m }, "else": func(m member) { other = &m }})
	if branches == nil {
		return
	}
	c.p.list(*branches, func(path string, raw json.RawMessage) { c.branch(path, raw, false, &exits) })
	if other != nil {
		c.list(*other)
	}
	for _, i := range exits {
		c.code[i].to = len(c.code)
	}
}

func (c *compiler) capture(path string, raw json.RawMessage) {
	o := op{code: opCapture, path: path}
	t := target{path: path}
	c.p.fields(path, raw, "capture, device, devices, room, role, endpoint, attributes", readers{
		"capture": c.p.into(&o.name, "a name to restore by"),
		"device":  c.p.into(&t.device, "a device's id"), "devices": c.p.into(&t.members, "a list of devices' ids"),
		"room": c.p.into(&t.room, "a room's id"), "role": c.p.into(&t.role, "a role"),
		"endpoint":   c.p.into(&t.endpoint, "an endpoint of the device"),
		"attributes": c.p.into(&o.attributes, `a list of attributes, such as ["on_off.on"]`),
	})
	if o.name == "" {
		c.p.add(path, "a name under capture", "it has none")
	}
	c.p.oneAddress(t)
	if o.attributes == nil {
		o.attributes = captured
	}
	o.target = &t
	c.emit(o)
}

// captured are the attributes that are remembered when a document names none.
var captured = []model.Attribute{"on_off.on", "level.level", "color_temperature.kelvin", "window_covering.open_pct", "fan.speed_pct", "thermostat.heat_setpoint", "thermostat.cool_setpoint"}
