package main

import (
	"context"
	"net/http"

	httpapi "github.com/concord-home/hub/bridge/http"

	"github.com/concord-home/hub/bridge/converse"
)

// openVoice makes the part that people speak to.
func (h *house) openVoice(context.Context) (err error) {
	h.voice, err = converse.New(converse.Options{House: events{h.hub}, Memory: h.store, Logger: h.log})
	return err
}

// mounts are the routes of the bridges that are served beside the API.
func (h *house) mounts() []httpapi.Mount {
	var out []httpapi.Mount
	for pattern, f := range h.voice.Routes() {
		out = append(out, httpapi.Mount{Pattern: pattern, Handle: func(w http.ResponseWriter, r *http.Request, c httpapi.Caller) { f(w, r, c) }})
	}
	return out
}
