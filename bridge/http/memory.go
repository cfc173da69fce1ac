package httpapi

import (
	"context"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/store"
)

// Memory is what the server keeps (accounts, sessions, tokens) and reads (history). *store.Store
// is one: its types appear in this file only.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
	Records
	Health() store.Health
}

// Records are what attributes were.
type Records interface {
	Graph(ctx context.Context, series string, from, to time.Time, buckets int) ([]store.Point, error)
	Samples(ctx context.Context, series string, from, to time.Time, limit int) ([]store.Sample, error)
	Before(ctx context.Context, series string, at time.Time) (store.Sample, bool, error)
}

// graph reads a series of numbers or truths.
func (s *Server) graph(ctx context.Context, series string, from, to time.Time, buckets int) ([]api.Point, error) {
	points, err := s.o.Memory.Graph(ctx, series, from, to, buckets)
	out := make([]api.Point, len(points))
	for i, x := range points {
		out[i] = api.Point{At: x.At, Min: x.Min, Mean: x.Mean, Max: x.Max, Count: x.Count}
	}
	return out, err
}

// samples reads a series of words.
func (s *Server) samples(ctx context.Context, series string, from, to time.Time) ([]api.Sample, error) {
	found, err := s.o.Memory.Samples(ctx, series, from, to, maxSamples)
	out := make([]api.Sample, len(found))
	for i, x := range found {
		out[i] = sampleOf(x)
	}
	return out, err
}

// before reads what a series was when a span of time began; nil when nothing was recorded before.
func (s *Server) before(ctx context.Context, series string, at time.Time) (*api.Sample, error) {
	x, ok, err := s.o.Memory.Before(ctx, series, at)
	if err != nil || !ok {
		return nil, err
	}
	out := sampleOf(x)
	return &out, nil
}

func sampleOf(x store.Sample) api.Sample {
	v := model.Number(x.Num)
	if x.IsText {
		v = model.String(x.Text)
	}
	return api.Sample{At: x.At, Value: raw(v)}
}
