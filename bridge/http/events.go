package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/danielgtaylor/huma/v2"
)

// Bounds of a stream of events.
const (
	frameEvery  = 100 * time.Millisecond // at most one frame in this time
	heartbeat   = 15 * time.Second
	eventRoom   = 1024             // effects waiting for a client before some are missed
	frameEvents = 4096             // events collected for one frame before the client is told to look again
	sendTime    = 10 * time.Second // that a client may take to receive a frame
)

func (s *Server) eventRoutes(a huma.API) {
	add(a, reads, http.MethodGet, "/api/events", "events",
		"What happens, as it happens (server-sent events): first a snapshot marker, then changes since, with an id; with that id in Last-Event-ID the stream goes on where it was and the marker says resumed; lagged says: some were missed, read anew", s.events)
}

func (s *Server) events(ctx context.Context, _ *LangInput) (*huma.StreamResponse, error) {
	c := callOf(ctx)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "text/event-stream")
		hc.SetHeader("X-Accel-Buffering", "no")
		hc.SetStatus(http.StatusOK)
		s.stream(hc.Context(), c)
	}}, nil
}

// stream sends events until the client goes, the server stops or the caller's rights end.
func (s *Server) stream(ctx context.Context, c *call) {
	effects, stop := s.o.House.Events(eventRoom)
	defer stop()
	f := frame{server: s, call: c, slots: map[slotKey]int{}}
	f.begin(c.r.Header.Get("Last-Event-ID"))
	beat, next := time.NewTicker(heartbeat), time.NewTimer(0)
	defer beat.Stop()
	defer next.Stop()
	ready := false // a frame's time has come, but there was nothing to send
	for {
		select {
		case e, open := <-effects:
			if !open {
				return
			}
			f.take(e)
		case <-next.C:
			ready = true
		case <-beat.C:
			f.buf.WriteString(": still here\n\n")
		case <-ctx.Done():
			return
		case <-s.stopped:
			return
		}
		if ready && !f.empty() {
			if !f.send() {
				return
			}
			ready = false
			next.Reset(frameEvery)
		}
	}
}

// slotKey addresses an attribute of a device, so that only its last change of a frame is sent.
type slotKey struct {
	device string
	slot   home.Slot
}

// frame collects what one client is sent at once.
type frame struct {
	server *Server
	call   *call
	events []home.Effect
	slots  map[slotKey]int // where in events a slot's change is
	missed bool
	seq    uint64 // the highest number of what was taken
	buf    bytes.Buffer
}

// begin says what the client gets: what happened since the event that it had last, or, where that is forgotten or was
// in another run of the hub, only what comes. It then has to read everything anew.
func (f *frame) begin(last string) {
	s := f.server
	run, number, _ := strings.Cut(last, "-")
	f.seq = s.o.House.View().Seq
	seq, err := strconv.ParseUint(number, 10, 64)
	if err == nil && run == s.run {
		if missed, ok := s.recent.since(seq); ok {
			f.add(api.Event{Type: "snapshot", Data: api.Snapshot{Seq: seq, Resumed: true}})
			f.seq = seq
			for _, e := range missed {
				f.take(e)
			}
			return
		}
	}
	f.add(api.Event{Type: "snapshot", Data: api.Snapshot{Seq: f.seq}})
}

func (f *frame) empty() bool { return len(f.events) == 0 && !f.missed && f.buf.Len() == 0 }

// take keeps an effect for the next frame. A later change of the same attribute replaces the earlier.
func (f *frame) take(e home.Effect) {
	if missedSome(e) {
		f.missed = true
		return
	}
	f.seq = max(f.seq, effectSeq(e))
	switch x := e.(type) {
	case home.Changed:
		key := slotKey{string(x.Device), home.Slot{Endpoint: x.Endpoint, Attribute: x.Attribute}}
		if i, again := f.slots[key]; again {
			x.From = f.events[i].(home.Changed).From
			f.events[i] = x
			return
		}
		f.slots[key] = len(f.events)
	case home.Occurred, home.CommandMoved, home.DeviceMoved, home.PresenceMoved, home.HouseMoved, home.SceneRan:
	case home.Refused, home.Send, home.SetTimer, home.ClearTimer:
		return
	default: // of no type of package home: the hub tells that some were missed
		f.missed = true
		return
	}
	if len(f.events) >= frameEvents {
		f.missed = true
		return
	}
	f.events = append(f.events, e)
}

// send writes what was collected, as the caller may see it now; ok is false when the stream must end.
func (f *frame) send() (ok bool) {
	s, v := f.server, f.server.o.House.View()
	who := s.auth.again(f.call.who, v)
	if who == nil {
		return false
	}
	p := page{view: v, who: who, lang: f.call.lang, auth: s.auth}
	if f.missed {
		f.add(api.Event{Type: "lagged", Text: messages.Text(p.lang, "event.lagged"), Data: struct{}{}})
	}
	for _, e := range f.events {
		if out, visible := p.event(e); visible {
			f.add(out)
		}
	}
	f.events, f.missed = f.events[:0], false
	clear(f.slots)
	if f.buf.Len() == 0 {
		return true
	}
	fmt.Fprintf(&f.buf, "id: %s-%d\n\n", s.run, f.seq)
	f.call.patient(sendTime)
	_, err := f.call.w.Write(f.buf.Bytes())
	f.buf.Reset()
	return err == nil && http.NewResponseController(f.call.w).Flush() == nil
}

func (f *frame) add(e api.Event) {
	b, err := json.Marshal(e)
	if err != nil {
		f.server.log.Error("an event cannot be sent", "type", e.Type, "err", err)
		return
	}
	fmt.Fprintf(&f.buf, "event: %s\ndata: %s\n\n", e.Type, b)
}

// event renders an effect; visible is false when the caller may not see it.
func (p page) event(e home.Effect) (out api.Event, visible bool) {
	switch x := e.(type) {
	case home.Changed:
		return p.changed(x)
	case home.Occurred:
		d := p.view.Device(x.Device)
		if !p.who.sees(d) || !p.who.may(x.Event) {
			return out, false
		}
		return api.Event{Type: "occurred", Name: p.name(d), Text: messages.Text(p.lang, "event.occurred", p.name(d), messages.Event(p.lang, x.Event, x.Args)), Data: x}, true
	case home.CommandMoved:
		if !p.seesCommand(x.Command) {
			return out, false
		}
		cmd := p.command(x.Command)
		return api.Event{Type: "command", Name: p.name(p.view.Device(x.Command.Device)), Text: cmd.Text, Data: cmd}, true
	case home.DeviceMoved:
		return p.deviceMoved(x)
	}
	if p.who.limited() {
		return out, false
	}
	return p.houseEvent(e)
}

func (p page) changed(x home.Changed) (api.Event, bool) {
	d := p.view.Device(x.Device)
	if !p.who.sees(d) || !p.who.may(x.Attribute) {
		return api.Event{}, false
	}
	x.State.Cause = p.who.trim(x.State.Cause)
	out := api.Event{Type: "changed", Name: p.name(d), Data: x}
	if prop := d.Property(home.Slot{Endpoint: x.Endpoint, Attribute: x.Attribute}); prop != nil {
		out.Text = messages.Text(p.lang, "event.changed", out.Name, messages.Label(p.lang, prop), messages.Value(p.lang, prop, x.State.Value))
	}
	return out, true
}

func (p page) deviceMoved(x home.DeviceMoved) (api.Event, bool) {
	d := p.view.Device(x.Device)
	if d == nil { // gone: its room is no longer known
		return api.Event{Type: "device", Text: messages.Text(p.lang, "device."+x.What, x.Device), Data: x}, !p.who.limited()
	}
	name := p.name(d)
	text := messages.Text(p.lang, "device."+x.What, name)
	if ok, why := p.view.Reachable(d); x.What == "reachability" {
		text = messages.Text(p.lang, "event.occurred", name, messages.Reachable(p.lang, ok, why))
	}
	return api.Event{Type: "device", Name: name, Text: text, Data: x}, p.who.sees(d)
}

func (p page) houseEvent(e home.Effect) (out api.Event, visible bool) {
	switch x := e.(type) {
	case home.PresenceMoved:
		name := p.personName(x.Person)
		return api.Event{Type: "presence", Name: name, Text: messages.Text(p.lang, "presence."+x.Presence.State, name), Data: x}, true
	case home.HouseMoved:
		return api.Event{Type: "house", Text: messages.Text(p.lang, "house."+x.What), Data: x}, true
	case home.SceneRan:
		name := x.Scene
		if s, ok := p.view.Scene(x.Scene); ok {
			name = sceneTitle(p.lang, s)
		}
		return api.Event{Type: "scene", Name: name, Text: messages.Text(p.lang, "scene.ran", name), Data: x}, true
	}
	return out, false
}
