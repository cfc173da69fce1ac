// Package pairing is how a HAP controller and an accessory come to trust each other: pair-setup with the set-up
// code, once, and pair-verify for every session. Both roles are here; neither opens a socket.
//
// Use, as a controller: Setup and Verify with a function that posts one message and returns the answer. As an
// accessory: one [Desk] for all connections answers pair-setup, one [Verifier] a connection answers pair-verify.
//
// Source: HAP Specification R2, chapters 5.6 (pair setup), 5.7 (pair verify), 5.10–5.12 (pairings).
package pairing

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha512"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/concord-home/hub/hap/tlv8"
)

// The types of items (table 5-6).
const (
	TagMethod      byte = 0x00
	TagIdentifier  byte = 0x01
	TagSalt        byte = 0x02
	TagPublicKey   byte = 0x03
	TagProof       byte = 0x04
	TagEncrypted   byte = 0x05
	TagState       byte = 0x06
	TagError       byte = 0x07
	TagSignature   byte = 0x0a
	TagPermissions byte = 0x0b
	TagSeparator   byte = 0xff
)

// The methods (table 5-3).
const (
	MethodSetup  byte = 0
	MethodAdd    byte = 3
	MethodRemove byte = 4
	MethodList   byte = 5
)

// Code is an error as it travels (table 5-5).
type Code byte

// The codes.
const (
	CodeUnknown        Code = 1
	CodeAuthentication Code = 2
	CodeBackoff        Code = 3
	CodeMaxPeers       Code = 4
	CodeMaxTries       Code = 5
	CodeUnavailable    Code = 6
	CodeBusy           Code = 7
)

var codeTexts = map[Code]string{
	CodeUnknown:        "the accessory failed without saying why",
	CodeAuthentication: "the accessory does not accept the code or key",
	CodeBackoff:        "the accessory asks to wait before the next try",
	CodeMaxPeers:       "the accessory has no room for a further controller",
	CodeMaxTries:       "the accessory was given too many wrong codes: restart it, or reset it if that does not help",
	CodeUnavailable:    "the accessory is already paired: remove it there, or reset it, first",
	CodeBusy:           "the accessory is being paired by somebody else",
}

func (c Code) Error() string {
	if t, ok := codeTexts[c]; ok {
		return t
	}
	return fmt.Sprintf("the accessory answers with error %d", byte(c))
}

// Identity is one side's long-term name and key.
type Identity struct {
	ID  string // a controller's UUID, an accessory's device id "AA:BB:CC:DD:EE:FF"
	Key ed25519.PrivateKey
}

// NewIdentity makes a key for a name.
func NewIdentity(id string) Identity {
	_, key, _ := ed25519.GenerateKey(rand.Reader) // crypto/rand never fails
	return Identity{ID: id, Key: key}
}

// Public is the identity's public key.
func (i Identity) Public() ed25519.PublicKey { return i.Key.Public().(ed25519.PublicKey) }

// Peer is the other side as it is remembered.
type Peer struct {
	ID     string            `json:"id"`
	Public ed25519.PublicKey `json:"public"`
}

// Keys are a session's, from the side that asks: Read decrypts what the other sends.
type Keys struct {
	Read, Write []byte
	// Shared is the session's secret, from which further keys are derived.
	Shared []byte
}

// errCrypto says that an encrypted part cannot be read.
var errCrypto = errors.New("an encrypted part cannot be read: it is damaged, or for another session")

func derive(secret []byte, salt, info string) []byte {
	k, _ := hkdf.Key(sha512.New, secret, []byte(salt), info, chacha20poly1305.KeySize) // fails on impossible lengths only
	return k
}

// crypt encrypts or decrypts the sub-message of a step ("PS-Msg05").
func seal(key []byte, step string, items tlv8.Items) []byte {
	aead, _ := chacha20poly1305.New(key)
	return aead.Seal(nil, append(make([]byte, 4), step...), items.Bytes(), nil)
}

func open(key []byte, step string, box []byte) (tlv8.Items, error) {
	aead, _ := chacha20poly1305.New(key)
	plain, err := aead.Open(nil, append(make([]byte, 4), step...), box, nil)
	if err != nil {
		return nil, errCrypto
	}
	return tlv8.Parse(plain)
}

// join puts together what is signed.
func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// verified reports whether a signature is a key's; a key of the wrong length signs nothing.
func verified(key, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
}

// state makes a message's first item.
func state(n byte) tlv8.Item { return tlv8.Item{Type: TagState, Value: []byte{n}} }

// Refusal is the answer to a message that is not taken.
func Refusal(step byte, c Code) []byte {
	return tlv8.Items{state(step), {Type: TagError, Value: []byte{byte(c)}}}.Bytes()
}

// expect reads an answer and checks its step.
func expect(body []byte, step byte) (tlv8.Items, error) {
	items, err := tlv8.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("the accessory's answer M%d: %w", step, err)
	}
	if items.Has(TagError) {
		return nil, Code(items.Byte(TagError))
	}
	if got := items.Byte(TagState); got != step {
		return nil, fmt.Errorf("the accessory answers M%d where M%d is due", got, step)
	}
	return items, nil
}

// FormatCode brings a set-up code, however it is grouped, to the form that is hashed: "123-45-678".
func FormatCode(code string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, code)
	if len(digits) != 8 || strings.Trim(digits, "0123456789") != "" {
		return "", errors.New("a set-up code has 8 digits, such as 123-45-678")
	}
	return digits[:3] + "-" + digits[3:5] + "-" + digits[5:], nil
}

// trivialCodes are those that the specification forbids (5.6.1), without dashes.
var trivialCodes = map[string]bool{"12345678": true, "87654321": true}

// NewCode makes a random set-up code of none of the forbidden forms.
func NewCode() string {
	for {
		b := make([]byte, 8)
		_, _ = rand.Read(b)
		var n uint64
		for _, x := range b {
			n = n<<8 | uint64(x)
		}
		digits := fmt.Sprintf("%08d", n%100_000_000)
		if !trivialCodes[digits] && strings.Trim(digits, digits[:1]) != "" {
			code, _ := FormatCode(digits)
			return code
		}
	}
}

// SetupURI is what the QR code of an accessory holds: category, code and set-up id (4 letters or digits), base 36.
func SetupURI(category int, code, setupID string) string {
	var pin uint64
	for _, r := range code {
		if r >= '0' && r <= '9' {
			pin = pin*10 + uint64(r-'0')
		}
	}
	const overIP = 2 << 27
	n := uint64(category)<<31 | overIP | pin
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	out := make([]byte, 9)
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = digits[n%36]
		n /= 36
	}
	return "X-HM://" + string(out) + setupID
}
