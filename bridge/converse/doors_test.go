package converse

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// knock asks a route as a caller and returns what it answers.
func knock(t *testing.T, e *Engine, c Caller, method, target, body string) (int, map[string]any) {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, f := range e.Routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { f(w, r, c) })
	}
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, httptest.NewRequest(method, target, strings.NewReader(body)))
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s %s: %s", method, target, rec.Body)
	}
	return rec.Code, out
}

func TestADoorSaysWhatDoesNotFit(t *testing.T) {
	e := talk(t)
	for body, want := range map[string]string{
		`{"text":""}`:                       "text: empty",
		`{"text":5}`:                        "text: number, string was expected",
		`{"text":"hi"} more`:                "no JSON object",
		`{"text":"hi","lang":"xx"}`:         "lang: \"xx\"",
		`{"text":"hi","alternatives":"hi"}`: "alternatives: string",
		`{"text":"` + strings.Repeat("x", maxText+1) + `"}`: "at most 2000",
		`{"text":"` + strings.Repeat("x", maxBody) + `"}`:   "at most 65536",
	} {
		if code, out := knock(t, e, everyone{}, "POST", "/v1/converse", body); code < 400 || code > 499 || !strings.Contains(out["title"].(string), want) {
			t.Errorf("%.40s: %d %v", body, code, out)
		}
	}
}

func TestAnAnswerHasWhatASpeakerNeeds(t *testing.T) {
	e := talk(t)
	_, risky := knock(t, e, everyone{}, "POST", "/v1/converse", `{"text":"unlock 大门","session":"a"}`)
	if risky["confirm"].(map[string]any)["type"] != "yesno" || risky["expect_reply"] != true || risky["session"] != "a" {
		t.Errorf("%v", risky)
	}
	intent := risky["intents"].([]any)[0].(map[string]any)
	if intent["intent"] != "Unlock" || intent["confidence"].(float64) <= 0.5 {
		t.Errorf("%v", intent)
	}
	if _, home := knock(t, e, everyone{}, "POST", "/v1/converse", `{"text":"I'm home","user":"Li","dry_run":true}`); !strings.Contains(home["plan"].([]any)[0].(string), "li") {
		t.Errorf("%v", home)
	}
	// Home Assistant's clients may speak a language that is not served: they read no refusal.
	if code, said := knock(t, e, everyone{}, "POST", "/api/conversation/process", `{"text":"打开落地灯","language":"nl","agent_id":null,"conversation_id":null}`); code != http.StatusOK || said["response"].(map[string]any)["response_type"] != "action_done" {
		t.Errorf("%d %v", code, said)
	}
}

func TestHotWordsAreInTheSpeakersLanguage(t *testing.T) {
	e := talk(t)
	words := func(c Caller, lang string) (out []string) {
		for _, w := range e.HotWords(c, lang) {
			out = append(out, w.Text)
		}
		return out
	}
	if zh := words(everyone{}, "zh-CN"); !slices.Contains(zh, "客厅") || slices.Contains(zh, "Living room") {
		t.Errorf("zh-CN: %v", zh)
	}
	if tw := words(everyone{}, "zh-TW"); !slices.Contains(tw, "落地燈") {
		t.Errorf("zh-TW: %v", tw)
	}
	if all := words(everyone{}, ""); !slices.Contains(all, "客厅") || !slices.Contains(all, "Living room") || !slices.Contains(all, "Li") {
		t.Errorf("all: %v", all)
	}
	if few := words(guest{"客厅"}, "zh-CN"); slices.Contains(few, "大门") || slices.Contains(few, "Li") {
		t.Errorf("a guest's: %v", few)
	}
	if code, _ := knock(t, e, everyone{}, "GET", "/v1/speakers/x/vocabulary?lang=xx", ""); code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown language: %d", code)
	}
}
