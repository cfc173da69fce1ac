package miot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Cloud is where Xiaomi takes notices, and what it wants to see with them.
type Cloud struct {
	Address string            `json:"address"` // empty: Xiaomi's own
	Headers map[string]string `json:"headers"` // what the registration as a partner gives
}

// ReadCloud reads a cloud's file.
func ReadCloud(r io.Reader) (*Cloud, error) {
	var c Cloud
	if err := json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&c); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if c.Address == "" {
		c.Address = "https://api.home.mi.com/api/notify"
	}
	if !strings.HasPrefix(c.Address, "https://") && !strings.HasPrefix(c.Address, "http://127.0.0.1") {
		return nil, errors.New("address: an https address was expected")
	}
	return &c, nil
}

const bucket = "speakers.miot"

const maxSubscriptions = 5000

// subscriptions are what Xiaomi asked to be told of, by link and device.
type subscriptions struct {
	memory speakers.Memory

	mu sync.Mutex
	by map[string]string // subscription ids by "link|did"
}

func (s *subscriptions) load() error {
	s.by = map[string]string{}
	kept, err := s.memory.List(context.Background(), bucket)
	for key, b := range kept {
		s.by[key] = string(b)
	}
	return err
}

func (m *MIoT) subscribe(ctx context.Context, link speakers.Link, i item, on bool) item {
	if _, ok := m.core.Device(Platform, model.DeviceID(i.DID)); !ok {
		return i.is(noDevice, "device not found")
	}
	key := link.ID + "|" + i.DID
	s := &m.subs
	s.mu.Lock()
	defer s.mu.Unlock()
	switch known, is := s.by[key]; {
	case i.Subscription == "" || len(i.Subscription) > 200 || on && len(s.by) >= maxSubscriptions:
		return i.is(wrongParameter, "a subscriptionId was expected")
	case on:
		s.by[key] = i.Subscription
		if err := s.memory.Put(ctx, bucket, key, []byte(i.Subscription)); err != nil {
			m.core.Failed(Platform, err.Error())
		}
	case !is || known != i.Subscription:
		return i.is(noSubscription, "there is no such subscription")
	default:
		delete(s.by, key)
		if err := s.memory.Delete(ctx, bucket, key); err != nil {
			m.core.Failed(Platform, err.Error())
		}
	}
	return i.is(0, "")
}

// Report tells Xiaomi which devices changed; it reads them then.
func (m *MIoT) Report(ctx context.Context, link string, devices []*home.Device) error {
	list := []item{}
	m.subs.mu.Lock()
	for _, d := range devices {
		if id := m.subs.by[link+"|"+string(d.ID)]; id != "" {
			list = append(list, item{DID: string(d.ID), Subscription: id})
		}
	}
	m.subs.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	return m.notify(ctx, "device-properties-changed", list)
}

func (m *MIoT) notify(ctx context.Context, topic string, list []item) error {
	header := http.Header{}
	for k, v := range m.cloud.Headers {
		header.Set(k, v)
	}
	return speakers.Post(ctx, m.cloud.Address, header, map[string]any{"requestId": fmt.Sprint(m.core.Now().UnixNano()), "topic": topic, "devices": list})
}

// Resync does nothing: Mi Home asks for the devices itself.
func (m *MIoT) Resync(context.Context, string) error { return nil }
