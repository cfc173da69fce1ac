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

// MaxTries is how many wrong codes an accessory takes until a person resets it (5.6.1).
const MaxTries = 100

// maxHold is how long a controller that has proved the code may take to send its last message.
const maxHold = 5 * time.Second

// DeskOptions are what an accessory's [Desk] needs.
type DeskOptions struct {
	Me   Identity
	Code string // "123-45-678"
	Now  func() time.Time
	// Paired reports whether a controller is paired already: pair-setup is closed then.
	Paired func() bool
	// Pair keeps the first controller, an administrator, and forgets the wrong codes.
	Pair func(Peer) error
	// Tries is how many wrong codes were given before; Tried keeps their number durably, so that a restart
	// does not give a hundred more. nil: it is kept in memory alone.
	Tries int
	Tried func(tries int) error
}

// Desk answers pair-setup for all of an accessory's connections. Each has a run of its own, so that one that rests
// (a phone whose owner looks for the code, or has left) delays nobody. Only between proof and last message, when the
// code has been proved, the desk is one controller's alone, and answers others that it is busy, as 5.6.2 demands.
// Callers bound the connections and tell of those that have [Desk.Left].
type Desk struct {
	o     DeskOptions
	mu    sync.Mutex
	runs  map[any]*setupRun // by connection
	tries int
}

// setupRun is one connection's way through pair-setup.
type setupRun struct {
	srp    *srp.Server
	key    []byte // once the controller has proved the code
	proved time.Time
}

// NewDesk opens a desk.
func NewDesk(o DeskOptions) *Desk { return &Desk{o: o, runs: map[any]*setupRun{}, tries: o.Tries} }

// Answer answers one message of a connection, which any comparable value stands for.
func (d *Desk) Answer(conn any, body []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, err := tlv8.Parse(body)
	if err != nil {
		return Refusal(2, CodeUnknown)
	}
	step, run := m.Byte(TagState), d.runs[conn]
	switch {
	case step == 1:
		return d.begin(conn)
	case run != nil && step == 3 && run.key == nil:
		return d.prove(conn, run, m)
	case run != nil && step == 5 && run.key != nil:
		return d.finish(conn, run, m)
	}
	delete(d.runs, conn)
	return Refusal(step+1, CodeUnknown)
}

// Left ends the run of a connection that has gone.
func (d *Desk) Left(conn any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.runs, conn)
}

// busy reports whether another controller has proved the code and is about to be paired.
func (d *Desk) busy(conn any) bool {
	for c, r := range d.runs {
		if c != conn && r.key != nil && d.o.Now().Sub(r.proved) < maxHold {
			return true
		}
	}
	return false
}

func (d *Desk) begin(conn any) []byte {
	switch {
	case d.o.Paired():
		return Refusal(2, CodeUnavailable)
	case d.tries >= MaxTries:
		return Refusal(2, CodeMaxTries)
	case d.busy(conn):
		return Refusal(2, CodeBusy)
	}
	run := &setupRun{srp: srp.NewServer(d.o.Code)}
	d.runs[conn] = run
	return tlv8.Items{state(2), {Type: TagPublicKey, Value: run.srp.Public()}, {Type: TagSalt, Value: run.srp.Salt()}}.Bytes()
}

// count sets the number of wrong codes, durably.
func (d *Desk) count(tries int) error {
	if d.o.Tried != nil {
		if err := d.o.Tried(tries); err != nil {
			return err
		}
	}
	d.tries = tries
	return nil
}

func (d *Desk) prove(conn any, run *setupRun, m tlv8.Items) []byte {
	var refused Code
	switch {
	case d.tries >= MaxTries: // runs that began before the last try
		refused = CodeMaxTries
	case d.busy(conn):
		refused = CodeBusy
	case d.count(d.tries+1) != nil: // counted before the answer is known, so that no crash or cut gives a try for nothing
		refused = CodeUnknown
	}
	if refused != 0 {
		delete(d.runs, conn)
		return Refusal(4, refused)
	}
	proof, err := run.srp.Check(m.Get(TagPublicKey), m.Get(TagProof))
	if err != nil {
		delete(d.runs, conn)
		return Refusal(4, CodeAuthentication)
	}
	_ = d.count(d.tries - 1) // should it not be kept, one right code counts as wrong until it is paired
	run.key, run.proved = derive(run.srp.Key(), setupEncryptSalt, setupEncryptInfo), d.o.Now()
	return tlv8.Items{state(4), {Type: TagProof, Value: proof}}.Bytes()
}

func (d *Desk) finish(conn any, run *setupRun, m tlv8.Items) []byte {
	delete(d.runs, conn)
	inner, err := open(run.key, "PS-Msg05", m.Get(TagEncrypted))
	if err != nil {
		return Refusal(6, CodeAuthentication)
	}
	peer, err := introduced(inner, derive(run.srp.Key(), controllerSalt, controllerInfo))
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
	clear(d.runs) // what others began is over
	signed := join(derive(run.srp.Key(), accessorySalt, accessoryInfo), []byte(d.o.Me.ID), d.o.Me.Public())
	return tlv8.Items{state(6), {Type: TagEncrypted, Value: seal(run.key, "PS-Msg06", introduce(d.o.Me, signed))}}.Bytes()
}
