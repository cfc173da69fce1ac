package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/danielgtaylor/huma/v2"
)

// RoomInput names a room. It is exported since the router fills in no other embedded input.
type RoomInput struct {
	LangInput
	ID home.RoomID `path:"id" minLength:"1" maxLength:"64"`
}

// namesBody are names by language; the empty key stands for all.
type namesBody struct {
	Names map[string]string `json:"names"`
	Floor map[string]string `json:"floor,omitempty" doc:"what the room's floor is called; absent: as it was, empty: on none"`
}

func (s *Server) roomRoutes(a huma.API) {
	add(a, reads, http.MethodGet, "/api/rooms", "list-rooms", "The rooms", s.listRooms)
	add(a, reads, http.MethodGet, "/api/rooms/{id}", "get-room", "A room", s.getRoom)
	add(a, edits, http.MethodPut, "/api/rooms/{id}", "put-room", "Add or rename a room", s.putRoom)
	add(a, edits, http.MethodDelete, "/api/rooms/{id}", "remove-room", "Remove a room; its devices stay, in no room", s.deleteRoom)
	add(a, readAll, http.MethodGet, "/api/place", "get-place", "Where home is", s.getPlace)
	add(a, edits, http.MethodPut, "/api/place", "put-place", "Say where home is", s.putPlace)
}

func (p page) room(r home.Room) api.Room {
	out := api.Room{Room: r}
	for _, d := range p.view.Devices() {
		if d.Room == r.ID && p.who.sees(d) {
			out.Devices++
		}
	}
	return out
}

func (s *Server) listRooms(ctx context.Context, _ *LangInput) (*output[[]api.Room], error) {
	p := s.page(callOf(ctx))
	out := []api.Room{}
	for _, r := range p.view.Rooms() {
		if p.who.seesRoom(r.ID) {
			out = append(out, p.room(r))
		}
	}
	return answer(out), nil
}

func (s *Server) getRoom(ctx context.Context, in *RoomInput) (*output[api.Room], error) {
	p := s.page(callOf(ctx))
	if r, ok := p.view.Room(in.ID); ok && p.who.seesRoom(in.ID) {
		return answer(p.room(r)), nil
	}
	return nil, p.noRoom(in.ID)
}

func (p page) noRoom(id home.RoomID) error {
	known := map[string]string{}
	for _, r := range p.view.Rooms() {
		if p.who.seesRoom(r.ID) {
			known[string(r.ID)] = p.roomName(r)
		}
	}
	return notFound(p.lang, "room", string(id), known)
}

func (s *Server) putRoom(ctx context.Context, in *struct {
	RoomInput
	Body namesBody
}) (*output[api.Room], error) {
	room := home.Room{ID: in.ID, Names: in.Body.Names, Floor: in.Body.Floor}
	if room.Floor == nil {
		was, _ := s.o.House.View().Room(in.ID)
		room.Floor = was.Floor
	}
	err := s.o.House.Do(ctx, home.RoomSet{Room: room})
	if err != nil {
		return nil, s.ofError(callOf(ctx).lang, err)
	}
	return s.getRoom(ctx, &in.RoomInput)
}

func (s *Server) deleteRoom(ctx context.Context, in *RoomInput) (*noOutput, error) {
	p := s.page(callOf(ctx))
	if _, ok := p.view.Room(in.ID); !ok {
		return nil, p.noRoom(in.ID)
	}
	return nil, s.ofError(p.lang, s.o.House.Do(ctx, home.RoomRemoved{Room: in.ID}))
}

func (s *Server) getPlace(ctx context.Context, _ *LangInput) (*output[home.Place], error) {
	p := s.page(callOf(ctx))
	place, ok := p.view.Place()
	if !ok {
		return nil, notFound(p.lang, "place", "home", nil)
	}
	return answer(place), nil
}

func (s *Server) putPlace(ctx context.Context, in *struct {
	LangInput
	Body home.Place
}) (*output[home.Place], error) {
	if err := s.o.House.Do(ctx, home.PlaceSet{Place: in.Body}); err != nil {
		return nil, s.ofError(callOf(ctx).lang, err)
	}
	return s.getPlace(ctx, &in.LangInput)
}
