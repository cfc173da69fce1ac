package zigbee2mqtt

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestSnapshotFromTheWebSocketIsRestoredNotReported(t *testing.T) {
	asked := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Query().Get("token")
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		for _, m := range []string{
			`{"topic":"bridge/state","payload":{"state":"online"}}`,
			`{"topic":"bridge/devices","payload":[` + lamp(lampIEEE, "living/lamp") + `]}`,
			`{"topic":"bridge/definitions","payload":{}}`, `not json`,
			`{"topic":"living/lamp","payload":{"state":"ON","brightness":254,"action":"single"}}`,
			`{"topic":"living/lamp/availability","payload":{"state":"offline"}}`,
		} {
			if err := conn.Write(r.Context(), websocket.MessageText, []byte(m)); err != nil {
				t.Error(err)
			}
		}
		<-conn.CloseRead(context.Background()).Done()
	}))
	t.Cleanup(server.Close)
	h := newHouse(t)
	h.a = New(Options{MQTT: h.broker, Now: h.clock, After: h.after, WebSocketURL: "ws" + strings.TrimPrefix(server.URL, "http") + "/api?token=secret"})
	h.start()
	h.until(func() bool { return h.hub.value(lampIEEE, "main", "level.level") == "100 restored" })
	if token := <-asked; token != "secret" {
		t.Errorf("the token was %q", token)
	}
	h.want(lampIEEE, "main", "on_off.on", "true restored")
	if len(h.hub.events) != 0 {
		t.Errorf("a remembered action became an event: %v", h.hub.events)
	}
	h.until(func() bool {
		h.hub.mu.Lock()
		defer h.hub.mu.Unlock()
		return h.hub.reachable[sourceID(lampIEEE)] != ""
	})
}

func TestTokenStaysOutOfTheLog(t *testing.T) {
	address := "ws://127.0.0.1:1/api?token=secret"
	_, _, err := websocket.Dial(t.Context(), address, nil)
	if err == nil {
		t.Fatal("somebody listens on port 1")
	}
	if s := redact(err, address); strings.Contains(s, "secret") {
		t.Errorf("the log would say %q", s)
	}
}

func TestReconnectionAsksForWhatWasMissed(t *testing.T) {
	h := home(t, lamp(lampIEEE, "lamp"))
	h.pass(time.Second)
	before := len(h.broker.PublishedTo("zigbee2mqtt/lamp/get"))
	h.a.message("bridge/state", []byte(`{"state":"online"}`), true) // a broker repeats what it kept to a new subscription
	h.pass(time.Second)
	if got := len(h.broker.PublishedTo("zigbee2mqtt/lamp/get")); got != before+1 {
		t.Errorf("asked %d times more", got-before)
	}
}

func TestSwappedNamesStayApart(t *testing.T) {
	h := home(t, lamp(lampIEEE, "a"), lamp(lampOther, "b"))
	h.devices(lamp(lampIEEE, "b"), lamp(lampOther, "a"))
	h.say("a", `{"state":"ON"}`)
	h.say("b", `{"state":"OFF"}`)
	h.want(lampOther, "main", "on_off.on", "true good")
	h.want(lampIEEE, "main", "on_off.on", "false good")
}
