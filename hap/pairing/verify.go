package pairing

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/concord-home/hub/hap/tlv8"
)

// noHash signs the message itself, as Ed25519 has it.
const noHash = crypto.Hash(0)

// The keys of pair-verify and of the session after it.
const (
	verifySalt  = "Pair-Verify-Encrypt-Salt"
	verifyInfo  = "Pair-Verify-Encrypt-Info"
	controlSalt = "Control-Salt"
	readInfo    = "Control-Read-Encryption-Key"  // from accessory to controller
	writeInfo   = "Control-Write-Encryption-Key" // from controller to accessory
)

// ErrStranger says that another accessory than the one paired answers.
var ErrStranger = errors.New("another accessory answers than the one that was paired")

// Verify opens a session with a paired accessory. Errors of type [Code] are the accessory's:
// CodeAuthentication means that it has forgotten the pairing.
func Verify(ctx context.Context, post Post, me Identity, peer Peer) (Keys, error) {
	own, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return Keys{}, err
	}
	public := own.PublicKey().Bytes()
	body, err := post(ctx, "/pair-verify", tlv8.Items{state(1), {Type: TagPublicKey, Value: public}}.Bytes())
	if err != nil {
		return Keys{}, err
	}
	m2, err := expect(body, 2)
	if err != nil {
		return Keys{}, err
	}
	other := m2.Get(TagPublicKey)
	shared, err := agree(own, other)
	if err != nil {
		return Keys{}, fmt.Errorf("the accessory's session key: %w", err)
	}
	key := derive(shared, verifySalt, verifyInfo)
	inner, err := open(key, "PV-Msg02", m2.Get(TagEncrypted))
	if err != nil {
		return Keys{}, fmt.Errorf("the accessory's answer M2: %w", err)
	}
	id := inner.Get(TagIdentifier)
	if !strings.EqualFold(string(id), peer.ID) || !verified(peer.Public, join(other, id, public), inner.Get(TagSignature)) {
		return Keys{}, ErrStranger
	}
	sig, _ := me.Key.Sign(nil, join(public, []byte(me.ID), other), noHash)
	proof := seal(key, "PV-Msg03", tlv8.Items{{Type: TagIdentifier, Value: []byte(me.ID)}, {Type: TagSignature, Value: sig}})
	if body, err = post(ctx, "/pair-verify", tlv8.Items{state(3), {Type: TagEncrypted, Value: proof}}.Bytes()); err != nil {
		return Keys{}, err
	}
	if _, err := expect(body, 4); err != nil {
		return Keys{}, err
	}
	return Keys{Read: derive(shared, controlSalt, readInfo), Write: derive(shared, controlSalt, writeInfo), Shared: shared}, nil
}

func agree(own *ecdh.PrivateKey, other []byte) ([]byte, error) {
	key, err := ecdh.X25519().NewPublicKey(other)
	if err != nil {
		return nil, err
	}
	return own.ECDH(key) // refuses points of low order
}

// Verifier answers pair-verify for one connection.
type Verifier struct {
	me     Identity
	lookup func(id string) (Peer, bool)
	own    *ecdh.PrivateKey
	other  []byte
	shared []byte
}

// NewVerifier begins; lookup finds a paired controller.
func NewVerifier(me Identity, lookup func(id string) (Peer, bool)) *Verifier {
	return &Verifier{me: me, lookup: lookup}
}

// Answer answers one message. With the last one come the controller and, from the accessory's side, the session's keys.
func (v *Verifier) Answer(body []byte) (answer []byte, peer *Peer, keys Keys) {
	m, err := tlv8.Parse(body)
	if err != nil {
		return Refusal(2, CodeUnknown), nil, Keys{}
	}
	switch step := m.Byte(TagState); {
	case step == 1:
		return v.begin(m), nil, Keys{}
	case step == 3 && v.shared != nil:
		return v.finish(m)
	default:
		return Refusal(step+1, CodeUnknown), nil, Keys{}
	}
}

func (v *Verifier) begin(m tlv8.Items) []byte {
	v.shared = nil
	own, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return Refusal(2, CodeUnknown)
	}
	other := m.Get(TagPublicKey)
	shared, err := agree(own, other)
	if err != nil {
		return Refusal(2, CodeUnknown)
	}
	v.own, v.other, v.shared = own, append([]byte(nil), other...), shared
	public := own.PublicKey().Bytes()
	sig, _ := v.me.Key.Sign(nil, join(public, []byte(v.me.ID), other), noHash)
	proof := seal(derive(shared, verifySalt, verifyInfo), "PV-Msg02", tlv8.Items{{Type: TagIdentifier, Value: []byte(v.me.ID)}, {Type: TagSignature, Value: sig}})
	return tlv8.Items{state(2), {Type: TagPublicKey, Value: public}, {Type: TagEncrypted, Value: proof}}.Bytes()
}

func (v *Verifier) finish(m tlv8.Items) ([]byte, *Peer, Keys) {
	shared := v.shared
	v.shared = nil
	inner, err := open(derive(shared, verifySalt, verifyInfo), "PV-Msg03", m.Get(TagEncrypted))
	if err != nil {
		return Refusal(4, CodeAuthentication), nil, Keys{}
	}
	id := inner.Get(TagIdentifier)
	peer, ok := v.lookup(string(id))
	if !ok || !verified(peer.Public, join(v.other, id, v.own.PublicKey().Bytes()), inner.Get(TagSignature)) {
		return Refusal(4, CodeAuthentication), nil, Keys{}
	}
	return tlv8.Items{state(4)}.Bytes(), &peer,
		Keys{Read: derive(shared, controlSalt, writeInfo), Write: derive(shared, controlSalt, readInfo), Shared: shared}
}
