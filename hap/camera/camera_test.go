package camera

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/hap/tlv8"
)

func raw(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What hap-nodejs 1.2.0 says of a camera with 1920 × 1080 and 640 × 360 at 30, and Opus and AAC-ELD.
const (
	nodeVideo = "ATQBAQACEwEBAAAAAQEBAgEAAAACAQIDAQADCwECgAcCAjgEAwEeAAADCwECgAICAmgBAwEe"
	nodeAudio = "ARMBAQMCDgEBAQIBAAMBAQAAAwECAAABDgEBAgIJAQEBAgEAAwEBAgEA"
)

func TestWhatACameraCanStream(t *testing.T) {
	v, err := Videos(raw(t, nodeVideo))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Video{{"h264", 1920, 1080, 30}, {"h264", 640, 360, 30}}, v); d != "" {
		t.Error(d)
	}
	c, err := Codecs(raw(t, nodeAudio))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"opus", "aac_eld"}, c); d != "" {
		t.Error(d)
	}
	only := PicturesOnly()
	if v, err := Videos(only.Video); err != nil || len(v) != 2 || v[0] != (Video{"h264", 1280, 720, 30}) {
		t.Errorf("pictures only: %v, %v", v, err)
	}
	if c, err := Codecs(only.Audio); err != nil || len(c) != 1 || c[0] != "opus" {
		t.Errorf("pictures only: %v, %v", c, err)
	}
	for name, b := range map[string][]byte{
		"cut short":      raw(t, nodeVideo)[:20],
		"no size":        tlv8.Items{{Type: 1, Value: tlv8.Items{{Type: 3}}.Bytes()}}.Bytes(),
		"nonsense in it": tlv8.Items{{Type: 1, Value: []byte{3, 9}}}.Bytes(),
	} {
		if _, err := Videos(b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func address(version byte, ip string, video, audio uint16) []byte {
	return tlv8.Items{{Type: 1, Value: []byte{version}}, {Type: 2, Value: []byte(ip)}, {Type: 3, Value: []byte{byte(video), byte(video >> 8)}}, {Type: 4, Value: []byte{byte(audio), byte(audio >> 8)}}}.Bytes()
}

func TestTheStepsOfAStream(t *testing.T) {
	id := Session{1, 2, 3, 15: 16}
	proposal := tlv8.Items{{Type: 1, Value: id[:]}, {Type: 3, Value: address(1, "fe80::1", 50000, 50002)}, {Type: 4, Value: []byte{1, 1, 0}}}.Bytes()
	s, err := SetupOf(proposal)
	if want := (Setup{id, Ends{netip.MustParseAddr("fe80::1"), 50000, 50002}}); err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	a, err := AnswerOf(tlv8.Items{{Type: 1, Value: id[:]}, {Type: 2, Value: []byte{0}}, {Type: 3, Value: address(0, "192.0.2.7", 6000, 6002)},
		{Type: 6, Value: []byte{1, 0, 0, 0x80}}, {Type: 7, Value: []byte{2}}}.Bytes())
	if want := (Answer{id, Agreed, Ends{netip.MustParseAddr("192.0.2.7"), 6000, 6002}, 0x80000001, 2}); err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := AnswerOf(Refusal(id, Busy)); err != nil || a.Status != Busy || a.Session != id {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := AnswerOf(Idle()); err != nil || a.Status != Failed {
		t.Errorf("%+v, %v", a, err)
	}
	if c, err := ControlOf(Command(&id, Reconfigure)); err != nil || c != (Control{id, Reconfigure}) {
		t.Errorf("%+v, %v", c, err)
	}
	for name, b := range map[string][]byte{
		"no session":             tlv8.Items{{Type: 3, Value: address(0, "192.0.2.7", 1, 1)}}.Bytes(),
		"a short session":        tlv8.Items{{Type: 1, Value: id[:15]}, {Type: 3, Value: address(0, "192.0.2.7", 1, 1)}}.Bytes(),
		"no address":             tlv8.Items{{Type: 1, Value: id[:]}}.Bytes(),
		"a name for an address":  tlv8.Items{{Type: 1, Value: id[:]}, {Type: 3, Value: address(0, "camera.example", 1, 1)}}.Bytes(),
		"an IPv6 called IPv4":    tlv8.Items{{Type: 1, Value: id[:]}, {Type: 3, Value: address(0, "fe80::1", 1, 1)}}.Bytes(),
		"no port for the video":  tlv8.Items{{Type: 1, Value: id[:]}, {Type: 3, Value: address(0, "192.0.2.7", 0, 1)}}.Bytes(),
		"a session without end":  {1, 200, 1},
		"bytes that are nothing": {9},
	} {
		if _, err := SetupOf(b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := ControlOf(Command(&id, 5)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an unknown command: %v", err)
	}
	if _, err := ControlOf(Command(nil, End)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a command to nobody: %v", err)
	}
}

// Whatever a stranger sends, each reader answers with an error or with something within its limits.
func FuzzReaders(f *testing.F) {
	id := Session{7}
	for _, b := range [][]byte{raw(f, nodeVideo), raw(f, nodeAudio), Refusal(id, Busy), Idle(), Status(InUse), Command(&id, Start), PicturesOnly().Video,
		tlv8.Items{{Type: 1, Value: id[:]}, {Type: 2, Value: []byte{0}}, {Type: 3, Value: address(0, "192.0.2.7", 6000, 6002)}}.Bytes()} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := Videos(b); err == nil && len(v) > maxListed {
			t.Errorf("%d pictures", len(v))
		}
		if c, err := Codecs(b); err == nil && len(c) > maxListed {
			t.Errorf("%d codecs", len(c))
		}
		if s, err := SetupOf(b); err == nil && (!s.Ends.Addr.IsValid() || s.Ends.VideoPort == 0) {
			t.Errorf("%+v", s)
		}
		if a, err := AnswerOf(b); err == nil && a.Status == Agreed && !a.Ends.Addr.IsValid() {
			t.Errorf("%+v", a)
		}
		if c, err := ControlOf(b); err == nil {
			if again, err := ControlOf(Command(&c.Session, c.Command)); err != nil || again != c {
				t.Errorf("%+v became %+v, %v", c, again, err)
			}
		}
	})
}
