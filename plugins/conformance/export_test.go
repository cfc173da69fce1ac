package conformance

import (
	"context"
	"os"
	"time"

	"github.com/concord-home/hub/plugins/protocol/schema"
	"github.com/concord-home/hub/plugins/simulator"
)

// Idle starts a plugin with a device and measures it.
func Idle(ctx context.Context, dir string) (seconds, mib float64, err error) {
	k := &kit{o: Options{Dir: dir}, said: &said{}, wire: &simulator.Topics{}}
	if k.schemas, err = schema.Load(); err != nil {
		return 0, 0, err
	}
	if k.dir, err = os.MkdirTemp("", "kit"); err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(k.dir)
	if err := k.load(); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	e, err := k.enter(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	seconds = time.Since(began).Seconds()
	used, _ := e.subject.process.Memory()
	return seconds, float64(used) / (1 << 20), e.leave(ctx)
}
