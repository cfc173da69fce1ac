package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/concord-home/hub/messages"
)

// greeting is what the hub says at its start to whoever stands before it.
type greeting struct {
	mu          sync.Mutex
	out         io.Writer // once printed, where later codes go
	lang        string
	code        string
	zigbee2mqtt string // the file with its lines, when just made
}

// show prints a set-up code, or keeps it for the greeting.
func (g *greeting) show(code string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.code = code
	if g.out != nil {
		fmt.Fprintln(g.out, messages.Text(g.lang, "run.code", code))
	}
}

func (g *greeting) print(out io.Writer, address string, h *house) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out, g.lang = out, h.o.lang
	say := func(key string, args ...any) { fmt.Fprintln(out, messages.Text(g.lang, key, args...)) }
	if h.o.demo {
		say("run.demo", address)
		return
	}
	say("run.ready", address)
	if h.broker != nil {
		say("run.broker", h.broker.Addr().String())
	}
	if g.code != "" {
		say("run.code", g.code)
	}
	for _, b := range h.homekit.unpaired() {
		say("run.homekit", b.Name, b.Code)
		fmt.Fprint(out, qrCode(b.URI))
	}
	if g.zigbee2mqtt != "" {
		say("run.zigbee2mqtt", g.zigbee2mqtt)
	}
}
