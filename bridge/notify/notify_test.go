package notify

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
)

type house chan home.Effect

func (h house) Events(int) (<-chan home.Effect, func()) { return h, func() {} }

type topics chan string

func (t topics) Publish(topic string, payload []byte, _ bool, _ byte) error {
	t <- topic + " " + string(payload)
	return nil
}

func TestWhatAScenesSaysReachesTheBrokerAndAPhone(t *testing.T) {
	tries = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
	var mu sync.Mutex
	failures := 2
	got := make(chan string, 10)
	phone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if failures--; failures >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		b, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + string(b)
	}))
	t.Cleanup(phone.Close)
	h, broker := make(house, 10), make(topics, 10)
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{House: h, MQTT: broker, Address: phone.URL + "/secret", Lang: "zh", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	}()
	h <- home.SceneRan{Scene: "wash"}
	h <- home.Notified{Notice: home.Notice{Scene: "wash", Texts: map[string]string{"": "The washing is done", "zh": "衣服洗好了"}}}
	if got := <-broker; !strings.HasPrefix(got, Topic+" {") || !strings.Contains(got, `"scene":"wash"`) || !strings.Contains(got, "衣服洗好了") {
		t.Errorf("the broker got %q", got)
	}
	if got := <-got; got != "/secret 衣服洗好了" {
		t.Errorf("the phone got %q", got)
	}
	h <- home.Notified{Notice: home.Notice{Scene: "door", Texts: map[string]string{"": "The door is open"}}}
	if got := <-got; got != "/secret The door is open" {
		t.Errorf("the phone got %q", got)
	}
	phone.Close()
	h <- home.Notified{Notice: home.Notice{Scene: "lost", Texts: map[string]string{"": "x"}}}
	<-broker
	<-broker
	close(h)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	cancel()
	if l := log.String(); !strings.Contains(l, "lost") || strings.Contains(l, "secret") {
		t.Errorf("the log must name the scene and not the address: %s", l)
	}
}

func TestAnAddressIsRead(t *testing.T) {
	for text, want := range map[string]string{"https://ntfy.example/topic\n": "https://ntfy.example/topic", " http://phone.example:80/x ": "http://phone.example:80/x", "": "", "ntfy": "", "ftp://x/y": "", "https:///y": ""} {
		if got, err := ReadAddress(strings.NewReader(text)); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
