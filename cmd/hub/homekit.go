package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	inward "github.com/concord-home/hub/adapters/homekit"
	outward "github.com/concord-home/hub/bridge/homekit"
	httpapi "github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/discovery"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/seal"
)

// defaultHomeKit is where the first bridge listens: below the range from which outgoing connections take their
// ports, so that none of them is in its way. Further ones listen on the ports after it.
const defaultHomeKit = ":8378"

// homekitParts are HomeKit inward and outward.
type homekitParts struct {
	memory seal.Memory
	in     *inward.Adapter
	out    *outward.Bridge // nil: the house does not show in Apple Home
}

// openHomeKit makes what the hub is made with.
func (h *house) openHomeKit() error {
	box, err := seal.Open(h.o.data)
	if err != nil {
		return err
	}
	h.homekit.memory = box.Memory(h.store)
	h.homekit.in = inward.New(inward.Options{Memory: h.homekit.memory, Logger: h.log,
		Own: func(id string) bool { return h.homekit.out != nil && h.homekit.out.Own(id) }})
	return nil
}

// openAppleHome makes the bridges, once there is a house to show.
func (h *house) openAppleHome(ctx context.Context) (err error) {
	if h.o.homekit == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(h.o.homekit)
	first, err2 := strconv.Atoi(port)
	if err = errors.Join(err, err2); err != nil {
		return fmt.Errorf("--homekit %q: expected host:port, such as %s: %w", h.o.homekit, defaultHomeKit, err)
	}
	lang := h.o.lang
	h.homekit.out, err = outward.New(ctx, outward.Options{
		House: events{h.hub}, Memory: h.homekit.memory, Logger: h.log, Lang: lang,
		Texts: outward.Texts{AnyoneHome: messages.Text(lang, "homekit.anyone_home"), AnyoneArriving: messages.Text(lang, "homekit.anyone_arriving"),
			HouseMode: messages.Text(lang, "homekit.house_mode"),
			Home:      func(person string) string { return messages.Text(lang, "homekit.home", person) },
			Mode:      func(mode string) string { return messages.Known(lang, "mode", mode) },
			Modes:     func(device string) string { return messages.Text(lang, "homekit.programmes", device) },
			Picture:   func(device string) string { return messages.Text(lang, "homekit.picture", device) }},
		Camera: h.camera,
		Listen: func(number int) (net.Listener, error) {
			l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(first+number-1)))
			if errors.Is(err, syscall.EADDRINUSE) {
				return net.Listen("tcp", net.JoinHostPort(host, "0")) // it is found by mDNS
			}
			return l, err
		},
		Announce: h.announceHomeKit(host),
	})
	return err
}

// addressPoll is how often the hub looks whether its addresses are others.
const addressPoll = 3 * time.Second

// announceHomeKit publishes a bridge under the addresses that the hub has, whatever they become.
func (h *house) announceHomeKit(host string) func(context.Context, outward.Advert) error {
	if !h.o.discover {
		return nil
	}
	return func(ctx context.Context, a outward.Advert) error {
		short := strings.ReplaceAll(a.TXT["id"], ":", "")
		for ctx.Err() == nil {
			addrs := reachableAddrs(host)
			one, stop := context.WithCancel(ctx)
			done := make(chan error, 1)
			go func() {
				if len(addrs) == 0 { // no network yet
					<-one.Done()
					done <- nil
					return
				}
				done <- discovery.Announce(one, []discovery.Announcement{{Instance: a.Name + " " + short[len(short)-4:], Type: "_hap._tcp", Host: "concord-" + strings.ToLower(short),
					Port: a.Port, Addrs: addrs, TXT: a.TXT}}, discovery.AnnounceOptions{Logger: h.log, Loopback: addrs != nil && addrs[0].IsLoopback()})
			}()
			tick := time.NewTicker(addressPoll)
			var err error
			for same := true; same && err == nil && ctx.Err() == nil; {
				select {
				case <-ctx.Done():
				case err = <-done:
					done <- nil
				case <-tick.C:
					same = slices.Equal(addrs, reachableAddrs(host))
				}
			}
			tick.Stop()
			stop()
			<-done
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// reachableAddrs are the addresses under which others reach what listens at a host: that itself, or all of the machine's.
func reachableAddrs(host string) []netip.Addr {
	if a, err := netip.ParseAddr(host); err == nil && !a.IsUnspecified() {
		return []netip.Addr{a}
	}
	all, _ := net.InterfaceAddrs()
	var out []netip.Addr
	for _, x := range all {
		p, err := netip.ParsePrefix(x.String())
		if a := p.Addr().Unmap(); err == nil && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b netip.Addr) int { return a.Compare(b) })
	return out
}

// run serves the bridges. What ends them ends nothing else.
func (p *homekitParts) run(ctx context.Context, log *slog.Logger) error {
	if p.out == nil {
		return nil
	}
	if err := p.out.Run(ctx); err != nil && ctx.Err() == nil {
		log.Error("the house does not show in Apple Home any longer: restart the hub", "err", err)
	}
	return nil
}

// unpaired are the bridges that nobody has added yet.
func (p *homekitParts) unpaired() []outward.Status {
	if p.out == nil {
		return nil
	}
	return slices.DeleteFunc(p.out.Bridges(), func(s outward.Status) bool { return s.Controllers > 0 })
}

// bridges is the outward side as the API has it; nil when there is none.
func (p *homekitParts) bridges() httpapi.HomeKitBridges {
	if p.out == nil {
		return nil
	}
	return appleHome{p.out}
}

// findings says how each bridge to Apple Home is.
func (p *homekitParts) findings(add func(part string, ok bool, format string, args ...any)) {
	if p.out == nil {
		return
	}
	const part = "homekit"
	for _, b := range p.out.Bridges() {
		switch {
		case b.Locked:
			add(part, false, "%s: too many wrong set-up codes: it takes none until hub homekit forget %d", b.Name, b.Number)
		case b.Port == 0 && b.Problem != "":
			add(part, false, "%s: does not serve: %s", b.Name, b.Problem)
		case b.Problem != "":
			add(part, false, "%s: is not announced on the network: %s", b.Name, b.Problem)
		case !b.Announced:
			add(part, true, "%s: %d accessories, %d controllers, port %d, not announced", b.Name, b.Accessories, b.Controllers, b.Port)
		default:
			add(part, true, "%s: %d accessories, %d controllers, port %d", b.Name, b.Accessories, b.Controllers, b.Port)
		}
	}
}

// homekitDesk is the inward side as the API has it.
type homekitDesk struct{ a *inward.Adapter }

func apiAccessory(x inward.Accessory) api.HomeKitAccessory { return api.HomeKitAccessory(x) }

func (d homekitDesk) Accessories() []api.HomeKitAccessory {
	var out []api.HomeKitAccessory
	for _, x := range d.a.Accessories() {
		out = append(out, apiAccessory(x))
	}
	return out
}

func (d homekitDesk) Pair(ctx context.Context, accessory, code string) (api.HomeKitAccessory, error) {
	x, err := d.a.Pair(ctx, accessory, code)
	return apiAccessory(x), refusal(err)
}

func (d homekitDesk) Unpair(ctx context.Context, accessory string, force bool) error {
	return refusal(d.a.Unpair(ctx, accessory, force))
}

// refusal brings what HomeKit does not take to the form in which the API tells of it.
func refusal(err error) error {
	var wrong *inward.RefusalError
	var thing *outward.ErrNoThing
	var bridge *outward.ErrNoBridge
	switch {
	case errors.As(err, &wrong):
		return &home.RefusalError{Field: wrong.Field, Value: wrong.Value, Expected: wrong.Expected}
	case errors.As(err, &thing):
		return &home.RefusalError{Field: "thing", Value: thing.Key, Expected: "something of the house that HomeKit can show"}
	case errors.As(err, &bridge):
		return &home.RefusalError{Field: "bridge", Value: strconv.Itoa(bridge.Number), Expected: "the number of a HomeKit bridge of this hub"}
	}
	return err
}

// appleHome is the outward side as the API has it.
type appleHome struct{ b *outward.Bridge }

func (a appleHome) Bridges() []api.HomeKitBridge {
	var out []api.HomeKitBridge
	for _, x := range a.b.Bridges() {
		out = append(out, api.HomeKitBridge(x))
	}
	return out
}

func (a appleHome) Things() []api.HomeKitThing {
	var out []api.HomeKitThing
	for _, x := range a.b.Things() {
		out = append(out, api.HomeKitThing(x))
	}
	return out
}

func (a appleHome) Show(ctx context.Context, key string, shown bool) error {
	return refusal(a.b.Show(ctx, key, shown))
}

func (a appleHome) Unpair(ctx context.Context, number int) error {
	return refusal(a.b.Unpair(ctx, number))
}

func (a appleHome) Reset(ctx context.Context, number int) error {
	return refusal(a.b.Reset(ctx, number))
}
