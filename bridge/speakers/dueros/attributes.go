package dueros

import (
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
)

// flagWords are the words for no and yes.
func flagWords(n speakers.Named) []string {
	if n.Name == "lockState" {
		return []string{"UNLOCKED", "LOCKED"}
	}
	return []string{"OFF", "ON"}
}

// said is a value as DuerOS says it.
func said(n speakers.Named, dev *home.Device) (any, bool) {
	x, known := n.Say(dev)
	if b, is := x.(bool); is {
		words := flagWords(n)
		if b {
			return words[1], known
		}
		return words[0], known
	}
	return x, known
}

// attribute is a value as a discovery, a confirmation or a state report tells it.
type attribute struct {
	Name        string `json:"name"`
	Value       any    `json:"value"`
	Scale       string `json:"scale"`
	Time        int64  `json:"timestampOfSample"`
	Uncertainty int    `json:"uncertaintyInMilliseconds"`
	Legal       string `json:"legalValue,omitempty"`
}

func (d *Duer) attributes(dev *home.Device, only string) []attribute {
	out := []attribute{}
	if dev == nil {
		return out
	}
	online, _ := d.core.View().Reachable(dev)
	now := d.core.Now().Unix()
	seen := map[string]bool{}
	for _, n := range properties {
		x, known := said(n, dev)
		if !known || seen[n.Name] {
			continue
		}
		seen[n.Name] = true
		a := attribute{Name: n.Name, Value: x, Scale: scales[n.Name], Time: now}
		switch n.Form {
		case speakers.Flag:
			a.Legal = "(" + strings.Join(flagWords(n), ", ") + ")"
		case speakers.Word:
			a.Legal = "(" + strings.Join(n.Offers(dev), ", ") + ")"
		}
		out = append(out, a)
	}
	out = append(out, attribute{Name: "connectivity", Value: map[bool]string{true: "REACHABLE", false: "UNREACHABLE"}[online], Time: now, Legal: "(UNREACHABLE, REACHABLE)"})
	for _, a := range out {
		if only != "" && a.Name == only {
			return []attribute{a}
		}
	}
	return out
}
