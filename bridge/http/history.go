package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// Defaults and bounds of a graph.
const (
	defaultSince = 24 * time.Hour
	maxSamples   = 2000
)

type HistoryInput struct {
	DeviceInput
	Attribute model.Attribute  `query:"attribute" required:"true"`
	Endpoint  model.EndpointID `query:"endpoint" doc:"default: the first that has the attribute, main first"`
	From      time.Time        `query:"from"`
	To        time.Time        `query:"to" doc:"default: now"`
	Since     string           `query:"since" doc:"instead of from: how far back, such as 90m, 36h, 7d; default 24h"`
	Buckets   int              `query:"buckets" minimum:"1" maximum:"2000" default:"300"`
}

func (s *Server) historyRoutes(a huma.API) {
	add(a, reads, http.MethodGet, "/api/devices/{id}/history", "device-history", "What an attribute was over time", s.history)
}

func (s *Server) history(ctx context.Context, in *HistoryInput) (*output[api.History], error) {
	p := s.page(callOf(ctx))
	d, slot, err := p.slot(in.ID, in.Endpoint, in.Attribute)
	if err != nil {
		return nil, err
	}
	from, to, err := s.span(p.lang, in)
	if err != nil {
		return nil, err
	}
	prop := d.Property(slot)
	out := api.History{Device: d.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute, Unit: prop.Unit, From: from, To: to}
	series := seriesName(d.ID, slot)
	if prop.Type == model.TypeBool || prop.Type == model.TypeInt || prop.Type == model.TypeFloat {
		out.Points, err = s.graph(ctx, series, from, to, in.Buckets)
	} else {
		out.Samples, err = s.samples(ctx, series, from, to)
	}
	if err == nil {
		out.Before, err = s.before(ctx, series, from)
	}
	if err != nil {
		return nil, s.failed(p.lang, "the history cannot be read", err)
	}
	return answer(out), nil
}

// slot finds an attribute that the caller may see.
func (p page) slot(id model.DeviceID, ep model.EndpointID, attr model.Attribute) (*home.Device, home.Slot, error) {
	d, err := p.device(id)
	if err != nil {
		return nil, home.Slot{}, err
	}
	slot := home.Slot{Endpoint: ep, Attribute: attr}
	if ep == "" {
		slot, _ = d.Find(attr)
	}
	if d.Property(slot) == nil || !p.who.may(attr) {
		return nil, slot, p.noAttribute(d, attr)
	}
	return d, slot, nil
}

// span is the time asked for.
func (s *Server) span(lang string, in *HistoryInput) (from, to time.Time, err error) {
	to = in.To
	if to.IsZero() {
		to = s.o.Now().UTC()
	}
	from = in.From
	if from.IsZero() {
		back := defaultSince
		if in.Since != "" {
			var ok bool
			if back, ok = parseSpan(in.Since); !ok {
				return from, to, problem(lang, http.StatusUnprocessableEntity, "invalid").expecting("since", in.Since, "90m, 36h, 7d").build()
			}
		}
		from = to.Add(-back)
	}
	if !from.Before(to) {
		return from, to, problem(lang, http.StatusUnprocessableEntity, "invalid").expecting("from", from.Format(time.RFC3339), "< "+to.Format(time.RFC3339)).build()
	}
	return from, to, nil
}

// longestSpan is how far back one can look: ten years.
const longestSpan = 3660 * 24 * time.Hour

// parseSpan reads a span of time: as Go writes it, or in whole or broken days ("7d") or weeks ("2w").
func parseSpan(s string) (time.Duration, bool) {
	for unit, size := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		n, ok := strings.CutSuffix(s, unit)
		if !ok {
			continue
		}
		f, err := strconv.ParseFloat(n, 64)
		if err != nil || !(f > 0 && f*float64(size) <= float64(longestSpan)) {
			return 0, false
		}
		return time.Duration(f * float64(size)), true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d > 0 && d <= longestSpan
}

// seriesName is the name under which the hub keeps an attribute's history.
func seriesName(d model.DeviceID, s home.Slot) string {
	return string(d) + "/" + string(s.Endpoint) + "/" + string(s.Attribute)
}
