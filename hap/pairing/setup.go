package pairing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/concord-home/hub/hap/srp"
	"github.com/concord-home/hub/hap/tlv8"
)

// Post sends one message to the accessory's /pair-setup or /pair-verify and returns its answer.
type Post func(ctx context.Context, path string, body []byte) ([]byte, error)

// The keys of pair-setup.
const (
	setupEncryptSalt = "Pair-Setup-Encrypt-Salt"
	setupEncryptInfo = "Pair-Setup-Encrypt-Info"
	controllerSalt   = "Pair-Setup-Controller-Sign-Salt"
	controllerInfo   = "Pair-Setup-Controller-Sign-Info"
	accessorySalt    = "Pair-Setup-Accessory-Sign-Salt"
	accessoryInfo    = "Pair-Setup-Accessory-Sign-Info"
)

// ErrAgain is returned by Setup when numbers began with a zero byte, which implementations hash differently:
// the whole exchange is to be made again, over a new connection.
var ErrAgain = srp.ErrAgain

// Setup pairs with an accessory by its set-up code and returns who it is. Errors of type [Code] are the accessory's.
func Setup(ctx context.Context, post Post, me Identity, code string) (Peer, error) {
	code, err := FormatCode(code)
	if err != nil {
		return Peer{}, err
	}
	say := func(step byte, items ...tlv8.Item) (tlv8.Items, error) {
		body, err := post(ctx, "/pair-setup", append(tlv8.Items{state(step)}, items...).Bytes())
		if err != nil {
			return nil, err
		}
		return expect(body, step+1)
	}
	m2, err := say(1, tlv8.Item{Type: TagMethod, Value: []byte{MethodSetup}})
	if err != nil {
		return Peer{}, err
	}
	run := srp.NewClient()
	proof, err := run.Prove(code, m2.Get(TagSalt), m2.Get(TagPublicKey))
	if err != nil {
		return Peer{}, err
	}
	m4, err := say(3, tlv8.Item{Type: TagPublicKey, Value: run.Public()}, tlv8.Item{Type: TagProof, Value: proof})
	if err != nil {
		return Peer{}, err
	}
	if err := run.Check(m4.Get(TagProof)); err != nil {
		return Peer{}, fmt.Errorf("the accessory does not know its own code: %w", err)
	}
	key := derive(run.Key(), setupEncryptSalt, setupEncryptInfo)
	signed := join(derive(run.Key(), controllerSalt, controllerInfo), []byte(me.ID), me.Public())
	m6, err := say(5, tlv8.Item{Type: TagEncrypted, Value: seal(key, "PS-Msg05", introduce(me, signed))})
	if err != nil {
		return Peer{}, err
	}
	inner, err := open(key, "PS-Msg06", m6.Get(TagEncrypted))
	if err != nil {
		return Peer{}, fmt.Errorf("the accessory's answer M6: %w", err)
	}
	return introduced(inner, derive(run.Key(), accessorySalt, accessoryInfo))
}

// introduce is a side's name and key, signed.
func introduce(me Identity, signed []byte) tlv8.Items {
	sig, _ := me.Key.Sign(nil, signed, noHash)
	return tlv8.Items{{Type: TagIdentifier, Value: []byte(me.ID)}, {Type: TagPublicKey, Value: me.Public()}, {Type: TagSignature, Value: sig}}
}

// introduced checks the other's name, key and signature.
func introduced(items tlv8.Items, prefix []byte) (Peer, error) {
	id, key := items.Get(TagIdentifier), items.Get(TagPublicKey)
	if len(id) == 0 || !verified(key, join(prefix, id, key), items.Get(TagSignature)) {
		return Peer{}, errors.New("the other side's signature does not fit its name and key")
	}
	return Peer{ID: string(id), Public: append([]byte(nil), key...)}, nil
}

// Limits of pair-setup (5.6.1): tries before only a restart helps, and how long a run may rest before another takes its place.
const (
	maxTries = 100
	maxRest  = 5 * time.Second
)

// DeskOptions are what an accessory's [Desk] needs.
type DeskOptions struct {
	Me   Identity
	Code string // "123-45-678"
	Now  func() time.Time
	// Paired reports whether a controller is paired already: pair-setup is closed then.
	Paired func() bool
	// Pair keeps the first controller, an administrator.
	Pair func(Peer) error
}

// Desk answers pair-setup for all of an accessory's connections. One run goes on at a time; one that
// rests gives way to another, so that no peer can hold the desk.
type Desk struct {
	o     DeskOptions
	mu    sync.Mutex
	owner any // the connection whose run it is
	run   *srp.Server
	key   []byte // once the controller has proved the code
	moved time.Time
	tries int
}

// NewDesk opens a desk.
func NewDesk(o DeskOptions) *Desk { return &Desk{o: o} }

// Answer answers one message of a connection, which any comparable value stands for.
func (d *Desk) Answer(conn any, body []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, err := tlv8.Parse(body)
	if err != nil {
		return Refusal(2, CodeUnknown)
	}
	step := m.Byte(TagState)
	if step != 1 && d.owner != conn {
		return Refusal(step+1, CodeUnknown)
	}
	switch {
	case step == 1:
		return d.begin(conn)
	case step == 3 && d.key == nil:
		return d.prove(m)
	case step == 5 && d.key != nil:
		return d.finish(m)
	}
	d.release()
	return Refusal(step+1, CodeUnknown)
}

// Left ends the run of a connection that has gone.
func (d *Desk) Left(conn any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.owner == conn {
		d.release()
	}
}

func (d *Desk) release() { d.owner, d.run, d.key = nil, nil, nil }

func (d *Desk) begin(conn any) []byte {
	now := d.o.Now()
	switch {
	case d.o.Paired():
		return Refusal(2, CodeUnavailable)
	case d.tries >= maxTries:
		return Refusal(2, CodeMaxTries)
	case d.owner != nil && d.owner != conn && now.Sub(d.moved) < maxRest:
		return Refusal(2, CodeBusy)
	}
	d.owner, d.run, d.key, d.moved = conn, srp.NewServer(d.o.Code), nil, now
	return tlv8.Items{state(2), {Type: TagPublicKey, Value: d.run.Public()}, {Type: TagSalt, Value: d.run.Salt()}}.Bytes()
}

func (d *Desk) prove(m tlv8.Items) []byte {
	d.moved = d.o.Now()
	d.tries++ // counted before the answer is known, so that cutting the connection does not help
	proof, err := d.run.Check(m.Get(TagPublicKey), m.Get(TagProof))
	if err != nil {
		d.release()
		return Refusal(4, CodeAuthentication)
	}
	d.tries--
	d.key = derive(d.run.Key(), setupEncryptSalt, setupEncryptInfo)
	return tlv8.Items{state(4), {Type: TagProof, Value: proof}}.Bytes()
}

func (d *Desk) finish(m tlv8.Items) []byte {
	run, key := d.run, d.key
	d.release()
	inner, err := open(key, "PS-Msg05", m.Get(TagEncrypted))
	if err != nil {
		return Refusal(6, CodeAuthentication)
	}
	peer, err := introduced(inner, derive(run.Key(), controllerSalt, controllerInfo))
	if err != nil {
		return Refusal(6, CodeAuthentication)
	}
	if d.o.Paired() {
		return Refusal(6, CodeUnavailable)
	}
	if err := d.o.Pair(peer); err != nil {
		return Refusal(6, CodeUnknown)
	}
	d.tries = 0
	signed := join(derive(run.Key(), accessorySalt, accessoryInfo), []byte(d.o.Me.ID), d.o.Me.Public())
	return tlv8.Items{state(6), {Type: TagEncrypted, Value: seal(key, "PS-Msg06", introduce(d.o.Me, signed))}}.Bytes()
}
