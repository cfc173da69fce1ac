package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/network"
	"github.com/concord-home/hub/adapters/owntracks"
	"github.com/concord-home/hub/adapters/phones"
	"github.com/concord-home/hub/adapters/zigbee2mqtt"
	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/bridge/converse"
	httpapi "github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/discovery"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/mqtt/accounts"
	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/seek"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenefile"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
	"github.com/concord-home/hub/web"
)

// house is all that runs: the parts, in the order in which they are made.
type house struct {
	o         runOptions
	log       *slog.Logger
	lock      *os.File
	store     *store.Store
	accounts  *accounts.Accounts
	broker    *mqtt.Broker // nil with an external broker
	conn      mqtt.Conn
	lan       *discovery.Listener
	seekers   *seek.Seeker
	plugins   *host.Host
	hub       *hub.Hub
	folder    *scenefile.Folder
	instance  string // under which the hub publishes on MQTT
	publisher *publisher
	noticesTo string // an address; empty: none
	listener  net.Listener
	server    *httpapi.Server
	voice     *converse.Engine
	platforms platforms
	routine   *backup.Routine
	updates   updateDesk
	notices   chan home.Notice // of the hub itself; see notices.go
	wyoming   net.Listener     // nil: not served
	started   time.Time
	pace      home.Pace // of the demo
	greeting  greeting
	homekit   homekitParts
	lines     *tail
	anew      chan error // capacity 1: errAnew or errReplaced
}

// open makes the parts. What was opened is closed again when a later part fails.
func open(ctx context.Context, o runOptions, log *slog.Logger, lines *tail) (h *house, err error) {
	h = &house{o: o, log: log, lines: lines, started: time.Now(), anew: make(chan error, 1), notices: make(chan home.Notice, 8)}
	h.pace = h.demoPace()
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	for _, step := range []func(context.Context) error{
		h.openStore,
		h.openMQTT,
		h.openHub,
		h.openAppleHome,
		h.openScenes,
		h.openPublisher,
		h.openNotices,
		h.openVoice,
		h.openPlatforms,
		h.openBackups,
		h.openHTTP,
	} {
		if err := step(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

// errInUse says that the data directory has a hub already.
var errInUse = errors.New("another hub is running with the data directory")

func (h *house) openStore(ctx context.Context) (err error) {
	if err := os.MkdirAll(h.o.data, 0o700); err != nil {
		return fmt.Errorf("the data directory cannot be made: %w", err)
	}
	if h.lock, err = os.OpenFile(filepath.Join(h.o.data, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("the data directory cannot be written: %w", err)
	}
	if err := syscall.Flock(int(h.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%w %s: stop it, or give --data another", errInUse, h.o.data)
	}
	h.restore()
	if err := h.sweepBackups(); err != nil {
		h.log.Warn("what backups left behind was not removed", "err", err)
	}
	if h.store, err = store.Open(h.o.data, store.Options{HistoryBytes: h.o.historyMB << 20, Logger: h.log}); err != nil {
		return err
	}
	if h.instance, err = instance(ctx, h.store); err != nil {
		return err
	}
	h.accounts, err = accounts.Load(ctx, h.store)
	return err
}

func (h *house) openHub(ctx context.Context) (err error) {
	client := topics{h.conn}
	keys, err := h.phoneKeys(ctx)
	if err != nil {
		return err
	}
	h.lan = discovery.New(discovery.Options{SSDP: true, Loopback: h.o.demo, Logger: h.log})
	if err = h.openPlugins(ctx); err != nil {
		return err
	}
	all := []adapters.Adapter{
		zigbee2mqtt.New(zigbee2mqtt.Options{Base: h.o.base, MQTT: client, Logger: h.log, WebSocketURL: h.o.webSocket}),
		owntracks.New(owntracks.Options{MQTT: client, Fixes: fixes{h}, Keys: keys, Logger: h.log}),
		network.New(network.Options{MQTT: client, Reach: fixes{h}, Logger: h.log}),
		phones.New(phones.Options{Reach: fixes{h}, Trackers: h.trackers}),
		h.plugins,
	}
	brands, err := h.brands(client)
	if err != nil {
		return err
	}
	all = append(all, brands...)
	if err := h.openHomeKit(); err != nil {
		return err
	}
	all = append(all, h.homekit.in)
	h.hub, err = hub.New(ctx, hub.Options{
		Store:    h.store,
		Scenes:   scenes.New(scenes.Zones(time.LoadLocation), scenes.Paced(h.pace)),
		Presence: presence.New(presence.Zones(time.LoadLocation), presence.Paced(h.pace)),
		Adapters: all,
		Logger:   h.log,
	})
	if err != nil {
		return err
	}
	for _, a := range all {
		if s, ok := a.(adapters.Seeker); ok {
			h.seek(a.Name(), s)
		}
	}
	return nil
}

// seek hands an adapter what it looks for on the network.
func (h *house) seek(name string, s adapters.Seeker) {
	var patterns []discovery.Pattern
	for _, p := range s.Seeks() {
		patterns = append(patterns, discovery.Pattern{Proto: p.Proto, Type: p.Type, Instance: p.Instance, TXT: p.TXT})
	}
	h.lan.Handle(name, patterns, func(m discovery.Match) {
		x := m.Change.Service
		s.Found(adapters.Found{Key: x.Key(), Type: x.Type, Instance: x.Instance, Addrs: x.Addrs, Port: x.Port, TXT: x.TXT, Location: x.Location,
			Gone: m.Change.Kind == discovery.Goodbye || m.Change.Kind == discovery.Expired})
	})
}

func (h *house) openHTTP(ctx context.Context) (err error) {
	keys, err := h.phoneKeys(ctx)
	if err != nil {
		return err
	}
	h.listener, err = listenOr(h.o.demo && !h.o.httpGiven, h.o.http, func(a string) (net.Listener, error) { return net.Listen("tcp", a) })
	if err != nil {
		return fmt.Errorf("the web address is taken or not this machine's: %w; give --http another", err)
	}
	h.server, err = httpapi.New(httpapi.Options{
		House: events{h.hub}, Memory: h.store, Arrival: h.arrivals, Positions: positions(keys), Discovered: h.discovered, Doctor: h.doctor, Info: h.info,
		Snapshot: h.snapshot,
		Pair:     h.hub.Permit, Remove: h.hub.Remove, SetupCode: func(code string) { h.greeting.show(code) },
		HomeKitAccessories: homekitDesk{h.homekit.in},
		HomeKitBridges:     h.homekit.bridges(),
		Scenes:             h.folder,
		Past:               h.past(),
		Situation:          situation,
		Zone:               knownZone,
		Clients:            h.desk(),
		Plugins:            pluginDesk{h.plugins},
		Publishing:         h.publisher,
		Backups:            backupDesk{h},
		BackupRoutine:      backupDesk{h},
		Updates:            h.updates,
		Adapters:           h.adapterHealth,
		Log:                h.lines.list,
		Counters:           h.counters,
		Logger:             h.log,
		Demo:               h.o.demo,
		DataDir:            h.o.data,
		Hosts:              h.o.hosts,
		App:                web.Files(),
		Mounts:             h.mounts(),
	})
	return err
}

// run works until the context ends or a part cannot go on.
func (h *house) run(ctx context.Context, out io.Writer) error {
	address := "http://" + net.JoinHostPort(ownAddress(h.listener.Addr()), fmt.Sprint(h.listener.Addr().(*net.TCPAddr).Port))
	if err := os.WriteFile(filepath.Join(h.o.data, "address"), []byte(address+"\n"), 0o600); err != nil {
		return fmt.Errorf("the hub's address cannot be written for the command line: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	online, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	group.Go(func() error { return h.conn.Run(online) })
	group.Go(func() error { return h.hub.Run(ctx) })
	group.Go(func() error { return tendMemory(ctx) })
	group.Go(func() error {
		defer hangUp() // once it has said goodbye
		return h.publisher.Run(ctx)
	})
	group.Go(func() error { return h.runNotices(ctx) })
	group.Go(func() error { return h.homekit.run(ctx, h.log) })
	group.Go(func() error { return h.runVoice(ctx) })
	group.Go(func() error { return h.runScenes(ctx) })
	group.Go(func() error { return h.server.Serve(ctx, h.listener) })
	group.Go(func() error {
		select {
		case why := <-h.anew:
			return why
		case <-ctx.Done():
			return nil
		}
	})
	group.Go(func() error { return h.routine.Run(ctx) })
	if h.o.discover {
		group.Go(func() error { return h.lan.Run(ctx) })
	}
	if h.o.demo {
		group.Go(func() error { return h.runDemo(ctx) })
	}
	h.greeting.print(out, address, h)
	if err := h.updates.place.Prove(); err != nil {
		h.log.Warn("that the update works was not noted", "err", err)
	}
	return group.Wait()
}

func (h *house) close() error {
	var errs []error
	for _, l := range []net.Listener{h.listener, h.wyoming} {
		if l != nil {
			errs = append(errs, ignoreClosed(l.Close()))
		}
	}
	if h.seekers != nil {
		h.seekers.Close()
	}
	if h.broker != nil {
		errs = append(errs, h.broker.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.Close())
	}
	return errors.Join(errs...)
}
