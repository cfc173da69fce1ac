package converse

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/concord-home/hub/mqtt"
)

func TestASocketAnswersAndIsToldOfAnnouncements(t *testing.T) {
	e := talk(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.serveSocket(w, r, everyone{}) }))
	t.Cleanup(web.Close)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	conn, _, err := websocket.Dial(ctx, web.URL+"?speaker=kitchen", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	ask := func(message string) map[string]any {
		t.Helper()
		if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		return hear(ctx, t, conn)
	}
	for _, c := range []struct{ message, key, part string }{
		{`{"text":"打开落地灯"}`, "speech", "落地灯已打开"},
		{`{"text":""}`, "error", "a sentence was expected"},
		{`nonsense`, "error", "no JSON object"},
		{`{"text":"turn on the ceiling light"}`, "kind", KindDone},
	} {
		if got, _ := ask(c.message)[c.key].(string); !strings.Contains(got, c.part) {
			t.Errorf("%s: %q, expected %q", c.message, got, c.part)
		}
	}
	e.announce(Announcement{Speech: "for the bedroom", Speaker: "bedroom"}) // not for this speaker
	e.announce(Announcement{Speech: "dinner is ready", Lang: "en"})
	if got, _ := json.Marshal(hear(ctx, t, conn)); !strings.Contains(string(got), "dinner is ready") || !strings.Contains(string(got), `"announce"`) {
		t.Errorf("told %s", got)
	}
}

func hear(ctx context.Context, t *testing.T, conn *websocket.Conn) map[string]any {
	t.Helper()
	_, b, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// hermesBroker is a real broker as the engine sees it.
type hermesBroker struct {
	conn  mqtt.Conn
	ready chan struct{} // closed when the engine listens
}

func (b hermesBroker) Subscribe(filter string, f func(string, []byte)) (func(), error) {
	defer close(b.ready)
	return b.conn.Subscribe(filter, func(m mqtt.Message) { f(m.Topic, m.Payload) })
}

func (b hermesBroker) Publish(topic string, payload []byte) error {
	return b.conn.Publish(topic, payload, false, 0)
}

func TestHermesQueriesAreAnsweredOnTheBroker(t *testing.T) {
	e := talk(t)
	broker, err := mqtt.NewBroker(mqtt.BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = broker.Run(ctx) })
	ready := make(chan struct{})
	running.Go(func() { _ = e.ServeHermes(ctx, hermesBroker{broker, ready}) })
	t.Cleanup(func() { stop(); running.Wait(); _ = broker.Close() })

	heard := make(chan [2]string, 64)
	cancel, err := broker.Subscribe("hermes/#", func(m mqtt.Message) {
		if m.Topic != "hermes/nlu/query" {
			heard <- [2]string{m.Topic, string(m.Payload)}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	<-ready
	for _, c := range []struct {
		query string
		want  [][2]string // topics and parts of their payloads
	}{
		{`{"input":"打开落地灯","siteId":"客厅","sessionId":"s1","id":"q1"}`, [][2]string{{"hermes/intent/", `"id":"q1"`}, {"hermes/dialogueManager/endSession", "落地灯已打开"}}},
		{`{"input":"the quick brown fox","siteId":"x","sessionId":"s2"}`, [][2]string{{"hermes/nlu/intentNotRecognized", `"sessionId":"s2"`}}},
		{`{"input":"","siteId":"x","sessionId":"s3"}`, [][2]string{{"hermes/nlu/intentNotRecognized", `"sessionId":"s3"`}}},
	} {
		if err := broker.Publish("hermes/nlu/query", []byte(c.query), false, 0); err != nil {
			t.Fatal(err)
		}
		for _, w := range c.want {
			hermesHear(t, heard, w)
		}
	}
	for e.announce(Announcement{Speech: "dinner is ready", Lang: "en", Speaker: "kitchen"}) == 0 { // the engine listens for announcements a moment later
		<-time.After(10 * time.Millisecond)
	}
	hermesHear(t, heard, [2]string{"hermes/tts/say", `"siteId":"kitchen"`})
}

func hermesHear(t *testing.T, heard chan [2]string, want [2]string) {
	t.Helper()
	select {
	case got := <-heard:
		if !strings.HasPrefix(got[0], want[0]) || !strings.Contains(got[1], want[1]) {
			t.Errorf("heard %v, expected %v", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%v was never heard", want)
	}
}
