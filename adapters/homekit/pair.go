package homekit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/hap/pairing"
)

// Accessory is a HomeKit accessory or bridge that is paired with the hub, or could be.
type Accessory struct {
	ID        string // device id, "AA:BB:CC:DD:EE:FF"
	Name      string
	Model     string
	Category  string
	Address   string
	Paired    bool   // with this hub
	Taken     bool   // with somebody else
	Connected bool   // a session is open
	Problem   string // why there is no session
	Devices   int
}

// categories are the kinds of accessory (table 12-3).
var categories = map[int]string{1: "other", 2: "bridge", 3: "fan", 4: "garage door opener", 5: "lightbulb", 6: "door lock", 7: "outlet", 8: "switch", 9: "thermostat",
	10: "sensor", 11: "security system", 12: "door", 13: "window", 14: "window covering", 15: "programmable switch", 16: "range extender", 17: "camera", 18: "video doorbell",
	19: "air purifier", 20: "heater", 21: "air conditioner", 22: "humidifier", 23: "dehumidifier", 24: "apple tv", 25: "homepod", 26: "speaker", 27: "airport", 28: "sprinkler",
	29: "faucet", 30: "shower head", 31: "television", 32: "remote control", 33: "router"}

// Accessories lists what is paired and what is seen, by name.
func (a *Adapter) Accessories() []Accessory {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string]Accessory{}
	for key, f := range a.found {
		if a.o.Own(key) {
			continue
		}
		ci, _ := strconv.Atoi(f.TXT["ci"])
		all[key] = Accessory{ID: key, Name: f.Instance, Model: f.TXT["md"], Category: categories[ci], Address: address(f), Taken: !open(f)}
	}
	for key, l := range a.links {
		s := l.status()
		acc := all[key]
		acc.ID, acc.Paired, acc.Taken, acc.Connected, acc.Problem, acc.Devices = key, true, false, s.connected, s.problem, s.devices
		if s.name != "" {
			acc.Name = s.name
		}
		if s.address != "" {
			acc.Address = s.address
		}
		if acc.Category == "" {
			acc.Category, acc.Model = categories[s.category], s.model
		}
		all[key] = acc
	}
	out := make([]Accessory, 0, len(all))
	for _, acc := range all {
		out = append(out, acc)
	}
	slices.SortFunc(out, func(x, y Accessory) int {
		return strings.Compare(strings.ToLower(x.Name)+x.ID, strings.ToLower(y.Name)+y.ID)
	})
	return out
}

// open reports whether an accessory says that it is not paired (bit 0 of sf).
func open(f adapters.Found) bool {
	sf, err := strconv.Atoi(f.TXT["sf"])
	return err == nil && sf&1 != 0
}

func address(f adapters.Found) string {
	if len(f.Addrs) == 0 || f.Port == 0 {
		return ""
	}
	return net.JoinHostPort(f.Addrs[0].String(), strconv.Itoa(f.Port))
}

// RefusalError says why an accessory cannot be paired or removed, in terms of what was asked.
type RefusalError struct{ Field, Value, Expected string }

func (e *RefusalError) Error() string {
	return fmt.Sprintf("%s %q: expected %s", e.Field, e.Value, e.Expected)
}

// maxAgain bounds how often pair-setup is begun anew for a zero byte; one in 85 needs it.
const maxAgain = 5

// Pair pairs the hub with an accessory: by its device id, its name, or host:port where it is not announced.
func (a *Adapter) Pair(ctx context.Context, which, code string) (Accessory, error) {
	if _, err := pairing.FormatCode(code); err != nil {
		return Accessory{}, &RefusalError{"code", code, "the 8 digits printed on the accessory, such as 123-45-678"}
	}
	f, addr, err := a.choose(which)
	if err != nil {
		return Accessory{}, err
	}
	a.mu.Lock()
	me, running := a.me, a.ctx
	a.mu.Unlock()
	if running == nil {
		return Accessory{}, errNotRunning
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var peer pairing.Peer
	for range maxAgain {
		if peer, err = setup(ctx, addr, me, code); !errors.Is(err, pairing.ErrAgain) {
			break
		}
	}
	if err != nil {
		return Accessory{}, fmt.Errorf("pairing with %s: %w", which, err)
	}
	peer.ID = strings.ToUpper(peer.ID)
	ci, _ := strconv.Atoi(f.TXT["ci"])
	r := record{Peer: peer, Name: f.Instance, Model: f.TXT["md"], Category: ci, Address: addr}
	if err := a.keep(ctx, r); err != nil {
		return Accessory{}, err
	}
	a.mu.Lock()
	if a.ctx == nil {
		a.mu.Unlock()
		return Accessory{}, errNotRunning
	}
	if old := a.links[peer.ID]; old != nil {
		old.stop()
	}
	l := a.startLink(r)
	a.mu.Unlock()
	select { // so that the answer can say what came with it
	case <-l.first:
	case <-ctx.Done():
	}
	for _, acc := range a.Accessories() {
		if acc.ID == peer.ID {
			return acc, nil
		}
	}
	return Accessory{ID: peer.ID, Paired: true}, nil
}

// setup runs pair-setup over a connection of its own.
func setup(ctx context.Context, addr string, me pairing.Identity, code string) (pairing.Peer, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return pairing.Peer{}, err
	}
	defer c.conn.Close()
	return pairing.Setup(ctx, c.post, me, code)
}

// choose finds an accessory that can be paired.
func (a *Adapter) choose(which string) (adapters.Found, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var hits []adapters.Found
	for key, f := range a.found {
		if strings.EqualFold(key, which) || strings.EqualFold(f.Instance, which) {
			hits = append(hits, f)
		}
	}
	switch {
	case len(hits) > 1:
		return adapters.Found{}, "", &RefusalError{"accessory", which, "a device id such as AA:BB:CC:DD:EE:FF: several have this name"}
	case len(hits) == 0:
		if _, _, err := net.SplitHostPort(which); err == nil && strings.Count(which, ":") != 5 {
			return adapters.Found{}, which, nil
		}
		return adapters.Found{}, "", &RefusalError{"accessory", which, "the name or device id of an accessory that is seen on the network, or host:port"}
	}
	f, key := hits[0], strings.ToUpper(hits[0].TXT["id"])
	switch {
	case a.o.Own(key):
		return f, "", &RefusalError{"accessory", which, "an accessory other than this hub itself"}
	case a.links[key] != nil:
		return f, "", &RefusalError{"accessory", which, "an accessory that is not paired with this hub already"}
	case !open(f):
		return f, "", &RefusalError{"accessory", which, "an accessory that nobody has paired: remove it from its other home, or reset it, first"}
	case address(f) == "":
		return f, "", &RefusalError{"accessory", which, "an accessory whose address is known"}
	}
	return f, address(f), nil
}
