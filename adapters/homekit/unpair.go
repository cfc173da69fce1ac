package homekit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/tlv8"
)

// Unpair removes the pairing at the accessory and forgets it. With force it is forgotten even if the accessory cannot be
// told, which then stays paired until it is reset.
func (a *Adapter) Unpair(ctx context.Context, which string, force bool) error {
	a.mu.Lock()
	var l *link
	for key, x := range a.links {
		if s := x.status(); strings.EqualFold(key, which) || strings.EqualFold(s.name, which) {
			l = x
		}
	}
	me, hub := a.me, a.hub
	a.mu.Unlock()
	if l == nil {
		return &RefusalError{"accessory", which, "the name or device id of an accessory that is paired with this hub"}
	}
	if err := l.removePairing(ctx, me.ID); err != nil && !force {
		return fmt.Errorf("%s was not told and is still paired: %w", which, err)
	}
	l.stop()
	<-l.ended
	if err := a.o.Memory.Delete(ctx, bucketPairings, l.id); err != nil {
		return fmt.Errorf("the pairing with %s was not forgotten: %w", which, err)
	}
	a.mu.Lock()
	delete(a.links, l.id)
	a.mu.Unlock()
	for _, s := range l.sources() {
		hub.Gone(s, "the hub is no longer paired with this accessory")
	}
	return nil
}

// removePairing tells the accessory that the hub is its controller no more.
func (l *link) removePairing(ctx context.Context, controller string) error {
	l.mu.Lock()
	c := l.client
	l.mu.Unlock()
	if c == nil {
		return errors.New("it cannot be reached")
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	a, err := c.do(ctx, "POST", "/pairings", contentTLV, removal(controller))
	if err != nil {
		return err
	}
	m, err := tlv8.Parse(a.Body)
	if err != nil {
		return err
	}
	if m.Has(pairing.TagError) {
		return pairing.Code(m.Byte(pairing.TagError))
	}
	return nil
}

// removal is the message that ends a pairing.
func removal(controller string) []byte {
	return tlv8.Items{{Type: pairing.TagState, Value: []byte{1}}, {Type: pairing.TagMethod, Value: []byte{pairing.MethodRemove}}, {Type: pairing.TagIdentifier, Value: []byte(controller)}}.Bytes()
}
