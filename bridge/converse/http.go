package converse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

const (
	maxBody  = 64 << 10
	maxText  = 2000 // bytes of a sentence
	pingTime = 30 * time.Second
)

// Routes are the engine's HTTP routes, by their ServeMux pattern. Who calls was checked before.
func (e *Engine) Routes() map[string]func(http.ResponseWriter, *http.Request, Caller) {
	return map[string]func(http.ResponseWriter, *http.Request, Caller){
		"POST /v1/converse":                e.serveSay,
		"GET /v1/converse/ws":              e.serveSocket,
		"GET /v1/speakers/{id}/vocabulary": e.serveVocabulary,
		"PUT /v1/converse/pin":             e.servePIN,
		"POST /api/conversation/process":   e.serveAssist,
		"GET /v1/timers":                   e.serveTimers,
		"DELETE /v1/timers/{id}":           e.serveEndTimer,
	}
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a caller who has gone needs no answer
}

func refuse(w http.ResponseWriter, status int, text string) {
	answerJSON(w, status, map[string]any{"status": status, "title": text})
}

// readJSON reads a body that is one JSON object and nothing else; what is wrong names the field, where one is.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return fmt.Errorf("the body is too large: at most %d bytes were expected", maxBody)
	}
	return parseJSON(b, into)
}

func parseJSON(b []byte, into any) error {
	err := json.Unmarshal(b, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("%s: %s, %s was expected", wrong.Field, wrong.Value, wrong.Type)
	}
	if err != nil {
		return errors.New("the body is no JSON object")
	}
	return nil
}

// served drops a language that is not served: the sentence is read by its script then. Protocols whose clients cannot show a
// refusal use it.
func (r *Request) served() {
	if _, ok := grammar.Match(r.Lang); !ok {
		r.Lang = ""
	}
}

func (r *Request) check() error {
	switch {
	case strings.TrimSpace(r.Text) == "" && len(r.Alternatives) == 0:
		return errors.New("text: empty, a sentence was expected")
	case len(r.Text) > maxText:
		return fmt.Errorf("text: %d bytes, at most %d were expected", len(r.Text), maxText)
	case len(r.Alternatives) > 10:
		return fmt.Errorf("alternatives: %d, at most 10 were expected", len(r.Alternatives))
	}
	if _, ok := grammar.Match(r.Lang); r.Lang != "" && !ok {
		return fmt.Errorf("lang: %q, one of %s was expected", r.Lang, strings.Join(grammar.Tags(), ", "))
	}
	return nil
}

func (e *Engine) serveSay(w http.ResponseWriter, r *http.Request, c Caller) {
	var req Request
	if err := readJSON(w, r, &req); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if err := req.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	answerJSON(w, http.StatusOK, e.Say(r.Context(), req, c))
}

// serveSocket answers sentences as they come, and pushes announcements as {"announce":{…}}.
func (e *Engine) serveSocket(w http.ResponseWriter, r *http.Request, c Caller) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxBody)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	speaker := r.URL.Query().Get("speaker")
	out := make(chan any, 16)
	stop := e.Listen(func(a Announcement) bool {
		if a.Speaker != "" && a.Speaker != speaker {
			return false
		}
		select {
		case out <- map[string]any{"announce": a}:
			return true
		default: // who does not listen misses it
			return false
		}
	})
	defer stop()
	go func() {
		defer cancel()
		ping := time.NewTicker(pingTime)
		defer ping.Stop()
		for {
			var err error
			select {
			case v := <-out:
				b, _ := json.Marshal(v)
				err = conn.Write(ctx, websocket.MessageText, b)
			case <-ping.C:
				err = conn.Ping(ctx)
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var req Request
		var reply any
		if err := parseJSON(b, &req); err != nil {
			reply = map[string]any{"error": err.Error()}
		} else if err := req.check(); err != nil {
			reply = map[string]any{"error": err.Error()}
		} else {
			if req.Speaker == "" {
				req.Speaker = speaker
			}
			reply = e.Say(ctx, req, c)
		}
		select {
		case out <- reply:
		case <-ctx.Done():
			return
		}
	}
}

func (e *Engine) servePIN(w http.ResponseWriter, r *http.Request, c Caller) {
	var body struct {
		PIN string `json:"pin"`
	}
	if err := readJSON(w, r, &body); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if !c.Manages() {
		refuse(w, http.StatusForbidden, "only who manages the house may set the spoken PIN")
		return
	}
	switch err := e.SetPIN(r.Context(), body.PIN); {
	case errors.Is(err, ErrBadPIN):
		refuse(w, http.StatusUnprocessableEntity, "pin: "+err.Error())
	case err != nil:
		e.log.Error("the spoken PIN could not be kept", "err", err)
		refuse(w, http.StatusInternalServerError, "the PIN could not be kept")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// assistCodes are Home Assistant's codes of what went wrong.
var assistCodes = map[string]string{"no_intent_match": "no_intent_match", "no_valid_targets": "no_valid_targets", "": "unknown"}

// serveAssist is Home Assistant's conversation API, for its clients.
func (e *Engine) serveAssist(w http.ResponseWriter, r *http.Request, c Caller) {
	var in struct {
		Text           string `json:"text"`
		Language       string `json:"language"`
		ConversationID string `json:"conversation_id"`
		DeviceID       string `json:"device_id"`
	}
	if err := readJSON(w, r, &in); err != nil {
		answerJSON(w, http.StatusBadRequest, map[string]string{"message": "Message format incorrect: " + err.Error()})
		return
	}
	req := Request{Text: in.Text, Lang: in.Language, Session: in.ConversationID, Speaker: in.DeviceID}
	req.served()
	if err := req.check(); err != nil {
		answerJSON(w, http.StatusBadRequest, map[string]string{"message": "Message format incorrect: " + err.Error()})
		return
	}
	reply := e.Say(r.Context(), req, c)
	type target struct {
		Name string `json:"name"`
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	targets := func(ts []Target) []target {
		out := []target{}
		for _, t := range ts {
			out = append(out, target{t.Name, "entity", string(t.ID)})
		}
		return out
	}
	data := map[string]any{"targets": []target{}, "success": targets(reply.Done), "failed": targets(reply.Failed)}
	kind := "query_answer"
	switch reply.Kind {
	case KindDone, KindPartial:
		kind = "action_done"
	case KindError:
		kind = "error"
		code, ok := assistCodes[reply.Code]
		if !ok {
			code = "failed_to_handle"
		}
		data = map[string]any{"code": code}
	}
	answerJSON(w, http.StatusOK, map[string]any{
		"continue_conversation": reply.Expect, "conversation_id": reply.Session,
		"response": map[string]any{"response_type": kind, "language": reply.Lang, "data": data, "card": map[string]any{},
			"speech": map[string]any{"plain": map[string]any{"speech": reply.Speech, "extra_data": nil}}},
	})
}
