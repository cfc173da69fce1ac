//go:build !testscript

package main

import (
	"os"
	"testing"

	"github.com/concord-home/hub/plugins/broken"
	"github.com/concord-home/hub/plugins/sandbox"
)

// The tests' own executable is a plugin's launcher, and the broken plugins.
func TestMain(m *testing.M) {
	sandbox.Init()
	broken.Init()
	os.Exit(m.Run())
}
