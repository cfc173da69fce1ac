package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
)

// picture is an answer that is a JPEG. The gate forbids everybody on the way to keep it.
type picture struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) snapshotRoute(a huma.API) {
	const path = "/api/devices/{id}/snapshot"
	add(a, reads, http.MethodGet, path, "take-picture", "A picture of what a camera sees now", s.snapshot)
	a.OpenAPI().Paths[path].Get.Responses["200"].Content = map[string]*huma.MediaType{"image/jpeg": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
}

func (s *Server) snapshot(ctx context.Context, in *struct {
	DeviceInput
	Width  int `query:"width" minimum:"16" maximum:"4096" default:"1280" doc:"about as wide, in pixels"`
	Height int `query:"height" minimum:"16" maximum:"4096" default:"720" doc:"about as high, in pixels"`
}) (*picture, error) {
	c := callOf(ctx)
	p := s.page(c)
	d, err := p.device(in.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := d.Find("camera.streams"); !ok || !p.who.may("camera.streams") {
		return nil, p.noAttribute(d, "camera.streams")
	}
	if s.o.Snapshot == nil {
		return nil, absent(c.lang)
	}
	if private(d) {
		return nil, problem(c.lang, http.StatusConflict, "picture").detail(messages.Text(c.lang, "error.picture.private")).build()
	}
	c.patient(writeTimeout)
	b, err := s.o.Snapshot(ctx, d.ID, in.Width, in.Height)
	if err != nil {
		return nil, problem(c.lang, http.StatusBadGateway, "picture").detail(messages.Phrase(c.lang, err.Error())).build()
	}
	return &picture{"image/jpeg", b}, nil
}

// private reports whether a camera must not look.
func private(d *home.Device) bool {
	s, ok := d.Find(model.AttrCameraPrivacy)
	if !ok {
		return false
	}
	st, _ := d.State(s)
	on, _ := st.Value.Bool()
	return on
}
