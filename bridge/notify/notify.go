// Package notify carries what scenes say to people out of the hub: to everybody on the MQTT broker who may read [Topic], and to
// an address on the web that takes text, as ntfy and its like do, so that it reaches a phone that is not at home.
//
// Use: give [Run] the house and where to carry to; it works until its context ends. What cannot be delivered within some
// minutes is told of in the log and given up: it stays in the app.
package notify

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
)

// Topic is where notices are published, not retained, each as a JSON object with seq, at, scene, texts by language and to.
const Topic = "concord/notice"

// tries are the waits between attempts at an address.
var tries = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}

const (
	waiting = 50               // notices kept while an address does not answer
	maxText = 3000             // bytes; ntfy makes longer ones attachments
	patient = 15 * time.Second // for one attempt
)

// House is where notices come from.
type House interface {
	Events(room int) (<-chan home.Effect, func())
}

// Publisher is the broker.
type Publisher interface {
	Publish(topic string, payload []byte, retain bool, qos byte) error
}

// Options say from where to where.
type Options struct {
	House   House
	MQTT    Publisher
	Address string             // http or https; empty: MQTT alone. It is a secret: whoever has it reads what the house says
	Lang    string             // of the text that the address gets
	Own     <-chan home.Notice // what the hub itself says; it is of no scene
	Logger  *slog.Logger
}

// ReadAddress reads an address from the first line of a file. It is not a flag, since every program on a machine sees those.
func ReadAddress(r io.Reader) (string, error) {
	s := bufio.NewScanner(io.LimitReader(r, 4096))
	s.Scan()
	line := strings.TrimSpace(s.Text())
	u, err := url.Parse(line)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("its first line is not an address such as https://ntfy.example/topic")
	}
	return line, nil
}

// Run carries notices until the context ends.
func Run(ctx context.Context, o Options) error {
	effects, stop := o.House.Events(256)
	defer stop()
	out := make(chan home.Notice, waiting)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for n := range out {
			if err := deliver(ctx, o, n); err != nil && ctx.Err() == nil {
				o.Logger.Warn("what a scene says was not delivered", "scene", n.Scene, "err", err)
			}
		}
	}()
	defer func() { close(out); <-sent }()
	for {
		var n home.Notice
		select {
		case <-ctx.Done():
			return nil
		case n = <-o.Own:
		case e, open := <-effects:
			if !open {
				return nil
			}
			said, ok := e.(home.Notified)
			if !ok {
				continue
			}
			n = said.Notice
		}
		carry(o, n, out)
	}
}

// carry publishes a notice, and hands it on to whoever delivers it to the address.
func carry(o Options, n home.Notice, out chan<- home.Notice) {
	if b, err := json.Marshal(n); err == nil {
		if err = o.MQTT.Publish(Topic, b, false, 1); err != nil {
			o.Logger.Warn("a notice was not published on MQTT", "scene", n.Scene, "err", err)
		}
	}
	if o.Address == "" {
		return
	}
	select {
	case out <- n:
	default:
		o.Logger.Warn("a notice was not delivered: too much waits already", "scene", n.Scene)
	}
}

func deliver(ctx context.Context, o Options, n home.Notice) (err error) {
	for i := 0; ; i++ {
		if err = post(ctx, o, n); err == nil || i == len(tries) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(tries[i]):
		}
	}
}

func post(ctx context.Context, o Options, n home.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	text := cmp.Or(n.Texts[o.Lang], n.Texts[""])
	for _, any := range n.Texts {
		text = cmp.Or(text, any)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Address, strings.NewReader(strings.ToValidUTF8(text[:min(len(text), maxText)], "")))
	if err != nil {
		return errors.New("the address is none")
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	r.Header.Set("Title", "Concord")
	res, err := http.DefaultClient.Do(r)
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err // without the address
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the address answers %s", res.Status)
	}
	return nil
}
