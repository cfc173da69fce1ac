package homekit

import (
	"context"
	"encoding/base64"
	"sync"
	"time"

	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Stream is a session with a camera, in which one stream is agreed on and runs. What is said is TLV8, passed on as it is: phone
// and camera send each other SRTP, and the hub sees none of it.
type Stream interface {
	// Setup proposes a stream (SetupEndpoints) and returns what the camera answers.
	Setup(ctx context.Context, proposal []byte) (answer []byte, err error)
	// Control passes on a command (SelectedRTPStreamConfiguration).
	Control(ctx context.Context, command []byte) error
	// Done is closed when the session has ended, from whichever side.
	Done() <-chan struct{}
	// Close ends the session, and the stream with it.
	Close()
}

// startWithin is how long a phone may take from an agreed stream to its start.
const startWithin = 30 * time.Second

// streamKey names a stream service: the camera, and the number of its stream from 0.
type streamKey struct {
	device model.DeviceID
	number int
}

// cameras are the pictures and streams that phones are being given. A stream belongs to the connection in which it was
// agreed on, and ends with it; a stream service serves one at a time.
type cameras struct {
	find  func(model.DeviceID) Camera // nil: nobody has it
	tell  func(streamKey)             // a stream service is free now, or is not
	album album

	watching sync.WaitGroup

	mu     sync.Mutex // guards relays and what is in them
	relays map[streamKey]*relay
}

// relay is a stream service in use.
type relay struct {
	owner    *conn
	session  camera.Session
	to       Stream // nil while it is being agreed on
	started  bool
	selected []byte
}

func newCameras(find func(model.DeviceID) Camera, tell func(streamKey)) *cameras {
	if find == nil {
		find = func(model.DeviceID) Camera { return nil }
	}
	return &cameras{find: find, tell: tell, album: album{shots: map[shotKey]*shot{}}, relays: map[streamKey]*relay{}}
}

// status is how a stream service is.
func (c *cameras) status(d *home.Device, key streamKey) byte {
	c.mu.Lock()
	busy := c.relays[key] != nil
	c.mu.Unlock()
	if busy {
		return camera.InUse
	}
	if cam := c.find(key.device); cam == nil || len(cam.Streams()) <= key.number || private(d) {
		return camera.Unavailable
	}
	return camera.Available
}

// setup passes a phone's proposal on; what it comes to is kept for the phone to read.
func (c *cameras) setup(ctx context.Context, by *conn, key streamKey, proposal []byte) int {
	s, err := camera.SetupOf(proposal)
	if err != nil {
		return statusInvalid
	}
	if st := ready(by.s.o.House.View(), key.device); st != statusOK {
		return st
	}
	cam := c.find(key.device)
	if cam == nil || len(cam.Streams()) <= key.number {
		by.keepSetup(key, camera.Refusal(s.Session, camera.Failed))
		return statusOK
	}
	x, free := c.claim(key, &relay{owner: by, session: s.Session})
	if !free {
		by.keepSetup(key, camera.Refusal(s.Session, camera.Busy))
		return statusOK
	}
	to, answer, err := agree(ctx, cam, key.number, proposal)
	if to == nil { // the camera cannot, or does not want to
		c.release(key, x)
		if err != nil {
			by.s.log.Debug("a camera did not agree on a stream", "device", key.device, "err", err)
			return statusOfCamera(err)
		}
		by.keepSetup(key, answer)
		return statusOK
	}
	c.mu.Lock()
	x.to = to
	still := c.relays[key] == x
	c.mu.Unlock()
	if !still { // no longer shown, meanwhile
		to.Close()
		return statusNoSuch
	}
	by.keepSetup(key, answer)
	c.watching.Go(func() { c.watch(key, x) })
	return statusOK
}

// agree opens a session with the camera and proposes; without an error and without a stream the camera has refused.
func agree(ctx context.Context, cam Camera, number int, proposal []byte) (Stream, []byte, error) {
	to, err := cam.Open(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	answer, err := to.Setup(ctx, proposal)
	if err == nil {
		var a camera.Answer
		if a, err = camera.AnswerOf(answer); err == nil && a.Status == camera.Agreed {
			return to, answer, nil
		}
	}
	to.Close()
	return nil, answer, err
}

// claim takes a stream service, if it is free. What the same phone agreed on before ends.
func (c *cameras) claim(key streamKey, x *relay) (*relay, bool) {
	c.mu.Lock()
	old := c.relays[key]
	if old != nil && (old.owner != x.owner || old.to == nil) {
		c.mu.Unlock()
		return nil, false
	}
	c.relays[key] = x
	c.mu.Unlock()
	if old != nil {
		old.to.Close()
	}
	c.tell(key)
	return x, true
}

// release frees a stream service, unless it is somebody else's by now.
func (c *cameras) release(key streamKey, x *relay) {
	c.mu.Lock()
	mine := c.relays[key] == x
	if mine {
		delete(c.relays, key)
	}
	c.mu.Unlock()
	if mine {
		c.tell(key)
	}
}

// watch frees the service when the camera ends the session, or the phone does not start what it agreed on.
func (c *cameras) watch(key streamKey, x *relay) {
	idle := time.NewTimer(startWithin)
	defer idle.Stop()
	for {
		select {
		case <-x.to.Done():
			c.release(key, x)
			return
		case <-idle.C:
			c.mu.Lock()
			started := x.started
			c.mu.Unlock()
			if !started {
				x.to.Close()
			}
		}
	}
}

// control passes a phone's command on. The end of what has ended already is no error.
func (c *cameras) control(ctx context.Context, by *conn, key streamKey, command []byte) int {
	cmd, err := camera.ControlOf(command)
	if err != nil {
		return statusInvalid
	}
	c.mu.Lock()
	x := c.relays[key]
	if x != nil && (x.to == nil || x.session != cmd.Session || x.owner != by) {
		x = nil
	}
	c.mu.Unlock()
	switch {
	case x == nil && cmd.Command == camera.End:
		return statusOK
	case x == nil:
		return statusInvalid
	}
	err = x.to.Control(ctx, command)
	switch {
	case cmd.Command == camera.End, err != nil && cmd.Command == camera.Start:
		x.to.Close() // ends it also at a camera that did not understand
		c.release(key, x)
		if cmd.Command == camera.End {
			return statusOK
		}
	case err == nil:
		c.mu.Lock()
		x.started, x.selected = true, command
		c.mu.Unlock()
	}
	return statusOfCamera(err)
}

// selected is what was selected last, as a characteristic's value.
func (c *cameras) selected(key streamKey) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := camera.Command(nil, camera.Suspend)
	if x := c.relays[key]; x != nil && x.selected != nil {
		b = x.selected
	}
	return base64.StdEncoding.EncodeToString(b)
}

// end ends streams.
func (c *cameras) end(which func(streamKey, *relay) bool) {
	gone := map[streamKey]*relay{}
	c.mu.Lock()
	for key, x := range c.relays {
		if which(key, x) {
			gone[key] = x
		}
	}
	c.mu.Unlock()
	for key, x := range gone {
		c.release(key, x)
		c.mu.Lock()
		to := x.to
		c.mu.Unlock()
		if to != nil {
			to.Close()
		}
	}
}

// keepSetup keeps what a phone's proposal has come to.
func (c *conn) keepSetup(key streamKey, answer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setups[key] = answer
}

// setupAnswer is what the phone's last proposal has come to, as a characteristic's value.
func (c *conn) setupAnswer(key streamKey) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.setups[key]
	if !ok {
		b = camera.Idle()
	}
	return base64.StdEncoding.EncodeToString(b)
}
