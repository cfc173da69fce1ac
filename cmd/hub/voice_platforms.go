package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/concord-home/hub/bridge/consent"
	"github.com/concord-home/hub/bridge/converse"
	"github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/alexa"
	"github.com/concord-home/hub/bridge/speakers/google"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/seal"
)

// platforms are the cloud speakers and their account linking.
type platforms struct {
	core    *speakers.Core
	consent *consent.Server
	google  *google.Google
	alexa   *alexa.Alexa
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
		CheckPIN: func(pin string) speakers.Verdict { return verdicts[h.voice.CheckPIN(pin)] }})
	if err != nil {
		return err
	}
	account, err := readFile(h.o.googleAccount, google.ReadServiceAccount)
	if err != nil {
		return err
	}
	client, err := readFile(h.o.alexaClient, alexa.ReadClient)
	if err != nil {
		return err
	}
	box, err := seal.Open(h.o.data)
	if err != nil {
		return err
	}
	p.google, p.alexa = google.New(p.core, account), alexa.New(p.core, client, box.Memory(h.store))
	if account != nil {
		p.core.AddReporter(p.google)
	}
	if client != nil {
		p.core.AddReporter(p.alexa)
	}
	return nil
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
	admin := speakers.Admin{Core: p.core, Codecs: []speakers.Codec{p.google, p.alexa}}
	return []httpapi.Mount{
		open("POST /fulfil/google", p.google.ServeHTTP),
		open("POST /fulfil/alexa", p.alexa.ServeHTTP),
		open("GET /oauth/authorize", func(w http.ResponseWriter, r *http.Request) { p.consent.Authorize(w, r, httpapi.Language(r)) }),
		open("POST /oauth/authorize", func(w http.ResponseWriter, r *http.Request) { p.consent.Consent(w, r, httpapi.Language(r)) }),
		open("POST /oauth/token", p.consent.Token),
		open("POST /oauth/revoke", p.consent.Revoke),
		managed("GET /v1/voice/links", p.consent.List),
		managed("POST /v1/voice/clients", p.consent.Register),
		managed("DELETE /v1/voice/links/{id}", p.consent.Remove),
		managed("GET /v1/voice/doctor", admin.Findings),
		managed("PUT /v1/voice/platforms/{platform}/devices/{device}", admin.Show),
	}
}

// links are the accounts that were linked, as the cloud speakers see them.
type links struct{ s *consent.Server }

func (l links) ByToken(_ context.Context, platform, token string) (speakers.Link, bool) {
	k, ok := l.s.ByToken(platform, token)
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
