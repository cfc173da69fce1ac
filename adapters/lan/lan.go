// Package lan is what adapters share that speak to devices on the local network themselves: an outbox that sends
// one thing at a time, paced and coalesced ([Outbox]); a poller that waits longer after failures ([Poll]); JSON over HTTP ([HTTP]);
// TLS held to one certificate ([Pinned]); UDP sockets that hear and send multicast on every interface ([Listen]). Package polled
// below it is the whole life of a device that is found by mDNS and polled over HTTP.
//
// Each came from at least two adapters that needed the same.
package lan

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Poll calls f again and again until the context ends: every so often, a tenth more or less so that devices are
// not all asked at once; after a failure sooner or later according to retry, which doubles up to longest.
// A value on now asks at once. The first call is at once.
func Poll(ctx context.Context, every, retry, longest time.Duration, now <-chan struct{}, f func(ctx context.Context) error) {
	wait := retry
	for {
		next := Jitter(every)
		if err := f(ctx); err != nil {
			next = Jitter(wait)
			wait = min(2*wait, longest)
		} else {
			wait = retry
		}
		t := time.NewTimer(next)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		case <-now:
			t.Stop()
		}
	}
}

// Sleep waits and reports whether it came to its end before the context did.
func Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// Jitter is a duration a tenth shorter or longer.
func Jitter(d time.Duration) time.Duration {
	return d - d/10 + time.Duration(rand.Int64N(int64(d/5)+1))
}

// ErrOtherCertificate says that a device shows another certificate than it was paired with.
var ErrOtherCertificate = errors.New("it shows another certificate than when it was paired: it was reset or replaced, or somebody is in between; pair it again if that is no surprise")

// Pinned is TLS to a device whose certificate nobody but itself vouches for: pin is the SHA-256 of the certificate
// seen at pairing. With an empty pin any certificate is taken and given to seen, whose error refuses it.
// Sessions are not resumed, since that skips certificates.
func Pinned(pin string, seen func(name, pin string) error) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection does it
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return errors.New("it shows no certificate")
			}
			leaf := s.PeerCertificates[0]
			sum := sha256.Sum256(leaf.Raw)
			got := hex.EncodeToString(sum[:])
			if pin != "" && got != pin {
				return ErrOtherCertificate
			}
			if seen != nil {
				return seen(leaf.Subject.CommonName, got)
			}
			if pin == "" {
				return fmt.Errorf("no certificate is known for it")
			}
			return nil
		},
	}
}
