// Command huemock is the mock bridge of tdrn-org/go-hue as a peer: what others believe a Hue bridge to be. It is a module of
// its own so that the hub's module needs none of what the mock needs. It prints its address and serves until it is ended;
// run it in a network namespace, since it listens on all interfaces and announces itself.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/tdrn-org/go-hue/mock"
)

func main() {
	s := mock.Start()
	fmt.Println(s.Server())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	s.Shutdown()
}
