package homekit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/hap/tlv8"
	"github.com/concord-home/hub/model"
)

// cameraDB is a camera with one stream, a motion sensor before it and a way to work.
func cameraDB() string {
	b := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	only := camera.PicturesOnly()
	return fmt.Sprintf(`{"accessories":[{"aid":1,"services":[
 {"iid":1,"type":"3E","characteristics":[{"iid":5,"type":"23","perms":["pr"],"format":"string","value":"Porch"}]},
 {"iid":7,"type":"85","characteristics":[{"iid":8,"type":"22","perms":["pr","ev"],"format":"bool","value":false}]},
 {"iid":10,"type":"110","characteristics":[{"iid":11,"type":"114","perms":["pr"],"format":"tlv8","value":"%s"},{"iid":12,"type":"115","perms":["pr"],"format":"tlv8","value":"%s"},
  {"iid":13,"type":"116","perms":["pr"],"format":"tlv8","value":"%s"},{"iid":14,"type":"117","perms":["pr","pw"],"format":"tlv8","value":""},{"iid":15,"type":"120","perms":["pr","ev"],"format":"tlv8","value":""},
  {"iid":16,"type":"118","perms":["pr","pw"],"format":"tlv8","value":""}]},
 {"iid":20,"type":"21A","characteristics":[{"iid":21,"type":"21B","perms":["pr","pw","ev"],"format":"uint8","value":1},{"iid":22,"type":"11B","perms":["pr","pw","ev"],"format":"bool","value":0}]}]}]}`,
		b(only.Video), b(only.Audio), b(only.RTP))
}

// jpegStart is enough of a JPEG to be told for one.
const jpegStart = "\xff\xd8\xff\xe0 and so on"

func TestACameraIsDescribedByItsOwnLists(t *testing.T) {
	f := newFake(t, "AA:00:00:00:00:31", cameraDB())
	a, e, _ := run(t, forgetful{})
	pairWith(t, a, f)
	src := sourceID(f.me.ID, 1)
	e.mu.Lock()
	d := e.described[src]
	e.mu.Unlock()
	if d.Type != "camera" || len(d.Endpoints) != 1 {
		t.Fatalf("described as %s with %d endpoints", d.Type, len(d.Endpoints))
	}
	got := map[model.Attribute]string{}
	for _, p := range d.Endpoints[0].Properties {
		got[p.Attribute] = fmt.Sprint(p.Access, p.Value, p.Options)
	}
	for attr, want := range map[model.Attribute]string{
		"camera.streams":      `{"codec":"h264","fps":30,"h":240,"w":320}`,
		"camera.audio":        `["opus"]`,
		"camera.privacy":      "write",
		"camera.night_vision": "[off on]",
		"occupancy.occupied":  "read",
	} {
		if !strings.Contains(got[attr], want) {
			t.Errorf("%s is %s, not %s", attr, got[attr], want)
		}
	}
	if _, ok := a.Camera(src); !ok {
		t.Error("it has no camera")
	}
	if _, ok := a.Camera("homekit/AA:00:00:00:00:31/2"); ok {
		t.Error("what is not there has a camera")
	}
}

func TestPicturesComeOverASessionOfTheirOwnAndAreChecked(t *testing.T) {
	f := newFake(t, "AA:00:00:00:00:32", cameraDB())
	a, _, _ := run(t, forgetful{})
	pairWith(t, a, f)
	src := sourceID(f.me.ID, 1)
	if _, err := a.Snapshot(t.Context(), "homekit/none/1", 640, 360); !errors.Is(err, ErrNoCamera) {
		t.Errorf("a stranger: %v", err)
	}
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{200, jpegStart, ""},
		{207, `{"status":-70412}`, "present state"},
		{500, ``, "status 500"},
		{200, `<html>`, "no JPEG"},
		{200, jpegStart, ""},
	} {
		f.change(func() { f.resource = func([]byte) (int, []byte) { return c.status, []byte(c.body) } })
		b, err := a.Snapshot(t.Context(), src, 640, 360)
		if c.want == "" && (err != nil || string(b) != c.body) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d %q: %q, %v", c.status, c.body, b, err)
		}
	}
	if n := f.count(`POST /resource {"aid":1,"image-height":360,"image-width":640,"resource-type":"image"}`); n != 5 {
		t.Errorf("it was asked %d times in that form", n)
	}
	if n := f.count("POST /pair-verify"); n != 4 { // two messages for each of two sessions
		t.Errorf("%d messages of pair-verify", n)
	}
	a.mu.Lock()
	l := a.links[f.me.ID]
	a.mu.Unlock()
	l.album.close() // as when the accessory lets go of an idle session
	if _, err := a.Snapshot(t.Context(), src, 640, 360); err != nil {
		t.Errorf("after the session ended: %v", err)
	}
}

func TestAStreamIsAgreedOnInASessionOfItsOwn(t *testing.T) {
	f := newFake(t, "AA:00:00:00:00:33", cameraDB())
	session := camera.Session{9}
	end := func(port byte) []byte {
		return tlv8.Items{{Type: 1, Value: []byte{0}}, {Type: 2, Value: []byte("192.0.2.7")}, {Type: 3, Value: []byte{port, 1}}, {Type: 4, Value: []byte{port, 2}}}.Bytes()
	}
	agreed := tlv8.Items{{Type: 1, Value: session[:]}, {Type: 2, Value: []byte{camera.Agreed}}, {Type: 3, Value: end(7)}}.Bytes()
	f.change(func() { f.becomes = map[string]string{"1.16": `"` + base64.StdEncoding.EncodeToString(agreed) + `"`} })
	a, _, _ := run(t, forgetful{})
	pairWith(t, a, f)
	c, ok := a.Camera(sourceID(f.me.ID, 1))
	if !ok || len(c.Streams()) != 1 {
		t.Fatalf("%v, %d streams", ok, len(c.Streams()))
	}
	if _, err := c.Open(t.Context(), 1); !errors.Is(err, ErrNoCamera) {
		t.Errorf("a stream that it does not have: %v", err)
	}
	s, err := c.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	proposal := tlv8.Items{{Type: 1, Value: session[:]}, {Type: 3, Value: end(3)}}.Bytes()
	got, err := s.Setup(t.Context(), proposal)
	if err != nil || string(got) != string(agreed) {
		t.Fatalf("%x, %v", got, err)
	}
	if n := f.count(`PUT /characteristics {"characteristics":[{"aid":1,"iid":16,"value":"` + base64.StdEncoding.EncodeToString(proposal)); n != 1 {
		t.Errorf("the proposal came %d times", n)
	}
	if err := s.Control(t.Context(), camera.Command(&session, camera.Start)); err != nil {
		t.Error(err)
	}
	var status interface{ HAPStatus() int }
	f.change(func() { f.statuses["1.14"] = -70407 })
	if err := s.Control(t.Context(), camera.Command(&session, camera.Reconfigure)); !errors.As(err, &status) || status.HAPStatus() != -70407 {
		t.Errorf("a camera that cannot: %v", err)
	}
	f.change(func() { f.becomes["1.16"] = `"CQ=="` })
	if _, err := s.Setup(t.Context(), proposal); err == nil {
		t.Error("nonsense was taken for an answer")
	}
	s.Close()
	<-s.Done()
	f.away()
	await(t, "the camera is away", func() bool { return !a.Accessories()[0].Connected })
	if _, err := c.Open(t.Context(), 0); err == nil {
		t.Error("a stream of a camera that is away")
	}
}
