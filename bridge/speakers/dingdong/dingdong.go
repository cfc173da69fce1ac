// Package dingdong speaks the skill messages of the DingDong (叮咚) speakers: the speaker sends what it understood as slots, the
// house's own understanding makes a sentence of them and answers in words.
//
// Use: d := New(core, skill, say, accounts, memory); mount d.ServeHTTP at POST /speak/dingdong, d.Link at GET /speak/dingdong/link and
// d.Linked at GET /speak/dingdong/linked.
//
// There is no public description; the format is that of services that ran: requests are signed by md5(appId + body + timestamp), and an
// account is linked by a state that is encrypted with AES-128-ECB under md5(key). Both are old-fashioned; what opens the house
// wants the spoken PIN here as everywhere.
package dingdong

import (
	"context"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
)

// Platform is the name under which DingDong is linked.
const Platform = "dingdong"

// Skill is what the console of DingDong gives a skill, and the client that `hub voice link dingdong` gave.
type Skill struct {
	AppID  string `json:"app_id"`
	AESKey string `json:"aes_key"`
	Client string `json:"client_id"`
	Public string `json:"public"` // the https address of the hub
}

// ReadSkill reads a skill's file.
func ReadSkill(r io.Reader) (*Skill, error) {
	var s Skill
	if err := json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&s); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if s.AppID == "" || s.AESKey == "" || s.Client == "" || !strings.HasPrefix(s.Public, "https://") {
		return nil, errors.New("app_id, aes_key, client_id and public, an https address, were expected")
	}
	s.Public = strings.TrimRight(s.Public, "/")
	return &s, nil
}

// Sentence is what somebody said.
type Sentence struct {
	Text, Session, Speaker string
	Person                 home.PersonID
}

// Say understands a sentence, does it, and answers in words; expects: an answer is waited for.
type Say func(ctx context.Context, s Sentence) (speech string, expects bool)

// Accounts are the links of the house's people.
type Accounts interface {
	// Redeem takes the code of an authorization that was asked for with redirect.
	Redeem(ctx context.Context, client, code, redirect string) (speakers.Link, bool)
	// ByID finds a link that still is one.
	ByID(id string) (speakers.Link, bool)
}

// DingDong is the codec. Make it with [New].
type DingDong struct {
	core     *speakers.Core
	skill    *Skill // nil: no skill is set up, and nothing is answered
	say      Say
	accounts Accounts
	memory   speakers.Memory
}

// New makes the codec.
func New(core *speakers.Core, skill *Skill, say Say, accounts Accounts, memory speakers.Memory) *DingDong {
	return &DingDong{core, skill, say, accounts, memory}
}

// Platform names the platform.
func (*DingDong) Platform() string { return Platform }

// request is what the speaker's cloud sends.
type request struct {
	Version  string `json:"versionid"`
	Status   string `json:"status"`
	Sequence string `json:"sequence"`
	User     struct {
		ID string `json:"user_id"`
	} `json:"user"`
	Text  string         `json:"input_text"`
	Slots map[string]any `json:"slots"`
}

// answer is what goes back.
type answer struct {
	Version   string            `json:"versionid"`
	End       bool              `json:"is_end"`
	Sequence  string            `json:"sequence"`
	Time      int64             `json:"timestamp"` // ms
	Directive directive         `json:"directive"`
	Extend    map[string]string `json:"extend"`
}

type directive struct {
	Items []words `json:"directive_items"`
}

type words struct {
	Type    string `json:"type"` // "1": spoken
	Content string `json:"content"`
}

// fresh is how old a signed request may be.
const fresh = 10 * time.Minute

// signed checks who sent a request.
func (d *DingDong) signed(body []byte, stamp, sign string) bool {
	sum := md5.Sum([]byte(d.skill.AppID + string(body) + stamp))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(sign))) != 1 {
		return false
	}
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	at := time.UnixMilli(n)
	if n < 1e11 {
		at = time.Unix(n, 0)
	}
	age := d.core.Now().Sub(at)
	return age < fresh && age > -fresh
}

// ServeHTTP answers one request.
func (d *DingDong) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.skill == nil {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, speakers.MaxBody))
	if q := r.URL.Query(); err != nil || !d.signed(body, q.Get("timestamp"), q.Get("sign")) {
		d.core.Failed(Platform, "a request whose signature is not right, or too old")
		speakers.Reply(w, http.StatusUnauthorized, map[string]string{"error": "sign"})
		return
	}
	var q request
	if err := json.Unmarshal(body, &q); err != nil {
		d.core.Failed(Platform, "a request that cannot be read")
		speakers.Reply(w, http.StatusBadRequest, map[string]string{"error": "body"})
		return
	}
	speakers.Reply(w, http.StatusOK, d.Handle(r.Context(), &q))
}

// Handle answers a decoded request.
func (d *DingDong) Handle(ctx context.Context, q *request) answer {
	a := answer{Version: "1.0", Sequence: q.Sequence, Time: d.core.Now().UnixMilli(), End: true, Extend: map[string]string{"NO_REC": "0"}}
	speak := func(text string, end bool) answer {
		a.Directive.Items, a.End = []words{{"1", text}}, end
		return a
	}
	link, ok := d.linkOf(ctx, q.User.ID)
	switch {
	case q.Status == "END":
		return speak("再见", true)
	case !ok:
		return speak("请先在叮咚应用里关联您的家。", true)
	case q.Status == "LAUNCH":
		return speak("请说。", false)
	case q.Status != "INTENT":
		a.Directive.Items = []words{} // a notice wants no word
		return a
	}
	text := sentence(q)
	if text == "" {
		return speak("我没有听懂。", false)
	}
	type said struct {
		speech  string
		expects bool
	}
	done := make(chan said, 1)
	go func() { // what takes longer goes on: the speaker hangs up, the house does not
		speech, expects := d.say(context.WithoutCancel(ctx), Sentence{Text: text, Session: "dingdong-" + q.User.ID, Speaker: "dingdong", Person: link.Person})
		done <- said{speech, expects}
	}()
	wait, stop := context.WithTimeout(ctx, speakers.Patience)
	defer stop()
	select {
	case s := <-done:
		return speak(s.speech, !s.expects)
	case <-wait.Done():
		return speak("好的，正在处理。", true)
	}
}

// order is in which order slots make a Chinese sentence; the console's skill names its slots so (docs/voice.md).
var order = []string{"action", "room", "device", "value"}

// sentence is what was said: the text, where it is sent, else the slots put together.
func sentence(q *request) string {
	if q.Text != "" {
		return q.Text
	}
	slot := func(name string) string { s, _ := q.Slots[name].(string); return strings.TrimSpace(s) }
	if t := slot("text"); t != "" {
		return t
	}
	if v := slot("value"); v != "" && slot("device") != "" {
		return "把" + slot("room") + slot("device") + slot("action") + v
	}
	var b strings.Builder
	for _, name := range order {
		b.WriteString(slot(name))
	}
	return b.String()
}

// Refuses tells why a device cannot be spoken of; empty: it can.
func (*DingDong) Refuses(d *home.Device) string { return speakers.Sayable(speakers.NameIn(d, "zh")) }
