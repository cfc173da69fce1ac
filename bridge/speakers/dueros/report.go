package dueros

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
)

// Bot is what DuerOS knows the skill by.
type Bot struct {
	ID      string `json:"bot_id"`
	Address string `json:"address"` // empty: Baidu's own
}

// ReadBot reads a bot's file.
func ReadBot(r io.Reader) (*Bot, error) {
	var b Bot
	if err := json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&b); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if b.ID == "" {
		return nil, errors.New("bot_id: missing; the id that the console of DuerOS gives the skill was expected")
	}
	if b.Address == "" {
		b.Address = "https://xiaodu.baidu.com/saiya/smarthome"
	}
	return &b, nil
}

// users are the platform's names for its accounts, by link. They come with each discovery; after a restart nothing is reported
// until the next one, which Baidu makes by itself.
type users struct {
	mu sync.Mutex
	by map[string]string
}

func (u *users) note(link, user string) {
	if user == "" {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		u.by = map[string]string{}
	}
	u.by[link] = user
}

func (u *users) of(link string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.by[link]
}

// Report tells DuerOS which devices changed; it then asks for their state with ReportStateRequest.
func (d *Duer) Report(ctx context.Context, link string, devices []*home.Device) error {
	user := d.users.of(link)
	if user == "" {
		return fmt.Errorf("no discovery has named the account since the start: %w", speakers.ErrUnknownThere)
	}
	for _, dev := range devices {
		for _, a := range d.attributes(dev, "") {
			body := map[string]any{"header": map[string]string{"namespace": "DuerOS.ConnectedHome.Control", "name": "ChangeReportRequest", "messageId": fmt.Sprint(d.core.Now().UnixNano()), "payloadVersion": "1"},
				"payload": map[string]any{"botId": d.bot.ID, "openUid": user, "appliance": map[string]string{"applianceId": string(dev.ID), "attributeName": a.Name}}}
			if err := speakers.Post(ctx, d.bot.Address+"/changereport", nil, body); err != nil {
				return err
			}
		}
	}
	return nil
}

// Resync asks DuerOS to discover anew.
func (d *Duer) Resync(ctx context.Context, link string) error {
	user := d.users.of(link)
	if user == "" {
		return nil // it will ask by itself
	}
	return speakers.Post(ctx, d.bot.Address+"/devicesync", nil, map[string]any{"botId": d.bot.ID, "openUids": []string{user}, "logId": fmt.Sprint(d.core.Now().UnixNano())})
}
