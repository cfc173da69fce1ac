package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/concord-home/hub/bridge/notify"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
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
	return notify.Run(ctx, notify.Options{House: events{h.hub}, MQTT: plainTopics{h.conn}, Address: h.noticesTo, Lang: h.o.lang, Own: h.notices, Logger: h.log})
}

// tell says something of the hub itself to its people.
func (h *house) tell(key string, args ...any) {
	texts := map[string]string{}
	for _, lang := range messages.Languages {
		texts[lang] = messages.Text(lang, key, args...)
	}
	select {
	case h.notices <- home.Notice{At: time.Now(), Texts: texts}:
	default: // too much waits already; the log has it
	}
}
