package srp

import (
	"bytes"
	"errors"
	"math/big"
	"testing"
)

func TestBothSidesAgreeOnTheKey(t *testing.T) {
	for range 8 {
		c, s := NewClient(), NewServer("031-45-154")
		m1, err := c.Prove("031-45-154", s.Salt(), s.Public())
		if errors.Is(err, ErrAgain) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		m2, err := s.Check(c.Public(), m1)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Check(m2); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.Key(), s.Key()) || len(c.Key()) != 64 {
			t.Fatal("the keys differ")
		}
	}
}

func TestAWrongPasswordOrProofIsRefused(t *testing.T) {
	c, s := NewClient(), NewServer("031-45-154")
	m1, err := c.Prove("031-45-155", s.Salt(), s.Public())
	if errors.Is(err, ErrAgain) {
		t.Skip("a zero byte")
	}
	if _, err := s.Check(c.Public(), m1); !errors.Is(err, ErrProof) {
		t.Errorf("wrong password: %v", err)
	}
	if err := c.Check(make([]byte, 64)); !errors.Is(err, ErrProof) {
		t.Errorf("wrong server proof: %v", err)
	}
	if err := new(Client).Check(nil); !errors.Is(err, ErrProof) {
		t.Errorf("a client that has proved nothing: %v", err)
	}
}

func TestPublicKeysThatWouldGiveAwayTheSecretAreRefused(t *testing.T) {
	s := NewServer("031-45-154")
	for _, a := range []*big.Int{big.NewInt(0), prime, new(big.Int).Mul(prime, big.NewInt(2))} {
		if _, err := s.Check(a.Bytes(), make([]byte, 64)); !errors.Is(err, ErrPublic) {
			t.Errorf("A of %d bits: %v", a.BitLen(), err)
		}
		if _, err := NewClient().Prove("031-45-154", s.Salt(), a.Bytes()); !errors.Is(err, ErrPublic) {
			t.Errorf("B of %d bits: %v", a.BitLen(), err)
		}
	}
}

// A peer that strips zero bytes (Apple's ADK in M1 and K) and one that pads them (hap-nodejs) both pair.
func TestTheServerTakesProofsOfPaddedAndStrippedNumbers(t *testing.T) {
	s := NewServer("031-45-154")
	var stripped, padded int
	for i := int64(1); stripped+padded < 4 && i < 20000; i++ {
		secret := big.NewInt(i)
		a := new(big.Int).Exp(generator, secret, prime)
		if !leadingZero(a) {
			continue
		}
		u := number(hash(pad(a), pad(s.public)))
		x := private(s.salt, "031-45-154")
		base := new(big.Int).Sub(s.public, new(big.Int).Mul(multiplier, new(big.Int).Exp(generator, x, prime)))
		base.Mod(base, prime)
		shared := new(big.Int).Exp(base, new(big.Int).Add(secret, new(big.Int).Mul(u, x)), prime)
		m := proof(s.salt, a.Bytes(), s.Public(), hash(shared.Bytes()))
		if _, err := s.Check(pad(a), m); err != nil {
			t.Fatalf("stripped: %v", err)
		}
		stripped++
		if _, err := s.Check(pad(a), proof(s.salt, pad(a), s.Public(), hash(pad(shared)))); err != nil {
			t.Fatalf("padded: %v", err)
		}
		padded++
	}
	if stripped == 0 {
		t.Fatal("no public key began with a zero byte")
	}
}

func TestTheClientAsksForAnotherRunWhenBBeginsWithAZeroByte(t *testing.T) {
	b := new(big.Int).Rsh(prime, 16)
	if _, err := NewClient().Prove("031-45-154", make([]byte, 16), pad(b)); !errors.Is(err, ErrAgain) {
		t.Errorf("got %v", err)
	}
}
