package scenes_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const moved = `"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true}]`

func (x *line) motion(on bool) { x.t.Helper(); x.say("motion", "occupancy.occupied", model.Bool(on)) }
func (x *line) flash()         { x.t.Helper(); x.motion(true); x.motion(false) }

func TestSteps(t *testing.T) {
	const on, off = `{"device":"$lamp","set":{"on_off.on":true}}`, `{"device":"$lamp","set":{"on_off.on":false}}`
	tests := []struct {
		name, then string
		do         func(*line)
		want       []string
	}{
		{"wait", on + `,{"wait":"5m"},` + off, func(x *line) { x.pass(10 * time.Minute) },
			[]string{"08:00:00 lamp main on_off.on=true", "08:05:00 lamp main on_off.on=false"}},
		{"wait_until a value", on + `,{"wait_until":{"device":"$motion","attribute":"occupancy.occupied","is":false}},` + off,
			func(x *line) { x.pass(time.Minute); x.motion(false) }, []string{"08:00:00 lamp main on_off.on=true", "08:01:00 lamp main on_off.on=false"}},
		{"wait_until a value has stayed", on + `,{"wait_until":{"device":"$motion","attribute":"occupancy.occupied","is":false,"for":"2m"}},` + off,
			func(x *line) {
				x.pass(time.Minute)
				x.motion(false)
				x.pass(time.Minute)
				x.motion(true)
				x.pass(time.Minute)
				x.motion(false)
				x.pass(time.Hour)
			},
			[]string{"08:00:00 lamp main on_off.on=true", "08:05:00 lamp main on_off.on=false"}},
		{"wait_until a time", `{"wait_until":{"time":{"from":"09:30","to":"10:00"}}},` + on, func(x *line) { x.pass(3 * time.Hour) }, []string{"09:30:00 lamp main on_off.on=true"}},
		{"a timeout goes on", `{"wait_until":{"mode":"night"},"timeout":"10m"},` + on, func(x *line) { x.pass(time.Hour) }, []string{"08:10:00 lamp main on_off.on=true"}},
		{"a timeout ends", `{"wait_until":{"mode":"night"},"timeout":"10m","on_timeout":"stop"},` + on, func(x *line) { x.pass(time.Hour) }, nil},
		{"wait_until a mode", `{"wait_until":{"mode":"night"},"timeout":"10m"},` + on, func(x *line) { x.pass(time.Minute); x.do(home.ModeSet{Mode: "night"}) }, []string{"08:01:00 lamp main on_off.on=true"}},
		{"repeat times", `{"repeat":{"times":3,"do":[` + on + `,{"wait":"1s"},` + off + `,{"wait":"1s"}]}}`, func(x *line) { x.pass(time.Minute) },
			[]string{"08:00:00 lamp main on_off.on=true", "08:00:01 lamp main on_off.on=false", "08:00:02 lamp main on_off.on=true", "08:00:03 lamp main on_off.on=false", "08:00:04 lamp main on_off.on=true", "08:00:05 lamp main on_off.on=false"}},
		{"repeat while", `{"repeat":{"while":{"device":"$motion","attribute":"occupancy.occupied","is":true},"do":[{"device":"$lamp","command":"on_off.toggle"},{"wait":"1m"}]}}`,
			func(x *line) { x.pass(90 * time.Second); x.motion(false); x.pass(time.Hour) }, []string{"08:00:00 lamp main on_off.on=true", "08:01:00 lamp main on_off.on=false"}},
		{"repeat until", `{"repeat":{"until":{"device":"$lamp","attribute":"on_off.on","is":true},"do":[{"wait":"1m"},` + on + `,{"wait":"1m"}]}}`,
			func(x *line) { x.pass(time.Hour) }, []string{"08:01:00 lamp main on_off.on=true"}},
		{"if", `{"if":{"mode":"home"},"then":[` + on + `],"else":[{"device":"$plug","set":{"on_off.on":true}}]}`, func(*line) {}, []string{"08:00:00 lamp main on_off.on=true"}},
		{"else", `{"if":{"mode":"night"},"then":[` + on + `],"else":[{"device":"$plug","set":{"on_off.on":true}}]}`, func(*line) {}, []string{"08:00:00 plug main on_off.on=true"}},
		{"choose the first", `{"choose":[{"if":{"mode":"night"},"then":[` + off + `]},{"if":{"mode":"home"},"then":[` + on + `]},{"if":{"mode":"home"},"then":[` + off + `]}],"else":[` + off + `]}`,
			func(*line) {}, []string{"08:00:00 lamp main on_off.on=true"}},
		{"choose nothing", `{"choose":[{"if":{"mode":"night"},"then":[` + off + `]}]},` + on, func(*line) {}, []string{"08:00:00 lamp main on_off.on=true"}},
		{"stop", `{"if":{"mode":"home"},"then":[{"stop":true}]},` + on, func(*line) {}, nil},
		{"notify", `{"notify":"the lamp"}`, func(*line) {}, []string{"08:00:00 notice the lamp"}},
		{"in order with modes and other scenes", on + `,{"mode":"night"},{"wait":"1s"},{"scene":"other"},` + off, func(x *line) { x.pass(time.Minute) },
			[]string{"08:00:00 lamp main on_off.on=true", "08:00:01 plug main on_off.on=true", "08:00:01 lamp main on_off.on=false"}},
		{"capture and restore", `{"capture":"before","device":"$lamp"},{"device":"$lamp","set":{"on_off.on":true,"level.level":90}},{"wait":"1m"},{"restore":"before","transition":2}`,
			func(x *line) { x.pass(time.Hour) }, []string{"08:00:00 lamp main on_off.on=true level.level=90", "08:01:00 lamp main on_off.on=false over 2s"}},
		{"a group", `{"devices":["$lamp","$plug"],"set":{"on_off.on":true}}`, func(*line) {}, []string{"08:00:00 lamp main on_off.on=true", "08:00:00 plug main on_off.on=true"}},
	}
	for _, tt := range tests {
		for _, broken := range []bool{false, true} {
			name := tt.name
			if broken {
				name += ", with a restart in between"
			}
			t.Run(name, func(t *testing.T) {
				x := newLine(t)
				x.put("other", `{"then":[{"device":"$plug","set":{"on_off.on":true}}]}`)
				x.put("s", `{`+moved+`,"then":[`+tt.then+`]}`)
				x.motion(true)
				if broken {
					x.reboot(0)
					x.motion(true)
					x.say("lamp", "on_off.on", x.value("lamp", "on_off.on"))
				}
				tt.do(x)
				if diff := cmp.Diff(tt.want, x.took()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func (x *line) value(name string, a model.Attribute) model.Value {
	st, _ := x.h.View().Device(x.ids[name]).State(home.Slot{Endpoint: "main", Attribute: a})
	return st.Value
}

func TestRunModes(t *testing.T) {
	const blink = `"then":[{"device":"$lamp","set":{"on_off.on":true}},{"wait":"1m"},{"device":"$lamp","set":{"on_off.on":false}}]`
	tests := []struct {
		mode    string
		want    []string
		outcome string
	}{
		{`"runs":"single"`, []string{"08:00:00 lamp main on_off.on=true", "08:01:00 lamp main on_off.on=false"}, "busy"},
		{`"runs":"restart"`, []string{"08:00:00 lamp main on_off.on=true", "08:00:30 lamp main on_off.on=true", "08:01:30 lamp main on_off.on=false"}, "ran"},
		{`"runs":"queue"`, []string{"08:00:00 lamp main on_off.on=true", "08:01:00 lamp main on_off.on=false", "08:01:00 lamp main on_off.on=true", "08:02:00 lamp main on_off.on=false"}, "ran"},
		{`"runs":"parallel"`, []string{"08:00:00 lamp main on_off.on=true", "08:00:30 lamp main on_off.on=true", "08:01:00 lamp main on_off.on=false", "08:01:30 lamp main on_off.on=false"}, "ran"},
		{`"runs":"parallel","max_runs":1`, []string{"08:00:00 lamp main on_off.on=true", "08:01:00 lamp main on_off.on=false"}, "full"},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			x := newLine(t)
			x.put("s", `{`+tt.mode+`,`+moved+`,`+blink+`}`)
			x.flash()
			x.pass(30 * time.Second)
			x.flash()
			if got := x.outcome("s"); got != tt.outcome {
				t.Errorf("the second trigger: %s, want %s", got, tt.outcome)
			}
			x.pass(time.Hour)
			if diff := cmp.Diff(tt.want, x.took()); diff != "" {
				t.Error(diff)
			}
			if len(x.h.View().Running("s")) > 0 {
				t.Error("a run is still under way")
			}
		})
	}
}

func TestForWaitsAndSurvivesARestart(t *testing.T) {
	const open = `{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true,"for":"10m"}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`
	tests := []struct {
		name string
		do   func(*line)
		want []string
	}{
		{"it stays", func(x *line) { x.pass(time.Hour) }, []string{"08:10:00 lamp main on_off.on=true"}},
		{"it does not stay", func(x *line) { x.pass(9 * time.Minute); x.motion(false); x.pass(time.Hour) }, nil},
		{"a restart, heard again", func(x *line) { x.pass(5 * time.Minute); x.reboot(time.Minute); x.motion(true); x.pass(time.Hour) }, []string{"08:10:00 lamp main on_off.on=true"}},
		{"a restart that lasts longer, heard a minute after", func(x *line) {
			x.pass(5 * time.Minute)
			x.reboot(15 * time.Minute)
			x.pass(time.Minute)
			x.motion(true)
			x.pass(time.Hour)
		}, []string{"08:21:30 lamp main on_off.on=true"}},
		{"a restart, never heard again", func(x *line) { x.pass(5 * time.Minute); x.reboot(time.Minute); x.pass(time.Hour) }, nil},
		{"a restart, and it is over", func(x *line) { x.pass(5 * time.Minute); x.reboot(time.Minute); x.motion(false); x.pass(time.Hour) }, nil},
		{"a lost device", func(x *line) {
			x.do(home.Reached{Source: "test/motion", Why: "silent"})
			x.pass(time.Hour)
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newLine(t)
			x.put("s", open)
			x.motion(true)
			tt.do(x)
			if diff := cmp.Diff(tt.want, x.took()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConditionsAreThreeValued(t *testing.T) {
	const warm = `{"device":"$motion","attribute":"temperature.celsius","above":20`
	tests := []struct {
		name, cond string
		ready      func(*line)
		want       string
	}{
		{"true", warm + `}`, func(x *line) { x.say("motion", "temperature.celsius", model.Number(21)) }, "ran"},
		{"false", warm + `}`, func(x *line) { x.say("motion", "temperature.celsius", model.Number(20)) }, "condition"},
		{"never told", warm + `}`, func(*line) {}, "unknown"},
		{"not of unknown", `{"not":` + warm + `}}`, func(*line) {}, "unknown"},
		{"or with something true", `{"or":[` + warm + `},{"mode":"home"}]}`, func(*line) {}, "ran"},
		{"and with something false", `{"and":[` + warm + `},{"mode":"night"}]}`, func(*line) {}, "condition"},
		{"and with the rest true", `[` + warm + `},{"mode":"home"}]`, func(*line) {}, "unknown"},
		{"fresh", warm + `,"fresh":"10m"}`, func(x *line) { x.say("motion", "temperature.celsius", model.Number(21)); x.pass(9 * time.Minute) }, "ran"},
		{"not fresh", warm + `,"fresh":"10m"}`, func(x *line) { x.say("motion", "temperature.celsius", model.Number(21)); x.pass(11 * time.Minute) }, "unknown"},
		{"a device that cannot be reached", `{"device":"$plug","attribute":"on_off.on","is":false}`, func(x *line) { x.do(home.Reached{Source: "test/plug", Why: "x"}) }, "unknown"},
		{"any of a room", `{"room":"living","attribute":"on_off.on","is":true}`, func(x *line) { x.say("plug", "on_off.on", model.Bool(true)) }, "ran"},
		{"all of a room", `{"room":"living","attribute":"on_off.on","is":true,"match":"all"}`, func(x *line) { x.say("plug", "on_off.on", model.Bool(true)) }, "condition"},
		{"nobody can be said to be away", `{"person":"everyone","presence":"away"}`, func(*line) {}, "unknown"},
		{"somebody is home", `{"person":"anyone","presence":"home"}`, func(x *line) { x.locate("li", 0) }, "ran"},
		{"over midnight, before", `{"time":{"from":"07:00","to":"06:00"}}`, func(*line) {}, "ran"},
		{"over midnight, outside", `{"time":{"from":"22:00","to":"06:00"}}`, func(*line) {}, "condition"},
		{"on a Monday", `{"time":{"days":["mon"]}}`, func(*line) {}, "ran"},
		{"at the weekend", `{"time":{"days":"weekend"}}`, func(*line) {}, "condition"},
		{"Sunday night counts as Sunday's", `{"time":{"from":"22:00","to":"09:00","days":["sun"]}}`, func(*line) {}, "ran"},
		{"one of", `{"device":"$plug","attribute":"on_off.on","one_of":[false,true]}`, func(*line) {}, "ran"},
		{"is not", `{"device":"$plug","attribute":"on_off.on","is_not":true}`, func(*line) {}, "ran"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newLine(t)
			x.put("s", `{`+moved+`,"if":`+tt.cond+`,"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`)
			tt.ready(x)
			x.motion(true)
			if got := x.outcome("s"); got != tt.want {
				t.Errorf("got %s, want %s: %+v", got, tt.want, x.h.View().Evaluations("s"))
			}
		})
	}
}

func TestAPersonsTouchIsHeldAgainstScenes(t *testing.T) {
	byHand := func(x *line) {
		x.do(home.Asked{Ask: home.Ask{ID: "c1", Device: x.ids["lamp"], Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(false)}}, Cause: &model.Cause{Kind: model.CausePerson, Who: "li"}}})
	}
	atTheSwitch := func(x *line) {
		x.say("lamp", "on_off.on", model.Bool(true))
		x.pass(time.Minute)
		x.took()
	}
	tests := []struct {
		name, extra string
		touch       func(*line)
		later       time.Duration
		runs        bool
	}{
		{"nobody touched", ``, func(*line) {}, 0, true},
		{"the app", ``, byHand, time.Hour, false},
		{"the switch", ``, atTheSwitch, time.Hour, false},
		{"two hours later", ``, byHand, 121 * time.Minute, true},
		{"override", `"override":true,`, byHand, 0, true},
		{"yield over", `"yield":"30m",`, byHand, 31 * time.Minute, true},
		{"yield", `"yield":"30m",`, byHand, 29 * time.Minute, false},
		{"yield to touches of the run", `"yield":"run",`, byHand, time.Minute, true},
		{"ended", ``, func(x *line) { byHand(x); x.do(home.HoldEnded{Device: x.ids["lamp"]}) }, 0, true},
		{"another scene by hand", ``, func(x *line) {
			byHand(x)
			x.put("o", `{"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
			x.do(home.SceneAsked{ID: "o", Cause: &model.Cause{Kind: model.CausePerson, Who: "li"}})
		}, 0, true},
		{"a scene's lease of a higher priority", `"priority":10,`, func(x *line) {
			x.put("o", `{"priority":20,"lease":"30m","when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
			x.do(home.ModeSet{Mode: "night"})
		}, time.Minute, false},
		{"a lease that is over", `"priority":10,`, func(x *line) {
			x.put("o", `{"priority":20,"lease":"30m","when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
			x.do(home.ModeSet{Mode: "night"})
		}, 31 * time.Minute, true},
		{"a lease of a lower priority", `"priority":30,`, func(x *line) {
			x.put("o", `{"priority":20,"lease":"30m","when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
			x.do(home.ModeSet{Mode: "night"})
		}, time.Minute, true},
		{"a lease until the run ends", ``, func(x *line) {
			x.put("o", `{"priority":20,"lease":"run","when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}},{"wait":"30m"}]}`)
			x.do(home.ModeSet{Mode: "night"})
		}, time.Minute, false},
		{"a lease until the run has ended", ``, func(x *line) {
			x.put("o", `{"priority":20,"lease":"run","when":[{"mode":"night"}],"then":[{"device":"$lamp","set":{"on_off.on":false}},{"wait":"30m"}]}`)
			x.do(home.ModeSet{Mode: "night"})
		}, 31 * time.Minute, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newLine(t)
			x.put("s", `{`+tt.extra+moved+`,"then":[{"device":"$lamp","set":{"level.level":40}}]}`)
			tt.touch(x)
			x.pass(tt.later)
			x.took()
			x.motion(true)
			if got := len(x.took()) > 0; got != tt.runs {
				t.Errorf("ran: %v, want %v; held %+v; %+v", got, tt.runs, x.h.View().Holds(x.now), x.h.View().Evaluations("s"))
			}
		})
	}
}

func TestQuietHoursAndLimits(t *testing.T) {
	x := newLine(t)
	x.put("quiet", `{"quiet":{"from":"22:00","to":"08:30"},`+moved+`,"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`)
	x.put("often", `{"limit":{"times":2,"per":"1h"},`+moved+`,"then":[{"device":"$plug","set":{"on_off.on":true}}]}`)
	for range 3 {
		x.flash()
	}
	if a, b := x.outcome("quiet"), x.outcome("often"); a != "quiet" || b != "limited" {
		t.Errorf("got %s and %s", a, b)
	}
	x.pass(time.Hour)
	x.flash()
	if a, b := x.outcome("quiet"), x.outcome("often"); a != "ran" || b != "ran" {
		t.Errorf("later: got %s and %s", a, b)
	}
}

func TestACommandThatTimesOutIsSentAnew(t *testing.T) {
	x := newLine(t)
	x.put("s", `{`+moved+`,"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`)
	x.deaf = true
	x.motion(true)
	x.pass(time.Minute)
	if diff := cmp.Diff([]string{"08:00:00 lamp main on_off.on=true", "08:00:15 lamp main on_off.on=true"}, x.took()); diff != "" {
		t.Error(diff)
	}
}

func TestOtherTriggers(t *testing.T) {
	tests := []struct {
		name, when string
		do         func(*line)
		fires      bool
	}{
		{"a mode", `{"mode":"night"}`, func(x *line) { x.do(home.ModeSet{Mode: "night"}) }, true},
		{"another mode", `{"mode":"night"}`, func(x *line) { x.do(home.ModeSet{Mode: "away"}) }, false},
		{"a scene", `{"scene":"other"}`, func(x *line) { x.do(home.SceneAsked{ID: "other"}) }, true},
		{"a webhook", `{"webhook":"bell"}`, func(x *line) { x.do(home.WebhookCalled{Name: "bell"}) }, true},
		{"a topic", `{"topic":"bell/ring","payload":"1"}`, func(x *line) { x.do(home.TopicHeard{Topic: "bell/ring", Payload: "1"}) }, true},
		{"another payload", `{"topic":"bell/ring","payload":"1"}`, func(x *line) { x.do(home.TopicHeard{Topic: "bell/ring", Payload: "0"}) }, false},
		{"any change", `{"device":"$motion","attribute":"temperature.celsius","changes":true}`, func(x *line) {
			x.say("motion", "temperature.celsius", model.Number(20))
			x.say("motion", "temperature.celsius", model.Number(20.5))
		}, true},
		{"from another value", `{"device":"$motion","attribute":"temperature.celsius","from":10,"to":20}`, func(x *line) {
			x.say("motion", "temperature.celsius", model.Number(11))
			x.say("motion", "temperature.celsius", model.Number(20))
		}, false},
		{"anything in a room", `{"room":"hall","attribute":"occupancy.occupied","to":true}`, func(x *line) { x.motion(true) }, true},
		{"another room", `{"room":"living","attribute":"on_off.on","to":true}`, func(x *line) { x.motion(true) }, false},
		{"the first home", `{"person":"first","presence":"home"}`, func(x *line) {
			x.locate("ann", 9000)
			x.locate("li", 9000)
			x.pass(5 * time.Minute)
			x.locate("li", 3000)
			x.pass(5 * time.Minute)
			x.take(x.locate("li", 0))
		}, true},
		{"not the first home", `{"person":"first","presence":"home"}`, func(x *line) {
			x.locate("ann", 0)
			x.locate("li", 9000)
			x.pass(5 * time.Minute)
			x.locate("li", 3000)
			x.pass(5 * time.Minute)
			x.take(x.locate("li", 0))
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newLine(t)
			x.put("other", `{"then":[{"device":"$plug","set":{"on_off.on":true}}]}`)
			x.put("s", `{"when":[`+tt.when+`],"then":[{"notify":"here"}]}`)
			tt.do(x)
			got := false
			for _, l := range x.took() {
				got = got || l[9:] == "notice here"
			}
			if got != tt.fires {
				t.Errorf("fired: %v", got)
			}
		})
	}
}
