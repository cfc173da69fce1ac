package scenes_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
	gocmp "github.com/google/go-cmp/cmp"
)

// first is the first line of `hub whynot`, in both languages.
func (x *line) first(id, lang string) string {
	v := x.h.View()
	for _, rec := range v.Scenes() {
		if rec.ID == id {
			return messages.WhyNot(lang, scenes.Situation(rec, v, x.now, time.LoadLocation), v, nil)[0]
		}
	}
	x.t.Fatalf("no scene %s", id)
	return ""
}

// explained is what explain must say of an attribute; where nothing stands here, of whether the lamp is on, and in the words
// of whynot.
type explained struct{ of, en, zh string }

// explain is what `hub explain` says of an attribute, "lamp on_off.on".
func (x *line) explain(of, lang string) []string {
	x.t.Helper()
	v := x.h.View()
	name, attribute, _ := strings.Cut(of, " ")
	d := v.Device(x.ids[name])
	slot, ok := d.Find(model.Attribute(attribute))
	if !ok {
		x.t.Fatalf("no %s", of)
	}
	q := messages.Question{View: v, Device: d, Slot: slot, Now: x.now}
	for _, rec := range v.Scenes() {
		q.Scenes = append(q.Scenes, scenes.Situation(rec, v, x.now, time.LoadLocation))
	}
	return messages.Explain(lang, q, nil)
}

const light = `"then":[{"device":"$lamp","set":{"on_off.on":true}}]`

// TestTheFirstLineNamesTheTrueCause: fifty mishaps of a household, each with the words that must stand in the first
// line of what the hub says, in English and in Chinese.
func TestTheFirstLineNamesTheTrueCause(t *testing.T) {
	const warm = `{"device":"$motion","attribute":"temperature.celsius","above":20}`
	asked := func(x *line, on bool) {
		x.do(home.Asked{Ask: home.Ask{ID: model.CommandID("c" + x.now.Format("150405")), Device: x.ids["lamp"], Cause: &model.Cause{Kind: model.CausePerson, Who: "li", Via: "http"},
			Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(on)}}}})
	}
	flash := func(x *line) { x.flash() }
	celsius := func(f float64) func(*line) {
		return func(x *line) { x.say("motion", "temperature.celsius", model.Number(f)) }
	}
	do := func(all ...func(*line)) func(*line) {
		return func(x *line) {
			for _, f := range all {
				f(x)
			}
		}
	}
	pass := func(d time.Duration) func(*line) { return func(x *line) { x.pass(d) } }
	silent := func(name string) func(*line) {
		return func(x *line) {
			x.do(home.Reached{Source: model.SourceID("test/" + name), Why: "the device does not answer"})
		}
	}
	mode := func(m string) func(*line) { return func(x *line) { x.do(home.ModeSet{Mode: m}) } }
	deaf := func(x *line) { x.deaf = true }
	battery := func(pct float64) func(*line) {
		return func(x *line) { x.say("motion", "power_source.battery_pct", model.Number(pct)) }
	}
	at := func(who home.PersonID, metres float64) func(*line) {
		return func(x *line) { x.pass(5 * time.Minute); x.take(x.locate(who, metres)) }
	}
	tests := []struct {
		name, doc string
		do        func(*line)
		en, zh    string // of whynot
		explained
	}{
		{"disabled", `{"enabled":false,` + moved + `,` + light + `}`, flash, "switched off", "已停用", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"disabled with a failing condition", `{"enabled":false,` + moved + `,"if":{"mode":"night"},` + light + `}`, flash, "switched off", "已停用", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"no trigger", `{` + light + `}`, func(*line) {}, "only when somebody runs it", "手动运行", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"nothing came", `{` + moved + `,` + light + `}`, func(*line) {}, "to become occupied; it is clear", "变为有人；目前为无人", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"it ran", `{` + moved + `,` + light + `}`, flash, "ran just now, because motion: Occupied became occupied", "因为motion的有人变为有人", explained{en: "turned on by the scene “s”, because motion: Occupied became occupied", zh: "打开：由场景“s”触发，因为motion的有人变为有人"}},
		{"it ran a while ago", `{` + moved + `,` + light + `}`, do(flash, pass(2*time.Hour)), "ran 2 h ago", "2小时前", explained{en: "turned on by the scene “s”, because motion: Occupied became occupied", zh: "打开：由场景“s”触发，因为motion的有人变为有人"}},
		{"dead battery", `{` + moved + `,` + light + `}`, do(battery(3), pass(24*time.Hour), silent("motion")), "whose battery is at 3 %", "电池仅剩3%", explained{of: "motion occupancy.occupied", en: "because motion cannot be reached, and its battery is at 3 %", zh: "无法连接motion，其电池仅剩3%"}},
		{"sensor silent, battery fine", `{` + moved + `,` + light + `}`, do(battery(80), silent("motion")), "cannot be reached (the device does not answer)", "无法连接该设备", explained{of: "motion occupancy.occupied", en: "“Occupied” is still clear because motion cannot be reached (the device does not answer)", zh: "“有人”仍为无人，因为无法连接motion（设备没有应答）"}},
		{"sensor silent after it ran", `{` + moved + `,` + light + `}`, do(flash, pass(time.Hour), battery(50), silent("motion")), "cannot be reached", "无法连接", explained{of: "motion occupancy.occupied", en: "“Occupied” is still clear because motion cannot be reached (the device does not answer)", zh: "“有人”仍为无人，因为无法连接motion（设备没有应答）"}},
		{"button silent", `{"when":[{"device":"$button","event":"button.press"}],` + light + `}`, silent("button"), "waits for button, which cannot be reached", "在等待button", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"sensor removed", `{` + moved + `,` + light + `}`, func(x *line) {
			x.do(home.Left{Source: "test/motion", Why: "left the network"})
			x.do(home.Forgotten{Device: x.ids["motion"]})
		}, "no longer part of this house", "已不在家中", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"condition false", `{` + moved + `,"if":` + warm + `,` + light + `}`, do(celsius(18), flash), "Temperature” of motion was 18 °C, not above 20 °C", "未高于20 °C", explained{}},
		{"condition false on the border", `{` + moved + `,"if":` + warm + `,` + light + `}`, do(celsius(20), flash), "was 20 °C, not above 20 °C", "20 °C，未高于", explained{}},
		{"condition below", `{` + moved + `,"if":{"device":"$motion","attribute":"temperature.celsius","below":10},` + light + `}`, do(celsius(18), flash), "was 18 °C, not below 10 °C", "未低于10 °C", explained{}},
		{"unknown value", `{` + moved + `,"if":` + warm + `,` + light + `}`, flash, "has never been told", "尚无数据", explained{}},
		{"not of an unknown value", `{` + moved + `,"if":{"not":` + warm + `},` + light + `}`, flash, "has never been told", "尚无数据", explained{}},
		{"stale sensor in a condition", `{` + moved + `,"if":{"device":"$plug","attribute":"on_off.on","is":false},` + light + `}`, do(silent("plug"), flash), "of plug is not known: the device cannot be reached", "无法连接设备", explained{}},
		{"reading too old", `{` + moved + `,"if":{"device":"$motion","attribute":"temperature.celsius","above":20,"fresh":"10m"},` + light + `}`, do(celsius(25), pass(time.Hour), flash), "was last heard 1 h ago; no older than 10 min", "要求不超过10分钟", explained{}},
		{"not so for long enough", `{` + moved + `,"if":{"device":"$plug","attribute":"on_off.on","is":false,"for":"1h"},` + light + `}`, do(pass(10*time.Minute), flash), "only for 10 min, not for 1 h", "未达到1小时", explained{}},
		{"another value", `{` + moved + `,"if":{"device":"$plug","attribute":"on_off.on","is":true},` + light + `}`, flash, "“On” of plug was off, not on", "而不是开", explained{}},
		{"the one value that must not be", `{` + moved + `,"if":{"device":"$plug","attribute":"on_off.on","is_not":false},` + light + `}`, flash, "as it must not be", "不应为关", explained{}},
		{"under not", `{` + moved + `,"if":{"not":{"device":"$plug","attribute":"on_off.on","is":false}},` + light + `}`, flash, "was off, as it must not be", "不符合要求", explained{}},
		{"the second of two conditions", `{` + moved + `,"if":[{"mode":"home"},` + warm + `],` + light + `}`, do(celsius(10), flash), "was 10 °C, not above", "10 °C，未高于", explained{}},
		{"the first of two conditions", `{` + moved + `,"if":[` + warm + `,{"mode":"home"}],` + light + `}`, do(celsius(10), flash), "was 10 °C, not above", "10 °C，未高于", explained{}},
		{"false before unknown", `{` + moved + `,"if":[` + warm + `,{"mode":"night"}],` + light + `}`, flash, "the mode was home, not night", "模式为在家", explained{}},
		{"or, one true, and another false", `{` + moved + `,"if":[{"or":[{"mode":"home"},` + warm + `]},{"device":"$plug","attribute":"on_off.on","is":true}],` + light + `}`, do(celsius(10), flash), "“On” of plug was off", "plug的", explained{}},
		{"all of a room", `{` + moved + `,"if":{"room":"living","attribute":"on_off.on","is":false,"match":"all"},` + light + `}`, func(x *line) {
			for _, ep := range []model.EndpointID{"left", "right"} {
				x.do(home.Reported{Source: "test/gangs", Readings: []model.Reading{{Endpoint: ep, Attribute: "on_off.on", Value: model.Bool(false)}}})
			}
			x.say("plug", "on_off.on", model.Bool(true))
			x.flash()
		}, "of plug was on, not off", "plug", explained{}},
		{"wrong mode", `{` + moved + `,"if":{"mode":["night","away"]},` + light + `}`, flash, "the mode was home, none of away, night", "模式为在家", explained{}},
		{"outside the time", `{` + moved + `,"if":{"time":{"from":"20:00","to":"23:00"}},` + light + `}`, flash, "it was Mon 08:00, outside 20:00–23:00", "当时是周一 08:00，不在20:00–23:00", explained{}},
		{"the wrong day", `{` + moved + `,"if":{"time":{"days":"weekend"}},` + light + `}`, flash, "outside 00:00–24:00 Sat Sun", "不在00:00–24:00 周六 周日", explained{}},
		{"nobody home", `{` + moved + `,"if":{"person":"anyone","presence":"home"},` + light + `}`, do(at("ann", 9000), at("li", 9000), flash), "nobody was at home", "没有人在家", explained{}},
		{"one still home", `{` + moved + `,"if":{"person":"everyone","presence":"away"},` + light + `}`, do(at("ann", 9000), at("li", 0), flash), "li was at home, not away", "li为在家", explained{}},
		{"nobody knows where somebody is", `{` + moved + `,"if":{"person":"li","presence":"home"},` + light + `}`, flash, "nobody knew where li was", "li的位置未知", explained{}},
		{"waits for somebody nobody knows of", `{"when":[{"person":"li","presence":"home"}],` + light + `}`, func(*line) {}, "nobody knows where li is", "li的位置未知", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"quiet hours", `{"quiet":{"from":"07:00","to":"09:00"},` + moved + `,` + light + `}`, flash, "quiet hours, which end in 1 h", "免打扰时段，1小时后结束", explained{}},
		{"rate limit", `{"limit":{"times":1,"per":"1h"},` + moved + `,` + light + `}`, do(flash, pass(20*time.Minute), flash), "as often as it may, and may again in 40 min", "40分钟后", explained{en: "turned on by the scene “s”, because motion: Occupied became occupied", zh: "打开：由场景“s”触发，因为motion的有人变为有人"}},
		{"busy", `{` + moved + `,"then":[{"wait":"1h"}]}`, do(flash, pass(time.Minute), flash), "a run was still under way", "尚未结束", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"queue full", `{"runs":"queue","max_runs":1,` + moved + `,"then":[{"wait":"1h"}]}`, do(flash, flash, flash), "as many runs as may be", "上限", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"loop", `{"when":[{"device":"$lamp","attribute":"level.level","changes":true}],"then":[{"device":"$lamp","command":"level.step","args":{"delta":1}}]}`, func(x *line) {
			x.say("lamp", "level.level", model.Number(10))
			x.do(home.Asked{Ask: home.Ask{ID: "p", Device: x.ids["lamp"], Cause: &model.Cause{Kind: model.CauseProgram}, Writes: []model.Write{{Attribute: "level.level", Value: model.Number(20)}}}})
		}, "itself was a cause", "由此场景引起", explained{of: "lamp level.level"}},
		{"missed while the hub was down", `{"when":[{"at":"09:00"}],` + light + `}`, func(x *line) { x.reboot(3 * time.Hour); x.pass(time.Second) }, "when it was time (09:00): the hub was not running", "到了时间（09:00）时，“s”没有运行：当时中枢未在运行", explained{}},
		{"did not stay", `{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true,"for":"10m"}],` + light + `}`, func(x *line) {
			x.motion(true)
			x.pass(time.Minute)
			x.reboot(0)
			x.pass(time.Hour)
		}, "was to stay so for 10 min: “Occupied” of motion is not known", "未知：无法连接设备", explained{}},
		{"held by the app", `{` + moved + `,` + light + `}`, do(func(x *line) { asked(x, false) }, pass(time.Minute), flash), "“On” of lamp is held by li through the app", "由li通过应用操作", explained{}},
		{"held at the switch", `{` + moved + `,` + light + `}`, do(func(x *line) {
			x.say("lamp", "on_off.on", model.Bool(true))
			x.pass(time.Minute)
			x.say("lamp", "on_off.on", model.Bool(false))
		}, pass(time.Minute), flash), "of lamp is held at the device", "lamp的", explained{}},
		{"another scene's lease", `{` + moved + `,` + light + `}`, do(func(x *line) {
			x.put("o", `{"priority":50,"lease":"1h","when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
		}, mode("night"), pass(time.Minute), flash), "is held by the scene “o”", "由场景“o”", explained{}},
		{"device timed out", `{"retry":0,` + moved + `,` + light + `}`, do(deaf, flash, pass(time.Minute)), "not everything was done: lamp: no answer in time", "lamp：超时未应答", explained{en: "“On” was to become on, by the scene “s”, because motion: Occupied became occupied (1 min ago), but no answer came in time", zh: "（1分钟前），但超时未应答：没有收到应答 – 10s 内没有应答"}},
		{"device timed out again", `{"retry":1,` + moved + `,` + light + `}`, do(deaf, flash, pass(time.Minute)), "lamp: no answer in time", "超时未应答", explained{en: "but no answer came in time", zh: "但超时未应答"}},
		{"device refused", `{` + moved + `,` + light + `}`, func(x *line) {
			x.deaf = true
			x.flash()
			for _, c := range x.h.View().Commands() {
				x.do(home.Answered{Command: c.ID, Outcome: model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: "no ack"}}})
			}
		}, "lamp: refused", "被拒绝", explained{en: "but it was refused: the device or its bridge refused – no ack", zh: "但被拒绝：设备或其网关拒绝了请求"}},
		{"device does something else", `{"retry":0,` + moved + `,` + light + `}`, func(x *line) {
			x.deaf = true
			x.flash()
			x.say("lamp", "level.level", model.Number(1))
			x.say("lamp", "on_off.on", model.Bool(true))
			x.deaf = false
		}, "ran", "运行了", explained{en: "turned on by the scene “s”, because motion: Occupied became occupied", zh: "打开：由场景“s”触发，因为motion的有人变为有人"}},
		{"device says otherwise", `{"retry":0,` + moved + `,` + light + `}`, func(x *line) {
			x.deaf = true
			x.flash()
			x.say("lamp", "on_off.on", model.Bool(false))
			x.pass(time.Minute)
		}, "lamp: taken, but the device reports something else", "lamp：已接收，但设备上报的状态不符", explained{en: "“On” was to become on, by the scene “s”, because motion: Occupied became occupied (1 min ago), but the device reports off", zh: "但设备上报关"}},
		{"put off by another scene", `{` + moved + `,` + light + `}`, do(func(x *line) {
			x.put("o", `{"when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
		}, flash, pass(time.Minute), mode("night")), "ran 1 min ago", "1分钟前运行了", explained{en: "turned off by the scene “o”, because the mode “night” began", zh: "关闭：由场景“o”触发，因为进入模式“夜间”"}},
		{"put off by somebody", `{` + moved + `,` + light + `}`, do(flash, pass(time.Minute), func(x *line) { asked(x, false) }), "ran 1 min ago", "1分钟前运行了", explained{en: "turned off by li through the app", zh: "关闭：由li通过应用操作"}},
		{"device not to be reached", `{"retry":0,` + moved + `,` + light + `}`, do(deaf, silent("lamp"), flash, pass(time.Minute)), "lamp: no answer in time – the device cannot be reached – the device does not answer", "无法连接设备 – 设备没有应答", explained{en: "no answer came in time: the device cannot be reached – the device does not answer", zh: "但超时未应答：无法连接设备 – 设备没有应答"}},
		{"a target that is gone", `{` + moved + `,"then":[{"room":"living","role":"ceiling light","set":{"on_off.on":true}}]}`, func(x *line) {
			x.do(home.Assigned{Device: x.ids["lamp"], Roles: nil})
			x.flash()
		}, "nothing in the house does this now", "家中目前没有设备可执行此操作", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
		{"a toggle of what is not known", `{` + moved + `,"then":[{"device":"$gangs","command":"on_off.toggle"}]}`, flash, "unknown, so it cannot be inverted", "不知道当前是否打开，无法切换", explained{of: "gangs on_off.on"}},
		{"refused again and again", `{` + moved + `,"if":{"mode":"night"},` + light + `}`, do(flash, flash, flash), "(the same 3 times)", "同样的情况3次", explained{}},
		{"first refused, then it ran", `{` + moved + `,"if":{"mode":"night"},` + light + `}`, do(flash, mode("night"), flash), "ran just now", "运行了", explained{en: "turned on by the scene “s”, because motion: Occupied became occupied", zh: "打开：由场景“s”触发，因为motion的有人变为有人"}},
		{"another trigger came", `{"when":[{"mode":"night"},{"device":"$motion","attribute":"occupancy.occupied","to":true}],` + light + `}`, mode("night"), "because the mode “night” began", "进入模式“夜间”", explained{}},
		{"a time that comes tomorrow", `{"when":[{"at":"07:00"}],` + light + `}`, func(*line) {}, "“s” yet: 07:00, next in 23 h", "07:00，下一次：23小时后", explained{en: "turned off at the device", zh: "关闭：在设备上"}},
	}
	if len(tests) < 50 {
		t.Errorf("only %d mishaps", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newLine(t)
			x.put("s", tt.doc)
			tt.do(x)
			of := cmp.Or(tt.of, "lamp on_off.on")
			for _, lang := range []struct{ name, whynot, explain string }{{"en", tt.en, tt.explained.en}, {"zh", tt.zh, tt.explained.zh}} {
				if got := x.first("s", lang.name); !strings.Contains(got, lang.whynot) {
					t.Errorf("whynot, %s: got\n  %s\nwithout %q", lang.name, got, lang.whynot)
				}
				if got, want := x.explain(of, lang.name)[0], cmp.Or(lang.explain, lang.whynot); !strings.Contains(got, want) {
					t.Errorf("explain %s, %s: got\n  %s\nwithout %q", of, lang.name, got, want)
				}
			}
		})
	}
}

// TestWhatStandsBesideTheCauseIsToldAfterIt: a lamp that nobody put on, and why the scene that would have did not.
func TestWhatStandsBesideTheCauseIsToldAfterIt(t *testing.T) {
	x := newLine(t)
	x.put("s", `{"enabled":false,`+moved+`,`+light+`}`)
	x.flash()
	if got := x.explain("lamp on_off.on", "en"); len(got) != 2 || got[1] != "“s” is switched off" {
		t.Errorf("of a lamp whose scene is switched off: %q", got)
	}
	x = newLine(t)
	x.put("s", `{`+moved+`,`+light+`}`)
	x.put("o", `{"when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
	x.flash()
	x.pass(time.Minute)
	x.do(home.ModeSet{Mode: "night"})
	want := []string{"turned off by the scene “o”, because the mode “night” began", "Before it was on, by the scene “s”, because motion: Occupied became occupied (1 min ago)"}
	if diff := gocmp.Diff(want, x.explain("lamp on_off.on", "en")); diff != "" {
		t.Errorf("of a lamp that another scene put off (-want +got):\n%s", diff)
	}
}
