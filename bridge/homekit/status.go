package homekit

import (
	"context"
	"fmt"

	"github.com/concord-home/hub/hap/pairing"
)

// Status is what a person needs to know of a bridge: the code is for administrators alone.
type Status struct {
	Number      int
	ID          string
	Name        string
	Code        string // "123-45-678"
	URI         string // what its QR code holds
	Port        int    // 0 while it does not listen
	Accessories int
	Controllers int // paired; 0: it can be paired
	// Locked: it was given so many wrong codes that it takes none until it is reset.
	Locked bool
	// Announced: found by mDNS. Problem is why it does not serve or is not announced; "" when it is well.
	Announced bool
	Problem   string
}

// Bridges says how each bridge is.
func (b *Bridge) Bridges() []Status {
	var out []Status
	for _, s := range b.all() {
		r := s.record()
		x := Status{Number: r.Number, ID: r.ID, Name: r.Name, Code: r.Code, URI: pairing.SetupURI(2, r.Code, r.SetupID), Port: s.advert().Port,
			Accessories: len(s.catalogue.Load().list) - 1, Controllers: len(r.Controllers), Locked: r.Tries >= pairing.MaxTries}
		s.mu.Lock()
		x.Announced, x.Problem = s.announced, s.problem
		s.mu.Unlock()
		out = append(out, x)
	}
	return out
}

// Own reports whether a device id is one of these bridges.
func (b *Bridge) Own(hapID string) bool {
	for _, s := range b.all() {
		if s.record().ID == hapID {
			return true
		}
	}
	return false
}

// ErrNoBridge says that there is no bridge of that number.
type ErrNoBridge struct{ Number int }

func (e *ErrNoBridge) Error() string { return fmt.Sprintf("there is no HomeKit bridge %d", e.Number) }

func (b *Bridge) bridge(number int) (*server, error) {
	for _, s := range b.all() {
		if s.record().Number == number {
			return s, nil
		}
	}
	return nil, &ErrNoBridge{number}
}

// Unpair removes all controllers of a bridge: it can be paired anew with the same code, however many wrong ones it was given.
func (b *Bridge) Unpair(_ context.Context, number int) error {
	s, err := b.bridge(number)
	if err != nil {
		return err
	}
	if err := s.change(func(r *bridgeRecord) error { r.Controllers, r.Tries = nil, 0; return nil }); err != nil {
		return err
	}
	s.mu.Lock()
	s.openDesk()
	s.mu.Unlock()
	s.closeConns(func(*conn) bool { return true })
	return nil
}

// Reset makes a bridge a new one to every controller: another identity, another code. The numbers of what it shows stay.
func (b *Bridge) Reset(_ context.Context, number int) error {
	s, err := b.bridge(number)
	if err != nil {
		return err
	}
	if err := s.change(func(r *bridgeRecord) error {
		shape := r.Shape
		*r = freshRecord(*r)
		r.Shape, r.Config = shape, 1
		return nil
	}); err != nil {
		return err
	}
	s.mu.Lock()
	s.openDesk()
	s.mu.Unlock()
	s.closeConns(func(*conn) bool { return true })
	return nil
}
