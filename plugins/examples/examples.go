// Package examples holds a plugin in each language, each with its device, and makes new plugins of them:
// `hub plugin new` writes one of them under another name, so what a vendor begins with is what our tests hold to gold.
//
//	plug/    in Go, with the SDK: a switch with a thermometer over HTTP
//	fan/     in Go, with the SDK: a fan over MQTT alone
//	lamp/    in Python, without an SDK: a lamp with a button, lines over TCP
//	heater/  for Node, without an SDK: a thermostat over HTTP
package examples

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/concord-home/hub/plugins/manifest"
)

//go:embed plug fan lamp heater
var files embed.FS

// Languages are the languages of the examples; go-mqtt is Go for devices that are reached over MQTT.
var Languages = []string{"go", "go-mqtt", "python", "node"}

// example is the folder of a language, and what in it is named after the example.
var example = map[string]struct{ dir, name, service, en, zh string }{
	"go":      {"plug", "acme-plug", "_acme-plug._tcp", "Acme plug", "艾克美插座"},
	"go-mqtt": {"fan", "breeze-fan", "breeze/", "Breeze fan", "清风吊扇"},
	"python":  {"lamp", "lumo-lamp", "_lumo._tcp", "Lumo lamp", "流明台灯"},
	"node":    {"heater", "nordic-heater", "_nordic-heat._tcp", "Nordic heater", "北欧取暖器"},
}

// module is the Go module that holds the SDK.
const module = "github.com/concord-home/hub"

// New writes a plugin to a folder that is not there yet or empty. version is the hub's module version that a Go
// plugin requires; sdk, unless empty, is a folder with the hub's source to use instead.
func New(dir, name, language, version, sdk string) error {
	e, ok := example[language]
	switch {
	case !ok:
		return fmt.Errorf("the language is %q, expected %s", language, strings.Join(Languages, ", "))
	case !manifest.ValidName(name):
		return fmt.Errorf("the name is %q, expected 2 to 32 of a-z, 0-9 and -, beginning with a letter", name)
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	service := name + "/" // the first level of its topics
	if e.service[0] == '_' {
		service = "_" + strings.TrimRight(name[:min(len(name), 15)], "-") + "._tcp" // RFC 6763: at most 15
	}
	words := strings.NewReplacer(e.service, service, e.name, name, e.en, name, e.zh, name)
	err := fs.WalkDir(files, e.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(path, e.dir+"/")))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, []byte(words.Replace(string(b))), 0o644)
	})
	if err != nil || !strings.HasPrefix(language, "go") {
		return err
	}
	return writeModule(dir, name, version, sdk)
}

func writeModule(dir, name, version, sdk string) error {
	mod := "module " + name + "\n\ngo 1.26.0\n\nrequire " + module + " " + version + "\n"
	var errs []error
	if sdk != "" {
		abs, err := filepath.Abs(sdk)
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(abs, "plugins", "sdk")); err != nil {
			return fmt.Errorf("%s holds no source of the hub: %w", sdk, err)
		}
		work := "go 1.26.0\n\nuse (\n\t.\n\t" + abs + "\n)\n" // not part of the plugin: for this machine
		errs = append(errs, os.WriteFile(filepath.Join(dir, "go.work"), []byte(work), 0o644))
	}
	return errors.Join(append(errs, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644), os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("bin/\ngo.work\ngo.work.sum\n*.hubplugin\n*.key\n"), 0o644))...)
}
