package pairing

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/concord-home/hub/hap/tlv8"
)

// bell is an accessory without a socket.
type bell struct {
	desk  *Desk
	me    Identity
	peers map[string]Peer
	now   time.Time
}

func newBell() *bell {
	b := &bell{me: NewIdentity("AA:BB:CC:DD:EE:FF"), peers: map[string]Peer{}, now: time.Unix(1e9, 0)}
	b.desk = NewDesk(DeskOptions{Me: b.me, Code: "031-45-154", Now: func() time.Time { return b.now },
		Paired: func() bool { return len(b.peers) > 0 }, Pair: func(p Peer) error { b.peers[p.ID] = p; return nil }})
	return b
}

// post is one connection to the accessory.
func (b *bell) post(conn string) Post {
	v := NewVerifier(b.me, func(id string) (Peer, bool) { p, ok := b.peers[id]; return p, ok })
	return func(_ context.Context, path string, body []byte) ([]byte, error) {
		if path == "/pair-setup" {
			return b.desk.Answer(conn, body), nil
		}
		answer, _, _ := v.Answer(body)
		return answer, nil
	}
}

func (b *bell) pair(t *testing.T, me Identity, code string) (Peer, error) {
	t.Helper()
	for {
		p, err := Setup(t.Context(), b.post("first"), me, code)
		if !errors.Is(err, ErrAgain) {
			return p, err
		}
	}
}

func TestPairingOnceThenVerifyingGivesBothSidesTheSameKeys(t *testing.T) {
	b, me := newBell(), NewIdentity("hub")
	peer, err := b.pair(t, me, "03145154")
	if err != nil {
		t.Fatal(err)
	}
	if peer.ID != b.me.ID || !bytes.Equal(peer.Public, b.me.Public()) || !bytes.Equal(b.peers["hub"].Public, me.Public()) {
		t.Fatal("the sides do not know each other's keys")
	}
	v := NewVerifier(b.me, func(id string) (Peer, bool) { p, ok := b.peers[id]; return p, ok })
	var theirs Keys
	mine, err := Verify(t.Context(), func(_ context.Context, _ string, body []byte) ([]byte, error) {
		answer, _, k := v.Answer(body)
		theirs = k
		return answer, nil
	}, me, peer)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mine.Read, theirs.Write) || !bytes.Equal(mine.Write, theirs.Read) || bytes.Equal(mine.Read, mine.Write) {
		t.Error("the session's keys do not fit")
	}
}

func TestWrongCodesAreCountedAndEndInALockOut(t *testing.T) {
	b := newBell()
	bad := func() error { _, err := b.pair(t, NewIdentity("hub"), "111-22-333"); return err }
	kept := 0
	b.desk.o.Tried = func(n int) error { kept = n; return nil }
	b.desk.tries = MaxTries - 1 // each try costs both sides a few big exponentiations
	if err := bad(); !errors.Is(err, CodeAuthentication) {
		t.Fatalf("a wrong code: %v", err)
	}
	if err := bad(); !errors.Is(err, CodeMaxTries) {
		t.Fatalf("after %d wrong codes: %v", MaxTries, err)
	}
	if _, err := b.pair(t, NewIdentity("hub"), "031-45-154"); !errors.Is(err, CodeMaxTries) {
		t.Errorf("the right code after the lock-out: %v", err)
	}
	o := b.desk.o
	o.Tries = kept
	b.desk = NewDesk(o) // a restart
	if _, err := b.pair(t, NewIdentity("hub"), "031-45-154"); !errors.Is(err, CodeMaxTries) {
		t.Errorf("the right code after a restart: %v; %d tries were kept", err, kept)
	}
}

func TestATryThatCannotBeCountedIsNone(t *testing.T) {
	b := newBell()
	b.desk.o.Tried = func(int) error { return errors.New("disk full") }
	if _, err := b.pair(t, NewIdentity("hub"), "031-45-154"); !errors.Is(err, CodeUnknown) {
		t.Errorf("got %v", err)
	}
}

var m1 = tlv8.Items{state(1), {Type: TagMethod, Value: []byte{0}}}.Bytes()

func TestPeersThatRestDelayNobody(t *testing.T) {
	b := newBell()
	for i := range 20 {
		b.desk.Answer(i, m1)
	}
	if _, err := b.pair(t, NewIdentity("hub"), "031-45-154"); err != nil {
		t.Errorf("beside peers that rest: %v", err)
	}
	if len(b.desk.runs) > 0 {
		t.Errorf("%d runs are left", len(b.desk.runs))
	}
}

func TestAPeerThatRestedGoesOnWhereItWas(t *testing.T) {
	b := newBell()
	slow := b.post("slow")
	other := 0
	_, err := Setup(t.Context(), func(ctx context.Context, path string, body []byte) ([]byte, error) {
		if other++; other == 2 { // between its M2 and M3 others come, and one tries a wrong code
			b.desk.Answer("idle", m1)
			b.now = b.now.Add(time.Hour)
			if _, err := b.pair(t, NewIdentity("stranger"), "111-22-333"); !errors.Is(err, CodeAuthentication) {
				t.Errorf("the stranger: %v", err)
			}
		}
		return slow(ctx, path, body)
	}, NewIdentity("hub"), "031-45-154")
	if err != nil && !errors.Is(err, ErrAgain) {
		t.Error(err)
	}
}

func TestTheDeskIsBusyWhileOneHasProvedTheCode(t *testing.T) {
	b := newBell()
	first, asked := b.post("first"), 0
	_, err := Setup(t.Context(), func(ctx context.Context, path string, body []byte) ([]byte, error) {
		if asked++; asked == 3 {
			if got := b.desk.Answer("other", m1); !bytes.Equal(got, Refusal(2, CodeBusy)) {
				t.Errorf("while another is about to be paired: %x", got)
			}
			b.now = b.now.Add(maxHold)
			if got := b.desk.Answer("other", m1); bytes.Equal(got, Refusal(2, CodeBusy)) {
				t.Errorf("it holds the desk for longer than %v", maxHold)
			}
		}
		return first(ctx, path, body)
	}, NewIdentity("hub"), "031-45-154")
	if err != nil && !errors.Is(err, ErrAgain) {
		t.Error(err)
	}
}

func TestAPairedAccessoryTakesNoSecondSetup(t *testing.T) {
	b := newBell()
	if _, err := b.pair(t, NewIdentity("hub"), "031-45-154"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.pair(t, NewIdentity("other"), "031-45-154"); !errors.Is(err, CodeUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestStepsOutOfOrderAndDamagedMessagesAreRefused(t *testing.T) {
	b := newBell()
	for name, body := range map[string][]byte{
		"M3 first": tlv8.Items{state(3)}.Bytes(), "M5 first": tlv8.Items{state(5)}.Bytes(), "cut": {6, 9, 1}, "nothing": nil, "a step that is none": tlv8.Items{state(77)}.Bytes(),
	} {
		m, err := tlv8.Parse(b.desk.Answer("c", body))
		if err != nil || !m.Has(TagError) {
			t.Errorf("%s: %v %v", name, m, err)
		}
		v := NewVerifier(b.me, func(string) (Peer, bool) { return Peer{}, false })
		answer, peer, _ := v.Answer(body)
		if m, err := tlv8.Parse(answer); err != nil || !m.Has(TagError) || peer != nil {
			t.Errorf("verify, %s: %v %v", name, m, err)
		}
	}
	// M3 of pair-verify with short data made the stock library panic.
	v := NewVerifier(b.me, func(string) (Peer, bool) { return Peer{}, false })
	own := NewVerifier(NewIdentity("x"), nil)
	v.Answer(tlv8.Items{state(1), {Type: TagPublicKey, Value: bytes.Repeat([]byte{9}, 32)}}.Bytes())
	for _, data := range [][]byte{nil, {1}, bytes.Repeat([]byte{1}, 15)} {
		if answer, peer, _ := v.Answer(tlv8.Items{state(3), {Type: TagEncrypted, Value: data}}.Bytes()); peer != nil || len(answer) == 0 {
			t.Errorf("%d bytes were taken", len(data))
		}
	}
	if answer, _, _ := own.Answer(tlv8.Items{state(1), {Type: TagPublicKey, Value: make([]byte, 32)}}.Bytes()); !bytes.Equal(answer, Refusal(2, CodeUnknown)) {
		t.Error("a session key of low order was taken")
	}
}

func TestNobodyIsVerifiedWhoIsNotPairedOrHasAnotherKey(t *testing.T) {
	b, me := newBell(), NewIdentity("hub")
	peer, err := b.pair(t, me, "031-45-154")
	if err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]Identity{"unknown": NewIdentity("stranger"), "another key": NewIdentity("hub")} {
		if _, err := Verify(t.Context(), b.post("c"), who, peer); !errors.Is(err, CodeAuthentication) {
			t.Errorf("%s: %v", name, err)
		}
	}
	impostor := newBell()
	impostor.peers = b.peers
	if _, err := Verify(t.Context(), impostor.post("c"), me, peer); !errors.Is(err, ErrStranger) {
		t.Errorf("an accessory with another key: %v", err)
	}
}

// Replaying another session's last message opens nothing.
func TestAReplayedProofIsRefused(t *testing.T) {
	b, me := newBell(), NewIdentity("hub")
	peer, err := b.pair(t, me, "031-45-154")
	if err != nil {
		t.Fatal(err)
	}
	var recorded [][]byte
	live := b.post("c")
	if _, err := Verify(t.Context(), func(ctx context.Context, path string, body []byte) ([]byte, error) {
		recorded = append(recorded, bytes.Clone(body))
		return live(ctx, path, body)
	}, me, peer); err != nil {
		t.Fatal(err)
	}
	v := NewVerifier(b.me, func(id string) (Peer, bool) { p, ok := b.peers[id]; return p, ok })
	v.Answer(recorded[0])
	if _, p, _ := v.Answer(recorded[1]); p != nil {
		t.Error("a replayed proof opened a session")
	}
}

func TestCodes(t *testing.T) {
	for in, want := range map[string]string{"12345679": "123-45-679", "123-45-679": "123-45-679", "1234 5679": "123-45-679", "1234567": "", "1234567x": ""} {
		got, err := FormatCode(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for range 100 {
		if c := NewCode(); len(c) != 10 || c == "123-45-678" {
			t.Errorf("new code %q", c)
		}
	}
	// As hap-nodejs and homebridge print it.
	if got := SetupURI(2, "111-22-333", "E6CD"); got != "X-HM://0023NJY59E6CD" {
		t.Errorf("set-up URI %s", got)
	}
}

func FuzzDeskAndVerifier(f *testing.F) {
	f.Add(tlv8.Items{state(1)}.Bytes(), tlv8.Items{state(3), {Type: TagProof, Value: make([]byte, 64)}}.Bytes())
	b := newBell()
	f.Fuzz(func(t *testing.T, one, two []byte) {
		v := NewVerifier(b.me, func(string) (Peer, bool) { return Peer{}, false })
		for _, m := range [][]byte{one, two} {
			if m2, _ := tlv8.Parse(m); m2.Byte(TagState) != 1 { // M1 is slow and takes nothing
				b.desk.Answer("c", m)
			}
			if _, p, _ := v.Answer(m); p != nil {
				t.Fatal("a stranger was verified")
			}
		}
	})
}
