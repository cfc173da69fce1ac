package homekit

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Limits of a picture's size, in pixels; what is beyond is asked for at the limit.
const (
	minPixels = 16
	maxPixels = 4096
)

// resource answers a request for a picture.
func (c *conn) resource(ctx context.Context, body []byte) answer {
	var q struct {
		AID    uint64 `json:"aid"`
		Type   string `json:"resource-type"`
		Width  int    `json:"image-width"`
		Height int    `json:"image-height"`
	}
	if json.Unmarshal(body, &q) != nil || q.Type != "image" {
		return failed(http.StatusBadRequest, statusInvalid)
	}
	device, ok := c.s.catalogue.Load().cameras[q.AID]
	if !ok {
		return failed(http.StatusNotFound, statusNoSuch)
	}
	size := func(x int) int { return min(max(x, minPixels), maxPixels) }
	picture, status := c.s.cams.picture(ctx, c.s.o.House.View(), shotKey{device, size(q.Width), size(q.Height)}, c.s.o.AnswerWithin)
	if status != statusOK {
		return failed(http.StatusMultiStatus, status)
	}
	return answer{status: http.StatusOK, content: "image/jpeg", body: picture}
}

// shotKey names a picture of one size.
type shotKey struct {
	device        model.DeviceID
	width, height int
}

// shot is a picture that was or is being taken.
type shot struct {
	done    chan struct{}
	picture []byte
	err     error
}

// fresh is how long a picture serves everybody who asks: several phones show the same tile.
const fresh = time.Second

// album keeps pictures while they are fresh.
type album struct {
	mu    sync.Mutex
	shots map[shotKey]*shot
}

// picture takes a picture, or waits for the one that somebody else is being given.
func (c *cameras) picture(ctx context.Context, v *home.View, key shotKey, within time.Duration) ([]byte, int) {
	if st := ready(v, key.device); st != statusOK {
		return nil, st
	}
	cam := c.find(key.device)
	if cam == nil {
		return nil, statusUnreachable
	}
	c.album.mu.Lock()
	s, taken := c.album.shots[key]
	if !taken {
		s = &shot{done: make(chan struct{})}
		c.album.shots[key] = s
	}
	c.album.mu.Unlock()
	if taken {
		<-s.done
		return s.picture, statusOfCamera(s.err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within) // others wait for it, too
	defer cancel()
	if s.picture, s.err = cam.Snapshot(ctx, key.width, key.height); s.err != nil && ctx.Err() != nil {
		s.err = context.DeadlineExceeded
	}
	close(s.done)
	time.AfterFunc(fresh, func() {
		c.album.mu.Lock()
		defer c.album.mu.Unlock()
		delete(c.album.shots, key)
	})
	return s.picture, statusOfCamera(s.err)
}
