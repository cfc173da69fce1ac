package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/danielgtaylor/huma/v2"
)

// Plugins are the plugins of the hub.
type Plugins interface {
	Plugins() []api.Plugin
	// Install installs a package, signed by the key when one is given, or a folder of the hub's machine.
	Install(ctx context.Context, pkg []byte, key string) (api.Plugin, error)
	Develop(ctx context.Context, folder string) (api.Plugin, error)
	Configure(ctx context.Context, name string, config json.RawMessage) (api.Plugin, error)
	// Do enables, disables, reloads, attaches, detaches or removes.
	Do(ctx context.Context, name, action, address string) error
	Log(ctx context.Context, name string) (api.PluginLog, error)
}

// The errors of Plugins that are the caller's.
var (
	ErrNoPlugin      = errors.New("no such plugin")
	ErrPluginRefused = errors.New("refused")
)

// maxPackageBytes is how large a plugin's package may be.
const maxPackageBytes = 128 << 20

const pluginsPath = "/api/plugins"

// bodyLimit is how long a request's body may be.
func bodyLimit(r *http.Request) int64 {
	if r.Method == http.MethodPost {
		switch r.URL.Path {
		case pluginsPath:
			return maxPackageBytes
		case restorePath:
			return maxBackupBytes
		case updatePath:
			return maxRelease
		}
	}
	return maxBodyBytes
}

func (s *Server) pluginRoutes(a huma.API) {
	add(a, admins, http.MethodGet, pluginsPath, "list-plugins", "The plugins and how they are", s.listPlugins)
	add(a, admins, http.MethodGet, pluginsPath+"/{name}", "get-plugin", "A plugin and how it is", s.getPlugin)
	addSized(a, admins, http.MethodPost, pluginsPath, "install-plugin", "Install a package, or replace the version that is there", maxPackageBytes, s.installPlugin)
	add(a, admins, http.MethodPost, "/api/plugin-folders", "develop-plugin", "Use a folder of the hub's machine as a plugin, in developer mode", s.developPlugin)
	add(a, admins, http.MethodPut, pluginsPath+"/{name}/config", "configure-plugin", "Set a plugin's configuration; ••• stands for a secret as it is", s.configurePlugin)
	add(a, admins, http.MethodPost, pluginsPath+"/{name}/actions", "do-plugin", "Enable, disable or reload a plugin; attach or detach a device by its address", s.doPlugin)
	add(a, admins, http.MethodDelete, pluginsPath+"/{name}", "remove-plugin", "Remove a plugin with all that it kept", s.removePlugin)
	add(a, admins, http.MethodGet, pluginsPath+"/{name}/log", "plugin-log", "What a plugin said of late", s.pluginLog)
}

// PluginInput names a plugin.
type PluginInput struct {
	LangInput
	Name string `path:"name" maxLength:"64"`
}

// plugins are the hub's, or the answer that it has none.
func (s *Server) plugins(lang string) (Plugins, error) {
	if s.o.Plugins == nil {
		return nil, absent(lang)
	}
	return s.o.Plugins, nil
}

// ofPlugin is the problem of what was not done with a plugin.
func (s *Server) ofPlugin(lang, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoPlugin):
		known := map[string]string{}
		for _, p := range s.o.Plugins.Plugins() {
			known[p.Name] = p.Title.In(lang)
		}
		return notFound(lang, "plugin", name, known)
	case errors.Is(err, ErrPluginRefused):
		return problem(lang, http.StatusUnprocessableEntity, "plugin").detail(messages.Phrase(lang, err.Error())).build()
	}
	return s.failed(lang, "a plugin", err)
}

func (s *Server) listPlugins(ctx context.Context, _ *LangInput) (*output[[]api.Plugin], error) {
	desk, err := s.plugins(callOf(ctx).lang)
	if err != nil {
		return nil, err
	}
	return answer(append([]api.Plugin{}, desk.Plugins()...)), nil
}

func (s *Server) getPlugin(ctx context.Context, in *PluginInput) (*output[api.Plugin], error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	for _, p := range desk.Plugins() {
		if p.Name == in.Name {
			return answer(p), nil
		}
	}
	return nil, s.ofPlugin(lang, in.Name, ErrNoPlugin)
}

func (s *Server) installPlugin(ctx context.Context, in *struct {
	LangInput
	Key     string `query:"key" maxLength:"200" doc:"the vendor's minisign public key that the package must be signed with"`
	RawBody []byte `contentType:"application/octet-stream"`
}) (*output[api.Plugin], error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	callOf(ctx).patient(2 * time.Minute)
	p, err := desk.Install(ctx, in.RawBody, in.Key)
	if err != nil {
		return nil, s.ofPlugin(lang, "", err)
	}
	return answer(p), nil
}

func (s *Server) developPlugin(ctx context.Context, in *struct {
	LangInput
	Body api.PluginFolder
}) (*output[api.Plugin], error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	p, err := desk.Develop(ctx, in.Body.Folder)
	if err != nil {
		return nil, s.ofPlugin(lang, "", err)
	}
	return answer(p), nil
}

func (s *Server) configurePlugin(ctx context.Context, in *struct {
	PluginInput
	Body map[string]json.RawMessage
}) (*output[api.Plugin], error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(in.Body)
	if err != nil {
		return nil, s.failed(lang, "a plugin's configuration", err)
	}
	p, err := desk.Configure(ctx, in.Name, config)
	if err != nil {
		return nil, s.ofPlugin(lang, in.Name, err)
	}
	return answer(p), nil
}

func (s *Server) doPlugin(ctx context.Context, in *struct {
	PluginInput
	Body api.PluginAction
}) (*noOutput, error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofPlugin(lang, in.Name, desk.Do(ctx, in.Name, in.Body.Action, in.Body.Address))
}

func (s *Server) removePlugin(ctx context.Context, in *PluginInput) (*noOutput, error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofPlugin(lang, in.Name, desk.Do(ctx, in.Name, "remove", ""))
}

func (s *Server) pluginLog(ctx context.Context, in *PluginInput) (*output[api.PluginLog], error) {
	lang := callOf(ctx).lang
	desk, err := s.plugins(lang)
	if err != nil {
		return nil, err
	}
	l, err := desk.Log(ctx, in.Name)
	if err != nil {
		return nil, s.ofPlugin(lang, in.Name, err)
	}
	l.Lines = append([]api.PluginLine{}, l.Lines...)
	return answer(l), nil
}
