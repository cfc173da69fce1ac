package messages

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/google/go-cmp/cmp"
)

var placeholder = regexp.MustCompile(`\{\d\}`)

func TestEveryMessageSpeaksEveryLanguageWithTheSameArguments(t *testing.T) {
	for key, texts := range catalogue {
		if got := slices.Sorted(maps.Keys(texts)); !slices.Equal(got, Languages) {
			t.Errorf("%s is in %v, want %v", key, got, Languages)
		}
		want := arguments(texts["en"])
		for lang, text := range texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s is empty in %s", key, lang)
			}
			if got := arguments(text); !slices.Equal(got, want) {
				t.Errorf("%s takes %v in %s but %v in en", key, got, lang, want)
			}
		}
	}
}

func arguments(s string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(s, -1))))
}

func TestEveryWordForAValueBelongsToAnAttributeOfTheCatalogue(t *testing.T) {
	for key := range catalogue {
		rest, ok := strings.CutPrefix(key, "value.")
		if !ok || strings.Count(rest, ".") == 0 {
			continue
		}
		attr := model.Attribute(rest[:strings.LastIndexByte(rest, '.')])
		if model.LookupAttribute(attr) == nil {
			t.Errorf("%s: the catalogue has no attribute %s", key, attr)
		}
	}
}

func TestEveryStatusReasonCauseAndQualityHasWords(t *testing.T) {
	keys := []string{}
	for _, s := range []model.Status{model.Accepted, model.Sent, model.Acked, model.Confirmed, model.TimedOut, model.Rejected, model.Superseded, model.Contradicted} {
		keys = append(keys, "outcome."+string(s))
	}
	for _, r := range []model.ReasonCode{model.ReasonUnreachable, model.ReasonNoAnswer, model.ReasonUnsupported, model.ReasonInvalidValue, model.ReasonReadOnly,
		model.ReasonUnknownDevice, model.ReasonUnknownState, model.ReasonDeviceError, model.ReasonNewer, model.ReasonMismatch, model.ReasonPersistence, model.ReasonForbidden} {
		keys = append(keys, "reason."+string(r))
	}
	for _, c := range []model.CauseKind{model.CausePerson, model.CauseScene, model.CauseVoice, model.CausePhysical, model.CauseHub, model.CauseProgram} {
		keys = append(keys, "cause."+string(c))
	}
	for _, q := range []model.Quality{model.Good, model.Stale, model.Assumed, model.Restored, model.Suspect} {
		keys = append(keys, "quality."+string(q))
	}
	for _, typ := range []model.Type{model.TypeBool, model.TypeInt, model.TypeFloat, model.TypeEnum, model.TypeString, model.TypeTime, model.TypeSet, model.TypeList, model.TypeObject} {
		keys = append(keys, "expected."+string(typ))
	}
	for _, key := range keys {
		if !Has(key) {
			t.Errorf("there is no message %q", key)
		}
	}
}

func TestLanguage(t *testing.T) {
	for wish, want := range map[string]string{
		"": "en", "C": "en", "C.UTF-8": "en", "POSIX": "en", "zh_CN.UTF-8": "zh", "zh": "zh", "ZH-Hant-TW": "zh",
		"en-GB,en;q=0.9": "en", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en;q=0.4, zh;q=0.8": "zh", "de-DE,zh;q=0.1": "zh",
		"fr": "en", "zh;q=0, en": "en", "zha": "en", "zh;q=x": "en", ",;,": "en", "zh;q=NaN,en": "en",
	} {
		if got := Language(wish); got != want {
			t.Errorf("Language(%q) = %q, want %q", wish, got, want)
		}
	}
}

func FuzzLanguageAlwaysIsOneOfTheCatalogue(f *testing.F) {
	for _, s := range []string{"zh-CN,zh;q=0.9", "en", ";q=", "zh;q=1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, wish string) {
		if l := Language(wish); !slices.Contains(Languages, l) {
			t.Fatalf("Language(%q) = %q", wish, l)
		}
	})
}

func TestValueReadsAsAPersonWouldSayIt(t *testing.T) {
	prop := model.LookupAttribute
	float := &model.Property{Attribute: "measurement.x", Type: model.TypeFloat}
	tests := []struct {
		p      *model.Property
		json   string
		en, zh string
	}{
		{prop("on_off.on"), `true`, "on", "开"},
		{prop("on_off.on"), `false`, "off", "关"},
		{prop("on_off.on"), `null`, "unknown", "未知"},
		{prop("contact.open"), `true`, "open", "打开"},
		{prop("contact.open"), `null`, "unknown", "未知"},
		{prop("window_covering.open_pct"), `100`, "open", "打开"},
		{prop("window_covering.open_pct"), `40`, "40 %", "40%"},
		{prop("thermostat.local_temperature"), `21.5`, "21.5 °C", "21.5 °C"},
		{prop("on_off.on_time_left"), `45`, "45 s", "45 s"},
		{prop("on_off.on_time_left"), `7500`, "2 h 5 min", "2小时5分钟"},
		{float, `21.499999`, "21.5", "21.5"},
		{float, `0.1234`, "0.123", "0.123"},
		{float, `1234.567`, "1234.6", "1234.6"},
		{float, `-0.0001`, "0", "0"},
		{&model.Property{Attribute: "measurement.x", Type: model.TypeFloat, Step: 0.5, Unit: "K"}, `1.52`, "1.5 K", "1.5 K"},
		{&model.Property{Attribute: "setting.x", Type: model.TypeBool}, `true`, "yes", "是"},
		{&model.Property{Attribute: "setting.x", Type: model.TypeEnum}, `"eco"`, "eco", "eco"},
		{&model.Property{Attribute: "setting.x", Type: model.TypeSet}, `["a","b"]`, "a, b", "a、b"},
		{&model.Property{Attribute: "setting.x", Type: model.TypeSet}, `[]`, "none", "无"},
		{&model.Property{Attribute: "setting.x", Type: model.TypeObject}, `{"a":1}`, `{"a":1}`, `{"a":1}`},
		{nil, `12.25`, "12.25", "12.25"},
	}
	for _, tt := range tests {
		var v model.Value
		if err := json.Unmarshal([]byte(tt.json), &v); err != nil {
			t.Fatal(err)
		}
		got := []string{Value("en", tt.p, v), Value("zh", tt.p, v)}
		if diff := cmp.Diff([]string{tt.en, tt.zh}, got); diff != "" {
			t.Errorf("%v %s (-want +got):\n%s", tt.p, tt.json, diff)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 1, 31, 18, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		t      time.Time
		en, zh string
	}{
		{time.Time{}, "never", "从未"},
		{now.Add(-2 * time.Second), "just now", "刚刚"},
		{now.Add(-3 * time.Minute), "3 min ago", "3分钟前"},
		{now.Add(-3 * time.Hour), "3 h ago", "3小时前"},
		{now.Add(-25 * time.Hour), "1 day ago", "1天前"},
		{now.Add(-49 * time.Hour), "2 days ago", "2天前"},
		{now.Add(10 * time.Minute), "in 10 min", "10分钟后"},
	} {
		if en, zh := Ago("en", tt.t, now), Ago("zh", tt.t, now); en != tt.en || zh != tt.zh {
			t.Errorf("%v: got %q, %q, want %q, %q", tt.t, en, zh, tt.en, tt.zh)
		}
	}
}

func TestExpectedSaysTheRangeInBothLanguages(t *testing.T) {
	p := model.LookupAttribute("window_covering.open_pct")
	if got, want := Expected("en", p), "a number from 0 to 100 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Expected("zh", p), "0到100%之间的数字"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBecauseTellsTheChainOfCauses(t *testing.T) {
	names := func(kind model.CauseKind, id string) string {
		return map[string]string{"li": "Li", "arrive": "回家"}[id]
	}
	on := model.LookupAttribute("on_off.on")
	tests := []struct {
		name    string
		p       *model.Property
		v       model.Value
		quality model.Quality
		c       *model.Cause
		en, zh  string
	}{
		{"a person", on, model.Bool(true), model.Good, &model.Cause{Kind: model.CausePerson, Who: "li", Via: "http"},
			"turned on by Li through the app", "打开：由Li通过应用操作"},
		{"a scene", on, model.Bool(true), model.Good,
			&model.Cause{Kind: model.CauseScene, Who: "arrive", Text: "门厅检测到有人", Because: &model.Cause{Kind: model.CausePhysical, Via: "zigbee2mqtt"}},
			"turned on by the scene “回家”, because 门厅检测到有人", "打开：由场景“回家”触发，因为门厅检测到有人"},
		{"a scene by hand", on, model.Bool(false), model.Good,
			&model.Cause{Kind: model.CauseScene, Who: "arrive", Because: &model.Cause{Kind: model.CausePerson, Who: "li", Via: "cli"}},
			"turned off by the scene “回家”, run by Li through the command line", "关闭：由场景“回家”触发，由Li通过命令行操作"},
		{"a measurement", model.LookupAttribute("thermostat.local_temperature"), model.Number(21), model.Good, &model.Cause{Kind: model.CausePhysical, Via: "zigbee2mqtt"},
			"“Room temperature” became 21 °C, as the device reports (through Zigbee)", ""},
		{"nobody knows", on, model.Bool(true), model.Good, nil, "turned on; nothing is known of why", "打开：原因未知"},
		{"remembered", on, model.Bool(true), model.Restored, nil, "turned on; remembered from before the restart, nothing newer is known", "打开：重启前的记录，尚无更新"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Because("en", tt.p, tt.v, tt.quality, tt.c, names); got != tt.en {
				t.Errorf("en: got  %q\nwant %q", got, tt.en)
			}
			if got := Because("zh", tt.p, tt.v, tt.quality, tt.c, names); tt.zh != "" && got != tt.zh {
				t.Errorf("zh: got  %q\nwant %q", got, tt.zh)
			}
		})
	}
}

func TestOutcomeEndsWithTheSourcesOwnWords(t *testing.T) {
	r := model.Reason{Code: model.ReasonDeviceError, Detail: "MAC no ack (233)"}
	if got, want := Outcome("en", "Lamp", model.Rejected, r), "Lamp: refused – the device or its bridge refused – MAC no ack (233)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Outcome("zh", "台灯", model.Confirmed, model.Reason{}), "台灯：已完成"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTextOfAKeyThatIsMissingIsTheKey(t *testing.T) {
	if got := Text("zh", "no.such.key", 1); got != "no.such.key" {
		t.Errorf("got %q", got)
	}
}
