package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) mergeRoutes(a huma.API) {
	add(a, edits, http.MethodGet, "/api/proposals", "list-proposals", "Devices that are probably one", s.listProposals)
	add(a, edits, http.MethodPost, "/api/proposals/{id}", "settle-proposal", "Accept or dismiss a proposal", s.settle)
	add(a, edits, http.MethodPost, "/api/merge", "merge-devices", "Make two devices one", s.merge)
	add(a, edits, http.MethodPost, "/api/split", "split-device", "Make a source a device of its own again", s.split)
	add(a, edits, http.MethodPost, "/api/swap", "swap-devices", "Put a new thing in an old one's place", s.swap)
}

func (s *Server) listProposals(ctx context.Context, _ *LangInput) (*output[[]home.Proposal], error) {
	return answer(append([]home.Proposal{}, s.page(callOf(ctx)).view.Proposals()...)), nil
}

func (s *Server) settle(ctx context.Context, in *struct {
	LangInput
	ID   string `path:"id" maxLength:"200"`
	Body api.SettleRequest
}) (*noOutput, error) {
	return s.decide(ctx, home.Settled{Proposal: in.ID, Accept: in.Body.Accept})
}

func (s *Server) merge(ctx context.Context, in *struct {
	LangInput
	Body api.MergeRequest
}) (*noOutput, error) {
	return s.decide(ctx, home.Merged{Into: in.Body.Into, From: in.Body.From})
}

func (s *Server) split(ctx context.Context, in *struct {
	LangInput
	Body api.SplitRequest
}) (*noOutput, error) {
	return s.decide(ctx, home.Split{Source: in.Body.Source})
}

func (s *Server) swap(ctx context.Context, in *struct {
	LangInput
	Body api.SwapRequest
}) (*noOutput, error) {
	return s.decide(ctx, home.Swapped{Old: in.Body.Old, New: in.Body.New})
}

// decide gives the house a decision that answers nothing but that it was taken.
func (s *Server) decide(ctx context.Context, body home.Body) (*noOutput, error) {
	return nil, s.ofError(callOf(ctx).lang, s.o.House.Do(ctx, body))
}
