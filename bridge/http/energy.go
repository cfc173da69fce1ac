package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

const (
	energyCounter model.Attribute = "energy_meter.imported_kwh"
	powerReading  model.Attribute = "power_meter.watts"
	maxEnergySpan                 = 366 * 24 * time.Hour
)

func (s *Server) energyRoutes(a huma.API) {
	add(a, reads, http.MethodGet, "/api/energy", "energy", "What metered devices draw now and used in a span of time", s.energy)
}

func (s *Server) energy(ctx context.Context, in *struct {
	LangInput
	From    time.Time `query:"from" doc:"default: a day ago"`
	To      time.Time `query:"to" doc:"default: now"`
	Buckets int       `query:"buckets" minimum:"1" maximum:"400" default:"24"`
}) (*output[api.Energy], error) {
	p := s.page(callOf(ctx))
	to := in.To
	if to.IsZero() {
		to = s.o.Now().UTC()
	}
	from := in.From
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	if !from.Before(to) || to.Sub(from) > maxEnergySpan {
		return nil, problem(p.lang, http.StatusUnprocessableEntity, "invalid").expecting("from", from.Format(time.RFC3339), "< "+to.Format(time.RFC3339)+", ≤ "+messages.Span(p.lang, maxEnergySpan)).build()
	}
	out := api.Energy{From: from, To: to, Step: to.Sub(from).Seconds() / float64(in.Buckets), Devices: []api.EnergyDevice{}}
	for _, d := range p.view.Devices() {
		if !p.who.sees(d) {
			continue
		}
		used, metered, err := s.deviceEnergy(ctx, p, d, from, to, in.Buckets)
		if err != nil {
			return nil, s.failed(p.lang, "the history cannot be read", err)
		}
		if !metered {
			continue
		}
		out.KWh += used.KWh
		if used.Watts != nil {
			out.Watts += *used.Watts
		}
		out.Devices = append(out.Devices, used)
	}
	slices.SortStableFunc(out.Devices, func(a, b api.EnergyDevice) int { return compareDown(a.KWh, b.KWh) })
	return answer(out), nil
}

func compareDown(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// deviceEnergy adds up the device's parts; metered is false where it measures neither energy nor power.
func (s *Server) deviceEnergy(ctx context.Context, p page, d *home.Device, from, to time.Time, buckets int) (out api.EnergyDevice, metered bool, err error) {
	out = api.EnergyDevice{Device: d.ID, Name: p.name(d), Room: d.Room, Buckets: make([]float64, buckets)}
	counted := map[model.EndpointID]bool{}
	step := to.Sub(from) / time.Duration(buckets)
	for _, slot := range d.Slots() {
		if slot.Attribute != energyCounter || !p.who.may(slot.Attribute) {
			continue
		}
		metered, counted[slot.Endpoint] = true, true
		// One bucket more before the first tells where the counter stood.
		points, err := s.graph(ctx, seriesName(d.ID, slot), from.Add(-step), to, buckets+1)
		if err != nil {
			return out, metered, err
		}
		spread(points, from, step, out.Buckets)
	}
	for _, slot := range d.Slots() {
		if slot.Attribute != powerReading || !p.who.may(slot.Attribute) {
			continue
		}
		metered = true
		if st, _ := d.State(slot); st.Quality == model.Good {
			if w, ok := st.Value.Number(); ok {
				sum := w
				if out.Watts != nil {
					sum += *out.Watts
				}
				out.Watts = &sum
			}
		}
		if counted[slot.Endpoint] {
			continue
		}
		out.Estimated = true
		points, err := s.graph(ctx, seriesName(d.ID, slot), from, to, buckets)
		if err != nil {
			return out, metered, err
		}
		for _, x := range points {
			if i := int(x.At.Sub(from) / step); i >= 0 && i < buckets {
				out.Buckets[i] += x.Mean * step.Hours() / 1000
			}
		}
	}
	for _, kwh := range out.Buckets {
		out.KWh += kwh
	}
	return out, metered, nil
}

// spread adds to each bucket by how much a counter rose in it. A counter that began anew counts from 0.
func spread(points []api.Point, from time.Time, step time.Duration, into []float64) {
	before, known := 0.0, false
	for _, x := range points {
		rise := x.Max - before
		if !known {
			rise = x.Max - x.Min
		} else if rise < 0 {
			rise = x.Max
		}
		before, known = x.Max, true
		if i := int(x.At.Sub(from) / step); !x.At.Before(from) && i < len(into) {
			into[i] += rise
		}
	}
}
