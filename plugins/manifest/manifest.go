// Package manifest reads what a plugin says of itself before it runs: plugin.json (who it is, what it looks for on the
// network and why, what its devices can do, what it needs) and config.schema.json (what a household
// may set). The host holds a plugin to its manifest; the kit and `hub plugin pack` check it; a person sees its reasons
// at installation.
//
// Use: Load a plugin's folder or package.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// File is the manifest's name in a plugin's folder.
const File = "plugin.json"

// Manifest is plugin.json.
type Manifest struct {
	Name         string             `json:"name"`    // the plugin's id: the sources of its devices are "plugin/NAME/ID"
	Version      string             `json:"version"` // 1.2.0
	Title        model.Text         `json:"title"`
	Vendor       Vendor             `json:"vendor"`
	License      string             `json:"license,omitempty"`
	Protocol     protocol.Versions  `json:"protocol"`
	Run          Run                `json:"run"`
	Build        []string           `json:"build,omitempty"` // run by dev, test and pack, never by a hub; {out} is the file of run.exec to make
	Discovery    []Pattern          `json:"discovery,omitempty"`
	Network      Network            `json:"network,omitzero"`
	Limits       Limits             `json:"limits,omitzero"`
	Exclusive    bool               `json:"exclusive,omitempty"` // two of it must not run at once: a reload stops the old one first
	Capabilities []model.Capability `json:"capabilities"`
	Config       string             `json:"config,omitempty"` // config.schema.json

	// Schema is the file that Config names; nil without one.
	Schema *Schema `json:"-"`
}

// Vendor is who makes the plugin.
type Vendor struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

// Run says how it is started: one of the three.
type Run struct {
	Exec   map[string]string `json:"exec,omitempty"` // by "linux/amd64": an executable file
	Python string            `json:"python,omitempty"`
	Node   string            `json:"node,omitempty"`
	Args   []string          `json:"args,omitempty"`
}

// Limits are what the plugin needs; 0 is the default.
type Limits struct {
	MemoryMiB int `json:"memoryMiB,omitempty"` // resident; default 64, at most 512
	Processes int `json:"processes,omitempty"` // and threads; default 64, at most 256
	Files     int `json:"files,omitempty"`     // open ones; default 128, at most 1024
	StoreMiB  int `json:"storeMiB,omitempty"`  // default 1, at most 16
	DiskMiB   int `json:"diskMiB,omitempty"`   // in $HUB_DATA; default 16, at most 256
	// OfflineSeconds is within which a device that stopped answering is said to be unreachable; default 30, at most 600.
	OfflineSeconds int `json:"offlineSeconds,omitempty"`
}

// bounds are the default and the most of each limit.
var bounds = []struct {
	name         string
	of           func(*Limits) *int
	normal, most int
}{
	{"memoryMiB", func(l *Limits) *int { return &l.MemoryMiB }, 64, 512},
	{"processes", func(l *Limits) *int { return &l.Processes }, 64, 256},
	{"files", func(l *Limits) *int { return &l.Files }, 128, 1024},
	{"storeMiB", func(l *Limits) *int { return &l.StoreMiB }, 1, 16},
	{"diskMiB", func(l *Limits) *int { return &l.DiskMiB }, 16, 256},
	{"offlineSeconds", func(l *Limits) *int { return &l.OfflineSeconds }, 30, 600},
}

var (
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)
	versionForm = regexp.MustCompile(`^\d{1,5}\.\d{1,5}\.\d{1,5}(-[0-9A-Za-z.-]{1,32})?$`)
	// NameForm says in words what a name is.
	nameWords = "2 to 32 of a-z, 0-9 and -, beginning with a letter"
)

// ValidName reports whether a plugin may be called so.
func ValidName(name string) bool { return nameForm.MatchString(name) }

const maxFile = 256 << 10

// Load reads and checks the manifest of a plugin's folder. The error names each thing that is wrong, one a line.
func Load(dir fs.FS) (*Manifest, error) {
	b, err := readSmall(dir, File)
	if err != nil {
		return nil, fmt.Errorf("this is no plugin: %w", err)
	}
	m, err := Parse(b)
	if err != nil {
		return nil, err
	}
	problems := m.check()
	for _, f := range m.files() {
		if !local(f) {
			problems = append(problems, fmt.Errorf("%s: the file %q is not below the plugin's folder", File, f))
		}
	}
	if m.Config != "" {
		b, err := readSmall(dir, m.Config)
		if err == nil {
			m.Schema, err = ParseSchema(b)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", m.Config, err))
		}
	}
	return m, errors.Join(problems...)
}

func readSmall(dir fs.FS, name string) ([]byte, error) {
	if !local(name) {
		return nil, fmt.Errorf("%q is not a file below the plugin's folder", name)
	}
	info, err := fs.Stat(dir, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	return fs.ReadFile(dir, name)
}

func local(name string) bool { return fs.ValidPath(name) && name != "." }

// Parse reads a manifest without checking what it says. Members that it does not know are refused: a typing error
// must not become a missing limit.
func Parse(b []byte) (*Manifest, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var m Manifest
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	for _, x := range bounds {
		if v := x.of(&m.Limits); *v == 0 {
			*v = x.normal
		}
	}
	return &m, nil
}

func (m *Manifest) check() (problems []error) {
	bad := func(field string, value any, expected string) {
		problems = append(problems, fmt.Errorf("%s: %s is %v, expected %s", File, field, value, expected))
	}
	if !ValidName(m.Name) {
		bad("name", strconv.Quote(m.Name), nameWords)
	}
	if !versionForm.MatchString(m.Version) {
		bad("version", strconv.Quote(m.Version), "MAJOR.MINOR.PATCH")
	}
	if m.Title.En == "" || m.Title.Zh == "" {
		bad("title", fmt.Sprintf("%+v", m.Title), "a text in en and zh")
	}
	if m.Vendor.Name == "" {
		bad("vendor.name", `""`, "who makes the plugin")
	}
	if m.Protocol.Min < 1 || m.Protocol.Max < m.Protocol.Min {
		bad("protocol", fmt.Sprintf("%d to %d", m.Protocol.Min, m.Protocol.Max), "min of at least 1 and max of at least min")
	} else if m.Protocol.Min > protocol.Version {
		bad("protocol.min", m.Protocol.Min, fmt.Sprintf("at most %d, which is what this hub speaks", protocol.Version))
	}
	if ways := len(m.files()) - len(m.Run.Exec) + min(len(m.Run.Exec), 1) - config(m); ways != 1 {
		bad("run", fmt.Sprintf("%d ways", ways), "one of exec, python and node")
	}
	for _, x := range bounds {
		if v := *x.of(&m.Limits); v < 1 || v > x.most {
			bad("limits."+x.name, v, fmt.Sprintf("1 to %d", x.most))
		}
	}
	m.checkNetwork(bad)
	if len(m.Capabilities) == 0 {
		bad("capabilities", "[]", "what the plugin's devices can do")
	}
	for _, c := range m.Capabilities {
		if model.LookupCapability(c) == nil && c != model.Setting && c != model.Measurement {
			bad("capabilities", c, "names of docs/capabilities.md")
		}
	}
	return problems
}

func config(m *Manifest) int {
	if m.Config != "" {
		return 1
	}
	return 0
}

// files are the files that the manifest names.
func (m *Manifest) files() (out []string) {
	for _, f := range m.Run.Exec {
		out = append(out, f)
	}
	for _, f := range []string{m.Run.Python, m.Run.Node, m.Config} {
		if f != "" {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

// Entry is the file that is started on a platform ("linux/amd64") and the interpreter that it needs: "", "python3" or "node".
func (m *Manifest) Entry(platform string) (file, interpreter string, err error) {
	switch {
	case m.Run.Python != "":
		return m.Run.Python, "python3", nil
	case m.Run.Node != "":
		return m.Run.Node, "node", nil
	}
	file, ok := m.Run.Exec[platform]
	if !ok {
		return "", "", fmt.Errorf("%s %s has no program for %s", m.Name, m.Version, platform)
	}
	return path.Clean(file), "", nil
}

// Allows reports whether devices of the plugin may have the capability.
func (m *Manifest) Allows(c model.Capability) bool { return slices.Contains(m.Capabilities, c) }
