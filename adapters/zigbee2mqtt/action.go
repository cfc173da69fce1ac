package zigbee2mqtt

import (
	"regexp"
	"strconv"
	"time"

	"github.com/concord-home/hub/model"
)

// sameActionWithin is how soon the same action again is taken for the device's retransmission.
const sameActionWithin = 300 * time.Millisecond

// press is what an action string says.
type press struct {
	button string // which button; "" when the device has one
	action string // single, double, ..., of the catalogue
	count  int    // how many presses; 0 when the action is not counted
}

// pressRule reads one family of action strings. button and word name capture groups.
type pressRule struct {
	pattern *regexp.Regexp
	action  string // "" takes the gesture from the group "word"
	button  string // expanded with the groups
}

const words = `(?P<word>single|double|triple|quadruple|quintuple|many|hold|release|long_press|long_release|long|short_press|short_release|press|click|tap|push|shake|\d+_click|initial_press|multi_press_\d)`

// pressRules are tried in order; the raw string is always passed on beside what they make of it.
var pressRules = []pressRule{
	{regexp.MustCompile(`^(?P<b>.*?)_?rotate_(?:left|counter_?clockwise|ccw)(?:_(?:slow|fast|step|quick|button))*(?:_(?P<e>.+))?$`), "rotate_left", "$b$e"},
	{regexp.MustCompile(`^(?P<b>.*?)_?rotate_(?:right|clockwise|cw)(?:_(?:slow|fast|step|quick|button))*(?:_(?P<e>.+))?$`), "rotate_right", "$b$e"},
	{regexp.MustCompile(`^(?P<b>brightness|color_temperature|hue|saturation|color_hue|color_saturation)_move_(?P<d>up|down)(?:_(?P<e>.+))?$`), "hold", "${b}_$d$e"},
	{regexp.MustCompile(`^(?P<b>brightness|color_temperature|hue|saturation|color_hue|color_saturation)_step_(?P<d>up|down)(?:_(?P<e>.+))?$`), "single", "${b}_$d$e"},
	{regexp.MustCompile(`^(?P<b>brightness|color_temperature|hue|color)(?:_move)?_stop(?:_(?P<e>.+))?$`), "release", "$b$e"},
	{regexp.MustCompile(`^` + words + `$`), "", ""},
	{regexp.MustCompile(`^` + words + `_(?P<b>.+)$`), "", "$b"},
	{regexp.MustCompile(`^(?P<b>.+)_` + words + `$`), "", "$b"},
	{regexp.MustCompile(`^(?P<b>on|off|toggle|up|down|open|close|stop|left|right|play|pause|play_pause|next|previous|emergency|panic|sos|ring|recall|scene|arrow_left|arrow_right)(?:_(?P<e>[^_]+))?$`), "single", "$b$e"},
	{regexp.MustCompile(`^(?P<b>recall|scene|button)_(?P<e>.+)$`), "single", "$b$e"},
}

// gestures gives the gesture words their names in the catalogue, and their counts.
var gestures = map[string]press{
	"single": {action: "single", count: 1}, "press": {action: "single", count: 1}, "click": {action: "single", count: 1}, "tap": {action: "single", count: 1},
	"push": {action: "single", count: 1}, "short_press": {action: "single", count: 1}, "initial_press": {action: "other"},
	"double": {action: "double", count: 2}, "triple": {action: "triple", count: 3}, "quadruple": {action: "quadruple", count: 4}, "quintuple": {action: "many", count: 5},
	"many": {action: "many"}, "hold": {action: "hold"}, "long": {action: "long_press"}, "long_press": {action: "long_press"},
	"release": {action: "release"}, "long_release": {action: "release"}, "short_release": {action: "release"}, "shake": {action: "other"},
}

// parseAction reads an action string: "single_left", "1_double", "brightness_move_up_2",
// "dial_rotate_left_slow". What no rule knows is the action "other".
func parseAction(raw string) press {
	for i := range pressRules {
		r := &pressRules[i]
		m := r.pattern.FindStringSubmatchIndex(raw)
		if m == nil {
			continue
		}
		p := press{action: r.action, button: r.expand(raw, m)}
		if p.action == "" {
			word := raw[m[2*r.pattern.SubexpIndex("word")]:m[2*r.pattern.SubexpIndex("word")+1]]
			g := gesture(word)
			p.action, p.count = g.action, g.count
		} else if p.action == "single" {
			p.count = 1
		}
		return p
	}
	return press{action: "other", button: ""}
}

// expand makes the button's name; an endpoint follows it after an underscore.
func (r *pressRule) expand(raw string, m []int) string {
	template := r.button
	name := string(r.pattern.ExpandString(nil, template, raw, m))
	i := r.pattern.SubexpIndex("e")
	if i < 0 || m[2*i] < 0 {
		return name
	}
	e := raw[m[2*i]:m[2*i+1]]
	if base := name[:len(name)-len(e)]; base != "" {
		return base + "_" + e
	}
	return e
}

func gesture(word string) press {
	if g, ok := gestures[word]; ok {
		return g
	}
	n, err := strconv.Atoi(regexpDigits.FindString(word))
	if err != nil {
		return press{action: "other"}
	}
	names := []string{"other", "single", "double", "triple", "quadruple"}
	if n > 0 && n < len(names) {
		return press{action: names[n], count: n}
	}
	return press{action: "many", count: n}
}

var regexpDigits = regexp.MustCompile(`\d+`)

// happened turns the action of a state message into an event. Devices repeat a frame that was not
// acknowledged in time: the same again within 300 ms is one event, but a dial's steps are only when the messages are equal throughout.
func (a *Adapter) happened(d *device, raw []byte, fields []field, payload []byte) {
	text, ok := parseValue(raw).Text()
	if !ok || text == "" {
		return // 1.x says "" to reset
	}
	p := parseAction(text)
	stepping := p.action == "rotate_left" || p.action == "rotate_right" || p.action == "single" && p.button != "" && stepWords.MatchString(text)
	sum, now := actionSum(fields, payload, stepping), a.o.Now()
	if d.action == text && d.actionSum == sum && now.Sub(d.actionAt) < sameActionWithin {
		return
	}
	d.action, d.actionSum, d.actionAt = text, sum, now
	h := model.Happening{Source: d.source, Endpoint: d.codec.actionAt, Event: d.codec.actionEvent}
	if h.Event == lockEvent {
		h.Args = lockOperation(text, fields)
	} else {
		h.Args = map[string]model.Value{"button": model.String(p.button), "action": model.String(p.action), "raw": model.String(text)}
		if p.count > 0 {
			h.Args["count"] = model.Number(float64(p.count))
		}
	}
	if stepping { // two equal steps of a dial within the hub's window are two
		a.serial++
		h.Key = strconv.FormatInt(now.UnixMilli(), 36) + "-" + strconv.Itoa(a.serial)
	}
	a.hub.Happened(h)
}

var stepWords = regexp.MustCompile(`_step_`)

// lockEvent is the event of locks; everything else that acts is a button.
const lockEvent model.Attribute = "door_lock.operation"

// lockKinds and lockSources give the words of a lock's operation their names in the catalogue.
var (
	lockKinds = []struct {
		word *regexp.Regexp
		kind string
	}{
		{regexp.MustCompile(`failure|non_access|unknown`), "other"},
		{regexp.MustCompile(`unlock`), "unlock"},
		{regexp.MustCompile(`lock`), "lock"},
	}
	lockSources = map[string]string{"keypad": "keypad", "rfid": "rfid", "manual": "manual", "rf": "remote", "fingerprint": "fingerprint"}
	autoLock    = regexp.MustCompile(`^(auto|schedule)_`)
	byHand      = regexp.MustCompile(`^(manual|one_touch|key)_`)
)

// lockOperation reads who did what from a lock's action and the properties beside it.
func lockOperation(text string, fields []field) map[string]model.Value {
	kind, source, user := "other", "other", ""
	for _, k := range lockKinds {
		if k.word.MatchString(text) {
			kind = k.kind
			break
		}
	}
	switch {
	case autoLock.MatchString(text):
		source = "auto"
	case byHand.MatchString(text):
		source = "manual"
	}
	for _, f := range fields {
		switch string(f.key) {
		case "action_source_name":
			if s, ok := lockSources[textOf(parseValue(f.raw))]; ok && source == "other" {
				source = s
			}
		case "action_user":
			if v := parseValue(f.raw); !v.IsUnknown() {
				user = v.String()
			}
		}
	}
	return map[string]model.Value{"kind": model.String(kind), "source": model.String(source), "user": model.String(user), "credential": model.String("")}
}

func textOf(v model.Value) string { s, _ := v.Text(); return s }
