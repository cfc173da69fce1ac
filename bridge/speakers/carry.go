package speakers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// ScenePrefix begins the id under which a platform sees a scene.
const ScenePrefix = "scene-"

// MaxBody bounds what a platform may send, in bytes.
const MaxBody = 1 << 20

// Wish is what a platform wants of one of its devices.
type Wish struct {
	ID string // a device's, or ScenePrefix and a scene's
	// Ask puts it in the house's words; the reason says why it cannot be.
	Ask func(*home.Device) (home.Ask, model.ReasonCode)
	// Starts says that the wish, made of a scene, runs it.
	Starts bool
	// At is when to do it; zero: now. Said is it in words, for who is told later what was done.
	At   time.Time
	Said string
}

// maxDelay is how far ahead a platform's timer may lie.
const maxDelay = 7 * 24 * time.Hour

// Carry carries out wishes together and waits until they have ended, or patience has. For platforms that pass on no PIN: what
// would open the house is refused.
func (c *Core) Carry(ctx context.Context, l Link, wishes []Wish) []Outcome {
	out := make([]Outcome, len(wishes))
	var asks []home.Ask
	var places []int
	for i, w := range wishes {
		if scene, is := strings.CutPrefix(w.ID, ScenePrefix); is {
			switch {
			case !w.Starts:
				out[i] = refused(model.ReasonUnsupported)
			case c.RunScene(ctx, scene, l) != nil:
				out[i] = refused(model.ReasonUnknownDevice)
			}
			continue
		}
		d, ok := c.Device(l.Platform, model.DeviceID(w.ID))
		if !ok {
			out[i] = refused(model.ReasonUnknownDevice)
			continue
		}
		ask, why := w.Ask(d)
		if why == "" && Unlocks(d, ask) {
			why = model.ReasonForbidden
		}
		if why != "" {
			out[i] = refused(why)
			continue
		}
		ask.Device, ask.Cause = d.ID, Cause(l)
		if !w.At.IsZero() {
			out[i] = c.postpone(ctx, l, w, ask)
			continue
		}
		asks, places = append(asks, ask), append(places, i)
	}
	for i, o := range c.Do(ctx, asks) {
		out[places[i]] = o
	}
	return out
}

func (c *Core) postpone(ctx context.Context, l Link, w Wish, a home.Ask) Outcome {
	switch ahead := w.At.Sub(c.Now()); {
	case c.o.Later == nil:
		return refused(model.ReasonUnsupported)
	case ahead < 0, ahead > maxDelay:
		return refused(model.ReasonInvalidValue)
	}
	if err := c.o.Later(ctx, l, w.At, w.Said, a); err != nil {
		c.Failed(l.Platform, err.Error())
		return refused(model.ReasonDeviceError)
	}
	return Outcome{Status: Done}
}

func refused(why model.ReasonCode) Outcome {
	return Outcome{Refused, model.Reason{Code: why}}
}

// Listed is a device or scene as a discovery tells of it.
type Listed struct {
	ID, Name, Room         string
	Device                 *home.Device // nil: a scene
	Online                 bool
	Vendor, Model, Version string
}

// List lists what a platform's discovery is answered with: what it refuses is left out, names are in a language where there are any.
func (c *Core) List(platform, lang string, refuses func(*home.Device) string) []Listed {
	var out []Listed
	for _, d := range c.Devices(platform) {
		if refuses(d) != "" {
			continue
		}
		x := Listed{ID: string(d.ID), Name: NameIn(d, lang), Room: c.roomIn(d, lang), Device: d}
		x.Online, _ = c.View().Reachable(d)
		x.Vendor, x.Model, x.Version = c.Maker(d)
		out = append(out, x)
	}
	for _, s := range c.View().Scenes() {
		if name := SceneName(s); Sayable(name) == "" {
			out = append(out, Listed{ID: ScenePrefix + s.ID, Name: name, Online: true, Vendor: "Concord", Model: "scene", Version: "1"})
		}
	}
	return out
}

// IDs are the devices of a list, for [Core.Synced].
func IDs(list []Listed) []model.DeviceID {
	ids := []model.DeviceID{}
	for _, x := range list {
		if x.Device != nil {
			ids = append(ids, x.Device.ID)
		}
	}
	return ids
}

// Maker is who made a device, which model, and its firmware.
func (c *Core) Maker(d *home.Device) (vendor, kind, version string) {
	for _, id := range d.Sources {
		if s := c.View().Source(id); s != nil && s.Description.Vendor != "" {
			return s.Description.Vendor, s.Description.Model, s.Description.Firmware
		}
	}
	return "", "", ""
}

// NameIn is what a device is called in a language ("zh", "ru"), else in any.
func NameIn(d *home.Device, lang string) string {
	if n := inLanguage(d.Names, lang); n != "" {
		return spoken(n)
	}
	name, _ := Name(d)
	return name
}

func (c *Core) roomIn(d *home.Device, lang string) string {
	if r, ok := c.View().Room(d.Room); ok {
		if n := inLanguage(r.Names, lang); n != "" {
			return n
		}
	}
	return c.RoomName(d)
}

func inLanguage(names map[string]string, lang string) string {
	if n := names[lang]; n != "" {
		return n
	}
	best := ""
	for l, n := range names {
		if strings.HasPrefix(l, lang+"-") && (best == "" || n < best) {
			best = n
		}
	}
	return best
}

// Bearer is the token of a request (RFC 6750, 2.1); the scheme may be written in small letters.
func Bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Read decodes what a platform sent; false: it could not be read, and the doctor will say so.
func (c *Core) Read(w http.ResponseWriter, r *http.Request, platform string, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxBody)).Decode(v); err != nil {
		c.Failed(platform, "a request that cannot be read")
		return false
	}
	return true
}

// Reply answers a platform.
func Reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a cloud that has gone needs no answer
}

var cloud = &http.Client{Timeout: 20 * time.Second}

// Post sends a platform a report. ErrUnknownThere when it answers that there is no such account or device.
func Post(ctx context.Context, address string, header http.Header, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(b))
	if err != nil {
		return err
	}
	for k, v := range header {
		r.Header[k] = v
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := cloud.Do(r)
	if err != nil {
		return fmt.Errorf("the platform does not answer: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	return Answered("the platform", res)
}

// Answered is what a platform's answer to a report means; who is what it is called.
func Answered(who string, res *http.Response) error {
	switch res.StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("%s answers %d: %w", who, res.StatusCode, ErrUnknownThere)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return fmt.Errorf("%s answers %d: %w", who, res.StatusCode, ErrRejected)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %d", who, res.StatusCode)
	}
	return nil
}
