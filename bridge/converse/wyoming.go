package converse

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// Bounds of the Wyoming protocol, whose reference has none.
const (
	wyomingLine    = 64 << 10
	wyomingData    = 256 << 10
	wyomingPayload = 1 << 20 // sound that nobody asked for is skipped up to here
	wyomingIdle    = 15 * time.Minute
	wyomingConns   = 64
	wyomingVersion = "1.7.2"
)

// wyomingEvent is one message: a line of JSON, then data that is merged into it, then a payload.
type wyomingEvent struct {
	Type          string         `json:"type"`
	Data          map[string]any `json:"data,omitempty"`
	DataLength    int            `json:"data_length,omitempty"`
	PayloadLength int            `json:"payload_length,omitempty"`
	Version       string         `json:"version,omitempty"`
}

// readWyoming reads one event; its payload is skipped.
func readWyoming(r *bufio.Reader) (wyomingEvent, error) {
	var e wyomingEvent
	line, err := readLine(r, wyomingLine)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("a line that is no JSON object: %w", err)
	}
	if e.DataLength < 0 || e.DataLength > wyomingData || e.PayloadLength < 0 || e.PayloadLength > wyomingPayload {
		return e, fmt.Errorf("data of %d and a payload of %d bytes: at most %d and %d are taken", e.DataLength, e.PayloadLength, wyomingData, wyomingPayload)
	}
	if e.DataLength > 0 {
		b := make([]byte, e.DataLength)
		if _, err := io.ReadFull(r, b); err != nil {
			return e, err
		}
		more := map[string]any{}
		if err := json.Unmarshal(b, &more); err != nil {
			return e, fmt.Errorf("data that is no JSON object: %w", err)
		}
		if e.Data == nil {
			e.Data = map[string]any{}
		}
		for k, v := range more {
			e.Data[k] = v
		}
	}
	_, err = io.CopyN(io.Discard, r, int64(e.PayloadLength))
	return e, err
}

func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return nil, fmt.Errorf("a line of more than %d bytes", limit)
		}
		if err == nil {
			return line, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

func writeWyoming(w io.Writer, kind string, data map[string]any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	head, err := json.Marshal(wyomingEvent{Type: kind, DataLength: len(b), Version: wyomingVersion})
	if err != nil {
		return err
	}
	_, err = w.Write(append(append(head, '\n'), b...))
	return err
}

// ServeWyoming serves Wyoming's handle and intent on a listener until the context ends: Home Assistant's
// satellites and pipelines can talk to the house through it.
func (e *Engine) ServeWyoming(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	slots := make(chan struct{}, wyomingConns)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wyoming: %w", err)
		}
		select {
		case slots <- struct{}{}:
		default:
			_ = conn.Close() // too many
			continue
		}
		all.Go(func() {
			defer func() { <-slots }()
			e.wyomingConn(ctx, conn)
		})
	}
}

func (e *Engine) wyomingConn(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	session := newID()
	r := bufio.NewReader(conn)
	for {
		_ = conn.SetDeadline(time.Now().Add(wyomingIdle)) // a connection without deadlines ends with the process
		ev, err := readWyoming(r)
		if err != nil {
			if !errors.Is(err, io.EOF) && ctx.Err() == nil {
				e.log.Debug("a Wyoming connection ends", "err", err)
			}
			return
		}
		kind, data := e.wyomingAnswer(ctx, ev, session)
		if kind == "" {
			continue
		}
		if err := writeWyoming(conn, kind, data); err != nil {
			return
		}
	}
}

func textOf(data map[string]any, key string) string { s, _ := data[key].(string); return s }

// wyomingAnswer is what is said to an event; events about sound need no answer.
func (e *Engine) wyomingAnswer(ctx context.Context, ev wyomingEvent, session string) (string, map[string]any) {
	text := textOf(ev.Data, "text")
	talk, _ := ev.Data["context"].(map[string]any)
	if id := textOf(talk, "conversation_id"); id != "" {
		session = id
	}
	switch ev.Type {
	case "ping":
		return "pong", map[string]any{"text": text}
	case "describe":
		return "info", wyomingInfo()
	case "transcript":
		req := Request{Text: text, Lang: textOf(ev.Data, "language"), Session: session, Area: textOf(talk, "area"), Speaker: textOf(talk, "satellite_id")}
		req.served()
		if err := req.check(); err != nil {
			return "not-handled", map[string]any{"text": phrase(Language(req.Lang, text), "not_understood"), "context": talk}
		}
		reply := e.Say(ctx, req, Speaker{"wyoming", e})
		kind := "handled"
		if reply.Code == "no_intent_match" {
			kind = "not-handled"
		}
		context := map[string]any{"conversation_id": session, "continue_conversation": reply.Expect}
		return kind, map[string]any{"text": reply.Speech, "context": context}
	case "recognize":
		lang := Language(textOf(ev.Data, "language"), text)
		v, err := e.Vocabulary(lang)
		if err != nil {
			return "not-recognized", map[string]any{"text": err.Error(), "context": talk}
		}
		m, ok := v.Parse(text)
		if !ok || len(text) > maxText {
			return "not-recognized", map[string]any{"text": phrase(lang, "not_understood"), "context": talk}
		}
		c := &m.Clauses[0]
		entities := []map[string]any{}
		for name, value := range v.Slots(c) {
			entities = append(entities, map[string]any{"name": name, "value": value})
		}
		return "intent", map[string]any{"name": c.HassIntent(), "entities": entities, "context": talk}
	}
	return "", nil
}

func wyomingInfo() map[string]any {
	by := map[string]any{"name": "Concord", "url": "https://github.com/concord-home/hub"}
	model := map[string]any{"name": "concord", "attribution": by, "installed": true, "description": "The house itself", "version": "1", "languages": languages()}
	program := func() map[string]any {
		return map[string]any{"name": "concord", "attribution": by, "installed": true, "description": "The house itself", "version": "1",
			"models": []any{model}, "supports_handled_streaming": false, "supports_home_control": true}
	}
	return map[string]any{"asr": []any{}, "tts": []any{}, "wake": []any{}, "handle": []any{program()}, "intent": []any{program()}}
}

// languages are those served, with the bare "zh" that recognisers say.
func languages() []string {
	out := append([]string(nil), grammar.Tags()...)
	return append(out, "zh")
}
