package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/time/rate"

	"github.com/concord-home/hub/plugins/protocol"
)

// ping asks for a sign of life and closes silent when there was none too often.
func (r *process) ping(tick <-chan time.Time, silent chan<- struct{}) {
	misses := 0
	for {
		select {
		case <-r.served:
			return
		case <-tick:
		}
		ctx, cancel := context.WithTimeout(context.Background(), r.plugin.host.o.Times.PingTimeout)
		err := r.conn.Call(ctx, protocol.MethodPing, protocol.Empty{}, nil)
		cancel()
		var answered *protocol.Error
		if err == nil || errors.As(err, &answered) && answered.Code != protocol.Busy {
			misses = 0
			continue
		}
		if misses++; misses >= protocol.PingMisses {
			close(silent)
			return
		}
	}
}

// watcher looks at a process's memory and flow of messages.
type watcher struct {
	process *process
	flooded time.Duration
	looks   int
}

// diskEvery is at how many looks the plugin's own folder is measured.
const diskEvery = 30

// look returns why the process must end, if it must.
func (w *watcher) look() string {
	r, every := w.process, w.process.plugin.host.o.Times.Watch
	if used, ok := r.Memory(); ok {
		r.plugin.mu.Lock()
		r.plugin.counts.memory = used
		r.plugin.mu.Unlock()
		if limit := int64(r.manifest.Limits.MemoryMiB) << 20; used > limit+limit/2 {
			return fmt.Sprintf("it uses %d MiB of memory, and its manifest allows %d MiB", used>>20, limit>>20)
		}
	}
	waited := time.Duration(r.throttled.Swap(0))
	if waited > every/2 {
		w.flooded += every
		r.plugin.ail(fmt.Sprintf("it sends more than %d messages a second: the hub reads them slowly", protocol.DefaultLimits.MessagesPerSecond))
	} else if w.flooded > 0 {
		w.flooded = 0
		r.plugin.ail("")
	}
	if flood := r.plugin.host.o.Times.Flood; w.flooded >= flood {
		return fmt.Sprintf("it floods the hub: more than %d messages a second for %v", protocol.DefaultLimits.MessagesPerSecond, flood)
	}
	if w.looks++; w.looks%diskEvery == 0 {
		if size, limit := diskUse(r.plugin.dataDir()), int64(r.manifest.Limits.DiskMiB)<<20; size > limit {
			return fmt.Sprintf("its folder holds %d MiB, and its manifest allows %d MiB", size>>20, limit>>20)
		}
	}
	return ""
}

func diskUse(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// ail notes what is the matter with the plugin; "" when all is well again.
func (p *plugin) ail(why string) {
	why = p.mask(why)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwell = why
}

// admit slows down a plugin that says too much: what it writes waits in its pipe.
func (r *process) admit(ctx context.Context, m protocol.Message) error {
	n := min(len(m.Params)+len(m.Result)+64, 4<<20)
	for _, l := range []*rate.Reservation{r.messages.Reserve(), r.bytes.ReserveN(time.Now(), n)} {
		if d := l.Delay(); d > 0 {
			r.throttled.Add(int64(d))
			select {
			case <-time.After(d):
			case <-r.exited:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if m.Answer() {
		r.greeted.Store(true) // the first that it is asked is to initialize
	}
	r.plugin.mu.Lock()
	r.plugin.counts.messages++
	r.plugin.mu.Unlock()
	return nil
}

// garbage counts a line that is no message: a program that prints to its standard output is told, not killed.
func (r *process) garbage(e *protocol.Error) error {
	if err := r.admit(context.Background(), protocol.Message{}); err != nil {
		return err
	}
	r.plugin.fault(e.Message)
	return nil
}
