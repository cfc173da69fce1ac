package dingdong

import (
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
)

const bucket = "speakers.dingdong"

// state is what DingDong's app sends along when somebody links an account.
type state struct {
	User      string `json:"userid"`
	Operation string `json:"operation"`
	Time      string `json:"timestamp"` // ms
	App       string `json:"appid"`
}

// open decrypts a state: base64 of AES-128-ECB with PKCS #7 padding under md5(key).
func (d *DingDong) open(text string) (state, error) {
	var s state
	sealed, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, " ", "+")) // a plus that a form made a space
	if err != nil || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 || len(sealed) > 4096 {
		return s, errors.New("the state is no encrypted text")
	}
	key := md5.Sum([]byte(d.skill.AESKey))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return s, err
	}
	plain := make([]byte, len(sealed))
	for i := 0; i < len(sealed); i += aes.BlockSize {
		block.Decrypt(plain[i:], sealed[i:i+aes.BlockSize])
	}
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > aes.BlockSize {
		return s, errors.New("the state was encrypted with another key")
	}
	if err := json.Unmarshal(plain[:len(plain)-pad], &s); err != nil {
		return s, errors.New("the state was encrypted with another key")
	}
	ms, err := strconv.ParseInt(s.Time, 10, 64)
	age := d.core.Now().Sub(time.UnixMilli(ms))
	switch {
	case s.App != d.skill.AppID || s.User == "" || len(s.User) > 200:
		return s, errors.New("the state is another skill's")
	case err != nil || age > fresh || age < -fresh:
		return s, errors.New("the state is too old")
	}
	return s, nil
}

func (d *DingDong) redirect() string { return d.skill.Public + "/speak/dingdong/linked" }

// Link begins linking: it leads to the house's own page of consent.
func (d *DingDong) Link(w http.ResponseWriter, r *http.Request) {
	if d.skill == nil {
		http.NotFound(w, r)
		return
	}
	text := r.URL.Query().Get("state")
	if _, err := d.open(text); err != nil {
		d.core.Failed(Platform, "linking: "+err.Error())
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q := url.Values{"response_type": {"code"}, "client_id": {d.skill.Client}, "redirect_uri": {d.redirect()}, "state": {text}}
	http.Redirect(w, r, "/oauth/authorize?"+q.Encode(), http.StatusFound)
}

// Linked ends linking, and leads back to DingDong's app.
func (d *DingDong) Linked(w http.ResponseWriter, r *http.Request) {
	if d.skill == nil {
		http.NotFound(w, r)
		return
	}
	back := func(result string) {
		http.Redirect(w, r, "linglong://open?openAuthResult="+result, http.StatusFound)
	}
	s, err := d.open(r.URL.Query().Get("state"))
	if err != nil {
		d.core.Failed(Platform, "linking: "+err.Error())
		back("0")
		return
	}
	ctx := context.WithoutCancel(r.Context())
	link, ok := d.accounts.Redeem(ctx, d.skill.Client, r.URL.Query().Get("code"), d.redirect())
	if !ok {
		back("0")
		return
	}
	if err := d.memory.Put(ctx, bucket, s.User, []byte(link.ID)); err != nil {
		d.core.Failed(Platform, err.Error())
		back("0")
		return
	}
	back("1")
}

// linkOf is the link of one of DingDong's users.
func (d *DingDong) linkOf(ctx context.Context, user string) (speakers.Link, bool) {
	all, err := d.memory.List(ctx, bucket)
	id, known := all[user]
	if err != nil || !known || user == "" {
		return speakers.Link{}, false
	}
	return d.accounts.ByID(string(id))
}
