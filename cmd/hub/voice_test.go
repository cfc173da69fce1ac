package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/alexa"
	"github.com/concord-home/hub/bridge/speakers/aligenie"
	"github.com/concord-home/hub/bridge/speakers/dueros"
	"github.com/concord-home/hub/bridge/speakers/google"
	"github.com/concord-home/hub/bridge/speakers/jdwhale"
	"github.com/concord-home/hub/bridge/speakers/miot"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
	"github.com/concord-home/hub/bridge/speakers/yandex"
	"github.com/concord-home/hub/discovery"
	"github.com/concord-home/hub/messages"
)

// What the doctor of the voice platforms finds is said in Chinese as well: each device type at each platform, and odd names.
func TestWhatPlatformsRefuseIsSaidInChinese(t *testing.T) {
	core, err := speakers.New(speakers.Options{House: speakertest.Every(), Memory: speakertest.Memory{}, Links: links{}})
	if err != nil {
		t.Fatal(err)
	}
	mi, err := miot.New(core, nil, speakertest.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, f := range core.Doctor([]speakers.Codec{google.New(core, nil), alexa.New(core, nil, speakertest.Memory{}), aligenie.New(core), dueros.New(core, dueros.DuerOS, nil),
		dueros.New(core, dueros.Xiaowei, nil), jdwhale.New(core), mi, yandex.New(core, nil)}) {
		said[f.Detail] = true
	}
	for _, name := range []string{"", strings.Repeat("x", 61), "1", "a/b"} {
		said[speakers.Sayable(name)+": rename it (hub rename)"] = true
	}
	for _, what := range []string{"a request that cannot be read", "a directive that cannot be read", "a request whose signature is not right, or too old", "linking: x", "resync: the platform does not answer: x",
		"the platform answers 500", "the Home Graph answers 404: " + speakers.ErrUnknownThere.Error(), "the gateway of Alexa answers 400: " + speakers.ErrRejected.Error(), "the gateway of Alexa does not answer: x",
		"the Home Graph does not answer: x", "Google gives no token: it answers 401", "no token of Amazon: it answers 400", "nothing was granted by Alexa for this account: " + speakers.ErrUnknownThere.Error(),
		"no discovery has named the account since the start: " + speakers.ErrUnknownThere.Error()} {
		core.Failed("google", what)
		said[strings.SplitN(core.LastFailure("google"), ": ", 2)[1]] = true
	}
	for _, detail := range []string{"it answers 404: is it this hub?", "its certificate is not trusted: x", "it cannot be reached: it does not answer"} {
		said[detail] = true
	}
	if len(said) < 8 {
		t.Fatalf("only %d findings", len(said))
	}
	for english := range said {
		chinese := messages.Phrase("zh", english)
		if !strings.ContainsFunc(chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.Contains(chinese, " has no ") {
			t.Errorf("%q is %q in Chinese", english, chinese)
		}
		if strings.Contains(messages.Phrase("en", english), "{") {
			t.Errorf("%q is %q in English", english, messages.Phrase("en", english))
		}
	}
}

func TestTheMeasureOfSentencesIsHeadedInTheReadersLanguage(t *testing.T) {
	var out bytes.Buffer
	c := &cli{out: &out, lang: "zh"}
	cmd := newBenchIntentsCmd(c)
	cmd.SetArgs([]string{"../../bridge/converse/yardstick/testdata/household/ja.jsonl"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"语言", "单次 p99", "最差", "ja"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestTheWyomingServerIsFoundByMDNS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	heard := make(chan int, 64)
	lan := discovery.New(discovery.Options{Interfaces: []string{"none"}, Loopback: true})
	lan.Handle("test", []discovery.Pattern{{Proto: discovery.ProtoMDNS, Type: "_wyoming._tcp"}}, func(m discovery.Match) {
		select {
		case heard <- m.Change.Service.Port:
		default: // others announce themselves as well
		}
	})
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { _ = lan.Run(ctx) })
	h := &house{log: slog.New(slog.DiscardHandler), wyoming: l}
	running.Go(func() { h.announceWyoming(ctx) })
	for port := 0; port != l.Addr().(*net.TCPAddr).Port; {
		select {
		case port = <-heard:
		case <-ctx.Done():
			t.Fatal("the Wyoming server was not found")
		}
	}
}
