// Package web holds the web app as it was built: the files of dist, made by `npm run build` in
// this folder and committed, so that building the hub needs Go alone.
//
// Use: hand [Files] to the HTTP side (httpapi.Options.App). Sources are in src, tests in tests.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are the app's files by their paths below the root of its address: index.html,
// assets/… (their names carry a hash of their content), each with its compressed twins .gz and .br.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directory is embedded: its name is valid
	}
	return sub
}
