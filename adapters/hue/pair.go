package hue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters/lan"
)

// pairEvery is how often a bridge is asked whether its button was pressed.
const pairEvery = time.Second

var errNotPressed = errors.New("press the round button on the Hue bridge")

// Permit asks every bridge that is seen for a key, for so many seconds: a bridge gives one within half a minute
// of its button being pressed. 0 ends that. A bridge that is paired already is paired anew, which is how a lost key or a new
// certificate is put right.
func (a *Adapter) Permit(ctx context.Context, seconds int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pairing != nil {
		a.pairing()
		a.pairing = nil
	}
	if seconds == 0 {
		return nil
	}
	if a.ctx == nil {
		return errors.New("the adapter for Hue is not running yet")
	}
	addrs, err := a.candidates()
	if err != nil {
		return err
	}
	a.lastTry = ""
	run, stop := context.WithTimeout(a.ctx, time.Duration(seconds)*time.Second)
	a.pairing = stop
	for _, addr := range addrs {
		a.running.Go(func() { a.pair(run, addr) })
	}
	return nil
}

// pair asks one bridge until it gives a key or the time is over.
func (a *Adapter) pair(ctx context.Context, addr string) {
	for {
		id, p, err := ask(ctx, addr)
		if err == nil {
			err = a.keep(id, p)
			if err == nil {
				return
			}
		}
		a.mu.Lock()
		if ctx.Err() == nil && !errors.Is(err, errNotPressed) {
			a.lastTry = addr + ": " + err.Error()
		}
		a.mu.Unlock()
		if !lan.Sleep(ctx, pairEvery) {
			return
		}
	}
}

// ask asks a bridge for a key once. The certificate seen then is the one that counts from then on; its name must be the bridge's id.
func ask(ctx context.Context, addr string) (id string, p paired, err error) {
	p.Address = addr
	name := ""
	c := &client{lan.HTTP{Base: "https://" + addr, Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: requestTime, TLSClientConfig: lan.Pinned("", func(cn, pin string) error {
		if p.Pin != "" && p.Pin != pin {
			return lan.ErrOtherCertificate
		}
		name, p.Pin = strings.ToLower(cn), pin
		return nil
	})}}}}
	defer c.close()
	var config struct {
		BridgeID string `json:"bridgeid"`
		Name     string `json:"name"`
	}
	if _, err := c.once(ctx, http.MethodGet, "/api/0/config", nil, &config); err != nil {
		return "", p, err
	}
	if id = strings.ToLower(config.BridgeID); len(id) != 16 || name != id {
		return "", p, fmt.Errorf("it says it is the bridge %.20q, and its certificate is for %.20q: not paired", config.BridgeID, name)
	}
	host, _ := os.Hostname()
	var reply []struct {
		Success *struct {
			Username string `json:"username"`
		} `json:"success"`
		Error *struct {
			Type        int    `json:"type"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if _, err := c.once(ctx, http.MethodPost, "/api", map[string]any{"devicetype": "concord#" + host[:min(len(host), 19)], "generateclientkey": true}, &reply); err != nil {
		return "", p, err
	}
	switch {
	case len(reply) > 0 && reply[0].Success != nil && reply[0].Success.Username != "":
		p.Key, p.Name = reply[0].Success.Username, config.Name
		return id, p, nil
	case len(reply) > 0 && reply[0].Error != nil && reply[0].Error.Type == 101:
		return "", p, errNotPressed
	case len(reply) > 0 && reply[0].Error != nil:
		return "", p, errors.New(reply[0].Error.Description)
	}
	return "", p, errors.New("it gives no key and no reason")
}

// keep saves a bridge's key for good and begins to follow it.
func (a *Adapter) keep(id string, p paired) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx == nil {
		return context.Canceled
	}
	a.known[id] = p
	raw, err := json.Marshal(a.known)
	if err != nil {
		return err
	}
	if err := a.o.Secrets.Save(a.ctx, secretName, raw); err != nil {
		return fmt.Errorf("the key of the Hue bridge cannot be kept: %w", err)
	}
	a.lastTry = ""
	a.serve(id)
	return nil
}
