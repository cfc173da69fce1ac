package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
)

// diagnostics puts together what tells a helper how the hub is. What the household named or typed is not in it; in
// sentences, its names stand as "‹person 1›".
func (s *Server) diagnostics(ctx context.Context, _ *LangInput) (*output[api.Diagnostics], error) {
	v := s.o.House.View()
	hide := hider(v)
	d := api.Diagnostics{Made: s.o.Now().UTC(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Adapters: []api.AdapterHealth{}, Devices: []api.DiagnosticDevice{}, Plugins: []api.DiagnosticPlugin{}, Log: []api.LogLine{}}
	if s.o.Info != nil {
		d.Info = s.o.Info()
		d.Info.MQTTAddr = ""
	}
	if s.o.Doctor != nil {
		d.Doctor = s.o.Doctor()
		d.Doctor.Findings = slices.Clone(d.Doctor.Findings)
		for i, f := range d.Doctor.Findings {
			d.Doctor.Findings[i].Detail = hide(f.Detail)
		}
	}
	if s.o.Adapters != nil {
		for _, a := range s.o.Adapters() {
			a.Problem = hide(a.Problem)
			d.Adapters = append(d.Adapters, a)
		}
	}
	for i, x := range v.Devices() {
		d.Devices = append(d.Devices, diagnosticDevice(i+1, x, v))
	}
	if s.o.Plugins != nil {
		for _, p := range s.o.Plugins.Plugins() {
			d.Plugins = append(d.Plugins, api.DiagnosticPlugin{Name: p.Name, Version: p.Version, State: p.State, Confined: p.Confined, Restarts: p.Restarts, Faults: p.Faults})
		}
	}
	if s.o.Counters != nil {
		d.Counters, _ = json.Marshal(s.o.Counters()) // numbers and fixed names
	}
	if s.o.Log != nil {
		for _, l := range s.o.Log() {
			l.Text = hide(l.Text)
			d.Log = append(d.Log, l)
		}
	}
	return answer(d), nil
}

func diagnosticDevice(n int, x *home.Device, v *home.View) api.DiagnosticDevice {
	ok, _ := v.Reachable(x)
	out := api.DiagnosticDevice{Number: n, Type: string(x.Type()), Reachable: ok, Adapters: []string{}, Has: []string{}}
	for _, id := range x.Sources {
		src := v.Source(id)
		adapter, _, _ := strings.Cut(string(id), "/")
		out.Adapters = append(out.Adapters, adapter)
		out.Vendor, out.Model = cmp.Or(out.Vendor, src.Description.Vendor), cmp.Or(out.Model, src.Description.Model)
	}
	for _, e := range x.Endpoints() {
		for _, p := range e.Properties {
			out.Has = append(out.Has, string(p.Attribute))
		}
	}
	slices.Sort(out.Has)
	out.Has = slices.Compact(out.Has)
	return out
}

// What tells machines apart in sentences: addresses of the network, long numbers of devices, and coordinates.
var (
	addressLike    = regexp.MustCompile(`\[?[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]+\]?`)
	identityLike   = regexp.MustCompile(`0x[0-9a-fA-F]{8,}|(?:[0-9A-Fa-f]{2}[:-]){5,7}[0-9A-Fa-f]{2}`)
	coordinateLike = regexp.MustCompile(`-?\d{1,3}\.\d{4,}`)
)

// hider replaces what belongs to the household in a sentence.
func hider(v *home.View) func(string) string {
	var pairs [][2]string
	note := func(kind string, n int, words ...string) {
		for _, w := range words {
			if len(w) > 1 {
				pairs = append(pairs, [2]string{w, fmt.Sprintf("‹%s %d›", kind, n)})
			}
		}
	}
	for i, p := range v.People() {
		note("person", i+1, append(slices.Clone(p.Trackers), p.Name, string(p.ID))...)
	}
	for i, r := range v.Rooms() {
		for _, name := range r.Names {
			note("room", i+1, name)
		}
	}
	for i, d := range v.Devices() {
		for _, name := range d.Names {
			note("device", i+1, name)
		}
		for _, id := range d.Sources {
			_, own, _ := strings.Cut(string(id), "/")
			note("device", i+1, own, v.Source(id).Description.Name)
		}
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) }) // the longest first
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	names := strings.NewReplacer(flat...)
	return func(text string) string {
		text = identityLike.ReplaceAllString(names.Replace(text), "‹identity›")
		text = coordinateLike.ReplaceAllString(text, "‹number›")
		return addressLike.ReplaceAllStringFunc(text, func(x string) string {
			bare := strings.Trim(x, "[].:")
			if _, err := netip.ParseAddr(bare); err == nil {
				return "‹address›"
			}
			if _, err := netip.ParseAddrPort(x); err == nil {
				return "‹address›"
			}
			return x
		})
	}
}
