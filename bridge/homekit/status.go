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
}

// Bridges says how each bridge is.
func (b *Bridge) Bridges() []Status {
	var out []Status
	for _, s := range b.all() {
		r := s.record()
		out = append(out, Status{Number: r.Number, ID: r.ID, Name: r.Name, Code: r.Code, URI: pairing.SetupURI(2, r.Code, r.SetupID), Port: s.advert().Port,
			Accessories: len(s.catalogue.Load().list) - 1, Controllers: len(r.Controllers)})
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

// Unpair removes all controllers of a bridge: it can be paired anew with the same code.
func (b *Bridge) Unpair(_ context.Context, number int) error {
	s, err := b.bridge(number)
	if err != nil {
		return err
	}
	if err := s.change(func(r *bridgeRecord) error { r.Controllers = nil; return nil }); err != nil {
		return err
	}
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
