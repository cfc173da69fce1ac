package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// access says who may use a route.
type access struct {
	level level
	// whole: a caller that may see a part of the house only may not.
	whole bool
	// open: no caller is needed.
	open bool
}

// The kinds of route.
var (
	anybody = access{open: true}
	reads   = access{level: levelRead}              // and filters by rooms and capabilities
	acts    = access{level: levelControl}           // and checks rooms and capabilities
	readAll = access{level: levelRead, whole: true} // cannot be filtered
	runs    = access{level: levelControl, whole: true}
	edits   = access{level: levelHouse, whole: true}
	admins  = access{level: levelAdmin, whole: true}
)

const accessKey = "access"

// The shapes that most routes share.
type (
	noOutput struct{}
	// LangInput asks for a language. It is exported since the router fills in no other embedded input.
	LangInput struct {
		Lang string `query:"lang" doc:"the language of names and sentences: en or zh; default: Accept-Language"`
	}
	// output is an answer with a body.
	output[T any] struct{ Body T }
)

func answer[T any](body T) *output[T] { return &output[T]{Body: body} }

// anyJSON is the schema of a value: any JSON, null for unknown.
type anyJSON struct{}

// Schema is that of any JSON value.
func (anyJSON) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "natural JSON; null is unknown"}
}

func (s *Server) register() error {
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Concord", Version: "1", Description: "One home, every brand."},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer"},
					"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "what changes something also needs the header " + csrfHeader},
				},
			},
		},
		Formats: huma.DefaultFormats, DefaultFormat: "application/json",
		Transformers: []huma.Transformer{localise},
	}
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[model.Value](), reflect.TypeFor[anyJSON]())
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[api.Problem]()) // see localise
	a := humago.New(s.mux, config)
	a.UseMiddleware(s.allow)
	for _, routes := range []func(huma.API){
		s.deviceRoutes,
		s.commandRoutes,
		s.historyRoutes,
		s.roomRoutes,
		s.peopleRoutes,
		s.sceneRoutes,
		s.arrivalRoutes,
		s.linkRoutes,
		s.rehearsalRoutes,
		s.modeRoutes,
		s.mergeRoutes,
		s.statusRoutes,
		s.accessRoutes,
		s.tokenRoutes,
		s.clientRoutes,
		s.homekitRoutes,
		s.pluginRoutes,
		s.publishingRoutes,
		s.eventRoutes,
		s.draftRoutes,
		s.meRoutes,
		s.activityRoutes,
		s.energyRoutes,
		s.systemRoutes,
		s.backupRoutes,
		s.updateRoutes,
	} {
		routes(a)
	}
	s.specRoute(a)
	var err error
	if s.spec, err = json.Marshal(a.OpenAPI()); err != nil {
		return fmt.Errorf("the description of the API: %w", err)
	}
	return nil
}

// specRoute serves the OpenAPI document.
func (s *Server) specRoute(a huma.API) {
	add(a, reads, http.MethodGet, "/api/openapi.json", "openapi", "This description, as OpenAPI 3.1", func(context.Context, *struct{}) (*struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}, error) {
		return &struct {
			ContentType string `header:"Content-Type"`
			Body        []byte
		}{"application/openapi+json", s.spec}, nil
	})
}

// add registers a route.
func add[I, O any](a huma.API, need access, method, path, id, summary string, h func(context.Context, *I) (*O, error)) {
	addSized(a, need, method, path, id, summary, maxBodyBytes, h)
}

// addSized registers a route whose body may be longer or shorter than others.
func addSized[I, O any](a huma.API, need access, method, path, id, summary string, maxBytes int64, h func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary, MaxBodyBytes: maxBytes,
		Metadata: map[string]any{accessKey: need}, BodyReadTimeout: readTimeout,
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden},
	}
	if !need.open {
		op.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	}
	huma.Register(a, op, h)
}

// allow checks the rights of the route. A route that does not say who may use it is nobody's.
func (s *Server) allow(ctx huma.Context, next func(huma.Context)) {
	need, said := ctx.Operation().Metadata[accessKey].(access)
	c := callOf(ctx.Context())
	if said && c != nil && (need.open || c.who != nil && c.who.level >= need.level && (!need.whole || !c.who.limited())) {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	writeProblem(w, problem(language(r), http.StatusForbidden, "forbidden").build())
}

// within gives a route so long to read and to answer, in place of the server's limits.
func (c *call) within(all time.Duration) {
	ctl := http.NewResponseController(c.w)
	end := time.Now().Add(all)
	_ = ctl.SetReadDeadline(end) // without it the server's limits hold
	_ = ctl.SetWriteDeadline(end.Add(writeTimeout))
}

// patient lifts the server's time limits from a route that waits or streams, but for one on how
// long the client may take to receive.
func (c *call) patient(write time.Duration) {
	ctl := http.NewResponseController(c.w)
	_ = ctl.SetReadDeadline(time.Time{}) // without it the wait only ends earlier
	_ = ctl.SetWriteDeadline(time.Now().Add(write))
}
