package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
)

func TestWhatAnotherBridgeRefusesIsInTheCallersLanguage(t *testing.T) {
	for name, x := range map[string]struct {
		lang, body, want string
	}{
		"in Chinese":              {"zh", `{"title":"there is no timer 4f2","status":404}`, "没有定时“4f2”"},
		"a field and a phrase":    {"zh", `{"title":"pin: a spoken PIN is 4 to 8 digits"}`, "pin：语音密码应为 4 到 8 位数字"},
		"in English":              {"en", `{"title":"there is no timer 4f2","status":404}`, "there is no timer 4f2"},
		"another protocol's own":  {"zh", `{"message":"Message format incorrect"}`, ""},
		"a language with choices": {"zh", `{"title":"lang: \"xx\", one of en, zh-CN was expected"}`, `lang: "xx"，应为以下之一：en, zh-CN`},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			w := &refusing{ResponseWriter: rec, lang: x.lang}
			http.Error(w, x.body, http.StatusNotFound)
			w.finish()
			var p api.Problem
			_ = json.Unmarshal(rec.Body.Bytes(), &p) // what is another's may be anything
			if rec.Code != http.StatusNotFound || p.Title != x.want {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
			if x.want == "" && rec.Body.String() != x.body+"\n" {
				t.Errorf("changed to %s", rec.Body)
			}
		})
	}
	rec := httptest.NewRecorder()
	w := &refusing{ResponseWriter: rec, lang: "zh"}
	answered, _ := w.Write([]byte("fine"))
	w.finish()
	if answered != 4 || rec.Body.String() != "fine" {
		t.Errorf("an answer became %q", rec.Body)
	}
}
