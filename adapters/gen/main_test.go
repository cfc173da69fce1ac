package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDevicesPageIsCurrentAndEveryAdapterIsOnIt(t *testing.T) {
	want, err := render("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/devices.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/devices.md is not what adapters/*/about.yaml say: go generate ./adapters")
	}
	folders, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		about := filepath.Join("..", f.Name(), "about.yaml")
		if _, err := os.Stat(about); err != nil && f.IsDir() && f.Name() != "gen" && f.Name() != "lan" && f.Name() != "adaptertest" {
			t.Errorf("%s has no about.yaml", f.Name())
		}
	}
}
