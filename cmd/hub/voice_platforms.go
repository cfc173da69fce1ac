package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/consent"
	"github.com/concord-home/hub/bridge/converse"
	"github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/alexa"
	"github.com/concord-home/hub/bridge/speakers/aligenie"
	"github.com/concord-home/hub/bridge/speakers/dingdong"
	"github.com/concord-home/hub/bridge/speakers/dueros"
	"github.com/concord-home/hub/bridge/speakers/google"
	"github.com/concord-home/hub/bridge/speakers/jdwhale"
	"github.com/concord-home/hub/bridge/speakers/miot"
	"github.com/concord-home/hub/bridge/speakers/yandex"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/seal"
)

// platforms are the cloud speakers and their account linking.
type platforms struct {
	core    *speakers.Core
	consent *consent.Server
	codecs  []speakers.Codec
	routes  map[string]http.HandlerFunc // of the codecs, by their patterns
}

// serve adds a platform that is asked at one address.
func (p *platforms) serve(pattern string, c interface {
	speakers.Codec
	http.Handler
}) {
	p.codecs = append(p.codecs, c)
	p.routes[pattern] = c.ServeHTTP
}

// openPlatforms makes the cloud speakers' side. Each only answers accounts that somebody of the house has linked.
func (h *house) openPlatforms(context.Context) (err error) {
	p := &h.platforms
	// the page's log-in is the API's, which is made after
	p.consent, err = consent.New(consent.Options{Memory: h.store, Logger: h.log, Login: h.login})
	if err != nil {
		return err
	}
	verdicts := map[converse.PINResult]speakers.Verdict{converse.PINRight: speakers.PINRight, converse.PINWrong: speakers.PINWrong, converse.PINLocked: speakers.PINLocked, converse.PINUnset: speakers.PINUnset}
	p.core, err = speakers.New(speakers.Options{House: events{h.hub}, Memory: h.store, Links: links{p.consent}, Logger: h.log,
		CheckPIN: func(pin string) speakers.Verdict { return verdicts[h.voice.CheckPIN(pin)] },
		Later: func(ctx context.Context, l speakers.Link, at time.Time, said string, a home.Ask) error {
			return h.voice.Later(ctx, string(l.Person), "zh-CN", at, said, a)
		}})
	if err != nil {
		return err
	}
	box, err := seal.Open(h.o.data)
	if err != nil {
		return err
	}
	return p.serveAll(h, box.Memory(h.store))
}

// serveAll makes the codecs. A platform whose file of keys was given is told of changes as well.
func (p *platforms) serveAll(h *house, secrets speakers.Memory) error {
	account, err1 := readFile(h.o.googleAccount, google.ReadServiceAccount)
	client, err2 := readFile(h.o.alexaClient, alexa.ReadClient)
	bot, err3 := readFile(h.o.duerosBot, dueros.ReadBot)
	skill, err4 := readFile(h.o.yandexSkill, yandex.ReadSkill)
	cloud, err5 := readFile(h.o.miotCloud, miot.ReadCloud)
	dialogue, err6 := readFile(h.o.dingdongSkill, dingdong.ReadSkill)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return err
	}
	mi, err := miot.New(p.core, cloud, h.store)
	if err != nil {
		return err
	}
	g, a, d, y := google.New(p.core, account), alexa.New(p.core, client, secrets), dueros.New(p.core, dueros.DuerOS, bot), yandex.New(p.core, skill)
	for _, r := range []struct {
		told speakers.Reporter
		by   bool
	}{{g, account != nil}, {a, client != nil}, {d, bot != nil}, {y, skill != nil}, {mi, cloud != nil}} {
		if r.by {
			p.core.AddReporter(r.told)
		}
	}
	talk := dingdong.New(p.core, dialogue, h.saidAtSpeaker, links{p.consent}, h.store)
	p.routes = map[string]http.HandlerFunc{"GET /speak/dingdong/link": talk.Link, "GET /speak/dingdong/linked": talk.Linked}
	p.serve("POST /fulfil/google", g)
	p.serve("POST /fulfil/alexa", a)
	p.serve("POST /fulfil/aligenie", aligenie.New(p.core))
	p.serve("POST /fulfil/dueros", d)
	p.serve("POST /fulfil/xiaowei", dueros.New(p.core, dueros.Xiaowei, nil))
	p.serve("POST /fulfil/jdwhale", jdwhale.New(p.core))
	p.serve("POST /fulfil/miot", mi)
	p.serve(yandex.Prefix+"/", y)
	p.serve("POST /speak/dingdong", talk)
	return nil
}

// saidAtSpeaker understands what a cloud speaker heard.
func (h *house) saidAtSpeaker(ctx context.Context, s dingdong.Sentence) (string, bool) {
	r := h.voice.Say(ctx, converse.Request{Text: s.Text, Lang: "zh-CN", Session: s.Session, Person: string(s.Person)}, converse.Speaker{Name: s.Speaker, Engine: h.voice})
	return r.Speech, r.Expect
}

func (h *house) login(r *http.Request, name, password string) (home.Person, bool, time.Duration) {
	return h.server.Login(r, name, password)
}

// mounts are the routes of the cloud speakers.
func (p *platforms) mounts() []httpapi.Mount {
	open := func(pattern string, f http.HandlerFunc) httpapi.Mount {
		return httpapi.Mount{Pattern: pattern, Open: true, Handle: func(w http.ResponseWriter, r *http.Request, _ httpapi.Caller) { f(w, r) }}
	}
	managed := func(pattern string, f http.HandlerFunc) httpapi.Mount {
		return httpapi.Mount{Pattern: pattern, Handle: func(w http.ResponseWriter, r *http.Request, c httpapi.Caller) {
			if !c.Manages() {
				http.Error(w, `{"title":"only who manages the house may do this","status":403}`, http.StatusForbidden)
				return
			}
			f(w, r)
		}}
	}
	admin := speakers.Admin{Core: p.core, Codecs: p.codecs}
	out := []httpapi.Mount{
		open("GET /oauth/authorize", func(w http.ResponseWriter, r *http.Request) { p.consent.Authorize(w, r, httpapi.Language(r)) }),
		open("POST /oauth/authorize", func(w http.ResponseWriter, r *http.Request) { p.consent.Consent(w, r, httpapi.Language(r)) }),
		open("POST /oauth/token", p.consent.Token),
		open("POST /oauth/revoke", p.consent.Revoke),
		managed("GET /v1/voice/links", p.consent.List),
		managed("POST /v1/voice/clients", p.consent.Register),
		managed("DELETE /v1/voice/links/{id}", p.consent.Remove),
		managed("GET /v1/voice/doctor", admin.Findings),
		managed("GET /v1/voice/platforms", admin.Sees),
		managed("PUT /v1/voice/platforms/{platform}/devices/{device}", admin.Show),
	}
	for pattern, f := range p.routes {
		out = append(out, open(pattern, f))
	}
	for _, m := range slices.Clone(out) { // who asks otherwise is told so, and not shown the app
		if address, only := strings.CutPrefix(m.Pattern, "POST "); only && m.Open && address != "/oauth/authorize" {
			out = append(out, open(address, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Allow", http.MethodPost)
				http.Error(w, `{"title":"POST was expected","status":405}`, http.StatusMethodNotAllowed)
			}))
		}
	}
	return out
}

// links are the accounts that were linked, as the cloud speakers see them.
type links struct{ s *consent.Server }

func (l links) ByToken(_ context.Context, platform, token string) (speakers.Link, bool) {
	k, ok := l.s.ByToken(platform, token)
	return speakers.Link{ID: k.ID, Platform: k.Platform, Person: k.Person}, ok
}

func (l links) ByID(id string) (speakers.Link, bool) {
	k, ok := l.s.ByID(id)
	return speakers.Link{ID: k.ID, Platform: k.Platform, Person: k.Person}, ok
}

func (l links) Redeem(ctx context.Context, client, code, redirect string) (speakers.Link, bool) {
	k, ok := l.s.Redeem(ctx, client, code, redirect)
	return speakers.Link{ID: k.ID, Platform: k.Platform, Person: k.Person}, ok
}

func (l links) Unlink(ctx context.Context, id string) error { return l.s.Unlink(ctx, id) }

// readFile reads a file of keys; an empty name is none.
func readFile[T any](name string, read func(r io.Reader) (*T, error)) (*T, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return x, nil
}
