// Package httpapi is the hub's HTTP side: a REST API with a live stream of events,
// metrics, and who may use them. Shapes are in package api beside it, words in messages.
//
// Use: New(Options{House: ..., Memory: ...}), then Serve on a listener, or mount Handler.
// Whoever calls is a person with a session, a program with a token, the command line with
// the token of [LocalToken], or, in a demo, anybody on this machine. Nothing is open but
// set-up, log-in and a health check; docs of every route are at /api/openapi.json.
//
// Every request passes the gate in this order: host, origin, who it is, header against
// forgery, rights of the route; then handlers filter by the rooms and capabilities of the caller.
package httpapi

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/prometheus/client_golang/prometheus"
)

// House is the running house.
type House interface {
	View() *home.View
	Do(ctx context.Context, body home.Body) error
	Ask(ctx context.Context, a home.Ask) (model.CommandID, error)
	Command(ctx context.Context, a home.Ask, progress func(home.Command)) (home.Command, error)
	// Events opens a stream with room for so many effects waiting; call the function when
	// done. An effect of no type of package home says that some were missed.
	Events(room int) (<-chan home.Effect, func())
}

// Options are what a server is made of. House and Memory are required; a route whose
// function is nil answers that this hub has no such part.
type Options struct {
	House  House
	Memory Memory

	Discovered func() []api.Discovered
	Doctor     func() api.Doctor
	Info       func() api.Info
	// Arrival tells how the arrival scenes stand, with a receipt of so many days; words and names are filled in here.
	Arrival func(v *home.View, days int) ([]api.Arrival, error)
	// Positions read what phones send to a presence link, by the last part of its address.
	Positions map[string]Decoder
	// Pair opens an adapter's network to new devices for some seconds, or closes it (0).
	Pair func(ctx context.Context, adapter string, seconds int) error
	// Remove takes a source out of its adapter's network.
	Remove func(ctx context.Context, source model.SourceID) error
	// Snapshot takes a picture (JPEG) of a device's camera, of about that size in pixels.
	Snapshot func(ctx context.Context, device model.DeviceID, width, height int) ([]byte, error)
	// Clients are the accounts of the hub's MQTT broker; nil with an external one.
	Clients Clients
	// Plugins are the hub's plugins.
	Plugins Plugins
	// Backups are the hub's backups of itself, BackupRoutine makes them by a schedule, Updates replace the hub's program.
	Backups       Backups
	BackupRoutine BackupRoutine
	Updates       Updates
	// Adapters tells how well each adapter does, Log the last lines of the hub's own log.
	Adapters func() []api.AdapterHealth
	Log      func() []api.LogLine
	// Publishing is what is published on MQTT for other systems.
	Publishing Publishing
	// HomeKitAccessories and HomeKitBridges are HomeKit inward and outward.
	HomeKitAccessories HomeKitAccessories
	HomeKitBridges     HomeKitBridges
	// Scenes are the scenes' texts; nil: there are documents only.
	Scenes Scenes
	// Past looks back; nil: nothing is kept.
	Past Past
	// Situation is how things stand with a scene.
	Situation func(rec home.SceneRecord, v *home.View, at time.Time) home.Situation
	// Zone tells whether there is such a time zone.
	Zone func(name string) error
	// SetupCode is given each one-time set-up code, to be shown to whoever stands at the hub. It is called from New, too.
	SetupCode func(code string)

	// Counters feed /metrics beside what the registry holds; both may be nil.
	Counters func() Counters
	Metrics  *prometheus.Registry

	Now    func() time.Time
	Logger *slog.Logger
	// Mounts are routes of other bridges, served behind the same gate.
	Mounts []Mount
	// Demo lets everybody on this machine in without logging in.
	Demo bool
	// DataDir is where the command line's token is; empty: there is none.
	DataDir string
	// Hosts are further names (without port) by which the hub is called.
	Hosts []string
	// App is the web app, by the paths below the root; nil: there is none.
	App fs.FS
	// HeaderTimeout bounds how long a request's header may take; default 5 s.
	HeaderTimeout time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.House == nil || o.Memory == nil {
		return o, errors.New("the HTTP server needs a house and a memory")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.HeaderTimeout == 0 {
		o.HeaderTimeout = 5 * time.Second
	}
	if o.SetupCode == nil {
		o.SetupCode = func(string) {}
	}
	return o, nil
}

// Server is the HTTP side of one hub.
type Server struct {
	o       Options
	log     *slog.Logger
	auth    *keyring
	setup   *setupDesk
	logins  *lockout
	mux     *http.ServeMux
	spec    []byte // the OpenAPI document
	app     *app   // nil: there is none
	run     string // tells one run of the hub from another
	recent  recent
	diary   *diary
	handler http.Handler
	stopped chan struct{} // closed when Serve ends: streams end, too
	// openMounts are the patterns of mounted routes that need no caller.
	openMounts map[string]bool
}

// New makes a server. It reads accounts and tokens from memory and, where nobody has
// claimed the hub yet, makes a set-up code.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, log: o.Logger, mux: http.NewServeMux(), stopped: make(chan struct{})}
	if s.auth, err = openKeyring(context.Background(), o.Memory, o.DataDir, o.Now); err != nil {
		return nil, err
	}
	s.run = strings.TrimPrefix(newID("r"), "r")
	if s.diary, err = openDiary(context.Background(), o.Memory, o.Logger); err != nil {
		return nil, err
	}
	if o.App != nil {
		if s.app, err = openApp(o.App); err != nil {
			return nil, err
		}
	}
	s.logins = newLockout(o.Now)
	s.setup = newSetupDesk(o.Now, o.SetupCode)
	if !s.auth.claimed() && !o.Demo {
		s.setup.issue()
	}
	if err := o.Metrics.Register(collector{s}); err != nil {
		return nil, err
	}
	if err := s.register(); err != nil {
		return nil, err
	}
	s.mountRoutes()
	s.handler = s.gate()
	return s, nil
}

// Handler answers every request to the server.
func (s *Server) Handler() http.Handler { return s.handler }
