package mqtt

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// A stored password is "sha256$salt$sum" or "argon2id$salt$sum", salt and sum in
// unpadded base64.
//
// Passwords that the hub makes up carry 130 bits of chance, so nobody can guess one
// from its hash and a fast hash is the right one: when power returns to a house every
// device logs in within the same second, and a slow hash would be an attack on the hub
// that needs no password. Passwords that a person chose get argon2id, because a stolen
// database must not give them away; at most [argonAtOnce] are computed together.
const (
	schemeFast   = "sha256"
	schemeChosen = "argon2id"

	argonTime    = 2
	argonMemory  = 19 << 10 // KiB: 19 MiB, the OWASP minimum for two passes
	argonThreads = 1
	argonAtOnce  = 2
	saltBytes    = 16
	sumBytes     = 32
)

var argonSlots = make(chan struct{}, argonAtOnce)

// NewPassword makes up a password of 26 letters and digits (130 bits) for one client,
// and the hash to store. Show the password once and keep only the hash.
func NewPassword() (password, hash string) {
	password = rand.Text()
	return password, encodeHash(schemeFast, password)
}

// HashPassword returns the hash to store for a password that a person chose.
func HashPassword(password string) string { return encodeHash(schemeChosen, password) }

// CheckPassword reports whether password is the one behind hash, which must come from
// [NewPassword] or [HashPassword]. It takes the same time for every wrong password of a
// scheme. A malformed hash matches nothing and is an error.
func CheckPassword(hash, password string) (bool, error) {
	scheme, rest, _ := strings.Cut(hash, "$")
	saltText, sumText, _ := strings.Cut(rest, "$")
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(saltText)
	want, err2 := base64.RawStdEncoding.Strict().DecodeString(sumText)
	if err1 != nil || err2 != nil || len(salt) != saltBytes || len(want) != sumBytes {
		return false, fmt.Errorf("mqtt: stored password hash is malformed; set the password again")
	}
	got, err := sum(scheme, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func encodeHash(scheme, password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	s, _ := sum(scheme, password, salt)
	enc := base64.RawStdEncoding
	return scheme + "$" + enc.EncodeToString(salt) + "$" + enc.EncodeToString(s)
}

func sum(scheme, password string, salt []byte) ([]byte, error) {
	switch scheme {
	case schemeFast:
		s := sha256.Sum256(append(salt[:len(salt):len(salt)], password...))
		return s[:], nil
	case schemeChosen:
		argonSlots <- struct{}{}
		defer func() { <-argonSlots }()
		return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, sumBytes), nil
	}
	return nil, fmt.Errorf("mqtt: stored password hash has the unknown scheme %q; set the password again", scheme)
}
