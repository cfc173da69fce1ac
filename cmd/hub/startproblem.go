package main

import (
	"errors"
	"io/fs"
	"net"
	"syscall"
)

// startProblem says why the hub did not start, and what to do, where the cause is one that its owner can remove.
func (c *cli) startProblem(err error) error {
	var listen *net.OpError
	var path *fs.PathError
	switch {
	case errors.As(err, &listen) && listen.Op == "listen" && listen.Addr != nil:
		for cause, key := range map[error]string{syscall.EADDRINUSE: "start.taken", syscall.EADDRNOTAVAIL: "start.foreign", syscall.EACCES: "start.port"} {
			if errors.Is(err, cause) {
				return errors.New(c.say(key, listen.Addr))
			}
		}
	case errors.As(err, &path):
		return errors.New(c.say("start.data", c.data, path))
	}
	return err
}
