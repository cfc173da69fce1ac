package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// longestWait is how long a command may take, and some time to say so.
const longestWait = 10*time.Minute + writeTimeout

type commandOutput struct {
	Status int
	Body   api.Command
}

func (s *Server) commandRoutes(a huma.API) {
	add(a, acts, http.MethodPost, "/api/devices/{id}/commands", "command-device", "Set attributes or give a command; with wait, until it has ended", s.postCommand)
	add(a, reads, http.MethodGet, "/api/commands", "list-commands", "The commands under way and the last that ended, oldest first", s.listCommands)
	add(a, reads, http.MethodGet, "/api/commands/{id}", "get-command", "A command's life so far", s.getCommand)
}

func (s *Server) postCommand(ctx context.Context, in *struct {
	DeviceInput
	Body api.CommandRequest
}) (*commandOutput, error) {
	c := callOf(ctx)
	ask, err := s.page(c).ask(in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	if !in.Body.Wait {
		return s.askOnly(ctx, c, ask)
	}
	c.patient(longestWait)
	done, err := s.o.House.Command(ctx, ask, nil)
	if err != nil && done.ID == "" {
		return nil, s.ofError(c.lang, err)
	}
	if err != nil {
		return nil, s.failed(c.lang, "a command could not be followed to its end", err)
	}
	return &commandOutput{http.StatusOK, s.page(c).command(done)}, nil
}

func (s *Server) askOnly(ctx context.Context, c *call, ask home.Ask) (*commandOutput, error) {
	id, err := s.o.House.Ask(ctx, ask)
	if err != nil {
		return nil, s.ofError(c.lang, err)
	}
	p := s.page(c)
	now, ok := p.view.Command(id)
	if !ok { // already over and forgotten
		now = home.Command{ID: id, Device: ask.Device, Endpoint: ask.Endpoint, Status: model.Accepted, Cause: ask.Cause}
	}
	return &commandOutput{http.StatusAccepted, p.command(now)}, nil
}

// ask checks a request against what the device takes and the caller may do.
func (p page) ask(id model.DeviceID, req api.CommandRequest) (home.Ask, error) {
	d, err := p.device(id)
	if err != nil {
		return home.Ask{}, err
	}
	ask := home.Ask{Device: id, Endpoint: req.Endpoint, Command: req.Command, Transition: req.Transition,
		Timeout: time.Duration(req.TimeoutMS) * time.Millisecond, Cause: p.who.cause()}
	if (req.Command == "") == (len(req.Set) == 0) {
		return ask, problem(p.lang, http.StatusUnprocessableEntity, "invalid").expecting("body", "", messages.Text(p.lang, "expected.set_or_command")).build()
	}
	if req.Command != "" && !p.who.may(req.Command) {
		return ask, ofReason(p.lang, model.Reason{Code: model.ReasonForbidden, Detail: string(req.Command)})
	}
	for _, attr := range slices.Sorted(maps.Keys(req.Set)) {
		w, err := p.write(d, req.Endpoint, attr, req.Set[attr])
		if err != nil {
			return ask, err
		}
		ask.Writes = append(ask.Writes, w)
	}
	ask.Args, err = p.args(req.Command, req.Args)
	return ask, err
}

func (p page) write(d *home.Device, ep model.EndpointID, attr model.Attribute, b json.RawMessage) (model.Write, error) {
	w := model.Write{Attribute: attr}
	if !p.who.may(attr) {
		return w, ofReason(p.lang, model.Reason{Code: model.ReasonForbidden, Detail: string(attr)})
	}
	slot := home.Slot{Endpoint: ep, Attribute: attr}
	if ep == "" {
		slot, _ = d.Find(attr)
	}
	v, err := p.value(d.Property(slot), attr, b)
	w.Value = v
	return w, err
}

// args reads the arguments of a command of the catalogue; the house knows what to say of any other.
func (p page) args(command model.Attribute, given map[string]json.RawMessage) (map[string]model.Value, error) {
	if len(given) == 0 {
		return nil, nil
	}
	contracts := map[string]*model.Property{}
	if spec := model.LookupCommand(command.Split()); spec != nil {
		for i := range spec.Args {
			contracts[string(spec.Args[i].Attribute)] = &spec.Args[i]
		}
	}
	out := map[string]model.Value{}
	for name, b := range given {
		v, err := p.value(contracts[name], model.Attribute(name), b)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// value reads a value; where its contract is known, what does not fit is told in the caller's language.
func (p page) value(prop *model.Property, name model.Attribute, b json.RawMessage) (model.Value, error) {
	var v model.Value
	if err := json.Unmarshal(b, &v); err != nil {
		return v, problem(p.lang, http.StatusBadRequest, "bad_request").expecting(string(name), string(b), "JSON").build()
	}
	if prop == nil {
		return v, nil
	}
	checked, err := prop.Check(v)
	var misfit *model.ValueError
	if errors.As(err, &misfit) {
		return v, problem(p.lang, http.StatusUnprocessableEntity, "refused", messages.Label(p.lang, prop), v.String(), messages.Expected(p.lang, prop)).
			code(string(model.ReasonInvalidValue)).expecting(string(name), v.String(), messages.Expected(p.lang, prop)).build()
	}
	return checked, nil
}

func (s *Server) listCommands(ctx context.Context, _ *LangInput) (*output[[]api.Command], error) {
	p := s.page(callOf(ctx))
	out := []api.Command{}
	for _, c := range p.view.Commands() {
		if p.seesCommand(c) {
			out = append(out, p.command(c))
		}
	}
	return answer(out), nil
}

func (s *Server) getCommand(ctx context.Context, in *struct {
	LangInput
	ID model.CommandID `path:"id" maxLength:"128"`
}) (*output[api.Command], error) {
	p := s.page(callOf(ctx))
	c, ok := p.view.Command(in.ID)
	if !ok || !p.seesCommand(c) {
		return nil, notFound(p.lang, "command", string(in.ID), nil)
	}
	return answer(p.command(c)), nil
}
