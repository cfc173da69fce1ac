package httpapi

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func TestAPictureIsForWhoMayReadTheCameraAndIsNotKept(t *testing.T) {
	var fails error
	var size [2]int
	r := newRig(t, func(o *Options) {
		o.Snapshot = func(_ context.Context, _ model.DeviceID, w, h int) ([]byte, error) {
			size = [2]int{w, h}
			return []byte("\xff\xd8\xff jpeg"), fails
		}
	})
	src := model.SourceID("test/porch")
	h := r.adapter.hub
	e := model.EndpointDescription{ID: model.MainEndpoint}
	for _, a := range []model.Attribute{"camera.streams", "camera.privacy"} {
		p := *model.LookupAttribute(a)
		if a == "camera.streams" {
			p.Value = model.Set()
		}
		e.Properties = append(e.Properties, p)
	}
	h.Describe(model.Description{Source: src, Name: "porch", Type: "camera", Endpoints: []model.EndpointDescription{e}})
	h.Reachable(src, true, "")
	h.Report(src, []model.Reading{{Endpoint: e.ID, Attribute: "camera.privacy", Value: model.Bool(false)}})
	if err := r.hub.Do(t.Context(), home.PlaceSet{Place: home.Place{Latitude: 1, Longitude: 1, RadiusM: 100}}); err != nil {
		t.Fatal(err)
	}
	path := r.path("porch", "/snapshot")

	res := r.send(request{method: "GET", path: path + "?width=320&height=200", token: r.local})
	if res.status != http.StatusOK || res.body != "\xff\xd8\xff jpeg" || res.header.Get("Content-Type") != "image/jpeg" || res.header.Get("Cache-Control") != "no-store" || size != [2]int{320, 200} {
		t.Errorf("%d %q %v, asked for %v", res.status, res.body, res.header, size)
	}
	if res := r.send(request{method: "GET", path: path}); res.status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", res.status)
	}
	for name, token := range map[string]api.TokenRequest{
		"of another room":       {Name: "a", Rooms: []home.RoomID{"attic"}},
		"for other things only": {Name: "b", Capabilities: []model.Capability{"on_off"}},
	} {
		var made api.NewToken
		r.call("POST", "/api/tokens", token, &made)
		if res := r.send(request{method: "GET", path: path, token: made.Secret}); res.status != http.StatusNotFound {
			t.Errorf("a token %s: %d", name, res.status)
		}
	}
	if res := r.send(request{method: "GET", path: r.path("lamp", "/snapshot"), token: r.local}); res.status != http.StatusNotFound {
		t.Errorf("a lamp: %d", res.status)
	}
	if res := r.send(request{method: "GET", path: path + "?width=100000", token: r.local}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("a size beyond all: %d", res.status)
	}
	fails = errors.New("the camera cannot be reached")
	res = r.send(request{method: "GET", path: path + "?lang=zh", token: r.local})
	if p := res.problem(t); res.status != http.StatusBadGateway || p.Detail != "无法连接摄像头" {
		t.Errorf("a camera that is away: %+v", p)
	}
	h.Report(src, []model.Reading{{Endpoint: e.ID, Attribute: "camera.privacy", Value: model.Bool(true)}})
	if err := r.hub.Do(t.Context(), home.PlaceSet{Place: home.Place{Latitude: 1, Longitude: 1, RadiusM: 101}}); err != nil {
		t.Fatal(err)
	}
	if res := r.send(request{method: "GET", path: path, token: r.local}); res.status != http.StatusConflict {
		t.Errorf("with privacy on: %d", res.status)
	}
}
