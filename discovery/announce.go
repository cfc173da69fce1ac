package discovery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/grandcat/zeroconf"
)

// Announcement is a service to publish by mDNS on behalf of some host.
type Announcement struct {
	Instance string            // any script, at most 63 bytes
	Type     string            // "_hap._tcp"
	Host     string            // "lamp" or "lamp.local", one label besides .local; services of one host share Addrs
	Port     int               // 1-65535
	Addrs    []netip.Addr      // at least one; loopback is heard only on loopback
	TXT      map[string]string // at most 255 bytes an entry, key included
}

// AnnounceOptions says where to announce.
type AnnounceOptions struct {
	Interfaces []string     // names; nil means all that are up and can multicast
	Loopback   bool         // on this machine alone, whatever Interfaces says
	Logger     *slog.Logger // default: quiet
}

// Announce publishes services until ctx ends, then says goodbye for each and
// returns nil. It returns an error at once, publishing nothing, when an
// announcement is invalid or an interface cannot multicast. Each service costs two sockets,
// so this is for a handful, such as a simulated house.
func Announce(ctx context.Context, a []Announcement, o AnnounceOptions) error {
	ifaces, err := announceOn(o)
	if err != nil {
		return err
	}
	for _, one := range a {
		if err := one.check(); err != nil {
			return err
		}
	}
	var servers []*zeroconf.Server
	defer func() {
		for _, s := range servers {
			s.Shutdown()
		}
	}()
	for _, one := range a {
		s, err := one.register(ifaces)
		if err != nil {
			return fmt.Errorf("announce %q (%s): %w", one.Instance, one.Type, err)
		}
		servers = append(servers, s)
	}
	if o.Logger != nil {
		o.Logger.Debug("announcing", "services", len(servers), "interfaces", len(ifaces))
	}
	<-ctx.Done()
	return nil
}

// announceOn returns the named interfaces, every one of which must multicast.
func announceOn(o AnnounceOptions) ([]net.Interface, error) {
	names := o.Interfaces
	links, err := findLinks(names, o.Loopback)
	if err != nil {
		return nil, err
	}
	if o.Loopback {
		names, links = nil, slices.DeleteFunc(links, func(l link) bool { return !l.loopback() })
	}
	for _, name := range names {
		if !slices.ContainsFunc(links, func(l link) bool { return l.Name == name }) {
			return nil, fmt.Errorf("announce on %s: the interface is missing, down or cannot multicast; `ip link set %s up multicast on` may help", name, name)
		}
	}
	if len(links) == 0 {
		return nil, errors.New("announce: no network interface that could be used is up and can multicast")
	}
	ifaces := make([]net.Interface, len(links))
	for i, l := range links {
		ifaces[i] = l.Interface
	}
	return ifaces, nil
}

func (a Announcement) check() error {
	switch {
	case a.Instance == "" || len(a.Instance) > 63:
		return fmt.Errorf("announce %q: the instance name must have 1 to 63 bytes", a.Instance)
	case !isServiceType(a.Type):
		return fmt.Errorf("announce %q: type %q is not like _name._tcp", a.Instance, a.Type)
	case a.hostLabel() == "" || len(a.hostLabel()) > 63:
		return fmt.Errorf("announce %q: the host name must have 1 to 63 bytes", a.Instance)
	case a.Port < 1 || a.Port > 65535:
		return fmt.Errorf("announce %q: port %d is not in 1 to 65535", a.Instance, a.Port)
	case len(a.Addrs) == 0:
		return fmt.Errorf("announce %q: give at least one address", a.Instance)
	}
	for k, v := range a.TXT {
		if k == "" || strings.Contains(k, "=") || len(k)+1+len(v) > 255 {
			return fmt.Errorf("announce %q: TXT key %q must be free of = and fit 255 bytes with its value", a.Instance, k)
		}
	}
	return nil
}

func (a Announcement) hostLabel() string {
	return strings.TrimSuffix(strings.TrimSuffix(a.Host, "."), ".local")
}

// register starts a zeroconf server. Names are given escaped, since it
// compares them with questions in that form.
func (a Announcement) register(ifaces []net.Interface) (*zeroconf.Server, error) {
	ips := make([]string, len(a.Addrs))
	for i, addr := range a.Addrs {
		ips[i] = addr.WithZone("").String()
	}
	txt := make([]string, 0, len(a.TXT))
	for _, k := range slices.Sorted(maps.Keys(a.TXT)) {
		txt = append(txt, strings.ReplaceAll(k+"="+a.TXT[k], `\`, `\\`))
	}
	return zeroconf.RegisterProxy(escape(a.Instance), strings.ToLower(a.Type), "local.", a.Port,
		escape(a.hostLabel()), ips, txt, ifaces)
}
