package converse

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
)

// Broker is the hub's MQTT connection.
type Broker interface {
	Subscribe(filter string, h func(topic string, payload []byte)) (cancel func(), err error)
	Publish(topic string, payload []byte) error
}

// hermesQuery is a sentence that a dialogue manager asks about.
type hermesQuery struct {
	Input     string `json:"input"`
	SiteID    string `json:"siteId"`
	SessionID string `json:"sessionId"`
	ID        string `json:"id"`
	Lang      string `json:"lang"`
}

// hermesTogether bounds how many sentences are answered at a time.
const hermesTogether = 8

// ServeHermes serves the Hermes topics of Rhasspy and its like until the context ends: a query is understood, carried out and
// answered by ending, or going on with, its session; announcements are spoken by hermes/tts/say.
func (e *Engine) ServeHermes(ctx context.Context, b Broker) error {
	slots := make(chan struct{}, hermesTogether)
	var there atomic.Bool // somebody has spoken: whether anybody listens, MQTT does not tell
	cancel, err := b.Subscribe("hermes/nlu/query", func(_ string, payload []byte) {
		var q hermesQuery
		if err := json.Unmarshal(payload, &q); err != nil {
			e.log.Warn("a Hermes query cannot be read", "err", err)
			return
		}
		there.Store(true)
		select {
		case slots <- struct{}{}:
		default:
			e.log.Warn("a Hermes query was dropped: too many at a time")
			return
		}
		go func() { // the broker's goroutine must not wait for devices
			defer func() { <-slots }()
			e.hermes(ctx, b, q)
		}()
	})
	if err != nil {
		return err
	}
	defer cancel()
	stop := e.Listen(func(a Announcement) bool {
		site := a.Speaker
		if site == "" {
			site = "default"
		}
		e.hermesSend(b, "hermes/tts/say", map[string]any{"text": a.Speech, "lang": hermesLang(a.Lang), "siteId": site, "id": newID()})
		return there.Load()
	})
	defer stop()
	<-ctx.Done()
	return nil
}

func hermesLang(lang string) string { return strings.ReplaceAll(lang, "-", "_") }

func (e *Engine) hermesSend(b Broker, topic string, message map[string]any) {
	payload, err := json.Marshal(message)
	if err == nil {
		err = b.Publish(topic, payload)
	}
	if err != nil {
		e.log.Warn("a Hermes message was not sent", "topic", topic, "err", err)
	}
}

func (e *Engine) hermes(ctx context.Context, b Broker, q hermesQuery) {
	req := Request{Text: q.Input, Lang: strings.ReplaceAll(q.Lang, "_", "-"), Session: q.SessionID, Speaker: q.SiteID, Area: q.SiteID}
	req.served()
	if err := req.check(); err != nil {
		e.hermesSend(b, "hermes/nlu/intentNotRecognized", map[string]any{"input": q.Input, "siteId": q.SiteID, "sessionId": q.SessionID, "id": q.ID})
		return
	}
	reply := e.Say(ctx, req, Speaker{"hermes", e})
	if len(reply.Intents) == 0 && reply.Code == "no_intent_match" {
		e.hermesSend(b, "hermes/nlu/intentNotRecognized", map[string]any{"input": q.Input, "siteId": q.SiteID, "sessionId": q.SessionID, "id": q.ID})
		return
	}
	for _, i := range reply.Intents {
		slots := []map[string]any{}
		for name, value := range i.Slots {
			slots = append(slots, map[string]any{"slotName": name, "entity": name, "rawValue": value, "value": map[string]any{"kind": "Custom", "value": value}})
		}
		e.hermesSend(b, "hermes/intent/"+i.Intent, map[string]any{"input": q.Input, "siteId": q.SiteID, "sessionId": q.SessionID, "id": q.ID,
			"intent": map[string]any{"intentName": i.Intent, "confidenceScore": i.Confidence}, "slots": slots})
	}
	topic := "hermes/dialogueManager/endSession"
	if reply.Expect {
		topic = "hermes/dialogueManager/continueSession"
	}
	e.hermesSend(b, topic, map[string]any{"sessionId": q.SessionID, "text": reply.Speech, "siteId": q.SiteID})
}
