package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/concord-home/hub/bridge/converse"
	httpapi "github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/discovery"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/mqtt"
)

// openVoice makes the part that people speak to.
func (h *house) openVoice(context.Context) (err error) {
	if h.voice, err = converse.New(converse.Options{House: events{h.hub}, Memory: h.store, Logger: h.log, Statement: h.state, Mode: h.mode, Translate: spoken}); err != nil {
		return err
	}
	if h.o.wyoming != "" {
		if h.wyoming, err = net.Listen("tcp", h.o.wyoming); err != nil {
			return fmt.Errorf("the Wyoming address is taken or not this machine's: %w; give --wyoming another", err)
		}
	}
	return nil
}

// spoken is what an adapter says, for an answer in a language; what is not known in it is left out of the answer.
func spoken(lang, english string) string {
	if lang == "en" {
		return english
	}
	if said := messages.Phrase(lang, english); lang == "zh" && said != english {
		return said
	}
	return ""
}

// state takes what a person says of where he is.
func (h *house) state(ctx context.Context, person home.PersonID, state string, eta time.Time) error {
	return h.hub.Do(ctx, home.Stated{Person: person, Said: home.Statement{State: state, ETA: eta}})
}

// mode begins a mode of the house.
func (h *house) mode(ctx context.Context, mode string, cause *model.Cause) error {
	return h.hub.Do(ctx, home.ModeSet{Mode: mode, Cause: cause})
}

// mounts are the routes of the bridges that are served beside the API.
func (h *house) mounts() []httpapi.Mount {
	var out []httpapi.Mount
	for pattern, f := range h.voice.Routes() {
		out = append(out, httpapi.Mount{Pattern: pattern, Handle: func(w http.ResponseWriter, r *http.Request, c httpapi.Caller) { f(w, r, c) }})
	}
	return append(out, h.platforms.mounts()...)
}

// runVoice serves those who speak to the house otherwise than over HTTP.
func (h *house) runVoice(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.voice.Run(ctx) })
	group.Go(func() error { return h.platforms.core.Run(ctx) })
	group.Go(func() error { return h.voice.ServeHermes(ctx, hermesTopics{h.conn}) })
	if h.wyoming != nil {
		group.Go(func() error { return h.voice.ServeWyoming(ctx, h.wyoming) })
		group.Go(func() error { h.announceWyoming(ctx); return nil })
	}
	return group.Wait()
}

// announceWyoming lets Home Assistant find the house. A network without multicast does without.
func (h *house) announceWyoming(ctx context.Context) {
	addr := h.wyoming.Addr().(*net.TCPAddr)
	ip, err := netip.ParseAddr(ownAddress(addr))
	if err != nil || !h.o.discover && !ip.IsLoopback() {
		return
	}
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "concord"
	}
	one := discovery.Announcement{Instance: "Concord", Type: "_wyoming._tcp", Host: name, Port: addr.Port, Addrs: []netip.Addr{ip}}
	if err := discovery.Announce(ctx, []discovery.Announcement{one}, discovery.AnnounceOptions{Loopback: ip.IsLoopback(), Logger: h.log}); err != nil {
		h.log.Info("the Wyoming server is not announced", "err", err)
	}
}

// hermesTopics is the hub's MQTT connection as the part that people speak to sees it.
type hermesTopics struct{ conn mqtt.Conn }

func (t hermesTopics) Subscribe(filter string, f func(string, []byte)) (func(), error) {
	return t.conn.Subscribe(filter, func(m mqtt.Message) { f(m.Topic, m.Payload) })
}

func (t hermesTopics) Publish(topic string, payload []byte) error {
	return t.conn.Publish(topic, payload, false, 0)
}
