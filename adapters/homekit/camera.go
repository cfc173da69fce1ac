package homekit

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/model"
)

const (
	// maxPicture bounds a picture; one of 4K is about 2 MB.
	maxPicture = 8 << 20
	// pictureTimeout bounds the wait for a picture, when the caller does not.
	pictureTimeout = 10 * time.Second
	// albumRest is how long a session for pictures stays open after the last.
	albumRest = time.Minute
)

// ErrNoCamera says that a source has no pictures, or is not there.
var ErrNoCamera = errors.New("the accessory cannot be reached, or has no camera")

// Camera is what one of the adapter's sources has of a camera.
type Camera struct {
	l   *link
	aid uint64
}

// Camera finds the camera of a source; ok is false when it has none, or has not been read yet.
func (a *Adapter) Camera(source model.SourceID) (c *Camera, ok bool) {
	hapID, aid, ok := splitSource(source)
	if !ok {
		return nil, false
	}
	a.mu.Lock()
	l := a.links[hapID]
	a.mu.Unlock()
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.devices[aid]
	return &Camera{l, aid}, d != nil && len(d.streams) > 0
}

// Snapshot takes a picture of a source (JPEG) of about that size in pixels; see adapters.Photographer.
func (a *Adapter) Snapshot(ctx context.Context, source model.SourceID, width, height int) ([]byte, error) {
	c, ok := a.Camera(source)
	if !ok {
		return nil, ErrNoCamera
	}
	return c.Snapshot(ctx, width, height)
}

// Snapshot takes a picture (JPEG) of about that size in pixels.
func (c *Camera) Snapshot(ctx context.Context, width, height int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, pictureTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]any{"resource-type": "image", "image-width": width, "image-height": height, "aid": c.aid})
	if err != nil {
		return nil, err
	}
	for again := true; ; again = false {
		cl, old, err := c.l.album.session(ctx, c.l)
		if err != nil {
			return nil, err
		}
		answer, err := cl.do(ctx, http.MethodPost, "/resource", contentJSON, body)
		switch {
		case err != nil && old && again && ctx.Err() == nil: // the accessory let go of the session meanwhile
			continue
		case err != nil:
			return nil, fmt.Errorf("no picture: %w", err)
		}
		return picture(answer.Status, answer.Body)
	}
}

// picture is what an answer to /resource holds.
func picture(status int, body []byte) ([]byte, error) {
	var refusal struct{ Status int }
	switch {
	case status != http.StatusOK && json.Unmarshal(body, &refusal) == nil && refusal.Status != 0:
		return nil, fmt.Errorf("no picture: %w", statusError(refusal.Status))
	case status != http.StatusOK:
		return nil, fmt.Errorf("no picture: the accessory answers with status %d", status)
	case len(body) > maxPicture:
		return nil, fmt.Errorf("no picture: %d bytes are too many", len(body))
	case http.DetectContentType(body) != "image/jpeg":
		return nil, errors.New("no picture: what the accessory sent is no JPEG")
	}
	return body, nil
}

// Streams are the streams that the camera can send at a time.
func (c *Camera) Streams() []camera.Streaming {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	var out []camera.Streaming
	if d := c.l.devices[c.aid]; d != nil {
		for _, s := range d.streams {
			out = append(out, s.about)
		}
	}
	return out
}

// Open begins a session of its own with the camera, for one of its streams: a stream ends with the session in which it
// was agreed on, and a camera that takes its time delays nothing else.
func (c *Camera) Open(ctx context.Context, number int) (*Stream, error) {
	c.l.mu.Lock()
	d := c.l.devices[c.aid]
	c.l.mu.Unlock()
	if d == nil || number < 0 || number >= len(d.streams) {
		return nil, ErrNoCamera
	}
	cl, err := c.l.another(ctx)
	if err != nil {
		return nil, err
	}
	return &Stream{cl, c.aid, d.streams[number]}, nil
}

// Stream is one stream as it is agreed on and runs. The hub passes on what both sides say; it sees neither pictures nor sound.
type Stream struct {
	client  *client
	aid     uint64
	service streamService
}

// Setup proposes a stream and returns what the camera answers, both as the TLV8 of SetupEndpoints.
func (s *Stream) Setup(ctx context.Context, proposal []byte) ([]byte, error) {
	if err := s.write(ctx, s.service.setup, proposal); err != nil {
		return nil, err
	}
	got, err := s.client.read(ctx, []id{{s.aid, s.service.setup}})
	if err != nil {
		return nil, err
	}
	var text string
	switch {
	case len(got) != 1:
		return nil, fmt.Errorf("the camera answers with %d values", len(got))
	case got[0].Status != nil && *got[0].Status != 0:
		return nil, statusError(*got[0].Status)
	case json.Unmarshal(got[0].Value, &text) != nil:
		return nil, errors.New("the camera's answer is no text")
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("the camera's answer: %w", err)
	}
	if _, err := camera.AnswerOf(b); err != nil {
		return nil, fmt.Errorf("the camera's answer: %w", err)
	}
	return b, nil
}

// Control passes on a command, as the TLV8 of SelectedRTPStreamConfiguration.
func (s *Stream) Control(ctx context.Context, command []byte) error {
	return s.write(ctx, s.service.selected, command)
}

func (s *Stream) write(ctx context.Context, iid uint64, tlv []byte) error {
	value, err := json.Marshal(tlv) // base64, as HAP has it
	if err != nil {
		return err
	}
	got, err := s.client.write(ctx, []entry{{AID: s.aid, IID: iid, Value: value}}, false, 0)
	if err != nil {
		return err
	}
	for _, e := range got {
		if e.Status != nil && *e.Status != 0 {
			return statusError(*e.Status)
		}
	}
	return nil
}

// Done is closed when the session has ended, from whichever side.
func (s *Stream) Done() <-chan struct{} { return s.client.done }

// Close ends the session, and with it the stream.
func (s *Stream) Close() { s.client.close(errors.New("the stream was ended")) }

// another opens a further session with the accessory, where the link's own has found it.
func (l *link) another(ctx context.Context) (*client, error) {
	l.mu.Lock()
	addr, peer, connected := l.rec.Address, l.rec.Peer, l.client != nil
	l.mu.Unlock()
	if !connected {
		return nil, statusUnreachable
	}
	l.a.mu.Lock()
	me, running := l.a.me, l.a.ctx
	l.a.mu.Unlock()
	if running == nil {
		return nil, errNotRunning
	}
	c, err := l.verify(ctx, addr, me, peer, func([]byte) {})
	if err != nil {
		return nil, fmt.Errorf("no further session with the camera: %w", err)
	}
	stop := context.AfterFunc(running, func() { c.close(errNotRunning) })
	go func() {
		<-c.done
		stop()
	}()
	return c, nil
}

// album is a link's session for pictures, which stays open between them: a camera that takes seconds for one delays nothing else.
type album struct {
	mu     sync.Mutex
	client *client
	rest   *time.Timer
}

// session is the session for pictures; old tells that it was open before.
func (b *album) session(ctx context.Context, l *link) (c *client, old bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != nil {
		select {
		case <-b.client.done:
		default:
			b.rest.Reset(albumRest)
			return b.client, true, nil
		}
	}
	if c, err = l.another(ctx); err != nil {
		return nil, false, err
	}
	if b.rest != nil {
		b.rest.Stop()
	}
	b.client, b.rest = c, time.AfterFunc(albumRest, func() { c.close(errors.New("no picture was asked for any longer")) })
	return c, false, nil
}

// close ends the session for pictures, if there is one.
func (b *album) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != nil {
		b.rest.Stop()
		b.client.close(errors.New("the accessory is no longer the hub's"))
	}
}
