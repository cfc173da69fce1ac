package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/rehearsal"
	"github.com/concord-home/hub/scenefile"
	"github.com/danielgtaylor/huma/v2"
)

// AtInput asks about a moment. It is exported since the router fills in no other embedded input.
type AtInput struct {
	At time.Time `query:"at" doc:"about this moment instead of now, as far as the record goes back"`
}

func (s *Server) rehearsalRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/scenes/{id}/why", "why-scene", "Why a scene ran, or why not", s.whyScene)
	add(a, readAll, http.MethodPost, "/api/scenes/try", "try-scene", "What a scene would have done over what was recorded; nothing is sent", s.tryScene)
	add(a, readAll, http.MethodGet, "/api/notices", "list-notices", "What scenes said to people lately", s.listNotices)
}

// view is the house at a moment: now for the zero time.
func (s *Server) view(ctx context.Context, p *page, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	if s.o.Past == nil {
		return absent(p.lang)
	}
	v, err := s.o.Past.At(ctx, at)
	if err != nil {
		return problem(p.lang, http.StatusUnprocessableEntity, "past").detail(messages.Phrase(p.lang, err.Error())).build()
	}
	p.view, p.now = v, at
	return nil
}

func (s *Server) whyScene(ctx context.Context, in *struct {
	SceneInput
	AtInput
}) (*output[api.SceneWhy], error) {
	c := callOf(ctx)
	c.patient(longestWait)
	p := s.page(c)
	if err := s.view(ctx, &p, in.At); err != nil {
		return nil, err
	}
	rec, err := p.findScene(in.ID)
	if err != nil {
		return nil, err
	}
	if s.o.Situation == nil {
		return nil, absent(p.lang)
	}
	situation := s.o.Situation(rec, p.view, p.now)
	return answer(api.SceneWhy{Scene: rec.ID, Name: sceneTitle(p.lang, rec), Text: messages.WhyNot(p.lang, situation, p.view, p.causeName), Situation: situation}), nil
}

func (s *Server) tryScene(ctx context.Context, in *struct {
	LangInput
	Body api.SceneTrial
}) (*output[api.SceneTried], error) {
	c := callOf(ctx)
	c.patient(longestWait)
	p := s.page(c)
	if s.o.Past == nil {
		return nil, absent(p.lang)
	}
	f, err := scenefile.Parse([]byte(in.Body.Text), scenefile.NamesOf(p.view))
	if err != nil {
		return nil, notScene(p.lang, in.Body.ID, err)
	}
	until := p.now
	if in.Body.Until != nil {
		until = *in.Body.Until
	}
	var r *rehearsal.Result
	if len(in.Body.Timeline) > 0 {
		r, err = s.o.Past.Replay(p.view, in.Body.ID, f.Document, in.Body.Timeline)
	} else {
		r, err = s.o.Past.Try(ctx, in.Body.ID, f.Document, in.Body.Since, until)
	}
	if err != nil {
		if len(scenefile.Wrong(err)) > 0 {
			return nil, notScene(p.lang, in.Body.ID, f.Locate(err))
		}
		return nil, problem(p.lang, http.StatusUnprocessableEntity, "past").detail(messages.Phrase(p.lang, err.Error())).build()
	}
	return answer(p.tried(r)), nil
}

func (p page) tried(r *rehearsal.Result) api.SceneTried {
	out := api.SceneTried{Scene: r.Scene, From: r.From, To: r.To, Facts: r.Facts, More: r.More, Came: r.Came, Commands: []api.SceneWould{}}
	new := 0
	for _, w := range r.Commands {
		line := p.would(w)
		if line.Problem == "" && line.Was != line.Would {
			new++
		}
		out.Commands = append(out.Commands, line)
	}
	out.Text = append(out.Text, messages.Text(p.lang, "try.sum", len(r.Commands)+r.More, new))
	for _, o := range r.Outcomes() {
		out.Text = append(out.Text, messages.Text(p.lang, "try.came", r.Came[o], messages.Text(p.lang, "outcome_of."+string(o))))
	}
	return out
}

func (p page) would(w rehearsal.Would) api.SceneWould {
	out := api.SceneWould{At: w.At, Device: w.Device, Because: w.Because, Problem: messages.Phrase(p.lang, w.Problem)}
	d := p.view.Device(w.Device)
	if d == nil {
		out.Name, out.Would = string(w.Device), fmt.Sprint(w.Writes)
		return out
	}
	out.Name = p.name(d)
	var would, was []string
	for i, x := range w.Writes {
		prop := d.Property(home.Slot{Endpoint: w.Endpoint, Attribute: x.Attribute})
		if prop == nil {
			prop = &model.Property{Attribute: x.Attribute}
		}
		would = append(would, messages.Value(p.lang, prop, x.Value))
		if i < len(w.Was) {
			was = append(was, messages.Value(p.lang, prop, w.Was[i]))
		}
	}
	if w.Action != "" {
		would = append(would, string(w.Action))
	}
	comma := messages.Text(p.lang, "list.comma")
	out.Would, out.Was = strings.Join(would, comma), strings.Join(was, comma)
	if w.Then != nil {
		prop := d.Property(home.Slot{Endpoint: w.Endpoint, Attribute: w.Then.Attribute})
		if prop != nil {
			out.Then = messages.Text(p.lang, "try.then", messages.Span(p.lang, w.Then.At.Sub(w.At)),
				messages.Because(p.lang, prop, w.Then.Value, model.Good, p.who.trim(w.Then.Cause), p.causeName))
		}
	}
	return out
}

func (s *Server) listNotices(ctx context.Context, _ *LangInput) (*output[[]home.Notice], error) {
	out := s.page(callOf(ctx)).view.Notices()
	if out == nil {
		out = []home.Notice{}
	}
	return answer(out), nil
}
