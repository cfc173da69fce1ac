package homekit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/hap/tlv8"
	"github.com/concord-home/hub/model"
)

// eye is a camera of a test: it agrees to every stream, but for what the test breaks.
type eye struct {
	mu       sync.Mutex
	streams  []camera.Streaming
	answer   func(session camera.Session) []byte // nil: it agrees
	fails    error
	hold     chan struct{} // a picture waits for it; nil: at once
	pictures int
	open     []*eyeStream
}

// refusing is a camera's error with a status of HAP.
type refusing int

func (r refusing) Error() string  { return fmt.Sprint(int(r)) }
func (r refusing) HAPStatus() int { return int(r) }

func (e *eye) Snapshot(ctx context.Context, w, h int) ([]byte, error) {
	e.mu.Lock()
	e.pictures++
	n, hold, err := e.pictures, e.hold, e.fails
	e.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return fmt.Appendf(nil, "\xff\xd8 picture %d of %d × %d", n, w, h), err
}

func (e *eye) Streams() []camera.Streaming { e.mu.Lock(); defer e.mu.Unlock(); return e.streams }

func (e *eye) Open(context.Context, int) (Stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fails != nil {
		return nil, e.fails
	}
	s := &eyeStream{eye: e, done: make(chan struct{})}
	e.open = append(e.open, s)
	return s, nil
}

// opened is the number of streams that were ever opened, and of those that have not ended.
func (e *eye) opened() (all, alive int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.open {
		select {
		case <-s.done:
		default:
			alive++
		}
	}
	return len(e.open), alive
}

type eyeStream struct {
	eye      *eye
	once     sync.Once
	done     chan struct{}
	mu       sync.Mutex
	commands []byte
}

func (s *eyeStream) Setup(_ context.Context, proposal []byte) ([]byte, error) {
	p, err := camera.SetupOf(proposal)
	if err != nil {
		return nil, err
	}
	s.eye.mu.Lock()
	answer := s.eye.answer
	s.eye.mu.Unlock()
	if answer != nil {
		return answer(p.Session), nil
	}
	return tlv8.Items{{Type: 1, Value: p.Session[:]}, {Type: 2, Value: []byte{camera.Agreed}}, {Type: 3, Value: address(6000)}, {Type: 6, Value: []byte{1, 2, 3, 4}}, {Type: 7, Value: []byte{5}}}.Bytes(), nil
}

func (s *eyeStream) Control(_ context.Context, b []byte) error {
	c, err := camera.ControlOf(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, c.Command)
	return err
}

func (s *eyeStream) Done() <-chan struct{} { return s.done }
func (s *eyeStream) Close()                { s.once.Do(func() { close(s.done) }) }

func address(port uint16) []byte {
	return tlv8.Items{{Type: 1, Value: []byte{0}}, {Type: 2, Value: []byte("192.0.2.7")}, {Type: 3, Value: []byte{byte(port), byte(port >> 8)}}, {Type: 4, Value: []byte{byte(port), byte(port >> 8)}}}.Bytes()
}

// cameraRig is a house with a camera that has so many streams, shown.
func cameraRig(t *testing.T, streams int) (*rig, *eye) {
	t.Helper()
	porch := one("porch", "Porch", "camera", attribute{name: "camera.streams", value: model.Set(), constant: true}, yes("camera.privacy", false),
		word("camera.night_vision", "auto", "off", "auto"), yes("occupancy.occupied", false), num("audio_volume.volume", 50), yes("audio_volume.muted", false))
	porch.parts[0].events = []model.EventInfo{{Event: "doorbell.ring"}}
	e := &eye{}
	for range streams {
		e.streams = append(e.streams, camera.PicturesOnly())
	}
	r := newRig(t, t.TempDir(), []device{porch}, func(o *Options) {
		o.AnswerWithin, o.Camera = 10*time.Second, func(model.DeviceID) Camera { return e }
	})
	if err := r.bridge.Show(t.Context(), "camera/"+string(r.hub.View().Devices()[0].ID), true); err != nil {
		t.Fatal(err)
	}
	return r, e
}

// stream is a phone's view of the stream services of a camera.
type stream struct{ setup, selected, status found }

func (p *phone) streams(t *testing.T) []stream {
	t.Helper()
	var db struct {
		Accessories []struct {
			AID      uint64
			Services []struct {
				Type            string
				Characteristics []struct {
					IID  uint64
					Type string
				}
			}
		}
	}
	if err := json.Unmarshal(p.ask("GET", "/accessories", nil).Body, &db); err != nil {
		t.Fatal(err)
	}
	var out []stream
	for _, a := range db.Accessories {
		for _, s := range a.Services {
			if s.Type != "110" {
				continue
			}
			x := map[string]found{}
			for _, c := range s.Characteristics {
				x[c.Type] = found{AID: a.AID, IID: c.IID}
			}
			out = append(out, stream{x["118"], x["117"], x["120"]})
		}
	}
	return out
}

func quoted(b []byte) string { return `"` + base64.StdEncoding.EncodeToString(b) + `"` }

// propose writes a proposal and reads what it has come to, in the same session.
func (p *phone) propose(s stream, id byte) camera.Answer {
	p.t.Helper()
	session := camera.Session{id}
	if _, st := p.put(s.setup, quoted(tlv8.Items{{Type: 1, Value: session[:]}, {Type: 3, Value: address(50000)}}.Bytes())); st != 0 {
		p.t.Fatalf("proposing: %d", st)
	}
	text, st := p.get(s.setup)
	b, err := base64.StdEncoding.DecodeString(strings.Trim(text, `"`))
	a, err2 := camera.AnswerOf(b)
	if st != 0 || err != nil || err2 != nil {
		p.t.Fatalf("reading the answer: %d %v %v", st, err, err2)
	}
	return a
}

func (p *phone) command(s stream, id, command byte) int {
	p.t.Helper()
	session := camera.Session{id}
	_, st := p.put(s.selected, quoted(camera.Command(&session, command)))
	return st
}

func (p *phone) awaitStatus(s stream, want byte) {
	p.t.Helper()
	eventually(p.t, "the stream's status", func() error {
		if got, st := p.get(s.status); st != 0 || got != quoted(camera.Status(want)) {
			return fmt.Errorf("%s, %d", got, st)
		}
		return nil
	})
}

func TestACameraShowsWhenAskedForWithWhatBelongsToIt(t *testing.T) {
	r, _ := cameraRig(t, 2)
	p := newPhone(r, 1).open(r.addr(1))
	if n := len(p.streams(t)); n != 2 {
		t.Fatalf("%d streams", n)
	}
	for service, char := range map[string]string{"121": "73", "85": "22", "113": "11A", "21A": "21B"} { // doorbell, motion, loudspeaker, mode
		p.find("Porch", service, char)
	}
	if got, _ := p.get(p.find("Porch", "21A", "21B")); got != "1" {
		t.Errorf("it is active: %s", got)
	}
	if _, st := p.put(p.find("Porch", "21A", "21B"), "0"); st != 0 {
		t.Errorf("privacy: %d", st)
	}
	p.awaitStatus(p.streams(t)[0], camera.Unavailable)
	key := "camera/" + string(r.hub.View().Devices()[0].ID)
	before := p.find("Porch", "121", "73")
	if err := r.bridge.Show(t.Context(), key, false); err != nil {
		t.Fatal(err)
	}
	if n := len(p.streams(t)); n != 0 {
		t.Errorf("%d streams once it is hidden", n)
	}
	if after := p.find("Porch", "121", "73"); after.IID != before.IID {
		t.Errorf("the doorbell became another: %d, was %d", after.IID, before.IID)
	}
}

func TestPicturesAreTheCamerasAndARefusalIsPassedOn(t *testing.T) {
	r, e := cameraRig(t, 1)
	p := newPhone(r, 1).open(r.addr(1))
	aid := p.streams(t)[0].setup.AID
	ask := func(p *phone, what string) (int, string) {
		a := p.ask("POST", "/resource", []byte(what))
		return a.Status, string(a.Body)
	}
	image := fmt.Sprintf(`{"resource-type":"image","aid":%d,"image-width":640,"image-height":360}`, aid)

	if st, body := ask(p, image); st != 200 || !strings.HasPrefix(body, "\xff\xd8 picture ") || !strings.HasSuffix(body, "640 × 360") {
		t.Errorf("%d %q", st, body)
	}
	for what, want := range map[string]int{
		`{"resource-type":"image","aid":1}`:      404,
		`{"resource-type":"image"}`:              404,
		`{"resource-type":"sound","aid":2}`:      400,
		`nothing`:                                400,
		strings.Replace(image, "640", "1e99", 1): 400,
	} {
		if st, body := ask(p, what); st != want {
			t.Errorf("%s: %d %s, want %d", what, st, body, want)
		}
	}
	e.mu.Lock()
	e.fails = refusing(statusNotNow)
	e.mu.Unlock()
	if st, body := ask(p, strings.Replace(image, "640", "320", 1)); st != 207 || body != `{"status":-70412}` {
		t.Errorf("a camera that refuses: %d %s", st, body)
	}
}

func TestPhonesThatAskAtOnceShareAPicture(t *testing.T) {
	r, e := cameraRig(t, 1)
	e.hold = make(chan struct{})
	view := r.hub.View()
	key := shotKey{view.Devices()[0].ID, 640, 360}
	got := make(chan string)
	for range 3 {
		go func() {
			b, _ := r.bridge.cams.picture(t.Context(), view, key, time.Minute)
			got <- string(b)
		}()
	}
	eventually(t, "the picture is being taken", func() error {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.pictures == 0 {
			return errors.New("not yet")
		}
		return nil
	})
	smaller := shotKey{key.device, 320, 180}
	if _, st := r.bridge.cams.picture(t.Context(), view, smaller, time.Millisecond); st != statusTimedOut {
		t.Errorf("a camera that takes too long: %d", st)
	}
	close(e.hold)
	for range 3 {
		if b := <-got; !strings.HasPrefix(b, "\xff\xd8 picture 1 of 640") { // those that came late find it fresh
			t.Errorf("got %q", b)
		}
	}
}

func TestAStreamIsPassedOnAndEndsWithThePhone(t *testing.T) {
	r, e := cameraRig(t, 1)
	p := newPhone(r, 1)
	q := p.another(r.addr(1))
	one := p.brief(r.addr(1))
	s := one.streams(t)[0]
	one.awaitStatus(s, camera.Available)
	q.watch(s.status)

	a := one.propose(s, 1)
	if a.Status != camera.Agreed || a.Ends.VideoPort != 6000 || a.VideoSSRC != 0x04030201 || a.AudioSSRC != 5 {
		t.Fatalf("%+v", a)
	}
	if got := q.event(); !strings.Contains(got, strings.Trim(quoted(camera.Status(camera.InUse)), `"`)) {
		t.Errorf("the other phone hears %s", got)
	}
	if b := q.propose(s, 2); b.Status != camera.Busy || b.Session != (camera.Session{2}) {
		t.Errorf("a second phone: %+v", b)
	}
	if st := q.command(s, 1, camera.End); st != 0 {
		t.Errorf("another's end: %d", st)
	}
	if st := q.command(s, 1, camera.Suspend); st != statusInvalid {
		t.Errorf("another's stream: %d", st)
	}
	for _, c := range []byte{camera.Start, camera.Reconfigure, camera.Suspend, camera.Resume} {
		if st := one.command(s, 1, c); st != 0 {
			t.Errorf("command %d: %d", c, st)
		}
	}
	if _, alive := e.opened(); alive != 1 {
		t.Fatalf("%d streams run", alive)
	}
	one.raw.Close() // the phone leaves
	q.awaitStatus(s, camera.Available)
	if all, alive := e.opened(); all != 1 || alive != 0 {
		t.Errorf("%d streams were opened, %d run", all, alive)
	}
	if got := e.open[0].commands; !bytes.Equal(got, []byte{camera.Start, camera.Reconfigure, camera.Suspend, camera.Resume}) {
		t.Errorf("the camera was told %v", got)
	}

	q.propose(s, 3)
	if st := q.command(s, 3, camera.Start); st != 0 {
		t.Fatal(st)
	}
	e.open[1].Close() // the camera ends it
	q.awaitStatus(s, camera.Available)
	q.propose(s, 4)
	if st := q.command(s, 4, camera.End); st != 0 {
		t.Fatal(st)
	}
	q.awaitStatus(s, camera.Available)
	q.propose(s, 5)
	if err := r.bridge.Show(t.Context(), "camera/"+string(r.hub.View().Devices()[0].ID), false); err != nil {
		t.Fatal(err)
	}
	if _, alive := e.opened(); alive != 0 {
		t.Error("a stream goes on of a camera that is no longer shown")
	}
}

func TestTwoPhonesAtOnceOnACameraWithTwoStreams(t *testing.T) {
	r, e := cameraRig(t, 2)
	p := newPhone(r, 1)
	a, b := p.another(r.addr(1)), p.another(r.addr(1))
	s := a.streams(t)
	if x, y := a.propose(s[0], 1), b.propose(s[1], 2); x.Status != camera.Agreed || y.Status != camera.Agreed {
		t.Fatalf("%+v, %+v", x, y)
	}
	if _, alive := e.opened(); alive != 2 {
		t.Errorf("%d streams", alive)
	}
}

func TestWhatACameraDoesNotAgreeToComesThrough(t *testing.T) {
	r, e := cameraRig(t, 1)
	p := newPhone(r, 1).open(r.addr(1))
	s := p.streams(t)[0]
	e.mu.Lock()
	e.answer = func(id camera.Session) []byte { return camera.Refusal(id, camera.Busy) }
	e.mu.Unlock()
	if a := p.propose(s, 1); a.Status != camera.Busy {
		t.Errorf("busy elsewhere: %+v", a)
	}
	p.awaitStatus(s, camera.Available)
	e.mu.Lock()
	e.fails = refusing(statusNoResources)
	e.mu.Unlock()
	proposal := quoted(tlv8.Items{{Type: 1, Value: make([]byte, 16)}, {Type: 3, Value: address(50000)}}.Bytes())
	if _, st := p.put(s.setup, proposal); st != statusNoResources {
		t.Errorf("a camera that cannot: %d", st)
	}
	for _, bad := range []string{`"?"`, `"CQ=="`, `""`, `7`} {
		if _, st := p.put(s.setup, bad); st != statusInvalid {
			t.Errorf("%s: %d", bad, st)
		}
		if _, st := p.put(s.selected, bad); st != statusInvalid {
			t.Errorf("%s: %d", bad, st)
		}
	}
	e.mu.Lock()
	e.streams, e.fails, e.answer = nil, nil, nil // it has pictures only, or none any more
	e.mu.Unlock()
	if a := p.propose(s, 2); a.Status != camera.Failed || a.Session != (camera.Session{2}) {
		t.Errorf("without a stream: %+v", a)
	}
	p.awaitStatus(s, camera.Unavailable)
	if n := len(p.streams(t)); n != 1 {
		t.Errorf("%d stream services", n)
	}
}
