package main

import (
	"context"
	"fmt"
	"os"

	"github.com/concord-home/hub/bridge/notify"
)

// openNotices reads where what scenes say to people is posted.
func (h *house) openNotices(context.Context) error {
	if h.o.notify == "" {
		return nil
	}
	f, err := os.Open(h.o.notify)
	if err != nil {
		return fmt.Errorf("--notify: %w", err)
	}
	defer f.Close()
	if h.noticesTo, err = notify.ReadAddress(f); err != nil {
		return fmt.Errorf("--notify %s: %w", h.o.notify, err)
	}
	return nil
}

func (h *house) runNotices(ctx context.Context) error {
	return notify.Run(ctx, notify.Options{House: events{h.hub}, MQTT: plainTopics{h.conn}, Address: h.noticesTo, Lang: h.o.lang, Logger: h.log})
}
