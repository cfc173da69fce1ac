package dingdong

import (
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

type accounts struct{}

func (accounts) Redeem(_ context.Context, client, code, redirect string) (speakers.Link, bool) {
	return speakers.Link{ID: "l1", Platform: Platform, Person: "li"}, client == "c1" && code == "good" && redirect == "https://hub.test/speak/dingdong/linked"
}

func (accounts) ByID(id string) (speakers.Link, bool) {
	return speakers.Link{ID: id, Platform: Platform, Person: "li"}, id == "l1"
}

var skill = &Skill{AppID: "APPID", AESKey: "secret", Client: "c1", Public: "https://hub.test"}

// sealed is a state as DingDong's app encrypts it.
func sealed(user, app string) string {
	plain := fmt.Appendf(nil, `{"userid":%q,"operation":"oauth","timestamp":"%d","appid":%q}`, user, speakertest.Now().UnixMilli(), app)
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, []byte(strings.Repeat(string(rune(pad)), pad))...)
	key := md5.Sum([]byte("secret"))
	block, _ := aes.NewCipher(key[:])
	for i := 0; i < len(plain); i += aes.BlockSize {
		block.Encrypt(plain[i:], plain[i:i+aes.BlockSize])
	}
	return base64.StdEncoding.EncodeToString(plain)
}

// sent is a signed request.
func sent(name, status, user, slots string) speakertest.Pair {
	ms := speakertest.Now().UnixMilli()
	body := fmt.Sprintf(`{"versionid":"1.0","status":%q,"sequence":"s1","timestamp":%d,"user":{"user_id":%q},"slots":%s}`, status, ms, user, slots)
	sum := md5.Sum(fmt.Appendf(nil, "APPID%s%d", body, ms))
	return speakertest.Pair{Name: name, Path: fmt.Sprintf("/speak/dingdong?timestamp=%d&sign=%s", ms, hex.EncodeToString(sum[:])), Request: body}
}

func newSkill(h *speakertest.House) *DingDong {
	say := func(_ context.Context, s Sentence) (string, bool) {
		return fmt.Sprintf("%s说：%s", s.Person, s.Text), s.Text == "开灯"
	}
	return New(h.Core, skill, say, accounts{}, speakertest.Memory{})
}

func follow(t *testing.T, f http.HandlerFunc, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	f(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Header().Get("Location")
}

func TestSentencesAreAnsweredInWordsOnceTheAccountIsLinked(t *testing.T) {
	h := speakertest.New(t)
	d := newSkill(h)
	state := url.QueryEscape(sealed("u1", "APPID"))
	if to := follow(t, d.Link, "/speak/dingdong/link?state="+state); !strings.HasPrefix(to, "/oauth/authorize?client_id=c1&redirect_uri=https%3A%2F%2Fhub.test%2Fspeak%2Fdingdong%2Flinked") {
		t.Errorf("linking leads to %q", to)
	}
	for path, want := range map[string]string{"code=bad&state=" + state: "0", "code=good&state=" + url.QueryEscape(sealed("u1", "OTHER")): "0", "code=good&state=nonsense": "0", "code=good&state=" + state: "1"} {
		if to := follow(t, d.Linked, "/speak/dingdong/linked?"+path); to != "linglong://open?openAuthResult="+want && want == "0" {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	follow(t, d.Linked, "/speak/dingdong/linked?code=good&state="+state)
	h.Golden(d, *update, []speakertest.Pair{
		sent("launch", "LAUNCH", "u1", `{}`), sent("whole sentence", "INTENT", "u1", `{"text":"关灯"}`), sent("asked back", "INTENT", "u1", `{"action":"开","device":"灯"}`),
		sent("slots", "INTENT", "u1", `{"action":"打开","room":"客厅","device":"空调"}`), sent("slots with a value", "INTENT", "u1", `{"action":"调到","room":"客厅","device":"空调","value":"26度"}`),
		sent("nothing said", "INTENT", "u1", `{"type":5}`), sent("notice", "NOTICE", "u1", `{}`), sent("end", "END", "u1", `{}`), sent("who is not linked", "INTENT", "u2", `{"text":"关灯"}`),
	})
	bad := sent("", "LAUNCH", "u1", `{}`)
	for what, p := range map[string]string{"another body": strings.Replace(bad.Request, "u1", "u2", 1), "no signature": bad.Request} {
		path := bad.Path
		if what == "no signature" {
			path = "/speak/dingdong"
		}
		if status, _ := h.Send(d, http.MethodPost, path, p); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, status)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add(`{"status":"INTENT","user":{"user_id":"u1"},"slots":{"text":"开灯"}}`, sealed("u1", "APPID"))
	c, _ := speakertest.Still()
	d := New(c, skill, func(context.Context, Sentence) (string, bool) { return "", false }, accounts{}, speakertest.Memory{bucket + "|u1": []byte("l1")})
	f.Fuzz(func(t *testing.T, text, state string) {
		_, _ = d.open(state)
		var q request
		if json.Unmarshal([]byte(text), &q) == nil {
			d.Handle(t.Context(), &q)
		}
	})
}
