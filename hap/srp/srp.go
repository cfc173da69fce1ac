// Package srp is the Secure Remote Password protocol as HAP uses it in pair-setup: SRP-6a (RFC 5054) over
// the 3072-bit group with SHA-512, user "Pair-Setup" and the set-up code as password.
//
// Use: a controller makes NewClient and calls Prove with the accessory's salt and public key, then Check with
// its proof; an accessory makes NewServer and calls Check with the controller's public key and proof. Both then
// hold the same Key.
//
// Zero bytes: implementations differ in whether they pad A, B and S to the group's length before hashing, which
// shows when one begins with a zero byte (1 in 85 pair-setups). The client refuses such a run with ErrAgain; the
// server chooses B so that it never happens there and takes a proof made either way.
//
// Sources: RFC 2945, RFC 5054; HAP Specification R2, chapter 5.5 (SRP).
package srp

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// User is HAP's user name.
const User = "Pair-Setup"

// groupBytes is the length of the group's prime.
const groupBytes = 384

// SaltBytes is the length of a salt.
const SaltBytes = 16

// Errors of the protocol.
var (
	// ErrAgain asks for a new run: a number begins with a zero byte, which implementations hash differently.
	ErrAgain = errors.New("srp: a public number or the secret begins with a zero byte; start pair-setup again")
	// ErrProof says that the other side does not know the password.
	ErrProof = errors.New("srp: the proof is wrong")
	// ErrPublic says that the other side's public key is none.
	ErrPublic = errors.New("srp: the public key is not within the group")
)

var (
	prime, _   = new(big.Int).SetString(primeHex, 16)
	generator  = big.NewInt(5)
	multiplier = number(hash(prime.Bytes(), pad(generator))) // k = H(N | PAD(g))
)

// primeHex is the 3072-bit prime of RFC 5054, appendix A.
const primeHex = "" +
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
	"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
	"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
	"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
	"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

func hash(parts ...[]byte) []byte {
	h := sha512.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func number(b []byte) *big.Int { return new(big.Int).SetBytes(b) }

// pad writes a number in the group's length.
func pad(x *big.Int) []byte { return x.FillBytes(make([]byte, groupBytes)) }

func leadingZero(x *big.Int) bool { return x.BitLen() <= 8*(groupBytes-1) }

// proof is the client's M1 over the public keys and session key as given.
func proof(salt, a, b, key []byte) []byte {
	hn, hg := hash(prime.Bytes()), hash(generator.Bytes())
	subtle.XORBytes(hn, hn, hg)
	return hash(hn, hash([]byte(User)), salt, a, b, key)
}

func private(salt []byte, password string) *big.Int {
	return number(hash(salt, hash([]byte(User+":"+password))))
}

// Client is the controller's side of one run.
type Client struct {
	secret *big.Int
	public *big.Int
	m1     []byte
	key    []byte
}

// NewClient begins a run.
func NewClient() *Client { return newClient(rand.Reader) }

func newClient(random io.Reader) *Client {
	c := &Client{}
	for {
		b := make([]byte, 32)
		_, _ = io.ReadFull(random, b) // crypto/rand never fails
		c.secret = number(b)
		if c.public = new(big.Int).Exp(generator, c.secret, prime); !leadingZero(c.public) {
			return c
		}
	}
}

// Public is the client's public key A.
func (c *Client) Public() []byte { return pad(c.public) }

// Prove returns the client's proof M1 for the password, or ErrAgain or ErrPublic.
func (c *Client) Prove(password string, salt, serverPublic []byte) ([]byte, error) {
	b := number(serverPublic)
	if len(serverPublic) > groupBytes || new(big.Int).Mod(b, prime).Sign() == 0 {
		return nil, ErrPublic
	}
	if leadingZero(b) {
		return nil, fmt.Errorf("%w (B)", ErrAgain)
	}
	u := number(hash(pad(c.public), pad(b)))
	x := private(salt, password)
	// S = (B - k·g^x) ^ (a + u·x)
	base := new(big.Int).Sub(b, new(big.Int).Mul(multiplier, new(big.Int).Exp(generator, x, prime)))
	base.Mod(base, prime)
	exponent := new(big.Int).Add(c.secret, new(big.Int).Mul(u, x))
	s := new(big.Int).Exp(base, exponent, prime)
	if leadingZero(s) {
		return nil, fmt.Errorf("%w (S)", ErrAgain)
	}
	c.key = hash(pad(s))
	c.m1 = proof(salt, pad(c.public), pad(b), c.key)
	return c.m1, nil
}

// Check compares the server's proof M2.
func (c *Client) Check(m2 []byte) error {
	if c.key == nil || subtle.ConstantTimeCompare(m2, hash(pad(c.public), c.m1, c.key)) != 1 {
		return ErrProof
	}
	return nil
}

// Key is the session key K that both sides hold after the proofs.
func (c *Client) Key() []byte { return c.key }

// Server is the accessory's side of one run.
type Server struct {
	salt     []byte
	verifier *big.Int
	secret   *big.Int
	public   *big.Int
	key      []byte
}

// NewServer begins a run for a password.
func NewServer(password string) *Server { return newServer(rand.Reader, password) }

func newServer(random io.Reader, password string) *Server {
	s := &Server{salt: make([]byte, SaltBytes)}
	_, _ = io.ReadFull(random, s.salt)
	s.verifier = new(big.Int).Exp(generator, private(s.salt, password), prime)
	for {
		b := make([]byte, 32)
		_, _ = io.ReadFull(random, b)
		s.secret = number(b)
		// B = k·v + g^b
		s.public = new(big.Int).Mul(multiplier, s.verifier)
		s.public.Add(s.public, new(big.Int).Exp(generator, s.secret, prime)).Mod(s.public, prime)
		if !leadingZero(s.public) {
			return s
		}
	}
}

// Salt is the run's salt.
func (s *Server) Salt() []byte { return s.salt }

// Public is the server's public key B.
func (s *Server) Public() []byte { return pad(s.public) }

// Check compares the client's proof M1 and returns the server's M2, or ErrProof or ErrPublic.
func (s *Server) Check(clientPublic, m1 []byte) ([]byte, error) {
	a := number(clientPublic)
	if len(clientPublic) > groupBytes || new(big.Int).Mod(a, prime).Sign() == 0 {
		return nil, ErrPublic
	}
	u := number(hash(pad(a), pad(s.public)))
	// S = (A·v^u) ^ b
	base := new(big.Int).Mul(a, new(big.Int).Exp(s.verifier, u, prime))
	secret := new(big.Int).Exp(base.Mod(base, prime), s.secret, prime)
	for _, public := range variants(a) {
		for _, shared := range variants(secret) {
			key := hash(shared)
			if subtle.ConstantTimeCompare(m1, proof(s.salt, public, pad(s.public), key)) == 1 {
				s.key = key
				return hash(pad(a), m1, key), nil
			}
		}
	}
	return nil, ErrProof
}

// variants are the ways in which implementations write a number before they hash it.
func variants(x *big.Int) [][]byte {
	padded := pad(x)
	if short := x.Bytes(); !bytes.Equal(short, padded) {
		return [][]byte{padded, short}
	}
	return [][]byte{padded}
}

// Key is the session key K that both sides hold after the proofs.
func (s *Server) Key() []byte { return s.key }
