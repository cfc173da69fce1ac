package realpeer_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters/homekit"
	outward "github.com/concord-home/hub/bridge/homekit"
	"github.com/concord-home/hub/hap/camera"
	"github.com/concord-home/hub/hap/tlv8"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/seal"
)

// throughHub is an accessory's camera as the bridge takes it.
type throughHub struct{ *homekit.Camera }

func (c throughHub) Open(ctx context.Context, n int) (outward.Stream, error) {
	s, err := c.Camera.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// doorCamera is what hap-nodejs calls the accessory: its name with the end of its device id's hash.
const doorCamera = "Door camera EE5D"

// proposal is what a phone writes to SetupEndpoints.
func proposal(session camera.Session, video uint16) []byte {
	addr := tlv8.Items{{Type: 1, Value: []byte{0}}, {Type: 2, Value: []byte("127.0.0.1")}, {Type: 3, Value: []byte{byte(video), byte(video >> 8)}}, {Type: 4, Value: []byte{byte(video + 2), byte((video + 2) >> 8)}}}.Bytes()
	srtp := tlv8.Items{{Type: 1, Value: []byte{0}}, {Type: 2, Value: bytes.Repeat([]byte{0xab}, 16)}, {Type: 3, Value: bytes.Repeat([]byte{0xcd}, 14)}}.Bytes()
	return tlv8.Items{{Type: 1, Value: session[:]}, {Type: 3, Value: addr}, {Type: 4, Value: srtp}, {Type: 5, Value: srtp}}.Bytes()
}

// selection is a command with the parameters that go with it: 640 × 360 at 30, Opus at 16 kHz.
func selection(session camera.Session, command byte, kbits uint16) []byte {
	attributes := tlv8.Items{{Type: 1, Value: []byte{0x80, 2}}, {Type: 2, Value: []byte{0x68, 1}}, {Type: 3, Value: []byte{30}}}.Bytes()
	rtp := func(pt byte, kbits uint16) tlv8.Items {
		return tlv8.Items{{Type: 1, Value: []byte{pt}}, {Type: 2, Value: []byte{1, 2, 3, 4}}, {Type: 3, Value: []byte{byte(kbits), byte(kbits >> 8)}}, {Type: 4, Value: []byte{0, 0, 0, 0x3f}}}
	}
	profile := tlv8.Items{{Type: 1, Value: []byte{1}}, {Type: 2, Value: []byte{0}}, {Type: 3, Value: []byte{0}}}.Bytes()
	video := tlv8.Items{{Type: 1, Value: []byte{0}}, {Type: 2, Value: profile}, {Type: 3, Value: attributes}, {Type: 4, Value: rtp(99, kbits).Bytes()}}.Bytes()
	sound := tlv8.Items{{Type: 1, Value: []byte{1}}, {Type: 2, Value: []byte{0}}, {Type: 3, Value: []byte{1}}, {Type: 4, Value: []byte{20}}}.Bytes()
	audio := tlv8.Items{{Type: 1, Value: []byte{3}}, {Type: 2, Value: sound}, {Type: 3, Value: append(rtp(110, 24), tlv8.Item{Type: 6, Value: []byte{13}}).Bytes()}, {Type: 4, Value: []byte{0}}}.Bytes()
	control := tlv8.Items{{Type: 1, Value: session[:]}, {Type: 2, Value: []byte{command}}}.Bytes()
	return tlv8.Items{{Type: 1, Value: control}, {Type: 2, Value: video}, {Type: 3, Value: audio}}.Bytes()
}

// A camera of hap-nodejs, taken over by our controller, shown by our bridge, looked at by npm's hap-controller: the picture is the camera's,
// and what phone and camera agree on reaches both.
func TestACameraIsPassedOnFromHapNodejsToHapController(t *testing.T) {
	peers := peersDir(t)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 36)), nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "picture.jpg")
	if err := os.WriteFile(file, picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	script, _ := filepath.Abs("testdata/homekit/camera.js")
	eye := startPeer(t, t.TempDir(), []string{"PEERS=" + peers}, "node", script, fmt.Sprint(port), t.TempDir(), "1A:2B:3C:4D:5E:70", testCode, file)
	eye.expect(30*time.Second, "the camera", said("ready"))

	dir := t.TempDir()
	h := newInHouse(t, dir)
	h.pair(fmt.Sprintf("127.0.0.1:%d", port), testCode)
	eventually(t, 20*time.Second, "the camera", func() error {
		if h.device(doorCamera) == nil {
			return fmt.Errorf("not yet: %+v", h.adapter.Accessories())
		}
		return nil
	})
	golden(t, "camera.txt", inventory(h.hub.View(), func(string) bool { return true }))

	box, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := freePort(t)
	b, err := outward.New(t.Context(), outward.Options{House: asHouse{h}, Memory: box.Memory(h.store),
		Camera: func(id model.DeviceID) outward.Camera {
			for _, s := range h.hub.View().Device(id).Sources {
				if c, ok := h.adapter.Camera(s); ok {
					return throughHub{c}
				}
			}
			return nil
		},
		Listen: func(int) (net.Listener, error) { return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", out)) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Show(t.Context(), "camera/"+string(h.device(doorCamera).ID), true); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = b.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })

	js, _ := filepath.Abs("testdata/homekit/controller.js")
	phone := startPeer(t, t.TempDir(), []string{"PEERS=" + peers}, "node", js)
	phone.expect(30*time.Second, "the phone", said("ready"))
	ask := func(want string, m map[string]any) map[string]any {
		t.Helper()
		phone.say(m)
		got := phone.expect(30*time.Second, fmt.Sprint(m["do"]), func(m map[string]any) bool { return m[want] != nil || m["failed"] != nil })
		if got["failed"] != nil {
			t.Fatalf("%v: %v", m["do"], got)
		}
		return got
	}
	status := b.Bridges()[0]
	ask("paired", map[string]any{"do": "pair", "host": "127.0.0.1", "port": out, "id": status.ID, "code": status.Code})
	var db database
	raw, _ := json.Marshal(ask("accessories", map[string]any{"do": "list"})["accessories"])
	if err := json.Unmarshal(raw, &db); err != nil {
		t.Fatal(err)
	}
	setup, selected := db.find(t, doorCamera, "118"), db.find(t, doorCamera, "117")

	got := ask("image", map[string]any{"do": "image", "aid": setup[0], "width": 640, "height": 360})
	if b, _ := base64.StdEncoding.DecodeString(fmt.Sprint(got["image"])); !bytes.Equal(b, picture.Bytes()) {
		t.Errorf("the picture is another: %d bytes of %d", len(b), picture.Len())
	}
	eye.expect(20*time.Second, "the camera was asked for the size", func(m map[string]any) bool { return fmt.Sprint(m["snapshot"]) == "[640 360]" })

	name := func(x [2]uint64) string { return fmt.Sprintf("%d.%d", x[0], x[1]) }
	write := func(x [2]uint64, b []byte) {
		t.Helper()
		ask("written", map[string]any{"do": "write", "values": map[string]any{name(x): base64.StdEncoding.EncodeToString(b)}})
	}
	begin := func(session camera.Session, video uint16) camera.Answer {
		t.Helper()
		write(setup, proposal(session, video))
		prepared := eye.expect(20*time.Second, "the camera prepares", said("prepared"))
		if want := fmt.Sprintf("[127.0.0.1 %d %d]", video, video+2); fmt.Sprint(prepared["target"]) != want {
			t.Errorf("the camera sends to %v, not to %s", prepared["target"], want)
		}
		if prepared["key"] != "abababababababababababababababab" || prepared["salt"] != "cdcdcdcdcdcdcdcdcdcdcdcdcdcd" {
			t.Errorf("the keys did not come through: %v", prepared)
		}
		read := ask("read", map[string]any{"do": "read", "ids": []any{name(setup)}})["read"].(map[string]any)["characteristics"].([]any)[0].(map[string]any)
		tlv, _ := base64.StdEncoding.DecodeString(fmt.Sprint(read["value"]))
		a, err := camera.AnswerOf(tlv)
		at := int(prepared["port"].(float64))
		if err != nil || a.Status != camera.Agreed || a.Session != session || a.Ends.VideoPort != at || a.Ends.AudioPort != at+2 || a.VideoSSRC != uint32(at+100000) || a.AudioSSRC != uint32(at+200000) || !a.Ends.Addr.IsLoopback() {
			t.Fatalf("the camera's answer came through as %+v, %v", a, err)
		}
		return a
	}
	expect := func(what string) map[string]any {
		t.Helper()
		return eye.expect(20*time.Second, what, func(m map[string]any) bool { return m["stream"] == what })
	}
	first := camera.Session{1, 15: 1}
	begin(first, 50000)
	write(selected, selection(first, camera.Start, 300))
	if m := expect("start"); fmt.Sprint(m["video"]) != "[640 360 30 300]" {
		t.Errorf("started with %v", m)
	}
	write(selected, selection(first, camera.Reconfigure, 800))
	if m := expect("reconfigure"); fmt.Sprint(m["video"]) != "[640 360 30 800]" {
		t.Errorf("went on with %v", m)
	}
	write(selected, camera.Command(&first, camera.End))
	expect("stop")

	second := camera.Session{2, 15: 2}
	begin(second, 50010)
	write(selected, selection(second, camera.Start, 300))
	expect("start")
	ask("dropped", map[string]any{"do": "drop"})
	expect("stop")
}
