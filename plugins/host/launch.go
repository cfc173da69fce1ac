package host

import (
	"context"
	"time"

	"github.com/concord-home/hub/plugins/broker"
	"github.com/concord-home/hub/plugins/launch"
	"github.com/concord-home/hub/plugins/protocol"
)

// launch starts the process, and what listens to it.
func (r *process) launch(folder string) (err error) {
	h := r.plugin.host
	r.Process, err = launch.Start(launch.Options{Manifest: r.manifest, Folder: folder, Data: r.plugin.dataDir(), Run: h.run, Broker: broker.Options{Anywhere: h.o.Developer, ListenOn: h.o.ListenOn}})
	if err != nil {
		return err
	}
	r.conn = protocol.NewConn(r.Stdout, r.Stdin, r.handle, protocol.ConnOptions{Admit: r.admit, Garbage: r.garbage})
	logged := make(chan struct{})
	go func() { defer close(logged); r.plugin.logs.follow(r.Stderr); _ = r.Stderr.Close() }()
	go func() {
		defer close(r.served)
		r.serveErr = r.conn.Serve(context.Background())
		_ = r.Stdout.Close()
	}()
	go func() {
		defer close(r.exited)
		r.exitErr = r.Wait()
		select { // children may hold the pipes open
		case <-logged:
		case <-time.After(time.Second):
			_ = r.Stderr.Close()
		}
	}()
	return nil
}
