package homeassistant

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is what a configuration folder holds.
type Config struct {
	Areas       []Area
	Devices     []Device
	Entities    []Entity
	Automations []Item
	Scenes      []Item
	// Problems are files that could not be read; the rest was.
	Problems []Note
}

// Item is one automation or scene as written: a tree of maps, lists and plain values.
type Item struct {
	ID   string // Home Assistant's, may be empty
	Name string
	Tree map[string]any
}

// maxFile bounds what is read of one file; bytes. The largest registries of big houses have some MiB.
const maxFile = 64 << 20

// maxDepth bounds how deep files may include each other.
const maxDepth = 10

// Read reads a configuration folder: the registries below .storage, and the automations and scenes of
// automations.yaml, scenes.yaml and whatever configuration.yaml includes in their place. It fails only when the
// folder holds none of these.
func Read(dir fs.FS) (*Config, error) {
	c := &Config{}
	r := reader{dir: dir, c: c}
	found := r.registries()
	main, err := r.yaml("configuration.yaml", 0)
	if err == nil {
		found = true
	} else if !errors.Is(err, fs.ErrNotExist) {
		c.note(Failed, "configuration.yaml", "import.file", err.Error())
	}
	tree, _ := main.(map[string]any)
	auto, scenes := sections(tree, "automation"), sections(tree, "scene")
	if len(auto) == 0 {
		auto = r.optional("automations.yaml")
	}
	if len(scenes) == 0 {
		scenes = r.optional("scenes.yaml")
	}
	c.Automations, c.Scenes = items(auto, "alias"), items(scenes, "name")
	if found = found || len(auto)+len(scenes) > 0; !found {
		return nil, errors.New("this is no Home Assistant configuration folder: it has neither configuration.yaml, automations.yaml, scenes.yaml nor .storage; give the folder that holds them, such as /config of a backup")
	}
	return c, nil
}

// sections gathers what stands under a key, under the key with a label ("automation ui"), and under the same in packages.
func sections(tree map[string]any, key string) []any {
	var out []any
	for _, k := range sortedKeys(tree) {
		word, _, _ := strings.Cut(k, " ")
		if word == key {
			out = append(out, list(tree[k])...)
		}
	}
	if core, ok := tree["homeassistant"].(map[string]any); ok {
		packages, _ := core["packages"].(map[string]any)
		for _, name := range sortedKeys(packages) {
			if p, ok := packages[name].(map[string]any); ok {
				out = append(out, sections(p, key)...)
			}
		}
	}
	return out
}

func items(all []any, nameKey string) []Item {
	var out []Item
	for _, x := range all {
		tree, ok := x.(map[string]any)
		if !ok {
			continue
		}
		out = append(out, Item{ID: text(tree["id"]), Name: text(tree[nameKey]), Tree: tree})
	}
	return out
}

// reader resolves Home Assistant's own YAML tags against the folder.
type reader struct {
	dir fs.FS
	c   *Config
}

func (r reader) optional(name string) []any {
	x, err := r.yaml(name, 0)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.c.note(Failed, name, "import.file", err.Error())
		}
		return nil
	}
	return list(x)
}

func (r reader) file(name string) ([]byte, error) {
	info, err := fs.Stat(r.dir, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxFile>>20)
	}
	return fs.ReadFile(r.dir, name)
}

func (r reader) yaml(name string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: files include each other more than %d deep", name, maxDepth)
	}
	b, err := r.file(name)
	if err != nil {
		return nil, err
	}
	var n yaml.Node
	if err := yaml.Unmarshal(b, &n); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(n.Content) == 0 {
		return nil, nil
	}
	return r.value(n.Content[0], path.Dir(name), depth), nil
}

// value turns a node into plain values. An include that cannot be read is noted and is nothing; so is a secret,
// which has no business in another house.
func (r reader) value(n *yaml.Node, dir string, depth int) any {
	switch {
	case n.Kind == yaml.AliasNode:
		if depth > maxDepth {
			return nil
		}
		return r.value(n.Alias, dir, depth+1)
	case strings.HasPrefix(n.Tag, "!include"):
		x, err := r.include(n.Tag, path.Join(dir, n.Value), depth)
		if err != nil {
			r.c.note(Failed, n.Value, "import.file", err.Error())
		}
		return x
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"): // !secret, !env_var, !input
		return opaque(n.Tag + " " + n.Value)
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = r.value(n.Content[i+1], dir, depth)
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, x := range n.Content {
			out = append(out, r.value(x, dir, depth))
		}
		return out
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil
}

// scalar is a plain value as Home Assistant, which speaks YAML 1.1, reads it: on and off are truths.
func scalar(n *yaml.Node) any {
	if n.Style == 0 {
		switch strings.ToLower(n.Value) {
		case "on", "yes":
			return true
		case "off", "no":
			return false
		}
	}
	var v any
	if n.Decode(&v) != nil {
		return n.Value
	}
	switch v := v.(type) {
	case int:
		return float64(v)
	case bool, float64, string, nil:
		return v
	}
	return n.Value // a time of day, a date
}

// opaque is a value that only the other system knows.
type opaque string

// include follows one of the include tags.
func (r reader) include(tag, name string, depth int) (any, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s lies outside the folder", name)
	}
	if tag == "!include" {
		return r.yaml(name, depth+1)
	}
	var files []string
	err := fs.WalkDir(r.dir, name, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(p, ".yaml") || strings.HasSuffix(p, ".yml")) {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []any
	named := map[string]any{}
	for _, f := range files {
		x, err := r.yaml(f, depth+1)
		if err != nil {
			return nil, err
		}
		switch tag {
		case "!include_dir_list":
			all = append(all, x)
		case "!include_dir_merge_list":
			all = append(all, list(x)...)
		case "!include_dir_named":
			named[strings.TrimSuffix(path.Base(f), path.Ext(f))] = x
		case "!include_dir_merge_named":
			if m, ok := x.(map[string]any); ok {
				for _, k := range sortedKeys(m) {
					named[k] = m[k]
				}
			}
		default:
			return nil, fmt.Errorf("%s is no tag that Home Assistant knows", tag)
		}
	}
	if strings.HasSuffix(tag, "named") {
		return named, nil
	}
	return all, nil
}
