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
	wyoming   net.Listener // nil: not served
	started   time.Time
	pace      home.Pace // of the demo
	greeting  greeting
	homekit   homekitParts
	lines     *tail
	anew      chan struct{} // capacity 1: the house is to be opened again
}

// open makes the parts. What was opened is closed again when a later part fails.
func open(ctx context.Context, o runOptions, log *slog.Logger, lines *tail) (h *house, err error) {
	h = &house{o: o, log: log, lines: lines, started: time.Now(), anew: make(chan struct{}, 1)}
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
		h.openHTTP,
	} {
		if err := step(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (h *house) openStore(ctx context.Context) (err error) {
	if err := os.MkdirAll(h.o.data, 0o700); err != nil {
		return fmt.Errorf("the data directory cannot be made: %w", err)
	}
	if h.lock, err = os.OpenFile(filepath.Join(h.o.data, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("the data directory cannot be written: %w", err)
	}
	if err := syscall.Flock(int(h.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another hub is running with the data directory %s: stop it, or give --data another", h.o.data)
	}
	h.restore()
	if h.store, err = store.Open(h.o.data, store.Options{HistoryBytes: h.o.historyMB << 20, Logger: h.log}); err != nil {
		return err
	}
	if h.instance, err = instance(ctx, h.store); err != nil {
		return err
	}
	h.accounts, err = accounts.Load(ctx, h.store)
	return err
}

func (h *house) openMQTT(ctx context.Context) (err error) {
	if h.o.broker != "" {
		h.conn, err = mqtt.NewClient(mqtt.ClientOptions{URL: h.o.broker, Logger: h.log})
		return err
	}
	h.broker, err = listenOr(h.o.demo && !h.o.mqttGiven, h.o.mqtt, func(addr string) (*mqtt.Broker, error) {
		return mqtt.NewBroker(mqtt.BrokerOptions{Listen: addr, Users: h.accounts.Lookup, AllowAnonymous: h.o.demo, Allow: h.allow, Retained: h.retained(), Logger: h.log})
	})
	if err != nil {
		return fmt.Errorf("%w; to use that broker instead, run with --broker mqtt://user:password@host", err)
	}
	h.conn = h.broker
	return h.firstAccount(ctx)
}

// retained is where the broker keeps retained messages; the demo's devices publish theirs at every start.
func (h *house) retained() mqtt.RetainedMemory {
	if h.o.demo {
		return nil
	}
	return h.store
}

// allow keeps each client to its own topics; in the demo nobody needs an account.
func (h *house) allow(user, topic string, write bool) bool {
	return h.o.demo && user == "" || h.accounts.Allow(user, topic, write)
}

// firstAccount makes zigbee2mqtt's account at the first start and writes the lines that its
// configuration needs.
func (h *house) firstAccount(ctx context.Context) error {
	if _, have := h.accounts.Lookup("zigbee2mqtt"); have || h.o.demo {
		return nil
	}
	password, err := h.accounts.Make(ctx, "zigbee2mqtt", []string{"zigbee2mqtt/#", "homeassistant/#"})
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(h.broker.Addr().String())
	lines := fmt.Sprintf("mqtt:\n  base_topic: zigbee2mqtt\n  server: mqtt://%s\n  user: zigbee2mqtt\n  password: %s\n", net.JoinHostPort(ownAddress(h.broker.Addr()), port), password)
	h.greeting.zigbee2mqtt = filepath.Join(h.o.data, "zigbee2mqtt.yaml")
	return os.WriteFile(h.greeting.zigbee2mqtt, []byte(lines), 0o600)
}

func (h *house) openHub(ctx context.Context) (err error) {
	client := topics{h.conn}
	keys, err := h.phoneKeys()
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

func (h *house) openHTTP(context.Context) (err error) {
	keys, err := h.phoneKeys()
	if err != nil {
		return err
	}
	h.listener, err = listenOr(h.o.demo && !h.o.httpGiven, h.o.http, func(a string) (net.Listener, error) { return net.Listen("tcp", a) })
	if err != nil {
		return fmt.Errorf("the web address is taken or not this machine's: %w; give --http another", err)
	}
	h.server, err = httpapi.New(httpapi.Options{
		House: events{h.hub}, Memory: h.store, Arrival: h.arrivals, Positions: positions(keys), Discovered: h.discovered, Doctor: h.doctor, Info: h.info,
		Pair: h.hub.Permit, Remove: h.hub.Remove, SetupCode: func(code string) { h.greeting.show(code) },
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
	group.Go(func() error { return h.conn.Run(ctx) })
	group.Go(func() error { return h.hub.Run(ctx) })
	group.Go(func() error { return tendMemory(ctx) })
	group.Go(func() error { return h.publisher.Run(ctx) })
	group.Go(func() error { return h.runNotices(ctx) })
	group.Go(func() error { return h.homekit.run(ctx, h.log) })
	group.Go(func() error { return h.runVoice(ctx) })
	group.Go(func() error { return h.runScenes(ctx) })
	group.Go(func() error { return h.server.Serve(ctx, h.listener) })
	group.Go(func() error {
		select {
		case <-h.anew:
			return errAnew
		case <-ctx.Done():
			return nil
		}
	})
	if h.o.discover {
		group.Go(func() error { return h.lan.Run(ctx) })
	}
	if h.o.demo {
		group.Go(func() error { return h.runDemo(ctx) })
	}
	h.greeting.print(out, address, h)
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
