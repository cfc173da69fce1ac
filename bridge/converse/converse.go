// Package converse is what a household says to the house and what it answers: a sentence in, its
// meaning carried out, a sentence in the same language out, with the reason when something did not work.
// It needs no cloud and no model: package grammar below it understands eleven languages by their words
// and the names of the house.
//
// Use: e := New(Options{House: ..., Memory: ...}); go e.Run(ctx); reply := e.Say(ctx, Request{Text: "打开客厅的灯"}, caller).
// Who speaks is a [Caller]: a speaker's token bound to rooms and capabilities can do no more than that.
// What opens the house (unlocking, a garage) wants the spoken PIN, or a yes where none is set; "all" is meant only
// where it is said; a name that fits several things is asked back. Handlers for HTTP, WebSocket, Home Assistant's
// conversation API, Wyoming and Hermes are in this package, too; all of them end in Say.
package converse

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// House is the running house.
type House interface {
	View() *home.View
	Do(ctx context.Context, body home.Body) error
	Command(ctx context.Context, a home.Ask, progress func(home.Command)) (home.Command, error)
	Events(room int) (<-chan home.Effect, func())
}

// Memory keeps what must outlive a restart: timers, delayed commands, the spoken PIN.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// Caller is who speaks: what it may see and use.
type Caller interface {
	ID() string
	Sees(d *home.Device) bool
	SeesRoom(r home.RoomID) bool
	May(a model.Attribute) bool
	// Whole reports whether the caller may run scenes and learn where people are.
	Whole() bool
	// Manages reports whether the caller may change settings, such as the spoken PIN.
	Manages() bool
}

// Options are what an engine is made of. House and Memory are required.
type Options struct {
	House  House
	Memory Memory
	Now    func() time.Time
	Logger *slog.Logger
	// Statement takes what a person says of where he is: home, away, arriving with an ETA. Mode begins a mode of the house.
	// A nil one: this house has no such part.
	Statement func(ctx context.Context, person home.PersonID, state string, eta time.Time) error
	Mode      func(ctx context.Context, mode string, cause *model.Cause) error
	// Translate puts what an adapter says in English into a language, "" where it is not known. Nil: it is said in English only.
	Translate func(lang, english string) string
	// Wait is how long an answer waits for devices to confirm; default 10 s: a bridge may need that long to give a device up, and its reason is worth the wait.
	Wait time.Duration
}

// Request is a sentence and its circumstances.
type Request struct {
	Text    string `json:"text"`
	Lang    string `json:"lang,omitempty"`    // default: by the script of the text
	Speaker string `json:"speaker,omitempty"` // id of the speaker; names its session when none is given
	Area    string `json:"area,omitempty"`    // where the speaker stands: a room's id or name
	Session string `json:"session,omitempty"`
	// Person is who speaks, by id or name, where the speaker knows: "I'm home" is about him.
	Person string `json:"person,omitempty"`
	User   string `json:"user,omitempty"` // the same, as some speakers call it; person goes first
	// Alternatives are other readings of a recogniser, best first.
	Alternatives []string `json:"alternatives,omitempty"`
	DryRun       bool     `json:"dry_run,omitempty"` // say what would be done, and do nothing
	Explain      bool     `json:"explain,omitempty"` // tell how the sentence was read
}

// The kinds of answer.
const (
	KindDone    = "done"
	KindPartial = "partial"
	KindAnswer  = "answer"
	KindAsk     = "ask"
	KindConfirm = "confirm"
	KindError   = "error"
)

// Reply is the answer to a sentence.
type Reply struct {
	Session string `json:"session"`
	Lang    string `json:"lang"`
	Speech  string `json:"speech"`
	Kind    string `json:"kind"`
	// Code says of an error what it was: no_intent_match, no_valid_targets, failed_to_handle, forbidden.
	Code    string          `json:"code,omitempty"`
	Intents []Understood    `json:"intents"`
	Done    []Target        `json:"done"`
	Failed  []Target        `json:"failed"`
	Ask     *Question       `json:"ask,omitempty"`
	Confirm *Confirmation   `json:"confirm,omitempty"`
	Expect  bool            `json:"expect_reply"`
	CanUndo bool            `json:"undo"`
	MS      float64         `json:"ms"`
	Reading []grammar.Piece `json:"reading,omitempty"`
	Plan    []string        `json:"plan,omitempty"` // dry run: what would be asked of which device
}

// Understood is one thing that a sentence asked for.
type Understood struct {
	Intent string         `json:"intent"`
	Slots  map[string]any `json:"slots"`
	// Confidence is above 0 and at most 1: the fewer and better known the pieces a sentence is made of, the higher.
	Confidence float64 `json:"confidence"`
}

// Confirmation is what must be said before something risky is done: a pin, or a yes or no.
type Confirmation struct {
	Type string `json:"type"` // pin or yesno
}

// Target is a device and, when something failed, why.
type Target struct {
	ID     model.DeviceID `json:"id"`
	Name   string         `json:"name"`
	Reason string         `json:"reason,omitempty"`
}

// Question is what the house needs to know first.
type Question struct {
	Slot    string   `json:"slot"`
	Options []string `json:"options"`
}

// Engine understands and answers. Make it with [New]; its methods may be called from any goroutine.
type Engine struct {
	o       Options
	log     *slog.Logger
	words   vocabularies
	talks   sessions
	pin     pinDesk
	clock   clockwork
	stale   atomic.Bool // names of the house may have changed
	watched atomic.Bool // Run follows the house, so that stale can be trusted

	mu        sync.Mutex
	listeners map[int]func(Announcement) bool
	nextEar   int
}

// Announcement is something that the house says by itself: a timer that is up, a message to everybody.
type Announcement struct {
	Speaker string `json:"speaker,omitempty"` // empty: everywhere
	Lang    string `json:"lang"`
	Speech  string `json:"speech"`
}

// New makes an engine and takes up the timers that were running.
func New(o Options) (*Engine, error) {
	if o.House == nil || o.Memory == nil {
		return nil, errors.New("talking needs a house and a memory")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Translate == nil {
		o.Translate = func(lang, english string) string {
			if lang == "en" {
				return english
			}
			return ""
		}
	}
	if o.Wait == 0 {
		o.Wait = 10 * time.Second
	}
	e := &Engine{o: o, log: o.Logger, listeners: map[int]func(Announcement) bool{}}
	e.talks.all = map[string]*session{}
	if err := e.pin.load(o.Memory, o.Now); err != nil {
		return nil, err
	}
	return e, e.clock.load(e)
}

// Run follows the house's names and keeps the timers until the context ends.
func (e *Engine) Run(ctx context.Context) error {
	effects, stop := e.o.House.Events(1024)
	defer stop()
	e.stale.Store(true)
	e.watched.Store(true)
	defer e.watched.Store(false)
	e.clock.start(ctx)
	for {
		select {
		case <-ctx.Done():
			e.clock.stop()
			return nil
		case x, open := <-effects:
			if !open {
				return nil
			}
			switch x.(type) {
			case home.Changed, home.Occurred, home.CommandMoved, home.PresenceMoved, home.SceneRan, home.Refused:
			default: // devices or the house moved, or some effects were missed
				e.stale.Store(true)
			}
		}
	}
}

// Listen hands announcements to f until the returned function is called; f tells whether somebody is there who says it.
func (e *Engine) Listen(f func(Announcement) bool) (stop func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id := e.nextEar
	e.nextEar++
	e.listeners[id] = f
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.listeners, id)
	}
}

// announce tells all who listen, and counts those who say it.
func (e *Engine) announce(a Announcement) (said int) {
	e.mu.Lock()
	ears := make([]func(Announcement) bool, 0, len(e.listeners))
	for _, f := range e.listeners {
		ears = append(ears, f)
	}
	e.mu.Unlock()
	for _, f := range ears {
		if f(a) {
			said++
		}
	}
	return said
}
