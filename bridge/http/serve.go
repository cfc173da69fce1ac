package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Bounds against clients that are slow, many or large.
const (
	maxHeaderBytes = 32 << 10
	maxBodyBytes   = 1 << 20
	readTimeout    = 15 * time.Second // header and body
	writeTimeout   = 30 * time.Second // routes that wait or stream set their own
	idleTimeout    = 60 * time.Second
	shutdownGrace  = 5 * time.Second

	maxConns        = 1024
	maxConnsPerHost = 128
)

// Serve answers requests on the listener until the context ends, then lets those under
// way finish for a few seconds. It may be called once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := s.httpServer()
	following, forget := context.WithCancel(context.WithoutCancel(ctx))
	var follower sync.WaitGroup
	follower.Go(func() { s.follow(following) })
	defer follower.Wait()
	defer forget()
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(&boundedListener{Listener: l, open: map[string]int{}}) }()
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("the HTTP server on %s ended by itself: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	close(s.stopped)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if srv.Shutdown(grace) != nil {
		return errors.Join(err, srv.Close())
	}
	return err
}

func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.o.HeaderTimeout,
		ReadTimeout:       max(readTimeout, s.o.HeaderTimeout),
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// boundedListener closes what exceeds the number of connections, in all and from one
// address, so that one client cannot keep the others out.
type boundedListener struct {
	net.Listener
	mu    sync.Mutex
	total int
	open  map[string]int
}

// Accept returns the next connection within the bounds.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if from := clientKey(c.RemoteAddr().String()); l.enter(from) {
			return &boundedConn{Conn: c, leave: sync.OnceFunc(func() { l.exit(from) })}, nil
		}
		_ = c.Close() // nothing was said on it
	}
}

func (l *boundedListener) enter(from string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= maxConns || l.open[from] >= maxConnsPerHost {
		return false
	}
	l.total++
	l.open[from]++
	return true
}

func (l *boundedListener) exit(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.open[from]--; l.open[from] <= 0 {
		delete(l.open, from)
	}
}

type boundedConn struct {
	net.Conn
	leave func()
}

// Close ends the connection and makes room for another.
func (c *boundedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
