// Command hub is the smart-home hub and its command line. `hub run` is the hub itself; every
// other command talks to a running one through its API, but for `translate` and
// `capabilities`, which need none.
//
// main.go and root.go wire the commands, one file each; client.go speaks to the hub; what there is to
// work out (names, shorthand, tables, plots) is in the packages below internal.
//
// Exit codes: 0 done; 1 failed, timed out or refused; 2 wrong usage; 3 the hub cannot be reached; 4 not found.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/concord-home/hub/plugins/sandbox"
)

func main() {
	sandbox.Init() // a plugin's process begins as this program
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	c := &cli{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now}
	code := c.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
